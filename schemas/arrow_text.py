"""Columns of text looked at as bytes, all at once."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

__all__ = ["are_ascii", "beyond_ascii", "is_constant", "lengths_of", "text_bytes", "whole"]


def whole(column: pa.ChunkedArray) -> pa.Array:
    """Return a column as one array; Arrow's own way of joining chunks copies a single one, too."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def text_bytes(texts: pa.Array) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Return where each text begins and ends, shape [n + 1], and the bytes of all of them, from the first one's on.

    Args:
        texts: Strings, large or not.
    """
    if not len(texts):
        return np.zeros(1, np.int64), np.zeros(0, np.uint8)
    _, offsets, data = texts.buffers()
    kind = np.dtype(np.int64 if pa.types.is_large_string(texts.type) else np.int32)
    bounds = np.frombuffer(offsets, kind, len(texts) + 1, texts.offset * kind.itemsize).astype(np.int64)
    size = int(bounds[-1] - bounds[0])
    content = np.frombuffer(data, np.uint8, size, int(bounds[0])) if size else np.zeros(0, np.uint8)
    return bounds - bounds[0], content


def are_ascii(texts: pa.Array) -> NDArray[np.bool_]:
    """Tell of every text whether it is ASCII; of a missing one nothing is said."""
    bounds, content = text_bytes(texts)
    good = np.ones(len(texts), bool)
    # where nothing is between two bounds, `reduceat` would give the byte at the first one
    filled = np.flatnonzero(bounds[1:] > bounds[:-1])
    if len(filled):
        good[filled] = np.maximum.reduceat(content, bounds[filled]) < 128
    return good


def is_constant(texts: pa.Array) -> bool:
    """Tell whether all texts are the same, none of them missing."""
    if not len(texts) or texts[0] != texts[-1]:
        return False
    return bool(pc.all(pc.equal(texts, texts[0]), skip_nulls=False).as_py())


def lengths_of(texts: pa.Array) -> NDArray[np.int64]:
    """Return the characters that each text has.

    Args:
        texts: Strings, without missing values.
    """
    bounds, _ = text_bytes(texts)
    lengths = np.diff(bounds)
    beyond = np.flatnonzero(~are_ascii(texts))  # of ASCII each byte is a character
    lengths[beyond] = pc.utf8_length(texts.take(pa.array(beyond))).to_numpy()
    return lengths


def beyond_ascii(texts: pa.Array) -> pa.Array:
    """Return of each text every run of characters beyond ASCII and the character before it, one run after the other.

    No normal form changes or joins what stands before an ASCII character, so a text is in one exactly where this is.

    Args:
        texts: Strings, without missing values.
    """
    bounds, content = text_bytes(texts)
    kept = content > 127
    kept[:-1] |= kept[1:]
    places = np.flatnonzero(kept)
    shorter = np.searchsorted(places, bounds).astype(np.int32)
    return pa.StringArray.from_buffers(len(texts), pa.py_buffer(shorter), pa.py_buffer(content[places]))
