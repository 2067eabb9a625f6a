"""What the labeler knows of a paper and a topic: the same features for every topic, so that topics learn together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from curation.label.categories import category_votes
from curation.label.functions import LABELING_FUNCTIONS, Evidence
from curation.label.words import PARTS
from curation.schemas.taxonomy import TOPIC_IDS

__all__ = ["FEATURE_NAMES", "Array", "ngram_features", "vote_features"]

Array = npt.NDArray[np.float64]

_TITLE_PARTS: Final = slice(0, PARTS.index("opening"))
_STRONG_WEIGHT: Final = 3.0
# Functions to topics, shape (functions, topics).
_BY_TOPIC: Final = np.array([[one.topic == topic for topic in TOPIC_IDS] for one in LABELING_FUNCTIONS], dtype=float)
# Those that listen for names of the topic's own things, and those that listen for words around them.
_STRONG: Final = np.array([function.title_weight >= _STRONG_WEIGHT for function in LABELING_FUNCTIONS])
_PLACES: Final = (*PARTS, "title", "abstract")
_MOST_FUNCTIONS: Final = 4
# A usual title weight, so that a vote is about 1.
_VOTE_UNIT: Final = 4.0
_RANKS: Final = 3

FEATURE_NAMES: Final = (
    *(f"present-in-{place}" for place in _PLACES),
    *(f"log-count-in-{place}" for place in _PLACES),
    *(f"share-of-{place}" for place in _PLACES),
    *("log-sum-of-votes", "sum-of-best", "log-best-other", "lead", "silent"),
    *(f"rank-{rank}" for rank in range(_RANKS)),
    *("functions-voting", "primary-category", "any-category"),
    *("log-strong-sum", "strong-of-best", "log-weak-sum", "weak-of-best"),
    *(f"vote-of-{function.name}" for function in LABELING_FUNCTIONS),
    *("ngram-score", "ngram-lead", "ngram-best"),
)
"""Names of the features, in their order. `sum-of-best` is the topic's sum of votes as a share of the highest sum,
`lead` its distance to the best other topic; those that begin with `ngram` come from the text classifier."""


def vote_features(evidence: Sequence[Evidence], categories: Sequence[Sequence[str]]) -> Array:
    """Describe every paper and topic by what the labeling functions found.

    Args:
        evidence: Of each paper.
        categories: arXiv categories of each paper, the primary one first; empty where they are not known.

    Returns:
        Shape (papers, topics, features).
    """
    parts = np.array([one.parts for one in evidence], dtype=float).reshape(-1, len(LABELING_FUNCTIONS), len(PARTS))
    counts = np.einsum("nfp,ft->ntp", parts, _BY_TOPIC)
    title = counts[:, :, _TITLE_PARTS].sum(axis=2)
    abstract = np.array([one.abstract_hits for one in evidence], dtype=float).reshape(len(evidence), -1) @ _BY_TOPIC
    counts = np.concatenate([counts, title[:, :, None], abstract[:, :, None]], axis=2)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1.0)
    scores = np.array([[score or 0.0 for score in one.scores()] for one in evidence]).reshape(len(evidence), -1)
    sums = scores @ _BY_TOPIC
    voting = np.minimum((scores > 0) @ _BY_TOPIC, _MOST_FUNCTIONS)
    ordered = np.sort(sums, axis=1)[:, ::-1]
    best, second = ordered[:, :1], ordered[:, 1:2]
    other = np.where(sums == best, second, best)
    ranks = np.argsort(np.argsort(-sums, axis=1, kind="stable"), axis=1)
    strong, weak = (scores * _STRONG) @ _BY_TOPIC, (scores * ~_STRONG) @ _BY_TOPIC
    votes = [category_votes(one) for one in categories]
    flat = [
        np.log1p(sums),
        _of_best(sums),
        np.log1p(other),
        sums - other,
        sums == 0,
        *((ranks == rank) & (sums > 0) for rank in range(_RANKS)),
        voting,
        np.array([primary for primary, _ in votes], dtype=float).reshape(sums.shape),
        np.array([among for _, among in votes], dtype=float).reshape(sums.shape),
        *(part for kind in (strong, weak) for part in (np.log1p(kind), _of_best(kind))),
    ]
    single = scores[:, None, :] / _VOTE_UNIT * _BY_TOPIC.T
    return np.concatenate([counts > 0, np.log1p(counts), shares, np.stack(flat, axis=2), single], axis=2).astype(float)


def _of_best(sums: Array) -> Array:
    share: Array = sums / np.maximum(sums.max(axis=1, keepdims=True), 1e-9)
    return share


def ngram_features(scores: Array) -> Array:
    """Describe every paper and topic by the scores of the text classifier.

    Args:
        scores: Shape (papers, topics).

    Returns:
        Shape (papers, topics, 3).
    """
    best = scores.max(axis=1, keepdims=True)
    return np.stack([scores, scores - best, scores >= best], axis=2).astype(float)
