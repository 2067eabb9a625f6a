"""Tests of runs: what is done is kept, goes on after a failure, and is never mixed with results of other data."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from curation.benchmark import run
from curation.benchmark.data import data_sha256
from curation.benchmark.evaluate import clustering
from curation.benchmark.models.external import FunctionEncoder
from curation.benchmark.models.light import LIGHT
from curation.benchmark.read import BenchmarkData
from curation.benchmark.results import read_result, read_results, result_path, write_result
from curation.benchmark.run import run_benchmark, texts_of
from curation.errors import BenchmarkError, LookupFailedError, ModelError, OutputError
from tests.benchmark.helpers import benchmark_of, invented
from tests.commands import tree

WHOLE = benchmark_of(invented(72))
SOME = ("title-to-abstract", "topic-primary", "near-duplicate")
BENCHMARK = replace(WHOLE, tasks={name: WHOLE.tasks[name] for name in SOME})
OTHER = benchmark_of(invented(73), "invented 2.0.0")


def plain(texts: list[str]) -> Any:
    return [[len(text) / 500, text.count("a") / 50] for text in texts]


class Counting:
    """Models that count the texts they are given."""

    def __init__(self) -> None:
        self.texts: dict[str, int] = {}
        self.answers: dict[str, Callable[[list[str]], Any]] = {}

    def open(self, name: str) -> FunctionEncoder:
        def encode(texts: list[str]) -> Any:
            self.texts[name] = self.texts.get(name, 0) + len(texts)
            return self.answers.get(name, plain)(texts)

        return FunctionEncoder(name, encode)


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch) -> Counting:
    """Any name is a model."""
    counting = Counting()
    monkeypatch.setattr(run, "open_model", counting.open)
    monkeypatch.setattr(clustering, "SUBSETS", 10)
    return counting


def written(folder: Path) -> dict[str, Any]:
    """All results but for their seconds."""
    found = {path.relative_to(folder).as_posix(): json.loads(path.read_text()) for path in folder.rglob("*.json")}
    for one in found.values():
        assert one.pop("seconds") >= 0
    return found


def test_every_model_is_scored_on_every_task_and_reported(models: Counting, tmp_path: Path) -> None:
    done = run_benchmark(BENCHMARK, ["one", "two", "one"], tmp_path / "new" / "out")
    assert [(one.result.model, one.result.task, one.kept) for one in done] == [
        (model, task, False) for model in ("one", "two") for task in BENCHMARK.tasks
    ]
    for one in done:
        result = one.result
        data = BENCHMARK.tasks[result.task]
        assert read_result(result_path(tmp_path / "new" / "out", result.model, result.task)) == result
        assert result.data_sha256 == data_sha256(data)
        assert (result.source, result.seed) == ("invented 1.0.0", 42)
        assert set(result.packages) == set(run.PACKAGES)
        assert result.interval.low <= result.score <= result.interval.high
    assert models.texts["one"] == models.texts["two"] == sum(map(texts_of, BENCHMARK.tasks.values()))


def test_two_runs_are_the_same_but_for_their_seconds(models: Counting, tmp_path: Path) -> None:
    for out in ("a", "b"):
        run_benchmark(BENCHMARK, ["one"], tmp_path / out)
    assert written(tmp_path / "a") == written(tmp_path / "b")


def test_light_models_give_the_same_results_twice(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(clustering, "SUBSETS", 10)
    for out in ("a", "b"):
        run_benchmark(WHOLE, list(LIGHT), tmp_path / out, tasks=["related-papers"])
    assert written(tmp_path / "a") == written(tmp_path / "b")
    assert len(written(tmp_path / "a")) == len(LIGHT)


def test_a_searcher_is_scored_on_retrieval_alone_unless_more_is_asked(tmp_path: Path) -> None:
    done = run_benchmark(WHOLE, ["bm25"], tmp_path)
    assert [one.result.task for one in done] == ["related-papers", "sentence-to-abstract", "title-to-abstract"]
    with pytest.raises(ModelError, match="the model bm25 has no vectors, which the task topics needs"):
        run_benchmark(WHOLE, ["bm25"], tmp_path, tasks=["topics"])


def test_what_is_done_is_kept_and_only_the_rest_is_scored(models: Counting, tmp_path: Path) -> None:
    run_benchmark(BENCHMARK, ["one"], tmp_path, tasks=["title-to-abstract", "near-duplicate"])
    before = tree(tmp_path)
    models.texts.clear()
    done = run_benchmark(BENCHMARK, ["one"], tmp_path, tasks=["near-duplicate", "topic-primary", "title-to-abstract"])
    assert [one.kept for one in done] == [True, False, True]
    assert models.texts == {"one": texts_of(BENCHMARK.tasks["topic-primary"])}
    after = tree(tmp_path)
    assert {name: after[name] for name in before} == before
    assert after.keys() - before.keys() == {"one/topic-primary.json"}


def test_again_scores_what_is_done(models: Counting, tmp_path: Path) -> None:
    run_benchmark(BENCHMARK, ["one"], tmp_path, tasks=["near-duplicate"])
    done = run_benchmark(BENCHMARK, ["one"], tmp_path, tasks=["near-duplicate"], again=True)
    assert [one.kept for one in done] == [False]
    assert models.texts["one"] == 2 * texts_of(BENCHMARK.tasks["near-duplicate"])


@pytest.mark.parametrize(
    "change",
    [
        {"packages": {"numpy": "0.1"}},
        {"model_packages": {"numpy": "0.1"}},
        {"model_packages": {}},
        {"seed": 7},
    ],
    ids=str,
)
def test_other_packages_or_draws_are_scored_again(models: Counting, tmp_path: Path, change: dict[str, Any]) -> None:
    (done,) = run_benchmark(BENCHMARK, ["one"], tmp_path, tasks=["near-duplicate"])
    write_result(tmp_path, replace(done.result, **change))
    (again,) = run_benchmark(BENCHMARK, ["one"], tmp_path, tasks=["near-duplicate"])
    assert not again.kept
    assert replace(again.result, seconds=0) == replace(done.result, seconds=0)
    assert read_result(result_path(tmp_path, "one", "near-duplicate")) == again.result


def failing(texts: list[str]) -> Any:
    raise ValueError("out of memory")


def nothing(texts: list[str]) -> Any:
    return np.full((len(texts), 2), np.nan)


@pytest.mark.parametrize(("fault", "after"), [(failing, 0), (nothing, 50), (failing, 130)])
def test_a_run_that_failed_goes_on_and_ends_as_an_undisturbed_one(
    models: Counting, tmp_path: Path, fault: Callable[[list[str]], Any], after: int
) -> None:
    def fragile(texts: list[str]) -> Any:
        return fault(texts) if models.texts["two"] > after else plain(texts)

    models.answers["two"] = fragile
    with pytest.raises(ModelError, match=r"the model two (failed|gave)"):
        run_benchmark(BENCHMARK, ["one", "two"], tmp_path / "out")
    kept = written(tmp_path / "out")
    assert {f"one/{task}.json" for task in BENCHMARK.tasks} <= kept.keys()
    assert any(name.startswith("two/") for name in kept) == (after == 130)
    assert not [name for name in tree(tmp_path) if name.endswith(".partial")]
    models.answers["two"] = plain
    models.texts.clear()
    done = run_benchmark(BENCHMARK, ["one", "two"], tmp_path / "out")
    assert sum(one.kept for one in done) == len(kept)
    assert models.texts == {"two": sum(texts_of(BENCHMARK.tasks[one.result.task]) for one in done if not one.kept)}
    run_benchmark(BENCHMARK, ["one", "two"], tmp_path / "whole")
    assert written(tmp_path / "out") == written(tmp_path / "whole")


def refused(error: type[Exception], benchmark: BenchmarkData, names: Sequence[str], out: Path, **more: Any) -> str:
    before = tree(out.parent)
    with pytest.raises(error) as raised:
        run_benchmark(benchmark, names, out, **more)
    assert tree(out.parent) == before
    return str(raised.value)


@pytest.mark.parametrize("again", [False, True])
def test_results_of_other_data_are_refused_before_any_work(models: Counting, tmp_path: Path, again: bool) -> None:
    run_benchmark(BENCHMARK, ["one"], tmp_path / "out", tasks=["title-to-abstract"])
    models.texts.clear()
    message = refused(BenchmarkError, OTHER, ["two", "one"], tmp_path / "out", again=again)
    old, new = (data_sha256(one.tasks["title-to-abstract"])[:12] for one in (BENCHMARK, OTHER))
    assert old != new
    path = result_path(tmp_path / "out", "one", "title-to-abstract")
    assert message.startswith(f"{path}: this result is of other data (invented 1.0.0, task version 1.0.0, data {old})")
    assert f"expected: task version 1.0.0, data {new}" in message
    assert "choose another --out" in message
    assert not models.texts


def test_results_of_another_version_of_a_task_are_refused(models: Counting, tmp_path: Path) -> None:
    (done,) = run_benchmark(BENCHMARK, ["one"], tmp_path / "out", tasks=["title-to-abstract"])
    write_result(tmp_path / "out", replace(done.result, version="0.9.0"))
    assert "task version 0.9.0" in refused(BenchmarkError, BENCHMARK, ["one"], tmp_path / "out")


def test_a_damaged_result_is_refused_before_any_work(models: Counting, tmp_path: Path) -> None:
    path = result_path(tmp_path / "out", "one", "topic-primary")
    path.parent.mkdir(parents=True)
    path.write_text("{}")
    assert f"{path}: this is no result" in refused(BenchmarkError, BENCHMARK, ["one"], tmp_path / "out")
    assert not models.texts


def test_models_of_one_folder_are_refused_and_not_overwritten(models: Counting, tmp_path: Path) -> None:
    message = refused(BenchmarkError, BENCHMARK, ["a/b", "c", "a:b"], tmp_path / "out")
    assert f"{tmp_path / 'out' / 'a-b'}: the models a/b and a:b would have the same folder of results" in message
    assert not models.texts
    run_benchmark(BENCHMARK, ["a/b"], tmp_path / "out", tasks=["near-duplicate"])
    for again in (False, True):
        message = refused(BenchmarkError, BENCHMARK, ["a:b"], tmp_path / "out", again=again)
        assert "this is the result of the model a/b" in message
    assert [one.model for one in read_results(tmp_path / "out")] == ["a/b"]


def test_an_unknown_task_or_model_is_refused_before_any_work(tmp_path: Path) -> None:
    message = refused(LookupFailedError, WHOLE, ["random"], tmp_path / "out", tasks=["topix"])
    assert "did you mean `topics`?" in message
    assert "there is no model 'rndom'" in refused(LookupFailedError, BENCHMARK, ["random", "rndom"], tmp_path / "out")


def test_a_file_in_the_place_of_results_is_refused_before_any_work(models: Counting, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    assert "out: this is a file" in refused(OutputError, BENCHMARK, ["one"], tmp_path / "out")
    assert not models.texts


def test_an_interrupt_leaves_whole_results_alone(models: Counting, tmp_path: Path) -> None:
    def interrupted(texts: list[str]) -> Any:
        raise KeyboardInterrupt

    run_benchmark(BENCHMARK, ["one"], tmp_path, tasks=["near-duplicate"])
    before = tree(tmp_path)
    models.answers["one"] = interrupted
    with pytest.raises(KeyboardInterrupt):
        run_benchmark(BENCHMARK, ["one"], tmp_path)
    assert tree(tmp_path) == before


def test_progress_counts_every_text_once(models: Counting, tmp_path: Path) -> None:
    done: dict[tuple[str, str], int] = {}

    def progress(model: str, task: str, texts: int) -> None:
        done[model, task] = done.get((model, task), 0) + texts

    wanted = {("one", task): texts_of(data) for task, data in BENCHMARK.tasks.items()}
    for _ in range(2):
        run_benchmark(BENCHMARK, ["one"], tmp_path, progress=progress)
        assert done == wanted
        done.clear()
    assert texts_of(BENCHMARK.tasks["near-duplicate"]) == 60


def test_the_texts_of_a_searcher_are_counted_as_well(tmp_path: Path) -> None:
    done: list[int] = []
    run_benchmark(
        WHOLE, ["bm25"], tmp_path, tasks=["title-to-abstract"], progress=lambda model, task, texts: done.append(texts)
    )
    assert sum(done) == texts_of(WHOLE.tasks["title-to-abstract"])


def test_a_source_without_a_task_is_explained_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match=r"small 1\.0\.0 has no task"):
        run_benchmark(BenchmarkData("small 1.0.0", {}), ["random"], tmp_path / "results")
    assert not (tmp_path / "results").exists()
