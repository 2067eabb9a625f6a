"""Tests of retrieval tasks in the files of BEIR."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from curation.benchmark import beir
from curation.benchmark.beir import export_beir
from curation.benchmark.data import Queries, RetrievalData, Texts
from curation.benchmark.read import BenchmarkData
from curation.errors import LookupFailedError, OutputError
from tests.benchmark.helpers import benchmark_of, invented
from tests.commands import tree

TEXTS = ('line\none\r\n“quoted” "text"', "tab\there, \\n and é𝛼", "separators \u2028 \u0085 \x1c end", "'plain'")
HARD = RetrievalData(
    Queries(("q1", "q2"), (TEXTS[0], "two\t"), ("q1", "q2")),
    Texts(("d1", "d2", "d3", "d4"), TEXTS),
    {"q1": {"d1": 1, "d3": 2}, "q2": {"d2": 1}},
)
INVENTED = benchmark_of(invented(30))


def exported(monkeypatch: pytest.MonkeyPatch, out: Path, data: BenchmarkData, *tasks: str) -> dict[str, dict[str, int]]:
    monkeypatch.setattr(beir, "open_benchmark", lambda target: data)
    return export_beir("any", out, tasks)


def lines(path: Path) -> list[dict[str, Any]]:
    content = path.read_bytes()
    assert content.endswith(b"\n")
    assert b"\r" not in content
    return [json.loads(line) for line in content[:-1].split(b"\n")]


def read_back(folder: Path) -> tuple[dict[str, str], dict[str, str], dict[str, dict[str, int]]]:
    """Queries, documents and judgments, as any tool reads them."""
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*")} == {
        "corpus.jsonl",
        "queries.jsonl",
        "qrels",
        "qrels/test.tsv",
    }
    documents, queries = lines(folder / "corpus.jsonl"), lines(folder / "queries.jsonl")
    assert all(list(row) == ["_id", "title", "text"] and row["title"] == "" for row in documents)
    assert all(list(row) == ["_id", "text"] for row in queries)
    judged: dict[str, dict[str, int]] = {}
    header, *rows = (folder / "qrels" / "test.tsv").read_text(encoding="utf-8").split("\n")[:-1]
    assert header == "query-id\tcorpus-id\tscore"
    for row in rows:
        query, document, grade = row.split("\t")
        judged.setdefault(query, {})[document] = int(grade)
    return (
        {row["_id"]: row["text"] for row in queries},
        {row["_id"]: row["text"] for row in documents},
        judged,
    )


@pytest.mark.parametrize("data", [HARD, INVENTED.tasks["related-papers"], INVENTED.tasks["sentence-to-abstract"]])
def test_what_is_read_back_is_what_models_get(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, data: RetrievalData
) -> None:
    told = exported(monkeypatch, tmp_path / "new" / "out", BenchmarkData("x", {"title-to-abstract": data}))
    queries, documents, judged = read_back(tmp_path / "new" / "out" / "title-to-abstract")
    assert queries == dict(zip(data.queries.ids, data.queries.texts, strict=True))
    assert documents == dict(zip(data.corpus.ids, data.corpus.texts, strict=True))
    assert judged == data.qrels
    judgments = sum(map(len, data.qrels.values()))
    counts = {"documents": len(data.corpus), "queries": len(data.queries), "judgments": judgments}
    assert told == {"title-to-abstract": counts}


def test_tasks_of_retrieval_are_written_all_or_those_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    every = {"related-papers", "sentence-to-abstract", "title-to-abstract"}
    assert exported(monkeypatch, tmp_path / "all", INVENTED).keys() == every
    assert {path.name for path in (tmp_path / "all").iterdir()} == every
    some = exported(monkeypatch, tmp_path / "some", INVENTED, "title-to-abstract,related-papers", "related-papers")
    assert list(some) == ["title-to-abstract", "related-papers"]
    assert {path.name for path in (tmp_path / "some").iterdir()} == set(some)
    for name, part in (("topics", "there are no data here"), ("title-to", "did you mean `title-to-abstract`")):
        with pytest.raises(LookupFailedError, match=part):
            exported(monkeypatch, tmp_path / "none", INVENTED, name)
    assert not (tmp_path / "none").exists()


def test_an_earlier_export_is_replaced(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    exported(monkeypatch, tmp_path, BenchmarkData("x", {"title-to-abstract": HARD}))
    first = tree(tmp_path)
    exported(monkeypatch, tmp_path, INVENTED, "title-to-abstract")
    second = tree(tmp_path)
    assert first.keys() == second.keys()
    assert first["title-to-abstract/corpus.jsonl"] != second["title-to-abstract/corpus.jsonl"]
    exported(monkeypatch, tmp_path, INVENTED, "title-to-abstract")
    assert tree(tmp_path) == second
    for path in (tmp_path / "title-to-abstract").rglob("*.*"):
        path.unlink()
    exported(monkeypatch, tmp_path, INVENTED, "title-to-abstract")
    assert tree(tmp_path) == second


@pytest.mark.parametrize(
    "foreign", ["thesis.tex", "qrels/train.tsv", "qrels/more/x", "corpus.jsonl/x", ".hidden", "vectors/"]
)
def test_a_folder_that_holds_something_else_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, foreign: str
) -> None:
    path = tmp_path / "title-to-abstract" / foreign
    if foreign.endswith("/"):
        path.mkdir(parents=True)
    else:
        path.parent.mkdir(parents=True)
        path.write_text("mine")
    before = tree(tmp_path)
    with pytest.raises(
        OutputError, match=r"title-to-abstract: this folder holds something else\nexpected: .*\n.*--out"
    ):
        exported(monkeypatch, tmp_path, INVENTED, "title-to-abstract")
    assert tree(tmp_path) == before


def test_a_link_or_a_file_in_its_place_is_left_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "title-to-abstract").symlink_to("elsewhere")
    (tmp_path / "related-papers").write_text("mine")
    before = tree(tmp_path)
    for task, told in (("title-to-abstract", "holds something else"), ("related-papers", r"be written \(.*irectory\)")):
        with pytest.raises(OutputError, match=told):
            exported(monkeypatch, tmp_path, INVENTED, task)
    with pytest.raises(OutputError, match=r"the folder cannot be written \(.*irectory\)"):
        exported(monkeypatch, tmp_path / "related-papers", INVENTED, "title-to-abstract")
    assert tree(tmp_path) == before
