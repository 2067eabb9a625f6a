"""Rows of different lengths that lie one after the other in one array: where they are, and sorting each of them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

__all__ = ["LONG", "alike", "offsets_of", "positions", "sort_each"]

#: Values from which a row is handled alone: filling its neighbours up to its length would cost more than it saves.
LONG = 8192

#: Values of a filled rectangle, 512 KiB: it is sorted while it lies in the cache of a core.
_RECTANGLE = 1 << 16

_FILL = np.iinfo(np.uint64).max


def offsets_of(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return where each row begins, and where the last one ends.

    Args:
        lengths: Values in each row; shape [n].

    Returns:
        Offsets; shape [n + 1].
    """
    offsets = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return offsets


def positions(starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the numbers start, start + 1, … of every row, row after row.

    Args:
        starts: First number of each row; shape [n].
        lengths: Numbers in each row; shape [n].

    Returns:
        Shape [sum of the lengths].
    """
    offsets = offsets_of(lengths)
    found = np.repeat(starts - offsets[:-1], lengths)
    found += np.arange(offsets[-1])
    return found


def alike(lengths: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Yield the numbers of rows of similar lengths, shortest first, so that little is lost by filling them up.

    Rows without values are left out. A row of more than `LONG` values comes alone.

    Args:
        lengths: Values in each row; shape [n].

    Yields:
        Numbers of rows, by length; their count times the greatest length is at most 65,536.
    """
    order = np.argsort(lengths, kind="stable")
    ascending = lengths[order]
    first = int(np.searchsorted(ascending, 1))
    while first < len(order):
        # an eighth more than the shortest, or a few values: sorting is cheaper than another turn
        widest = min(int(ascending[first]) * 9 // 8 + 8, LONG)
        last = int(np.searchsorted(ascending, widest, side="right"))
        last = max(min(last, first + _RECTANGLE // widest), first + 1)
        yield order[first:last]
        first = last


def sort_each(values: NDArray[np.uint64], offsets: NDArray[np.int64]) -> None:
    """Sort the values of each row, in place.

    Rows of similar lengths are filled up to rectangles, which NumPy sorts row by row without a call for each.

    Args:
        values: Values of all rows; shape [total].
        offsets: Where rows begin and end; shape [n + 1].
    """
    lengths = np.diff(offsets)
    for rows in alike(lengths):
        if len(rows) == 1:
            values[offsets[rows[0]] : offsets[rows[0] + 1]].sort()
            continue
        held = lengths[rows]
        where = positions(offsets[rows], held)
        filled = np.arange(held.max()) < held[:, None]
        rectangle = np.full(filled.shape, _FILL)
        rectangle[filled] = values[where]
        rectangle.sort(axis=1)
        values[where] = rectangle[filled]  # what was filled in is greatest, so it stands behind
