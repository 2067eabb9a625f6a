"""Pairs: whether the cosine of two texts' vectors tells pairs that belong together from those that do not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from curation.benchmark.data import PairData
from curation.benchmark.evidence import Evidence, Outcome
from curation.benchmark.models.base import Encoder
from curation.benchmark.models.checked import encoded, prepared

__all__ = ["evaluate_pairs"]


def evaluate_pairs(data: PairData, model: Encoder, progress: Callable[[int], None]) -> Outcome:
    """Score cosines by average precision, and by their rank correlation with the recorded similarity (Spearman)."""
    from scipy.stats import spearmanr
    from sklearn.metrics import average_precision_score
    from sklearn.preprocessing import normalize

    prepared(model, [*data.left, *data.right])
    left, right = (normalize(encoded(model, texts, progress)) for texts in (data.left, data.right))
    products = left.multiply(right) if not isinstance(left, np.ndarray) else left * right
    cosines = np.asarray(products.sum(axis=1)).ravel()
    constant = np.ptp(cosines) == 0
    return Outcome(
        {
            "cosine_ap": float(average_precision_score(data.labels, cosines)),
            "cosine_spearman": 0.0 if constant else float(spearmanr(cosines, data.similarities).statistic),
        },
        Evidence("pairs", tuple(map(float, cosines)), data.groups, labels=data.labels),
        {},
    )
