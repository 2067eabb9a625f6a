"""Who survives and who merges into whom, from the near-duplicates of all rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curation.deduplicate.segments import offsets_of
from curation.deduplicate.store import Pairs

__all__ = ["EXACT", "IDENTIFIED", "NEAR", "SURVIVES", "Decision", "decide"]

SURVIVES, EXACT, NEAR, IDENTIFIED = 0, 1, 2, 3

#: In place of a row where there is none.
_NONE = -1


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of each row.

    Attributes:
        survivor: The row itself where it survives, else the row it merged into; shape [n].
        rule: `SURVIVES`, `EXACT`, `NEAR` or `IDENTIFIED`; shape [n].
        similarity: Similarity to the survivor; 1 for `EXACT` and for survivors, NaN for `IDENTIFIED`; shape [n].
    """

    survivor: NDArray[np.int64]
    rule: NDArray[np.int8]
    similarity: NDArray[np.float64]


def decide(
    order: NDArray[np.int64],
    key: NDArray[np.uint64],
    pairs: Pairs,
    *,
    identity: NDArray[np.uint64] | None = None,
    before: Mapping[int, int] | None = None,
) -> Decision:
    """Merge every row into the survivor it equals or resembles, as `DeduplicateStage` describes it.

    A row whose key is that of a survivor merges into it. Otherwise it merges into the most similar survivor that it is
    near to; of equals, into the one that came first in `order`. Otherwise it merges into the survivor that its source
    gives the same identifier. Otherwise it survives. No chaining: rows that were merged are compared with nothing. Only
    rows that share a key or an identifier or are near to another are gone through one by one.

    Args:
        order: All rows, the best first; shape [n].
        key: Equal for rows with the same title and abstract key; shape [n].
        pairs: Near-duplicates among the rows, in order of their lower rows, as `near_pairs` gives them.
        identity: Equal for rows with the same identifier, 0 for rows without one; shape [n]. None if no row has one.
        before: For a row that was published before, a row with the key of the survivor it merged into then. Where one
            with that key survives again and is near, the row goes there, whatever else it equals or resembles.
    """
    before = before or {}
    survivor = np.arange(len(order))
    rule = np.full(len(order), SURVIVES, np.int8)
    similarity = np.ones(len(order))
    neighbours = _Neighbours(pairs)
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    # one survivor at most for each key and for each set: whatever comes later merges
    keys = np.unique(key, return_inverse=True)[1]
    by_key, by_group = np.full(len(order), _NONE), np.full(len(order), _NONE)
    by_name: dict[int, int] = {}
    names = np.zeros(len(order), np.uint64) if identity is None else identity
    named = (names != 0) & _shared(np.unique(names, return_inverse=True)[1])
    involved = order[(_shared(keys) | _shared(pairs.group) | neighbours.has[pairs.group] | named)[order]]
    for row in _listed(involved):
        own, group = int(keys[row]), int(pairs.group[row])
        name = int(names[row]) if named[row] else 0
        same = int(by_key[own])
        then = int(by_key[keys[before[row]]]) if row in before else _NONE
        closeness = 0.0
        if then != _NONE:
            closeness = neighbours.similarity(group, int(pairs.group[then]))
        # a survivor of before that is not near any more has no say
        if same != _NONE and (closeness == 0.0 or then == same):
            survivor[row], rule[row] = same, EXACT
        elif closeness > 0.0:
            survivor[row], rule[row], similarity[row] = then, NEAR, closeness
        elif by_group[group] != _NONE:
            survivor[row], rule[row] = by_group[group], NEAR
        elif (found := neighbours.closest(group, by_group, rank)) is not None:
            survivor[row], rule[row], similarity[row] = found[0], NEAR, found[1]
        elif name and name in by_name:
            survivor[row], rule[row], similarity[row] = by_name[name], IDENTIFIED, np.nan
        else:
            by_key[own] = by_group[group] = row
            if name:
                by_name[name] = row
    return Decision(survivor, rule, similarity)


def _shared(values: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return for each value, one of 0, …, n - 1, whether another one equals it."""
    shared: NDArray[np.bool_] = np.bincount(values, minlength=1)[values] > 1
    return shared


def _listed(rows: NDArray[np.int64]) -> Iterator[int]:
    """Yield Python's numbers, of which millions at once would take more memory than all arrays."""
    for first in range(0, len(rows), 1 << 16):
        yield from rows[first : first + (1 << 16)].tolist()


class _Neighbours:
    """The pairs of each representative: those in which it is the lower row as they stand, the others by number.

    Args:
        pairs: Near-duplicates.

    Attributes:
        has: Whether a row stands in a pair; shape [n].
    """

    def __init__(self, pairs: Pairs) -> None:
        self._pairs = pairs
        lower, higher = (np.bincount(side, minlength=len(pairs.group)) for side in (pairs.left, pairs.right))
        self.has: NDArray[np.bool_] = (lower > 0) | (higher > 0)
        self._lower, self._higher = offsets_of(lower), offsets_of(higher)
        self._by_higher = np.argsort(pairs.right, kind="stable")

    def similarity(self, group: int, other: int) -> float:
        """Return the similarity of two representatives: 1 for the same, 0 below the threshold."""
        if group == other:
            return 1.0
        others, similarity = self._of(group)
        found = np.flatnonzero(others == other)
        return float(similarity[found[0]]) if len(found) else 0.0

    def closest(self, group: int, by_group: NDArray[np.int64], rank: NDArray[np.int64]) -> tuple[int, float] | None:
        """Return the survivor that a representative is most similar to, the earliest of equals.

        Args:
            group: The representative.
            by_group: Survivor of each representative, or `_NONE`; shape [n].
            rank: Place of each row in the order; shape [n].
        """
        if not self.has[group]:
            return None
        others, similarity = self._of(group)
        survivors = by_group[others]
        alive = survivors != _NONE
        if not alive.any():
            return None
        survivors, similarity = survivors[alive], similarity[alive]
        best = similarity.max()
        nearest = survivors[similarity == best]
        return int(nearest[rank[nearest].argmin()]), float(best)

    def _of(self, group: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the other representatives that one is near to, and the similarities."""
        as_lower = slice(self._lower[group], self._lower[group + 1])
        as_higher = self._by_higher[self._higher[group] : self._higher[group + 1]]
        return (
            np.concatenate([self._pairs.right[as_lower], self._pairs.left[as_higher]]),
            np.concatenate([self._pairs.similarity[as_lower], self._pairs.similarity[as_higher]]),
        )
