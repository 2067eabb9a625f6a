"""What MTEB is told of the tasks."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from curation.benchmark.data import data_sha256
from curation.benchmark.mteb import benchmark, mteb_tasks
from curation.benchmark.read import open_benchmark
from curation.benchmark.task import MAIN_SCORES, tasks
from curation.errors import LookupFailedError, ReleaseError
from tests.publishing.places import REPO, another_hub, connected, put


def test_a_release_is_a_benchmark(release: Path) -> None:
    found = benchmark(release)
    assert found.name == "PaperAbstracts(paper-abstracts 1.0.0)"
    assert [task.metadata.name for task in found] == [
        "PaperAbstractsRelatedPapers",
        "PaperAbstractsSentenceToAbstract",
        "PaperAbstractsTitleToAbstract",
        "PaperAbstractsTopicClustering",
        "PaperAbstractsTopicPrimary",
        "PaperAbstractsTopics",
    ]


def test_a_folder_of_tasks_is_a_benchmark(folder: Path) -> None:
    found = benchmark(folder)
    assert found.name == "PaperAbstracts(tasks)"
    assert {task.metadata.name for task in found} == {"PaperAbstractsMathRepair", "PaperAbstractsNearDuplicate"}
    assert {task.metadata.dataset["path"] for task in found} == {"tasks"}
    assert {task.metadata.date for task in found} == {("2021-01-01", "2021-01-01")}


@pytest.mark.parametrize("place", ["release", "folder"])
def test_what_is_told_is_whole_and_valid(place: str, request: pytest.FixtureRequest) -> None:
    target: Path = request.getfixturevalue(place)
    data = open_benchmark(target).tasks
    for name, task in zip(data, mteb_tasks(target), strict=True):
        about = task.metadata
        about._validate_metadata()
        missing = {key for key in type(about).model_fields if getattr(about, key) is None}
        # nobody has a page about a folder
        assert missing == {"reference", "prompt", "adapted_from", "contributed_by", "superseded_by"}
        assert about.main_score == MAIN_SCORES[tasks()[name].type]
        assert about.languages == ["eng"]
        assert tasks()[name].measures in about.description
        digits = data_sha256(data[name])[:16]
        assert about.revision == f"1.0.0-{digits}"
        assert about.hf_subsets == [f"{tasks()[name].version}-{digits}"]
        assert re.fullmatch(r"20\d\d-\d\d-01", about.date[0])
        assert about.date[0] <= about.date[1]


def test_the_texts_to_learn_from_are_told(release: Path) -> None:
    data: Any = open_benchmark(release).tasks
    told = {name: task.metadata.to_learn_from for name, task in zip(data, mteb_tasks(release), strict=True)}
    assert told["topics"] == data["topics"].train.texts
    assert told["topic-clustering"] == data["topic-clustering"].test.texts
    assert told["related-papers"] == data["related-papers"].corpus.texts


def test_tasks_can_be_named(release: Path) -> None:
    (task,) = mteb_tasks(str(release), ["topics"])
    assert task.metadata.name == "PaperAbstractsTopics"
    with pytest.raises(LookupFailedError, match="no data here for the task 'math-repair'"):
        mteb_tasks(release, ["math-repair"])
    with pytest.raises(ReleaseError):
        benchmark(release / "papers")


def test_the_statistics_that_mteb_counts(release: Path) -> None:
    for task in mteb_tasks(release):
        task.load_data()
        (subset,) = task.hf_subsets
        assert task._calculate_descriptive_statistics_from_split("test", hf_subset=subset)["num_samples"] > 0
        task.unload_data()
        assert task.metadata.hf_subsets == [subset]


def test_a_release_on_the_hub(release: Path) -> None:
    with another_hub() as hub, connected(hub):
        put(hub, release, tag="1.0.0")
        found = benchmark(f"{REPO}@1.0.0")
    assert found.reference == f"https://huggingface.co/datasets/{REPO}"
    assert {task.metadata.dataset["path"] for task in found} == {REPO}
    assert found.name == f"PaperAbstracts({REPO} 1.0.0)"
    here = [task.metadata.revision for task in mteb_tasks(release)]
    assert [task.metadata.revision for task in found] == here
