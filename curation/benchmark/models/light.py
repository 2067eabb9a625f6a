"""Baselines that need no trained network, no download, and seconds: what any model has to beat."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from curation.benchmark.models.base import Encoder, Model, Scores, Vectors

__all__ = ["LIGHT", "light_model"]

_SKLEARN: Final = ("scikit-learn", "scipy", "numpy")


class Random:
    """Vectors drawn by the hash of the text: chance level."""

    name = "random"
    packages: Sequence[str] = ("numpy",)
    _DIMENSIONS: Final = 64

    def prepare(self, texts: Sequence[str]) -> None:
        """Nothing to learn."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return normal vectors, shape (texts, 64)."""
        seeds = (int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) for text in texts)
        return np.stack([np.random.default_rng(seed).standard_normal(self._DIMENSIONS) for seed in seeds])


class Majority:
    """The same vector for each text, so that a classifier can only name the commonest class; ties everywhere else."""

    name = "majority"
    packages: Sequence[str] = ("numpy",)

    def prepare(self, texts: Sequence[str]) -> None:
        """Nothing to learn."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return ones, shape (texts, 1)."""
        return np.ones((len(texts), 1))


class _Weighted:
    """Vectors of a scikit-learn vectorizer."""

    packages: Sequence[str] = _SKLEARN

    def __init__(self, name: str, **options: object) -> None:
        self.name = name
        self._options = options
        self._learnt: object = None

    def prepare(self, texts: Sequence[str]) -> None:
        """Learn the vocabulary and its inverse document frequencies."""
        from sklearn.feature_extraction.text import TfidfVectorizer

        self._vectorizer = TfidfVectorizer(**self._options).fit(texts)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return sparse rows of length 1."""
        rows: Vectors = self._vectorizer.transform(texts)
        return rows


class LatentSemantics:
    """Latent semantic analysis: TF-IDF reduced by a singular value decomposition.

    100 dimensions, as Deerwester et al., "Indexing by Latent Semantic Analysis" (1990), took, and scikit-learn advises.
    """

    name = "lsa"
    packages: Sequence[str] = _SKLEARN
    _DIMENSIONS: Final = 100

    def prepare(self, texts: Sequence[str]) -> None:
        """Learn vocabulary and dimensions."""
        from sklearn.decomposition import TruncatedSVD
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import Normalizer

        vectorizer = TfidfVectorizer(sublinear_tf=True).fit(texts)
        # no dimension beyond those of the different texts: the solver would draw it
        most = min(self._DIMENSIONS, len(set(texts)), len(vectorizer.vocabulary_)) - 1
        # two passes of a randomized solver change in the last digits with the library; ARPACK's start is seeded
        reduce = TruncatedSVD(max(1, most), algorithm="arpack", random_state=0)
        self._pipeline = make_pipeline(vectorizer, reduce, Normalizer())
        self._pipeline[1:].fit(vectorizer.transform(texts))

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return rows of length 1, shape (texts, at most 100)."""
        rows: Vectors = self._pipeline.transform(texts)
        return rows


class BM25:
    """Okapi BM25 (Robertson et al., 1994) as bm25s has it: Lucene's variant, k1 1.5, b 0.75, English stop words."""

    name = "bm25"
    packages: Sequence[str] = ("bm25s", "numpy")

    def search(self, queries: Sequence[str], documents: Sequence[str]) -> Scores:
        """Return the scores of all documents for each query; 0 where they share no word."""
        import bm25s

        index = bm25s.BM25()
        index.index(bm25s.tokenize(list(documents), stopwords="en", show_progress=False), show_progress=False)
        words = bm25s.tokenize(list(queries), stopwords="en", return_ids=False, show_progress=False)
        nothing = np.zeros(len(documents))
        return np.stack([index.get_scores(found) if found else nothing for found in words])


LIGHT: Final[dict[str, Callable[[], Model]]] = {
    "random": Random,
    "majority": Majority,
    "words": lambda: _Weighted("words", binary=True, use_idf=False),
    "tfidf": lambda: _Weighted("tfidf", sublinear_tf=True),
    "chars": lambda: _Weighted("chars", analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True),
    "lsa": LatentSemantics,
    "bm25": BM25,
}
"""Makers of the light baselines by name; each but `bm25` is an encoder."""


def light_model(name: str) -> Model:
    """Return a new light baseline."""
    return LIGHT[name]()


_: Sequence[type[Encoder]] = (Random, Majority, _Weighted, LatentSemantics)
