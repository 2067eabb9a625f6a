"""Line breaks of whole columns: sources that wrap lines wrap nearly every text, so these are found all at once."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from curation.normalize.edits import Edit

__all__ = ["newline_places", "unwrap_column"]

# What a newline between two words does not have beside it; blanks are those of ASCII, as Python's `\s` sees them.
# A substitute character is left too: it may tell of a wrong encoding, which is looked for before lines are joined.
_IRREGULAR = r"[\x09-\x0d\x1c-\x20]\n|\n[\x09-\x0d\x1c-\x20]|\A\n|\n\z|\r|\x1a"


def newline_places(texts: pa.Array) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return how many newlines each text has, and where they stand in it.

    Args:
        texts: ASCII, without missing values; shape [n].

    Returns:
        Counts, shape [n], and first characters, of one text after the other, shape [sum of counts].
    """
    if not len(texts):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    _, offsets_buffer, data = texts.buffers()
    offsets = np.frombuffer(offsets_buffer, np.int32, len(texts) + 1, texts.offset * 4).astype(np.int64)
    content = np.frombuffer(data, np.uint8, int(offsets[-1]))[offsets[0] :]
    places = np.flatnonzero(content == ord("\n")) + offsets[0]
    rows = np.searchsorted(offsets, places, side="right") - 1
    return np.bincount(rows, minlength=len(texts)), places - offsets[rows]


def unwrap_column(texts: pa.Array, rule: str) -> dict[int, tuple[str, Edit]]:
    r"""Join the lines of the texts in which every break is one newline between two words, as `find_line_breaks` does.

    Args:
        texts: Strings, without missing values.
        rule: The rule's id, for the edits.

    Returns:
        The new text and its edit, by row; texts beyond ASCII and those with other breaks are left to the rule.
    """
    usual = pc.and_(pc.match_substring(texts, "\n"), pc.string_is_ascii(texts))
    rows = pc.indices_nonzero(pc.and_not(usual, pc.match_substring_regex(texts, _IRREGULAR)))
    wrapped = texts.take(rows)
    counts, places = newline_places(wrapped)
    ends = np.cumsum(counts)
    joined = pc.replace_substring(wrapped, "\n", " ").to_pylist()
    starts = places.tolist()
    made: dict[int, tuple[str, Edit]] = {}
    for row, text, first, end in zip(rows.to_pylist(), joined, (ends - counts).tolist(), ends.tolist(), strict=True):
        start = starts[first]
        made[row] = text, Edit(rule, start, start + 1, "\n", " ", tuple(starts[first + 1 : end]))
    return made
