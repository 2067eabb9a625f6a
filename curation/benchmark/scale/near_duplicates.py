"""The task `near-duplicate`: pairs of abstracts with their Jaccard similarity.

Every pair gets an interval of similarity before it is made (`_INTERVALS`, half of the pairs at or above the threshold,
and more near it than far below). An abstract is changed further and further in one way until its similarity lies in the
interval; a way that leaps over it is given up for another. What is recorded is counted afterwards, on the texts as they
are written.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from curation.benchmark.data import PairData
from curation.benchmark.scale.changes import CHANGES, Material, Vocabulary, change_surface
from curation.benchmark.scale.draw import Draw
from curation.benchmark.scale.records import Record
from curation.deduplicate.similarity import jaccard, shingles

__all__ = ["LEAST_WORDS", "THRESHOLD", "make_pairs", "similarity"]

THRESHOLD: Final = 0.75
"""Jaccard similarity from which a pair counts as near-duplicates."""
LEAST_WORDS: Final = 40
"""Words of an abstract, at least: a shorter one leaps from 1 to far below the threshold with a single word."""
_GRAM: Final = 5
# A record gives few pairs, since those are not independent; a small file makes fewer pairs than were asked for.
_MOST_PER_RECORD: Final = 4
# Abstracts of the category that are looked through for the one that has most words in common.
_CANDIDATES: Final = 50

# From (included), to (excluded), share. What lies below 0.3 are different abstracts.
_INTERVALS: Final = (
    *((low / 100, (low + 5) / 100, 0.09) for low in (75, 80, 85, 90)),
    (0.95, 1.0, 0.09),
    (1.0, 1.01, 0.05),
    *((low / 100, (low + 5) / 100, 0.06) for low in (50, 55, 60, 65, 70)),
    *((low / 100, (low + 5) / 100, 0.03) for low in (30, 35, 40, 45)),
    (0.0, 0.3, 0.08),
)


@dataclass(frozen=True, slots=True)
class _Pair:
    id: str
    left: str
    right: str
    similarity: float
    group: str


def similarity(left: str, right: str) -> float:
    """Return the Jaccard similarity of the word 5-grams of two texts, 0 to 1; counted, not estimated."""
    return jaccard(shingles(left, _GRAM), shingles(right, _GRAM))


def make_pairs(
    records: Sequence[Record], count: int, *, seed: int, progress: Callable[[int], None] = lambda done: None
) -> PairData:
    """Make pairs.

    Args:
        records: Where they come from, each with at least `LEAST_WORDS` words and an id of its own.
        count: How many; fewer are made of few records.
        seed: Another seed makes others.
        progress: Called with the number of pairs made.

    Returns:
        The pairs. An id is the record's, a number, and how the second text came about.
    """
    if not records:
        return PairData((), (), (), (), (), ())
    maker = _Maker(records, seed)
    todo = deque(_intervals(count, seed))
    made: list[_Pair] = []
    for turn in range(_MOST_PER_RECORD):
        for record in records:
            if not todo:
                break
            pair = maker.pair(record, turn, todo[0])
            if pair is None:
                todo.rotate(-1)  # another record may have such a pair
                continue
            todo.popleft()
            made.append(pair)
            progress(len(made))
    made.sort(key=lambda pair: pair.id)
    return PairData(
        ids=tuple(pair.id for pair in made),
        left=tuple(pair.left for pair in made),
        right=tuple(pair.right for pair in made),
        labels=tuple(int(pair.similarity >= THRESHOLD) for pair in made),
        similarities=tuple(pair.similarity for pair in made),
        groups=tuple(pair.group for pair in made),
    )


def _intervals(count: int, seed: int) -> list[tuple[float, float]]:
    """Return an interval for each pair, in the order they are made."""
    found: list[tuple[float, float]] = []
    share = 0.0
    for low, high, more in _INTERVALS:
        share += more
        found += [(low, high)] * (round(share * count) - len(found))
    return Draw(seed, "intervals").shuffled(found)


class _Maker:
    def __init__(self, records: Sequence[Record], seed: int) -> None:
        self._seed = seed
        self._vocabulary = Vocabulary(record.abstract for record in records)
        self._words = {record.id: frozenset(record.abstract.lower().split()) for record in records}
        by_category: dict[str, list[Record]] = defaultdict(list)
        for record in records:
            by_category[record.category].append(record)
        self._by_category: Mapping[str, Sequence[Record]] = by_category

    def pair(self, record: Record, turn: int, interval: tuple[float, float]) -> _Pair | None:
        draw = Draw(self._seed, record.id, turn)
        others = self._others(record, draw)
        if interval[0] == 0:
            made = self._different(record, others, draw, interval[1])
        else:
            material = Material(self._vocabulary, draw.one_of(others).abstract if others else "")
            made = _changed(record.abstract, interval, draw, material)
        if made is None:
            return None
        kind, text = made
        left, right = (record.abstract, text) if draw.chance(0.5) else (text, record.abstract)
        return _Pair(f"{record.id}#{turn}-{kind}", left, right, similarity(left, right), record.id)

    def _others(self, record: Record, draw: Draw) -> list[Record]:
        same = self._by_category[record.category]
        start = draw.below(len(same))
        some = [same[(start + step) % len(same)] for step in range(min(len(same), _CANDIDATES + 1))]
        return [one for one in some if one.id != record.id and one.abstract != record.abstract][:_CANDIDATES]

    def _different(self, record: Record, others: Sequence[Record], draw: Draw, end: float) -> tuple[str, str] | None:
        """Take the abstract that shares most words, so that it is not told apart by its subject."""
        if not others:
            return None
        mine = self._words[record.id]

        def shared(other: Record) -> tuple[float, str]:
            theirs = self._words[other.id]
            return len(mine & theirs) / len(mine | theirs), other.id

        text = max(others, key=shared).abstract
        if draw.chance(0.5):
            text = change_surface(draw, text)
        return ("other", text) if similarity(record.abstract, text) < end else None


def _changed(text: str, interval: tuple[float, float], draw: Draw, material: Material) -> tuple[str, str] | None:
    """Return a way, and the text changed in that way to a similarity in the interval; None if no way leads there."""
    low, high = interval
    grams = shingles(text, _GRAM)

    def fits(changed: str) -> bool:
        return changed != text and low <= jaccard(grams, shingles(changed, _GRAM)) < high

    if low >= 1:
        changed = change_surface(draw, text)
        return ("surface", changed) if fits(changed) else None
    for kind in draw.shuffled(CHANGES):
        for changed in CHANGES[kind](draw, text, material):
            if fits(changed):
                dressed = change_surface(draw, changed) if draw.chance(0.5) else changed
                return kind, dressed if fits(dressed) else changed
            if jaccard(grams, shingles(changed, _GRAM)) < low:
                break
    return None
