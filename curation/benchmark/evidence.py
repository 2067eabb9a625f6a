"""What a score is made of, unit by unit: enough for its interval and for comparing two models on the same units."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from curation.benchmark.compare import permutation_p
from curation.benchmark.intervals import (
    Interval,
    mean_interval,
    pseudo_values,
    statistic_interval,
    units_for_half_width,
)

__all__ = ["Evidence", "Outcome", "compare", "interval_of", "subsets_of", "units_needed"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """The values behind a main score.

    Attributes:
        kind: What a value is of: `papers` or `queries` (the score is their mean), `subsets` of the papers (as well), or
            `pairs` (their cosines; the score is average precision).
        values: One for each.
        groups: What each value belongs to; values of one group are not independent. For subsets: the papers that they
            are drawn from.
        labels: 1 or 0 of each pair; empty for the others.
        taken: Papers in each subset; 0 for the others.
        seed: Of the draw of subsets; 0 for the others.
    """

    kind: str
    values: tuple[float, ...]
    groups: tuple[str, ...] = ()
    labels: tuple[int, ...] = ()
    taken: int = 0
    seed: int = 0

    @property
    def units(self) -> int:
        """How many independent things the score rests on."""
        return len(set(self.groups))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a model reached on a task.

    Attributes:
        scores: By name, the main score first.
        evidence: What the main score is made of.
        details: What else is worth knowing, such as how far training draws differ.
    """

    scores: Mapping[str, float]
    evidence: Evidence
    details: Mapping[str, Any] = field(default_factory=dict)


def interval_of(evidence: Evidence) -> Interval:
    """Return the 95 % interval of a main score over its units."""
    if evidence.kind == "subsets":
        return _subset_interval(evidence)
    if evidence.kind == "pairs":
        return statistic_interval(_average_precision(evidence), evidence.groups)
    return mean_interval(evidence.values, evidence.groups)


def compare(left: Evidence, right: Evidence) -> float:
    """Return the two-sided p-value of two models doing a task equally well, from the same units.

    Means: paired permutation test over groups. Subsets: t test on the paired differences with the jackknife's variance.
    Pairs: the permutation test on what each group adds to average precision (jackknife), since cosines of two models
    have different scales and cannot be swapped.

    Raises:
        ValueError: The units are not the same.
    """
    same = ("kind", "groups", "labels", "taken", "seed")
    if any(getattr(left, name) != getattr(right, name) for name in same) or len(left.values) != len(right.values):
        raise ValueError("the scores rest on other units")
    if left.kind == "subsets":
        return _subset_p(left, right)
    if left.kind == "pairs":
        return permutation_p(_contributions(left), _contributions(right))
    return permutation_p(left.values, right.values, left.groups)


def units_needed(evidence: Evidence, interval: Interval, score: float | None = None) -> int:
    """Return how many units would halve the interval.

    Args:
        evidence: Of the score.
        interval: Of the score.
        score: Where the interval is one of Wilson's, which knows how its width falls; None for four times as many.
    """
    return units_for_half_width(min(1.0, interval.width), evidence.units, score)


def _subset_error(values: npt.NDArray[np.float64], evidence: Evidence) -> float:
    """Return the standard error of a mean over subsets that comes from which papers there are.

    Infinitesimal jackknife for subsets of k out of n papers drawn without replacement, less the part that is only the
    number of subsets (Wager, Hastie and Efron, "Confidence Intervals for Random Forests", 2014), plus that of the mean.
    What is left is taken to be at least twice the standard deviation of that part, below which it cannot be seen: else
    a difference could be called certain because its variance came out as nothing.
    """
    papers, taken = evidence.units, evidence.taken
    chosen = np.zeros((len(values), papers))
    for row, drawn in enumerate(subsets_of(papers, taken, len(values), evidence.seed)):
        chosen[row, drawn] = 1
    share = taken / papers
    centred = values - values.mean()
    spread = float(values.var())
    scale = (papers - 1) / papers * (papers / max(1, papers - taken)) ** 2
    covariances = ((chosen - share) * centred[:, None]).mean(axis=0)
    chance = papers * share * (1 - share) * spread / len(values)
    least = 2 * math.sqrt(2 / papers) * chance
    variance = scale * max(least, float((covariances**2).sum()) - chance)
    return math.sqrt(variance + spread / len(values))


def subsets_of(papers: int, taken: int, subsets: int, seed: int) -> list[list[int]]:
    """Draw the papers of each subset, none twice in one."""
    generator = random.Random(seed)  # noqa: S311  # draws papers, keeps no secret
    return [generator.sample(range(papers), k=taken) for _ in range(subsets)]


def _subset_interval(evidence: Evidence) -> Interval:
    from scipy import stats

    values = np.asarray(evidence.values)
    mean, error = float(values.mean()), _subset_error(values, evidence)
    half = float(stats.t.ppf(0.975, max(1, evidence.units - 1))) * error
    return Interval(max(-1.0, mean - half), min(1.0, mean + half), "infinitesimal jackknife")


def _subset_p(left: Evidence, right: Evidence) -> float:
    from scipy import stats

    differences = np.asarray(left.values) - np.asarray(right.values)
    error, mean = _subset_error(differences, left), float(differences.mean())
    if error == 0:
        return 1.0 if mean == 0 else 0.0
    return float(2 * stats.t.sf(math.fabs(mean) / error, max(1, left.units - 1)))


def _average_precision(evidence: Evidence) -> Callable[[npt.NDArray[np.int64]], float]:
    from sklearn.metrics import average_precision_score

    labels, cosines = np.asarray(evidence.labels), np.asarray(evidence.values)

    def statistic(rows: npt.NDArray[np.int64]) -> float:
        return float(average_precision_score(labels[rows], cosines[rows])) if labels[rows].any() else 0.0

    return statistic


@lru_cache(maxsize=64)
def _contributions(evidence: Evidence) -> tuple[float, ...]:
    """Return what each group adds to average precision; a model is compared with several others."""
    return tuple(pseudo_values(_average_precision(evidence), evidence.groups))
