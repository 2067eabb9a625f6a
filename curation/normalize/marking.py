"""Marks on published text: where the page damaged its math, and what of that an edit put back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from curation.normalize.damage import find_damage
from curation.normalize.edits import Edit, undo
from curation.normalize.math_trigger import MATH_TRIGGER
from curation.normalize.rules import RULES

__all__ = ["Mark", "Marks", "mark_column", "mark_text"]

_MATH_RULES = frozenset(rule.id for rule in RULES if rule.of == "math")


@dataclass(frozen=True, slots=True)
class Mark:
    """A place of damage in a published text.

    Attributes:
        start: First character.
        end: Character after the last one.
        kind: One of `DAMAGE_KINDS`.
        repaired: Whether an edit put back what stood there.
    """

    start: int
    end: int
    kind: str
    repaired: bool = False


@dataclass(frozen=True, slots=True)
class Marks:
    """Level of damage, a value of `DAMAGE_LEVELS`, and its places in order, without overlap."""

    level: str = "none"
    places: tuple[Mark, ...] = ()


def mark_column(published: pa.Array, edits: Mapping[int, Sequence[Edit]]) -> list[Marks]:
    """Mark a column of texts.

    Args:
        published: The texts after all edits.
        edits: By row, in the order they were made.
    """
    found = pc.indices_nonzero(pc.match_substring_regex(published, MATH_TRIGGER)).to_pylist()
    read = {row for row, made in edits.items() if any(edit.rule in _MATH_RULES for edit in made)}
    marks = [Marks()] * len(published)
    for row in sorted(read.union(found)):
        marks[row] = mark_text(published[row].as_py(), edits.get(row, ()))
    return marks


def mark_text(published: str, edits: Sequence[Edit]) -> Marks:
    """Mark one text: look for damage as it was before the first reading of math, and follow its places from there.

    Args:
        published: The text after all edits.
        edits: In the order they were made.
    """
    first = next((at for at, edit in enumerate(edits) if edit.rule in _MATH_RULES), len(edits))
    damage = find_damage(undo(published, edits[first:]))
    places = [Mark(span.start, span.end, span.kind) for span in damage.spans]
    for edit in edits[first:]:
        places = _follow(places, edit)
    return Marks(damage.level, tuple(_side_by_side(places, len(published))))


def _follow(places: list[Mark], edit: Edit) -> list[Mark]:
    """Move the places as an edit moves the text; one that it touches grows to hold what stands there now."""
    grown = len(edit.after) - len(edit.before)
    for shift, offset in enumerate((edit.start, *edit.offsets)):
        start, end = offset + shift * grown, offset + shift * grown + len(edit.before)
        moved: list[Mark] = []
        for mark in places:
            if mark.end <= start:
                moved.append(mark)
            elif mark.start >= end:
                moved.append(replace(mark, start=mark.start + grown, end=mark.end + grown))
            else:
                # a symbol inside a longer place does not bring back what that has lost
                whole = start <= mark.start and mark.end <= end
                repaired = mark.repaired or (whole and edit.rule in _MATH_RULES)
                last = max(mark.end, end) + grown
                moved.append(replace(mark, start=min(mark.start, start), end=last, repaired=repaired))
        places = moved
    return places


def _side_by_side(places: list[Mark], length: int) -> list[Mark]:
    """Widen what shrank to nothing by a character, and join what overlaps."""
    joined: list[Mark] = []
    for mark in sorted(places, key=lambda mark: (mark.start, mark.end)):
        start, end = mark.start, mark.end
        if start == end:
            start, end = (start, end + 1) if end < length else (start - 1, end)
        if joined and start < joined[-1].end:
            before = joined.pop()
            kept = before if before.kind == "command" or mark.kind != "command" else mark
            repaired = before.repaired and mark.repaired
            joined.append(Mark(before.start, max(before.end, end), kept.kind, repaired))
        else:
            joined.append(Mark(start, end, mark.kind, mark.repaired))
    return joined
