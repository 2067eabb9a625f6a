"""Records of a file of arXiv metadata, one after the other; what cannot be used is counted, with its reason."""

from __future__ import annotations

import gzip
import json
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from curation.errors import InputFileError, Location

__all__ = ["Record", "RecordFile"]

_GZIP: Final = b"\x1f\x8b"
# Bytes of a line; one with more is no record, and must not fill the memory.
_LONGEST: Final = 1 << 24
_EXPECTED: Final = 'an object on each line, for example {"id": "2101.00001", "abstract": "…", "categories": "cs.LG"}'


@dataclass(frozen=True, slots=True)
class Record:
    """What the tasks use of a record.

    Attributes:
        id: arXiv's.
        abstract: LaTeX, in one line, with single blanks.
        category: The primary one, which arXiv writes first.
    """

    id: str
    abstract: str
    category: str


class _UnusableError(Exception):
    """A line is no record; the reason is one of few."""


class RecordFile:
    """A file in JSON lines, plain or gzip; told apart by its first bytes.

    Attributes:
        read: Lines read so far, without blank ones.
        left_out: How many of them are no record, by reason.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.read = 0
        self.left_out: Counter[str] = Counter()

    def records(self) -> Iterator[Record]:
        """Read the file once.

        Raises:
            InputFileError: It cannot be read, is empty, no whole gzip file, or has no record at all.
        """
        first: tuple[int, str] | None = None
        for number, line in self._lines():
            if line is not None and not line.strip():
                continue
            self.read += 1
            try:
                record = _record(line)
            except _UnusableError as error:
                self.left_out[str(error)] += 1
                first = first or (number, str(error))
            else:
                yield record
        if not self.read:
            where = Location(self.path, line=1)
            raise InputFileError("the file is empty", where=where, expected=_EXPECTED, hint="check the path")
        if first is not None and self.read == self.left_out.total():
            raise InputFileError(
                f"no line of the file is a record; this one: {first[1]}",
                where=Location(self.path, line=first[0]),
                expected=_EXPECTED,
                hint="take arXiv's metadata in JSON lines, plain or gzip",
            )

    def _lines(self) -> Iterator[tuple[int, bytes | None]]:
        """Yield lines by number from 1; None for one that is too long."""
        number = 0
        try:
            with self.path.open("rb") as start:
                packed = start.read(len(_GZIP)) == _GZIP
            with gzip.open(self.path) if packed else self.path.open("rb") as stream:
                while line := stream.readline(_LONGEST):
                    number += 1
                    if len(line) == _LONGEST and not line.endswith(b"\n"):
                        while (rest := stream.readline(_LONGEST)) and not rest.endswith(b"\n"):
                            pass
                        yield number, None
                    else:
                        yield number, line
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise InputFileError(
                f"the file is no whole gzip file ({error})",
                where=Location(self.path, line=number + 1),
                hint="fetch or pack it again",
            ) from error
        except OSError as error:
            raise InputFileError(
                f"the file cannot be read ({error.strerror})", where=Location(self.path), hint="check the path"
            ) from error


def _record(line: bytes | None) -> Record:
    if line is None:
        raise _UnusableError(f"longer than {_LONGEST:,} bytes")
    try:
        value = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise _UnusableError("not UTF-8") from error
    except (ValueError, RecursionError) as error:  # ValueError: also a number of too many digits
        raise _UnusableError("not JSON") from error
    if not isinstance(value, dict):
        raise _UnusableError("no object")
    id_, abstract = (" ".join(_text(value, name, value.get(name)).split()) for name in ("id", "abstract"))
    categories = value.get("categories")
    if isinstance(categories, list):  # some copies of arXiv's metadata have them so
        categories = " ".join(_text(value, "categories", one) for one in categories)
    return Record(id_, abstract, _text(value, "categories", categories).split()[0])


def _text(value: dict[str, object], name: str, text: object) -> str:
    if name not in value:
        raise _UnusableError(f"no {name}")
    if not isinstance(text, str):
        raise _UnusableError(f"{name} not text")
    if not text.strip():
        raise _UnusableError(f"{name} empty")
    if not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text):
        raise _UnusableError(f"{name} with half of a surrogate pair")
    return text
