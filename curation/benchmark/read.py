"""Reading the data of tasks from a release, or from a folder of tasks made of a larger source."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from curation.benchmark.data import (
    LabelledData,
    LabelledTexts,
    Queries,
    RetrievalData,
    TaskData,
    Texts,
    data_sha256,
    sizes,
)
from curation.benchmark.tables import Paper, benchmark_papers
from curation.benchmark.task import Task, TaskType, tasks
from curation.errors import Location, ReleaseError
from curation.release.reader import Release
from curation.schemas.taxonomy import TOPIC_IDS

__all__ = ["BenchmarkData", "benchmark_of", "joined", "open_benchmark", "task_data", "task_entries"]

# Papers that a topic needs: eight are drawn for training (as MTEB does), four let a score move in steps below a third.
LEAST_TRAIN: Final = 8
LEAST_TEST: Final = 4


@dataclass(frozen=True, slots=True)
class BenchmarkData:
    """The tasks of one source.

    Attributes:
        source: What it is called in results: name and version of a release, or the name of a folder of tasks.
        tasks: Data by name of the task.
    """

    source: str
    tasks: Mapping[str, TaskData]


def open_benchmark(target: str | Path) -> BenchmarkData:
    """Open the tasks of a release, named as `curation.references` has it, or of a folder of tasks.

    Raises:
        ReleaseError: It is neither, or damaged, or a release from before there were tasks.
        InputFileError: A folder of tasks is damaged.
        VersionNotFoundError: The place has no such version.
        HubError: The Hub refuses, or cannot be reached and the version is not in the cache.
    """
    from curation.benchmark.scale import is_task_folder, read_task_folder
    from curation.references import open_reference

    if is_task_folder(Path(target)):
        return BenchmarkData(Path(target).resolve().name, read_task_folder(Path(target)))
    release = open_reference(target)
    if "queries" not in release.manifest["tables"]:
        raise ReleaseError(
            f"this release has no tasks (schema version {release.manifest['schema_version']})",
            where=Location(release.folder),
            expected="a release of schema version 1.3.0 or later",
            hint="build it again, or name a later version",
        )
    tables = {name: _with_split(release, name) for name in ("queries", "corpus", "qrels")}
    found = task_data(_with_split(release, "papers"), tables)
    return BenchmarkData(f"{release.manifest['name']} {release.manifest['version']}", found)


def benchmark_of(target: str | Path) -> list[Paper]:
    """Return the papers of a release that its tasks are made of.

    Raises:
        ReleaseError: There is no release, or it is damaged.
        VersionNotFoundError: The place has no such version.
        HubError: The Hub refuses, or cannot be reached and the version is not in the cache.
    """
    from curation.references import open_reference

    return benchmark_papers(_with_split(open_reference(target), "papers"))


def _with_split(release: Release, table: str) -> pa.Table:
    splits = release.manifest["tables"][table]
    return joined(
        {split: pa.concat_tables([release.read_file(path) for path in release.files(table, split)]) for split in splits}
    )


def joined(splits: Mapping[str, pa.Table]) -> pa.Table:
    """Return the splits of a table as one, with the column `split`."""
    parts = [
        part.append_column("split", pa.array([split] * part.num_rows, pa.string())) for split, part in splits.items()
    ]
    return pa.concat_tables(parts)


def task_entries(
    tables: Mapping[str, Mapping[str, pa.Table]], used: Sequence[Paper] | None = None
) -> dict[str, dict[str, Any]]:
    """Return what a manifest says of the tasks: version, hash of the data, sizes, labels that are not scored.

    Args:
        tables: The published tables, by name and split.
        used: What `benchmark_papers` gives of `papers`, which then need not be among the tables.
    """
    whole = {name: joined(tables[name]) for name in ("queries", "corpus", "qrels")}
    found = _data_of_tasks(benchmark_papers(joined(tables["papers"])) if used is None else used, whole)
    return {
        name: {
            "version": tasks()[name].version,
            "type": tasks()[name].type.value,
            "main_score": tasks()[name].main_score,
            "data_sha256": data_sha256(data),
            "sizes": sizes(data),
            "left_out": dict(data.left_out) if isinstance(data, LabelledData) else {},
        }
        for name, data in sorted(found.items())
    }


def task_data(papers: pa.Table, tables: Mapping[str, pa.Table]) -> dict[str, TaskData]:
    """Return the data of every task of a release; those without a single thing to score are left out.

    Args:
        papers: The whole table `papers`, with its `split`.
        tables: `queries`, `corpus` and `qrels` with their `split`.
    """
    return _data_of_tasks(benchmark_papers(papers), tables)


def _data_of_tasks(used: Sequence[Paper], tables: Mapping[str, pa.Table]) -> dict[str, TaskData]:
    found = {name: _data_of(task, used, tables) for name, task in tasks().items() if task.from_release}
    return {name: data for name, data in found.items() if data is not None}


def _data_of(task: Task, papers: Sequence[Paper], tables: Mapping[str, pa.Table]) -> TaskData | None:
    if task.type is TaskType.retrieval:
        return _retrieval(task, tables)
    labelled = _labelled(papers, task.type)
    return labelled if len(labelled.names) > 1 else None


def _labelled(papers: Sequence[Paper], kind: TaskType) -> LabelledData:
    several = kind is TaskType.multilabel_classification
    parts = {
        split: [(one, one.topics if several else one.topics[:1]) for one in papers if one.split == split and one.topics]
        for split in ("train", "test")
    }
    counts = {split: Counter(topic for _, topics in part for topic in topics) for split, part in parts.items()}
    needed = {"test": LEAST_TEST} if kind is TaskType.clustering else {"train": LEAST_TRAIN, "test": LEAST_TEST}
    short = {
        topic: ", ".join(f"{counts[split][topic]} in {split}" for split, least in needed.items())
        for topic in TOPIC_IDS
        if any(counts[split][topic] < least for split, least in needed.items())
    }
    names = tuple(topic for topic in TOPIC_IDS if topic not in short)
    train, test = (_part(parts[split], names) for split in ("train", "test"))
    if kind is TaskType.clustering:
        train = LabelledTexts((), (), ())
    return LabelledData(names, train, test, short)


def _part(papers: Iterable[tuple[Paper, Sequence[str]]], names: Sequence[str]) -> LabelledTexts:
    codes = {name: code for code, name in enumerate(names)}
    rows = [
        (one.paper_id, one.text, tuple(sorted(codes[topic] for topic in given if topic in codes)))
        for one, given in papers
    ]
    kept = [row for row in rows if row[2]]
    return LabelledTexts(*(tuple(row[column] for row in kept) for column in range(3)))  # type: ignore[arg-type]


def _retrieval(task: Task, tables: Mapping[str, pa.Table]) -> RetrievalData | None:
    corpus = _columns(tables["corpus"], task.name, "document_id")
    queries, qrels = (_columns(_scored(tables[name]), task.name, "query_id") for name in ("queries", "qrels"))
    if not queries["query_id"]:
        return None
    relevant: dict[str, dict[str, int]] = defaultdict(dict)
    for query, document, relevance in zip(qrels["query_id"], qrels["document_id"], qrels["relevance"], strict=True):
        relevant[query][document] = relevance
    return RetrievalData(
        Queries(
            tuple(queries["query_id"]),
            tuple(queries["text"]),
            tuple(paper or query for query, paper in zip(queries["query_id"], queries["paper_id"], strict=True)),
        ),
        Texts(
            tuple(corpus["document_id"]),
            # as MTEB joins them
            tuple(f"{title} {text}".strip() for title, text in zip(corpus["title"], corpus["text"], strict=True)),
        ),
        {query: dict(sorted(found.items())) for query, found in sorted(relevant.items())},
        task.skip_identical,
    )


def _scored(table: pa.Table) -> pa.Table:
    return table.filter(pc.equal(table["split"], "test"))


def _columns(table: pa.Table, task: str, key: str) -> dict[str, list[Any]]:
    """Return the columns of the rows of a task, in the order of their key."""
    own = table.filter(pc.equal(table["task"], task)).sort_by(key)
    return {name: own[name].to_pylist() for name in own.column_names}
