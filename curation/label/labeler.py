"""The labeler: topics for papers that nobody annotated, with probabilities, or an abstention."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from curation.label.calibration import Calibration
from curation.label.features import FEATURE_NAMES, Array, ngram_features, vote_features
from curation.label.functions import LABELING_FUNCTIONS, gather
from curation.label.ngrams import ANALYZERS, NgramClassifier
from curation.label.pooled import PooledModel
from curation.label.readable import why_unreadable
from curation.label.version import LABELER_VERSION
from curation.schemas.stages import MAX_TOPICS
from curation.schemas.taxonomy import TOPIC_IDS

__all__ = ["Answer", "Labeler", "load_labeler"]

_BATCH: Final = 256
_ARRAYS: Final = "labeler.npz"
_FACTS: Final = "labeler.json"
_DIGITS: Final = 3


@dataclass(frozen=True, slots=True)
class Answer:
    """What the labeler says of a paper.

    Attributes:
        topics: Taxonomy ids: the primary one, then further ones in the order of the taxonomy; empty if it abstains.
        scores: Probability of each topic of the taxonomy, to three digits; empty where the text could not be read.
        reason: Why it abstains, one of `curation.label.readable.REASONS`; None where it gives topics.
    """

    topics: tuple[str, ...]
    scores: tuple[float, ...]
    reason: str | None


@dataclass(frozen=True, slots=True)
class Labeler:
    """A trained labeler.

    Attributes:
        classifier: The text classifier.
        model: The pooled model over labeling functions, categories and the classifier's scores.
        calibration: How its logits become probabilities and labels.
    """

    classifier: NgramClassifier
    model: PooledModel
    calibration: Calibration

    @property
    def version(self) -> str:
        """The version of the labeler."""
        return LABELER_VERSION

    def probabilities(
        self, texts: Sequence[tuple[str, str]], categories: Sequence[Sequence[str]] | None = None
    ) -> tuple[Array, Array]:
        """Return probabilities of primary topics and of membership.

        Args:
            texts: Title and abstract of each paper.
            categories: arXiv categories of each, the primary one first; none are known when missing.

        Returns:
            Twice shape (papers, topics): for each topic to be the primary one, and to be among the paper's.
        """
        if not texts:
            return np.zeros((0, len(TOPIC_IDS))), np.zeros((0, len(TOPIC_IDS)))
        votes = vote_features([gather(*text) for text in texts], categories or [()] * len(texts))
        features = np.concatenate([votes, ngram_features(self.classifier.scores(texts))], axis=2)
        choice, member = self.model.logits(features)
        return self.calibration.primary(choice), self.calibration.membership(member)

    def label(
        self, papers: Iterable[tuple[str | None, str | None, Sequence[str]]], *, threshold: float | None = None
    ) -> Iterator[Answer]:
        """Label papers, in their order.

        Args:
            papers: Title, abstract and arXiv categories (empty where they are not known) of each.
            threshold: Probability of the primary topic below which it abstains; the one it was trained for when
                missing.
        """
        least = self.calibration.least_confidence if threshold is None else threshold
        iterator = iter(papers)
        while batch := [paper for _, paper in zip(range(_BATCH), iterator, strict=False)]:
            yield from self._batch(batch, least)

    def _batch(self, papers: list[tuple[str | None, str | None, Sequence[str]]], least: float) -> Iterator[Answer]:
        reasons = [why_unreadable(title, abstract) for title, abstract, _ in papers]
        read = [paper for paper, reason in zip(papers, reasons, strict=True) if reason is None]
        shares, inside = self.probabilities([(str(one[0]), str(one[1])) for one in read], [one[2] for one in read])
        found = iter(zip(shares, inside, strict=True))
        for reason in reasons:
            yield Answer((), (), reason) if reason is not None else self._answer(*next(found), least)

    def _answer(self, shares: Array, inside: Array, least: float) -> Answer:
        scores = tuple(round(float(score), _DIGITS) for score in inside)
        primary = int(shares.argmax())
        if shares[primary] < least:
            return Answer((), scores, "not sure")
        likely = [at for at in np.argsort(-inside, kind="stable").tolist() if at != primary]
        further = [at for at in likely if inside[at] >= self.calibration.member_threshold][: MAX_TOPICS - 1]
        return Answer(tuple(TOPIC_IDS[at] for at in (primary, *sorted(further))), scores, None)

    def save(self, folder: Path, facts: dict[str, Any]) -> None:
        """Write the labeler as plain arrays (`labeler.npz`, no pickle) and its facts (`labeler.json`).

        Args:
            folder: Where to; files there are replaced.
            facts: What else to state in `labeler.json`.
        """
        arrays: dict[str, Any] = {
            "ngram_bias": self.classifier.bias,
            "ngram_weights": self.classifier.weights.astype(np.float16),
        }
        for number, vectorizer in enumerate(self.classifier.vectorizers):
            arrays[f"ngrams_{number}"] = np.array(vectorizer.get_feature_names_out(), dtype=np.str_)
            arrays[f"idf_{number}"] = vectorizer.idf_
        arrays |= {f"pooled_{part.name}": getattr(self.model, part.name) for part in fields(PooledModel)}
        # one text for each vocabulary: an array of strings pads them all to the longest
        for number in range(len(ANALYZERS)):
            text = "\n".join(arrays[f"ngrams_{number}"].tolist())
            arrays[f"ngrams_{number}"] = np.frombuffer(text.encode(), dtype=np.uint8)
        np.savez_compressed(folder / _ARRAYS, **arrays)
        told = {
            "version": LABELER_VERSION,
            "topics": list(TOPIC_IDS),
            "features": list(FEATURE_NAMES),
            "labeling_functions": len(LABELING_FUNCTIONS),
            "calibration": asdict(self.calibration),
            **facts,
        }
        (folder / _FACTS).write_text(json.dumps(told, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Labeler:
        """Read a labeler that `save` wrote."""
        facts = json.loads((folder / _FACTS).read_text(encoding="utf-8"))
        with np.load(folder / _ARRAYS, allow_pickle=False) as arrays:
            vectorizers = tuple(
                _vectorizer(options, bytes(arrays[f"ngrams_{number}"]).decode().split("\n"), arrays[f"idf_{number}"])
                for number, options in enumerate(ANALYZERS)
            )
            classifier = NgramClassifier(vectorizers, arrays["ngram_weights"].astype(float), arrays["ngram_bias"])
            model = PooledModel(*(arrays[f"pooled_{part.name}"] for part in fields(PooledModel)))
        return cls(classifier, model, Calibration(**facts["calibration"]))


def _vectorizer(options: dict[str, Any], vocabulary: list[str], idf: Array) -> TfidfVectorizer:
    vectorizer = TfidfVectorizer(**options, vocabulary={term: number for number, term in enumerate(vocabulary)})
    vectorizer.idf_ = idf
    return vectorizer


@cache
def load_labeler() -> Labeler:
    """Load the labeler that comes with the package, once."""
    with resources.as_file(resources.files("curation.label").joinpath("model")) as folder:
        return Labeler.load(folder)
