"""The difference of two texts, word by word."""

from __future__ import annotations

import difflib
import re

__all__ = ["TEXT_COLUMNS", "Piece", "diff_words", "marked"]

TEXT_COLUMNS = ("title", "abstract")
"""Columns whose change is shown word by word."""

_TOKEN = re.compile(r"\s+|\w+|[^\w\s]")

Piece = tuple[str, str, str]
"""What a piece is (`same` or `changed`), its old text and its new one."""


def diff_words(old: str, new: str) -> list[Piece]:
    """Compare two texts by words, signs and runs of white space.

    Returns:
        Pieces in order; their old texts together are `old`, their new ones `new`.
    """
    left, right = _TOKEN.findall(old), _TOKEN.findall(new)
    matcher = difflib.SequenceMatcher(None, left, right, autojunk=False)
    return [
        ("same" if tag == "equal" else "changed", "".join(left[start:end]), "".join(right[first:last]))
        for tag, start, end, first, last in matcher.get_opcodes()
    ]


def marked(old: str, new: str, *, around: int = 40) -> str:
    """Write the difference of two texts in one line: `…words [-old-]{+new+} words…`.

    Args:
        old: The text before.
        new: The text after.
        around: Characters of unchanged text that are shown on each side of a change.
    """
    pieces = diff_words(old, new)
    parts = []
    for number, (kind, before, after) in enumerate(pieces):
        if kind == "changed":
            parts.append(f"[-{before}-]" * bool(before) + f"{{+{after}+}}" * bool(after))
            continue
        head = before[:around] if number else ""
        tail = before[-around:] if number < len(pieces) - 1 else ""
        parts.append(before if len(before) <= len(head) + len(tail) else f"{head}…{tail}")
    return "".join(parts)
