"""The tables of a release that hold the data of its retrieval tasks: `queries`, `corpus`, `qrels` (the terms of BEIR).

They follow from the table `papers` alone. What a paper gives depends on no other paper, so that adding papers adds
rows and changes none, unless a new paper makes one leak, or the papers outgrow `MOST_PAPERS`.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from operator import itemgetter
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa

from curation.benchmark.leaks import leaking_papers, query_in_document
from curation.benchmark.texts import STAYS, TAKEN_OUT, TITLE, Paper, Texts, texts_of
from curation.benchmark.words import Numbered, sharing

__all__ = [
    "MOST_PAPERS",
    "PAPER_COLUMNS",
    "Benchmark",
    "Paper",
    "benchmark_of",
    "benchmark_papers",
    "task_candidates",
    "task_tables",
]

# A larger release gives its tasks the papers whose hash is lowest: judgments grow with the square of the papers.
MOST_PAPERS: Final = 2000
PAPER_COLUMNS: Final = ("paper_id", "title", "abstract", "topic_names")
"""What the tasks use of the table `papers`, beside the split."""


@dataclass(frozen=True)
class Benchmark:
    """What the tasks are made of, and the tables that follow from it."""

    _texts: Texts

    @property
    def papers(self) -> Sequence[Paper]:
        """The papers, by `paper_id`."""
        return self._texts.papers

    @cached_property
    def tables(self) -> Mapping[str, pa.Table]:
        """Rows of `queries`, `corpus` and `qrels`; the first and last with the column `split`."""
        return _tables_of(self._texts)


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
    return list(benchmark_of(papers, count).papers)


def task_tables(papers: pa.Table, count: int | None = None) -> dict[str, pa.Table]:
    """Return the rows of `queries`, `corpus` and `qrels`; the first and last with the column `split`.

    Args:
        papers: The table `papers`, with its `split`: the whole, or what `task_candidates` gave of it.
        count: How many papers the whole has; the rows of `papers` when missing.
    """
    return dict(benchmark_of(papers, count).tables)


def benchmark_of(papers: pa.Table, count: int | None = None) -> Benchmark:
    """Return what `benchmark_papers` and `task_tables` give of the same papers.

    Args:
        papers: The table `papers`, with its `split`: the whole, or what `task_candidates` gave of it.
        count: How many papers the whole has; the rows of `papers` when missing.
    """
    columns = [*PAPER_COLUMNS, "split"]
    taken = task_candidates(papers.select(columns), papers.num_rows if count is None else count)
    rows = sorted(zip(*(taken[name].to_pylist() for name in columns), strict=True), key=itemgetter(0))
    return _benchmark_of(
        tuple(Paper(name, title, text, tuple(topics), part) for name, title, text, topics, part in rows)
    )


# a second build or validation of the same papers in one process gives the same
@lru_cache(maxsize=4)
def _benchmark_of(papers: tuple[Paper, ...]) -> Benchmark:
    texts, spoken = texts_of(papers)
    leaking = leaking_papers(papers, spoken)
    kept = [at for at, one in enumerate(papers) if one.paper_id not in leaking]
    return Benchmark(texts.of(kept) if leaking else texts)


def _tables_of(texts: Texts) -> dict[str, pa.Table]:
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


def _title_to_abstract(texts: Texts) -> _Made:
    maybe = texts.may_stand(TITLE, STAYS, TAKEN_OUT)
    queries = [
        _Query(one.paper_id, one.paper_id, one.title, one.split, (one.paper_id,))
        for at, one in enumerate(texts.papers, texts.titles)
        if not (at in maybe and query_in_document(one.title, one.abstract))
    ]
    return queries, [_Document(one.paper_id, "", one.abstract) for one in texts.papers]


def _sentence_to_abstract(texts: Texts) -> _Made:
    queries, corpus = [], []
    maybe, first = texts.may_stand(TAKEN_OUT, STAYS), 0
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


def _related_papers(texts: Texts) -> _Made:
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


def _told_elsewhere(texts: Texts) -> set[int]:
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
_MAKERS: dict[str, Callable[[Texts], _Made]] = {
    "related-papers": _related_papers,
    "sentence-to-abstract": _sentence_to_abstract,
    "title-to-abstract": _title_to_abstract,
}
