"""Pairs: whether the cosine of two texts' vectors tells pairs that belong together from those that do not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from curation.benchmark.data import PairData
from curation.benchmark.evidence import Evidence, Outcome
from curation.benchmark.models.base import Encoder
from curation.benchmark.models.checked import encoded_parts, prepared

__all__ = ["evaluate_pairs"]

_DIGITS: Final = 7


def evaluate_pairs(data: PairData, model: Encoder, progress: Callable[[int], None]) -> Outcome:
    """Score cosines by average precision, and by their rank correlation with the recorded similarity (Spearman)."""
    from scipy.stats import spearmanr
    from sklearn.metrics import average_precision_score
    from sklearn.preprocessing import normalize

    prepared(model, [*data.left, *data.right])
    left, right = map(normalize, encoded_parts(model, [data.left, data.right], progress))
    products = left.multiply(right) if not isinstance(left, np.ndarray) else left * right
    # pairs of equal vectors are equally alike; the last digits of a sum would rank them
    cosines = np.round(np.asarray(products.sum(axis=1)).ravel(), _DIGITS)
    constant = np.ptp(cosines) == 0
    return Outcome(
        {
            "cosine_ap": float(average_precision_score(data.labels, cosines)),
            "cosine_spearman": 0.0 if constant else float(spearmanr(cosines, data.similarities).statistic),
        },
        Evidence("pairs", tuple(map(float, cosines)), data.groups, labels=data.labels),
        {},
    )
