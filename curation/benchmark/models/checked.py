"""Asking a model, and checking what it gives before a score is made of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import zip_longest
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from curation.benchmark.models.base import Encoder, Model, Scores, Searcher, Vectors
from curation.errors import CurationError, ModelError

__all__ = ["encoded", "encoded_parts", "prepared", "searched"]

# Texts handed to a model at a time, so that progress can be shown.
_BATCH = 256


def prepared(model: Model, texts: Sequence[str]) -> None:
    """Let a model learn from texts, if it does.

    Raises:
        ModelError: It fails.
    """
    if isinstance(model, Encoder):
        _asked(model, "learning from the texts", lambda: model.prepare(texts))


def encoded(model: Encoder, texts: Sequence[str], progress: Callable[[int], None] = lambda texts: None) -> Vectors:
    """Return a model's vectors of texts, shape (texts, dimensions).

    Args:
        model: The model.
        texts: Any texts; none gives no row.
        progress: Called with the number of texts each time some are done.

    Raises:
        ModelError: It fails, gives another number of rows, something that is no matrix of numbers, rows of another
            width than before, or a value that is not finite.
    """
    return encoded_parts(model, [texts], progress)[0]


def encoded_parts(
    model: Encoder,
    parts: Sequence[Sequence[str]],
    progress: Callable[[int], None] = lambda texts: None,
    *,
    by: Sequence[str] = (),
) -> list[Vectors]:
    """Return a model's vectors of several lists of texts, all of as many dimensions; else as `encoded`.

    Args:
        model: The model.
        parts: Lists of texts.
        progress: Called with the number of texts each time some are done.
        by: For each list the method that a model may have for such texts; `encode` is taken where it has not.
    """
    found: list[Vectors] = []
    width = None
    for texts, method in zip_longest(parts, by, fillvalue="encode"):
        assert not isinstance(texts, str)  # there are no more methods than lists
        found.append(_encoded(model, texts, progress, width, getattr(model, str(method), model.encode)))
        width = found[-1].shape[1] if len(texts) else width
    return found


def _encoded(
    model: Encoder,
    texts: Sequence[str],
    progress: Callable[[int], None],
    width: int | None,
    encode: Callable[[Sequence[str]], Vectors],
) -> Vectors:
    parts: list[Vectors] = []
    for start in range(0, len(texts), _BATCH):
        batch = texts[start : start + _BATCH]
        part = _matrix(model, _asked(model, f"text {start + 1} to {start + len(batch)}", partial(encode, batch)))
        if part.shape[0] != len(batch):
            raise ModelError(
                f"the model {model.name} gave {part.shape[0]} vectors for {len(batch)} texts",
                expected=f"an array of shape ({len(batch)}, dimensions)",
                hint="return one row for each text, in their order",
            )
        if width is not None and part.shape[1] != width:
            raise ModelError(
                f"the model {model.name} gave vectors of {part.shape[1]} dimensions after some of {width}",
                expected="the same number of dimensions for every text",
            )
        width = part.shape[1]
        _require_finite(model, part, batch, start)
        parts.append(part)
        progress(len(batch))
    if not parts:
        return np.zeros((0, width or 1))
    return sp.vstack(parts, format="csr") if any(map(sp.issparse, parts)) else np.concatenate(parts)


def searched(model: Searcher, queries: Sequence[str], documents: Sequence[str]) -> Scores:
    """Return a model's scores of documents, shape (queries, documents).

    Raises:
        ModelError: It fails, or gives something else.
    """
    scores = _array(_asked(model, "searching", lambda: model.search(queries, documents)))
    real = np.issubdtype(scores.dtype, np.integer) or np.issubdtype(scores.dtype, np.floating)
    if scores.shape != (len(queries), len(documents)) or not real:
        raise ModelError(
            f"the model {model.name} gave scores of shape {scores.shape} and type {scores.dtype}",
            expected=f"real numbers of shape ({len(queries)}, {len(documents)})",
        )
    _require_finite(model, scores, queries, 0)
    return scores.astype(np.float64, copy=False)


def _asked(model: Model, what: str, ask: Callable[[], object]) -> object:
    try:
        return ask()
    except CurationError:
        raise
    except (Exception, SystemExit) as error:  # a user's model may raise anything
        raise ModelError(
            f"the model {model.name} failed ({what}): {type(error).__name__}: {error}",
            hint="mend the model and run the command again",
        ) from error


def _matrix(model: Model, given: object) -> Vectors:
    if sp.issparse(given):
        found: Vectors = sp.csr_matrix(given)
    else:
        found = _array(given)
    if found.ndim != 2 or not found.shape[1] or not np.issubdtype(found.dtype, np.number):
        shape = f"an array of shape {found.shape} and type {found.dtype}" if found.ndim else f"a {type(given).__name__}"
        raise ModelError(
            f"the model {model.name} gave {shape}",
            expected="an array of numbers of shape (texts, dimensions)",
            hint="return one vector for each text, such as numpy.ndarray of shape (len(texts), 384)",
        )
    if np.issubdtype(found.dtype, np.complexfloating):
        raise ModelError(f"the model {model.name} gave complex numbers", expected="real numbers")
    return found if sp.issparse(found) else found.astype(np.float64, copy=False)


def _array(given: object) -> npt.NDArray[Any]:
    """Return an array of what a model gave; an empty object where it is none, such as rows of several lengths."""
    try:
        return np.asarray(given)
    except (TypeError, ValueError, RuntimeError):
        return np.asarray(None)


def _require_finite(model: Model, found: Vectors, texts: Sequence[str], start: int) -> None:
    values = found.data if sp.issparse(found) else found
    if np.isfinite(values).all():
        return
    if sp.issparse(found):
        row = int(sp.coo_matrix(found).row[~np.isfinite(values)][0])
    else:
        row = int(np.flatnonzero(~np.isfinite(values).all(axis=1))[0])
    from curation.schemas.check import shorten

    raise ModelError(
        f"the model {model.name} gave a value that is not finite (NaN or infinite) for text {start + row + 1}:"
        f" {shorten(texts[row], 60)!r}",
        expected="finite numbers",
        hint="look at what the model does with this text",
    )
