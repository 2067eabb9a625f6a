"""Edits: what a rule changes in a text, how it is applied and how it is undone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

__all__ = ["Edit", "Replacement", "apply", "undo"]


@dataclass(frozen=True, slots=True)
class Replacement:
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


@dataclass(frozen=True, slots=True)
class Edit:
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
    for replacement in found:
        before = text[replacement.start : replacement.end]
        if before == replacement.after:
            continue
        start = replacement.start + shift
        offsets = tuple([offset + shift for offset in replacement.offsets]) if shift else replacement.offsets
        edits.append(Edit(replacement.rule or rule, start, start + len(before), before, replacement.after, offsets))
        places = (replacement.start, *replacement.offsets)
        for place in places:
            parts += (text[done:place], replacement.after)
            done = place + len(before)
        shift += (len(replacement.after) - len(before)) * len(places)
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
    parts: list[str] = []
    done = 0
    before, after, last = edit.before, edit.after, len(text)
    length = len(after)
    grown = length - len(before)
    for number, offset in enumerate((edit.start, *edit.offsets)):
        start = offset + number * grown
        if start < done or start > last or not text.startswith(after, start):
            left = text[start : start + length]
            raise ValueError(f"at character {start}: {edit.rule} left {after!r}, not {left!r}")
        parts += (text[done:start], before)
        done = start + length
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
    return replace(
        replacement,
        start=replacement.start + front,
        end=replacement.end - back,
        after=after[front : len(after) - back],
    )
