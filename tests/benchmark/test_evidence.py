"""Tests of what scores are made of: intervals around them, and comparisons of two models."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from curation.benchmark.evidence import Evidence, compare, interval_of, subsets_of, units_needed
from curation.benchmark.intervals import Interval
from tests.profiles import examples

SHARES = st.floats(0, 1)


def queries(values: list[float], each: int = 1) -> Evidence:
    return Evidence("queries", tuple(values), tuple(f"p{number // each:03}" for number in range(len(values))))


def subsets(values: list[float], papers: int = 30, seed: int = 42) -> Evidence:
    return Evidence(
        "subsets", tuple(values), tuple(f"p{number:03}" for number in range(papers)), taken=papers * 2 // 3, seed=seed
    )


def pairs(values: list[float], labels: list[int]) -> Evidence:
    return Evidence("pairs", tuple(values), tuple(f"g{at // 2:03}" for at in range(len(values))), labels=tuple(labels))


def effects(weights: np.ndarray, count: int = 200, seed: int = 42) -> list[float]:
    """What subsets score if each paper adds its own to them."""
    return [float(np.mean(weights[drawn])) for drawn in subsets_of(len(weights), len(weights) * 2 // 3, count, seed)]


@st.composite
def evidences(draw: st.DrawFn) -> tuple[Evidence, Evidence, float]:
    """Two models on the same units, and the score of the first."""
    kind = draw(st.sampled_from(["queries", "subsets", "pairs"]))
    size = draw(st.integers(6, 20))
    first, second = (draw(st.lists(SHARES, min_size=size, max_size=size)) for _ in range(2))
    if kind == "pairs":
        labels = [number % 2 for number in range(size)]
        score = float(average_precision_score(labels, first))
        return pairs(first, labels), pairs(second, labels), score
    make = subsets if kind == "subsets" else queries
    return make(first), make(second), float(np.mean(first))


@examples(60)
@given(evidences())
def test_an_interval_holds_its_score_and_comparisons_are_symmetric(made: tuple[Evidence, Evidence, float]) -> None:
    one, other, score = made
    interval = interval_of(one)
    assert -1 <= interval.low <= score + 1e-12
    assert score - 1e-12 <= interval.high <= 1
    p = compare(one, other)
    assert 0 <= p <= 1
    assert p == pytest.approx(compare(other, one), abs=0.02)
    assert compare(one, one) == 1.0
    assert compare(one, replace(one)) == 1.0


def test_models_that_clearly_differ_are_told_apart() -> None:
    values = list(np.linspace(0.3, 0.7, 40))
    better = [value + 0.25 + 0.01 * (at % 3) for at, value in enumerate(values)]
    assert compare(queries(better), queries(values)) < 0.001
    assert compare(queries([value + (-1) ** at * 0.1 for at, value in enumerate(values)]), queries(values)) > 0.5
    generator = np.random.default_rng(0)
    weights = generator.random(30)
    assert compare(subsets(effects(weights)), subsets(effects(weights + 0.4 + 0.05 * generator.random(30)))) < 0.001
    assert compare(subsets(effects(weights)), subsets(effects(generator.permutation(weights)))) > 0.05
    labels = [number % 2 for number in range(80)]
    right = [label + 0.1 * generator.random() for label in labels]
    wrong = list(generator.random(80))
    assert compare(pairs(right, labels), pairs(wrong, labels)) < 0.01
    assert compare(pairs(wrong, labels), pairs(list(generator.random(80)), labels)) > 0.05


def test_queries_of_one_paper_are_one_unit() -> None:
    one, other = [1.0, 0.9] * 6, [0.0, 0.1] * 6
    assert compare(queries(one), queries(other)) < compare(queries(one, 3), queries(other, 3))
    assert queries(one, 3).units == 4
    assert interval_of(queries([0, 0, 0, 1, 1, 1], 3)).width > interval_of(queries([0, 0, 0, 1, 1, 1])).width


def test_a_subsets_error_is_that_of_the_papers() -> None:
    weights = np.random.default_rng(3).normal(0.3, 0.2, size=40)
    found = interval_of(subsets(effects(weights, 2000), 40))
    expected = 2 * 2.02 * weights.std(ddof=1) / np.sqrt(40)
    assert found.width == pytest.approx(expected, rel=0.25)
    assert interval_of(subsets([-1.0, -0.2])).low == -1
    assert interval_of(subsets([0.5] * 9)).width == 0
    assert compare(subsets([0.5] * 9), subsets([0.4] * 9)) == 0
    assert interval_of(subsets([-0.01, 0.02, -0.03, 0.0])).low < 0


def test_average_precision_of_cosines_of_any_scale_is_compared() -> None:
    labels = [1, 0] * 20
    generator = np.random.default_rng(1)
    cosines = [label * 0.3 + generator.random() for label in labels]
    squeezed = [0.9 + value / 100 for value in cosines]
    assert compare(pairs(cosines, labels), pairs(squeezed, labels)) == 1.0
    interval = interval_of(pairs(cosines, labels))
    assert interval == interval_of(pairs(squeezed, labels))
    assert 0 <= interval.low < average_precision_score(labels, cosines) < interval.high <= 1


@pytest.mark.parametrize(
    "other",
    [
        queries([0.5] * 7),
        replace(queries([0.5] * 8), groups=tuple("abcdefgh")),
        replace(queries([0.5] * 8), kind="papers"),
        queries([0.5] * 8, 2),
        replace(queries([0.5] * 8), labels=(1,) * 8),
        replace(queries([0.5] * 8), taken=3),
        replace(queries([0.5] * 8), seed=3),
    ],
)
def test_other_units_are_refused(other: Evidence) -> None:
    with pytest.raises(ValueError, match="other units"):
        compare(queries([0.5] * 8), other)
    with pytest.raises(ValueError, match="other units"):
        compare(other, queries([0.5] * 8))


def test_subsets_hold_no_paper_twice_and_follow_from_the_seed() -> None:
    drawn = subsets_of(12, 8, 50, 42)
    assert drawn == subsets_of(12, 8, 50, 42) != subsets_of(12, 8, 50, 43)
    assert len(drawn) == 50
    assert all(len(set(one)) == 8 and set(one) <= set(range(12)) for one in drawn)


def test_four_times_the_units_halve_an_interval_of_unknown_form() -> None:
    evidence = subsets([0.5, 0.6] * 5)
    assert units_needed(evidence, Interval(-0.9, 0.9, "x")) == 120  # wider than 1
    assert units_needed(evidence, Interval(0.2, 0.4, "x")) == 120
    values = queries([1.0] * 30)
    assert 30 < units_needed(values, interval_of(values), 1.0) < 80
