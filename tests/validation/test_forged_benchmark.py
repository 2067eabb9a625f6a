"""What validation finds in tasks that do not follow from the papers, and in what a manifest says of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from curation.benchmark.task import tasks
from curation.schemas.tables import TABLES
from tests.commands import curate
from tests.releases import Rows, edit_manifest, forge, read_rows
from tests.validation.forging import change_paper, findings, only, split_with

CHANGES: list[tuple[str, str, dict[str, Any]]] = [
    ("queries", "test", {"text": "Another text"}),
    ("queries", "train", {"paper_id": None}),
    ("corpus", "train", {"title": "A title"}),
    ("qrels", "validation", {"relevance": 2}),
]


def key_of(table: str, row: dict[str, Any]) -> str:
    return " ".join(str(row[part]) for part in TABLES[table].sort_key)


@pytest.mark.parametrize(("table", "split", "values"), CHANGES)
def test_rows_that_the_papers_do_not_give_are_found(copy: Path, table: str, split: str, values: dict[str, Any]) -> None:
    first, second, third, *_ = read_rows(copy, table, split)
    added = {**third, "task": "unheard-of"}

    def change(rows: Rows) -> Rows:
        rows[0].update(values)
        rows[1:2] = []
        return sorted([*rows, added], key=lambda row: [row[part] for part in TABLES[table].sort_key])

    forge(copy, table, change, split)
    found = findings(copy)
    assert {(finding.check, finding.where) for finding in found} == {("benchmark", table)}
    assert [finding.message for finding in found] == [
        f"row {key_of(table, first)} is not what the papers give",
        f"row {key_of(table, added)} does not follow from the papers",
        f"row {key_of(table, second)} is missing",
    ]


def test_a_query_in_another_split_is_found(copy: Path) -> None:
    moved = read_rows(copy, "queries", "test")[0]
    forge(copy, "queries", lambda rows: rows[1:], "test")
    forge(copy, "queries", lambda rows: sorted([*rows, moved], key=lambda row: (row["task"], row["query_id"])), "train")
    assert only(copy).message == f"row {key_of('queries', moved)} is not what the papers give"


def test_a_long_list_of_wrong_rows_is_cut(copy: Path) -> None:
    forge(copy, "qrels", lambda rows: [{**row, "relevance": 2} for row in rows], "test")
    found = findings(copy)
    rows = len(read_rows(copy, "qrels", "test"))
    assert {(finding.check, finding.where) for finding in found} == {("benchmark", "qrels")}
    assert len(found) < 30 < rows
    assert found[-1].message == f"{rows - len(found) + 1} more rows"


def test_a_manifest_that_says_something_else_of_tasks_is_found(copy: Path) -> None:
    def change(manifest: dict[str, Any]) -> None:
        tasks = manifest["benchmark"]
        tasks["topics"].update(data_sha256="0" * 64)
        tasks["topic-primary"].update(version="1.0.1")
        tasks["topic-clustering"]["left_out"].clear()
        tasks["related-papers"]["sizes"].update(queries=1)
        tasks["title-to-abstract"].update(main_score="f1")
        tasks.pop("sentence-to-abstract")
        tasks["more"] = dict(tasks["topics"])

    edit_manifest(copy, change)
    ended = curate("validate", copy, "--format", "json")
    assert ended.code == 1, ended.err
    found = [finding for finding in json.loads(ended.out)["findings"] if finding["check"] == "benchmark"]
    changed = [name for name in sorted([*tasks(), "more"]) if name not in {"near-duplicate", "math-repair"}]
    assert [(finding["where"], finding["message"]) for finding in found] == [
        ("manifest.json", f"what is said of the task {name} is not what its data are") for name in changed
    ]


def test_wrong_papers_are_told_as_that_alone(copy: Path) -> None:
    """A label, or a text, that is wrong gives wrong tasks, which are not told again row by row."""
    _, paper = split_with(copy, lambda row: len(row["topics"]) > 1)
    turned = paper["topics"][::-1]
    names = paper["topic_names"][::-1]
    change_paper(
        copy,
        lambda row: row["paper_id"] == paper["paper_id"],
        topics=turned,
        topic_names=names,
        primary_topic=turned[0],
        primary_topic_name=names[0],
    )
    assert {finding.check for finding in findings(copy)} == {"labels"}


def test_tasks_of_one_page_are_checked_as_well(page_copy: Path) -> None:
    assert curate("validate", page_copy).code == 0
    checks = json.loads(curate("validate", page_copy, "--format", "json").out)["checks"]
    assert "benchmark" in checks
    forge(page_copy, "corpus", lambda rows: rows[1:])
    assert only(page_copy).check == "benchmark"
