"""`curate benchmark`, `curate leaderboard` and `curate tasks`: what they print, and what they refuse."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from curation.benchmark.data import data_sha256
from curation.benchmark.results import read_results
from curation.benchmark.scale.folder import write_task_folder
from curation.benchmark.task import tasks
from tests.benchmark.helpers import benchmark_of, invented, queries_result, write_module, write_results
from tests.cli.test_bad_input import refused
from tests.commands import ROOT, Argument, Outcome, clean_environment, curate, curate_process, tree

INVENTED = benchmark_of(invented(30)).tasks
TASKS = {"math-repair": INVENTED["title-to-abstract"], "near-duplicate": INVENTED["near-duplicate"]}
RESULT = [
    "format",
    "task",
    "model",
    "packages",
    "seed",
    "main_score",
    "score",
    "low",
    "high",
    "interval_method",
    "scores",
    "details",
    "seconds",
    "kept",
]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of two tasks; never change it."""
    folder = tmp_path_factory.mktemp("made") / "tasks"
    write_task_folder(folder, TASKS, {"source": "invented"}, {name: {} for name in TASKS})
    return folder


@pytest.fixture(autouse=True)
def own_modules(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name.startswith("own_"):
            del sys.modules[name]


def quiet(*arguments: Argument, cwd: Path) -> Outcome:
    """Run a command that must succeed and say nothing on standard error."""
    ended = curate(*arguments, cwd=cwd)
    assert (ended.code, ended.err) == (0, "")
    assert "\x1b[" not in ended.out
    return ended


def as_json(*arguments: Argument, cwd: Path) -> Any:
    ended = quiet(*arguments, "--format", "json", cwd=cwd)
    return json.loads(ended.out, parse_constant=pytest.fail)


def test_models_are_scored_and_what_is_done_is_kept(made: Path, tmp_path: Path) -> None:
    first = quiet("benchmark", made, "--model", "tfidf", "--model", "bm25", "--out", "out", cwd=tmp_path)
    lines = [line.split() for line in first.out.splitlines()]
    assert lines[0][:3] == ["model", "task", "score"]
    assert [line[:3] for line in lines[1:4]] == [
        ["tfidf", "math-repair", "ndcg_at_10"],
        ["tfidf", "near-duplicate", "cosine_ap"],
        ["bm25", "math-repair", "ndcg_at_10"],
    ]
    assert "3 results in out (3 new)" in first.out
    assert "compare models: curate leaderboard out" in first.out
    before = tree(tmp_path)
    again = quiet("benchmark", made, "--model", "tfidf", "--model", "bm25", "--out", "out", cwd=tmp_path)
    assert "3 results in out (0 new)" in again.out
    assert again.out.count("kept") == 3
    assert tree(tmp_path) == before
    anew = quiet("benchmark", made, "--model", "bm25", "--again", "--out", "out", cwd=tmp_path)
    assert "1 result in out (1 new)" in anew.out


def test_scores_as_json_are_those_of_the_files(made: Path, tmp_path: Path) -> None:
    arguments = ("benchmark", made, "--model", "light", "--tasks", "math-repair", "--out", "out")
    data = as_json(*arguments, cwd=tmp_path)
    assert list(data) == ["out", "results"]
    assert data["out"] == "out"
    assert all(list(one) == RESULT for one in data["results"])
    assert [one["model"]["name"] for one in data["results"]] == [
        "random",
        "majority",
        "words",
        "tfidf",
        "chars",
        "lsa",
        "bm25",
    ]
    found = {one.model: one for one in read_results(tmp_path / "out")}
    for one in data["results"]:
        written = found[one["model"]["name"]].as_json()
        assert {key: value for key, value in one.items() if key != "kept"} == {
            key: value for key, value in written.items() if key != "evidence"
        }
        assert one["task"]["data_sha256"] == data_sha256(TASKS["math-repair"])
        assert one["task"]["source"] == "tasks"
        assert one["kept"] is False
    kept = as_json(*arguments, cwd=tmp_path)
    assert all(one.pop("kept") for one in kept["results"])
    assert kept["results"] == [{key: value for key, value in one.items() if key != "kept"} for one in data["results"]]


def test_tasks_of_a_release_are_scored(release: Path, tmp_path: Path) -> None:
    named = "title-to-abstract,topic-primary"
    data = as_json("benchmark", release, "--model", "tfidf", "--tasks", named, cwd=tmp_path)
    scores = {one["task"]["name"]: one["score"] for one in data["results"]}
    assert list(scores) == named.split(",")
    assert scores["title-to-abstract"] > 0.8
    assert 0.4 < scores["topic-primary"] < 0.9
    manifest = json.loads((release / "manifest.json").read_text())
    for one in data["results"]:
        assert one["task"]["data_sha256"] == manifest["benchmark"][one["task"]["name"]]["data_sha256"]
        assert one["task"]["source"] == f"{manifest['name']} {manifest['version']}"
    assert tree(tmp_path).keys() == {"results", "results/tfidf", *(f"results/tfidf/{task}.json" for task in scores)}


OWN = """
import numpy as np
def vectors(texts):
    return [[len(text), text.count("a")] for text in texts]
def fails(texts):
    if len(texts) > 12:
        raise ValueError("too many\\nof them [red]")
    return vectors(texts)
def wrong(texts):
    return [1.0] * len(texts)
def nothing(texts):
    return [[float("nan")]] * len(texts)
"""


def test_a_function_of_ones_own_is_a_model(made: Path, tmp_path: Path) -> None:
    write_module(tmp_path, "own_functions", OWN)
    data = as_json("benchmark", made, "--model", "own_functions:vectors", cwd=tmp_path)
    assert [one["model"]["name"] for one in data["results"]] == ["own_functions:vectors"] * 2
    assert (tmp_path / "results" / "own_functions-vectors" / "near-duplicate.json").is_file()


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("fails", ("the model own_functions:fails failed (text 1 to 30): ValueError: too many", "mend the model")),
        ("wrong", ("own_functions:wrong gave an array of shape (30,)", "expected: an array of numbers of shape")),
        ("nothing", ("not finite (NaN or infinite) for text 1: '", "look at what the model does")),
    ],
)
def test_a_model_that_fails_is_explained_and_the_rest_is_kept(
    made: Path, tmp_path: Path, name: str, parts: tuple[str, ...]
) -> None:
    write_module(tmp_path, "own_functions", OWN)
    arguments = ("benchmark", made, "--model", "bm25", "--model", f"own_functions:{name}")
    ended = curate(*arguments, cwd=tmp_path)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("error: the model own_functions:")
    assert "Traceback" not in ended.err
    for part in (*parts, "what was done before is kept in results"):
        assert part in ended.err
    assert (tmp_path / "results" / "bm25" / "math-repair.json").is_file()
    write_module(tmp_path, "own_functions", OWN.replace(f"def {name}", "def _").replace("def vectors", f"def {name}"))
    del sys.modules["own_functions"]
    data = as_json(*arguments, cwd=tmp_path)
    assert [one["kept"] for one in data["results"]] == [True, False, False]


REFUSED: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "no target": (("nope", "--model", "random"), ("nope: ", "what to do: check the path")),
    "folder that is none": (("folder", "--model", "random"), ("folder: ", "check the path")),
    "file": (("file", "--model", "random"), ("file: ", "check the path")),
    "earlier schema": (
        ("EARLIER", "--model", "random"),
        ("has no tasks (schema version 1.1.0)", "expected: a release of schema version 1.3.0 or later"),
    ),
    "task": (("MADE", "--model", "random", "--tasks", "near-dupliate"), ("there is no task", "did you mean `near-dup")),
    "task elsewhere": (("MADE", "--model", "random", "--tasks", "topics"), ("no data here for the task 'topics'",)),
    "model": (("MADE", "--model", "tdidf"), ("there is no model 'tdidf'", "did you mean `tfidf`?")),
    "module": (("MADE", "--model", "own_absent:f"), ("there is no module 'own_absent'", "where the module lies")),
    "bm25 on pairs": (
        ("MADE", "--model", "bm25", "--tasks", "near-duplicate"),
        ("the model bm25 has no vectors", "name tasks of retrieval"),
    ),
    "out": (("MADE", "--model", "random", "--out", "file"), ("file: this is a file", "choose another --out")),
    "out below a file": (
        ("MADE", "--model", "random", "--out", "file/out"),
        ("cannot be made", "choose another --out"),
    ),
    "older data": (
        ("MADE", "--model", "m", "--model", "tfidf", "--out", "older"),
        ("there is no model 'm'",),
    ),
    "older results": (
        ("MADE", "--model", "tfidf", "--out", "older"),
        ("math-repair.json: this result is of other data (invented 1.0.0", "data abababababab", "choose another --out"),
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_scored_is_refused_with_one_message(made: Path, tmp_path: Path, name: str) -> None:
    arguments, parts = REFUSED[name]
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("mine")
    write_results(tmp_path / "older", queries_result("tfidf", [0.5, 0.25], "math-repair"))
    places: dict[str, Argument] = {"MADE": made, "EARLIER": ROOT / "tests" / "published" / "schema-1.1.0"}
    message = refused("benchmark", *(places.get(one, one) for one in arguments), cwd=tmp_path)
    for part in parts:
        assert part in message
    assert message.count("error: ") == 1


def test_sentence_transformers_that_are_missing_are_asked_for(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    message = refused("benchmark", made, "--model", "st:all-MiniLM-L6-v2", cwd=tmp_path)
    assert "pip install 'paper-abstracts[benchmark]'" in message


def test_a_leaderboard_for_people_and_programs(tmp_path: Path) -> None:
    values = [0.5 + 0.01 * at for at in range(30)]
    worse = [value / 2 for value in values]
    write_results(tmp_path / "out", queries_result("good [x]", values), queries_result("bad", worse))
    text = quiet("leaderboard", "out", cwd=tmp_path).out
    assert "title-to-abstract ndcg_at_10, 30 units" in text
    rows = [line.split()[:3] for line in text.splitlines() if line.strip().startswith(("1", "2"))]
    assert rows == [["1", "good", "[x]"], ["2", "bad", "0.323"]]
    assert "1 below" in text
    assert "1 above" in text
    data = as_json("leaderboard", "out", cwd=tmp_path)
    assert list(data) == ["format", "source", "tasks"]
    (task,) = data["tasks"]
    assert list(task) == [
        "task",
        "version",
        "data_sha256",
        "main_score",
        "sizes",
        "units",
        "width",
        "units_to_halve",
        "rows",
        "pairs",
    ]
    assert [row["model"] for row in task["rows"]] == ["good [x]", "bad"]
    page = quiet("leaderboard", "out", "--format", "markdown", cwd=tmp_path).out
    assert page.startswith("Scores with 95 % intervals on invented 1.0.0;")
    assert "| `bad` | 0.323 [" in page


@pytest.mark.parametrize("folder", ["nope", "empty", "file"])
def test_a_leaderboard_of_nothing_is_refused(tmp_path: Path, folder: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("x")
    message = refused("leaderboard", folder, cwd=tmp_path)
    assert f"{folder}: there are no results" in message
    assert "curate benchmark --out DIR" in message


def test_tasks_are_listed_with_what_they_ask_or_how_large_they_are(made: Path, tmp_path: Path) -> None:
    lines = quiet("tasks", "list", cwd=tmp_path).out.splitlines()
    assert [line.split()[0] for line in lines] == ["task", *tasks()]
    assert "Title finds its abstract" in "\n".join(lines)
    every = as_json("tasks", "list", cwd=tmp_path)
    keys = ["name", "version", "type", "title", "data", "main_score", "licence", "measures", "limits"]
    assert all(list(one) == [*keys, "skip_identical", "sanity"] for one in every)
    assert [one["name"] for one in every] == list(tasks())
    some = as_json("tasks", "list", made, cwd=tmp_path)
    assert [one["name"] for one in some] == ["math-repair", "near-duplicate"]
    assert [one["data_sha256"] for one in some] == [data_sha256(TASKS[one["name"]]) for one in some]
    assert some[1]["sizes"] == {"pairs": 30, "positive": 15, "units": 10}
    assert "30 pairs, 15 positive, 10 units" in quiet("tasks", "list", made, cwd=tmp_path).out


def test_tasks_of_a_release_are_listed_as_its_manifest_has_them(release: Path, tmp_path: Path) -> None:
    entries = json.loads((release / "manifest.json").read_text())["benchmark"]
    listed = {one["name"]: one for one in as_json("tasks", "list", release, cwd=tmp_path)}
    assert listed.keys() == entries.keys()
    for name, entry in entries.items():
        assert listed[name]["data_sha256"] == entry["data_sha256"]
        assert listed[name]["sizes"] == entry["sizes"]
        assert listed[name].get("left_out", {}) == entry["left_out"]


def test_tasks_are_exported(made: Path, release: Path, tmp_path: Path) -> None:
    text = quiet("tasks", "export", made, "--out", "out", cwd=tmp_path).out
    assert text == "out/math-repair: 30 documents, 6 queries, 6 judgments\n"
    data = as_json("tasks", "export", release, "--tasks", "related-papers", "--out", "more", cwd=tmp_path)
    counts = {"documents": 244, "queries": 73, "judgments": 1577}
    assert data == {"out": "more", "tasks": {"related-papers": counts}}
    lines = (tmp_path / "more" / "related-papers" / "qrels" / "test.tsv").read_text().splitlines()
    assert len(lines) == 1 + counts["judgments"]


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("export", "nope", "--out", "out"), "nope: "),
        (("export", "MADE", "--out", "out", "--tasks", "near-duplicate"), "no data here for the task 'near-duplicate'"),
        (("export", "MADE", "--out", "out", "--tasks", "math-repai"), "did you mean `math-repair`?"),
        (("export", "MADE", "--out", "file"), "the folder cannot be written"),
        (("export", "EARLIER", "--out", "out"), "has no tasks (schema version 1.1.0)"),
        (("list", "nope"), "nope: "),
        (("list", "EARLIER"), "has no tasks (schema version 1.1.0)"),
    ],
)
def test_tasks_that_are_not_there_are_refused(
    made: Path, tmp_path: Path, arguments: tuple[str, ...], part: str
) -> None:
    (tmp_path / "file").write_text("mine")
    places: dict[str, Argument] = {"MADE": made, "EARLIER": ROOT / "tests" / "published" / "schema-1.1.0"}
    assert part in refused("tasks", *(places.get(one, one) for one in arguments), cwd=tmp_path)


def test_a_process_is_quiet_in_a_pipe(made: Path, home: Path) -> None:
    ended = curate_process("benchmark", made, "--model", "lsa", "--model", "chars", "--format", "json", cwd=home)
    assert (ended.code, ended.err) == (0, "")
    assert len(json.loads(ended.out)["results"]) == 4


def test_an_interrupt_leaves_whole_results(made: Path, home: Path) -> None:
    write_module(home, "own_slow", "import time\ndef f(texts):\n    open('begun', 'w').close()\n    time.sleep(60)\n")
    running = subprocess.Popen(
        [sys.executable, "-m", "curation.cli", "benchmark", str(made), "--model", "bm25", "--model", "own_slow:f"],
        cwd=home,
        env=clean_environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        end = time.monotonic() + 60
        while not (home / "begun").exists() and time.monotonic() < end:
            time.sleep(0.02)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
    finally:
        running.kill()
    assert running.returncode == 130
    assert out == b""
    assert err == b"interrupted; nothing was left half-written\n"
    assert sorted(tree(home / "results")) == ["bm25", "bm25/math-repair.json"]
    assert [one.model for one in read_results(home / "results")] == ["bm25"]
