"""Parquet: its columns and rows, and the table with the labels added.

Memory holds a row group of what is written, and a batch of what is read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from curation.errors import InputFileError, Location
from curation.label.file_columns import (
    ADDED,
    ADDED_TYPES,
    BATCH_ROWS,
    READ,
    Paper,
    Tell,
    categories_of,
    check_columns,
    values_of,
)
from curation.label.labeler import load_labeler
from curation.release.writer import ROWS_PER_GROUP
from curation.sources.parquet_records import is_list_of_text, is_text

__all__ = ["label_parquet", "opened_parquet"]

# Bytes after which a row group ends where rows are long.
_GROUP_SIZE: Final = 1 << 26


@contextmanager
def opened_parquet(path: Path) -> Iterator[pq.ParquetFile]:
    """Open a Parquet file and check its columns."""
    try:
        # read as a stream, for a row group may be as large as the file
        file = pq.ParquetFile(path, buffer_size=1 << 20, pre_buffer=False)
    except (OSError, pa.ArrowException) as error:
        told = str(error).splitlines()[0]
        raise InputFileError(
            f"this is no Parquet file that can be read ({told})", where=Location(path), hint="check the path"
        ) from error
    with file:
        schema = file.schema_arrow
        check_columns(schema.names, Location(path))
        for name in (name for name in READ if name in schema.names):
            kind = schema.field(name).type
            if not (is_text(kind) or (name == "categories" and is_list_of_text(kind))):
                expected = "a list of texts, or text" if name == "categories" else "text"
                hint = "cast or rename the column"
                raise InputFileError(f"{name} is of type {kind}", where=Location(path), expected=expected, hint=hint)
        yield file


def label_parquet(file: pq.ParquetFile, source: Path, out: Path, threshold: float | None, tell: Tell) -> None:
    """Label the rows of an opened file, whose path is `source`, and write them with the added columns."""
    labeler = load_labeler()
    schema = _extended(file.schema_arrow)
    waiting: list[pa.RecordBatch] = []
    row = 0
    with pq.ParquetWriter(
        out, schema, compression="zstd", use_content_defined_chunking=True, write_page_index=True, version="2.6"
    ) as writer:

        def flush() -> None:
            if waiting:
                writer.write_table(pa.Table.from_batches(waiting))
                waiting.clear()

        for batch in _parquet_batches(file, source):
            answers = list(labeler.label(_parquet_papers(batch, source, row), threshold=threshold))
            for answer in answers:
                row += 1
                tell(row, answer)
            added = zip(*map(values_of, answers), strict=True)
            arrays = [pa.array(column, type=ADDED_TYPES[name][0]) for name, column in zip(ADDED, added, strict=True)]
            waiting.append(pa.RecordBatch.from_arrays([*batch.columns, *arrays], schema=schema))
            if (
                sum(one.num_rows for one in waiting) >= ROWS_PER_GROUP
                or sum(one.nbytes for one in waiting) >= _GROUP_SIZE
            ):
                flush()
        flush()


def _parquet_batches(file: pq.ParquetFile, path: Path) -> Iterator[pa.RecordBatch]:
    batches = file.iter_batches(batch_size=BATCH_ROWS)
    while True:
        try:
            batch = next(batches, None)
        except (OSError, pa.ArrowException) as error:
            told = str(error).splitlines()[0]
            raise InputFileError(f"the file is broken ({told})", where=Location(path), hint="fetch it again") from error
        if batch is None:
            return
        yield batch


def _parquet_papers(batch: pa.RecordBatch, source: Path, before: int) -> list[Paper]:
    given = {name: batch.column(name) for name in READ if name in batch.schema.names}
    try:
        columns = {name: column.to_pylist() for name, column in given.items()}
    except UnicodeDecodeError as error:
        rows = f"rows {before + 1} to {before + batch.num_rows}"
        hint = "write the file again, as text"
        raise InputFileError(f"a text in {rows} is not UTF-8", where=Location(source), hint=hint) from error
    categories = columns.get("categories", [None] * batch.num_rows)
    return [
        (title, abstract, categories_of(named, Location(source)))
        for title, abstract, named in zip(columns["title"], columns["abstract"], categories, strict=True)
    ]


def _extended(schema: pa.Schema) -> pa.Schema:
    """Append the added columns; Hugging Face's features get theirs, and pandas reads what its own do not name."""
    metadata = dict(schema.metadata or {})
    with suppress(KeyError, TypeError, ValueError):
        told = json.loads(metadata[b"huggingface"])
        told["info"]["features"] |= {name: feature for name, (_, feature) in ADDED_TYPES.items()}
        # it names the content, which is another one now
        told.pop("fingerprint", None)
        metadata[b"huggingface"] = json.dumps(told).encode()
    fields = [*schema, *(pa.field(name, kind) for name, (kind, _) in ADDED_TYPES.items())]
    return pa.schema(fields, metadata=metadata or None)
