"""What a task gives a model, whatever it was read from, and the hash of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

__all__ = [
    "LabelledData",
    "LabelledTexts",
    "PairData",
    "Queries",
    "RetrievalData",
    "TaskData",
    "Texts",
    "data_sha256",
    "sizes",
]


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts and their ids, in ascending order of the ids."""

    ids: tuple[str, ...]
    texts: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class LabelledTexts(Texts):
    """Texts with labels.

    Attributes:
        labels: Of each text, positions in the task's names, ascending; exactly one unless the task is multi-label.
    """

    labels: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class LabelledData:
    """Data of a classification or clustering task.

    Attributes:
        names: Of the labels.
        train: What a classifier learns from; empty for clustering.
        test: What is scored.
        left_out: Labels that are not scored, and why.
    """

    names: tuple[str, ...]
    train: LabelledTexts
    test: LabelledTexts
    left_out: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Queries(Texts):
    """Queries.

    Attributes:
        groups: What each query was taken from (a paper, a topic). Queries of one group are not independent, so
            intervals are over groups.
    """

    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RetrievalData:
    """Data of a retrieval task.

    Attributes:
        queries: Those that are scored (split `test`).
        corpus: Documents; a title stands before its text, with a blank between, as MTEB joins them.
        qrels: Relevance of documents by query, whole numbers above 0; each query has at least one.
        skip_identical: Whether a document with the query's own id is left out of its ranking.
    """

    queries: Queries
    corpus: Texts
    qrels: Mapping[str, Mapping[str, int]]
    skip_identical: bool = False


@dataclass(frozen=True, slots=True)
class PairData:
    """Data of a pair classification task.

    Attributes:
        ids: Of the pairs, ascending.
        left: First texts.
        right: Second texts.
        labels: 1 where the pair belongs together, else 0.
        similarities: The measured similarity that the label follows from, 0 to 1.
        groups: What each pair was made from; pairs of one group are not independent.
    """

    ids: tuple[str, ...]
    left: tuple[str, ...]
    right: tuple[str, ...]
    labels: tuple[int, ...]
    similarities: tuple[float, ...]
    groups: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.ids)


TaskData = LabelledData | RetrievalData | PairData


def data_sha256(data: TaskData) -> str:
    """Return the sha256 of everything a score depends on, 64 hex digits: JSON lines of the rows in their order."""
    digest = hashlib.sha256()
    for row in _rows(data):
        digest.update(b"[%b]\n" % b", ".join(map(_json, row)))
    return digest.hexdigest()


_encode: Final = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode
# bytes that stand in a JSON text as they are: all but control characters, quotes and backslashes
_PLAIN: Final = bytes(code for code in range(0x20, 0x100) if code not in b'"\\')


def _json(value: Any) -> bytes:
    # most texts have nothing to escape, which is told three times as fast as an encoder copies them
    if isinstance(value, str) and not (plain := value.encode()).translate(None, _PLAIN):
        return b'"%b"' % plain
    return _encode(value).encode()


def _rows(data: TaskData) -> Iterator[list[Any]]:
    if isinstance(data, LabelledData):
        yield ["labels", *data.names]
        for split, part in (("train", data.train), ("test", data.test)):
            for row in zip(part.ids, part.texts, part.labels, strict=True):
                yield [split, *row]
    elif isinstance(data, RetrievalData):
        yield ["skip_identical", data.skip_identical]
        for query in zip(data.queries.ids, data.queries.groups, data.queries.texts, strict=True):
            yield ["query", *query]
        for document in zip(data.corpus.ids, data.corpus.texts, strict=True):
            yield ["document", *document]
        for name, documents in sorted(data.qrels.items()):
            yield ["qrels", name, dict(documents)]
    else:
        columns = (data.ids, data.left, data.right, data.labels, data.similarities, data.groups)
        for pair in zip(*columns, strict=True):
            yield ["pair", *pair]


def sizes(data: TaskData) -> dict[str, int]:
    """Return how many texts of each kind the data have; `units` are what intervals are over."""
    if isinstance(data, LabelledData):
        return {"labels": len(data.names), "train": len(data.train), "test": len(data.test), "units": len(data.test)}
    if isinstance(data, RetrievalData):
        judgments = sum(map(len, data.qrels.values()))
        units = len(set(data.queries.groups))
        return {"queries": len(data.queries), "documents": len(data.corpus), "judgments": judgments, "units": units}
    return {"pairs": len(data), "positive": sum(data.labels), "units": len(set(data.groups))}
