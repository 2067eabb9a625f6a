"""Clustering: k-means over a model's vectors against the topics, on repeated subsets of the papers.

The protocol is MTEB's fast clustering but for one thing: MTEB draws papers with replacement, and among few papers the
copies alone, which fall into one cluster whatever the model, lift any model's score. Here no paper is drawn twice.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from curation.benchmark.data import LabelledData
from curation.benchmark.evidence import Evidence, Outcome, subsets_of
from curation.benchmark.models.base import Encoder
from curation.benchmark.models.checked import encoded, prepared

__all__ = ["SUBSETS", "draw_subsets", "evaluate_clustering", "same_distances", "subset_size"]

# As many that the interval is not mostly their chance (docs/benchmark.md counts how often it covers).
SUBSETS: Final = 600
_SHARE: Final = 0.8
_BATCH: Final = 512


def subset_size(papers: int) -> int:
    """Return how many of the papers are clustered at a time: four of five."""
    return round(_SHARE * papers)


def draw_subsets(papers: int, seed: int) -> list[list[int]]:
    """Draw the papers of each subset, none twice."""
    return subsets_of(papers, subset_size(papers), SUBSETS, seed)


def same_distances(vectors: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return vectors of at most as many dimensions as texts with the same distances between them."""
    if vectors.shape[1] <= vectors.shape[0]:
        return vectors
    # the last digits depend on the number of threads, and a cluster can hang on them
    with threadpool_limits(1):
        left, singular, _ = np.linalg.svd(vectors, full_matrices=False)
    found: npt.NDArray[Any] = left * singular
    return found


def evaluate_clustering(data: LabelledData, model: Encoder, seed: int, progress: Callable[[int], None]) -> Outcome:
    """Score vectors by adjusted mutual information of their clusters and the topics, and by V-measure."""
    from sklearn.cluster import MiniBatchKMeans
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.metrics import adjusted_mutual_info_score, v_measure_score

    prepared(model, data.test.texts)
    found = encoded(model, data.test.texts, progress)
    vectors = same_distances(found if isinstance(found, np.ndarray) else found.toarray())
    labels = np.array([label for (label,) in data.test.labels])
    subsets = draw_subsets(len(labels), seed)
    size = subset_size(len(labels))
    adjusted, plain = [], []
    # many small fits: threads would wait for each other, and sums would depend on their number
    with warnings.catch_warnings(), threadpool_limits(1):
        # vectors that are all the same give one cluster
        warnings.simplefilter("ignore", ConvergenceWarning)
        for drawn in subsets:
            # as many clusters as there are topics, also where a subset lacks one
            means = MiniBatchKMeans(len(data.names), batch_size=_BATCH, n_init=1, random_state=seed)
            given = means.fit_predict(vectors[drawn])
            adjusted.append(float(adjusted_mutual_info_score(labels[drawn], given)))
            plain.append(float(v_measure_score(labels[drawn], given)))
    return Outcome(
        {"ami": float(np.mean(adjusted)), "v_measure": float(np.mean(plain))},
        Evidence("subsets", tuple(adjusted), data.test.ids, taken=size, seed=seed),
        {"subsets": SUBSETS, "papers_in_each": size},
    )
