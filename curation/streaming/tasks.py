"""The tables of the benchmark, made of a few of the papers while the others are written."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from curation.benchmark.read import task_entries
from curation.benchmark.tables import PAPER_COLUMNS, task_candidates
from curation.release.assemble import Splits, benchmark_splits
from curation.schemas.stages import SPLITS
from curation.streaming.context import Context
from curation.streaming.papers import LAID_OUT
from curation.streaming.workspace import Workspace
from curation.streaming.writing import with_split

__all__ = ["Candidates", "Tasks", "make_tasks", "read_tasks"]

TASKS_DONE = "tasks"
_RESULT = "result.pickle"


@dataclass(frozen=True, slots=True)
class Candidates:
    """What the tasks are made of.

    Attributes:
        batches: How many batches the third pass had.
        papers: How many papers there are.
        survivors: How many there were before stages rejected some.
        drawn: Splits that were drawn, by `paper_id`; None if they were given.
    """

    batches: int
    papers: int
    survivors: int
    drawn: Mapping[str, str] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Tasks:
    """The tables of the benchmark, by name and split, and the manifest's entries of its tasks."""

    tables: Mapping[str, Splits]
    entries: Mapping[str, Mapping[str, Any]]


def make_tasks(context: Context, job: Candidates) -> None:
    """Make the tables of the benchmark, and put them down as a part."""
    if context.work.part(TASKS_DONE, 0).is_dir():
        return
    # what was laid out for it serves unless more than half of all papers were rejected since
    name = "candidates" if job.papers >= job.survivors // 2 else "papers"
    found = pa.concat_tables([context.work.read(LAID_OUT, number, name) for number in range(job.batches)])
    split = with_split(context, task_candidates(found, job.papers), job.drawn)
    texts = split.select(PAPER_COLUMNS)
    used = {part: texts.filter(pc.equal(split["split"], part)) for part in SPLITS}
    tables = benchmark_splits(used, job.papers)
    made = Tasks(tables, task_entries({"papers": used, **tables}, job.papers))
    with context.work.writing(TASKS_DONE, 0) as folder:
        (folder / _RESULT).write_bytes(pickle.dumps(made))


def read_tasks(work: Workspace) -> Tasks:
    """Return what `make_tasks` made."""
    found = pickle.loads((work.part(TASKS_DONE, 0) / _RESULT).read_bytes())  # noqa: S301  under a key of our own
    assert isinstance(found, Tasks)
    return found
