"""A text before and after its edits, laid side by side."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from curation.normalize.edits import Edit
from curation.normalize.rules import class_of

__all__ = ["Piece", "compose", "edits_as_json"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text, before and after all edits.

    Attributes:
        before: As captured.
        after: As published.
        rules: What changed it, in the order of the edits; empty where nothing did.
    """

    before: str
    after: str
    rules: tuple[str, ...] = ()


def compose(captured: str, edits: Iterable[Edit]) -> list[Piece]:
    """Lay edits made one after the other side by side over the captured text.

    Args:
        captured: The text before all edits.
        edits: In the order they were made.

    Returns:
        Pieces whose `before` join to the captured text and whose `after` join to the published one. Edits that touch
        the same characters share a piece.
    """
    pieces = [Piece(captured, captured)]
    for edit in edits:
        # from right to left, so that the places further left stay where they are
        for start in (*reversed(edit.offsets), edit.start):
            pieces = _apply(pieces, edit._replace(start=start, end=start + len(edit.before), offsets=()))
    return [piece for piece in pieces if piece.before or piece.after]


def _apply(pieces: list[Piece], edit: Edit) -> list[Piece]:
    left: list[Piece] = []
    touched: list[Piece] = []
    right: list[Piece] = []
    position = 0
    for piece in pieces:
        start, end = position, position + len(piece.after)
        position = end
        if not piece.rules:
            first = min(max(edit.start - start, 0), len(piece.after))
            last = min(max(edit.end - start, first), len(piece.after))
            parts = (piece.after[:first], piece.after[first:last], piece.after[last:])
            for target, text in zip((left, touched, right), parts, strict=True):
                if text:
                    target.append(Piece(text, text))
        elif end <= edit.start and (start < end or end < edit.start):
            left.append(piece)
        elif start >= edit.end:
            right.append(piece)
        else:
            touched.append(piece)
    offset = edit.start - sum(len(piece.after) for piece in left)
    joined = "".join(piece.after for piece in touched)
    after = joined[:offset] + edit.after + joined[offset + len(edit.before) :]
    before = "".join(piece.before for piece in touched)
    rules = tuple(dict.fromkeys([*(rule for piece in touched for rule in piece.rules), edit.rule]))
    return [*left, Piece(before, after, rules), *right]


def edits_as_json(edits: Iterable[Edit]) -> list[dict[str, Any]]:
    """Return edits as plain values, each with the class of its rule (None for a rule of another version)."""
    return [
        {
            "rule": edit.rule,
            "class": class_of(edit.rule),
            "start": edit.start,
            "end": edit.end,
            "before": edit.before,
            "after": edit.after,
            "offsets": list(edit.offsets),
        }
        for edit in edits
    ]
