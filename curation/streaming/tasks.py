"""The tables of the benchmark, made of a few of the papers while the others are written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from curation.benchmark.read import task_entries
from curation.benchmark.tables import PAPER_COLUMNS, benchmark_of
from curation.release.assemble import benchmark_splits
from curation.release.writer import write_splits_of
from curation.split import with_assigned
from curation.streaming.context import Context
from curation.streaming.papers import LAID_OUT
from curation.streaming.workspace import Workspace
from curation.streaming.writing import hashes_of

__all__ = ["TASKS_DONE", "Candidates", "Tasks", "make_tasks", "read_tasks"]

TASKS_DONE = "tasks"
_RESULT = "result.json"


@dataclass(frozen=True, slots=True)
class Candidates:
    """What the tasks are made of.

    Attributes:
        batches: How many batches the third pass had.
        papers: How many papers there are.
        survivors: How many there were before stages rejected some.
        drawn: Splits that were drawn, by `paper_id`; they go before those that were laid out.
    """

    batches: int
    papers: int
    survivors: int
    drawn: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Tasks:
    """The tables of the benchmark, written.

    Attributes:
        rows: Rows of each table, by name and split.
        files: Their files from the part's folder, by name and split.
        entries: What the manifest says of the tasks.
        hashes: The sha256 of each file, by its path from the part's folder.
    """

    rows: dict[str, dict[str, int]]
    files: dict[str, dict[str, list[str]]]
    entries: Mapping[str, Mapping[str, Any]]
    hashes: dict[str, str]


def make_tasks(context: Context, job: Candidates) -> None:
    """Make the tables of the benchmark, and write them into a part of their own."""
    if context.work.part(TASKS_DONE, 0).is_dir():
        return
    # what was laid out for it serves unless more than half of all papers were rejected since
    name = "candidates" if job.papers >= job.survivors // 2 else "papers"
    columns = [*PAPER_COLUMNS, "split"]
    found = pa.concat_tables([context.work.read(LAID_OUT, number, name, columns) for number in range(job.batches)])
    made = benchmark_of(with_assigned(found, job.drawn), job.papers)
    tables = benchmark_splits(made.tables)
    entries = task_entries(tables, made.papers)
    rows = {name: {split: part.num_rows for split, part in splits.items()} for name, splits in tables.items()}
    with context.work.writing(TASKS_DONE, 0) as folder:
        files = {name: write_splits_of(name, splits, folder) for name, splits in tables.items()}
        (folder / _RESULT).write_text(json.dumps([rows, files, entries, hashes_of(folder)]), encoding="utf-8")


def read_tasks(work: Workspace) -> Tasks:
    """Return what `make_tasks` made."""
    return Tasks(*json.loads((work.part(TASKS_DONE, 0) / _RESULT).read_text(encoding="utf-8")))
