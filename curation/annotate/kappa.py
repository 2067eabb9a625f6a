"""Cohen's kappa of two annotators, with an interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["RESAMPLES", "Kappa", "cohen_kappa", "draw_resamples", "resampled_kappas"]

RESAMPLES = 2000
_INTERVAL = (0.025, 0.975)
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Kappa:
    """Cohen's kappa and its 95 % percentile bootstrap interval over papers.

    Attributes:
        value: Kappa; None where it is undefined, since both annotators gave every paper one and the same label.
        low: Lower end of the interval; None with the value. Resamples without a defined kappa are left out of it.
        high: Upper end. Where nothing differs both ends are 1, however few papers there are.
    """

    value: float | None
    low: float | None
    high: float | None

    def as_json(self) -> dict[str, Any]:
        """Return the figures, rounded to six digits."""
        figures = {"value": self.value, "low": self.low, "high": self.high}
        return {name: None if figure is None else round(figure, _DIGITS) for name, figure in figures.items()}


def draw_resamples(papers: int, *, resamples: int = RESAMPLES, seed: int = 0) -> npt.NDArray[np.int64]:
    """Draw papers with replacement.

    Returns:
        How often each paper was drawn: one row for each resample, one column for each paper.
    """
    drawn = np.random.default_rng(seed).integers(papers, size=(resamples, papers))
    cells = drawn + papers * np.arange(resamples)[:, np.newaxis]
    return np.bincount(cells.ravel(), minlength=resamples * papers).reshape(resamples, papers)


def cohen_kappa(first: Sequence[object], second: Sequence[object], drawn: npt.NDArray[np.int64]) -> Kappa:
    """Measure the agreement of two annotators on one label for each paper.

    Args:
        first: The labels of one annotator.
        second: Those of the other, of the same papers in the same order.
        drawn: The resamples, as `draw_resamples` gives them.
    """
    labels = {label: code for code, label in enumerate(dict.fromkeys((*first, *second)))}
    if len(labels) < 2:
        return Kappa(None, None, None)
    one = np.array([labels[label] for label in first])
    two = np.array([labels[label] for label in second])
    kappas = resampled_kappas(one, two, drawn)
    defined = kappas[~np.isnan(kappas)]
    value = float(resampled_kappas(one, two, np.ones((1, len(one)), dtype=np.int64))[0])
    if not defined.size:
        return Kappa(value, None, None)
    low, high = np.quantile(defined, _INTERVAL)
    return Kappa(value, float(low), float(high))


def resampled_kappas(
    first: npt.NDArray[np.int64], second: npt.NDArray[np.int64], drawn: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """Return kappa in each resample, not a number where it is undefined.

    Args:
        first: The labels of one annotator, as codes from 0.
        second: Those of the other.
        drawn: How often each resample has each paper.
    """
    codes = np.arange(1 + max(first.max(), second.max()))
    total = drawn.sum(axis=1)
    same = drawn @ (first == second)
    by_chance = ((drawn @ (first[:, np.newaxis] == codes)) * (drawn @ (second[:, np.newaxis] == codes))).sum(axis=1)
    # kappa with both sides times the square of the papers: whole numbers, so that zero is exact
    possible = total * total - by_chance
    kappas = np.full(len(drawn), np.nan)
    np.divide(total * same - by_chance, possible, out=kappas, where=possible > 0)
    return kappas
