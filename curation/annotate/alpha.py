"""Krippendorff's alpha on sets of topics."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

__all__ = ["alpha", "jaccard_distance", "masi_distance"]

Topics = frozenset[str]


def jaccard_distance(first: Topics, second: Topics) -> float:
    """Return the share of all topics of two sets that only one of them has."""
    return len(first ^ second) / len(first | second) if first != second else 0.0


def masi_distance(first: Topics, second: Topics) -> float:
    """Return the distance of two sets that weighs contradiction more than leaving something out.

    One less the product of Jaccard's similarity and 1 for the same sets, 2/3 where one holds the other, 1/3 where both
    have topics of their own, 0 where they share none (Passonneau 2006, measuring agreement on set-valued items).
    """
    if first == second:
        return 0.0
    weight = 2 / 3 if first < second or second < first else 1 / 3
    return 1.0 - weight * (1.0 - jaccard_distance(first, second))


def alpha(annotators: Sequence[Sequence[Topics]], distance: Callable[[Topics, Topics], float]) -> float | None:
    """Measure the agreement of two annotators or more on sets of topics.

    Args:
        annotators: The sets that each annotator gave, of the same papers in the same order.
        distance: How far two sets are apart, from 0 to 1.

    Returns:
        1 less the observed distance within papers, as a share of the one expected between any two labels; None where
        every label is the same set, since no distance is expected there.
    """
    # loaded here, since reading annotations does without it
    import krippendorff

    # sorted, so that sums are taken in one order whatever the hash seed
    sets = sorted({topics for given in annotators for topics in given}, key=sorted)
    if len(sets) < 2:
        return None
    codes = {topics: code for code, topics in enumerate(sets)}
    counts = np.zeros((len(annotators[0]), len(sets)), dtype=np.int64)
    for given in annotators:
        for paper, topics in enumerate(given):
            counts[paper, codes[topics]] += 1
    distances = np.array([[distance(one, two) for two in sets] for one in sets])

    def between(_v1: object, _v2: object, i1: Any, i2: Any, **_others: object) -> Any:
        return distances[i1, i2]

    # the library's type of a distance is of any numbers; these are indices
    metric: Any = between
    return float(krippendorff.alpha(value_counts=counts, level_of_measurement=metric))
