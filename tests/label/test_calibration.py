"""Thresholds keep their promise, scales are found again."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.label.calibration import Calibration, calibrate, least_confidence
from curation.label.pooled import softmax
from tests.profiles import examples

UNTOUCHED = Calibration(1.0, 1.0, 0.0, 0.5, 0.0, 1.0, 1.0)


@pytest.mark.parametrize(
    ("confidence", "right", "precision", "expected"),
    [
        ([0.9, 0.8, 0.7], [1, 1, 1], 0.9, (0.7, 1.0, 1.0)),
        ([0.9, 0.8, 0.7], [1, 1, 0], 0.9, (0.8, 1.0, 2 / 3)),
        ([0.7, 0.9, 0.8], [0, 1, 1], 0.6, (0.7, 2 / 3, 1.0)),
        ([0.9, 0.8, 0.7, 0.6], [1, 0, 1, 1], 0.75, (0.6, 0.75, 1.0)),
        ([0.9, 0.8, 0.7, 0.6], [1, 0, 1, 0], 0.6, (0.7, 2 / 3, 0.75)),
        ([0.9, 0.8, 0.8, 0.1], [1, 1, 0, 0], 0.9, (0.9, 1.0, 0.25)),
        ([0.8, 0.8, 0.8, 0.1], [1, 1, 0, 0], 0.6, (0.8, 2 / 3, 0.75)),
        ([0.5, 0.5], [1, 0], 0.5, (0.5, 0.5, 1.0)),
        ([0.9, 0.8], [0, 0], 0.0, (0.8, 0.0, 1.0)),
    ],
)
def test_the_least_confidence_of_small_cases(
    confidence: list[float], right: list[int], precision: float, expected: tuple[float, float, float]
) -> None:
    found = least_confidence(np.array(confidence), np.array(right, dtype=bool), precision)
    assert found == pytest.approx(expected)


@pytest.mark.parametrize("confidence", [[0.9, 0.8], [1.0, 1.0], []])
def test_where_no_confidence_will_do_none_is_enough(confidence: list[float]) -> None:
    least, share, coverage = least_confidence(np.array(confidence), np.zeros(len(confidence), dtype=bool), 0.5)
    assert least > max(confidence, default=0.0)
    assert (share, coverage) == (1.0, 0.0)


_PAIRS = st.lists(st.tuples(st.sampled_from([0.1, 0.2, 0.3, 0.5, 0.8, 1.0]), st.booleans()), min_size=1, max_size=25)


@given(_PAIRS, st.sampled_from([0.0, 0.3, 0.5, 0.75, 0.9, 1.0]))
@examples(300)
def test_from_there_on_the_precision_holds_and_no_lower_confidence_would_do(
    pairs: list[tuple[float, bool]], precision: float
) -> None:
    confidence, right = np.array([one for one, _ in pairs]), np.array([one for _, one in pairs])
    least, share, coverage = least_confidence(confidence, right, precision)
    given_labels = confidence >= least
    assert coverage == given_labels.mean()
    if given_labels.any():
        assert share == pytest.approx(right[given_labels].mean())
        assert share >= precision
        assert least in confidence
    for lower in set(confidence[confidence < least].tolist()):
        assert right[confidence >= lower].mean() < precision


@given(_PAIRS, st.randoms(use_true_random=False))
@examples(60)
def test_the_order_of_papers_does_not_matter(pairs: list[tuple[float, bool]], random: Random) -> None:
    shuffled = pairs.copy()
    random.shuffle(shuffled)
    found = [
        least_confidence(np.array([one for one, _ in some]), np.array([one for _, one in some]), 0.75)
        for some in (pairs, shuffled)
    ]
    assert found[0] == found[1]


@pytest.mark.parametrize("temperature", [0.25, 1.0, 3.0])
def test_scales_recover_the_temperature_of_what_was_simulated(temperature: float) -> None:
    random = np.random.default_rng(3)
    choice = random.normal(scale=2.0, size=(6000, 4))
    primary = (choice + random.gumbel(size=choice.shape)).argmax(axis=1).astype(np.int64)
    member = random.normal(scale=2.0, size=choice.shape)
    members = (random.uniform(size=member.shape) < 1 / (1 + np.exp(-(member - 0.7)))).astype(float)
    found = calibrate(choice * temperature, member * temperature, primary, members, 0.9)
    assert found.choice_scale * temperature == pytest.approx(1.0, rel=0.06)
    assert found.member_scale * temperature == pytest.approx(1.0, rel=0.06)
    assert found.member_shift == pytest.approx(-0.7, abs=0.06)


def test_a_calibration_keeps_its_promises_on_the_papers_it_was_made_with() -> None:
    random = np.random.default_rng(4)
    choice = random.normal(scale=3.0, size=(400, 5))
    primary = (choice + random.gumbel(size=choice.shape)).argmax(axis=1).astype(np.int64)
    members = np.zeros(choice.shape)
    members[np.arange(400), primary] = 1.0
    members[random.uniform(size=members.shape) < 0.1] = 1.0
    found = calibrate(choice, choice, primary, members, 0.9)
    shares = found.primary(choice)
    sure = shares.max(axis=1) >= found.least_confidence
    right = shares.argmax(axis=1) == primary
    assert 0 < sure.mean() < 1
    assert right.mean() < 0.9 <= right[sure].mean()
    assert (found.precision, found.coverage) == pytest.approx((right[sure].mean(), sure.mean()))

    def f1(threshold: float) -> float:
        labels = found.membership(choice) >= threshold
        labels[np.arange(400), shares.argmax(axis=1)] = True
        return float(2 * (labels & (members == 1)).sum() / (labels.sum() + members.sum()))

    assert 0.2 <= found.member_threshold < 0.6
    assert f1(found.member_threshold) == max(f1(round(0.2 + step / 100, 2)) for step in range(40))


def test_probabilities_follow_from_scale_and_shift() -> None:
    logits = np.array([[0.0, 1.0, -2.0]])
    np.testing.assert_allclose(UNTOUCHED.primary(logits), softmax(logits))
    np.testing.assert_allclose(UNTOUCHED.membership(np.zeros((1, 3))), 0.5)
    sharper = Calibration(2.0, 3.0, -1.0, 0.5, 0.0, 1.0, 1.0)
    np.testing.assert_allclose(sharper.primary(logits), softmax(2 * logits))
    np.testing.assert_allclose(sharper.membership(logits), 1 / (1 + np.exp(1 - 3 * logits)))
