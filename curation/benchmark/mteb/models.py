"""Models of ours as models of MTEB.

MTEB keeps results under the name and revision of a model. One that has no name shares its results with every other of
that kind, so a model is wrapped here only under a name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from mteb.models.model_meta import ModelMeta, ScoringFunction

from curation.benchmark.evaluate.retrieval import cosine
from curation.benchmark.models.base import Encoder, Model, Searcher, Vectors
from curation.benchmark.models.checked import encoded_parts, prepared, searched
from curation.benchmark.models.external import SentenceTransformers
from curation.benchmark.mteb.metadata import TaskAbout
from curation.errors import ModelError

__all__ = ["wrapped"]

_OWNER: Final = "paper-abstracts"
# MTEB needs every vector whole; of a long text of few words, nearly all of that is zeros.
_MOST_BYTES: Final = 4 * 2**30


def wrapped(model: Any, *, name: str | None = None, revision: str | None = None) -> Any:
    """Return a model of MTEB, under a name and revision of its own.

    Args:
        model: An `Encoder` or `Searcher` of `curation.benchmark.models.base`, as `open_model` returns them, or a
            `SentenceTransformer`.
        name: `owner/name`. Without it `paper-abstracts/` and the model's name, or the name a `SentenceTransformer` has
            on the Hub; one from a folder has none there and must be given one.
        revision: Without it the version of this package, or what a `SentenceTransformer` says, or else a hash of its
            weights. Raise it when a model of your own gives other vectors: results are kept under it.

    Returns:
        What `mteb.evaluate` takes: an `EncoderProtocol`, or a `SearchProtocol`, which does tasks of retrieval.

    Raises:
        ModelError: It is no model, or one without a name, or without the sign `/` in it.
    """
    if name is not None and "/" not in name:
        raise ModelError(f"{name!r} is no name of a model in MTEB", expected="owner/name", hint=f"my-models/{name}")
    if isinstance(model, SentenceTransformers):
        raise ModelError(
            f"{model.name} is run by MTEB itself, with the prompts it has",
            hint="wrapped(SentenceTransformer(PLACE), name='owner/name')",
        )
    if type(model).__module__.split(".")[0] == "sentence_transformers":
        return _sentence_transformer(model, name, revision)
    if isinstance(model, Searcher):
        return SearcherOfOurs(model, _meta(model, name, revision))
    if isinstance(model, Encoder):
        return EncoderOfOurs(model, _meta(model, name, revision))
    raise ModelError(
        f"a {type(model).__name__} is no model",
        expected="an object with `name`, `packages`, and `prepare` and `encode`, or `search`; or a SentenceTransformer",
    )


def _meta(model: Model, name: str | None, revision: str | None) -> ModelMeta:
    from importlib.metadata import version

    return ModelMeta.create_empty(
        overwrites={
            "name": name or f"{_OWNER}/{model.name}",
            "revision": revision or version("paper-abstracts"),
            "similarity_fn_name": None if isinstance(model, Searcher) else ScoringFunction.COSINE,
        }
    )


def _sentence_transformer(model: Any, name: str | None, revision: str | None) -> Any:
    from mteb.models import SentenceTransformerEncoderWrapper

    found = SentenceTransformerEncoderWrapper(model)
    told = found.mteb_model_meta
    nameless = ModelMeta.create_empty()
    if name is None and (told.name == nameless.name or "/" not in told.name):
        raise ModelError(
            "MTEB has no name for this SentenceTransformer, and would keep its results with those of all such models",
            hint="wrapped(model, name='owner/name')",
        )
    if revision is None and (name is not None or told.revision == nameless.revision):
        revision = _weights(model)
    found.mteb_model_meta = told.model_copy(update={"name": name or told.name, "revision": revision or told.revision})
    return found


def _weights(model: Any) -> str:
    """Return a hash of the weights and of what stands around them."""
    digest = hashlib.sha256(f"{model}\n{model.prompts}".encode())
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode() + tensor.float().cpu().numpy().tobytes())
    return digest.hexdigest()[:16]


def _texts(inputs: Iterable[dict[str, Any]]) -> list[str]:
    return [text for batch in inputs for text in batch["text"]]


class EncoderOfOurs:
    """An encoder of ours as an `EncoderProtocol`; it learns from the texts of each task before it encodes them.

    Args:
        model: The encoder.
        meta: Its name and revision.
    """

    def __init__(self, model: Encoder, meta: ModelMeta) -> None:
        self.mteb_model_meta = meta
        self._model = model
        self._learnt: tuple[str, str] | None = None

    def encode(self, inputs: Any, *, task_metadata: Any, prompt_type: Any = None, **_: Any) -> npt.NDArray[np.float64]:
        """Return vectors, shape (texts, dimensions), those of queries and documents by the encoder's method for them.

        Raises:
            ModelError: The task is none of ours, the model fails, or its vectors are too many to be written out whole.
        """
        self._learn(task_metadata)
        method = {"query": "encode_queries", "document": "encode_documents"}.get(getattr(prompt_type, "value", ""))
        return self._whole(encoded_parts(self._model, [_texts(inputs)], by=[method or "encode"])[0])

    def _learn(self, about: Any) -> None:
        if not isinstance(about, TaskAbout):
            raise ModelError(
                f"{self.mteb_model_meta.name} learns from the texts of a task, which {about.name} does not give it",
                expected="a task of curation.benchmark.mteb",
            )
        if self._learnt != (about.name, about.revision):
            prepared(self._model, about.to_learn_from)
            self._learnt = (about.name, about.revision)

    def _whole(self, found: Vectors) -> npt.NDArray[np.float64]:
        if isinstance(found, np.ndarray):
            return np.asarray(found, dtype=np.float64)
        size = 8 * found.shape[0] * found.shape[1]
        if size > _MOST_BYTES:
            raise ModelError(
                f"{found.shape[0]:,} vectors of {self.mteb_model_meta.name} take {size / 2**30:.0f} GiB in MTEB, which"
                " needs them with all their zeros",
                hint="score this model with `curate benchmark`",
            )
        return np.asarray(found.toarray(), dtype=np.float64)

    def similarity(self, embeddings1: Any, embeddings2: Any) -> npt.NDArray[np.floating[Any]]:
        """Return the cosine of each vector of the one with each of the other."""
        return cosine(np.atleast_2d(np.asarray(embeddings1)), np.atleast_2d(np.asarray(embeddings2)))

    def similarity_pairwise(self, embeddings1: Any, embeddings2: Any) -> npt.NDArray[np.floating[Any]]:
        """Return the cosine of each vector with the one in the same row."""
        from sklearn.metrics.pairwise import paired_cosine_distances

        return np.asarray(1 - paired_cosine_distances(embeddings1, embeddings2))


class SearcherOfOurs:
    """A searcher of ours as a `SearchProtocol`.

    Args:
        model: The searcher.
        meta: Its name and revision.
    """

    def __init__(self, model: Searcher, meta: ModelMeta) -> None:
        self.mteb_model_meta = meta
        self._model = model
        self._ids: Sequence[str] = ()
        self._texts: Sequence[str] = ()

    def index(self, corpus: Any, **_: Any) -> None:
        """Keep the documents, titles and texts joined as MTEB joins them."""
        titles = corpus["title"] if "title" in corpus.column_names else [""] * len(corpus)
        self._ids = list(corpus["id"])
        self._texts = [f"{title or ''} {text}".strip() for title, text in zip(titles, corpus["text"], strict=True)]

    def search(self, queries: Any, *, top_k: int, top_ranked: Any = None, **_: Any) -> dict[str, dict[str, float]]:
        """Return the scores of the best documents by query.

        Raises:
            ModelError: The model fails, or shall order documents that another has found.
        """
        if top_ranked is not None:
            raise ModelError(f"{self.mteb_model_meta.name} searches all documents; it ranks no given ones")
        scores = searched(self._model, list(queries["text"]), self._texts)
        best = np.argsort(-scores, axis=1, kind="stable")[:, :top_k]
        return {
            query: {self._ids[at]: float(row[at]) for at in found}
            for query, row, found in zip(queries["id"], scores, best, strict=True)
        }
