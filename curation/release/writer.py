"""The one writer of Parquet files.

The same rows give the same bytes: sorted by the table's key, one chunk per column, fixed rows per row group and per
file, no dates, no paths.
"""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from datasets.config import DEFAULT_CDC_OPTIONS

__all__ = ["CHUNKING_MARKS", "ROWS_PER_FILE", "ROWS_PER_GROUP", "shard_name", "write_parquet", "write_splits_of"]

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
    with pq.ParquetWriter(
        path,
        table.schema,
        compression="zstd",
        use_content_defined_chunking=DEFAULT_CDC_OPTIONS,
        write_page_index=True,
        version="2.6",
    ) as writer:
        writer.write_table(table.combine_chunks(), row_group_size=ROWS_PER_GROUP)
        writer.add_key_value_metadata(dict.fromkeys(CHUNKING_MARKS, json.dumps(DEFAULT_CDC_OPTIONS)))


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
        starts = range(0, max(table.num_rows, 1), ROWS_PER_FILE)
        paths = [f"{name}/{shard_name(split, number, len(starts))}" for number in range(len(starts))]
        for start, path in zip(starts, paths, strict=True):
            write_parquet(table.slice(start, ROWS_PER_FILE), folder / path)
        written[split] = paths
    return written
