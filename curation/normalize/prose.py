"""Where prose is: math and links are not, and what looks like TeX in there means something else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from curation.normalize.edits import Replacement

__all__ = ["Finder", "after_command", "always", "in_prose", "opens_group", "outside_prose", "touches"]

Finder = Callable[[str], Iterable[Replacement]]
Span = tuple[int, int]

# A dollar sign opens math only before, and closes it only after, something that is no blank, and no digit follows:
# `$5 by 30\% to $3` is prose.
_MATH = r"\$\$.+?\$\$|\$(?!\s)(?:[^$\\]|\\.)*?(?:[^$\\\s]|\\\S)\$(?!\d)|\\\(.+?\\\)|\\\[.+?\\\]"
# Every branch starts with a character: `re` looks for those and tries nowhere else, here and in other patterns.
_LINK = r"https?://\S+|www\.\S+"
_PROTECTED_MATH = re.compile(_MATH, re.DOTALL)
_PROTECTED = re.compile(rf"{_MATH}|{_LINK}", re.DOTALL)


def outside_prose(text: str) -> list[Span]:
    """List the spans of math and links."""
    # one character first: that is found, or missed, much faster than several
    if ("/" in text and "http" in text) or "www." in text:
        return [match.span() for match in _PROTECTED.finditer(text)]
    if "$" in text or ("\\" in text and ("\\(" in text or "\\[" in text)):
        return [match.span() for match in _PROTECTED_MATH.finditer(text)]
    return []


def touches(start: int, end: int, spans: list[Span]) -> bool:
    """Tell whether a span shares a character with one of others."""
    return any(first < end and start < last for first, last in spans)


def in_prose(find: Finder) -> Finder:
    """Keep a finder out of math and links."""

    def find_in_prose(text: str) -> Iterator[Replacement]:
        found = list(find(text))
        spans = outside_prose(text) if found else []
        return iter([one for one in found if not touches(one.start, one.end, spans)] if spans else found)

    return find_in_prose


def always(pattern: str, after: str) -> Finder:
    r"""Make a finder of a pattern; `after` may refer to its groups, as `\1`."""
    compiled = re.compile(pattern)
    if "\\" not in after:
        return lambda text: [Replacement(*match.span(), after) for match in compiled.finditer(text)]
    # text and numbers of groups in turn; `Match.expand` would read it anew for every match
    parts = re.split(r"\\([1-9])", after)

    def expanded(match: re.Match[str]) -> str:
        return "".join(match[int(part)] or "" if at % 2 else part for at, part in enumerate(parts))

    def find(text: str) -> Iterator[Replacement]:
        return (Replacement(*match.span(), expanded(match)) for match in compiled.finditer(text))

    return find


_COMMAND = re.compile(r"\\[A-Za-z]+\Z")


def after_command(text: str, at: int) -> bool:
    """Tell whether a command's name ends where `at` starts."""
    return _COMMAND.search(text, max(0, at - 40), at) is not None


def opens_group(text: str, at: int) -> bool:
    """Tell whether a brace groups: it does not where a command or another group takes it for its argument."""
    return at >= 0 and text[at] == "{" and text[at - 1 : at] != "}" and not after_command(text, at)
