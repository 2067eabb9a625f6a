"""Parquet: only our columns are read, and of a row group, which may be as large as the file, a batch at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from curation.errors import Location, SourceError
from curation.sources.record_columns import Found, find_columns
from curation.sources.record_rows import Rows
from curation.sources.record_source import CHUNK_BYTES, Chunk, RecordSource
from curation.sources.unpacking import UnpackError, broken, unchanged

__all__ = ["check_parquet", "chunk_parquet", "is_list_of_text", "is_text", "parse_parquet"]

_BUFFER: Final = 1 << 20
# A text whose bytes are not UTF-8, which Parquet does not check.
_UNDECODABLE: Final = object()


@contextmanager
def _opened(source: RecordSource) -> Iterator[pq.ParquetFile]:
    try:
        # as a stream, for a row group may be as large as the file, and would be fetched whole ahead
        file = pq.ParquetFile(source.path, buffer_size=_BUFFER, pre_buffer=False, page_checksum_verification=True)
    except (OSError, pa.ArrowException) as error:
        raise SourceError(
            f"this is no Parquet file that can be read ({str(error).splitlines()[0]})",
            where=Location(source.shown),
            expected="a whole Parquet file",
            hint="fetch or write it again",
        ) from error
    with file:
        yield file


def _found(source: RecordSource, schema: pa.Schema) -> Found:
    """Find our columns; an id or categories of a type that holds none are left out, unless the recipe names them."""
    where = Location(source.shown)
    found = find_columns(schema.names, source.columns, where)
    fits = {}
    for ours in ("title", "abstract", "arxiv_id", "categories"):
        name = getattr(found, ours)
        if name is None:
            continue
        kind = schema.field(name).type
        fits[ours] = is_text(kind) or (ours == "categories" and is_list_of_text(kind))
        if not fits[ours] and (ours in ("title", "abstract") or getattr(source.columns, ours) is not None):
            raise SourceError(
                f"the column {name!r} is of type {kind}",
                where=where,
                expected="text, or a list of texts" if ours == "categories" else "text",
                hint=f'cast it, or name another one in the recipe: columns = {{ {ours} = "…" }}',
            )
    return Found(
        found.title,
        found.abstract,
        found.arxiv_id if fits.get("arxiv_id") else None,
        found.categories if fits.get("categories") else None,
    )


def is_text(kind: pa.DataType) -> bool:
    """Tell whether a column of this type holds texts."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    types = pa.types
    return any(test(kind) for test in (types.is_string, types.is_large_string, types.is_string_view, types.is_null))


def is_list_of_text(kind: pa.DataType) -> bool:
    """Tell whether a column of this type holds lists of texts."""
    types = pa.types
    lists = (types.is_list, types.is_large_list, types.is_fixed_size_list, types.is_list_view, types.is_large_list_view)
    return any(test(kind) for test in lists) and is_text(kind.value_type)


def check_parquet(source: RecordSource) -> None:
    """See that a file is Parquet and has our columns and a row.

    Raises:
        SourceError: It is not, or lacks one, has one twice, or has one that holds no text.
    """
    with _opened(source) as file:
        _found(source, file.schema_arrow)
        if not file.metadata.num_rows:
            raise SourceError(
                "the file holds no records", where=Location(source.shown), expected="rows", hint="check the path"
            )


def _rows_at_once(file: pq.ParquetFile, found: Found, rows: int) -> int:
    """Return how many rows are read at once, so that they fill no more than a chunk may on average."""
    metadata = file.metadata
    paths = [metadata.schema.column(index).path for index in range(metadata.num_columns)]
    # a list is one path further down
    ours = [index for index, path in enumerate(paths) if {path, path.partition(".")[0]} & set(found.names)]
    groups = map(metadata.row_group, range(metadata.num_row_groups))
    size: int = sum(group.column(index).total_uncompressed_size for group in groups for index in ours)
    at_once: int = CHUNK_BYTES * metadata.num_rows // max(size, 1)
    return max(1, min(rows, at_once))


def chunk_parquet(source: RecordSource, rows: int) -> Iterator[Chunk]:
    """Split a source into chunks, each an Arrow record batch of our columns.

    Args:
        source: The source.
        rows: Records of a chunk; fewer where they are long.

    Raises:
        SourceError: The file is damaged, or was changed.
    """
    with unchanged(source), _opened(source) as file:
        found = _found(source, file.schema_arrow)
        total = file.metadata.num_rows
        batches = file.iter_batches(batch_size=_rows_at_once(file, found, rows), columns=found.names)
        number = first = 0
        while True:
            try:
                batch = next(batches, None)
            except (OSError, pa.ArrowException) as error:
                raise broken(source, UnpackError(str(error).splitlines()[0]), first) from error
            if batch is None:
                break
            if not batch.num_rows:
                continue
            done = first + batch.num_rows
            yield Chunk(number, first, source.bytes * done // max(total, 1), (found, batch))
            number, first = number + 1, done
        if first != total:
            raise broken(source, UnpackError(f"{total:,} rows were announced"), first)


def parse_parquet(source: RecordSource, chunk: Chunk) -> tuple[pa.Table, pa.Table]:
    """Read the rows of a chunk's batch; the records and the rejected rows."""
    found: Found
    batch: pa.RecordBatch
    found, batch = chunk.payload
    values = {name: _values(batch.column(name)) for name in found.names}
    nothing = [None] * batch.num_rows
    titles, abstracts = values[found.title], values[found.abstract]
    ids = nothing if found.arxiv_id is None else values[found.arxiv_id]
    categories = nothing if found.categories is None else values[found.categories]
    rows = Rows(source.source_id)
    columns = zip(titles, abstracts, ids, categories, strict=True)
    for position, (title, abstract, arxiv_id, named) in enumerate(columns, start=chunk.first):
        line = position + 1
        if rows.add(position, line, title, abstract, (arxiv_id, named)):
            continue
        bad = next(
            (name for name in (found.title, found.abstract) if values[name][position - chunk.first] is _UNDECODABLE),
            None,
        )
        if bad is None:
            rows.reject_texts(position, line, {"title": title, "abstract": abstract})
        else:
            rows.reject(position, line, "encoding: utf-8", _bytes(batch.column(bad)[position - chunk.first]))
    return rows.tables()


def _values(column: pa.Array) -> list[Any]:
    try:
        values: list[Any] = column.to_pylist()
    except UnicodeDecodeError:
        return [_value(one) for one in column]
    return values


def _value(scalar: pa.Scalar) -> Any:
    try:
        return scalar.as_py()
    except UnicodeDecodeError:
        return _UNDECODABLE


def _bytes(scalar: pa.Scalar) -> bytes:
    if isinstance(scalar, pa.DictionaryScalar):
        scalar = scalar.value
    return bytes(scalar.as_buffer())
