"""What the benchmark asks of a model.

Model
├── Encoder     texts to vectors; all tasks
└── Searcher    scores of documents by query; retrieval only
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
import numpy.typing as npt

__all__ = ["Encoder", "Model", "Scores", "Searcher", "Vectors", "described"]

Vectors: TypeAlias = npt.NDArray[Any] | Any
"""One row for each text, an array or a sparse matrix of SciPy; shape (texts, dimensions)."""

Scores = npt.NDArray[np.floating[Any]]
"""Shape (queries, documents); higher is better."""


class Model(Protocol):
    """Anything that can be scored."""

    @property
    def name(self) -> str:
        """What it is called on the command line and in results."""

    @property
    def packages(self) -> Sequence[str]:
        """Names of the installed packages whose versions its scores depend on."""


@runtime_checkable
class Encoder(Model, Protocol):
    """Turns texts into vectors that are compared by cosine.

    One that treats queries and documents differently may have `encode_queries` and `encode_documents`, too; retrieval
    asks these where they are.
    """

    def prepare(self, texts: Sequence[str]) -> None:
        """Learn from texts without labels, before a task; models that have learnt already do nothing.

        Args:
            texts: The documents of a retrieval task, the training texts of a classification, the texts of a clustering,
                both sides of pairs.
        """

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one vector for each text."""


@runtime_checkable
class Searcher(Model, Protocol):
    """Scores documents for queries without vectors."""

    def search(self, queries: Sequence[str], documents: Sequence[str]) -> Scores:
        """Return the scores of all documents for each query."""


def described(model: Model) -> Mapping[str, str]:
    """Return the versions of the packages that a model names, for its results."""
    from importlib.metadata import PackageNotFoundError, version

    found = {}
    for package in model.packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found
