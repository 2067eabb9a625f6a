"""CSV and JSON lines: their rows, and the lines that are written for them.

A row goes out as the text it came in as, its labels put at the end.
"""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from curation.errors import InputFileError, Location
from curation.label.file_columns import (
    ADDED,
    BATCH_ROWS,
    NEEDED,
    Paper,
    Tell,
    Values,
    categories_of,
    check_columns,
    values_of,
)
from curation.label.json_lines import json_line, json_object, json_text
from curation.label.labeler import load_labeler

__all__ = ["Row", "TextFile", "labelled_lines", "long_cells"]

# Characters after which a batch ends where rows are long.
_BATCH_SIZE: Final = 1 << 24
_MARK: Final = "\ufeff"
_GZIP: Final = b"\x1f\x8b"
# Characters of a CSV cell; one with more is an unclosed quotation mark, which must not fill the memory.
_LONGEST_CELL: Final = 1 << 28


@contextmanager
def long_cells() -> Iterator[None]:
    """Let the CSV reader take long cells, for as long as this is open."""
    before = csv.field_size_limit(_LONGEST_CELL)
    try:
        yield
    finally:
        csv.field_size_limit(before)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a text file.

    Attributes:
        place: Its first line.
        paper: None for the header of a CSV file.
        text: As it stands in the file, without the end of its line.
        end: The end of its line, empty where the file ends without one.
    """

    place: int
    paper: Paper | None
    text: str
    end: str


class TextFile:
    """A CSV or JSON lines file, which can be read more than once; errors name the line."""

    def __init__(self, path: Path, *, is_csv: bool, packed: bool) -> None:
        self.path, self.is_csv, self.packed = path, is_csv, packed
        self.marked, self.line, self.blank = False, 0, 0

    def rows(self) -> Iterator[Row]:
        """Read the file; afterwards it is known what of it is no row."""
        self.marked, self.line, self.blank = False, 0, 0
        yield from self._csv_rows() if self.is_csv else self._json_rows()
        if self.line == self.blank:
            raise InputFileError(
                "the file is empty", where=Location(self.path), expected="papers", hint="check the path"
            )

    def _lines(self) -> Iterator[str]:
        try:
            with gzip.open(self.path) if self.packed else self.path.open("rb") as stream:
                for line in stream:
                    self.line += 1
                    yield self._decoded(line)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise InputFileError(
                f"the file is no whole gzip file ({error})", where=Location(self.path), hint="fetch or pack it again"
            ) from error
        except OSError as error:
            raise InputFileError(
                f"the file cannot be read ({error.strerror})", where=Location(self.path), hint="check the path"
            ) from error

    def _decoded(self, line: bytes) -> str:
        where = Location(self.path, line=self.line)
        if self.line == 1 and line.startswith(_GZIP):
            raise InputFileError("this is a gzip file", where=where, expected="text", hint="add .gz to its name")
        if b"\0" in line:
            raise InputFileError(
                "the line holds a NUL byte",
                where=where,
                expected="text",
                hint="take it out, or convert UTF-16 with iconv",
            )
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError as error:
            hint = "convert it, for example with iconv"
            raise InputFileError("the line is not UTF-8 text", where=where, expected="UTF-8", hint=hint) from error
        if self.line == 1 and text.startswith(_MARK):
            self.marked = True
            return text[1:]
        return text

    def _csv_rows(self) -> Iterator[Row]:
        taken: list[str] = []

        def recorded() -> Iterator[str]:
            for line in self._lines():
                taken.append(line)
                yield line

        reader = csv.reader(recorded(), strict=True)
        header: list[str] = []
        while True:
            place = self.line + 1
            taken.clear()
            try:
                cells = next(reader, None)
            except csv.Error as error:
                raise InputFileError(
                    f"from here on this is no CSV ({_csv_fault(error)})",
                    where=Location(self.path, line=place),
                    expected="every quotation mark closed, those within a cell doubled, line breaks only within them",
                    hint="write the file again with a CSV library that quotes such cells",
                ) from error
            if cells is None:
                return
            raw = "".join(taken)
            text = raw.rstrip("\r\n")
            if not text.strip():
                self.blank += 1
                continue
            row = Row(place, self._csv_paper(header, cells, place) if header else None, text, raw[len(text) :])
            if not header:
                header = cells
                check_columns(header, Location(self.path, line=place))
            yield row

    def _csv_paper(self, header: list[str], cells: list[str], place: int) -> Paper:
        if len(cells) != len(header):
            raise InputFileError(
                f"the row has {len(cells)} {'cell' if len(cells) == 1 else 'cells'}",
                where=Location(self.path, line=place),
                expected=f"{len(header)}, as in the header",
                hint="quote cells that hold commas or line breaks",
            )
        named = dict(zip(header, cells, strict=True))
        return named["title"], named["abstract"], named.get("categories", "").split()

    def _json_rows(self) -> Iterator[Row]:
        seen: set[str] = set()
        first: Row | None = None
        names: list[str] = []
        for line in self._lines():
            text = line.rstrip("\r\n\t ")
            if not text.strip():
                self.blank += 1
                continue
            where = Location(self.path, line=self.line)
            value = json_object(text, where)
            check_columns(list(value), where, needed=())
            categories = categories_of(value.get("categories"), where)
            paper = json_text(value, "title", where), json_text(value, "abstract", where), categories
            row = Row(self.line, paper, text, line[len(text) :])
            if first is None:
                first, names = row, list(value)
            seen |= value.keys() & NEEDED.keys()
            yield row
        # one record may lack them, but a file in which none has them holds something else
        if first is not None:
            check_columns(
                names, Location(self.path, line=first.place), needed=[one for one in NEEDED if one not in seen]
            )


def _csv_fault(error: csv.Error) -> str:
    told = str(error)
    if told.startswith("new-line"):
        return "a carriage return stands outside quotation marks"
    if told.startswith("field larger"):
        return f"a cell has more than {_LONGEST_CELL:,} characters"
    return "a quotation mark is not closed" if told.startswith("unexpected end") else told


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    batch: list[Row] = []
    size = 0
    for row in rows:
        batch.append(row)
        size += len(row.text)
        if len(batch) >= BATCH_ROWS or size >= _BATCH_SIZE:
            yield batch
            batch, size = [], 0
    yield batch


def labelled_lines(text: TextFile, threshold: float | None, tell: Tell) -> Iterator[str]:
    """Label the rows of a text file and yield them as they are to be written."""
    labeler = load_labeler()
    started = False
    for batch in _batches(text.rows()):
        answers = labeler.label([row.paper for row in batch if row.paper is not None], threshold=threshold)
        if text.marked and not started:
            yield _MARK
        started = True
        for row in batch:
            if row.paper is None:
                yield ",".join((row.text, *ADDED)) + row.end
                continue
            answer = next(answers)
            tell(row.place, answer)
            yield (_csv_line if text.is_csv else json_line)(row.text, values_of(answer)) + row.end


def _csv_line(text: str, values: Values) -> str:
    primary, topics, scores, source = values
    # ids and numbers need no quotation marks
    return ",".join((text, primary or "", " ".join(topics), " ".join(map(str, scores)), source))
