"""Tests of models: the light ones, those of the user's own, and what is said of one that fails."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

from curation.benchmark.models.base import Encoder, Searcher, described
from curation.benchmark.models.checked import encoded, encoded_parts, prepared, searched
from curation.benchmark.models.external import FunctionEncoder, open_model
from curation.benchmark.models.light import LIGHT, light_model
from curation.errors import LookupFailedError, ModelError
from tests.benchmark.helpers import invented, write_module

TEXTS = [one.text for one in invented(30)]
OWN = """
import numpy as np

def lengths(texts):
    assert type(texts) is list
    return np.array([[len(text), 1] for text in texts])

class Learner:
    packages = ("numpy", "no-such-package")
    def prepare(self, texts):
        self.longest = max(map(len, texts))
    def encode(self, texts):
        return [[len(text) / self.longest, 1.0] for text in texts]

class Plain:
    def encode(self, texts):
        return [[1.0]] * len(texts)

class Finder:
    def search(self, queries, documents):
        return np.array([[len(query) - len(one) for one in documents] for query in queries])

class Both(Plain, Finder):
    pass

class Broken:
    def __init__(self):
        raise RuntimeError("no weights")

class Callable:
    def __call__(self, texts):
        raise AssertionError
    def encode(self, texts):
        return [[2.0]] * len(texts)

ready = Callable()
number = 3
"""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The name of a module of the user's own, in the folder that the command is run in."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.chdir(tmp_path)
    write_module(tmp_path, "own_models", OWN)
    before = set(sys.modules)
    yield "own_models"
    for name in set(sys.modules) - before:
        if name.startswith("own_"):
            del sys.modules[name]


def giving(answer: Callable[[list[str]], Any]) -> FunctionEncoder:
    return FunctionEncoder("mine", answer)


class Finder:
    name = "mine"
    packages: Sequence[str] = ()

    def __init__(self, scores: object) -> None:
        self.scores = scores

    def search(self, queries: Sequence[str], documents: Sequence[str]) -> Any:
        if isinstance(self.scores, Exception):
            raise self.scores
        return self.scores


def test_texts_are_handed_over_in_batches_and_put_together() -> None:
    sizes: list[int] = []
    done: list[int] = []

    def answer(texts: list[str]) -> Any:
        sizes.append(len(texts))
        return np.array([[int(text), 1] for text in texts], dtype=np.float32)

    found = encoded(giving(answer), [str(number) for number in range(600)], done.append)
    assert found[:, 0].tolist() == list(range(600))
    assert found.dtype == np.float64
    assert sizes == done == [256, 256, 88]
    assert encoded(giving(answer), []).shape[0] == 0
    assert sizes == [256, 256, 88]


@pytest.mark.parametrize("kind", [sp.csr_matrix, sp.coo_matrix, sp.csr_array, sp.csc_matrix])
def test_sparse_vectors_stay_sparse(kind: Callable[[Any], Any]) -> None:
    found = encoded(
        giving(lambda texts: kind(np.eye(3)[[int(text) % 3 for text in texts]])), list(map(str, range(300)))
    )
    assert sp.issparse(found)
    assert (sp.csr_matrix(found).toarray() == np.eye(3)[[number % 3 for number in range(300)]]).all()


def test_sparse_vectors_after_dense_ones_are_taken_too() -> None:
    calls: list[int] = []

    def answer(texts: list[str]) -> Any:
        calls.append(1)
        return np.ones((len(texts), 2)) if len(calls) == 1 else sp.csr_matrix(np.ones((len(texts), 2)))

    assert encoded(giving(answer), ["x"] * 300).sum() == 600


RAGGED = [[1.0, 2.0], [1.0], [3.0]]
WRONG: dict[str, tuple[Callable[[list[str]], Any], tuple[str, ...]]] = {
    "flat": (
        lambda texts: np.ones(len(texts)),
        ("gave an array of shape (3,) and type float64", "(texts, dimensions)"),
    ),
    "deep": (lambda texts: np.ones((len(texts), 2, 2)), ("gave an array of shape (3, 2, 2)",)),
    "no columns": (lambda texts: np.ones((len(texts), 0)), ("gave an array of shape (3, 0)",)),
    "too many": (
        lambda texts: np.ones((4, 2)),
        ("gave 4 vectors for 3 texts", "shape (3, dimensions)", "in their order"),
    ),
    "too few": (lambda texts: sp.csr_matrix(np.ones((2, 2))), ("gave 2 vectors for 3 texts",)),
    "ragged": (lambda texts: RAGGED, ("gave a list", "an array of numbers")),
    "strings": (lambda texts: [["a", "b"]] * 3, ("type <U1",)),
    "objects": (lambda texts: [[None, None]] * 3, ("type object",)),
    "flags": (lambda texts: np.ones((3, 2), dtype=bool), ("type bool",)),
    "nothing": (lambda texts: None, ("gave a NoneType",)),
    "complex": (lambda texts: np.ones((3, 2)) * 1j, ("gave complex numbers", "expected: real numbers")),
    "sparse complex": (lambda texts: sp.csr_matrix(np.ones((3, 2)) * 1j), ("gave complex numbers",)),
    "generator": (lambda texts: (text for text in texts), ("gave a generator",)),
    "nan": (
        lambda texts: np.array([[1, 2], [1, np.nan], [np.nan, 1]]),
        ("not finite", "for text 2: 'two'", "this text"),
    ),
    "infinite": (lambda texts: np.array([[1, 2], [1, 3], [1, -np.inf]]), ("not finite", "for text 3: 'three'")),
    "sparse nan": (lambda texts: sp.csr_matrix([[1, 0], [0, np.nan], [0, 1]]), ("for text 2: 'two'",)),
    "raises": (lambda texts: texts[9], ("the model mine failed (text 1 to 3): IndexError: list index out of range",)),
    "exits": (lambda texts: sys.exit(0), ("the model mine failed (text 1 to 3): SystemExit: 0",)),
}


@pytest.mark.parametrize("name", WRONG)
def test_vectors_that_no_score_can_be_made_of_are_explained(name: str) -> None:
    answer, parts = WRONG[name]
    with pytest.raises(ModelError) as raised:
        encoded(giving(answer), ["one", "two", "three"])
    for part in ("the model mine", *parts):
        assert part in str(raised.value)


def test_an_array_that_cannot_be_had_is_explained() -> None:
    class Elsewhere:
        def __array__(self, *_: object, **__: object) -> Any:
            raise RuntimeError("on another device")

    with pytest.raises(ModelError, match="gave a Elsewhere"):
        encoded(giving(lambda texts: Elsewhere()), ["one"])


def test_the_text_behind_a_value_in_a_later_batch_is_named() -> None:
    texts = [f"text {number} {'long ' * 30}" for number in range(600)]
    wrong = giving(lambda batch: [[np.nan if text.startswith("text 300 ") else 1.0] for text in batch])
    with pytest.raises(ModelError, match=r"for text 301: 'text 300 long [^']{0,60}'"):
        encoded(wrong, texts)


def test_vectors_of_another_width_are_explained_within_and_between_lists_of_texts() -> None:
    widening = giving(lambda texts: np.ones((len(texts), len(texts) // 100 + 1)))
    with pytest.raises(ModelError, match="gave vectors of 1 dimensions after some of 3"):
        encoded(widening, ["x"] * 300)
    with pytest.raises(ModelError, match="gave vectors of 2 dimensions after some of 1"):
        encoded_parts(widening, [["x"] * 5, [], ["x"] * 100])
    assert [len(found) for found in encoded_parts(light_model("random"), [["x"] * 3, [], ["y"]])] == [3, 0, 1]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("scores", "part"),
    [
        (np.ones((2, 2)), "gave scores of shape (2, 2) and type float64"),
        (np.ones((3, 2)), "gave scores of shape (3, 2)"),
        (np.ones(6), "expected: real numbers of shape (2, 3)"),
        ([[1.0], [1.0, 2.0]], "gave scores of shape ()"),
        (sp.csr_matrix(np.ones((2, 3))), "gave scores of shape ()"),
        (np.ones((2, 3)) * 1j, "type complex128"),
        (np.ones((2, 3), dtype=bool), "type bool"),
        ([["a"] * 3] * 2, "type <U1"),
        ([[1, 2, 3], [1, np.nan, 3]], "for text 2: 'second'"),
        (RuntimeError("out of memory"), "the model mine failed (searching): RuntimeError: out of memory"),
    ],
)
def test_scores_that_rank_nothing_are_explained(scores: object, part: str) -> None:
    with pytest.raises(ModelError) as raised:
        searched(Finder(scores), ["first", "second"], ["a", "b", "c"])
    assert part in str(raised.value)


@pytest.mark.parametrize("kind", [np.int64, np.uint8, np.float16])
def test_scores_of_any_real_numbers_rank(kind: type) -> None:
    found = searched(Finder(np.array([[1, 2, 3]], dtype=kind)), ["q"], ["a", "b", "c"])
    assert found.dtype == np.float64
    assert found.tolist() == [[1, 2, 3]]


@pytest.mark.parametrize("name", LIGHT)
def test_a_light_model_has_its_name_and_gives_the_same_twice(name: str) -> None:
    first, second = open_model(name), light_model(name)
    assert first.name == name
    assert first is not second
    assert "not installed" not in described(first).values()
    assert set(described(first)) == set(first.packages)
    if isinstance(first, Searcher):
        assert isinstance(second, Searcher)
        scores = searched(first, TEXTS[:5], TEXTS)
        assert (scores == searched(second, TEXTS[:5], TEXTS)).all()
        assert scores.argmax(axis=1).tolist() == list(range(5))
        return
    assert isinstance(first, Encoder)
    assert isinstance(second, Encoder)
    vectors = []
    for model in (first, second):
        prepared(model, TEXTS)
        found = encoded(model, [*TEXTS, "unseen"])
        vectors.append(sp.csr_matrix(found).toarray())
    assert (vectors[0] == vectors[1]).all()
    assert vectors[0].shape[0] == 31
    assert len({tuple(row) for row in vectors[0].tolist()}) == (1 if name == "majority" else 31)


def test_lsa_has_no_more_dimensions_than_different_texts() -> None:
    model = light_model("lsa")
    prepared(model, TEXTS[:5] * 3)
    found = encoded(model, TEXTS)  # type: ignore[arg-type]
    assert found.shape == (30, 4)


def test_bm25_gives_nothing_to_what_shares_no_word() -> None:
    found = searched(light_model("bm25"), ["zebra", "", "the of", "lion zebra"], ["a lion walks", "a lion, a tiger"])  # type: ignore[arg-type]
    assert found[:3].tolist() == [[0, 0]] * 3
    assert (found[3] > 0).all()


def test_a_failure_to_learn_is_explained() -> None:
    with pytest.raises(
        ModelError, match="the model tfidf failed \\(learning from the texts\\): ValueError: empty vocab"
    ):
        prepared(light_model("tfidf"), ["", "!"])


def test_functions_and_classes_of_the_users_own_are_models(own: str) -> None:
    lengths = open_model(f"{own}:lengths")
    assert lengths.name == f"{own}:lengths"
    assert encoded(lengths, ["ab", "c"]).tolist() == [[2, 1], [1, 1]]  # type: ignore[arg-type]
    learner = open_model(f"{own}:Learner")
    prepared(learner, ("abcd", "a"))
    assert encoded(learner, ["ab"]).tolist() == [[0.5, 1]]  # type: ignore[arg-type]
    assert described(learner)["no-such-package"] == "not installed"
    plain = open_model(f"{own}:Plain")
    prepared(plain, ["x"])
    assert encoded(plain, ["ab"]).tolist() == [[1]]  # type: ignore[arg-type]
    assert not isinstance(plain, Searcher)


def test_searchers_of_the_users_own_search_and_one_that_can_do_both_does(own: str) -> None:
    finder, both = open_model(f"{own}:Finder"), open_model(f"{own}:Both")
    assert isinstance(finder, Searcher)
    assert not isinstance(finder, Encoder)
    assert searched(finder, ["abc"], ["a", "ab"]).tolist() == [[2, 1]]
    assert isinstance(both, Searcher)
    assert isinstance(both, Encoder)
    assert both.name == f"{own}:Both"
    assert searched(both, ["abc"], ["a"]).tolist() == [[2]]
    assert encoded(both, ["abc"]).tolist() == [[1]]


def test_an_object_that_can_be_called_and_encodes_is_asked_to_encode(own: str) -> None:
    assert encoded(open_model(f"{own}:ready"), ["abc"]).tolist() == [[2]]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("tfdif", ("there is no model 'tfdif'", "expected: one of random, majority", "did you mean `tfidf`?")),
        ("xyz", ("there is no model 'xyz'", "module:function", "what to do: name one of them")),
        ("", ("there is no model ''",)),
        ("own_models:", ("there is no model 'own_models:'",)),
        (":lengths", ("there is no model ':lengths'",)),
        ("own_nothing:f", ("there is no module 'own_nothing'", "where the module lies")),
        ("own_nothing.more:f", ("there is no module 'own_nothing'",)),
        ("own_models.more:f", ("there is no module 'own_models.more'",)),
        ("own_models:nope", ("the module own_models has no 'nope'", "check the name")),
    ],
)
def test_a_model_that_is_not_there_is_explained(own: str, name: str, parts: tuple[str, ...]) -> None:
    assert own
    with pytest.raises(LookupFailedError) as raised:
        open_model(name)
    for part in parts:
        assert part in str(raised.value)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        (
            "import own_absent",
            "the module own_bad cannot be imported: ModuleNotFoundError: No module named 'own_absent'",
        ),
        ("import math; math.nope", "cannot be imported: AttributeError: module 'math' has no attribute 'nope'"),
        ("def f(:", "cannot be imported: SyntaxError"),
        ("raise KeyError('x')", "cannot be imported: KeyError: 'x'"),
        ("import sys; sys.exit(0)", "cannot be imported: SystemExit: 0"),
    ],
)
def test_a_module_that_cannot_be_imported_is_explained(own: str, tmp_path: Path, text: str, part: str) -> None:
    assert own
    write_module(tmp_path, "own_bad", text)
    with pytest.raises(ModelError) as raised:
        open_model("own_bad:f")
    assert part in str(raised.value)


def test_what_is_no_model_is_explained(own: str) -> None:
    with pytest.raises(ModelError, match="own_models:number is no model"):
        open_model(f"{own}:number")
    with pytest.raises(ModelError, match="own_models:Broken cannot be made: RuntimeError: no weights"):
        open_model(f"{own}:Broken")


def test_sentence_transformers_that_are_not_installed_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(ModelError) as raised:
        open_model("st:sentence-transformers/all-MiniLM-L6-v2")
    assert "need the extra `benchmark`" in str(raised.value)
    assert "pip install 'paper-abstracts[benchmark]'" in str(raised.value)


class Library(ModuleType):
    """Stands in for sentence-transformers."""

    class SentenceTransformer:
        def __init__(self, place: str) -> None:
            if "nope" in place:
                raise OSError("no such model\nand more" if "more" in place else "")

        def encode(self, texts: list[str], *, convert_to_numpy: bool, show_progress_bar: bool) -> Any:
            assert (convert_to_numpy, show_progress_bar) == (True, False)
            return np.full((len(texts), 3), 0.5, dtype=np.float32)


def test_a_model_of_sentence_transformers_is_called_by_its_name_or_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", Library("sentence_transformers"))
    (tmp_path / "folder").mkdir()
    assert open_model("st:owner/name").name == "st:owner/name"
    model = open_model(f"st:{tmp_path}/folder/")
    assert model.name == "st:folder"
    prepared(model, ["x"])
    assert encoded(model, ["a", "b"]).tolist() == [[0.5] * 3] * 2  # type: ignore[arg-type]
    assert "torch" in described(model)
    with pytest.raises(ModelError, match="the model nope/more cannot be loaded: no such model\n"):
        open_model("st:nope/more")
    with pytest.raises(ModelError, match="the model nope/x cannot be loaded: OSError\n"):
        open_model("st:nope/x")
