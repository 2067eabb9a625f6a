"""Which lines of a CSV file are one record, told by its quotation marks in time linear to the file's size.

The rules are those of Python's `csv` module in its strict mode: a cell that begins with a quotation mark goes on to the
one that closes it, over line breaks, and a comma or the line's end must follow; elsewhere a quotation mark is a
character. A record that breaks them, or grows beyond `LONGEST_RECORD` since a mark is never closed, costs its first
line only: reading goes on at the next one. Whether a line goes on within quotation marks does not depend on where they
were opened, so that no line is looked at again for each line before it that may have opened them.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from curation.sources.record_source import LONGEST_RECORD
from curation.sources.unpacking import LongLine

__all__ = ["Broken", "split_records"]

# A whole cell, and one that is open at the line's end.
_CELL: Final = rb'(?:"[^"]*+(?:""[^"]*+)*+"|[^",\r][^,\r]*+)?+'
_OPEN: Final = rb'"[^"]*+(?:""[^"]*+)*+\Z'
_CELLS: Final = rb"(?:%b,)*+(?:(?P<closed%b>%b\r*+\Z)|(?P<open%b>%b))"
# A line at whose start no quotation mark is open, and one at whose start one is.
_OUTSIDE: Final = re.compile(_CELLS % (_CELL, b"", _CELL, b"", _OPEN))
_INSIDE: Final = re.compile(
    rb'[^"]*+(?:""[^"]*+)*+(?:(?P<open>\Z)|"(?:(?P<closed>\r*+\Z)|,%b))' % (_CELLS % (_CELL, b"2", _CELL, b"2", _OPEN))
)


@dataclass(frozen=True, slots=True)
class Broken:
    """A line that begins no record.

    Attributes:
        rule: The rule it breaks.
        beginning: Its first bytes.
    """

    rule: str
    beginning: bytes


def _end(pattern: re.Pattern[bytes], line: bytes) -> str | None:
    """Tell how a line ends: `closed`, `open` within quotation marks, or None where it breaks the rules."""
    match = pattern.match(line)
    return None if match is None or match.lastgroup is None else match.lastgroup.rstrip("2")


class _Window:
    """Lines from the start of a record on, of which all but the first and the last are known to be within a quotation.

    Attributes:
        number: Line of the first one, from 1.
        size: Bytes of the first one and those within the quotation.
    """

    def __init__(self, lines: Iterable[bytes | LongLine]) -> None:
        self._lines = iter(lines)
        self._held: deque[bytes | LongLine] = deque()
        self._within = 0
        self._last: str | None = ""
        self.number = 1
        self.size = 0

    def first(self) -> bytes | LongLine | None:
        """Return the line at which a record begins; None at the end of the file."""
        if not self._held and (line := next(self._lines, None)) is not None:
            self._held.append(line)
            self.size = _size(line)
        return self._held[0] if self._held else None

    def rest(self) -> str | None:
        """Read on to the line that ends the record; how it ends, `open` where it does not by the end of the file."""
        while self.size <= LONGEST_RECORD:
            if len(self._held) == self._within + 1:
                line = next(self._lines, None)
                if line is None:
                    return "open"
                self._held.append(line)
                self._last = "open" if isinstance(line, LongLine) else _end(_INSIDE, line)
            line = self._held[-1]
            if self._last != "open":
                # a record that closes may still be too long
                return self._last if self.size + _size(line) <= LONGEST_RECORD else "open"
            if isinstance(line, LongLine):
                return "open"
            self._within += 1
            self.size += _size(line)
        return "open"

    def take(self) -> bytes:
        """Take the whole record out."""
        text = b"\n".join(line for line in self._held if not isinstance(line, LongLine))
        self.number += len(self._held)
        self._held.clear()
        self._within = 0
        return text

    def drop(self) -> None:
        """Take the first line out."""
        gone = self._held.popleft()
        self.number += 1
        if self._within:
            self._within -= 1
            self.size -= _size(gone)
        else:
            self.size = _size(self._held[0]) if self._held else 0


def _size(line: bytes | LongLine) -> int:
    return LONGEST_RECORD + 1 if isinstance(line, LongLine) else len(line) + 1


def split_records(lines: Iterable[bytes | LongLine]) -> Iterator[tuple[int, bytes | Broken]]:
    """Yield the records of a CSV file as they stand there, and the lines that begin none; blank lines are left out.

    Args:
        lines: The file's lines, without their line feeds.

    Yields:
        The line of the record, from 1, and its text.
    """
    window = _Window(lines)
    while (line := window.first()) is not None:
        number = window.number
        if isinstance(line, LongLine):
            yield number, Broken("line: at most 16 MiB", line.beginning)
            window.drop()
            continue
        if not line or line.isspace():
            window.drop()
            continue
        end = _end(_OUTSIDE, line)
        if end == "closed":
            yield number, line
            window.drop()
        elif end == "open" and window.rest() == "closed":
            yield number, window.take()
        else:
            yield number, Broken("csv: quotation marks", line)
            window.drop()
