r"""Texts as words are found in them: normalized and casefolded where that changes them; which characters `\w` takes.

To normalize and casefold a text costs about what hashing it does, and of abstracts in English one in fifty changes by
it but for the case of ASCII: the others hold no character beyond ASCII, or steady ones only.
"""

from __future__ import annotations

import sys
import unicodedata
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from curation.schemas.arrow_text import text_bytes

__all__ = ["mark", "normalized"]

#: What is known of a code point.
_SEEN, _WORD_CHARACTER, _STEADY = 1, 2, 4

_END, _EMPTY = (pa.scalar(text, pa.large_string()) for text in ("\n", ""))


def normalized(texts: pa.LargeStringArray) -> tuple[NDArray[np.int64], NDArray[np.uint8], NDArray[np.int64]]:
    """Normalize and casefold texts, but for the case of ASCII.

    Each one ends with a line break, so that no word goes on in the next.

    Args:
        texts: n strings, no nulls.

    Returns:
        Where the bytes of each text begin and end, shape [n + 1], the bytes, shape [m], and where the word characters
        beyond ASCII begin.
    """
    strings = pc.binary_join_element_wise(texts, _END, _EMPTY)
    offsets, data = text_bytes(strings)
    leads, kinds = _beyond_ascii(data)
    if len(unsteady := leads[kinds & _STEADY == 0]):
        changing = np.zeros(len(strings), np.bool_)
        changing[np.searchsorted(offsets, unsteady, side="right") - 1] = True
        mask = pa.array(changing)
        changed = [unicodedata.normalize("NFKC", text).casefold() for text in strings.filter(mask).to_pylist()]
        offsets, data = text_bytes(pc.replace_with_mask(strings, mask, pa.array(changed, pa.large_string())))
        leads, kinds = _beyond_ascii(data)
    return offsets, data, leads[kinds & _WORD_CHARACTER > 0]


def mark(inside: NDArray[np.bool_], data: NDArray[np.uint8], words: NDArray[np.int64]) -> None:
    """Mark the bytes of word characters beyond ASCII.

    Args:
        inside: Whether each byte belongs to a word; changed in place; shape [m].
        data: Valid UTF-8; shape [m].
        words: Where the characters begin.
    """
    for behind, least in enumerate((0xC0, 0xC0, 0xE0, 0xF0)):
        inside[words[data[words] >= least] + behind] = True


def _beyond_ascii(data: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Return where the characters beyond ASCII begin, and their kinds.

    Args:
        data: Valid UTF-8; shape [m].
    """
    leads = np.flatnonzero(data >= 0xC0)
    # a character of fewer bytes reads some that it does not use
    first, *later = (data.take(leads + behind, mode="clip").astype(np.int32) for behind in range(4))
    one, two, three = (byte & 0x3F for byte in later)
    points = (first & 0x1F) << 6 | one
    points = np.where(first >= 0xE0, (first & 0x0F) << 12 | one << 6 | two, points)
    points = np.where(first >= 0xF0, (first & 0x07) << 18 | one << 12 | two << 6 | three, points)
    return leads, _kinds_of(points)


@cache
def _kinds() -> NDArray[np.uint8]:
    """Return what is known of the code points so far: `_SEEN` and what else holds; shape [0x110000]."""
    return np.zeros(sys.maxunicode + 1, np.uint8)


def _kinds_of(points: NDArray[np.int32]) -> NDArray[np.uint8]:
    """Return `_WORD_CHARACTER` and `_STEADY` of code points; each is looked up once in a process."""
    kinds = _kinds()
    found: NDArray[np.uint8] = kinds[points]
    if len(unknown := points[found == 0]):
        for point in np.unique(unknown).tolist():
            kinds[point] = _kind(chr(point))
        found = kinds[points]
    return found


def _kind(character: str) -> int:
    r"""Return whether `\w` takes a character, and whether it is steady.

    A steady character beyond ASCII stays what it is when a text is normalized and casefolded, whatever stands beside
    it: it neither changes alone nor joins or passes the one before. Marks and vowels of some scripts do, so no mark and
    no letter without case is called steady.
    """
    steady = unicodedata.category(character)[0] != "M" and unicodedata.category(character) not in ("Lo", "Lm")
    steady = steady and unicodedata.is_normalized("NFKC", character) and character.casefold() == character
    return _SEEN | _WORD_CHARACTER * (character.isalnum() or character == "_") | _STEADY * steady
