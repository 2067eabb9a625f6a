"""The one writer of Parquet files.

The same rows give the same bytes: sorted by the table's key, one chunk per column, fixed rows per row group and per
file, no dates, no paths.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from datasets.config import DEFAULT_CDC_OPTIONS

__all__ = [
    "CHUNKING_MARKS",
    "ROWS_PER_FILE",
    "ROWS_PER_GROUP",
    "SplitWriter",
    "shard_name",
    "write_parquet",
    "write_splits_of",
]

# An abstract with its title is about 1.5 kB, so a row group is well below 100 MB.
ROWS_PER_GROUP = 20_000
ROWS_PER_FILE = 400_000

CHUNKING_MARKS = ("content_defined_chunking", "use_content_defined_chunking")
"""Keys of the footer that say that a file has content-defined chunks: the one `datasets` writes and the one the Hub's
viewer looks for. Parquet itself does not tell."""


def shard_name(split: str, number: int, count: int) -> str:
    """Return a file's name in the form that `datasets` and the Hub's viewer expect."""
    return f"{split}-{number:05d}-of-{count:05d}.parquet"


def write_parquet(table: pa.Table, path: Path) -> None:
    """Write one Parquet file: zstd, content-defined chunks, page index, Arrow schema kept."""
    with _opened(path, table.schema) as writer:
        for start in range(0, max(table.num_rows, 1), ROWS_PER_GROUP):
            _write_group(writer, table.slice(start, ROWS_PER_GROUP))


@contextmanager
def _opened(path: Path, schema: pa.Schema) -> Iterator[pq.ParquetWriter]:
    with pq.ParquetWriter(
        path,
        schema,
        compression="zstd",
        use_content_defined_chunking=DEFAULT_CDC_OPTIONS,
        write_page_index=True,
        version="2.6",
    ) as writer:
        yield writer
        writer.add_key_value_metadata(dict.fromkeys(CHUNKING_MARKS, json.dumps(DEFAULT_CDC_OPTIONS)))


def _write_group(writer: pq.ParquetWriter, rows: pa.Table) -> None:
    # rows that came in other batches must give the same bytes, so each column becomes one chunk
    writer.write_table(rows.combine_chunks(), row_group_size=ROWS_PER_GROUP)


class SplitWriter:
    """Writes a split of a table whose rows come part by part, in order; memory holds a row group.

    Args:
        folder: The table's folder.
        split: The split.
        schema: Of the rows, with its metadata.
    """

    def __init__(self, folder: Path, split: str, schema: pa.Schema) -> None:
        self._folder, self._split, self._schema = folder, split, schema
        self._waiting: list[pa.Table] = []
        self._files: list[Path] = []
        self._exits = ExitStack()
        self._writer: pq.ParquetWriter | None = None
        self._held = 0
        self._in_file = 0
        self.rows = 0

    def add(self, rows: pa.Table) -> None:
        """Take the next rows."""
        self._waiting.append(rows)
        self._held += rows.num_rows
        self.rows += rows.num_rows
        if self._held >= ROWS_PER_GROUP:
            whole = pa.concat_tables(self._waiting)
            ready = whole.num_rows // ROWS_PER_GROUP * ROWS_PER_GROUP
            for start in range(0, ready, ROWS_PER_GROUP):
                self._put(whole.slice(start, ROWS_PER_GROUP))
            # it keeps all of what was added last, which a copy would not, for twice the time
            self._waiting = [whole.slice(ready)]
            self._held -= ready

    def _put(self, group: pa.Table) -> None:
        if self._writer is None or self._in_file >= ROWS_PER_FILE:
            self._exits.close()
            self._files.append(self._folder / f"{self._split}-{len(self._files):05d}.partial")
            self._writer = self._exits.enter_context(_opened(self._files[-1], self._schema))
            self._in_file = 0
        _write_group(self._writer, group)
        self._in_file += group.num_rows

    def close(self) -> list[str]:
        """Write what is left, give the files their names, which tell how many there are, and return them."""
        if self._held or not self._files:
            self._put(pa.concat_tables([self._schema.empty_table(), *self._waiting]))
        self._exits.close()
        names = [shard_name(self._split, number, len(self._files)) for number in range(len(self._files))]
        for path, name in zip(self._files, names, strict=True):
            path.rename(self._folder / name)
        return names


def write_splits_of(name: str, splits: dict[str, pa.Table], folder: Path) -> dict[str, list[str]]:
    """Write a table, one folder with each split's files; a split without rows keeps one empty file.

    Args:
        name: The table, and its folder.
        splits: Its rows by split.
        folder: The release's folder.

    Returns:
        Paths of the files from the release's folder, by split.
    """
    (folder / name).mkdir()
    written: dict[str, list[str]] = {}
    for split, table in splits.items():
        writer = SplitWriter(folder / name, split, table.schema)
        for start in range(0, table.num_rows, ROWS_PER_FILE):
            writer.add(table.slice(start, ROWS_PER_FILE))
        written[split] = [f"{name}/{path}" for path in writer.close()]
    return written
