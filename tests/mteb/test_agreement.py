"""The same model on the same task has the same score here and in MTEB."""

from __future__ import annotations

from pathlib import Path

import pytest
from sentence_transformers import SentenceTransformer

from curation.benchmark.data import TaskData
from curation.benchmark.evaluate import can_do, evaluate
from curation.benchmark.models.external import open_model
from curation.benchmark.models.light import LIGHT
from curation.benchmark.mteb import mteb_tasks, wrapped
from curation.benchmark.read import open_benchmark
from curation.benchmark.results import read_result, result_path
from curation.benchmark.task import MAIN_SCORES, tasks
from tests.commands import curate
from tests.mteb.scoring import QUIET, score_of, scored

pytestmark = [pytest.mark.filterwarnings(one) for one in QUIET]

CLOSE = 1e-6
FROM_RELEASE = [name for name, task in tasks().items() if task.from_release]
LARGER = [name for name, task in tasks().items() if not task.from_release]


@pytest.fixture(scope="module")
def release_data(release: Path) -> dict[str, TaskData]:
    return dict(open_benchmark(release).tasks)


@pytest.fixture(scope="module")
def folder_data(folder: Path) -> dict[str, TaskData]:
    return dict(open_benchmark(folder).tasks)


def same_score(model: str, name: str, target: Path, data: TaskData) -> None:
    if not can_do(open_model(model), tasks()[name]):
        with pytest.raises(TypeError, match="SearchProtocol"):
            scored(wrapped(open_model(model)), mteb_tasks(target, [name]))
        return
    (theirs,) = scored(wrapped(open_model(model)), mteb_tasks(target, [name]))
    ours = evaluate(tasks()[name], data, open_model(model)).scores[MAIN_SCORES[tasks()[name].type]]
    assert score_of(theirs) == pytest.approx(ours, abs=CLOSE)
    # of retrieval MTEB's own main score has five digits
    assert theirs.get_score() == pytest.approx(ours, abs=6e-6)


@pytest.mark.parametrize("name", FROM_RELEASE)
@pytest.mark.parametrize("model", LIGHT)
def test_light_models_on_a_release(model: str, name: str, release: Path, release_data: dict[str, TaskData]) -> None:
    same_score(model, name, release, release_data[name])


@pytest.mark.parametrize("name", LARGER)
@pytest.mark.parametrize("model", LIGHT)
def test_light_models_on_a_folder_of_tasks(
    model: str, name: str, folder: Path, folder_data: dict[str, TaskData]
) -> None:
    same_score(model, name, folder, folder_data[name])


def test_a_transformer_through_the_command_line_and_through_mteb(
    release: Path, folder: Path, transformer: Path, tmp_path: Path
) -> None:
    model = wrapped(SentenceTransformer(str(transformer)), name="tests/tiny")
    for target in (release, folder):
        done = curate("benchmark", target, "--model", f"st:{transformer}", "--out", tmp_path / "ours")
        assert done.code == 0, done.err
        found = mteb_tasks(target)
        names = list(open_benchmark(target).tasks)
        for name, theirs in zip(names, scored(model, found, tmp_path / "theirs"), strict=True):
            ours = read_result(result_path(tmp_path / "ours", f"st:{transformer.name}", name))
            assert score_of(theirs) == pytest.approx(ours.score, abs=CLOSE), name


def test_a_task_scores_a_second_model_as_it_scored_the_first(release: Path) -> None:
    names = ["topics", "topic-clustering"]
    several = mteb_tasks(release, names)
    first, second = ([score_of(one) for one in scored(wrapped(open_model("random")), several)] for _ in range(2))
    assert first == second
    assert first == [score_of(one) for one in scored(wrapped(open_model("random")), mteb_tasks(release, names))]
