"""Random choices that are the same on every machine and Python."""

from __future__ import annotations

import bisect
import hashlib
import random
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import TypeVar

__all__ = ["Draw", "hash_of"]

_Item = TypeVar("_Item")


def hash_of(*parts: object) -> bytes:
    """Return the sha256 of values, as they are written, in their order; 32 bytes."""
    return hashlib.sha256("\n".join(map(str, parts)).encode()).digest()


class Draw:
    """Choices that follow from what they are seeded with.

    Of Python's generator only `random()` is used: the one method whose numbers are promised never to change.

    Args:
        parts: What they follow from.
    """

    def __init__(self, *parts: object) -> None:
        self._next = random.Random(int.from_bytes(hash_of(*parts)))  # noqa: S311 (nothing secret hangs on it)

    def chance(self, share: float) -> bool:
        """Return True in this share of the cases."""
        return self._next.random() < share

    def below(self, end: int) -> int:
        """Return a whole number from 0 to end - 1."""
        return int(self._next.random() * end)

    def one_of(self, items: Sequence[_Item]) -> _Item:
        """Return one item."""
        return items[self.below(len(items))]

    def weighted(self, items: Sequence[_Item], weights: Sequence[int]) -> _Item:
        """Return one item, each in proportion to its weight, a whole number above 0."""
        ends = list(accumulate(weights))
        return items[bisect.bisect_right(ends, self.below(ends[-1]))]

    def shuffled(self, items: Iterable[_Item]) -> list[_Item]:
        """Return the items in another order."""
        ordered = list(items)
        for at in range(len(ordered) - 1, 0, -1):
            other = self.below(at + 1)
            ordered[at], ordered[other] = ordered[other], ordered[at]
        return ordered
