"""Tests of the declarations of tasks, and of naming them."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from pydantic import ValidationError

from curation.benchmark.task import MAIN_SCORES, Task, TaskType, pick_tasks, tasks
from curation.errors import LookupFailedError
from curation.schemas.tables import TABLES
from tests.commands import ROOT

FILES = sorted((ROOT / "curation" / "benchmark" / "tasks").iterdir())


def declared(path: Path) -> dict[str, object]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_declaration_says_what_it_must(path: Path) -> None:
    assert path.suffix == ".toml"
    task = Task.model_validate(declared(path))
    assert task == tasks()[path.stem]
    assert task.name == path.stem
    assert task.main_score == MAIN_SCORES[task.type]
    assert set(task.data) <= TABLES.keys()
    assert task.data == (["queries", "corpus", "qrels"] if task.type is TaskType.retrieval else ["papers"]) or (
        not task.from_release
    )
    for text in (task.title, task.licence, task.measures, *task.limits):
        assert text.strip()
        assert text == text.strip()
    assert not task.title.endswith(".")
    assert all(text.endswith(".") for text in (task.licence, task.measures, *task.limits))
    assert task.skip_identical <= (task.type is TaskType.retrieval)


def test_tasks_of_a_release_come_first() -> None:
    assert list(tasks()) == [
        "related-papers",
        "sentence-to-abstract",
        "title-to-abstract",
        "topic-clustering",
        "topic-primary",
        "topics",
        "math-repair",
        "near-duplicate",
    ]
    assert len({task.title for task in tasks().values()}) == len(FILES)
    assert set(MAIN_SCORES) == set(TaskType)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("name", "Topic"),
        ("name", "a--b"),
        ("version", "1.0"),
        ("type", "regression"),
        ("limits", []),
        ("data", "papers"),
        ("nope", 1),
        ("sanity", "yes"),
    ],
)
def test_a_wrong_declaration_is_refused(key: str, value: object) -> None:
    with pytest.raises(ValidationError, match=key):
        Task.model_validate({**declared(FILES[0]), key: value})


def test_tasks_are_picked_by_name_each_once() -> None:
    known = ["topics", "topic-primary"]
    assert [task.name for task in pick_tasks([], known)] == known
    assert [task.name for task in pick_tasks(["topic-primary", "topics", "topic-primary"], known)] == known[::-1]
    assert pick_tasks([], []) == []


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("topic", ("there is no task 'topic'", "expected: one of topics, topic-primary", "did you mean `topics`?")),
        ("xyz", ("there is no task 'xyz'", "what to do: name one of them, or none for all")),
        ("near-duplicate", ("there are no data here for the task 'near-duplicate'", "topics, topic-primary")),
        ("", ("there is no task ''",)),
    ],
)
def test_a_task_that_is_not_there_is_explained(name: str, parts: tuple[str, ...]) -> None:
    with pytest.raises(LookupFailedError) as raised:
        pick_tasks(["topics", name], ["topics", "topic-primary"])
    for part in parts:
        assert part in str(raised.value)
