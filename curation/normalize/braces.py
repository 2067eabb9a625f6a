r"""Braces that stand where no reader should see one: the second argument of a deleted command, or what grouped it."""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["BRACE_SIGNS", "find_braces"]

# Precision of each place, from what `benchmarks/fidelity.py --tune` counts; the other places (a group in prose, `{,}`
# in a number) are as often the authors' own.
BRACE_SIGNS: dict[str, float] = {"brace-chain": 1.0, "brace-after-word": 0.95, "brace-after-link": 0.9}

_BRACE = re.compile(r"(?<!\\)[{}]")
_COMMAND = re.compile(r"\\[A-Za-z]+\*?(?:\[[^\]]*\])?$")
_LINK = re.compile(r"(?:https?://|www\.|\w\.(?:com|org|io|net|ai|py|git|md)\b)[^\s{}]*$")
_LONGEST_WORD = 8
_PUNCTUATION = {"", ",", "-", ".", "~", ":", "=", "<", ">"}


def find_braces(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield the displaced braces of a text: sign, start and end, pair by pair."""
    stack: list[tuple[int, bool]] = []
    argument_ended = -1
    for match in _BRACE.finditer(text):
        at = match.start()
        if match[0] == "{":
            before = text[max(0, at - 80) : at]
            stack.append((at, bool(_COMMAND.search(before)) or argument_ended == at))
        elif stack:
            start, is_argument = stack.pop()
            if is_argument:
                argument_ended = at + 1
            elif sign := _sign_of(text, start, at):
                yield sign, start, start + 1
                yield sign, at, at + 1


def _sign_of(text: str, start: int, end: int) -> str | None:
    inner = text[start + 1 : end]
    before = text[max(0, start - 200) : start]
    if "\\" in inner or inner in _PUNCTUATION or before.endswith(("_", "^")):
        return None
    if _LINK.search(before):
        return "brace-after-link"
    if before.endswith("}"):
        return "brace-chain"
    if before[-1:].isalnum() and inner.isascii() and len(inner) <= _LONGEST_WORD and " " not in inner:
        return "brace-after-word"
    return None
