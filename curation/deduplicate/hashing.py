r"""Sets of word n-grams as sets of 64-bit hashes, for a whole Arrow array at once.

The sets are those of `curation.deduplicate.similarity.shingles`: n-grams of the NFKC, casefolded `\w+` tokens. The
hashes depend on the text alone: not on its neighbours, the machine or the process. They do depend on the Unicode tables
of the Python that runs, as the tokens do.

A token is hashed over its UTF-8 bytes, taken as words of eight bytes, the last filled up with zeros (no token holds a
zero byte, so no other has the same words): the sum of mix(word j) * m(j) modulo 2^64, with odd m(j). Words are mixed
before they are summed, so texts on which polynomials modulo 2^64 collide (Thue-Morse words) are like any other. Tokens
of up to eight bytes never collide, as mix is a bijection. An n-gram's hash is the mix of the sum of token hash k * c(k)
and a constant of its length. That any two of the 5 * 10^8 n-grams of 3 million abstracts meet has a chance of about
(5 * 10^8)^2 / 2^65 = 0.7 %, and two n-grams of one compared pair of texts one of 10^-14. The constants are public: who
wants collisions can make them.

Sources: mix is the finalizer of SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators",
2014); sums with odd factors are multilinear hashing (Lemire, Kaser, "Strongly universal string hashing is fast", 2014).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from curation.deduplicate.characters import mark, normalized
from curation.deduplicate.segments import offsets_of, positions
from curation.schemas.arrow_text import text_bytes

__all__ = ["ShingleSets", "constants", "mix", "shingle_sets"]

#: Bytes of text that are worked on at once: what is made of them stays in a core's cache (the best of 2^16 to 2^20).
_BLOCK = 1 << 18

#: Bytes that are normalized at once: more, as each call costs about what hashing one text does.
_PIECE = 1 << 21

_WORD = 8  # bytes

#: The bytes of a word that belong to a token, by how many they are.
_MASKS = np.array([(1 << 8 * count) - 1 for count in range(_WORD + 1)], np.uint64)


@dataclass(frozen=True, slots=True)
class ShingleSets:
    """A set of hashes for each row, one after the other.

    Attributes:
        offsets: Where each row's hashes begin, and where the last ones end; shape [n + 1].
        hashes: Each row's distinct hashes, ascending; shape [total].
    """

    offsets: NDArray[np.int64]
    hashes: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.offsets) - 1


def constants(name: str, count: int) -> list[int]:
    """Return odd 64-bit numbers that never change: the beginnings of sha256 of a name and a number."""
    digests = (hashlib.sha256(f"{name} {number}".encode()).digest() for number in range(count))
    return [int.from_bytes(digest[:8], "little") | 1 for digest in digests]


def mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Mix the bits of each value, in place: the bijective finalizer of SplitMix64.

    Args:
        values: Any values; any shape.

    Returns:
        The same array.
    """
    shifted = np.empty_like(values)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        np.right_shift(values, np.uint64(shift), out=shifted)
        values ^= shifted
        values *= np.uint64(factor)
    np.right_shift(values, np.uint64(31), out=shifted)
    values ^= shifted
    return values


def shingle_sets(texts: pa.Array | pa.ChunkedArray, size: int) -> ShingleSets:
    """Return the set of word n-grams of each text, as `similarity.shingles` has it, by their hashes.

    Args:
        texts: Strings; a null is a text without words.
        size: Words per n-gram; a text with fewer words has one n-gram of all of them, one without words none.

    Returns:
        The sets, in the order of the texts.
    """
    if size < 1:
        raise ValueError(f"n-grams of {size} words")
    lengths, hashes = [np.empty(0, np.int64)], [np.empty(0, np.uint64)]
    for piece in _pieces(texts):
        offsets, data, words = normalized(piece)
        for rows in _runs(offsets, _BLOCK):
            start, end = offsets[rows.start], offsets[rows.stop]
            beyond = words[slice(*np.searchsorted(words, (start, end)))] - start
            found = _sets(*_tokens(offsets[rows.start : rows.stop + 1] - start, data[start:end], beyond), size)
            lengths.append(np.diff(found.offsets))
            hashes.append(found.hashes)
    return ShingleSets(offsets_of(np.concatenate(lengths)), np.concatenate(hashes))


def _pieces(texts: pa.Array | pa.ChunkedArray) -> Iterator[pa.LargeStringArray]:
    """Yield the rows in runs of about `_PIECE` bytes, as large strings without nulls."""
    for chunk in texts.chunks if isinstance(texts, pa.ChunkedArray) else [texts]:
        strings = chunk.cast(pa.large_string())
        if strings.null_count:
            strings = strings.fill_null("")
        for rows in _runs(text_bytes(strings)[0], _PIECE):
            yield strings.slice(rows.start, len(rows))


def _runs(offsets: NDArray[np.int64], most: int) -> Iterator[range]:
    """Yield runs of rows of at most so many bytes, or of one row."""
    first = 0
    while first < len(offsets) - 1:
        last = int(np.searchsorted(offsets, offsets[first] + most, side="right")) - 1
        last = max(last, first + 1)
        yield range(first, last)
        first = last


def _tokens(
    offsets: NDArray[np.int64], data: NDArray[np.uint8], words: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Find the tokens of texts and hash them.

    Args:
        offsets: Where the bytes of each text begin and end; shape [n + 1].
        data: The texts' bytes as `normalized` has them; shape [m].
        words: Where the word characters beyond ASCII begin.

    Returns:
        Where the tokens of each text begin and end, shape [n + 1], and the tokens' hashes, shape [tokens].
    """
    length = len(data)
    # bytes behind the end, so that two words can be read from any place
    padded = np.empty(length // _WORD * _WORD + 2 * _WORD, np.uint8)
    padded[length:] = 0
    lowered = padded[:length]
    np.bitwise_or(data, 0x20, out=lowered)
    lowered -= np.uint8(ord("a"))
    inside = lowered < 26
    # -1 has all bits set
    np.negative(inside.view(np.uint8), out=lowered)
    lowered &= np.uint8(0x20)
    lowered |= data
    inside |= (data - np.uint8(ord("0"))) < 10
    inside |= data == ord("_")
    if len(words):
        mark(inside, data, words)
    edges = np.empty(length + 1, np.bool_)
    # the last byte of a text is a line break
    edges[0], edges[-1] = inside[0], False
    np.not_equal(inside[1:], inside[:-1], out=edges[1:-1])
    places = np.flatnonzero(edges)
    starts, ends = places[::2].copy(), places[1::2]
    return np.searchsorted(starts, offsets), _token_hashes(padded.view("<u8"), starts, ends - starts)


def _token_hashes(
    words: NDArray[np.uint64], starts: NDArray[np.int64], lengths: NDArray[np.int64]
) -> NDArray[np.uint64]:
    """Hash the bytes of each token; see the top of this module.

    Args:
        words: Bytes, by eight, with eight of them behind the last token.
        starts: Where each token begins; shape [tokens].
        lengths: Bytes of each token, at least 1; shape [tokens].
    """
    found = mix(_read(words, starts, lengths))
    long = np.flatnonzero(lengths > _WORD)
    starts, lengths = starts[long], lengths[long]
    # most of the long ones end with their second word
    found[long] += mix(_read(words, starts + _WORD, lengths - _WORD)) * _factors(np.ones(1, np.uint64))
    longer = np.flatnonzero(lengths > 2 * _WORD)
    if len(longer):
        further = (lengths[longer] - 1) // _WORD - 1
        number = positions(np.full_like(further, 2), further)
        at = np.repeat(longer, further)
        terms = mix(_read(words, starts[at] + number * _WORD, lengths[at] - number * _WORD))
        terms *= _factors(number.astype(np.uint64))
        found[long[longer]] += np.add.reduceat(terms, offsets_of(further)[:-1])
    return found


def _factors(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return what the words of a token are multiplied by, from the second one, number 1, on; in place."""
    return mix(numbers) | np.uint64(1)


def _read(words: NDArray[np.uint64], places: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Read up to eight bytes from each place, the rest filled up with zeros.

    Args:
        words: Bytes, by eight.
        places: Number of the first byte; shape [n].
        lengths: Bytes that are wanted, at least 1; shape [n].
    """
    # two aligned words put together: NumPy copies numbers that are not aligned one by one
    at = places >> 3
    found = words.take(at)
    at += 1
    behind = words.take(at)
    np.bitwise_and(places, 7, out=at)
    at <<= 3
    shift = at.view(np.uint64)
    found >>= shift
    # NumPy shifts by 64 to zero
    np.subtract(np.uint64(64), shift, out=shift)
    behind <<= shift
    found |= behind
    found &= _MASKS.take(lengths, mode="clip", out=behind)
    return found


@cache
def _gram_constants(size: int) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Return the factor of each token of an n-gram, and what is added for each length."""
    factors, salts = constants("n-gram factor", size), constants("n-gram length", size + 1)
    return np.array(factors, np.uint64), np.array(salts, np.uint64)


def _sets(tokens: NDArray[np.int64], hashes: NDArray[np.uint64], size: int) -> ShingleSets:
    """Return the distinct n-grams of each text.

    Args:
        tokens: Where the tokens of each text begin and end; shape [n + 1].
        hashes: The tokens' hashes; shape [tokens].
        size: Tokens per n-gram.
    """
    factors, salts = _gram_constants(size)
    grams = hashes * factors[0]
    grams += salts[size]
    product = np.empty_like(grams)
    for place in range(1, min(size, len(hashes))):
        np.multiply(hashes[place:], factors[place], out=product[place:])
        grams[:-place] += product[place:]
    counts = np.diff(tokens)
    short = np.flatnonzero((counts > 0) & (counts < size))
    if len(short):
        first, held = tokens[short], counts[short]
        whole = salts[held]
        for place in range(size - 1):
            some = held > place
            whole[some] += hashes[first[some] + place] * factors[place]
        grams[first] = whole
    mix(grams)
    # the last tokens of a text begin no n-gram
    ends = tokens[:-1] + np.where(counts >= size, counts - size + 1, np.minimum(counts, 1))
    for first, last in zip(tokens[:-1].tolist(), ends.tolist(), strict=True):
        grams[first:last].sort()
    left_out = np.zeros(len(grams), np.bool_)
    np.equal(grams[1:], grams[:-1], out=left_out[1:])
    # the first one of a text is no repetition, whatever stands before it
    left_out[tokens[:-1][counts > 0]] = False
    for place in range(1, size):
        last = tokens[1:] - place
        left_out[last[last >= ends]] = True
    offsets = tokens - np.searchsorted(np.flatnonzero(left_out), tokens)
    return ShingleSets(offsets, grams[~left_out])
