"""A table of arXiv identifiers, found for titles, as a file."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from curation.csv_file import open_csv, require_whole
from curation.errors import InputFileError, Location
from curation.identity import title_key

__all__ = ["FACTS", "ArxivRecord", "read_arxiv_ids"]

FACTS = pa.schema([("arxiv_id", pa.string()), ("categories", pa.list_(pa.string())), ("year", pa.int64())])
"""Columns of what is known of papers on arXiv, as `ArxivRecord` has it of one."""

_COLUMNS = ("title", "arxiv_id", "categories", "year", "sources")
# Since April 2007 an id is year, month and number; before, an archive stood in front of them.
_ID = re.compile(r"([0-9]{2})[0-9]{2}\.[0-9]{4,5}|[a-z]+(?:-[a-z]+)*(?:\.[A-Z]{2})?/([0-9]{2})[0-9]{5}")
_YEAR = re.compile(r"[0-9]{4}")


@dataclass(frozen=True, slots=True)
class ArxivRecord:
    """What is known of a paper on arXiv.

    Attributes:
        arxiv_id: Its identifier, without a version: `2403.03900`, `math.GT/0309136`.
        categories: Its categories, the primary one first; empty if they are not known.
        year: When it was first submitted.
    """

    arxiv_id: str
    categories: tuple[str, ...]
    year: int


def read_arxiv_ids(path: Path) -> dict[str, ArxivRecord]:
    """Read a table of identifiers.

    A row without an identifier says that none was found; it is left out.

    Args:
        path: CSV with the columns `title`, `arxiv_id`, `categories` (separated by blanks, may be empty), `year` and
            `sources` (where the identifier was seen, for the reader's eye).

    Returns:
        The records by `title_key` of their title.

    Raises:
        InputFileError: The file is missing or not of that form.
    """
    with open_csv(path, "the table of arXiv ids", InputFileError, hint="check the path") as reader:
        return _records(reader, path)


def _records(reader: csv.DictReader[str], path: Path) -> dict[str, ArxivRecord]:
    if not set(_COLUMNS) <= set(reader.fieldnames or ()):
        raise InputFileError(
            "the table of arXiv ids lacks a column",
            where=Location(path, line=1),
            expected=f"a header with {', '.join(f'`{name}`' for name in _COLUMNS)}",
            hint="name the columns in the first line",
        )
    records: dict[str, ArxivRecord] = {}
    for row in reader:
        where = Location(path, line=reader.line_num)
        require_whole(row, reader, where)
        if not row["arxiv_id"]:
            continue
        record = _record(row, where)
        key = title_key(row["title"])
        if not key:
            raise InputFileError("the line has no title", where=where, hint="give the title, or delete the line")
        if records.setdefault(key, record) != record:
            raise InputFileError(
                f"the title {row['title']!r} stands in two lines that differ", where=where, hint="keep one of the two"
            )
    return records


def _record(row: dict[str, str], where: Location) -> ArxivRecord:
    form = _ID.fullmatch(row["arxiv_id"])
    if form is None:
        raise InputFileError(
            f"{row['arxiv_id']!r} is no arXiv id",
            where=where,
            expected="an id without a version, such as 2403.03900, cond-mat/0102536 or math.GT/0309136",
            hint="correct the id, or leave it empty if it is not known",
        )
    if not _YEAR.fullmatch(row["year"]):
        raise InputFileError(
            f"{row['year']!r} is no year",
            where=where,
            expected="four digits, such as 2024",
            hint="give the year the id begins with",
        )
    year = _year_of(int(form[1] or form[2]))
    if int(row["year"]) != year:
        raise InputFileError(
            f"the year {row['year']} contradicts the id {row['arxiv_id']}",
            where=where,
            expected=str(year),
            hint="correct the year, or the id",
        )
    return ArxivRecord(row["arxiv_id"], tuple(dict.fromkeys(row["categories"].split())), year)


def _year_of(digits: int) -> int:
    # arXiv began in 1991.
    return (1900 if digits >= 91 else 2000) + digits
