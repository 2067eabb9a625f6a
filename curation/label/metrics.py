"""Measures of labels and of their probabilities, with intervals: pure functions over arrays whose rows are papers.

`given` and `right` topics are 1 where a paper has the topic, else 0, shape (papers, topics). `confidence` is the
probability of each paper's one label and `right` whether that label is right, both of shape (papers,).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from curation.label.calibration import least_confidence
from curation.label.features import Array

__all__ = ["AveragePrecision", "Bin", "CalibrationTest", "Estimate", "Point"]
__all__ += ["average_precision", "macro_f1", "micro_f1", "primary_accuracy"]
__all__ += ["bootstrap", "interval", "paired_bootstrap", "wilson"]
__all__ += ["calibration_error", "calibration_test", "coverage_at", "equal_mass_bins", "precision_coverage"]

AnyArray = npt.NDArray[Any]
Flags = npt.NDArray[np.bool_]
Indices = npt.NDArray[np.int64]
Labels = npt.NDArray[np.bool_ | np.integer[Any] | np.floating[Any]]
Statistic = Callable[..., float]

RESAMPLES: Final = 2000
BINS: Final = 10
_DIGITS: Final = 3
# Cells of simulated outcomes that are held at a time.
_CELLS: Final = 1_000_000
# Errors that differ by less are one error, reached by sums in another order.
_TIE: Final = 1e-12


@dataclass(frozen=True, slots=True)
class _Figures:
    def as_json(self) -> dict[str, Any]:
        """Return the figures, rounded to three digits."""
        return {name: _rounded(figure) for name, figure in asdict(self).items()}


def _rounded(figure: Any) -> Any:
    if isinstance(figure, tuple):
        return [_rounded(one) for one in figure]
    # adding 0 turns -0.0 into 0.0
    return round(figure, _DIGITS) + 0.0 if isinstance(figure, float) else figure


@dataclass(frozen=True, slots=True)
class Estimate(_Figures):
    """A figure and its 95 % percentile bootstrap interval over papers."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class AveragePrecision(_Figures):
    """Average precision of a topic's scores; `chance` is the topic's share of the papers.

    That is what random scores reach on average among many papers; a topic of few papers reaches more by chance.
    """

    value: float
    chance: float


@dataclass(frozen=True, slots=True)
class Point(_Figures):
    """The share of papers with a confidence of at least `threshold`, and the share of those that are right."""

    threshold: float
    coverage: float
    precision: float


@dataclass(frozen=True, slots=True)
class Bin(_Figures):
    """Papers of similar confidence: its mean, the share that is right with its 95 % Wilson interval, their number."""

    confidence: float
    accuracy: float
    low: float
    high: float
    papers: int


@dataclass(frozen=True, slots=True)
class CalibrationTest(_Figures):
    """A calibration error and the 2.5 and 97.5 % of those that a perfectly calibrated model has on as many papers.

    `p_value` is the share of simulations with an error as high, the found one counted among them.
    """

    error: float
    expected_if_calibrated: tuple[float, float]
    p_value: float


def micro_f1(given: Labels, right: Labels) -> float:
    """Return F1 over all pairs of paper and topic, 2 TP / (2 TP + FP + FN); 0 where neither side has a topic."""
    total = np.count_nonzero(given) + np.count_nonzero(right)
    return 2 * np.count_nonzero(given * right) / total if total else 0.0


def macro_f1(given: Labels, right: Labels) -> float:
    """Return the mean F1 of topics with support: those that at least one paper has on either side.

    A topic that nobody gave and no paper has tells nothing and is left out; scikit-learn counts it as `zero_division`
    unless that is not a number. Resamples may have other topics with support. 0 where none has.
    """
    total = np.count_nonzero(given, axis=0) + np.count_nonzero(right, axis=0)
    support = total > 0
    if not support.any():
        return 0.0
    return float((2 * np.count_nonzero(given * right, axis=0)[support] / total[support]).mean())


def primary_accuracy(given: Indices, right: Indices) -> float:
    """Return the share of papers whose primary topic is right; both of shape (papers,), at least one paper."""
    if not len(right):
        raise ValueError("no papers")
    return float((given == right).mean())


def average_precision(scores: Array, right: Labels) -> list[AveragePrecision | None]:
    """Return scikit-learn's average precision of each topic, None for topics that no paper has.

    `scores` has the shape of `right`, and is higher where a topic is likelier.
    """
    from sklearn.metrics import average_precision_score

    return [
        AveragePrecision(float(average_precision_score(truth, column)), float(truth.mean())) if truth.any() else None
        for column, truth in zip(scores.T, (right != 0).T, strict=True)
    ]


def interval(values: Array) -> tuple[float, float]:
    """Return the 2.5 and 97.5 % percentiles of values, shape (values,); those that are not a number are left out."""
    defined = values[~np.isnan(values)]
    if not defined.size:
        raise ValueError("no value is defined")
    low, high = np.percentile(defined, (2.5, 97.5))
    return float(low), float(high)


def bootstrap(statistic: Statistic, *arrays: AnyArray, resamples: int = RESAMPLES, seed: int = 0) -> Estimate:
    """Estimate a statistic of arrays with an interval (Efron, "Bootstrap Methods", 1979).

    Axis 0 of each array is the same papers; they are drawn together, with replacement.
    """
    papers = len(arrays[0])
    if not papers or any(len(array) != papers for array in arrays):
        raise ValueError(f"arrays of {[len(array) for array in arrays]} papers")
    generator = np.random.default_rng(seed)
    draws = (generator.integers(papers, size=papers) for _ in range(resamples))
    values = np.array([statistic(*(array[drawn] for array in arrays)) for drawn in draws], dtype=float)
    return Estimate(float(statistic(*arrays)), *interval(values))


def paired_bootstrap(
    statistic: Statistic, right: AnyArray, one: AnyArray, other: AnyArray, *, resamples: int = RESAMPLES, seed: int = 0
) -> Estimate:
    """Estimate statistic(one, right) - statistic(other, right), both taken on the same resamples of papers."""
    arrays = (right, one, other)
    return bootstrap(lambda r, a, b: statistic(a, r) - statistic(b, r), *arrays, resamples=resamples, seed=seed)


def precision_coverage(confidence: Array, right: Flags) -> list[Point]:
    """Return a point for each confidence that occurs, from the highest on; papers of equal confidence come together."""
    order = np.argsort(-confidence, kind="stable")
    ordered, hits = confidence[order], np.cumsum(right[order])
    last = np.flatnonzero(np.diff(ordered, append=-np.inf))
    return [Point(float(ordered[at]), float((at + 1) / len(order)), float(hits[at] / (at + 1))) for at in last]


def coverage_at(confidence: Array, right: Flags, precision: float) -> tuple[float, float]:
    """Return the highest coverage with at least this precision, and its threshold; coverage 0 if there is none."""
    threshold, _, coverage = least_confidence(confidence, right, precision)
    return coverage, threshold


def wilson(good: int, total: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson, "Probable Inference", 1927); `total` is at least 1."""
    z, share = NormalDist().inv_cdf(0.975), good / total
    center = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z * (share * (1 - share) / total + z * z / (4 * total * total)) ** 0.5 / (1 + z * z / total)
    return (0.0 if good == 0 else center - half), (1.0 if good == total else center + half)


def _starts(ordered: Array, bins: int) -> Indices:
    """Cut ascending confidences into bins of equal mass and return where each begins."""
    if bins < 1 or not ordered.size:
        raise ValueError(f"{ordered.size} papers in {bins} bins")
    return np.unique(np.searchsorted(ordered, ordered[np.arange(bins) * len(ordered) // bins]))


def equal_mass_bins(confidence: Array, right: Flags, bins: int = BINS) -> list[Bin]:
    """Return the points of a reliability diagram, in ascending confidence.

    Bins hold equally many papers (Nguyen and O'Connor, "Posterior Calibration and Exploratory Analysis", 2015), but
    papers of equal confidence stay together, so that bins may differ in size or be fewer.
    """
    order = np.argsort(confidence, kind="stable")
    cuts = _starts(confidence[order], bins)[1:]
    found = zip(np.split(confidence[order], cuts), np.split(right[order], cuts), strict=True)
    return [Bin(float(p.mean()), float(hit.mean()), *wilson(int(hit.sum()), len(hit)), len(hit)) for p, hit in found]


def _errors(ordered: Array, outcomes: Flags, starts: Indices) -> Array:
    """Return the error of outcomes, shape (..., papers), at ascending confidences."""
    gaps: Array = np.abs(np.add.reduceat(outcomes - ordered, starts, axis=-1)).sum(axis=-1) / len(ordered)
    return gaps


def calibration_error(confidence: Array, right: Flags, bins: int = BINS) -> float:
    """Return the expected calibration error (Naeini et al., "Obtaining Well Calibrated Probabilities", 2015).

    It is the mean distance of confidence and accuracy over the bins of `equal_mass_bins`, weighted by their papers.
    """
    order = np.argsort(confidence, kind="stable")
    return float(_errors(confidence[order], right[order], _starts(confidence[order], bins)))


def calibration_test(
    confidence: Array, right: Flags, bins: int = BINS, *, simulations: int = RESAMPLES, seed: int = 0
) -> CalibrationTest:
    """Test whether the calibration error is higher than chance makes it for so many papers.

    Outcomes are drawn as if each confidence were the probability of being right: consistency resampling (Bröcker and
    Smith, "Increasing the Reliability of Reliability Diagrams", 2007; Vaicenavicius et al., "Evaluating model
    calibration in classification", 2019), but without drawing the confidences anew.
    """
    ordered = np.sort(confidence)
    starts, rows = _starts(ordered, bins), max(1, _CELLS // len(ordered))
    generator = np.random.default_rng(seed)
    sizes = (min(rows, simulations - done) for done in range(0, simulations, rows))
    batches = (generator.random((size, len(ordered))) < ordered for size in sizes)
    errors = np.concatenate([_errors(ordered, outcomes, starts) for outcomes in batches])
    error = calibration_error(confidence, right, bins)
    as_high = int(np.count_nonzero(errors >= error - _TIE))
    return CalibrationTest(error, interval(errors), (1 + as_high) / (1 + simulations))
