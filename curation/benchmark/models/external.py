"""Models from elsewhere: any sentence-transformers model, or a function of the user's own."""

from __future__ import annotations

import difflib
import importlib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from curation.benchmark.models.base import Model, Vectors
from curation.benchmark.models.light import LIGHT, light_model
from curation.errors import LookupFailedError, ModelError

__all__ = ["FunctionEncoder", "SentenceTransformers", "open_model"]

_SENTENCE_TRANSFORMERS = "st:"


class FunctionEncoder:
    """A function from a list of texts to an array of vectors.

    Args:
        name: What it is called in results.
        encode: The function.
    """

    packages: Sequence[str] = ("numpy",)

    def __init__(self, name: str, encode: Callable[[list[str]], Any]) -> None:
        self.name = name
        self._encode = encode

    def prepare(self, texts: Sequence[str]) -> None:
        """Nothing to learn."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return what the function returns."""
        found: Vectors = self._encode(list(texts))
        return found


class SentenceTransformers:
    """A sentence-transformers model, from the Hub or a folder.

    Args:
        place: Its name on the Hub or its folder.

    Raises:
        ModelError: sentence-transformers is not installed, or the model cannot be loaded.
    """

    packages: Sequence[str] = ("sentence-transformers", "transformers", "torch", "numpy")

    def __init__(self, place: str) -> None:
        # a folder is called by its last part, so that results do not depend on where it lies
        self.name = f"{_SENTENCE_TRANSFORMERS}{Path(place).resolve().name if Path(place).is_dir() else place}"
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError as error:
            raise ModelError(
                "models of sentence-transformers need the extra `benchmark`",
                hint="pip install 'paper-abstracts[benchmark]'",
            ) from error
        try:
            self._model = SentenceTransformer(place)
        except Exception as error:  # the library raises what its parts raise
            raise ModelError(
                f"the model {place} cannot be loaded: {(str(error) or type(error).__name__).splitlines()[0]}",
                expected="a model's name on the Hub, or a folder with one",
                hint="check the name",
            ) from error

    def prepare(self, texts: Sequence[str]) -> None:
        """Nothing to learn."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return its vectors of texts."""
        return self._vectors(self._model.encode, texts)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return its vectors of queries, with the prompt that the model has for them."""
        return self._vectors(self._model.encode_query, texts)

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """Return its vectors of documents to be found, with the prompt that the model has for them."""
        return self._vectors(self._model.encode_document, texts)

    def _vectors(self, encode: Callable[..., Any], texts: Sequence[str]) -> Vectors:
        found: Vectors = encode(list(texts), convert_to_numpy=True, show_progress_bar=False)
        return found


def open_model(name: str) -> Model:
    """Return a model by name: a light baseline, `st:NAME_OR_FOLDER`, or `module:function`.

    A function takes a list of texts and returns an array of shape (texts, dimensions). A class is called without
    arguments and may be any `Encoder` or `Searcher` of `curation.benchmark.models.base`. Modules of the folder in which
    the command is run are found.

    Raises:
        LookupFailedError: There is no such model.
        ModelError: It cannot be loaded.
    """
    if name in LIGHT:
        return light_model(name)
    if name.startswith(_SENTENCE_TRANSFORMERS):
        return SentenceTransformers(name.removeprefix(_SENTENCE_TRANSFORMERS))
    module, colon, attribute = name.partition(":")
    if not colon or not module or not attribute:
        close = difflib.get_close_matches(name, LIGHT, n=1)
        raise LookupFailedError(
            f"there is no model {name!r}",
            expected=f"one of {', '.join(LIGHT)}; or st:NAME_OR_FOLDER, or module:function",
            hint=f"did you mean `{close[0]}`?" if close else "name one of them",
        )
    return _own_model(name, module, attribute)


def _own_model(name: str, module: str, attribute: str) -> Model:
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        imported = importlib.import_module(module)
    except (Exception, SystemExit) as error:  # the module is the user's
        if isinstance(error, ModuleNotFoundError) and f"{module}.".startswith(f"{error.name}."):
            raise LookupFailedError(
                f"there is no module {error.name!r}",
                expected="module:function, where Python finds the module",
                hint="run the command where the module lies, or install it",
            ) from error
        raise ModelError(f"the module {module} cannot be imported: {type(error).__name__}: {error}") from error
    try:
        found = getattr(imported, attribute)
    except AttributeError as error:
        raise LookupFailedError(f"the module {module} has no {attribute!r}", hint="check the name") from error
    if not isinstance(found, type):
        # models of some libraries can be called as well
        if callable(found) and not (hasattr(found, "encode") or hasattr(found, "search")):
            return FunctionEncoder(name, found)
        made = found
    else:
        try:
            made = found()
        except (Exception, SystemExit) as error:  # the class is the user's
            raise ModelError(f"{name} cannot be made: {type(error).__name__}: {error}") from error
    if not (hasattr(made, "encode") or hasattr(made, "search")):
        raise ModelError(
            f"{name} is no model",
            expected="a function from texts to vectors, or an object with `prepare` and `encode`, or with `search`",
        )
    if not hasattr(made, "search"):
        return _Named(name, made)
    return _NamedBoth(name, made) if hasattr(made, "encode") else _NamedSearcher(name, made)


class _Named:
    """An encoder of the user's under the name it was called by; what it lacks is added."""

    def __init__(self, name: str, model: Any) -> None:
        self.name = name
        self.packages: Sequence[str] = tuple(getattr(model, "packages", ("numpy",)))
        self._model = model

    def __getattr__(self, name: str) -> Any:
        # what it may have beside `encode`
        if name in {"encode_queries", "encode_documents"}:
            return getattr(self._model, name)
        raise AttributeError(name)

    def prepare(self, texts: Sequence[str]) -> None:
        """Let it learn, if it does."""
        if hasattr(self._model, "prepare"):
            self._model.prepare(list(texts))

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return its vectors of texts."""
        found: Vectors = self._model.encode(list(texts))
        return found


class _NamedSearcher:
    """A searcher of the user's under the name it was called by."""

    def __init__(self, name: str, model: Any) -> None:
        self.name = name
        self.packages: Sequence[str] = tuple(getattr(model, "packages", ("numpy",)))
        self._model = model

    def search(self, queries: Sequence[str], documents: Sequence[str]) -> Any:
        """Return its scores of documents."""
        return self._model.search(list(queries), list(documents))


class _NamedBoth(_Named, _NamedSearcher):
    """A model of the user's that searches by itself and encodes for the other tasks."""
