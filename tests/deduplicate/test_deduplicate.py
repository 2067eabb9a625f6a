"""Tests of deduplication."""

from __future__ import annotations

import random
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.deduplicate import DeduplicateStage
from curation.deduplicate.similarity import NearIndex, shingles
from curation.engines import LocalEngine
from curation.identity import abstract_key, paper_id, source_id, title_key
from curation.schemas.derive import plain_schema
from curation.schemas.stages import NormalizedRecords
from curation.stage import StageResult, run_checked
from tests.captures import CAPTURES, real_run
from tests.profiles import examples

FIRST, SECOND = "0" * 15 + "1", "0" * 15 + "2"

Rows = list[dict[str, Any]]


def row(
    position: int,
    title: str,
    abstract: str,
    source: str = FIRST,
    *,
    truncated: bool = False,
    damage: tuple[int, str] = (0, ""),
) -> dict[str, Any]:
    """A record; `damage` is the level and, for each place, `r` if it was repaired and `u` if not."""
    level, places = damage
    return {
        "source_id": source,
        "position": position,
        "title": title,
        "abstract": abstract,
        "math_damage": level,
        "math_damage_spans": [
            {"start": number, "end": number + 1, "kind": "command", "repaired": place == "r"}
            for number, place in enumerate(places)
        ],
        "possibly_truncated": truncated,
        "title_key": title_key(title),
        "abstract_key": abstract_key(abstract),
    }


def table(rows: Rows) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=plain_schema(NormalizedRecords))


def run(stage: DeduplicateStage, rows: Rows) -> StageResult:
    return run_checked(stage, table(rows), LocalEngine())


def places(found: pa.Table) -> list[tuple[str, int]]:
    return [(one["source_id"], one["position"]) for one in found.to_pylist()]


def words(first: int, last: int) -> str:
    """An abstract of the numbered words from first to last, at least forty characters long."""
    return " ".join(f"word{number:03}" for number in range(first, last + 1))


# --- exact


def test_the_same_title_and_abstract_are_one_paper() -> None:
    result = run(
        DeduplicateStage(), [row(0, "Lazy Forests", words(1, 30)), row(0, "Lazy Forests", words(1, 30), SECOND)]
    )
    (paper,) = result.kept.to_pylist()
    (merged,) = result.removed.to_pylist()
    assert (paper["source_id"], paper["paper_id"]) == (FIRST, paper_id("lazyforests"))
    assert (merged["source_id"], merged["position"]) == (SECOND, 0)
    assert (merged["stage"], merged["reason"], merged["rule"]) == ("deduplicate", "merged", "exact")
    assert (merged["survivor"], merged["similarity"]) == (paper["paper_id"], 1.0)


def test_spelling_of_signs_and_case_does_not_make_two_papers() -> None:
    rows = [row(0, "Lazy Forests", words(1, 30)), row(1, "LAZY forests!", words(1, 30).replace(" ", ", "))]
    result = run(DeduplicateStage(), rows)
    assert places(result.kept) == [(FIRST, 0)]
    assert result.removed["rule"].to_pylist() == ["exact"]


def test_different_titles_with_the_same_abstract_are_one_paper_by_similarity() -> None:
    result = run(DeduplicateStage(), [row(0, "Lazy Forests", words(1, 30)), row(1, "Eager Forests", words(1, 30))])
    assert places(result.kept) == [(FIRST, 0)]
    assert [(one["rule"], one["similarity"]) for one in result.removed.to_pylist()] == [("near", 1.0)]


# --- names


def test_the_same_title_with_different_abstracts_gives_papers_with_names_of_their_own() -> None:
    rows = [row(number, "Lazy Forests", words(100 * number, 100 * number + 30)) for number in range(3)]
    result = run(DeduplicateStage(), rows)
    assert result.removed.num_rows == 0
    assert result.kept["paper_id"].to_pylist() == [
        paper_id("lazyforests"),
        *(paper_id("lazyforests", abstract_key(one["abstract"])) for one in rows[1:]),
    ]
    assert len(set(result.kept["paper_id"].to_pylist())) == 3


def test_a_title_without_letters_gets_a_name_too() -> None:
    result = run(DeduplicateStage(), [row(0, "?!?!", words(1, 30)), row(1, "....", words(100, 130))])
    assert len(set(result.kept["paper_id"].to_pylist())) == 2


# --- near


def test_a_row_merges_from_the_threshold_on_and_not_below() -> None:
    # 30 words and the same with the last ones changed: 26 5-grams each, of which 26 - changed are shared
    original = words(1, 30)
    for changed in range(1, 8):
        similarity = (26 - changed) / (26 + changed)
        other = " ".join([*original.split()[: 30 - changed], *words(500, 499 + changed).split()])
        for threshold, merges in ((similarity, True), (similarity + 1e-9, False)):
            result = run(DeduplicateStage(threshold), [row(0, "Lazy Forests", original), row(1, "Other", other)])
            assert result.removed["similarity"].to_pylist() == [similarity] * merges
            assert result.kept.num_rows == 2 - merges


A, B, C = words(1, 20), words(3, 22), words(5, 24)  # of single words: A~B and B~C share 18 of 22, A and C 16 of 24


def test_there_is_no_chaining_through_a_row_that_was_merged() -> None:
    result = run(DeduplicateStage(0.75, 1), [row(0, "Title A", A), row(1, "Title B", B), row(2, "Title C", C)])
    assert places(result.kept) == [(FIRST, 0), (FIRST, 2)]
    (merged,) = result.removed.to_pylist()
    assert (merged["position"], merged["survivor"]) == (1, paper_id("titlea"))
    assert merged["similarity"] == 18 / 22


def test_what_resembles_the_survivor_merges_into_it_from_both_sides() -> None:
    result = run(DeduplicateStage(0.75, 1), [row(1, "Title A", A), row(0, "Title B", B), row(2, "Title C", C)])
    assert places(result.kept) == [(FIRST, 0)]
    assert result.removed["survivor"].to_pylist() == [paper_id("titleb")] * 2


def test_a_row_merges_into_the_survivor_it_resembles_most() -> None:
    rows = [row(0, "Title A", A), row(1, "Title C", C), row(2, "Near C", words(6, 25))]
    result = run(DeduplicateStage(0.75, 1), rows)
    assert [(one["position"], one["survivor"]) for one in result.removed.to_pylist()] == [(2, paper_id("titlec"))]


def test_a_row_equally_near_to_two_survivors_merges_into_the_first() -> None:
    result = run(DeduplicateStage(0.75, 1), [row(0, "Title A", A), row(1, "Title C", C), row(2, "Title B", B)])
    assert [(one["position"], one["survivor"]) for one in result.removed.to_pylist()] == [(2, paper_id("titlea"))]


# --- who survives


@pytest.mark.parametrize(
    ("one", "other"),
    [((FIRST, 7), (SECOND, 0)), ((FIRST, 2), (FIRST, 10)), ((SECOND, 3), (SECOND, 4))],
)
def test_the_first_by_source_and_position_survives(one: tuple[str, int], other: tuple[str, int]) -> None:
    rows = [row(number, f"Title {number}", A, source) for source, number in (other, one)]
    result = run(DeduplicateStage(), rows)
    assert places(result.kept) == [one]
    assert places(result.removed) == [other]


def test_a_complete_abstract_survives_one_that_may_be_cut_off() -> None:
    whole, cut = words(1, 60), words(1, 55)
    result = run(
        DeduplicateStage(), [row(0, "Lazy Forests", cut, truncated=True), row(9, "Lazy Forests", whole, SECOND)]
    )
    assert places(result.kept) == [(SECOND, 9)]
    assert [(one["rule"], one["similarity"]) for one in result.removed.to_pylist()] == [("near", 51 / 56)]


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ((0, ""), (1, "u")),
        ((0, ""), (2, "rrr")),
        ((1, "uuu"), (2, "r")),
        ((2, "u"), (2, "uu")),
        ((2, "rrrr"), (2, "u")),
        ((1, "ru"), (1, "uu")),
    ],
)
def test_the_least_damaged_survives(better: tuple[int, str], worse: tuple[int, str]) -> None:
    rows = [row(0, "Lazy Forests", A, damage=worse), row(9, "Lazy Forests", A, SECOND, damage=better)]
    result = run(DeduplicateStage(), rows)
    assert places(result.kept) == [(SECOND, 9)]
    assert result.kept["math_damage"].to_pylist() == [better[0]]
    assert [(one["position"], one["rule"]) for one in result.removed.to_pylist()] == [(0, "exact")]


def test_places_that_were_repaired_do_not_count_and_then_the_first_survives() -> None:
    rows = [row(number, "Lazy Forests", A, damage=(2, "ur" + "r" * (2 - number))) for number in range(3)]
    assert places(run(DeduplicateStage(), rows).kept) == [(FIRST, 0)]


def test_a_complete_abstract_survives_whatever_its_damage() -> None:
    rows = [row(0, "Lazy Forests", A, truncated=True), row(1, "Lazy Forests", A, damage=(2, "uuu"))]
    assert places(run(DeduplicateStage(), rows).kept) == [(FIRST, 1)]


def test_a_known_paper_survives_whatever_its_damage() -> None:
    rows = [row(0, "Eager Forests", A), row(1, "Lazy Forests", A, damage=(2, "uuu"))]
    result = run(DeduplicateStage(known=frozenset([paper_id(LAZY)])), rows)
    assert places(result.kept) == [(FIRST, 1)]


def test_the_key_of_the_title_goes_on() -> None:
    assert run(DeduplicateStage(), [row(0, "Lazy Forests!", A)]).kept["title_key"].to_pylist() == [LAZY]


def test_kept_rows_come_by_source_and_position() -> None:
    rows = [
        row(1, "Title A", words(1, 30), SECOND),
        row(0, "Title B", words(100, 130), SECOND, truncated=True),
        row(5, "Title C", words(200, 230)),
    ]
    assert places(run(DeduplicateStage(), rows).kept) == [(FIRST, 5), (SECOND, 0), (SECOND, 1)]


# --- papers that were published before

LAZY = title_key("Lazy Forests")


def longer_id(abstract: str) -> str:
    return paper_id(LAZY, abstract_key(abstract))


@pytest.mark.parametrize("truncated", [False, True])
def test_a_known_paper_survives_what_resembles_it(truncated: bool) -> None:
    known = row(9, "Lazy Forests", words(1, 30), SECOND, truncated=truncated)
    new = row(0, "Eager Forests", words(1, 30))
    result = run(DeduplicateStage(known=frozenset([paper_id(LAZY)])), [new, known])
    assert places(result.kept) == [(SECOND, 9)]
    assert result.removed["survivor"].to_pylist() == [paper_id(LAZY)]


def test_a_paper_known_by_title_and_abstract_keeps_that_name_from_whatever_source_it_comes() -> None:
    rows = [row(0, "Lazy Forests", words(1, 30)), row(1, "Lazy Forests", words(100, 130))]
    known = frozenset([paper_id(LAZY), longer_id(words(1, 30))])
    result = run(DeduplicateStage(known=known), rows)
    assert result.kept["paper_id"].to_pylist() == [longer_id(words(1, 30)), paper_id(LAZY)]


def test_a_paper_known_by_title_and_abstract_keeps_that_name_when_the_other_one_is_gone() -> None:
    known = frozenset([paper_id(LAZY), longer_id(words(1, 30))])
    result = run(DeduplicateStage(known=known), [row(0, "Lazy Forests", words(1, 30))])
    assert result.kept["paper_id"].to_pylist() == [longer_id(words(1, 30))]


# --- against a reading of the rules that compares everything with everything


def jaccard(one: str, other: str, size: int) -> float:
    sets = []
    for text in (one, other):
        tokens = text.casefold().split()
        sets.append({tuple(tokens[start : start + size]) for start in range(max(len(tokens) - size, 0) + 1)})
    return len(sets[0] & sets[1]) / len(sets[0] | sets[1])


def by_hand_order(one: dict[str, Any]) -> tuple[Any, ...]:
    unrepaired = [span for span in one["math_damage_spans"] if not span["repaired"]]
    return one["possibly_truncated"], one["math_damage"], len(unrepaired), one["source_id"], one["position"]


def by_hand(rows: Rows, threshold: float, size: int) -> tuple[list[tuple[str, int]], Rows]:
    survivors: Rows = []
    merged: Rows = []
    for one in sorted(rows, key=by_hand_order):
        keys = (one["title_key"], one["abstract_key"])
        same = [other for other in survivors if (other["title_key"], other["abstract_key"]) == keys]
        near = [(jaccard(one["abstract"], other["abstract"], size), other) for other in survivors]
        best = max((similarity for similarity, _ in near), default=0.0)
        if same:
            merged.append({**one, "into": same[0], "rule": "exact", "similarity": 1.0})
        elif best >= threshold:
            into = next(other for similarity, other in near if similarity == best)
            merged.append({**one, "into": into, "rule": "near", "similarity": best})
        else:
            survivors.append(one)
    return sorted((one["source_id"], one["position"]) for one in survivors), merged


TEXTS = st.lists(st.sampled_from(["alpha", "beta", "Gamma", "delta"]), min_size=1, max_size=9).map(" ".join)
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["One", "Two"]),
        TEXTS,
        st.sampled_from([FIRST, SECOND]),
        st.booleans(),
        st.sampled_from([(0, ""), (1, "u"), (1, "ur"), (2, "r"), (2, "uu")]),
    ),
    max_size=10,
).map(
    lambda drawn: [
        row(position, title, abstract, source, truncated=truncated, damage=damage)
        for position, (title, abstract, source, truncated, damage) in enumerate(drawn)
    ]
)


@examples(300)
@given(ROWS, st.sampled_from([0.2, 1 / 3, 0.5, 0.6, 0.75, 1.0]), st.integers(1, 5))
def test_merges_and_similarities_are_those_of_comparing_everything(rows: Rows, threshold: float, size: int) -> None:
    result = DeduplicateStage(threshold, size)(table(rows))
    kept, merged = by_hand(rows, threshold, size)
    assert places(result.kept) == kept
    names = {(one["source_id"], one["position"]): one["paper_id"] for one in result.kept.to_pylist()}
    assert len(set(names.values())) == len(names)
    found = {(one["source_id"], one["position"]): one for one in result.removed.to_pylist()}
    assert len(found) == len(merged)
    for one in merged:
        removed = found[one["source_id"], one["position"]]
        assert (removed["rule"], removed["similarity"]) == (one["rule"], one["similarity"])
        assert removed["survivor"] == names[one["into"]["source_id"], one["into"]["position"]]


@examples(100)
@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(rows: Rows, rng: random.Random) -> None:
    expected = DeduplicateStage(0.5, 2)(table(rows))
    rng.shuffle(rows)
    result = DeduplicateStage(0.5, 2)(table(rows))
    assert result.kept.equals(expected.kept)
    assert sorted(map(str, result.removed.to_pylist())) == sorted(map(str, expected.removed.to_pylist()))


@examples(200)
@given(st.lists(TEXTS, max_size=8), TEXTS, st.integers(1, 4))
def test_the_closest_survivor_is_found_with_its_exact_similarity(texts: list[str], text: str, size: int) -> None:
    index = NearIndex(0.3)
    for one in texts:
        index.add(shingles(one, size))
    similarities = [jaccard(text, one, size) for one in texts]
    best = max(similarities, default=0.0)
    expected = (similarities.index(best), best) if best >= 0.3 else None
    assert index.closest(shingles(text, size)) == expected


# --- n-grams


def test_n_grams_are_of_words_without_signs_case_and_forms_of_letters() -> None:
    assert shingles("The ﬁrst, SECOND\u00a0third-fourth!", 3) == {
        ("the", "first", "second"),
        ("first", "second", "third"),
        ("second", "third", "fourth"),
    }


def test_a_text_with_fewer_words_is_one_n_gram_and_one_without_words_has_none() -> None:
    assert shingles("two words", 5) == {("two", "words")}
    assert shingles("just as many words here", 5) == {("just", "as", "many", "words", "here")}
    assert shingles(" -- ? ", 5) == frozenset()


# --- the real listings


def test_the_six_papers_on_both_real_pages_are_merged() -> None:
    first, second = (source_id(capture.path.read_bytes()) for capture in CAPTURES)
    run = real_run()
    ids = {(one["source_id"], one["position"]): one["paper_id"] for one in run.papers.to_pylist()}
    merged = {(one["source_id"], one["position"]): one for one in run.removed.to_pylist()}
    # by the lines of the titles in both files
    lines = {13: 39, 105: 27, 125: 179, 145: 155, 209: 203, 373: 75}
    records = [{line: place for place, _, _, line, _ in capture.records()} for capture in CAPTURES]
    expected = {(second, records[1][other]): ids[first, records[0][one]] for one, other in lines.items()}
    assert {place: one["survivor"] for place, one in merged.items()} == expected
    assert {(one["rule"], one["similarity"]) for one in merged.values()} == {("exact", 1.0)}
