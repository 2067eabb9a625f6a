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
    head = _common(left, right)
    tail = _common(left[head:][::-1], right[head:][::-1])
    inner = left[head : len(left) - tail], right[head : len(right) - tail]
    # of long texts, tokens that stand everywhere, such as blanks, are no anchors: with them it could take minutes
    matcher = difflib.SequenceMatcher(None, *inner, autojunk=True)
    codes = [
        (tag, start + head, end + head, first + head, last + head)
        for tag, start, end, first, last in matcher.get_opcodes()
    ]
    pieces = [
        ("same" if tag == "equal" else "changed", "".join(left[start:end]), "".join(right[first:last]))
        for tag, start, end, first, last in codes
    ]
    ends = ["".join(left[:head]), "".join(left[len(left) - tail :])]
    before, after = ([("same", text, text)] if text else [] for text in ends)
    return _joined([*before, *pieces, *after])


def _common(left: list[str], right: list[str]) -> int:
    pairs = zip(left, right, strict=False)
    return next((number for number, (one, other) in enumerate(pairs) if one != other), min(len(left), len(right)))


def _joined(pieces: list[Piece]) -> list[Piece]:
    joined: list[Piece] = []
    for kind, old, new in pieces:
        if joined and joined[-1][0] == kind:
            _, before, after = joined.pop()
            joined.append((kind, before + old, after + new))
        else:
            joined.append((kind, old, new))
    return joined


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
