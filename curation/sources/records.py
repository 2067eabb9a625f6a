"""Files of records, as sources beside captured listings: JSON lines, CSV and Parquet, here or behind a URL.

One process splits a source into chunks (`read_chunks`), others make records of them (`parse_chunk`). What comes out
does not depend on the chunks: every record of the file is a record or a rejected row, at its number in the file.
"""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

import pyarrow as pa

from curation.errors import Location, SourceError, SourceNotFoundError
from curation.sources.csv_records import check_csv, chunk_csv, parse_csv
from curation.sources.downloads import fetch
from curation.sources.jsonl_records import check_jsonl, chunk_jsonl, parse_jsonl
from curation.sources.kinds import (
    HEAD_BYTES,
    compression_of,
    format_of,
    is_record_file,
    is_url,
    last_part,
    refuse_foreign,
)
from curation.sources.parquet_records import check_parquet, chunk_parquet, parse_parquet
from curation.sources.record_rows import RECORD_SCHEMA
from curation.sources.record_source import FORMATS, Chunk, Columns, RecordSource
from curation.sources.unpacking import unpacked_head

__all__ = [
    "FORMATS",
    "RECORD_SCHEMA",
    "Chunk",
    "Columns",
    "RecordSource",
    "is_record_file",
    "open_record_source",
    "parse_chunk",
    "read_chunks",
]

_BLOCK: Final = 1 << 20
_CHECK: Final = {"jsonl": check_jsonl, "csv": check_csv, "parquet": check_parquet}
_READ: Final = {"jsonl": chunk_jsonl, "csv": chunk_csv, "parquet": chunk_parquet}
_PARSE: Final = {"jsonl": parse_jsonl, "csv": parse_csv, "parquet": parse_parquet}


def _unwatched(done: int, total: int | None) -> None:
    """Watch nothing."""


def open_record_source(
    path: str,
    *,
    base: Path,
    name: str | None,
    format: str | None,
    columns: Columns,
    downloads: Path,
    watch: Callable[[int, int | None], None] = _unwatched,
) -> RecordSource:
    """Find a file of records, name it by its content, and see that it has our columns.

    Args:
        path: A path, relative to `base`, or a URL.
        base: The folder from which paths are read.
        name: What to call the source; the file's name, or the last part of the URL, when missing.
        format: One of `FORMATS`; told by the name when missing.
        columns: What the file calls our columns.
        downloads: The folder into which a URL's content is copied.
        watch: Told the bytes done and those in all (None where nobody says), while the file is fetched or hashed.

    Raises:
        SourceNotFoundError: There is no such file, it is a folder, or it may not be read.
        SourceError: It is empty, of another format, cut off or damaged at its start, cannot be fetched, or lacks our
            columns.
        OutputError: The copy of a URL's content cannot be written.
    """
    kind = format_of(path, format)
    sha256: str | None = None
    if path.lower().startswith("file://"):
        local = Path(unquote(urlsplit(path).path))
        shown = path
    elif is_url(path):
        local, sha256 = fetch(path, downloads, watch)
        shown = path
    else:
        local = base / path
        shown = str(local)
    head, size = _start_of(local, shown)
    compression = None if kind == "parquet" else compression_of(head)
    source = RecordSource(
        path=local,
        name=name or last_part(path),
        shown=shown,
        format=kind,
        compression=compression,
        columns=columns,
        sha256=sha256 or "",
        bytes=size,
    )
    refuse_foreign(head, kind, Location(shown))
    if compression:
        refuse_foreign(unpacked_head(source, HEAD_BYTES), kind, Location(shown), inside=compression)
    _CHECK[kind](source)
    return replace(source, sha256=sha256 or _hashed(source, watch))


def _start_of(path: Path, shown: str) -> tuple[bytes, int]:
    """Return the first bytes of a file, and how many it has."""
    where = Location(shown)
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            hint = f"name the files in it, for instance {shown}/*.jsonl"
            raise SourceNotFoundError("this is a folder", where=where, expected="a file", hint=hint)
        if not stat.S_ISREG(found.st_mode):
            hint = "write it to a file, and name that"
            raise SourceNotFoundError("this is no regular file", where=where, expected="a file", hint=hint)
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except FileNotFoundError as error:
        raise SourceNotFoundError("there is no such file", where=where, hint="check the path") from error
    except OSError as error:
        raise SourceNotFoundError(
            f"the file cannot be read ({error.strerror})", where=where, hint="check its permissions"
        ) from error
    if not head:
        raise SourceError("the file is empty", where=where, expected="records", hint="check the path")
    return head, found.st_size


def _hashed(source: RecordSource, watch: Callable[[int, int | None], None]) -> str:
    digest = hashlib.sha256()
    done = 0
    where = Location(source.shown)
    try:
        with source.path.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
                done += len(block)
                watch(done, source.bytes)
    except OSError as error:
        raise SourceNotFoundError(
            f"the file cannot be read ({error.strerror})", where=where, hint="check the disk"
        ) from error
    if done != source.bytes:
        raise SourceError(
            "the file was changed while it was read",
            where=where,
            expected=f"{source.bytes:,} bytes, as when it was opened",
            hint="wait until it is written, then run again",
        )
    return digest.hexdigest()


def read_chunks(source: RecordSource, rows: int) -> Iterator[Chunk]:
    """Split a source into chunks, in the order of the file; cheap, and with memory for few of them.

    Args:
        source: What `open_record_source` gave.
        rows: Records of a chunk, at least 1; chunks of long records hold fewer.

    Raises:
        SourceError: The file is cut off, damaged, or was changed since it was opened.
    """
    if rows < 1:
        raise ValueError(f"a chunk needs rows, not {rows}")
    return _READ[source.format](source, rows)


def parse_chunk(source: RecordSource, chunk: Chunk) -> tuple[pa.Table, pa.Table]:
    """Make records of a chunk; the same for the same source and chunk, in any process.

    Args:
        source: The source of the chunk.
        chunk: What `read_chunks` gave.

    Returns:
        The records, of `RECORD_SCHEMA`, and the rejected rows, model `RemovedRows`; each by position.
    """
    return _PARSE[source.format](source, chunk)
