"""Tests of the measures against scikit-learn, SciPy, definitions written out, and simulated data."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics import (
    accuracy_score,
    average_precision_score,
    cohen_kappa_score,
    f1_score,
    precision_recall_curve,
)

from curation.annotate.kappa import cohen_kappa, draw_resamples
from curation.label.metrics import (
    Estimate,
    average_precision,
    bootstrap,
    interval,
    macro_f1,
    micro_f1,
    paired_bootstrap,
    primary_accuracy,
)
from tests.label.answers import Pair, invented
from tests.profiles import examples

SHAPES = hnp.array_shapes(min_dims=2, max_dims=2, max_side=8)


@st.composite
def label_pairs(draw: st.DrawFn) -> Pair:
    shape = draw(SHAPES)
    bits = st.sampled_from([0.0, 1.0])
    return draw(hnp.arrays(np.float64, shape, elements=bits)), draw(hnp.arrays(np.float64, shape, elements=bits))


# ---- F1 and accuracy


def test_f1_of_a_worked_example() -> None:
    right = np.array([[1, 0, 0, 0], [1, 1, 0, 0], [0, 1, 0, 0]])
    given = np.array([[1, 0, 0, 0], [0, 1, 0, 1], [0, 1, 0, 0]])
    # 3 of 4 given are right and 3 of 4 right ones were given; by topic 2/3, 1, none on either side, 0
    assert micro_f1(given, right) == pytest.approx(3 / 4)
    assert macro_f1(given, right) == pytest.approx((2 / 3 + 1 + 0) / 3)


@given(label_pairs())
@examples(150)
def test_f1_is_that_of_scikit_learn(pair: Pair) -> None:
    given, right = pair
    # columns are topics there only if there are two or more
    truth, guess = (np.column_stack([labels, np.zeros(len(labels))]).astype(int) for labels in (right, given))
    assert micro_f1(given, right) == pytest.approx(f1_score(truth, guess, average="micro", zero_division=0))
    by_topic = f1_score(truth, guess, average=None, zero_division=np.nan)
    expected = np.nanmean(by_topic) if not np.isnan(by_topic).all() else 0.0
    assert macro_f1(given, right) == pytest.approx(expected)


@pytest.mark.parametrize("measure", [micro_f1, macro_f1])
@given(pair=label_pairs())
@examples(40)
def test_f1_does_not_depend_on_sides_or_on_the_type_of_the_labels(measure: Callable[..., float], pair: Pair) -> None:
    given, right = pair
    value = measure(given, right)
    assert 0 <= value <= 1
    assert measure(right, given) == value
    assert measure(given.astype(bool), right.astype(np.int8)) == value
    assert measure(right, right) == float(right.any())


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1))
@examples(40)
def test_accuracy_is_that_of_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    given, right = np.array(pairs).T
    assert primary_accuracy(given, right) == pytest.approx(accuracy_score(right, given))


def test_no_papers_have_no_accuracy() -> None:
    nothing = np.zeros(0, dtype=np.int64)
    with pytest.raises(ValueError, match="no papers"):
        primary_accuracy(nothing, nothing)


# ---- average precision


def test_average_precision_of_a_worked_example() -> None:
    scores = np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3], [0.1, 0.4]])
    right = np.array([[1, 0], [0, 0], [1, 0], [0, 0]])
    found, none = average_precision(scores, right)
    # precision 1 at the first right paper and 2/3 at the second
    assert found is not None
    assert found.value == pytest.approx((1 + 2 / 3) / 2)
    assert found.chance == 0.5
    assert found.as_json() == {"value": 0.833, "chance": 0.5}
    assert none is None


def test_average_precision_is_the_sum_over_the_curve() -> None:
    given, right = invented(1)
    scores = given + np.random.default_rng(2).random(given.shape)
    for topic, found in enumerate(average_precision(scores, right)):
        precision, recall, _ = precision_recall_curve(right[:, topic], scores[:, topic])
        assert found is not None
        assert found.value == pytest.approx(-np.sum(np.diff(recall) * precision[:-1]))
        assert found.value == average_precision_score(right[:, topic], scores[:, topic])
        assert found.chance == pytest.approx(right[:, topic].mean())


def test_random_scores_reach_chance_among_many_papers() -> None:
    generator = np.random.default_rng(3)
    right = generator.random((20_000, 3)) < (0.05, 0.3, 0.8)
    for found in average_precision(generator.random(right.shape), right):
        assert found is not None
        assert found.value == pytest.approx(found.chance, abs=0.015)


# ---- intervals


def test_interval_is_the_percentiles_of_what_is_defined() -> None:
    values = np.arange(1001.0)
    assert interval(values) == pytest.approx((25, 975))
    assert interval(np.append(values, [np.nan, np.nan])) == pytest.approx((25, 975))
    with pytest.raises(ValueError, match="no value is defined"):
        interval(np.array([np.nan]))


@given(st.integers(1, 30), st.floats(-100, 100))
@examples(30)
def test_where_all_papers_are_alike_the_interval_is_the_value(papers: int, value: float) -> None:
    found = bootstrap(lambda values: values[0], np.full(papers, value), resamples=20)
    assert found.value == found.low == found.high == value


@given(label_pairs(), st.integers(0, 5))
@examples(30)
def test_interval_of_one_paper_or_of_perfect_labels_contains_the_value(pair: Pair, seed: int) -> None:
    given, right = pair
    found = bootstrap(micro_f1, given[:1], right[:1], resamples=20, seed=seed)
    assert found.low == found.value == found.high
    every = np.ones_like(right)
    assert bootstrap(micro_f1, every, every, resamples=20, seed=seed) == Estimate(1.0, 1.0, 1.0)


def test_bootstrap_of_kappa_is_the_one_that_annotators_are_measured_with() -> None:
    generator = np.random.default_rng(4)
    one = generator.integers(4, size=50)
    two = np.where(generator.random(50) < 0.7, one, generator.integers(4, size=50))
    found = bootstrap(cohen_kappa_score, one, two, resamples=100, seed=5)
    expected = cohen_kappa(one.tolist(), two.tolist(), draw_resamples(50, resamples=100, seed=5))
    assert (found.value, found.low, found.high) == pytest.approx((expected.value, expected.low, expected.high))


def test_bootstrap_of_a_share_is_as_wide_as_the_binomial() -> None:
    right = np.arange(400) < 300
    found = bootstrap(lambda flags: float(flags.mean()), right)
    half = 1.96 * math.sqrt(0.75 * 0.25 / 400)
    assert found.value == 0.75
    assert (found.low, found.high) == pytest.approx((0.75 - half, 0.75 + half), abs=0.005)


def test_bootstrap_intervals_of_f1_cover_the_truth_about_as_often_as_they_say() -> None:
    given, right = invented(6, papers=20_000)
    truth = micro_f1(given, right)
    hits = 0
    for sample in range(200):
        part = slice(sample * 100, sample * 100 + 100)
        found = bootstrap(micro_f1, given[part], right[part], resamples=200, seed=sample)
        hits += found.low <= truth <= found.high
    assert 180 <= hits <= 198


def test_bootstrap_depends_on_the_seed_only() -> None:
    given, right = invented(7)
    first = bootstrap(macro_f1, given, right, resamples=50)
    assert bootstrap(macro_f1, given, right, resamples=50, seed=0) == first
    assert bootstrap(macro_f1, given, right, resamples=50, seed=1) != first


def test_resamples_without_a_defined_figure_are_left_out() -> None:
    found = bootstrap(lambda values: float("nan") if values.min() else 1.0, np.array([0.0, 1.0]), resamples=50)
    assert found == Estimate(1.0, 1.0, 1.0)


def test_bootstrap_refuses_arrays_that_do_not_go_together() -> None:
    for arrays in ((np.zeros(3), np.zeros(4)), (np.zeros(4), np.zeros(3)), (np.zeros(0), np.zeros(0))):
        with pytest.raises(ValueError, match="papers"):
            bootstrap(micro_f1, *arrays)


@given(label_pairs(), st.integers(0, 5))
@examples(30)
def test_equal_labelings_differ_by_exactly_nothing(pair: Pair, seed: int) -> None:
    given, right = pair
    for measure in (micro_f1, macro_f1):
        found = paired_bootstrap(measure, right, given, given.copy(), resamples=20, seed=seed)
        assert found == Estimate(0.0, 0.0, 0.0)


def test_paired_bootstrap_is_narrower_than_the_two_apart_and_changes_sign_with_the_sides() -> None:
    one, right = invented(8, papers=200)
    other = one.copy()
    other[:20] = 1 - other[:20]
    found = paired_bootstrap(micro_f1, right, one, other, resamples=300)
    assert found.value == micro_f1(one, right) - micro_f1(other, right)
    assert 0 < found.low < found.value < found.high
    back = paired_bootstrap(micro_f1, right, other, one, resamples=300)
    assert (back.value, back.low, back.high) == pytest.approx((-found.value, -found.high, -found.low))
    apart = [bootstrap(micro_f1, labels, right, resamples=300) for labels in (one, other)]
    assert found.high - found.low < sum(estimate.high - estimate.low for estimate in apart)
