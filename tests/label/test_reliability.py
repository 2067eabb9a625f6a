"""Coverage at a precision, reliability, the test of calibration, and figures as they are written."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError
from itertools import pairwise
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

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
    micro_f1,
    precision_coverage,
    wilson,
)
from tests.label.answers import Array, Flags, answers, invented
from tests.profiles import examples

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
