"""What the readers of record files share: a source, its chunks and its limits."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from curation.identity import ID_DIGITS

__all__ = ["CHUNK_BYTES", "FORMATS", "LONGEST_RECORD", "Chunk", "Columns", "RecordSource"]

FORMATS: Final = ("jsonl", "csv", "parquet")
# Bytes of a line of JSON, and of a record of CSV; a longer one is an unclosed quotation mark or no record at all.
LONGEST_RECORD: Final = 16 << 20
# Bytes after which a chunk ends though it has fewer rows than were asked for, so that memory is bounded.
CHUNK_BYTES: Final = 32 << 20


@dataclass(frozen=True, slots=True)
class Columns:
    """What a record file calls our columns; where one is None, the usual names are looked for.

    Attributes:
        title: The column of titles; usually `title`.
        abstract: That of abstracts; usually `abstract`.
        arxiv_id: That of arXiv ids; usually `arxiv_id`, and `id` where there is no such column.
        categories: That of categories; usually `categories`.
    """

    title: str | None = None
    abstract: str | None = None
    arxiv_id: str | None = None
    categories: str | None = None


@dataclass(frozen=True, slots=True)
class RecordSource:
    """A file of records that was found readable; `open_record_source` makes it.

    Attributes:
        path: A local file, for a URL the copy of it.
        name: What the recipe calls it; the file's name, or the last part of the URL, when not named.
        shown: What errors call it.
        format: One of `FORMATS`.
        compression: `gzip`, `zstd` or None, told by the file's first bytes and not by its name.
        columns: What it calls our columns, as it was asked for.
        sha256: Of the file's bytes as they are (packed, if it is), 64 hex digits.
        bytes: How many these are.
    """

    path: Path
    name: str
    shown: str
    format: str
    compression: str | None
    columns: Columns
    sha256: str
    bytes: int

    @property
    def source_id(self) -> str:
        """First 16 hex digits of the sha256."""
        return self.sha256[:ID_DIGITS]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some records of a source as they stand in the file: work for another process.

    Attributes:
        number: Of the chunk within its source, from 0.
        first: Position of its first record.
        read: Bytes of the (packed) file consumed up to its end; for progress, as readers read ahead.
        payload: What `parse_chunk` makes records of; its form depends on the source's format.
    """

    number: int
    first: int
    read: int
    payload: Any
