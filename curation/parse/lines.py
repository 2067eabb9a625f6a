"""Cutting a source into lines without losing track of a byte."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from curation.sources.text import BYTE_ORDER_MARK

__all__ = ["ContentLine", "content_lines", "is_blank_separated"]

# Only these end a line. `str.splitlines` also splits at form feeds and U+2028, which may stand inside an abstract.
_LINE = re.compile(r"([^\r\n]*)(\r\n|\r|\n|\Z)")


@dataclass(frozen=True, slots=True)
class ContentLine:
    """A line that is not blank, without the blanks around its text.

    Attributes:
        number: 1-based number in the source.
        start: First byte of the text in the source.
        end: Byte after the text.
        text: The text; never empty, no blank at either end.
    """

    number: int
    start: int
    end: int
    text: str


def content_lines(text: str) -> Iterator[ContentLine]:
    """Yield the lines that hold text, with their place in the UTF-8 bytes.

    CRLF, CR and LF end a line; a byte order mark at the start and blanks (no-break space too) around a line's text
    belong to no line.
    """
    offset = 0
    for number, match in enumerate(_LINE.finditer(text), start=1):
        line = match[1]
        lead = BYTE_ORDER_MARK if number == 1 and line.startswith(BYTE_ORDER_MARK) else ""
        body = line[len(lead) :]
        stripped = body.strip()
        if stripped:
            lead += body[: body.index(stripped)]
            start = offset + len(lead.encode())
            yield ContentLine(number, start, start + len(stripped.encode()), stripped)
        offset += len(match[0].encode())


def is_blank_separated(lines: list[ContentLine]) -> bool:
    """Tell whether most neighbouring lines have a blank line between them."""
    gaps = [later.number - earlier.number for earlier, later in itertools.pairwise(lines)]
    return sum(gap > 1 for gap in gaps) * 2 > len(gaps)
