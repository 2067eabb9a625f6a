"""A choice of records that does not depend on their order, made in one pass."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass

from curation.benchmark.scale.draw import hash_of
from curation.benchmark.scale.records import Record

__all__ = ["Lowest"]


@dataclass(slots=True)
class _Held:
    record: Record
    key: bytes
    copies: int


class Lowest:
    """The records whose hashes are lowest, of those that fit; never more than `size` are held.

    Of records with one id the one whose text has the lowest hash is taken, whichever came first.

    Args:
        size: How many to take.
        seed: Another seed takes others.
        fits: Whether a record can be taken; asked only where its hash is low enough.
    """

    def __init__(self, size: int, seed: int, fits: Callable[[Record], bool]) -> None:
        self._size, self._seed, self._fits = size, seed, fits
        self._held: dict[str, _Held] = {}
        # the highest hash first: numbers turned around, since a heap gives its lowest
        self._heap: list[tuple[int, str]] = []

    def offer(self, record: Record) -> None:
        """Take a record, if it is among the lowest so far."""
        held = self._held.get(record.id)
        key = int.from_bytes(hash_of(self._seed, record.id))
        if held is None and len(self._heap) == self._size and -key <= self._heap[0][0]:
            return
        if not self._fits(record):
            return
        text = hash_of(record.abstract, record.category)
        if held is not None:
            held.copies += 1
            if text < held.key:
                held.record, held.key = record, text
            return
        self._held[record.id] = _Held(record, text, 0)
        heapq.heappush(self._heap, (-key, record.id))
        if len(self._heap) > self._size:
            del self._held[heapq.heappop(self._heap)[1]]

    @property
    def copies(self) -> int:
        """Further records with an id that was taken: such an id is held from its first record on, so all are seen."""
        return sum(held.copies for held in self._held.values())

    def records(self) -> list[Record]:
        """Return what was taken, the lowest hash first."""
        return [self._held[id_].record for _, id_ in sorted(self._heap, reverse=True)]
