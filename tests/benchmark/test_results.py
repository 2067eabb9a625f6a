"""Tests of results: they are read back as they were, and what is none is refused with its path."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.benchmark.evidence import Evidence, interval_of
from curation.benchmark.results import Result, read_result, read_results, result_path, write_result
from curation.errors import BenchmarkError, OutputError
from tests.benchmark.helpers import paper_id, queries_result, write_results
from tests.commands import tree
from tests.profiles import examples

PAPERS = tuple(paper_id(number) for number in range(6))
SUBSETS = Evidence("subsets", (0.1, -0.05, 0.2), PAPERS, taken=4, seed=42)
PAIRS = Evidence("pairs", (0.1, -0.5, 0.9, 0.8), ("a", "a", "b", "b"), labels=(0, 0, 1, 1))


@pytest.mark.parametrize("evidence", [None, SUBSETS, PAIRS, Evidence("papers", (0.1, 1.0), PAPERS[:2])])
def test_a_result_is_read_back_as_it_was(tmp_path: Path, evidence: Evidence | None) -> None:
    result = queries_result("st:ä/ö “x”\n", [0.1, 1 / 3, 1.0])
    if evidence is not None:
        result = replace(result, evidence=evidence, interval=interval_of(evidence))
    write_result(tmp_path, result)
    path = result_path(tmp_path, result.model, result.task)
    assert read_result(path) == result
    assert read_results(tmp_path) == [result]
    before = path.read_bytes()
    write_result(tmp_path, read_result(path))
    assert path.read_bytes() == before
    assert "ä/ö “x”" in before.decode()
    assert [name for name, content in tree(tmp_path).items() if content is not None] == [f"st-x/{result.task}.json"]


@examples(40)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=8), st.floats(0, 100))
def test_no_digit_is_lost(values: list[float], seconds: float) -> None:
    result = queries_result("m", values, seconds=seconds)
    assert json.loads(json.dumps(result.as_json())) == result.as_json()
    assert result.as_json()["evidence"]["values"] == values


@pytest.mark.parametrize(
    ("model", "folder"),
    [
        ("tfidf", "tfidf"),
        ("st:owner/all-MiniLM_L6.v2", "st-owner-all-MiniLM_L6.v2"),
        ("my.module:function", "my.module-function"),
        ("../../etc", "etc"),
        (".", "model"),
        ("…", "model"),
        ("a b\n/c", "a-b-c"),
    ],
)
def test_a_models_folder_has_signs_that_any_file_name_may_have(model: str, folder: str) -> None:
    assert result_path(Path("out"), model, "topics") == Path("out") / folder / "topics.json"


Change = Callable[[dict[str, Any]], object]
WRONG: dict[str, tuple[Change, str]] = {
    "format": (lambda data: data.update(format="paper-abstracts-benchmark/2"), "`format`"),
    "unknown key": (lambda data: data.update(more=1), "`more`"),
    "missing key": (lambda data: data.pop("seed"), "`seed`"),
    "text for a number": (lambda data: data.update(score="high"), "`score`"),
    "hash": (lambda data: data["task"].update(data_sha256="xyz"), "`task.data_sha256`"),
    "no model": (lambda data: data["model"].update(name=""), "`model.name`"),
    "kind": (lambda data: data["evidence"].update(kind="guesses"), "`evidence.kind`"),
    "no values": (lambda data: data["evidence"].update(values=[]), "`evidence.values`"),
    "score": (lambda data: data.update(score=0.9), "the main score is not among the scores"),
    "main score": (lambda data: data.update(main_score="map"), "the main score is not among the scores"),
    "units": (lambda data: data["evidence"].update(units=2), "the units are not those of the evidence"),
    "no groups": (lambda data: data["evidence"].update(groups=[], units=0), "the units are not those"),
    "values": (lambda data: data["evidence"]["values"].pop(), "not as many groups as values"),
    "labels": (lambda data: data["evidence"].update(labels=[1]), "not as many labels as pairs"),
    "pairs": (lambda data: data["evidence"].update(kind="pairs"), "not as many labels as pairs"),
    "subsets": (lambda data: data["evidence"].update(kind="subsets"), "subsets need papers that are left out"),
    "whole": (lambda data: data["evidence"].update(kind="subsets", taken=3), "subsets need papers that are left out"),
}
for number in ("NaN", "Infinity", "-Infinity"):
    WRONG[number] = (lambda data, number=number: data.update(high=float(number)), f"{number} is no number")  # type: ignore[misc]
    WRONG[f"{number} in details"] = (
        lambda data, number=number: data["details"].update(x=[float(number)]),  # type: ignore[misc]
        f"{number} is no number",
    )


def damaged(folder: Path, content: bytes) -> str:
    path = result_path(folder, "m", "title-to-abstract")
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    with pytest.raises(BenchmarkError) as raised:
        read_results(folder)
    message = str(raised.value)
    assert message.startswith(f"{path}: this is no result: ")
    assert "expected: a JSON file as `curate benchmark` writes it" in message
    assert "what to do: remove it" in message
    return message


@pytest.mark.parametrize("name", WRONG)
def test_a_file_that_is_no_result_is_refused_with_its_path(tmp_path: Path, name: str) -> None:
    change, part = WRONG[name]
    data = queries_result("m", [0.1, 0.2, 0.3]).as_json()
    change(data)
    assert part in damaged(tmp_path, json.dumps(data).encode())


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b"{}", b"\xff", b"[" * 100_000, b'{"a": 1e999}', json.dumps({"scores": []}).encode()],
    ids=lambda content: repr(content[:9]),
)
def test_a_damaged_file_is_refused_with_its_path(tmp_path: Path, content: bytes) -> None:
    damaged(tmp_path, content)


def test_a_number_too_large_for_a_float_is_refused(tmp_path: Path) -> None:
    text = json.dumps(queries_result("m", [0.5, 0.25]).as_json())
    assert '"seconds": 1.25' in text
    assert "`seconds`" in damaged(tmp_path, text.replace('"seconds": 1.25', '"seconds": 1e999').encode())


def test_a_file_cut_anywhere_is_refused(tmp_path: Path) -> None:
    text = json.dumps(queries_result("m", [0.5, 0.25]).as_json()).encode()
    for end in range(0, len(text), 37):
        damaged(tmp_path, text[:end])


def test_results_are_read_by_task_and_model_and_nothing_else_is(tmp_path: Path) -> None:
    made = [queries_result(model, [0.1, 0.2], task) for task in ("topics", "related-papers") for model in "ba"]
    write_results(tmp_path, *made)
    (tmp_path / "a" / ".topics.json.99.partial").write_text("{")
    (tmp_path / "a" / ".hidden.json").write_text("{")
    (tmp_path / "notes.json").write_text("{")
    (tmp_path / "chart.svg").write_text("<svg/>")
    assert read_results(tmp_path) == made[::-1]


@pytest.mark.parametrize("folder", ["empty", "missing", "file"])
def test_a_folder_without_results_is_explained(tmp_path: Path, folder: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("x")
    with pytest.raises(
        BenchmarkError, match=r"there are no results\nexpected: a folder as `curate benchmark --out DIR`"
    ):
        read_results(tmp_path / folder)


def test_a_place_that_cannot_be_written_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match=r"the folder cannot be made .*\nwhat to do: choose another --out"):
        write_result(tmp_path / "file", queries_result("m", [0.5]))
    blocked = result_path(tmp_path, "m", "title-to-abstract")
    blocked.mkdir(parents=True)
    with pytest.raises(OutputError, match="the file cannot be written"):
        write_result(tmp_path, queries_result("m", [0.5]))
    assert list(blocked.parent.iterdir()) == [blocked]


def test_the_main_score_is_one_of_the_scores() -> None:
    result: Result = queries_result("m", [0.25, 0.75])
    assert result.score == result.as_json()["score"] == 0.5
