"""CSV with a header: commas, quotation marks as Python's `csv` takes them in its strict mode.

The reader only finds where records begin (`csv_split`); their cells are read where the chunk is parsed.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pyarrow as pa

from curation.errors import Location, SourceError
from curation.sources.csv_split import Broken, split_records
from curation.sources.record_columns import Found, find_columns
from curation.sources.record_rows import Rows
from curation.sources.record_source import CHUNK_BYTES, LONGEST_RECORD, Chunk, RecordSource
from curation.sources.unpacking import Lines, UnpackError, broken

__all__ = ["check_csv", "chunk_csv", "parse_csv"]

_HINT: Final = "write the file again with a CSV library"


@contextmanager
def _long_cells() -> Iterator[None]:
    """Let the CSV reader take cells as long as a record, for as long as this is open; the limit is the process's."""
    before = csv.field_size_limit(LONGEST_RECORD + 1)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _cells(record: bytes) -> list[str]:
    """Return the cells of a record.

    Raises:
        UnicodeDecodeError: It is not UTF-8.
        csv.Error: Its quotation marks are wrong.
    """
    return next(csv.reader((record.decode("utf-8"),), strict=True))


def _header(source: RecordSource, line: int, record: bytes | Broken) -> list[str]:
    where = Location(source.shown, line=line)
    expected = "a header, the names of the columns"
    if isinstance(record, Broken):
        raise SourceError(f"the first line is no CSV ({record.rule})", where=where, expected=expected, hint=_HINT)
    try:
        with _long_cells():
            return _cells(record)
    except UnicodeDecodeError as error:
        hint = "convert it, for example with iconv"
        raise SourceError("the header is not UTF-8", where=where, expected="UTF-8 text", hint=hint) from error
    except csv.Error as error:
        raise SourceError(f"the header is no CSV ({error})", where=where, expected=expected, hint=_HINT) from error


def check_csv(source: RecordSource) -> None:
    """See that the header has our columns, and that there is a record behind it.

    Raises:
        SourceError: It lacks one or has one twice, or the file is empty, or none of CSV.
    """
    records = split_records(Lines(source))
    try:
        first = next(records, None)
        if first is not None:
            find_columns(_header(source, *first), source.columns, Location(source.shown, line=first[0]))
            first = next(records, None)
    except UnpackError as error:
        raise broken(source, error, 0) from error
    if first is None:
        raise SourceError(
            "the file holds no records",
            where=Location(source.shown),
            expected="a header, and records below it",
            hint="check the path",
        )


def chunk_csv(source: RecordSource, rows: int) -> Iterator[Chunk]:
    """Split a source into chunks of records.

    Args:
        source: The source.
        rows: Records of a chunk; fewer where they are long.

    Raises:
        SourceError: The file breaks off, is damaged, or was changed.
    """
    lines = Lines(source)
    header: list[str] | None = None
    held: list[tuple[int, bytes | Broken]] = []
    number = first = size = 0
    try:
        for line, record in split_records(lines):
            if header is None:
                header = _header(source, line, record)
                found = find_columns(header, source.columns, Location(source.shown, line=line))
                continue
            if isinstance(record, Broken):
                record = Broken(record.rule, record.beginning[:1024])  # noqa: PLW2901
            held.append((line, record))
            size += len(record.beginning if isinstance(record, Broken) else record)
            if len(held) >= rows or size >= CHUNK_BYTES:
                yield Chunk(number, first, lines.consumed, (header, found, held))
                number, first = number + 1, first + len(held)
                held, size = [], 0
    except UnpackError as error:
        raise broken(source, error, first + len(held)) from error
    if held:
        yield Chunk(number, first, lines.consumed, (header, found, held))


def parse_csv(source: RecordSource, chunk: Chunk) -> tuple[pa.Table, pa.Table]:
    """Read the cells of a chunk's records; the records and the rejected rows."""
    header: list[str]
    found: Found
    header, found, held = chunk.payload
    places = [None if name is None else header.index(name) for name in (found.arxiv_id, found.categories)]
    title, abstract = header.index(found.title), header.index(found.abstract)
    id_place, categories_place = places
    rows = Rows(source.source_id)
    with _long_cells():
        for position, (line, record) in enumerate(held, start=chunk.first):
            if isinstance(record, Broken):
                rows.reject(position, line, record.rule, record.beginning)
                continue
            try:
                cells = _cells(record)
            except UnicodeDecodeError:
                rows.reject(position, line, "encoding: utf-8", record)
                continue
            except csv.Error:
                rows.reject(position, line, "csv: quotation marks", record)
                continue
            if len(cells) != len(header):
                rows.reject(position, line, "csv: cells as in the header", record)
                continue
            arxiv_id = None if id_place is None else cells[id_place]
            categories = None if categories_place is None else cells[categories_place]
            if not rows.add(position, line, cells[title], cells[abstract], (arxiv_id, categories)):
                rows.reject_texts(position, line, {"title": cells[title], "abstract": cells[abstract]})
    return rows.tables()
