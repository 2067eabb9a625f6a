"""Line breaks of whole columns: sources that wrap lines wrap nearly every text, so these are found all at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from curation.schemas.arrow_text import text_bytes

__all__ = ["JoinedLines", "join_lines", "newline_places"]

# What a newline between two words does not have beside it: the blanks of ASCII, as Python's `\s` sees them.
_IS_BLANK = np.zeros(256, bool)
_IS_BLANK[[*range(0x09, 0x0E), *range(0x1C, 0x21)]] = True
# Texts with these are left to the rule: a substitute character may tell of a wrong encoding, which is looked for before
# lines are joined.
_RETURN, _SUBSTITUTE = 0x0D, 0x1A


@dataclass(frozen=True, slots=True)
class JoinedLines:
    """A column in which lines were joined, and the one edit of each text where they were.

    Attributes:
        texts: All texts of the column.
        rows: Rows of the edited ones, ascending.
        starts: The first line break of each edited text.
        offsets: Its further line breaks; type list<int64>.
    """

    texts: pa.Array
    rows: NDArray[np.int64]
    starts: NDArray[np.int64]
    offsets: pa.ListArray


def newline_places(texts: pa.Array) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return how many newlines each text has, and where they stand in it.

    Args:
        texts: ASCII, without missing values; shape [n].

    Returns:
        Counts, shape [n], and first characters, of one text after the other, shape [sum of counts].
    """
    if not len(texts):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    offsets, content = text_bytes(texts)
    places = np.flatnonzero(content == ord("\n"))
    counts = _counts(places, offsets)
    return counts, places - np.repeat(offsets[:-1], counts)


def join_lines(texts: pa.Array) -> JoinedLines:
    r"""Join the lines of the texts in which every break is one newline between two words, as `find_line_breaks` does.

    Args:
        texts: Strings, without missing values; those beyond ASCII and those with other breaks stay as they are.
    """
    if not len(texts):
        return _nothing_joined(texts)
    offsets, content = text_bytes(texts)
    usual = _counts(np.flatnonzero(content > 0x7F), offsets) == 0
    controls = np.flatnonzero(content < 0x20)
    codes = content[controls]
    owners = np.repeat(np.arange(len(texts)), _counts(controls, offsets))
    usual[owners[(codes == _RETURN) | (codes == _SUBSTITUTE)]] = False
    is_break = codes == ord("\n")
    places, owners = controls[is_break], owners[is_break]
    counts = np.bincount(owners, minlength=len(texts))
    usual &= counts > 0
    first, last = places == offsets[owners], places == offsets[owners + 1] - 1
    blank_before = _IS_BLANK[content[np.maximum(places - 1, 0)]]
    blank_after = _IS_BLANK[content[np.minimum(places + 1, len(content) - 1)]]
    usual[owners[first | last | blank_before | blank_after]] = False
    if not usual.any():
        return _nothing_joined(texts)
    joined = usual[owners]
    changed = content.copy()
    changed[places[joined]] = ord(" ")
    rows, counts = np.flatnonzero(usual), counts[usual]
    starts = (places - offsets[owners])[joined]
    is_first = np.zeros(len(starts), bool)
    is_first[np.cumsum(counts) - counts] = True
    ends = np.concatenate(([0], np.cumsum(counts - 1))).astype(np.int32)
    return JoinedLines(
        pa.StringArray.from_buffers(len(texts), pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(changed)),
        rows,
        starts[is_first],
        pa.ListArray.from_arrays(pa.array(ends), pa.array(starts[~is_first])),
    )


def _nothing_joined(texts: pa.Array) -> JoinedLines:
    none = np.zeros(0, np.int64)
    return JoinedLines(texts, none, none, pa.array([], pa.list_(pa.int64())))


def _counts(places: NDArray[np.int64], offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    """Count the places, ascending, that each text holds."""
    return np.diff(np.searchsorted(places, offsets))
