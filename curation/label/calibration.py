"""From logits to probabilities that mean what they say, and to the thresholds that labels rest on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from curation.label.features import Array
from curation.label.pooled import softmax

__all__ = ["Calibration", "calibrate", "least_confidence"]

# Membership thresholds that are tried.
_THRESHOLDS: Final = np.round(np.arange(0.2, 0.6, 0.01), 2)


@dataclass(frozen=True, slots=True)
class Calibration:
    """How logits become probabilities and labels.

    Attributes:
        choice_scale: Factor on the logits of the primary topic (one over the temperature; Guo et al., "On Calibration
            of Modern Neural Networks", 2017).
        member_scale: Factor on the logits of membership.
        member_shift: Addend to them (Platt, "Probabilistic Outputs for Support Vector Machines", 1999).
        member_threshold: Probability from which a further topic is given.
        least_confidence: Probability of the primary topic below which the labeler abstains.
        precision: Share of primary topics that was right from there on, where it was chosen.
        coverage: Share of papers it reached there.
    """

    choice_scale: float
    member_scale: float
    member_shift: float
    member_threshold: float
    least_confidence: float
    precision: float
    coverage: float

    def primary(self, logits: Array) -> Array:
        """Return the probability of each topic to be the primary one, shape (papers, topics)."""
        return softmax(logits * self.choice_scale)

    def membership(self, logits: Array) -> Array:
        """Return the probability of each topic to be among a paper's, shape (papers, topics)."""
        probabilities: Array = 1.0 / (1.0 + np.exp(-(logits * self.member_scale + self.member_shift)))
        return probabilities


def calibrate(
    choice: Array, member: Array, primary: npt.NDArray[np.int64], members: Array, precision: float
) -> Calibration:
    """Choose scales by likelihood and thresholds by what they give, on papers the model did not see.

    Args:
        choice: Logits of the primary topic, shape (papers, topics).
        member: Logits of membership, shape (papers, topics).
        primary: Index of the right primary topic, shape (papers,).
        members: 1 where a paper has a topic, shape (papers, topics).
        precision: Share of primary topics that is to be right among those given.
    """
    from scipy.optimize import minimize, minimize_scalar

    rows = np.arange(len(primary))

    def choice_loss(scale: float) -> float:
        return -float(np.log(np.maximum(softmax(choice * scale)[rows, primary], 1e-300)).sum())

    def member_loss(pair: Array) -> float:
        logits = member * pair[0] + pair[1]
        return float((np.logaddexp(0.0, logits) - members * logits).sum())

    scale = float(minimize_scalar(choice_loss, bounds=(0.05, 20.0), method="bounded").x)
    slope, shift = (float(value) for value in minimize(member_loss, np.array([1.0, 0.0]), method="BFGS").x)
    draft = Calibration(scale, slope, shift, 0.5, 0.0, precision, 1.0)
    shares = draft.primary(choice)
    inside = draft.membership(member)
    chosen = shares.argmax(axis=1)
    best = max(_THRESHOLDS, key=lambda threshold: _f1(inside >= threshold, chosen, members))
    least, reached, coverage = least_confidence(shares.max(axis=1), chosen == primary, precision)
    return Calibration(scale, slope, shift, float(best), least, reached, coverage)


def _f1(given: npt.NDArray[np.bool_], chosen: npt.NDArray[np.int64], members: Array) -> float:
    labels = given.copy()
    labels[np.arange(len(chosen)), chosen] = True
    return float(2 * (labels * members).sum() / (labels.sum() + members.sum()))


def least_confidence(confidence: Array, right: npt.NDArray[np.bool_], precision: float) -> tuple[float, float, float]:
    """Find the confidence from which on a share of labels is right, reaching as many papers as possible.

    Args:
        confidence: Of each paper's label, shape (papers,).
        right: Whether the label is right, shape (papers,).
        precision: The share that is wanted.

    Returns:
        The least confidence, the share that is right from there on, and the share of papers it reaches. If no
        confidence gives the precision: just above the highest one, 1 and 0.
    """
    order = np.argsort(-confidence, kind="stable")
    shares = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    # papers of equal confidence come together or not at all
    last = np.append(np.diff(confidence[order]) != 0, True)
    good = np.flatnonzero((shares >= precision) & last)
    if not good.size:
        return float(np.nextafter(confidence.max(initial=0.0), 2.0)), 1.0, 0.0
    at = int(good[-1])
    return float(confidence[order][at]), float(shares[at]), (at + 1) / len(order)
