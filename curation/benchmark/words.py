"""Words of texts in one spelling, and which texts have words in a row in common.

Case, accents, Unicode forms, punctuation, white space and invisible characters make no difference.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from curation.deduplicate.hashing import constants, mix
from curation.deduplicate.segments import offsets_of, positions
from curation.deduplicate.similarity import Shingle

__all__ = ["GRAM", "Numbered", "Words", "grams", "number", "row", "sharing", "spelled", "standing"]

GRAM: Final = 5
"""Words of an n-gram, as in deduplication (`curation/deduplicate/similarity.py`)."""

Words = tuple[str, ...]

# Scripts without blanks between words: Thai to Tibetan, Burmese, Khmer, kana, Han. Each character counts as a word.
_SPACELESS: Final = (
    "\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
)
_WORD = re.compile(rf"[{_SPACELESS}]|[^\W_{_SPACELESS}]+")
# ASCII letters in lower case, and blanks for what is neither letter nor digit; bytes of other characters stay
_SMALL: Final = bytes(
    ord(chr(code).lower()) if code > 127 or chr(code).isalnum() else ord(" ") for code in range(128)
) + bytes(range(128, 256))
_FACTORS: Final = constants("benchmark n-gram", GRAM)
# of a hash, to find those that two sides may share: 4 MB, of which 2,000 abstracts fill a tenth
_BITS: Final = 22


def spelled(text: str) -> Words:
    """Return the words of a text in one spelling."""
    # no character on one side of a blank, or of ASCII punctuation, changes how the other side is spelled
    pieces = text.encode(errors="surrogatepass").translate(_SMALL).decode(errors="surrogatepass").split()
    if text.isascii():
        return tuple(pieces)
    return tuple(chain.from_iterable((piece,) if piece.isascii() else _beyond_ascii(piece) for piece in pieces))


# names are there again and again
@lru_cache(maxsize=4096)
def _beyond_ascii(text: str) -> Words:
    folded = unicodedata.normalize("NFKD", text).casefold()
    # accents and other marks, soft hyphens, characters without width
    unseen = [one for one in set(folded) if unicodedata.category(one) in {"Mn", "Mc", "Me", "Cf"}]
    return tuple(_WORD.findall(folded.translate(dict.fromkeys(map(ord, unseen)))))


def row(found: Sequence[str]) -> str:
    """Return words in a row with blanks around, so that only whole words are found in it."""
    return f" {' '.join(found)} "


def grams(found: Words) -> frozenset[Shingle]:
    """Return the n-grams of words; none of fewer than `GRAM`."""
    return frozenset(zip(*(found[start:] for start in range(GRAM)), strict=False))


@dataclass(frozen=True, slots=True)
class Numbered:
    """Words of several texts as numbers, of which equal words have the same.

    Attributes:
        numbers: Of all words, text after text; shape [words].
        offsets: Where each text begins, and where the last one ends; shape [texts + 1].
    """

    numbers: NDArray[np.int64]
    offsets: NDArray[np.int64]

    @property
    def texts(self) -> NDArray[np.int64]:
        """The number of the text that each word is in."""
        return np.repeat(np.arange(len(self.offsets) - 1), np.diff(self.offsets))

    def spans(self, first: NDArray[np.int64], last: NDArray[np.int64]) -> Numbered:
        """Return the words of other texts, each of several of these in a row.

        Args:
            first: The first text of each; shape [n].
            last: The one after its last; shape [n].
        """
        starts = self.offsets[first]
        lengths = self.offsets[last] - starts
        return Numbered(self.numbers[positions(starts, lengths)], offsets_of(lengths))


def number(texts: Sequence[str]) -> Numbered:
    """Number the words of texts, those that `spelled` gives."""
    pieces = [one.encode() if one.isascii() else " ".join(spelled(one)).encode(errors="surrogatepass") for one in texts]
    joined = b" ".join(pieces).translate(_SMALL)
    inside = np.frombuffer(joined, np.uint8) != ord(" ")
    edges = np.flatnonzero(np.diff(inside, prepend=False, append=False))
    starts, ends = edges[::2], edges[1::2]
    buffers = [None, pa.py_buffer(offsets_of(ends - starts)), pa.py_buffer(joined.translate(None, b" "))]
    words_of_all = pa.Array.from_buffers(pa.large_binary(), len(starts), buffers)
    # a blank stands between two texts
    begins = offsets_of(np.fromiter(map(len, pieces), np.int64, len(pieces)) + 1)
    numbers = words_of_all.dictionary_encode().indices.to_numpy().astype(np.int64)
    return Numbered(numbers, np.searchsorted(starts, begins))


def standing(found: Numbered, asked: NDArray[np.int64], known: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return how much of each asked text stands in the known texts of its group: a share of its words, in any order.

    Args:
        found: Words of texts.
        asked: The group in which a text is looked for; -1 where it is not. Shape [texts].
        known: The group that a text is part of; -1 where it is of none. Shape [texts].

    Returns:
        Shares; 0 for a text without words, and for one that is not asked for. Shape [texts].
    """
    lengths, most = np.diff(found.offsets), int(found.numbers.max(initial=0)) + 1
    groups = np.repeat(known, lengths)
    keys = np.sort((groups * most + found.numbers)[groups >= 0])
    if not len(keys):
        return np.zeros(len(asked))
    groups = np.repeat(asked, lengths)
    wanted = np.flatnonzero(groups >= 0)
    sought = groups[wanted] * most + found.numbers[wanted]
    there = wanted[keys[np.minimum(np.searchsorted(keys, sought), len(keys) - 1)] == sought]
    counts = np.bincount(np.searchsorted(found.offsets, there, side="right") - 1, minlength=len(asked))
    return counts / np.maximum(lengths, 1)


def sharing(found: Numbered, sides: NDArray[np.int64], least: int) -> list[tuple[int, int]]:
    """Return which texts of different sides have n-grams in common.

    Some have fewer: n-grams are compared by 64-bit hashes, and one that stands several times in a text counts each
    time. No pair is missing.

    Args:
        found: Words of texts.
        sides: Of each text, ascending; pairs are a text of a lower and one of a higher side. Shape [texts].
        least: How many of the n-grams of one text must stand in the other one, at least 1; all of a text are enough.
    """
    hashes, texts = _hashed(found)
    # all sides but the last, and all but the first
    end, begin = np.searchsorted(sides[texts], [sides.max(initial=0), sides.min(initial=0) + 1])
    known, known_texts, asked, asked_texts = hashes[:end], texts[:end], hashes[begin:], texts[begin:]
    # most n-grams are in one text only: those of both sides are a few
    both = _may_be_among(asked, known)
    asked, asked_texts = asked[both], asked_texts[both]
    both = _may_be_among(known, asked)
    known, known_texts = known[both], known_texts[both]
    order = np.argsort(known)
    values, begins, counts = np.unique(known[order], return_index=True, return_counts=True)
    places = np.minimum(np.searchsorted(values, asked), max(len(values) - 1, 0))
    met = np.flatnonzero(values[places] == asked) if len(values) else places[:0]
    begins, counts = begins[places[met]], counts[places[met]]
    left = known_texts[order][positions(begins, counts)]
    right = np.repeat(asked_texts[met], counts)
    apart = sides[left] < sides[right]
    codes, counts = np.unique(left[apart] * len(sides) + right[apart], return_counts=True)
    lefts, rights = np.divmod(codes, max(len(sides), 1))
    all_of = np.maximum(np.diff(found.offsets) - GRAM + 1, 1)
    enough = counts >= np.minimum(least, np.minimum(all_of[lefts], all_of[rights]))
    return list(zip(lefts[enough].tolist(), rights[enough].tolist(), strict=True))


def _hashed(found: Numbered) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Return hashes of the n-grams of texts, in their order, and the number of the text that each is in."""
    different = np.arange(found.numbers.max(initial=-1) + 1, dtype=np.uint64)
    numbers, texts = mix(different)[found.numbers], found.texts
    count = max(len(numbers) - GRAM + 1, 0)
    hashes, term = np.zeros(count, np.uint64), np.empty(count, np.uint64)
    for place, factor in enumerate(_FACTORS):
        hashes += np.multiply(numbers[place : place + count], np.uint64(factor), out=term)
    inside = texts[:count] == texts[len(texts) - count :]
    return mix(hashes)[inside], texts[:count][inside]  # mixed, so that the first bits depend on all words


def _may_be_among(values: NDArray[np.uint64], others: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Tell which values have the first bits of another: all that are among the others, and a few more."""
    seen = np.zeros(1 << _BITS, np.bool_)
    shift = np.uint64(64 - _BITS)
    seen[others >> shift] = True
    found: NDArray[np.bool_] = seen[values >> shift]
    return found
