"""Scoring through MTEB, and what it says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import mteb

__all__ = ["QUIET", "Counting", "score_of", "scored"]

QUIET = (
    # of MTEB and of sentence-transformers, about calls that MTEB itself makes
    "ignore:The fill_missing parameter is deprecated:DeprecationWarning",
    "ignore:The `get_sentence_embedding_dimension` method has been renamed:FutureWarning",
    # of scikit-learn, where MTEB scores: a class that no paper is given, vectors that are the same, and a hundred
    # iterations that are the protocol's
    "ignore:Precision is ill-defined:sklearn.exceptions.UndefinedMetricWarning",
    "ignore:Number of distinct clusters:sklearn.exceptions.ConvergenceWarning",
    "ignore:lbfgs failed to converge:sklearn.exceptions.ConvergenceWarning",
)


def scored(model: Any, tasks: Any, cache: Path | None = None, **more: Any) -> list[Any]:
    """Return the results of a model, one for each task."""
    kept = None if cache is None else mteb.ResultCache(cache)
    done = mteb.evaluate(model, tasks, cache=kept, show_progress_bar=False, co2_tracker=False, **more)
    found: list[Any] = done.task_results
    return found


def score_of(result: Any) -> float:
    """Return the main score with all digits that MTEB has of it."""
    ((scores,),) = result.scores.values()
    return float(scores.get("ndcg_at_10_unrounded", scores["main_score"]))


class Counting:
    """An encoder that counts the texts it was given; its vectors are their lengths."""

    packages: Sequence[str] = ("numpy",)

    def __init__(self, name: str = "counting") -> None:
        self.name = name
        self.learnt = 0
        self.texts = 0

    def prepare(self, texts: Sequence[str]) -> None:
        """Count texts."""
        self.learnt += len(texts)

    def encode(self, texts: Sequence[str]) -> Any:
        """Return a vector for each text."""
        import numpy as np

        self.texts += len(texts)
        return np.array([[len(text), len(text.split())] for text in texts], dtype=float)
