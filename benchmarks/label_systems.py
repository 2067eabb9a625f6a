"""The labeler and its baselines, as one kind of prediction."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from curation.label.features import Array
from curation.label.functions import gather
from curation.label.labeler import Labeler
from curation.label.ngrams import NgramClassifier
from curation.label.training import REAL_WEIGHT, Papers
from curation.label.voting import vote
from curation.schemas.stages import MAX_TOPICS
from curation.schemas.taxonomy import TOPIC_IDS

Indices = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a system says of papers.

    Attributes:
        primary: Index of the primary topic of each paper, shape (papers,).
        labels: 1 for each topic given, shape (papers, topics).
        scores: The higher the surer that a paper has a topic, shape (papers, topics).
        confidence: Of the primary topic, shape (papers,).
    """

    primary: Indices
    labels: Array
    scores: Array
    confidence: Array


def _prediction(primary: Indices, given: npt.NDArray[Any], scores: Array, confidence: Array) -> Prediction:
    labels = np.zeros_like(scores)
    for row, (first, inside) in enumerate(zip(primary.tolist(), given, strict=True)):
        likely = [at for at in np.argsort(-scores[row], kind="stable").tolist() if inside[at] and at != first]
        labels[row, [first, *likely[: MAX_TOPICS - 1]]] = 1.0
    return Prediction(primary, labels, scores, confidence)


def by_labeler(labeler: Labeler, papers: Papers, *, categories: bool = False) -> Prediction:
    """Label with the labeler, which is not let abstain; it sees the text alone unless it is given categories."""
    primary, member = labeler.probabilities(papers.texts, papers.categories if categories else None)
    given = member >= labeler.calibration.member_threshold
    return _prediction(primary.argmax(axis=1), given, member, primary.max(axis=1))


def by_functions(papers: Papers, fallback: int) -> Prediction:
    """Label by the sum of the functions' votes; where all abstain, with the most frequent topic."""
    votes = [vote(gather(*text)) for text in papers.texts]
    primary = np.array([fallback if one.primary is None else TOPIC_IDS.index(one.primary) for one in votes])
    given = np.array([[topic in one.topics for topic in TOPIC_IDS] for one in votes], dtype=float)
    scores = np.zeros_like(given)
    for row, one in enumerate(votes):
        for single in one.votes:
            scores[row, TOPIC_IDS.index(single.topic)] += single.score
    total = scores.sum(axis=1)
    return _prediction(primary, given, scores, scores.max(axis=1) / np.maximum(total, 1e-9))


def by_majority(papers: Papers, fallback: int) -> Prediction:
    """Give every paper the most frequent topic."""
    labels = np.zeros_like(papers.members)
    labels[:, fallback] = 1.0
    return Prediction(np.full(len(labels), fallback), labels, labels, np.ones(len(labels)))


def majority(papers: Papers) -> int:
    """Return the most frequent primary topic of captured papers."""
    return int(np.bincount(papers.primary[papers.real], minlength=len(TOPIC_IDS)).argmax())


def by_classifier(known: Papers, papers: Papers) -> Prediction:
    """Label with the text classifier alone; its threshold is the best on leave-one-out scores of captured papers."""
    weights = np.where(known.real, REAL_WEIGHT, 1.0)
    classifier, left_out = NgramClassifier.fit(known.texts, known.primary, known.members, weights)
    held, right = left_out[known.real], known.members[known.real]

    def gain(threshold: float) -> float:
        labels = _prediction(held.argmax(axis=1), held >= threshold, held, held.max(axis=1)).labels
        return float(2 * (labels * right).sum() / (labels.sum() + right.sum()))

    best = max(np.arange(0.2, 0.7, 0.02), key=gain)
    scores = classifier.scores(papers.texts)
    return _prediction(scores.argmax(axis=1), scores >= best, scores, scores.max(axis=1))
