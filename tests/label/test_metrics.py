"""Tests of the measures against scikit-learn, SciPy, definitions written out, and simulated data."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from itertools import pairwise
from random import Random

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.stats import binomtest
from sklearn.metrics import (
    accuracy_score,
    average_precision_score,
    cohen_kappa_score,
    f1_score,
    precision_recall_curve,
)

from curation.annotate.kappa import cohen_kappa, draw_resamples
from curation.label.metrics import (
    AveragePrecision,
    Bin,
    CalibrationTest,
    Estimate,
    Point,
    average_precision,
    bootstrap,
    calibration_error,
    calibration_test,
    coverage_at,
    equal_mass_bins,
    interval,
    macro_f1,
    micro_f1,
    paired_bootstrap,
    precision_coverage,
    primary_accuracy,
    wilson,
)
from tests.profiles import examples

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Pair = tuple[Array, Array]

SHAPES = hnp.array_shapes(min_dims=2, max_dims=2, max_side=8)


@st.composite
def label_pairs(draw: st.DrawFn) -> Pair:
    shape = draw(SHAPES)
    bits = st.sampled_from([0.0, 1.0])
    return draw(hnp.arrays(np.float64, shape, elements=bits)), draw(hnp.arrays(np.float64, shape, elements=bits))


@st.composite
def answers(draw: st.DrawFn) -> tuple[Array, Flags]:
    """Confidences, many of them equal, and whether each answer is right."""
    papers = draw(st.integers(1, 40))
    confidence = draw(hnp.arrays(np.float64, papers, elements=st.integers(0, 20).map(lambda part: part / 20)))
    return confidence, draw(hnp.arrays(np.bool_, papers))


def invented(seed: int, papers: int = 60, topics: int = 5) -> Pair:
    """Right labels, and labels that are right in about nine of ten places."""
    generator = np.random.default_rng(seed)
    right = generator.random((papers, topics)) < 0.3
    given = right ^ (generator.random(right.shape) < 0.1)
    return given.astype(float), right.astype(float)


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


# ---- coverage


def test_coverage_of_a_worked_example() -> None:
    confidence = np.array([0.5, 0.9, 0.7, 0.7])
    right = np.array([False, True, True, False])
    points = precision_coverage(confidence, right)
    assert points == [Point(0.9, 0.25, 1.0), Point(0.7, 0.75, 2 / 3), Point(0.5, 1.0, 0.5)]
    assert points[1].as_json() == {"threshold": 0.7, "coverage": 0.75, "precision": 0.667}
    assert coverage_at(confidence, right, 0.6) == (0.75, 0.7)
    assert coverage_at(confidence, right, 0.9) == (0.25, 0.9)
    coverage, threshold = coverage_at(confidence[1:], ~right[1:], 0.9)
    assert coverage == 0
    assert threshold > 0.9
    assert precision_coverage(np.zeros(0), np.zeros(0, dtype=bool)) == []


@given(answers(), st.floats(0, 1))
@examples(100)
def test_points_are_what_their_thresholds_give(answer: tuple[Array, Flags], precision: float) -> None:
    confidence, right = answer
    points = precision_coverage(confidence, right)
    assert [point.threshold for point in points] == sorted(set(confidence.tolist()), reverse=True)
    for point in points:
        reached = confidence >= point.threshold
        assert point.coverage == pytest.approx(reached.mean())
        assert point.precision == pytest.approx(right[reached].mean())
    good = [point for point in points if point.precision >= precision]
    coverage, threshold = coverage_at(confidence, right, precision)
    assert (coverage, threshold) == ((good[-1].coverage, good[-1].threshold) if good else (0.0, threshold))
    assert good or threshold > confidence.max()


# ---- reliability


@given(st.integers(1, 300).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total))))
@examples(100)
def test_wilson_is_that_of_scipy(counts: tuple[int, int]) -> None:
    expected = binomtest(*counts).proportion_ci(method="wilson")
    low, high = wilson(*counts)
    assert (low, high) == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert 0 <= low <= counts[0] / counts[1] <= high <= 1


def test_bins_of_a_worked_example() -> None:
    confidence = np.array([0.9, 0.1, 0.2, 0.8, 0.6, 0.7])
    right = np.array([True, False, True, True, False, True])
    low, high = equal_mass_bins(confidence, right, bins=2)
    assert (low.papers, high.papers) == (3, 3)
    assert (low.confidence, low.accuracy) == pytest.approx((0.3, 1 / 3))
    assert (high.confidence, high.accuracy) == pytest.approx((0.8, 1))
    assert low.as_json() == {"confidence": 0.3, "accuracy": 0.333, "low": 0.061, "high": 0.792, "papers": 3}
    assert calibration_error(confidence, right, bins=2) == pytest.approx((1 / 3 - 0.3) / 2 + 0.2 / 2)


def test_papers_of_equal_confidence_share_a_bin() -> None:
    confidence = np.array([0.5, 0.5, 0.5, 0.5, 0.9, 0.9])
    right = np.array([True, False, True, False, True, True])
    assert [one.papers for one in equal_mass_bins(confidence, right, bins=3)] == [4, 2]
    assert [one.papers for one in equal_mass_bins(np.full(6, 0.5), right, bins=3)] == [6]


@given(answers(), st.integers(1, 12), st.randoms(use_true_random=False))
@examples(100)
def test_bins_hold_every_paper_and_give_the_error(answer: tuple[Array, Flags], bins: int, random: Random) -> None:
    confidence, right = answer
    found = equal_mass_bins(confidence, right, bins=bins)
    assert sum(one.papers for one in found) == len(confidence)
    assert len(found) <= min(bins, len(set(confidence.tolist())))
    assert all(first.confidence < second.confidence for first, second in pairwise(found))
    assert all(one.low <= one.accuracy <= one.high for one in found)
    error = calibration_error(confidence, right, bins=bins)
    weighted = sum(one.papers * abs(one.accuracy - one.confidence) for one in found) / len(confidence)
    assert error == pytest.approx(weighted, abs=1e-12)
    order = np.array(random.sample(range(len(right)), len(right)))
    assert calibration_error(confidence[order], right[order], bins=bins) == pytest.approx(error, abs=1e-12)


@given(st.integers(1, 200), st.integers(1, 20))
@examples(60)
def test_bins_of_different_confidences_are_equally_full(papers: int, bins: int) -> None:
    confidence = np.random.default_rng(papers).permutation(papers) / papers
    sizes = [one.papers for one in equal_mass_bins(confidence, confidence > 0.5, bins=bins)]
    assert len(sizes) == min(bins, papers)
    assert max(sizes) - min(sizes) <= 1


def test_bins_need_papers() -> None:
    nothing = np.zeros(0)
    for measure in (equal_mass_bins, calibration_error, calibration_test):
        with pytest.raises(ValueError, match="papers in"):
            measure(nothing, nothing.astype(bool), 10)
        with pytest.raises(ValueError, match="papers in"):
            measure(np.ones(2), np.ones(2, dtype=bool), 0)


# ---- calibration test


def test_calibrated_data_is_rejected_about_as_rarely_as_it_should() -> None:
    kept, inside = 0, 0
    for seed in range(200):
        generator = np.random.default_rng(1000 + seed)
        confidence = generator.uniform(0.3, 1.0, size=200)
        found = calibration_test(confidence, generator.random(200) < confidence, simulations=400, seed=seed)
        low, high = found.expected_if_calibrated
        kept += found.p_value > 0.05
        inside += low <= found.error <= high
    assert 182 <= kept <= 198
    assert 182 <= inside <= 198


def test_overconfident_data_is_rejected() -> None:
    for seed in range(20):
        generator = np.random.default_rng(2000 + seed)
        confidence = generator.uniform(0.5, 1.0, size=400)
        found = calibration_test(confidence, generator.random(400) < confidence - 0.2, simulations=400, seed=seed)
        # the found error counts as one of the simulations
        assert 1 / 401 <= found.p_value < 0.01
        assert found.error > found.expected_if_calibrated[1]


def test_calibration_test_of_one_bin_is_the_exact_one() -> None:
    right = np.arange(100) < 62
    found = calibration_test(np.full(100, 0.5), right, simulations=20_000)
    assert found.error == pytest.approx(0.12)
    # both tails: 38 right ones are as far from one half as 62
    assert found.p_value == pytest.approx(binomtest(62, 100, 0.5).pvalue, abs=0.004)
    tied = calibration_test(np.full(100, 0.3), np.arange(100) < 39, simulations=20_000)
    tails = binomtest(39, 100, 0.3, "greater").pvalue + binomtest(21, 100, 0.3, "less").pvalue
    assert tied.p_value == pytest.approx(tails, abs=0.006)


def test_calibration_test_does_not_depend_on_its_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(9)
    confidence = generator.random(70)
    right = generator.random(70) < confidence
    whole = calibration_test(confidence, right, simulations=101)
    monkeypatch.setattr("curation.label.metrics._CELLS", 300)
    assert calibration_test(confidence, right, simulations=101) == whole
    assert calibration_test(confidence, right, simulations=101, seed=1) != whole


@given(answers())
@examples(30)
def test_sure_and_right_is_perfectly_calibrated(answer: tuple[Array, Flags]) -> None:
    _, right = answer
    found = calibration_test(right.astype(float), right, simulations=20)
    assert found == CalibrationTest(0.0, (0.0, 0.0), 1.0)


# ---- what is written


def test_figures_are_plain_rounded_and_frozen() -> None:
    test = CalibrationTest(0.12345, (0.01234, 0.2), 0.5)
    assert json.loads(json.dumps(test.as_json())) == {
        "error": 0.123,
        "expected_if_calibrated": [0.012, 0.2],
        "p_value": 0.5,
    }
    assert str(Estimate(-0.0001, -0.25, 0.12345).as_json()) == "{'value': 0.0, 'low': -0.25, 'high': 0.123}"
    for figures in (test, Bin(0.5, 0.5, 0.4, 0.6, 9), AveragePrecision(0.5, 0.1), Point(0.5, 1.0, 0.5)):
        assert not hasattr(figures, "__dict__")
        with pytest.raises((FrozenInstanceError, TypeError)):
            figures.error = 0.0  # type: ignore[union-attr, misc]


def test_measured_figures_can_be_written() -> None:
    generator = np.random.default_rng(10)
    confidence = generator.random(30)
    right = generator.random(30) < confidence
    given, truth = invented(11)
    figures = [
        bootstrap(micro_f1, given, truth, resamples=10),
        calibration_test(confidence, right, simulations=10),
        *equal_mass_bins(confidence, right),
        *precision_coverage(confidence, right),
        *(found for found in average_precision(given, truth) if found is not None),
    ]
    assert json.dumps([one.as_json() for one in figures], allow_nan=False)
