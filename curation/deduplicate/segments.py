"""Rows of different lengths that lie one after the other in one array: where they are, and which are alike."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

__all__ = ["LONG", "alike", "offsets_of", "positions"]

#: Values from which a row is handled alone: filling its neighbours up to its length would cost more than it saves.
LONG = 8192

#: Values of a filled rectangle, 512 KiB: it is sorted while it lies in the cache of a core.
_RECTANGLE = 1 << 16


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
