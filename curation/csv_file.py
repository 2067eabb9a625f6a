"""Small tables that people keep as CSV, read with errors that name the line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from curation.errors import CurationError, InputFileError, Location

__all__ = ["open_csv", "require_whole"]


@contextmanager
def open_csv(path: Path, what: str, error: type[CurationError], *, hint: str) -> Iterator[csv.DictReader[str]]:
    """Open a CSV file; a broken one fails while its rows are read.

    Args:
        path: The file.
        what: What to call it in messages.
        error: The error to raise.
        hint: What to do where the file cannot be read.

    Raises:
        CurationError: The file is missing, not UTF-8 or no CSV; as `error`.
    """
    try:
        # A spreadsheet may put a byte order mark in front.
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as found:
        raise error(
            f"{what} is not UTF-8 text", where=Location(path, byte=found.start), hint="save the file as UTF-8"
        ) from found
    except OSError as found:
        raise error(f"{what} cannot be read ({found.strerror})", where=Location(path), hint=hint) from found
    reader = csv.DictReader(io.StringIO(text), strict=True)
    try:
        yield reader
    except csv.Error as found:
        # the reader counts a line once its row is read, and this one is not
        where = Location(path, line=reader.line_num + 1)
        raise error(f"{what} is no CSV ({found})", where=where, hint="close every quotation mark") from found


def require_whole(row: Mapping[str | None, object], reader: csv.DictReader[str], where: Location) -> None:
    """Check that a row has as many fields as the header.

    Raises:
        InputFileError: It has more or fewer.
    """
    if None in row or None in row.values():
        raise InputFileError(
            "the line has another number of fields than the header",
            where=where,
            expected=f"{len(reader.fieldnames or ())} fields",
            hint="put a field that holds a comma into quotation marks",
        )
