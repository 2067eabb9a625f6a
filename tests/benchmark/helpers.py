"""Invented papers and the data of tasks made of them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa

from curation.benchmark.data import PairData, TaskData
from curation.benchmark.evidence import Evidence, interval_of
from curation.benchmark.read import BenchmarkData, task_data
from curation.benchmark.results import Result, write_result
from curation.benchmark.tables import Paper, task_tables
from curation.schemas.taxonomy import TOPIC_IDS

__all__ = [
    "benchmark_of",
    "invented",
    "paper_id",
    "papers_table",
    "queries_result",
    "some_pairs",
    "write_module",
    "write_results",
]

SPLITS = ("train", "train", "train", "validation", "test", "test")


def paper_id(name: object) -> str:
    return hashlib.sha256(str(name).encode()).hexdigest()[:16]


def invented(count: int = 72, topics: int = 3, seed: int = 0) -> list[Paper]:
    """Papers of a few topics; half of the words of an abstract are those of its topic."""
    chance = Random(seed)
    papers = []
    for number in range(count):
        topic = number % topics
        own = [f"{'abc'[topic % 3]}word{topic}x{one}" for one in range(40)]
        others = [f"word{one}" for one in range(600)]
        sentences = []
        for _ in range(5):
            words = [chance.choice(own if chance.random() < 0.5 else others) for _ in range(10)]
            sentences.append(" ".join(words).capitalize() + ".")
        title = f"Title{number} {chance.choice(own)} {' '.join(sentences[0].lower().split()[2:4])}"
        split = SPLITS[number // topics % len(SPLITS)]
        topic_names = (TOPIC_IDS[topic], *(TOPIC_IDS[one] for one in range(topics) if one != topic and number % 4 == 0))
        papers.append(Paper(paper_id(f"{seed}-{number}"), title, " ".join(sentences), topic_names, split))
    return papers


def papers_table(papers: Sequence[Paper]) -> pa.Table:
    columns = {
        "paper_id": [one.paper_id for one in papers],
        "title": [one.title for one in papers],
        "abstract": [one.abstract for one in papers],
        "topic_names": pa.array([list(one.topics) for one in papers], pa.list_(pa.string())),
        "split": [one.split for one in papers],
    }
    return pa.table(columns)


def some_pairs(count: int = 30) -> PairData:
    """Pairs of abstracts, every second one of texts that are nearly the same, three pairs to a group."""
    papers = invented(count + 1, seed=5)
    left = [one.abstract for one in papers[:count]]
    right = [
        f"{one.abstract} More." if number % 2 else papers[number + 1].abstract
        for number, one in enumerate(papers[:count])
    ]
    return PairData(
        tuple(f"{number:04}" for number in range(count)),
        tuple(left),
        tuple(right),
        tuple(number % 2 for number in range(count)),
        tuple(0.9 if number % 2 else 0.1 for number in range(count)),
        tuple(f"g{number // 3:04}" for number in range(count)),
    )


def benchmark_of(papers: Sequence[Paper], source: str = "invented 1.0.0") -> BenchmarkData:
    """Every task that invented papers give, and pairs."""
    table = papers_table(papers)
    found: Mapping[str, TaskData] = task_data(table, task_tables(table))
    return BenchmarkData(source, {**found, "near-duplicate": some_pairs()})


def queries_result(model: str, values: Sequence[float], task: str = "title-to-abstract", **more: Any) -> Result:
    """A result of a retrieval task that is made of these values."""
    groups = tuple(paper_id(number) for number in range(len(values)))
    evidence = more.pop("evidence", Evidence("queries", tuple(values), groups))
    score = more.pop("score", sum(values) / len(values))
    made = Result(
        task=task,
        version="1.0.0",
        type="retrieval",
        data_sha256="ab" * 32,
        source="invented 1.0.0",
        sizes={"queries": len(values), "documents": 9, "judgments": len(values), "units": len(values)},
        model=model,
        model_packages={"numpy": "2.0"},
        packages={"numpy": "2.0"},
        seed=42,
        main_score="ndcg_at_10",
        scores={"ndcg_at_10": score, "mrr_at_10": score / 2},
        interval=interval_of(evidence),
        details={"draws": 3},
        evidence=evidence,
        seconds=1.25,
    )
    return replace(made, **more)


def write_results(folder: Path, *results: Result) -> Path:
    for one in results:
        write_result(folder, one)
    return folder


def write_module(folder: Path, name: str, text: str) -> Path:
    path = folder / f"{name}.py"
    path.write_text(text, encoding="utf-8")
    return path
