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
from typing import Any, Final

import pyarrow as pa

from curation.benchmark.leaks import leaking_papers, query_in_document
from curation.benchmark.sentences import sentence_spans

__all__ = ["MOST_PAPERS", "Paper", "benchmark_papers", "task_candidates", "task_tables"]

# A larger release gives its tasks the papers whose hash is lowest: judgments grow with the square of the papers.
MOST_PAPERS: Final = 2000
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


@dataclass(frozen=True, slots=True)
class _Query:
    query_id: str
    paper_id: str | None
    text: str
    split: str
    relevant: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Document:
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
    return papers.filter(pa.array([_hash(paper) < share for paper in papers["paper_id"].to_pylist()], pa.bool_()))


def benchmark_papers(papers: pa.Table, count: int | None = None) -> list[Paper]:
    """Return the papers that tasks are made of, by `paper_id`.

    They are what `task_candidates` gives, but a paper of `validation` or `test` that resembles one of `train` is left
    out.

    Args:
        papers: The table `papers`, with its `split`: the whole, or what `task_candidates` gave of it.
        count: How many papers the whole has; the rows of `papers` when missing.
    """
    columns = ["paper_id", "title", "abstract", "topic_names", "split"]
    taken = task_candidates(papers.select(columns), papers.num_rows if count is None else count)
    return _not_leaking(
        tuple(
            Paper(row["paper_id"], row["title"], row["abstract"], tuple(row["topic_names"]), row["split"])
            for row in sorted(taken.to_pylist(), key=lambda row: str(row["paper_id"]))
        )
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
    rows: dict[str, list[dict[str, Any]]] = {"queries": [], "corpus": [], "qrels": []}
    for task, make in _MAKERS.items():
        queries, corpus = make(used)
        for query in queries:
            if not query.relevant:
                continue
            brief = {"task": task, "query_id": query.query_id}
            rows["queries"].append({**brief, "paper_id": query.paper_id, "text": query.text, "split": query.split})
            rows["qrels"] += [
                {**brief, "document_id": document, "relevance": 1, "split": query.split} for document in query.relevant
            ]
        rows["corpus"] += [{"task": task, **_columns(document)} for document in corpus]
    return {name: pa.Table.from_pylist(found, schema=_SCHEMAS[name]) for name, found in rows.items()}


def _columns(document: _Document) -> dict[str, str]:
    return {"document_id": document.document_id, "title": document.title, "text": document.text}


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

_Made = tuple[list[_Query], list[_Document]]


def _hash(text: str) -> float:
    """Return a number from 0 to 1 that depends on the text alone."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) / 2**64


def _title_to_abstract(papers: Sequence[Paper]) -> _Made:
    queries = [
        _Query(one.paper_id, one.paper_id, one.title, one.split, (one.paper_id,))
        for one in papers
        if not query_in_document(one.title, one.abstract)
    ]
    return queries, [_Document(one.paper_id, "", one.abstract) for one in papers]


def _sentence_to_abstract(papers: Sequence[Paper]) -> _Made:
    queries, corpus = [], []
    for one in papers:
        spans = sentence_spans(one.abstract)
        sentences = [one.abstract[start:end] for start, end in spans]
        taken = _take(one.paper_id, sentences)
        rest = " ".join(text for number, text in enumerate(sentences) if number not in taken)
        corpus.append(_Document(one.paper_id, "", rest))
        queries += [
            _Query(f"{one.paper_id}-{number}", one.paper_id, sentences[number], one.split, (one.paper_id,))
            for number in sorted(taken)
            if not query_in_document(sentences[number], rest)
        ]
    return queries, corpus


def _take(paper_id: str, sentences: Sequence[str]) -> set[int]:
    """Choose sentences by the paper's id, so that the choice depends on nothing else."""
    low, high = _WORDS
    fit = [number for number, text in enumerate(sentences) if low <= len(text.split()) <= high]
    ordered = sorted(fit, key=lambda number: _hash(f"{paper_id}-{number}"))
    return set(ordered[: min(_TAKEN, len(sentences) // 2)])


def _related_papers(papers: Sequence[Paper]) -> _Made:
    by_topic: dict[str, list[Paper]] = defaultdict(list)
    for one in papers:
        if one.topics:
            by_topic[one.topics[0]].append(one)
    queries = []
    for one in papers:
        others = [other for topic in one.topics[:1] for other in by_topic[topic] if other is not one]
        # a title that stands in another abstract (two parts of one work) would be found by its words
        if not any(query_in_document(one.title, other.abstract, own=False) for other in others):
            relevant = tuple(other.paper_id for other in others)
            queries.append(_Query(one.paper_id, one.paper_id, one.title, one.split, relevant))
    return queries, [_Document(one.paper_id, "", one.abstract) for one in papers if one.topics]


_MAKERS: dict[str, Callable[[Sequence[Paper]], _Made]] = {
    "related-papers": _related_papers,
    "sentence-to-abstract": _sentence_to_abstract,
    "title-to-abstract": _title_to_abstract,
}
