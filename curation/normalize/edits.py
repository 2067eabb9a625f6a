"""Edits: what a rule changes in a text, how it is applied and how it is undone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

__all__ = ["Edit", "Replacement", "apply", "undo"]


# Named tuples, because there are many: a frozen dataclass takes three times as long to make.
class Replacement(NamedTuple):
    """What a rule found: characters `start` to `end` of the text become `after`.

    Attributes:
        start: First character.
        end: Character after the last one.
        after: What is to stand there.
        offsets: First characters of further places that hold the same and become the same, after `end`.
        rule: The rule, where a finder serves several.
    """

    start: int
    end: int
    after: str
    offsets: tuple[int, ...] = ()
    rule: str | None = None


class Edit(NamedTuple):
    """One change on record.

    Attributes:
        rule: Id of the rule.
        start: First changed character, in the text as it stood just before this edit.
        end: Character after the last changed one, in the same text.
        before: What stood there.
        after: What stands there now.
        offsets: First characters of further places where the same change was made, in the same text.
    """

    rule: str
    start: int
    end: int
    before: str
    after: str
    offsets: tuple[int, ...] = ()


def apply(text: str, rule: str, found: Iterable[Replacement]) -> tuple[str, list[Edit]]:
    """Make one rule's replacements and put each on record.

    Args:
        text: The text that the rule looked at.
        rule: The rule's id, for what names none itself.
        found: Replacements from left to right that do not overlap; those that change nothing are left out. One with
            further places stands alone.

    Returns:
        The new text and the edits in the order they were made.
    """
    parts: list[str] = []
    edits: list[Edit] = []
    done = 0
    shift = 0
    for first, end, after, further, own in found:
        before = text[first:end]
        if before == after:
            continue
        start, length = first + shift, len(before)
        offsets = tuple([offset + shift for offset in further]) if shift else further
        edits.append(Edit(own or rule, start, start + length, before, after, offsets))
        for place in (first, *further):
            parts += (text[done:place], after)
            done = place + length
        shift += (len(after) - length) * (1 + len(further))
    if not edits:
        return text, edits
    parts.append(text[done:])
    return "".join(parts), edits


def undo(text: str, edits: Sequence[Edit]) -> str:
    """Take edits back, the last one first.

    Args:
        text: The text after all of them.
        edits: In the order they were made.

    Raises:
        ValueError: The text is not what the edits led to.
    """
    for edit in reversed(edits):
        text = _undo_one(text, edit)
    return text


def _undo_one(text: str, edit: Edit) -> str:
    if edit.end - edit.start != len(edit.before):
        raise ValueError(f"at character {edit.start}: {edit.rule} says {edit.end - edit.start} characters were changed")
    start, before, after, last = edit.start, edit.before, edit.after, len(text)
    length = len(after)
    if not edit.offsets and 0 <= start <= last and text.startswith(after, start):  # as nearly all are
        return f"{text[:start]}{before}{text[start + length :]}"
    parts: list[str] = []
    done = 0
    grown = length - len(before)
    for number, offset in enumerate((start, *edit.offsets)):
        place = offset + number * grown
        if place < done or place > last or not text.startswith(after, place):
            left = text[place : place + length]
            raise ValueError(f"at character {place}: {edit.rule} left {after!r}, not {left!r}")
        parts += (text[done:place], before)
        done = place + length
    parts.append(text[done:])
    return "".join(parts)


def trim(text: str, replacement: Replacement) -> Replacement:
    """Cut what a replacement leaves as it was from both its ends, so that an edit shows only what changed."""
    before = text[replacement.start : replacement.end]
    after = replacement.after
    front = 0
    while front < min(len(before), len(after)) and before[front] == after[front]:
        front += 1
    back = 0
    while back < min(len(before), len(after)) - front and before[-1 - back] == after[-1 - back]:
        back += 1
    return replacement._replace(
        start=replacement.start + front,
        end=replacement.end - back,
        after=after[front : len(after) - back],
    )
