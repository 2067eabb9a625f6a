"""Tasks, one declarative file each in `tasks/`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from curation.errors import LookupFailedError

__all__ = ["MAIN_SCORES", "Task", "TaskType", "pick_tasks", "tasks"]


class TaskType(StrEnum):
    """What a model is asked for; MTEB's types of the same names."""

    classification = "classification"
    multilabel_classification = "multilabel-classification"
    clustering = "clustering"
    retrieval = "retrieval"
    pair_classification = "pair-classification"


MAIN_SCORES: dict[TaskType, str] = {
    TaskType.classification: "accuracy",
    TaskType.multilabel_classification: "lrap",
    TaskType.clustering: "ami",
    TaskType.retrieval: "ndcg_at_10",
    TaskType.pair_classification: "cosine_ap",
}
"""The score that ranks models, by type of task, under the names that MTEB gives them."""


class Task(BaseModel):
    """A task of the benchmark.

    Attributes:
        name: Lower case, with hyphens.
        version: Changes when another score would be another task's: MAJOR where scores cannot be compared.
        type: What a model is asked for.
        title: A line for tables.
        data: Configs of a release that hold its data; empty where the data are made from a larger source.
        main_score: What ranks models, one of `MAIN_SCORES`.
        licence: Of the texts.
        measures: What a good score shows.
        limits: What it does not show.
        skip_identical: Whether a document with the query's own id is left out of its ranking (retrieval).
        sanity: Whether the task is nearly solved and kept as a check.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
    type: Annotated[TaskType, Field(strict=False)]
    title: str
    data: list[str]
    main_score: str
    licence: str
    measures: str
    limits: Annotated[list[str], Field(min_length=1)]
    skip_identical: bool = False
    sanity: bool = False

    @property
    def from_release(self) -> bool:
        """Whether its data stand in every release."""
        return bool(self.data)


@cache
def tasks() -> dict[str, Task]:
    """Return all tasks by name, those from a release first, in the order of their files."""
    files = (one for one in resources.files("curation.benchmark").joinpath("tasks").iterdir())
    found = sorted((one for one in files if one.name.endswith(".toml")), key=lambda one: one.name)
    read = [Task.model_validate(tomllib.loads(one.read_text(encoding="utf-8"))) for one in found]
    return {task.name: task for task in sorted(read, key=lambda task: not task.from_release)}


def pick_tasks(names: Iterable[str], known: Iterable[str]) -> list[Task]:
    """Return tasks by name, each once; all that are known where no name is given.

    Args:
        names: What was asked for.
        known: Names of the tasks whose data are at hand.

    Raises:
        LookupFailedError: A task does not exist, or its data are not at hand.
    """
    import difflib

    at_hand = list(known)
    wanted = list(dict.fromkeys(names)) or at_hand
    for name in wanted:
        if name in at_hand:
            continue
        close = difflib.get_close_matches(name, at_hand, n=1)
        what = f"there are no data here for the task {name!r}" if name in tasks() else f"there is no task {name!r}"
        raise LookupFailedError(
            what,
            expected=f"one of {', '.join(at_hand)}",
            hint=f"did you mean `{close[0]}`?" if close else "name one of them, or none for all",
        )
    return [tasks()[name] for name in wanted]
