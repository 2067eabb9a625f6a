"""Tests of comparisons against p-values counted by hand, SciPy, simulated equal models, and worked examples."""

from __future__ import annotations

import math
from itertools import combinations
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from curation.benchmark.compare import holm, permutation_p, rank_ranges, shared_ranks, swap_p
from curation.benchmark.intervals import Array
from tests.profiles import examples

P_VALUES = st.lists(st.floats(0, 1), max_size=12)


def mean(values: Array) -> float:
    return float(values.mean())


@pytest.mark.parametrize(
    ("differences", "p"),
    [
        ([1, 1, 1], 2 / 8),
        ([1, 1, 1, 1, 1, 1], 2 / 64),
        ([3, 2, -1], 4 / 8),  # as far as 4 from 0: 6, 4 and their mirrors
        ([1, 2, 3, 4], 2 / 16),
        ([1, 0, 1, 0, 1], 2 / 8),
        ([1, -1], 1),
        ([1, 1], 2 / 4),
        ([1], 1),
        ([0, 0], 1),
    ],
)
def test_p_values_of_few_units_as_counted_by_hand(differences: list[float], p: float) -> None:
    zeros = [0.0] * len(differences)
    assert permutation_p(differences, zeros) == pytest.approx(p)
    assert permutation_p(zeros, differences) == pytest.approx(p)
    assert swap_p(mean, np.array(differences, dtype=float), np.array(zeros)) == pytest.approx(p)


def test_sums_that_differ_by_rounding_are_equal() -> None:
    # 0.1 + 0.2 + 0.3 is not 0.3 + 0.2 + 0.1 to the last digit, nor are their partial sums
    one, other = [0.3, 0.1, 0.2, 0.6, 0.7], [0.1, 0.0, 0.1, 0.3, 0.1]
    tenths = [2, 1, 1, 3, 6]
    assert permutation_p(one, other) == permutation_p(tenths, [0] * 5)
    assert swap_p(mean, np.array(one), np.array(other)) == permutation_p(tenths, [0] * 5)
    assert permutation_p([0.1 + 0.2, 0.5], [0.3, 0.5]) == 1
    whole = np.array([5, 5, -2, 3, -6], dtype=float)
    assert swap_p(mean, whole / 10, np.zeros(5)) == swap_p(mean, whole, np.zeros(5))


def test_values_of_a_group_are_flipped_together() -> None:
    one, groups = [1, 1, 1, 1, 1, 1], ["a", "a", "b", "b", "c", "c"]
    assert permutation_p(one, [0] * 6, groups) == 2 / 8
    assert swap_p(mean, np.array(one, dtype=float), np.zeros(6), groups) == 2 / 8
    assert permutation_p([1, 0, 1], [0, 1, 0], ["a", "a", "b"]) == 1


def test_many_units_are_drawn_and_never_have_a_p_of_0() -> None:
    one, other = np.linspace(0.5, 1, 73), np.linspace(0, 0.4, 73)
    assert permutation_p(one, other) == 1 / 10_000
    assert permutation_p(one, other, permutations=99) == 1 / 100
    assert swap_p(mean, one, other, permutations=99) == 1 / 100


def test_all_ways_are_tried_up_to_the_most_that_are_allowed() -> None:
    thirteen = [1.0] * 13
    assert permutation_p(thirteen, [0.0] * 13) == 2 / 2**13
    assert permutation_p([1.0] * 14, [0.0] * 14) != 2 / 2**14
    assert swap_p(mean, np.ones(4), np.zeros(4), permutations=16) == 2 / 16
    drawn = swap_p(mean, np.ones(5), np.zeros(5), permutations=20) * 21
    assert drawn == pytest.approx(round(drawn))
    assert swap_p(mean, np.ones(3), np.zeros(3), permutations=8) == 2 / 8


def test_drawn_p_values_are_those_of_scipy_and_of_a_t_test() -> None:
    generator = np.random.default_rng(0)
    one = generator.random(60)
    other = one + generator.normal(0.03, 0.1, size=60)
    p = permutation_p(one, other)
    assert p == pytest.approx(stats.ttest_rel(one, other).pvalue, abs=0.015)
    assert p == pytest.approx(swap_p(mean, one, other, permutations=1000), abs=0.03)


@examples(50)
@given(
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=30), st.randoms(use_true_random=False)
)
def test_neither_the_order_of_units_nor_that_of_models_counts(rows: list[tuple[float, float]], random: Random) -> None:
    one, other = zip(*rows, strict=True)
    p = permutation_p(one, other, permutations=199)
    random.shuffle(rows)
    moved = permutation_p(*zip(*rows, strict=True), permutations=199)
    assert 0 < p <= 1
    assert p == pytest.approx(moved, abs=1e-12)
    if len(rows) <= 7:
        assert p == pytest.approx(permutation_p(other, one, permutations=199), abs=1e-12)


@pytest.mark.parametrize("units", [8, 40])
def test_equal_models_have_p_values_that_are_uniform(units: int) -> None:
    generator = np.random.default_rng(0)
    groups = [str(at // 2) for at in range(units)]
    p = []
    for _ in range(300):
        hard = generator.random(units // 2).repeat(2)
        one, other = (generator.beta(3 * hard + 0.1, 3 - 3 * hard + 0.1) for _ in range(2))
        p.append(permutation_p(one, other, groups, permutations=199))
    for level in (0.05, 0.25, 0.5):
        below = np.mean(np.array(p) <= level)
        # of 4 groups the least p is 1 / 8
        reached = level if units == 40 else math.floor(level * 8) / 8
        assert below == pytest.approx(reached, abs=0.09 if level > 0.1 else 0.035)


def test_outputs_of_any_shape_are_swapped_by_row() -> None:
    one, other = np.ones((5, 2, 3)), np.zeros((5, 2, 3))
    assert swap_p(mean, one, other) == 2 / 32
    seen: list[Array] = []

    def statistic(rows: Array) -> float:
        seen.append(rows)
        return mean(rows)

    swap_p(statistic, one, other, ["a", "b", "a", "b", "a"])
    assert len(seen) == 2 * (1 + 4)
    assert all(np.ptp(rows[[0, 2, 4]]) == 0 == np.ptp(rows[[1, 3]]) for rows in seen)


def test_units_that_are_not_the_same_are_refused() -> None:
    with pytest.raises(ValueError, match="shapes"):
        permutation_p([1, 0], [1])
    with pytest.raises(ValueError, match="shapes"):
        permutation_p([], [])
    with pytest.raises(ValueError, match="not a number"):
        permutation_p([1, math.nan], [1, 0])
    with pytest.raises(ValueError, match="groups"):
        permutation_p([1, 0], [1, 1], ["a"])
    with pytest.raises(ValueError, match="shapes"):
        swap_p(mean, np.ones(2), np.ones(3))
    with pytest.raises(ValueError, match="shapes"):
        swap_p(mean, np.ones(0), np.ones(0))
    with pytest.raises(ValueError, match="groups"):
        swap_p(mean, np.ones(2), np.zeros(2), ["a"])


# Adjustment for many pairs.


def test_holm_as_worked_by_hand() -> None:
    # sorted 0.005, 0.01, 0.03, 0.04 times 4, 3, 2, 1: 0.02, 0.03, 0.06, 0.04, and none below the one before
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.4, 0.6]) == pytest.approx([0.8, 0.8])
    assert holm([0.6, 0.7]) == [1, 1]
    assert holm([0.02]) == [0.02]
    assert holm([]) == []


@examples(100)
@given(P_VALUES)
def test_holm_lies_between_the_p_value_and_that_of_bonferroni(p_values: list[float]) -> None:
    adjusted = holm(p_values)
    for p, found in zip(p_values, adjusted, strict=True):
        assert p <= found <= min(1, p * len(p_values)) + 1e-12
    for (p, one), (q, other) in combinations(zip(p_values, adjusted, strict=True), 2):
        assert one <= other or p > q


def test_holm_refuses_what_is_no_p_value() -> None:
    for wrong in (-0.1, 1.1, math.nan):
        with pytest.raises(ValueError, match="p-value"):
            holm([0.5, wrong])


# Ranks.


def test_models_that_are_all_told_apart_are_ranked_by_score() -> None:
    p = {("a", "b"): 0.01, ("c", "a"): 0.01, ("b", "c"): 0.05}
    assert shared_ranks("abc", [0.2, 0.3, 0.4], p) == {"a": 3, "b": 2, "c": 1}
    assert rank_ranges("abc", [0.2, 0.3, 0.4], p) == {"a": (3, 3), "b": (2, 2), "c": (1, 1)}
    assert shared_ranks("abc", [0.2, 0.3, 0.4], p, alpha=0.04) == {"a": 3, "b": 1, "c": 1}


def test_a_model_between_two_that_are_told_apart_ties_them() -> None:
    p = {("a", "b"): 0.2, ("b", "c"): 0.2, ("a", "c"): 0.01, ("a", "d"): 0.01, ("b", "d"): 0.01, ("c", "d"): 0.01}
    scores = [0.8, 0.7, 0.6, 0.1]
    assert shared_ranks("abcd", scores, p) == {"a": 1, "b": 1, "c": 1, "d": 4}
    assert rank_ranges("abcd", scores, p) == {"a": (1, 2), "b": (1, 3), "c": (2, 3), "d": (4, 4)}


def test_a_model_that_is_told_apart_between_two_that_are_not_shares_their_rank() -> None:
    p = {("a", "b"): 0.01, ("b", "c"): 0.01, ("a", "c"): 0.2}
    assert shared_ranks("abc", [0.8, 0.7, 0.6], p) == {"a": 1, "b": 1, "c": 1}
    assert rank_ranges("abc", [0.8, 0.7, 0.6], p) == {"a": (1, 2), "b": (2, 2), "c": (2, 3)}


def test_equal_scores_are_never_told_apart() -> None:
    assert shared_ranks("ab", [0.5, 0.5], {("a", "b"): 0.0}) == {"a": 1, "b": 1}
    assert rank_ranges("ab", [0.5, 0.5], {("a", "b"): 0.0}) == {"a": (1, 2), "b": (1, 2)}
    assert shared_ranks([], [], {}) == {}
    assert shared_ranks(["a"], [0.5], {}) == {"a": 1}


@st.composite
def boards(draw: st.DrawFn) -> tuple[list[str], list[float], dict[tuple[str, str], float]]:
    names = [f"m{at}" for at in range(draw(st.integers(1, 7)))]
    scores = [draw(st.integers(0, 6)) / 6 for _ in names]
    return names, scores, {pair: draw(st.sampled_from((0.01, 0.01, 0.2))) for pair in combinations(names, 2)}


@examples(200)
@given(boards())
def test_models_that_cannot_be_told_apart_share_a_rank(
    board: tuple[list[str], list[float], dict[tuple[str, str], float]],
) -> None:
    names, scores, p = board
    ranks, ranges = shared_ranks(*board), rank_ranges(*board)
    score = dict(zip(names, scores, strict=True))
    assert list(ranks) == names
    for (one, other), value in p.items():
        apart = value <= 0.05 and score[one] != score[other]
        if not apart:
            assert ranks[one] == ranks[other]
        if ranks[one] < ranks[other]:
            assert apart
            assert score[one] > score[other]
    for name in names:
        assert ranks[name] == 1 + sum(ranks[other] < ranks[name] for other in names)
        assert 1 <= ranks[name] <= ranges[name][0] <= ranges[name][1] <= len(names)


def test_ranks_need_a_name_a_score_and_p_values_for_each_model() -> None:
    with pytest.raises(ValueError, match="no p-value"):
        shared_ranks("ab", [0.1, 0.2], {})
    with pytest.raises(ValueError, match="different models"):
        shared_ranks("aa", [0.1, 0.2], {})
    with pytest.raises(ValueError, match="different models"):
        rank_ranges("ab", [0.1], {("a", "b"): 0.5})
