"""Edits: what a rule changes in a text, how it is applied and how it is undone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

__all__ = ["Edit", "Replacement", "apply", "undo"]


@dataclass(frozen=True, slots=True)
class Replacement:
    """What a rule found: characters `start` to `end` of the text become `after`."""

    start: int
    end: int
    after: str


@dataclass(frozen=True, slots=True)
class Edit:
    """One change on record.

    Attributes:
        rule: Id of the rule.
        start: First changed character, in the text as it stood just before this edit.
        end: Character after the last changed one, in the same text.
        before: What stood there.
        after: What stands there now.
    """

    rule: str
    start: int
    end: int
    before: str
    after: str


def apply(text: str, rule: str, found: Iterable[Replacement]) -> tuple[str, list[Edit]]:
    """Make one rule's replacements and put each on record.

    Args:
        text: The text that the rule looked at.
        rule: The rule's id.
        found: Replacements from left to right that do not overlap; those that change nothing are left out.

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
        parts += [text[done : replacement.start], replacement.after]
        done = replacement.end
        start = replacement.start + shift
        edits.append(Edit(rule, start, start + len(before), before, replacement.after))
        shift += len(replacement.after) - len(before)
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
        changed = slice(edit.start, edit.start + len(edit.after))
        if text[changed] != edit.after or edit.end - edit.start != len(edit.before) or edit.start > len(text):
            raise ValueError(f"at character {edit.start}: {edit.rule} left {edit.after!r}, not {text[changed]!r}")
        text = text[: edit.start] + edit.before + text[changed.stop :]
    return text


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
