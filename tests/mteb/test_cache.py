"""MTEB's results are those of the model and the data they are kept under, and of all of the data."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import mteb
import pytest
from sentence_transformers import SentenceTransformer

from curation.benchmark.models.external import open_model
from curation.benchmark.mteb import benchmark, mteb_tasks, wrapped
from curation.benchmark.read import open_benchmark
from curation.errors import ModelError
from tests.mteb.conftest import tiny_transformer
from tests.mteb.scoring import QUIET, Counting, score_of, scored
from tests.releases import Rows, copy_of, forge

pytestmark = [pytest.mark.filterwarnings(one) for one in QUIET]


@pytest.fixture
def changed(release: Path, tmp_path: Path) -> Path:
    """A release in which one abstract of `test` is another."""
    copy = copy_of(release, tmp_path)
    data: Any = open_benchmark(release).tasks["topic-primary"]
    paper = data.test.ids[0]

    def change(rows: Rows) -> None:
        (row,) = (row for row in rows if row["paper_id"] == paper)
        row["abstract"] += " One more sentence."

    forge(copy, "papers", change, "test")
    return copy


# --- other data


def under_one_subset(task: Any) -> Any:
    """Give a task the name of a subset that says nothing of its data, as MTEB's own tasks have it."""
    plain = task.metadata.model_copy(update={"eval_langs": {"default": ["eng-Latn"]}})
    plain._to_learn_from = task.metadata.to_learn_from
    made = type(task)
    return type(made.__name__, (made,), {"metadata": plain})()


def test_mteb_itself_keeps_results_though_the_revision_is_another(release: Path, changed: Path, tmp_path: Path) -> None:
    """The trap: if this fails, MTEB has mended it, and the name of our subsets may be a plain one."""
    before, after = (under_one_subset(mteb_tasks(one, ["topic-primary"])[0]) for one in (release, changed))
    assert before.metadata.revision != after.metadata.revision
    model = Counting()
    scored(wrapped(model), before, tmp_path / "cache")
    model.texts = 0
    (kept,) = scored(wrapped(model), after, tmp_path / "cache")
    assert model.texts == 0
    assert kept.dataset_revision == before.metadata.revision


def test_an_abstract_that_changed_gives_fresh_results(release: Path, changed: Path, tmp_path: Path) -> None:
    names = ["topic-primary", "title-to-abstract"]
    before, after = (mteb_tasks(one, names) for one in (release, changed))
    model = Counting()
    scored(wrapped(model), before, tmp_path / "cache")
    model.texts = 0
    fresh, kept = scored(wrapped(model), after, tmp_path / "cache")
    assert model.texts > 0
    assert before[0].metadata.revision != after[0].metadata.revision == fresh.dataset_revision
    # the abstract stands in no text of this task: the forged release kept its table `corpus`
    assert before[1].metadata.revision == after[1].metadata.revision == kept.dataset_revision
    ((scores,),) = fresh.scores.values()
    assert [scores["hf_subset"]] == after[0].hf_subsets
    (again,) = scored(wrapped(Counting()), mteb_tasks(changed, names[:1]), tmp_path / "cache")
    assert again.dataset_revision == fresh.dataset_revision


@pytest.mark.parametrize("strategy", ["never", "only-cache"])
def test_results_of_other_data_are_not_taken_for_these(
    release: Path, changed: Path, tmp_path: Path, strategy: str
) -> None:
    scored(wrapped(Counting()), mteb_tasks(release, ["topic-primary"]), tmp_path / "cache")
    with pytest.raises(ValueError, match="missing splits"):
        scored(
            wrapped(Counting()),
            mteb_tasks(changed, ["topic-primary"]),
            tmp_path / "cache",
            overwrite_strategy=strategy,
        )


# --- other models


def test_two_models_have_results_of_their_own(release: Path, tmp_path: Path) -> None:
    tasks = mteb_tasks(release, ["title-to-abstract"])
    (first,) = scored(wrapped(open_model("random")), tasks, tmp_path / "cache")
    (second,) = scored(wrapped(open_model("tfidf")), tasks, tmp_path / "cache")
    (third,) = scored(wrapped(open_model("bm25")), tasks, tmp_path / "cache")
    assert len({score_of(one) for one in (first, second, third)}) == 3
    paths = sorted(path.relative_to(tmp_path / "cache" / "results") for path in tmp_path.rglob("PaperAbstracts*.json"))
    assert [path.parts[0] for path in paths] == [
        "paper-abstracts__bm25",
        "paper-abstracts__random",
        "paper-abstracts__tfidf",
    ]


def test_a_transformer_from_a_folder_must_be_named(transformer: Path, tmp_path: Path) -> None:
    other = tiny_transformer(tmp_path / "tiny", seed=1)
    one, two = (SentenceTransformer(str(path)) for path in (transformer, other))
    for model in (one, two):
        # the trap: both have results under this name
        assert mteb.models.SentenceTransformerEncoderWrapper(model).mteb_model_meta.name == "no_model_name/available"
        with pytest.raises(ModelError, match="has no name for this SentenceTransformer") as caught:
            wrapped(model)
        assert caught.value.hint == "wrapped(model, name='owner/name')"
    metas = [wrapped(model, name="tests/tiny").mteb_model_meta for model in (one, two, one)]
    assert [meta.name for meta in metas] == ["tests/tiny"] * 3
    assert metas[0].revision == metas[2].revision != metas[1].revision
    assert wrapped(one, name="tests/tiny", revision="7").mteb_model_meta.revision == "7"


# --- all of the data


def test_all_papers_are_clustered(release: Path) -> None:
    (task,) = mteb_tasks(release, ["topic-clustering"])
    data: Any = open_benchmark(release).tasks["topic-clustering"]
    model = Counting()
    scored(wrapped(model), task)
    assert model.texts == model.learnt == len(data.test)
    # the trap: MTEB takes 4 % of them
    assert mteb.abstasks.AbsTaskClustering.max_fraction_of_documents_to_embed == pytest.approx(0.04)


# --- reading results back


def test_results_are_those_that_mteb_writes_and_reads(release: Path, tmp_path: Path) -> None:
    several = benchmark(release)
    done = scored(wrapped(open_model("tfidf")), several, tmp_path / "cache")
    cache = mteb.ResultCache(tmp_path / "cache")
    read = cache.load_results(tasks=several, include_remote=False)
    (model,) = read.model_results
    assert model.model_name == "paper-abstracts/tfidf"
    assert {one.task_name for one in model.task_results} == {task.metadata.name for task in several}
    for one in done:
        path = cache.get_task_result_path(one.task_name, "paper-abstracts/tfidf", model.model_revision)
        assert mteb.results.TaskResult.from_disk(path).get_score() == pytest.approx(one.get_score(), abs=1e-6)
    counted = Counting("tfidf")
    kept = scored(wrapped(counted), several, tmp_path / "cache")
    assert counted.texts == 0
    assert scores_of(kept) == pytest.approx(scores_of(done), abs=1e-6)


def scores_of(results: Sequence[Any]) -> list[float]:
    return [one.get_score() for one in results]
