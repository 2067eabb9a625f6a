"""Tests of who survives, against the rules of `DeduplicateStage` taken row by row over all similarities."""

from __future__ import annotations

import random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from curation.deduplicate.decide import EXACT, IDENTIFIED, NEAR, SURVIVES, decide
from curation.deduplicate.similarity import NearIndex, Shingle, jaccard, shingles
from curation.deduplicate.store import Pairs
from tests.deduplicate.test_store import by_hand
from tests.profiles import examples

Rows = list[tuple[int, str]]
Outcome = list[tuple[int, int, float]]


UNKNOWN = -1.0  # in place of the similarity of rows that have only the identifier in common


def pairs_of(texts: list[str], size: int, threshold: float) -> Pairs:
    found, group = by_hand(texts, size, threshold)
    left, right = (np.array([pair[side] for pair in found], np.int64) for side in (0, 1))
    return Pairs(left, right, np.array(list(found.values()), np.float64), np.array(group, np.int64))


def decided(
    rows: Rows,
    order: list[int],
    size: int,
    threshold: float,
    before: dict[int, int] | None = None,
    *,
    identity: list[int] | None = None,
) -> Outcome:
    keys = np.array([key for key, _ in rows], np.uint64)
    pairs = pairs_of([text for _, text in rows], size, threshold)
    names = None if identity is None else np.array(identity, np.uint64)
    decision = decide(np.array(order, np.int64), keys, pairs, identity=names, before=before)
    assert [part.dtype.str for part in (decision.survivor, decision.rule)] == ["<i8", "|i1"]
    identified = decision.rule == IDENTIFIED
    assert np.array_equal(np.isnan(decision.similarity), identified)
    similarity = np.where(identified, UNKNOWN, decision.similarity)
    columns = (decision.survivor.tolist(), decision.rule.tolist(), similarity.tolist())
    return list(zip(*columns, strict=True))


def by_the_stage(
    rows: Rows, order: list[int], size: int, threshold: float, published: dict[int, int], *, identity: list[int]
) -> Outcome:
    """The loop of `DeduplicateStage.__call__`, with row numbers for rows, and identifiers after everything else."""
    near = NearIndex(threshold)
    by_keys: dict[int, int] = {}
    by_name: dict[int, tuple[int, frozenset[Shingle]]] = {}
    survivors: list[int] = []
    identified: dict[int, int] = {}
    outcome: dict[int, tuple[int, int, float]] = {}
    for row in order:
        key, text = rows[row]
        grams = shingles(text, size)
        before, similarity = None, 0.0
        if row in published and rows[published[row]][0] in by_name:
            before, members = by_name[rows[published[row]][0]]
            similarity = jaccard(grams, members)
        if key in by_keys and (before in (None, by_keys[key]) or similarity < threshold):
            outcome[row] = (survivors[by_keys[key]], EXACT, 1.0)
            continue
        kept_there = before is not None and similarity >= threshold
        found = (before, similarity) if before is not None and kept_there else near.closest(grams)
        if found is not None:
            outcome[row] = (survivors[found[0]], NEAR, found[1])
            continue
        if identity[row] in identified:
            outcome[row] = (identified[identity[row]], IDENTIFIED, UNKNOWN)
            continue
        if identity[row]:
            identified[identity[row]] = row
        by_keys[key] = len(survivors)
        by_name[key] = (len(survivors), grams)
        near.add(grams)
        survivors.append(row)
        outcome[row] = (row, SURVIVES, 1.0)
    return [outcome[row] for row in range(len(rows))]


TEXTS = st.one_of(
    st.lists(st.sampled_from("abc"), max_size=5).map(" ".join),
    st.sampled_from(["a b c d e f", "a b c d e g", "x b c d e f", "x b c d e g", "A b c d e f", "...", ""]),
)


@examples(1000)
@given(
    st.lists(st.tuples(st.integers(0, 4), TEXTS), max_size=14),
    st.integers(1, 3),
    st.sampled_from([0.2, 1 / 3, 0.5, 0.6, 0.75, 1.0]),
    st.randoms(use_true_random=False),
    st.floats(0, 1),
)
def test_rows_go_where_the_stage_sends_them(
    rows: Rows, size: int, threshold: float, rng: random.Random, share: float
) -> None:
    order = rng.sample(range(len(rows)), len(rows))
    before = {row: rng.randrange(len(rows)) for row in order if rng.random() < share}
    names = [rng.randrange(5) for _ in rows]
    none = [0] * len(rows)
    for published, identity in ((before, None), ({}, None), ({}, names), (before, names)):
        expected = by_the_stage(rows, order, size, threshold, published, identity=identity or none)
        assert decided(rows, order, size, threshold, published, identity=identity) == expected
    assert decided(rows, order, size, threshold) == by_the_stage(rows, order, size, threshold, {}, identity=none)


def test_of_equally_similar_survivors_the_first_in_the_order_is_taken() -> None:
    rows = [(0, "a b c d e"), (1, "c d e f g"), (2, "b c d e f")]
    # 4 of 6 words with both; these share 3 of 7
    for order, first in (([0, 1, 2], 0), ([1, 0, 2], 1)):
        assert decided(rows, order, 1, 0.6)[2] == (first, NEAR, 4 / 6)


def test_there_is_no_chaining() -> None:
    rows = [(0, "a b c d e"), (1, "b c d e f"), (2, "c d e f g")]
    assert decided(rows, [0, 1, 2], 1, 0.6) == [(0, SURVIVES, 1.0), (0, NEAR, 4 / 6), (2, SURVIVES, 1.0)]


def test_a_row_goes_where_it_went_before_if_that_survives_and_is_near() -> None:
    rows = [(0, "a b c d e f"), (1, "a b c d e g"), (0, "a b c d e f")]
    assert decided(rows, [0, 1, 2], 1, 0.75)[2] == (0, EXACT, 1.0)
    assert decided(rows, [0, 1, 2], 1, 0.7)[1] == (0, NEAR, 5 / 7)
    # near, though another one is the same
    far = [(0, "a b c d e f"), (1, "a b c d e x y"), (0, "a b c d e f")]
    assert decided(far, [0, 1, 2], 1, 0.6, {2: 1})[2] == (0, EXACT, 1.0)  # 1 merged into 0
    assert decided([*far[:1], (1, "a b c x y z"), *far[2:]], [1, 0, 2], 1, 0.3, {2: 1})[2] == (1, NEAR, 3 / 9)
    # not near any more, or behind
    assert decided([*far[:1], (1, "a x y z v w"), *far[2:]], [1, 0, 2], 1, 0.5, {2: 1})[2] == (0, EXACT, 1.0)
    assert decided(far, [0, 2, 1], 1, 0.9, {2: 1})[2] == (0, EXACT, 1.0)


def test_a_row_goes_to_whoever_has_the_key_of_its_paper_now() -> None:
    # the first row of the paper merges into the best one, a later row of the same key survives in its place
    rows = [(0, "a b c d e f"), (1, "a b c d e x"), (1, "b c x y z w"), (2, "b c x y z v")]
    order = [0, 1, 2, 3]
    assert decided(rows, order, 1, 0.7, {3: 1}) == [
        (0, SURVIVES, 1.0),
        (0, NEAR, 5 / 7),
        (2, SURVIVES, 1.0),
        (2, NEAR, 5 / 7),
    ]
    copies = [*rows, (5, "b c x y z q"), (5, "b c x y z q")]
    # the same as another one, but it belonged to the paper whose first row went elsewhere
    assert decided(copies, [4, *order, 5], 1, 0.75, {5: 1})[5] == (4, EXACT, 1.0)
    assert decided(copies, [0, 1, 2, 4, 3, 5], 1, 0.7, {5: 1})[5] == (2, NEAR, 5 / 7)


def test_rows_that_nothing_resembles_and_copies() -> None:
    count = 200_000
    group = np.arange(count)
    group[: count // 4] = 0
    none = np.empty(0, np.int64)
    pairs = Pairs(none, none, np.empty(0), group)
    decision = decide(np.arange(count)[::-1], np.arange(count, dtype=np.uint64), pairs)
    assert (decision.survivor[: count // 4] == count // 4 - 1).all()
    assert (decision.survivor[count // 4 :] == np.arange(count // 4, count)).all()
    assert np.bincount(decision.rule).tolist() == [count - count // 4 + 1, 0, count // 4 - 1]
