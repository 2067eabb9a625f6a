"""Tests of intervals against SciPy, closed forms, properties that any of them must have, and simulated scores."""

from __future__ import annotations

import math
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import adjusted_mutual_info_score, average_precision_score

from curation.benchmark.intervals import (
    Array,
    Indices,
    Interval,
    group_sums,
    mean_bounds,
    mean_interval,
    pseudo_values,
    statistic_interval,
    units_for_half_width,
)
from tests.profiles import examples

GRADES = (0.0, 0.1, 0.289, 0.5, 0.631, 0.9, 1.0)
BINARY = st.lists(st.sampled_from((0.0, 1.0)), min_size=1, max_size=80)
GRADED = st.lists(st.sampled_from(GRADES), min_size=1, max_size=80)
ANY = st.lists(st.floats(0, 1), min_size=1, max_size=80)
VALUES = BINARY | GRADED | ANY


@st.composite
def grouped(draw: st.DrawFn) -> tuple[list[float], list[str]]:
    values = draw(VALUES)
    return values, [f"g{draw(st.integers(0, 20))}" for _ in values]


def close(one: Interval, other: Interval) -> bool:
    return math.isclose(one.low, other.low, abs_tol=1e-9) and math.isclose(one.high, other.high, abs_tol=1e-9)


@examples(200)
@given(grouped())
def test_bounds_lie_inside_0_to_1_and_around_the_mean(data: tuple[list[float], list[str]]) -> None:
    values, groups = data
    for found in (mean_interval(values), mean_interval(values, groups)):
        assert 0 <= found.low <= np.mean(values) + 1e-12
        assert np.mean(values) - 1e-12 <= found.high <= 1
        assert found.width == found.high - found.low


@examples(100)
@given(grouped(), st.randoms(use_true_random=False))
def test_the_order_of_units_and_the_names_of_groups_do_not_count(
    data: tuple[list[float], list[str]], random: Random
) -> None:
    rows = list(zip(*data, strict=True))
    random.shuffle(rows)
    values, groups = zip(*rows, strict=True)
    assert close(mean_interval(*data), mean_interval(values, [f"{99 - int(name[1:]):02d}" for name in groups]))
    assert mean_interval(*data) == mean_interval(*data)


@examples(100)
@given(VALUES)
def test_groups_of_one_value_are_no_groups(values: list[float]) -> None:
    alone = mean_interval(values, [str(at) for at in range(len(values))])
    assert close(alone, mean_interval(values))
    assert alone.method == mean_interval(values).method


@examples(100)
@given(grouped())
def test_losing_mirrors_winning(data: tuple[list[float], list[str]]) -> None:
    values, groups = data
    found, mirrored = mean_interval(values, groups), mean_interval([1 - value for value in values], groups)
    assert close(found, Interval(1 - mirrored.high, 1 - mirrored.low, ""))


@examples(100)
@given(st.lists(st.floats(0.3, 0.6), min_size=3, max_size=80), st.floats(0.01, 0.3))
def test_more_for_every_unit_moves_both_bounds_up(values: list[float], more: float) -> None:
    found, moved = mean_interval(values), mean_interval([value + more for value in values])
    assert moved.low >= found.low - 1e-9
    assert moved.high >= found.high - 1e-9


@pytest.mark.parametrize("total", [1, 2, 10, 73])
def test_shares_have_the_interval_of_wilson(total: int) -> None:
    for good in range(total + 1):
        found = mean_interval([1] * good + [0] * (total - good))
        theirs = stats.binomtest(good, total).proportion_ci(method="wilson")
        assert found.method == "wilson"
        assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_the_interval_of_graded_values_as_worked_by_hand() -> None:
    values = np.array([0.2, 0.4, 0.4, 0.9, 1.0, 0.7])
    n, mean = 6, 0.6
    effect = values.var(ddof=1) / (mean * (1 - mean))
    effect = (2.4 * effect + 0.1) / 2.5  # 6 units, 2.4 of them lost
    size, t = n / effect, 2.5705818
    # the roots of (p - mean)² = t² p (1 - p) / size
    roots = np.roots([1 + t * t / size, -2 * mean - t * t / size, mean * mean])
    found = mean_interval(values)
    assert (found.low, found.high) == pytest.approx(sorted(roots), abs=1e-6)
    assert found.method == "wilson, effective size"


def test_copies_of_a_unit_tell_nothing_new() -> None:
    values = np.random.default_rng(0).choice(GRADES, size=40)
    copies = mean_interval(np.repeat(values, 3), np.repeat(np.arange(40).astype(str), 3).tolist())
    assert close(copies, mean_interval(values))
    assert mean_interval(np.repeat(values, 3)).width < 0.65 * copies.width


def test_groups_of_different_sizes_have_the_error_of_a_ratio() -> None:
    values, groups = [1.0, 0.5, 0.0, 0.2, 0.9, 0.6], ["a", "a", "b", "b", "b", "c"]
    sums, counts = group_sums(np.array(values), groups)
    assert sums.tolist() == pytest.approx([1.5, 1.1, 0.6])
    assert counts.tolist() == [2, 3, 1]
    mean = 3.2 / 6
    variance = 3 / 2 * ((1.5 - 2 * mean) ** 2 + (1.1 - 3 * mean) ** 2 + (0.6 - mean) ** 2) / 36
    events = 3 * (1 - mean)
    effect = (events * variance * 3 / (mean * (1 - mean)) + 0.1) / (events + 0.1)
    pull = 4.30265273**2 * effect / 3
    roots = np.roots([1 + pull, -2 * mean - pull, mean * mean])
    found = mean_interval(values, groups)
    assert (found.low, found.high) == pytest.approx(sorted(roots), abs=1e-6)


@pytest.mark.parametrize("units", [1, 2, 3, 73])
@pytest.mark.parametrize("value", [0.0, 0.1, 0.5, 0.9, 1.0])
def test_units_that_are_all_equal_have_an_interval(units: int, value: float) -> None:
    one, three = (
        mean_interval([value] * units),
        mean_interval([value] * 3 * units, [str(at // 3) for at in range(3 * units)]),
    )
    for found in (one, three):
        assert found.low <= value <= found.high
        assert found.width > 0.005
    if units <= 2 and 0 < value < 1:
        assert one.width > 0.3
    assert three.width >= one.width


def test_one_group_tells_nothing() -> None:
    assert mean_interval([0.5]) == Interval(0, 1, "wilson, effective size")
    assert mean_interval([1, 1, 0], ["a", "a", "a"]) == Interval(0, 1, "wilson, effective size")


@pytest.mark.parametrize("values", [[], [[0.5]], [1.1], [-0.1], [math.nan]])
def test_values_that_are_no_scores_are_refused(values: list[float]) -> None:
    with pytest.raises(ValueError, match="value"):
        mean_interval(values)
    with pytest.raises(ValueError, match="groups"):
        mean_interval([0.5, 0.6], ["a"])


def test_a_score_just_above_1_by_rounding_is_1() -> None:
    assert mean_interval([1 + 1e-12] * 5) == mean_interval([1] * 5)


# Coverage.


def _covered(low: Array, high: Array, truth: float) -> float:
    return float(((low <= truth) & (truth <= high)).mean())


def _percentile(sums: Array) -> tuple[Array, Array]:
    n = sums.shape[1]
    weights = np.random.default_rng(1).multinomial(n, np.full(n, 1 / n), size=1000).T
    low, high = np.percentile(sums @ weights / n, (2.5, 97.5), axis=1)
    return low, high


@pytest.mark.parametrize("share", [0.05, 0.2, 0.4, 0.7, 0.9, 0.95, 0.96, 0.98])
def test_intervals_of_shares_cover_the_truth(share: float) -> None:
    sums = (np.random.default_rng(0).random((4000, 73)) < share).astype(float)
    assert 0.925 <= _covered(*mean_bounds(sums, np.ones(73), binary=True), share) <= 0.985


def test_the_percentile_bootstrap_does_not_cover_the_truth() -> None:
    sums = (np.random.default_rng(0).random((4000, 73)) < 0.95).astype(float)
    assert _covered(*_percentile(sums), 0.95) < 0.925


@pytest.mark.parametrize("level", [0.05, 0.4, 0.9, 0.96, 0.98])
@pytest.mark.parametrize("each", [1, 3])
def test_intervals_of_graded_scores_cover_the_truth(level: float, each: int) -> None:
    generator = np.random.default_rng(0)
    # ten training draws of a paper, or tries of its queries, which are more alike than those of others
    chance = generator.beta(level / 2, (1 - level) / 2, size=(4000, 73))
    sums = generator.binomial(10, chance) / 10 if each == 1 else generator.binomial(each, chance).astype(float)
    covered = _covered(*mean_bounds(sums, np.full(73, float(each)), binary=False), level)
    assert 0.92 <= covered <= 0.985


def test_many_samples_at_once_have_the_bounds_of_each() -> None:
    values = np.random.default_rng(0).choice(GRADES, size=(5, 3, 20))
    low, high = mean_bounds(values.sum(axis=1), np.full(20, 3.0), binary=False)
    for at, sample in enumerate(values):
        found = mean_interval(sample.ravel(), [str(one) for one in range(20)] * 3)
        assert (low[at], high[at]) == pytest.approx((found.low, found.high))


# Statistics that are no means.


def test_pseudo_values_of_a_mean_are_the_values() -> None:
    values = np.random.default_rng(0).choice(GRADES, size=30)
    assert pseudo_values(lambda rows: float(values[rows].mean()), 30) == pytest.approx(values)


def test_a_mean_as_a_statistic_has_the_interval_of_a_mean() -> None:
    values, groups = np.random.default_rng(0).choice(GRADES, size=60), [f"{at % 20}" for at in range(60)]
    found = statistic_interval(lambda rows: float(values[rows].mean()), groups)
    assert close(found, mean_interval(values, groups))
    assert found.method == "wilson, effective size by jackknife"
    assert close(statistic_interval(lambda rows: float(values[rows].mean()), 60), mean_interval(values))


def test_units_are_left_out_whole() -> None:
    groups, seen = ["b", "a", "b", "c"], []

    def statistic(rows: Indices) -> float:
        seen.append(rows.tolist())
        return 0.5

    statistic_interval(statistic, groups)
    assert seen == [[0, 1, 2, 3], [0, 2, 3], [1, 3], [0, 1, 2]]


def test_few_units_have_wide_intervals() -> None:
    assert statistic_interval(lambda rows: 0.4, 1) == Interval(0, 1, "wilson, effective size by jackknife")
    assert statistic_interval(lambda rows: 0.4, ["a", "a"]).width == 1
    assert statistic_interval(lambda rows: 0.4, 2).width > 0.5
    assert statistic_interval(lambda rows: 1.0, 73).width > 0.04


def test_a_statistic_just_above_1_by_rounding_is_1() -> None:
    assert statistic_interval(lambda rows: 1 + 1e-12, 5).high == 1


def test_a_statistic_below_0_is_inside_its_interval() -> None:
    found = statistic_interval(lambda rows: -0.01, 73)
    assert found.low == -0.01
    assert 0 < found.high < 0.1


def test_statistics_that_cannot_have_an_interval_are_refused() -> None:
    with pytest.raises(ValueError, match="not a number"):
        statistic_interval(lambda rows: math.nan, 5)
    with pytest.raises(ValueError, match="statistic of 2"):
        statistic_interval(lambda rows: 2.0, 5)
    with pytest.raises(ValueError, match="statistic of nan"):
        statistic_interval(lambda rows: 0.5, 0)
    with pytest.raises(ValueError, match="over 1 units"):
        pseudo_values(lambda rows: 0.5, ["a", "a"])


def test_intervals_of_average_precision_cover_the_truth() -> None:
    generator = np.random.default_rng(0)

    def draw(groups: int) -> tuple[Indices, Indices, Array]:
        group = np.repeat(np.arange(groups), 3)
        labels = (generator.random(3 * groups) < 0.3).astype(np.int64)
        return (
            group,
            labels,
            2 * labels + 0.5 * generator.normal(size=groups)[group] + generator.normal(size=3 * groups),
        )

    _, labels, scores = draw(50_000)
    truth, covered = average_precision_score(labels, scores), 0
    for _ in range(120):
        group, labels, scores = draw(40)

        def statistic(rows: Indices, labels: Indices = labels, scores: Array = scores) -> float:
            order = rows[np.argsort(-scores[rows])]
            hits = labels[order]
            return float((hits * np.cumsum(hits) / np.arange(1, len(hits) + 1)).sum() / hits.sum())

        found = statistic_interval(statistic, [str(one) for one in group])
        covered += found.low <= truth <= found.high
    assert 0.88 <= covered / 120 <= 0.99


def test_an_interval_of_mutual_information_is_about_its_score() -> None:
    generator = np.random.default_rng(0)
    labels = generator.integers(8, size=60)
    clusters = np.where(generator.random(60) < 0.6, labels, generator.integers(8, size=60))
    score = adjusted_mutual_info_score(labels, clusters)
    found = statistic_interval(lambda rows: float(adjusted_mutual_info_score(labels[rows], clusters[rows])), 60)
    assert found.low < score < found.high
    assert 0.1 < found.width < 0.45


# How many units it takes.


def test_half_the_width_takes_four_times_the_units() -> None:
    assert units_for_half_width(0.2, 73) == 292
    assert units_for_half_width(0, 73, 0.5) == 292
    assert units_for_half_width(1, 73, 0.5) == 292


@pytest.mark.parametrize(("share", "total"), [(0.5, 20), (0.9, 70), (0.98, 100), (1.0, 73), (0.0, 73)])
def test_so_many_units_do_halve_the_width_of_wilson(share: float, total: int) -> None:
    def width(units: int) -> float:
        low, high = mean_bounds(np.full((1, units), share), np.ones(units), binary=True)
        return float(high[0] - low[0])

    needed = units_for_half_width(width(total), total, share)
    assert width(needed) <= width(total) / 2 + 1e-12 < width(needed - 1)
    assert (share in {0, 1}) == (needed < 2.2 * total)


@pytest.mark.parametrize(("width", "units", "score"), [(-0.1, 5, None), (1.1, 5, 0.5), (0.1, 0, 0.5), (0.1, 5, 1.5)])
def test_widths_that_no_interval_has_are_refused(width: float, units: int, score: float | None) -> None:
    with pytest.raises(ValueError, match="width"):
        units_for_half_width(width, units, score)
