"""Candidates from keys: rows whose keys are equal, and the pairs of them in portions of bounded size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curation.deduplicate.segments import offsets_of, positions

__all__ = ["Buckets", "bucketed", "pairs_within"]

Chunk = tuple[NDArray[np.int64], NDArray[np.int64]]

#: Pairs that are made at once: 8 MiB for both sides.
_PORTION = 1 << 19

#: Rows of a larger bucket are paired in squares of this side, so that neighbouring pairs need the same few sets.
_SIDE = 128


@dataclass(frozen=True, slots=True)
class Buckets:
    """Rows that share a key with another row.

    Attributes:
        rows: Rows, bucket after bucket, ascending in each; shape [total].
        counts: Rows of each bucket, at least 2; shape [buckets].
    """

    rows: NDArray[np.int64]
    counts: NDArray[np.int64]


def bucketed(keys: NDArray[np.uint64]) -> Buckets:
    """Find the rows that share their key.

    Args:
        keys: A key of each row; shape [n].
    """
    order = np.argsort(keys)
    ascending = keys[order]
    edges = np.flatnonzero(ascending[1:] != ascending[:-1]) + 1
    starts = np.concatenate([np.zeros(1, np.int64), edges])
    counts = np.diff(np.append(starts, len(keys)))
    several = counts > 1
    starts, counts = starts[several], counts[several]
    rows = order[positions(starts, counts)]
    # the order of equal keys is not the same on every machine
    rows = rows[np.lexsort((rows, np.repeat(np.arange(len(counts)), counts)))]
    return Buckets(rows, counts)


def pairs_within(buckets: Buckets) -> Iterator[Chunk]:
    """Yield every pair of rows of one bucket once, in portions of about half a million pairs.

    Args:
        buckets: Rows by bucket.

    Yields:
        The lower and the higher row of each pair.
    """
    starts = offsets_of(buckets.counts)[:-1]
    small = buckets.counts <= _SIDE
    yield from _small(buckets.rows, starts[small], buckets.counts[small])
    portion: list[Chunk] = []
    held = 0
    for start, count in zip(starts[~small].tolist(), buckets.counts[~small].tolist(), strict=True):
        for pairs in _squares(buckets.rows[start : start + count]):
            portion.append(pairs)
            held += len(pairs[0])
            if held >= _PORTION:
                yield _joined(portion)
                portion, held = [], 0
    if portion:
        yield _joined(portion)


def _small(rows: NDArray[np.int64], starts: NDArray[np.int64], counts: NDArray[np.int64]) -> Iterator[Chunk]:
    """Pair the rows of many small buckets at once: each row with those before it in its bucket."""
    pairs = offsets_of(counts * (counts - 1) // 2)
    first = 0
    while first < len(counts):
        last = int(np.searchsorted(pairs, pairs[first] + _PORTION, side="right")) - 1
        last = max(last, first + 1)
        held = counts[first:last]
        begins = np.repeat(starts[first:last], held)
        places = positions(starts[first:last], held)
        before = places - begins
        yield rows[positions(begins, before)], rows[np.repeat(places, before)]
        first = last


def _squares(rows: NDArray[np.int64]) -> Iterator[Chunk]:
    """Pair the rows of a large bucket, square by square."""
    for top in range(0, len(rows), _SIDE):
        upper = rows[top : top + _SIDE]
        one, other = np.triu_indices(len(upper), 1)
        yield upper[one], upper[other]
        for left in range(top + _SIDE, len(rows), _SIDE):
            lower = rows[left : left + _SIDE]
            yield np.repeat(upper, len(lower)), np.tile(lower, len(upper))


def _joined(portion: list[Chunk]) -> Chunk:
    return np.concatenate([left for left, _ in portion]), np.concatenate([right for _, right in portion])
