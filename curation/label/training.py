"""Training the labeler from annotated papers: everything is in memory and takes seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import GroupKFold

from curation.label.calibration import calibrate
from curation.label.features import Array, ngram_features, vote_features
from curation.label.functions import gather
from curation.label.labeler import Labeler
from curation.label.ngrams import NgramClassifier
from curation.label.pooled import PooledModel, fit_pooled
from curation.schemas.taxonomy import TOPIC_IDS

__all__ = ["Papers", "Training", "out_of_fold", "train"]

Indices = npt.NDArray[np.int64]

# Penalty of the pooled models, and what a captured paper counts beside an invented one: best of a few in
# cross-validation within train and validation, where neither matters much.
RIDGE: Final = 60.0
REAL_WEIGHT: Final = 3.0
_FOLDS: Final = 10
PRECISION: Final = 0.9
"""Share of primary topics that is right, where the labeler does not abstain."""


@dataclass(frozen=True, slots=True)
class Papers:
    """Labelled papers.

    Attributes:
        texts: Title and abstract of each.
        categories: arXiv categories of each, the primary one first; empty where they are not known.
        primary: Index of each paper's primary topic, shape (papers,).
        members: 1 where a paper has a topic, shape (papers, topics).
        groups: Papers of one group never stand on both sides of a fold, shape (papers,).
        real: Whether a paper is a captured one; else it was invented for training, shape (papers,).
    """

    texts: tuple[tuple[str, str], ...]
    categories: tuple[tuple[str, ...], ...]
    primary: Indices
    members: Array
    groups: Indices
    real: npt.NDArray[np.bool_]

    def take(self, which: Indices) -> Papers:
        """Return some of the papers, in that order."""
        return Papers(
            tuple(self.texts[at] for at in which),
            tuple(self.categories[at] for at in which),
            self.primary[which],
            self.members[which],
            self.groups[which],
            self.real[which],
        )

    @classmethod
    def of(
        cls,
        texts: Sequence[tuple[str, str]],
        topics: Sequence[Sequence[str]],
        *,
        categories: Sequence[Sequence[str]] | None = None,
        groups: Sequence[int] | None = None,
        real: bool = True,
    ) -> Papers:
        """Gather papers from lists.

        Args:
            texts: Title and abstract of each.
            topics: Taxonomy ids of each, the primary one first.
            categories: arXiv categories; none are known when missing.
            groups: Group of each; every paper is one of its own when missing.
            real: Whether they are captured papers.
        """
        members = np.array([[topic in given for topic in TOPIC_IDS] for given in topics], dtype=float)
        return cls(
            tuple(texts),
            tuple(tuple(one) for one in categories) if categories is not None else ((),) * len(texts),
            np.array([TOPIC_IDS.index(given[0]) for given in topics], dtype=np.int64),
            members.reshape(len(texts), len(TOPIC_IDS)),
            np.array(range(len(texts)) if groups is None else groups, dtype=np.int64),
            np.full(len(texts), real),
        )

    def __add__(self, other: Papers) -> Papers:
        """Return both lists of papers, as different groups."""
        return Papers(
            self.texts + other.texts,
            self.categories + other.categories,
            np.concatenate([self.primary, other.primary]),
            np.concatenate([self.members, other.members]),
            np.concatenate([self.groups, other.groups + self.groups.max(initial=-1) + 1]),
            np.concatenate([self.real, other.real]),
        )


@dataclass(frozen=True, slots=True)
class Training:
    """A trained labeler and what it was calibrated on.

    Attributes:
        labeler: The labeler.
        choice: Logits of the primary topic of the captured papers, from models that did not see them.
        member: Logits of membership of the same.
    """

    labeler: Labeler
    choice: Array
    member: Array


def _features(papers: Papers, ngram_scores: Array, *, hide_categories: bool = False) -> Array:
    evidence = [gather(*text) for text in papers.texts]
    categories = [()] * len(evidence) if hide_categories else papers.categories
    return np.concatenate([vote_features(evidence, categories), ngram_features(ngram_scores)], axis=2)


def _fit(papers: Papers, hidden: Array, shown: Array, weights: Array) -> PooledModel:
    """Fit on every paper, and once more with its categories where it has any, so that both kinds of input are known."""
    known = np.array([bool(one) for one in papers.categories])
    half = np.where(known, weights / 2, weights)
    return fit_pooled(
        np.concatenate([hidden, shown[known]]),
        np.concatenate([papers.primary, papers.primary[known]]),
        np.concatenate([papers.members, papers.members[known]]),
        ridge=RIDGE,
        weights=np.concatenate([half, half[known]]),
    )


def train(papers: Papers, *, precision: float = PRECISION) -> Training:
    """Train and calibrate a labeler.

    The text classifier is trained first; the pooled model learns from its leave-one-out scores. Probabilities are
    calibrated on captured papers by models that did not see them (ten folds, by group).

    Args:
        papers: Captured and invented papers.
        precision: Share of primary topics that is to be right among those the labeler does not abstain on.
    """
    weights = np.where(papers.real, REAL_WEIGHT, 1.0)
    classifier, left_out = NgramClassifier.fit(papers.texts, papers.primary, papers.members, weights)
    hidden = _features(papers, left_out, hide_categories=True)
    shown = _features(papers, left_out)
    choice, member = np.zeros_like(papers.members), np.zeros_like(papers.members)
    for seen, held in _folds(papers):
        model = _fit(papers.take(seen), hidden[seen], shown[seen], weights[seen])
        choice[held], member[held] = model.logits(hidden[held])
    real = papers.real
    calibration = calibrate(choice[real], member[real], papers.primary[real], papers.members[real], precision)
    model = _fit(papers, hidden, shown, weights)
    return Training(Labeler(classifier, model, calibration), choice[real], member[real])


def _folds(papers: Papers) -> list[tuple[Indices, Indices]]:
    folds = GroupKFold(n_splits=_FOLDS, shuffle=True, random_state=0)
    return list(folds.split(papers.primary, groups=papers.groups))


def out_of_fold(
    papers: Papers, *, precision: float = PRECISION, folds: int = _FOLDS, seed: int = 0
) -> list[tuple[Indices, Training]]:
    """Train a labeler for each fold of the captured papers, without that fold, from the ground up.

    Args:
        papers: Captured papers first, then invented ones, which are in every training.
        precision: As in `train`.
        folds: Number of folds.
        seed: What the drawing of the folds begins with.

    Returns:
        For each fold the indices of its papers and the training that did not see them.
    """
    real = np.flatnonzero(papers.real)
    invented = np.flatnonzero(~papers.real)
    split = GroupKFold(n_splits=folds, shuffle=True, random_state=seed).split(real, groups=papers.groups[real])
    return [
        (real[held], train(papers.take(np.concatenate([real[seen], invented])), precision=precision))
        for seen, held in split
    ]
