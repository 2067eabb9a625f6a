"""What can be wrapped for MTEB, and what a wrapped model refuses."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Any

import mteb
import numpy as np
import pytest
import scipy.sparse as sp
from mteb.models import EncoderProtocol, SearchProtocol

from curation.benchmark.models.external import FunctionEncoder, open_model
from curation.benchmark.models.light import LIGHT
from curation.benchmark.mteb import mteb_tasks, wrapped
from curation.errors import ModelError
from tests.mteb.scoring import scored


@pytest.mark.parametrize("name", LIGHT)
def test_light_models_have_a_name_and_a_revision(name: str) -> None:
    model = wrapped(open_model(name))
    assert isinstance(model, SearchProtocol if name == "bm25" else EncoderProtocol)
    assert model.mteb_model_meta.name == f"paper-abstracts/{name}"
    assert model.mteb_model_meta.revision == version("paper-abstracts")


def test_a_function_is_named_by_its_user() -> None:
    own = FunctionEncoder("mine:encode", lambda texts: np.ones((len(texts), 2)))
    assert wrapped(own).mteb_model_meta.name == "paper-abstracts/mine:encode"
    meta = wrapped(own, name="me/mine", revision="2").mteb_model_meta
    assert (meta.name, meta.revision) == ("me/mine", "2")


def test_what_cannot_be_wrapped_is_refused(transformer: Path) -> None:
    with pytest.raises(ModelError, match="no name of a model"):
        wrapped(open_model("random"), name="mine")
    with pytest.raises(ModelError, match="a int is no model"):
        wrapped(7)
    with pytest.raises(ModelError, match="run by MTEB itself"):
        wrapped(open_model(f"st:{transformer}"))


def test_a_model_that_learns_needs_a_task_of_ours() -> None:
    task = mteb.get_task("Banking77Classification")
    with pytest.raises(ModelError, match="Banking77Classification does not give it"):
        wrapped(open_model("tfidf")).encode([{"text": ["a"]}], task_metadata=task.metadata)


def test_vectors_that_memory_would_not_hold_are_refused(release: Path) -> None:
    wide = FunctionEncoder("wide", lambda texts: sp.csr_matrix((len(texts), 10**9)))
    with pytest.raises(ModelError, match=r"take .* GiB in MTEB") as caught:
        scored(wrapped(wide), mteb_tasks(release, ["title-to-abstract"]))
    assert caught.value.hint == "score this model with `curate benchmark`"


def test_a_failing_model_is_named(release: Path) -> None:
    def fail(texts: list[str]) -> Any:
        raise RuntimeError("out of order")

    with pytest.raises(ModelError, match=r"mine failed .*out of order"):
        scored(wrapped(FunctionEncoder("mine", fail)), mteb_tasks(release, ["title-to-abstract"]))


def test_titles_are_joined_with_texts_and_given_documents_are_not_ranked() -> None:
    from datasets import Dataset

    model = wrapped(open_model("bm25"))
    model.index(Dataset.from_dict({"id": ["a", "b"], "title": ["Owls", ""], "text": ["hunt mice", "sleep"]}))
    queries = Dataset.from_dict({"id": ["q"], "text": ["owls"]})
    found = model.search(queries, top_k=1)
    assert found.keys() == {"q"}
    assert list(found["q"]) == ["a"]
    with pytest.raises(ModelError, match="ranks no given ones"):
        model.search(queries, top_k=1, top_ranked={"q": ["a"]})


def test_similarities_are_cosines() -> None:
    model = wrapped(open_model("random"))
    left, right = np.array([[1.0, 0.0], [1.0, 1.0]]), np.array([[2.0, 0.0], [0.0, 3.0]])
    assert model.similarity(left, right) == pytest.approx(np.array([[1, 0], [0.5**0.5, 0.5**0.5]]))
    assert model.similarity_pairwise(left, right) == pytest.approx(np.array([1, 0.5**0.5]))
    assert model.mteb_model_meta.similarity_fn_name.value == "cosine"
