"""The tables of a release that hold the data of its retrieval tasks: `queries`, `corpus`, `qrels` (the terms of BEIR).

They follow from the table `papers` alone. What a paper gives depends on no other paper, so that adding papers adds
rows and changes none, unless a new paper makes one leak, or the papers outgrow `MOST_PAPERS`.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from curation.benchmark.leaks import leaking_papers, may_stand, query_in_document
from curation.benchmark.sentences import sentence_spans
from curation.benchmark.words import Numbered, number, sharing

__all__ = ["MOST_PAPERS", "PAPER_COLUMNS", "Paper", "benchmark_papers", "task_candidates", "task_tables"]

# A larger release gives its tasks the papers whose hash is lowest: judgments grow with the square of the papers.
MOST_PAPERS: Final = 2000
PAPER_COLUMNS: Final = ("paper_id", "title", "abstract", "topic_names")
"""What the tasks use of the table `papers`, beside the split."""
# Sentences taken out of an abstract, at most, and never more than half of them.
_TAKEN: Final = 3
# Words of a sentence that can tell which paper it belongs to.
_WORDS: Final = (8, 60)


@dataclass(frozen=True, slots=True)
class Paper:
    """What the tasks use of a paper; topics by name, the primary one first, none where the labeler abstained."""

    paper_id: str
    title: str
    abstract: str
    topics: tuple[str, ...]
    split: str

    @property
    def text(self) -> str:
        """Title and abstract."""
        return f"{self.title}\n\n{self.abstract}"


class _Query(NamedTuple):
    query_id: str
    paper_id: str | None
    text: str
    split: str
    relevant: tuple[str, ...]


class _Document(NamedTuple):
    document_id: str
    title: str
    text: str


def task_candidates(papers: pa.Table, count: int) -> pa.Table:
    """Return the papers that tasks may be made of, before leaks are looked for.

    Of more than `MOST_PAPERS` a share of 1/2, 1/4, … is taken by hash, so a release that outgrows a limit loses half of
    the rows of its tasks. Taking twice takes the same, so the papers may come in parts.

    Args:
        papers: Rows of the table `papers`.
        count: How many papers the release has.
    """
    share = 1.0
    while count * share > MOST_PAPERS:
        share /= 2
    if share == 1:
        return papers
    digests = [hashlib.sha256(paper.encode()).digest() for paper in papers["paper_id"].to_pylist()]
    # of all at once what `_hash` gives
    return papers.filter(pa.array(np.frombuffer(b"".join(digests), ">u8")[::4] / 2.0**64 < share))


def benchmark_papers(papers: pa.Table, count: int | None = None) -> list[Paper]:
    """Return the papers that tasks are made of, by `paper_id`.

    They are what `task_candidates` gives, but a paper of `validation` or `test` that resembles one of `train` is left
    out.

    Args:
        papers: The table `papers`, with its `split`: the whole, or what `task_candidates` gave of it.
        count: How many papers the whole has; the rows of `papers` when missing.
    """
    columns = [*PAPER_COLUMNS, "split"]
    taken = task_candidates(papers.select(columns), papers.num_rows if count is None else count)
    rows = sorted(zip(*(taken[name].to_pylist() for name in columns), strict=True), key=itemgetter(0))
    return _not_leaking(
        tuple(Paper(name, title, text, tuple(topics), part) for name, title, text, topics, part in rows)
    )


# a build asks for its tables and then for their hashes, a validation once more
@lru_cache(maxsize=2)
def _not_leaking(papers: tuple[Paper, ...]) -> list[Paper]:
    leaking = leaking_papers(papers)
    return [paper for paper in papers if paper.paper_id not in leaking]


def task_tables(papers: pa.Table, count: int | None = None) -> dict[str, pa.Table]:
    """Return the rows of `queries`, `corpus` and `qrels`; the first and last with the column `split`.

    Args:
        papers: The table `papers`, with its `split`: the whole, or what `task_candidates` gave of it.
        count: How many papers the whole has; the rows of `papers` when missing.
    """
    return dict(_tables_of(tuple(benchmark_papers(papers, count))))


# a second build or validation of the same papers in one process gives the same tables
@lru_cache(maxsize=4)
def _tables_of(used: tuple[Paper, ...]) -> dict[str, pa.Table]:
    texts = _texts_of(used)
    found: dict[str, list[tuple[str | int | None, ...]]] = {name: [] for name in _SCHEMAS}
    for task, make in _MAKERS.items():
        queries, corpus = make(texts)
        for query in queries:
            if query.relevant:
                found["queries"].append((task, *query[:-1]))
                found["qrels"] += [(task, query.query_id, document, 1, query.split) for document in query.relevant]
        found["corpus"] += [(task, *document) for document in corpus]
    return {name: _table(rows, _SCHEMAS[name]) for name, rows in found.items()}


def _table(rows: Sequence[tuple[str | int | None, ...]], schema: pa.Schema) -> pa.Table:
    columns = [pa.array([row[place] for row in rows], field.type) for place, field in enumerate(schema)]
    return pa.table(columns, schema)


_SCHEMAS = {
    "queries": pa.schema([(name, pa.string()) for name in ("task", "query_id", "paper_id", "text", "split")]),
    "corpus": pa.schema([(name, pa.string()) for name in ("task", "document_id", "title", "text")]),
    "qrels": pa.schema(
        [
            *((name, pa.string()) for name in ("task", "query_id", "document_id")),
            ("relevance", pa.int64()),
            ("split", pa.string()),
        ]
    ),
}


def _hash(text: str) -> float:
    """Return a number from 0 to 1 that depends on the text alone."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) / 2**64


@dataclass(frozen=True, slots=True)
class _Texts:
    """Papers and their words.

    Attributes:
        papers: The papers.
        sentences: Of each paper's abstract.
        taken: The sentences that are taken out of each abstract, by their number in it, ascending.
        words: Of all sentences, paper after paper, and then of all titles.
        owner: The number of the paper that each text of `words` is of.
        role: What each text of `words` is: a sentence that stays, one that is taken, or a title.
    """

    papers: Sequence[Paper]
    sentences: Sequence[Sequence[str]]
    taken: Sequence[Sequence[int]]
    words: Numbered
    owner: NDArray[np.int64]
    role: NDArray[np.int64]

    @property
    def titles(self) -> int:
        """How many texts of `words` stand before the titles."""
        return len(self.owner) - len(self.papers)

    def may_stand(self, role: int, *parts: int) -> set[int]:
        """Return which texts of a role may stand in the texts of their paper that have other roles."""
        asked, known = self.role == role, np.isin(self.role, parts)
        return may_stand(self.words, np.where(asked, self.owner, -1), np.where(known, self.owner, -1))


_STAYS, _TAKEN_OUT, _TITLE = range(3)


def _texts_of(papers: Sequence[Paper]) -> _Texts:
    sentences = [[one.abstract[start:end] for start, end in sentence_spans(one.abstract)] for one in papers]
    taken = [_take(one.paper_id, said) for one, said in zip(papers, sentences, strict=True)]
    counts = [len(said) for said in sentences]
    numbers = np.arange(len(papers))
    out = chain.from_iterable((at in gone for at in range(count)) for gone, count in zip(taken, counts, strict=True))
    return _Texts(
        papers,
        sentences,
        taken,
        number([*chain.from_iterable(sentences), *(one.title for one in papers)]),
        np.concatenate([np.repeat(numbers, counts), numbers]),
        np.concatenate([np.fromiter(out, np.int64, sum(counts)), np.full(len(papers), _TITLE)]),
    )


def _title_to_abstract(texts: _Texts) -> _Made:
    maybe = texts.may_stand(_TITLE, _STAYS, _TAKEN_OUT)
    queries = [
        _Query(one.paper_id, one.paper_id, one.title, one.split, (one.paper_id,))
        for at, one in enumerate(texts.papers, texts.titles)
        if not (at in maybe and query_in_document(one.title, one.abstract))
    ]
    return queries, [_Document(one.paper_id, "", one.abstract) for one in texts.papers]


def _sentence_to_abstract(texts: _Texts) -> _Made:
    queries, corpus = [], []
    maybe, first = texts.may_stand(_TAKEN_OUT, _STAYS), 0
    for one, sentences, taken in zip(texts.papers, texts.sentences, texts.taken, strict=True):
        rest = " ".join(text for at, text in enumerate(sentences) if at not in taken)
        corpus.append(_Document(one.paper_id, "", rest))
        queries += [
            _Query(f"{one.paper_id}-{at}", one.paper_id, sentences[at], one.split, (one.paper_id,))
            for at in taken
            if not (first + at in maybe and query_in_document(sentences[at], rest))
        ]
        first += len(sentences)
    return queries, corpus


def _take(paper_id: str, sentences: Sequence[str]) -> list[int]:
    """Choose sentences by the paper's id, so that the choice depends on nothing else."""
    low, high = _WORDS
    most = min(_TAKEN, len(sentences) // 2)
    fit = [at for at, text in enumerate(sentences) if low <= len(text.split()) <= high] if most else []
    if len(fit) > most:
        fit = sorted(fit, key=lambda at: _hash(f"{paper_id}-{at}"))[:most]
    return sorted(fit)


def _related_papers(texts: _Texts) -> _Made:
    papers = texts.papers
    by_topic: dict[str, list[Paper]] = defaultdict(list)
    for one in papers:
        if one.topics:
            by_topic[one.topics[0]].append(one)
    told = _told_elsewhere(texts) if by_topic else set()
    queries = []
    for at, one in enumerate(papers):
        if one.topics and at not in told:
            relevant = tuple(other.paper_id for other in by_topic[one.topics[0]] if other is not one)
            queries.append(_Query(one.paper_id, one.paper_id, one.title, one.split, relevant))
    return queries, [_Document(one.paper_id, "", one.abstract) for one in papers if one.topics]


def _told_elsewhere(texts: _Texts) -> set[int]:
    """Return the papers whose title stands in another abstract of their topic (two parts of one work).

    It would be found by its words.
    """
    papers, offsets = texts.papers, texts.words.offsets
    begins = np.searchsorted(texts.owner[: texts.titles], np.arange(len(papers)))
    whole = Numbered(texts.words.numbers, np.concatenate([offsets[begins], offsets[texts.titles :]]))
    told = set()
    # what is found has eight words in a row, or most of thirteen in runs of five: an n-gram at least
    for abstract, title in sharing(whole, np.repeat([0, 1], len(papers)), 1):
        one, other = papers[title - len(papers)], papers[abstract]
        together = one is not other and one.topics[:1] == other.topics[:1]
        if together and query_in_document(one.title, other.abstract, own=False):
            told.add(title - len(papers))
    return told


_Made = tuple[list[_Query], list[_Document]]
_MAKERS: dict[str, Callable[[_Texts], _Made]] = {
    "related-papers": _related_papers,
    "sentence-to-abstract": _sentence_to_abstract,
    "title-to-abstract": _title_to_abstract,
}
