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
import re
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from curation.deduplicate.segments import offsets_of, positions, sort_each

__all__ = ["ShingleSets", "constants", "mix", "shingle_sets"]

#: Bytes of text that are worked on at once: what is made of them stays in a core's cache (the best of 2^16 to 2^20).
_BLOCK = 1 << 18

_WORD = 8  # bytes


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
    for block in _blocks(texts):
        offsets, data = _buffers(block)
        if len(data) and data.max() >= 0x80:
            offsets, data = _buffers(_normalized(block))
        tokens, token_hashes = _tokens(offsets, data)
        found = _sets(tokens, token_hashes, size)
        lengths.append(np.diff(found.offsets))
        hashes.append(found.hashes)
    return ShingleSets(offsets_of(np.concatenate(lengths)), np.concatenate(hashes))


def _blocks(texts: pa.Array | pa.ChunkedArray) -> Iterator[pa.Array]:
    """Yield the rows in runs of about `_BLOCK` bytes, as large strings without nulls."""
    for chunk in texts.chunks if isinstance(texts, pa.ChunkedArray) else [texts]:
        strings = chunk.cast(pa.large_string())
        if strings.null_count:
            strings = strings.fill_null("")
        if not len(strings):
            continue
        ends = _offsets(strings)
        first = 0
        while first < len(strings):
            last = int(np.searchsorted(ends, ends[first] + _BLOCK, side="right")) - 1
            last = max(last, first + 1)
            yield strings.slice(first, last - first)
            first = last


def _offsets(strings: pa.Array) -> NDArray[np.int64]:
    whole = np.frombuffer(strings.buffers()[1], np.int64)
    return whole[strings.offset : strings.offset + len(strings) + 1]


def _buffers(strings: pa.Array) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Return where each row's bytes begin (from 0) and end, and the bytes."""
    offsets = _offsets(strings)
    buffer = strings.buffers()[2]
    data = np.empty(0, np.uint8) if buffer is None else np.frombuffer(buffer, np.uint8)
    return offsets - offsets[0], data[offsets[0] : offsets[-1]]


def _normalized(strings: pa.Array) -> pa.Array:
    """Normalize and casefold the texts that are not ASCII; of ASCII nothing but the case can change."""
    changing = pc.invert(pc.string_is_ascii(strings))
    texts = [unicodedata.normalize("NFKC", text).casefold() for text in strings.filter(changing).to_pylist()]
    return pc.replace_with_mask(strings, changing, pa.array(texts, pa.large_string()))


@cache
def _word_characters() -> NDArray[np.bool_]:
    r"""Return for each code point whether `\w` takes it; shape [0x110000]."""
    found = np.zeros(sys.maxunicode + 1, np.bool_)
    for run in re.finditer(r"\w+", "".join(map(chr, range(sys.maxunicode + 1)))):
        found[run.start() : run.end()] = True
    return found


def _mark_beyond_ascii(data: NDArray[np.uint8], inside: NDArray[np.bool_]) -> None:
    """Mark the bytes of word characters beyond ASCII, code point by code point.

    Args:
        data: Valid UTF-8, with at least three bytes behind its end; shape [m + 8].
        inside: Whether each byte belongs to a word; changed in place; shape [m].
    """
    leads = np.flatnonzero(data[: len(inside)] >= 0xC0)
    first, *later = (data[leads + behind].astype(np.int32) for behind in range(4))
    one, two, three = (byte & 0x3F for byte in later)
    points = (first & 0x1F) << 6 | one
    points = np.where(first >= 0xE0, (first & 0x0F) << 12 | one << 6 | two, points)
    points = np.where(first >= 0xF0, (first & 0x07) << 18 | one << 12 | two << 6 | three, points)
    words = leads[_word_characters()[points]]
    for behind, least in enumerate((0xC0, 0xC0, 0xE0, 0xF0)):
        inside[words[data[words] >= least] + behind] = True


def _tokens(offsets: NDArray[np.int64], data: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Find the tokens of texts and hash them.

    Args:
        offsets: Where the bytes of each text begin and end; shape [n + 1].
        data: The texts' bytes: ASCII of any case, or normalized; shape [m].

    Returns:
        Where the tokens of each text begin and end, shape [n + 1], and the tokens' hashes, shape [tokens].
    """
    length = len(data)
    # bytes behind the end, so that the last word can be read whole
    padded = np.zeros(length + _WORD, np.uint8)
    lowered = padded[:length]
    np.bitwise_or(data, 0x20, out=lowered)
    letters = (lowered - np.uint8(ord("a"))) < 26
    np.bitwise_or(data, letters.view(np.uint8) << 5, out=lowered)
    inside = letters | ((data - np.uint8(ord("0"))) < 10) | (data == ord("_"))
    if length and data.max() >= 0x80:
        _mark_beyond_ascii(padded, inside)
    # a token ends with its text, though the next one goes on with a letter
    neighbour = np.zeros(length + 1, np.bool_)
    neighbour[1:] = inside
    neighbour[offsets[:-1]] = False
    starts = np.flatnonzero(inside > neighbour[:-1])
    neighbour[:-1] = neighbour[-1] = False
    neighbour[: max(length - 1, 0)] = inside[1:]
    neighbour[offsets[1:] - 1] = False
    lengths = np.flatnonzero(inside > neighbour[:-1]) + 1 - starts
    return np.searchsorted(starts, offsets), _token_hashes(padded, starts, lengths)


def _token_hashes(data: NDArray[np.uint8], starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Hash the bytes of each token; see the top of this module.

    Args:
        data: Bytes, with eight of them behind the last token; shape [m + 8].
        starts: Where each token begins; shape [tokens].
        lengths: Bytes of each token, at least 1; shape [tokens].
    """
    # the eight bytes from every place on
    words = np.ndarray((len(data) - _WORD + 1,), np.dtype("<u8"), data, strides=(1,))
    masks = np.array([(1 << 8 * count) - 1 for count in range(_WORD + 1)], np.uint64)
    found: NDArray[np.uint64] = words[starts]
    found &= masks[np.minimum(lengths, _WORD)]
    mix(found)
    long = np.flatnonzero(lengths > _WORD)
    if len(long):
        further = (lengths[long] - 1) // _WORD
        number = positions(np.ones_like(further), further)
        at = number * _WORD
        rest = np.repeat(lengths[long], further) - at
        at += np.repeat(starts[long], further)
        terms: NDArray[np.uint64] = words[at]
        terms &= masks[np.minimum(rest, _WORD)]
        terms = mix(terms) * (mix(number.astype(np.uint64)) | np.uint64(1))
        found[long] += np.add.reduceat(terms, offsets_of(further)[:-1])
    return found


def _sets(tokens: NDArray[np.int64], hashes: NDArray[np.uint64], size: int) -> ShingleSets:
    """Return the distinct n-grams of each text.

    Args:
        tokens: Where the tokens of each text begin and end; shape [n + 1].
        hashes: The tokens' hashes; shape [tokens].
        size: Tokens per n-gram.
    """
    factors = np.array(constants("n-gram factor", size), np.uint64)
    salts = np.array(constants("n-gram length", size + 1), np.uint64)
    grams = np.full(len(hashes), salts[size])
    for place, factor in enumerate(factors):
        grams[: max(len(hashes) - place, 0)] += hashes[place:] * factor
    counts = np.diff(tokens)
    # the last tokens of a text begin no n-gram
    begins = np.ones(len(hashes), np.bool_)
    for place in range(1, size):
        begins[tokens[1:][counts >= place] - place] = False
    short = np.flatnonzero((counts > 0) & (counts < size))
    if len(short):
        first, held = tokens[short], counts[short]
        whole = salts[held]
        for place in range(size - 1):
            some = held > place
            whole[some] += hashes[first[some] + place] * factors[place]
        grams[first] = whole
        begins[first] = True
    grams = mix(grams[begins])
    offsets = offsets_of(np.where(counts >= size, counts - size + 1, np.minimum(counts, 1)))
    sort_each(grams, offsets)
    distinct = np.ones(len(grams), np.bool_)
    np.not_equal(grams[1:], grams[:-1], out=distinct[1:])
    distinct[offsets[:-1][np.diff(offsets) > 0]] = True
    return ShingleSets(offsets_of(distinct.astype(np.int64))[offsets], grams[distinct])
