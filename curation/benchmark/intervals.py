"""How sure a score is: 95 % intervals of means and of other statistics over a few dozen units.

Percentile bootstrap intervals are too narrow there, above all for scores near 1. What these cover at the sizes of the
tasks is measured by `benchmarks/interval_coverage.py`. Nothing is drawn at random.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["Array", "Indices", "Interval", "Statistic"]
__all__ += ["group_sums", "mean_bounds", "mean_interval", "pseudo_values", "statistic_interval", "units_for_half_width"]

Array = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
Statistic = Callable[[Indices], float]

_QUANTILE: Final = 0.975
# A tenth of a lost (or won) unit of the greatest variance is added to those seen: near 0 and 1 a handful of units tell
# the variance and mostly tell too little of it. On invented populations of 73 units, which it was chosen on, accuracies
# of 0.98 had 0.87 covered without it, and nDCG of 0.98 with three queries a paper had 0.99 covered with 0.5.
_PRIOR: Final = 0.1
# Sums of values within [0, 1] may leave it by this, and a spread below it is none.
_ROUNDING: Final = 1e-9
_DECIMALS: Final = 12


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % interval of a score, in the score's unit, and the method that it was made with."""

    low: float
    high: float
    method: str

    @property
    def width(self) -> float:
        """From the lower bound to the upper."""
        return self.high - self.low


def mean_interval(values: npt.ArrayLike, groups: Sequence[str] | None = None) -> Interval:
    """Return the 95 % interval of the mean of values, inside [0, 1] and around the mean.

    Values of 0 and 1 alone, each a group of its own: Wilson's interval ("Probable Inference", 1927). Any others:
    Wilson's interval at the effective sample size, the number of units that would give a share of 0/1 values the
    standard error found, with a t quantile in place of the normal one; so do Korn and Graubard ("Confidence Intervals
    for Proportions with Small Expected Number of Positive Counts", 1998) with Clopper and Pearson's. The error is that
    of a ratio of group sums to group sizes (Cochran, "Sampling Techniques", 1977, chapter 6), so that values of one
    group may depend on each other in any way. One group that is not one 0/1 value tells nothing: [0, 1].

    Args:
        values: Each 0 to 1, shape (values,).
        groups: The group of each value; without, each is its own.

    Raises:
        ValueError: There are no values, one is outside [0, 1] or not a number, or the groups are not as many.
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or not array.size:
        raise ValueError(f"values of shape {array.shape}")
    if not ((array >= -_ROUNDING) & (array <= 1 + _ROUNDING)).all():
        raise ValueError("a value is outside [0, 1]")
    # what rounding kept from being 0 or 1 is
    array = np.clip(np.round(array, _DECIMALS), 0, 1)
    sums, counts = group_sums(array, groups)
    # sorted, so that sums are the same to the last digit whatever the order of the units
    order = np.lexsort((counts, sums))
    binary = len(sums) == len(array) and bool(np.isin(array, (0.0, 1.0)).all())
    low, high = mean_bounds(sums[None, order], counts[order], binary=binary)
    mean = float(np.clip(array.mean(), 0, 1))
    method = "wilson" if binary else "wilson, effective size"
    return Interval(min(float(low[0]), mean), max(float(high[0]), mean), method)


def group_sums(values: Array, groups: Sequence[str] | None = None) -> tuple[Array, Array]:
    """Return the sum and the number of the values of each group, both of shape (groups,), in the order of their names.

    Raises:
        ValueError: The groups are not as many as the values.
    """
    if groups is None:
        return values, np.ones_like(values)
    if len(groups) != len(values):
        raise ValueError(f"{len(values)} values in {len(groups)} groups")
    _, which = np.unique(np.asarray(groups), return_inverse=True)
    sums: Array = np.bincount(which, values).astype(np.float64)
    return sums, np.bincount(which).astype(np.float64)


def mean_bounds(sums: Array, counts: Array, *, binary: bool) -> tuple[Array, Array]:
    """Return lower and upper bounds of many samples at once, each of shape (samples,); see `mean_interval`.

    Args:
        sums: Sums of the groups of each sample, shape (samples, groups).
        counts: Values in each group, shape (groups,) or that of `sums`.
        binary: Whether each group is one value of 0 or 1.
    """
    units, total = sums.shape[-1], counts.sum(axis=-1)
    mean = np.clip(sums.sum(axis=-1) / total, 0, 1)
    if binary:
        return _wilson(mean, np.full_like(mean, units), NormalDist().inv_cdf(_QUANTILE))
    if units == 1:
        return np.zeros_like(mean), np.ones_like(mean)
    residuals = sums - mean[..., None] * counts
    variance = units / (units - 1) * (residuals**2).sum(axis=-1) / total**2
    return _effective(mean, variance, units)


def _effective(mean: Array, variance: Array, units: int) -> tuple[Array, Array]:
    """Return Wilson's bounds at the size that gives a share this variance; all of shape (samples,), units above 1."""
    spread = mean * (1 - mean)
    # relative to one 0/1 value for each unit, the most that units can vary
    effect = np.divide(variance * units, spread, out=np.ones_like(mean), where=spread > _ROUNDING)
    events = units * np.minimum(mean, 1 - mean)
    effect = (events * effect + _PRIOR) / (events + _PRIOR)
    # loads slowly, and the card's figures need none of it
    from scipy import stats

    return _wilson(mean, units / effect, float(stats.t.ppf(_QUANTILE, units - 1)))


def _wilson(mean: Array, size: Array, quantile: float) -> tuple[Array, Array]:
    pull = quantile**2 / size
    centre = (mean + pull / 2) / (1 + pull)
    half = np.sqrt(pull * (mean * (1 - mean) + pull / 4)) / (1 + pull)
    # rounding may carry a bound past the mean or an end
    return np.clip(centre - half, 0, mean), np.clip(centre + half, mean, 1)


def pseudo_values(statistic: Statistic, units: int | Sequence[str]) -> Array:
    """Return what each unit adds to a statistic, shape (units,): pseudo-values of the delete-one jackknife.

    They are centred: their mean is the statistic itself, not the jackknife's estimate of it without bias. Those of two
    models, in the order of the units' names, can be compared with `compare.permutation_p`.

    Args:
        statistic: Called with positions of the rows that are left, ascending and each once.
        units: How many rows there are, each a unit, or the group of each row.

    Raises:
        ValueError: There are fewer than two units, or the statistic is not a number somewhere.
    """
    which = np.arange(units) if isinstance(units, int) else np.unique(np.asarray(units), return_inverse=True)[1]
    count = int(which.max(initial=-1)) + 1
    if count < 2:
        raise ValueError(f"a jackknife over {count} units")
    value = statistic(np.arange(len(which)))
    without = np.array([statistic(np.flatnonzero(which != unit)) for unit in range(count)], dtype=np.float64)
    if not (math.isfinite(value) and np.isfinite(without).all()):
        raise ValueError("the statistic is not a number")
    pseudo: Array = value + (count - 1) * (without.mean() - without)
    return pseudo


def statistic_interval(statistic: Statistic, units: int | Sequence[str]) -> Interval:
    """Return the 95 % interval of a statistic that is at most 1 and not a mean, such as average precision.

    The standard error is the jackknife's over units (Efron and Stein, "The Jackknife Estimate of Variance", 1981), and
    the interval Wilson's at the effective size, as for means. No bootstrap: that of average precision is too narrow
    near 1, and that of adjusted mutual information fails everywhere, since copies of a paper are always of one cluster
    and one label and lift every resample. For a clustering that is held fixed the error does not hold how the
    clustering itself would differ on other papers; a statistic that clusters anew belongs to a jackknife that leaves
    out many papers at a time.

    Args:
        statistic: Of positions of rows, ascending and each once.
        units: How many rows there are, each a unit, or the group of each row.

    Returns:
        An interval around the statistic, within [0, 1] unless the statistic is below; [0, 1] for one unit.

    Raises:
        ValueError: There are no units, the statistic is above 1 or not a number.
    """
    count = units if isinstance(units, int) else len(set(units))
    method = "wilson, effective size by jackknife"
    if count < 2:
        value = statistic(np.arange(units if isinstance(units, int) else len(units))) if count else math.nan
        low, high = 0.0, 1.0
    else:
        pseudo = pseudo_values(statistic, units)
        value = float(pseudo.mean())
        mean = np.clip(np.array([value]), 0, 1)
        lows, highs = _effective(mean, np.array([pseudo.var(ddof=1) / count]), count)
        low, high = float(lows[0]), float(highs[0])
    if not value <= 1 + _ROUNDING:
        raise ValueError(f"a statistic of {value}")
    return Interval(min(low, value), max(high, min(value, 1.0)), method)


def units_for_half_width(width: float, units: int, score: float | None = None) -> int:
    """Return how many units would halve the width of an interval.

    Four times as many, since widths fall with the square root of the number. With the score, Wilson's interval is
    solved for its size at the width and at half of it, the score and the variance between units staying: near 0 and 1
    widths fall faster, at a score of 1 nearly as the number itself, and fewer than four times as many will do.

    Args:
        width: Of the interval, 0 to 1.
        units: What it is over.
        score: What it is around, 0 to 1.

    Raises:
        ValueError: The width or the score is outside [0, 1], or there are no units.
    """
    if not 0 <= width <= 1 or units < 1 or not (score is None or 0 <= score <= 1):
        raise ValueError(f"an interval of width {width} around {score} over {units} units")
    if score is None or not 0 < width < 1:
        return 4 * units
    # less a hair, so that 4 n is not rounded up to 4 n + 1
    return math.ceil(units * _pull(width, score) / _pull(width / 2, score) - _ROUNDING)


def _pull(width: float, score: float) -> float:
    """Return quantile² / size of Wilson's interval of a width: h² (1 + c)² = c p (1 - p) + c² / 4, the root above 0."""
    square = (width / 2) ** 2
    a, b = square - 0.25, 2 * square - score * (1 - score)
    return (-b - math.sqrt(b * b - 4 * a * square)) / (2 * a)
