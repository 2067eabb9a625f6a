"""Classification: linear classifiers over a model's vectors, trained on repeated small draws from `train`.

The protocol is that of MTEB (Muennighoff et al., "MTEB: Massive Text Embedding Benchmark", 2023): ten draws of eight
papers of each class, one logistic regression each, the mean of ten scores. The draws are MTEB's own, paper by paper.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from curation.benchmark.data import LabelledData
from curation.benchmark.evidence import Evidence, Outcome
from curation.benchmark.models.base import Encoder, Vectors
from curation.benchmark.models.checked import encoded_parts, prepared

__all__ = [
    "DRAWS",
    "SAMPLES_PER_LABEL",
    "draw_primary",
    "draw_several",
    "evaluate_classification",
    "several_classifier",
]

DRAWS: Final = 10
SAMPLES_PER_LABEL: Final = 8
_ITERATIONS: Final = 100

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.int64]


def draw_primary(labels: Sequence[int], seed: int) -> list[list[int]]:
    """Draw training papers, at most eight of each class, ten times.

    Args:
        labels: Class of each paper of `train`.
        seed: Of the shuffles. Each draw shuffles the order that the one before left, from the same state.
    """
    order = list(range(len(labels)))
    draws = []
    for _ in range(DRAWS):
        # the older generator, since MTEB's draws come from it
        np.random.RandomState(seed).shuffle(order)
        counts: Counter[int] = Counter()
        drawn = []
        for paper in order:
            if counts[labels[paper]] < SAMPLES_PER_LABEL:
                drawn.append(paper)
                counts[labels[paper]] += 1
        draws.append(drawn)
    return draws


def draw_several(labels: Sequence[Sequence[int]], seed: int) -> list[list[int]]:
    """Draw training papers until eight have each topic, ten times; a paper counts for all its topics."""
    generator = np.random.default_rng(seed)
    draws = []
    for _ in range(DRAWS):
        order = np.arange(len(labels)).tolist()
        generator.shuffle(order)
        counts: Counter[int] = Counter()
        drawn = []
        for paper in order:
            if any(counts[label] < SAMPLES_PER_LABEL for label in labels[paper]):
                drawn.append(paper)
                counts.update(labels[paper])
        draws.append(drawn)
    return draws


def several_classifier() -> Any:
    """Return one logistic regression for each topic; classes weigh the same, since most papers lack most topics."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.multioutput import MultiOutputClassifier

    return MultiOutputClassifier(LogisticRegression(max_iter=_ITERATIONS, class_weight="balanced", random_state=0))


def evaluate_classification(
    data: LabelledData, model: Encoder, seed: int, progress: Callable[[int], None], *, several: bool
) -> Outcome:
    """Score vectors by classifiers of primary topics, or of all topics (`several`)."""
    prepared(model, data.train.texts)
    train, test = encoded_parts(model, [data.train.texts, data.test.texts], progress)
    # many small fits: threads would wait for each other, and sums would depend on their number
    with warnings.catch_warnings(), threadpool_limits(1):
        from sklearn.exceptions import ConvergenceWarning

        # a hundred iterations are the protocol, reached or not
        warnings.simplefilter("ignore", ConvergenceWarning)
        return _several(data, train, test, seed) if several else _primary(data, train, test, seed)


def _primary(data: LabelledData, train: Vectors, test: Vectors, seed: int) -> Outcome:
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import f1_score

    labels = np.array([label for (label,) in data.train.labels])
    right = np.array([label for (label,) in data.test.labels])
    hits, macro = [], []
    for drawn in draw_primary(labels.tolist(), seed):
        classifier = LogisticRegression(max_iter=_ITERATIONS, random_state=seed).fit(train[drawn], labels[drawn])
        given = classifier.predict(test)
        hits.append(given == right)
        macro.append(float(f1_score(right, given, average="macro")))
    per_paper = np.mean(hits, axis=0)
    accuracies = np.mean(hits, axis=1)
    return Outcome(
        {"accuracy": float(accuracies.mean()), "f1": float(np.mean(macro))},
        Evidence("papers", tuple(map(float, per_paper)), data.test.ids),
        {"draws": DRAWS, "accuracy_sd_over_draws": float(accuracies.std(ddof=1))},
    )


def _several(data: LabelledData, train: Vectors, test: Vectors, seed: int) -> Outcome:
    from sklearn.metrics import f1_score, label_ranking_average_precision_score

    labels, right = (_flags(part.labels, len(data.names)) for part in (data.train, data.test))
    ranked, macro, micro = [], [], []
    for drawn in draw_several(data.train.labels, seed):
        scores, given = _answers(train[drawn], labels[drawn], test)
        ranked.append(
            [
                label_ranking_average_precision_score(right[row : row + 1], scores[row : row + 1])
                for row in range(len(right))
            ]
        )
        macro.append(float(f1_score(right, given, average="macro", zero_division=0)))
        micro.append(float(f1_score(right, given, average="micro", zero_division=0)))
    values: Floats = np.array(ranked)
    return Outcome(
        {"lrap": float(values.mean()), "f1": float(np.mean(macro)), "micro_f1": float(np.mean(micro))},
        Evidence("papers", tuple(map(float, values.mean(axis=0))), data.test.ids),
        {"draws": DRAWS, "lrap_sd_over_draws": float(values.mean(axis=1).std(ddof=1))},
    )


def _answers(train: Vectors, labels: Flags, test: Vectors) -> tuple[Floats, Flags]:
    """Return how probable each topic is for each paper of `test`, and whether it is given to it."""
    # a topic that all papers of a draw have needs no classifier, and gets none
    given = np.repeat(labels[:1], test.shape[0], axis=0)
    scores = given.astype(np.float64)
    differing = np.flatnonzero(np.ptp(labels, axis=0))
    if len(differing):
        classifier = several_classifier().fit(train, labels[:, differing])
        scores[:, differing] = np.stack([found[:, 1] for found in classifier.predict_proba(test)], axis=1)
        given[:, differing] = classifier.predict(test)
    return scores, given


def _flags(labels: Sequence[Sequence[int]], topics: int) -> Flags:
    flags = np.zeros((len(labels), topics), dtype=np.int64)
    for row, given in enumerate(labels):
        flags[row, list(given)] = 1
    return flags
