"""Record files of the tests, and what comes out of them."""

from __future__ import annotations

import gzip
import json
import pickle
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from curation.schemas.derive import plain_schema
from curation.schemas.stages import RemovedRows
from curation.sources.records import RECORD_SCHEMA, Columns, RecordSource, open_record_source, parse_chunk, read_chunks
from curation.stage import require_valid

__all__ = ["PAPER", "json_lines", "opened", "outcome", "packed", "paper", "rules"]

PAPER = {"title": "On Walks", "abstract": "We walk on graphs.", "id": "2401.00001v2", "categories": "cs.LG stat.ML"}


def paper(number: int = 0, **more: Any) -> dict[str, Any]:
    """A record of its own."""
    return PAPER | {"title": f"On Walks {number}", "id": f"2401.{number:05d}"} | more


def json_lines(*records: Any) -> bytes:
    """Records as JSON lines; bytes stand for a line as they are."""
    lines = [one if isinstance(one, bytes) else json.dumps(one, ensure_ascii=False).encode() for one in records]
    return b"".join(line + b"\n" for line in lines)


def packed(content: bytes, how: str | None) -> bytes:
    """Pack bytes with gzip or zstd, or leave them."""
    if how is None:
        return content
    if how == "gzip":
        return gzip.compress(content)
    stream = pa.BufferOutputStream()
    with pa.CompressedOutputStream(stream, how) as out:
        out.write(content)
    return bytes(stream.getvalue().to_pybytes())


def opened(
    path: Path | str,
    content: bytes | None = None,
    *,
    watch: Callable[[int, int | None], None] | None = None,
    downloads: Path | None = None,
    **named: Any,
) -> RecordSource:
    """Open a record file, written before where its content is given."""
    if content is not None:
        Path(path).write_bytes(content)
    told, name = named.pop("format", None), named.pop("name", None)
    return open_record_source(
        str(path),
        base=Path(),
        name=name,
        format=told,
        columns=Columns(**named),
        downloads=downloads or Path("no-downloads"),
        **({} if watch is None else {"watch": watch}),
    )


def outcome(source: RecordSource, rows: int = 1000) -> tuple[pa.Table, pa.Table]:
    """All records and removed rows, by way of what another process would get."""
    records, removed = [RECORD_SCHEMA.empty_table()], [plain_schema(RemovedRows).empty_table()]
    read = number = first = 0
    for sent in read_chunks(source, rows):
        chunk = pickle.loads(pickle.dumps(sent))
        assert (chunk.number, chunk.first) == (number, first)
        assert read <= chunk.read <= source.bytes
        kept, gone = parse_chunk(source, chunk)
        assert 0 < kept.num_rows + gone.num_rows <= rows
        records.append(kept)
        removed.append(gone)
        number, read, first = number + 1, chunk.read, first + kept.num_rows + gone.num_rows
    kept, gone = pa.concat_tables(records), pa.concat_tables(removed)
    positions = sorted(kept["position"].to_pylist() + gone["position"].to_pylist())
    assert positions == list(range(len(positions)))
    kept.validate(full=True)
    require_valid(gone, RemovedRows, "removed rows")
    assert {*gone["stage"].to_pylist(), *gone["reason"].to_pylist()} <= {"parse", "rejected"}
    return kept, gone


def rules(source: RecordSource, *, rows: Sequence[int] = (1, 2, 1000)) -> list[tuple[int, int, str, str]]:
    """Position, line, rule and value of the removed rows, which are the same for chunks of any size."""
    found = [
        [(row["position"], row["line"], row["rule"], row["value"]) for row in outcome(source, size)[1].to_pylist()]
        for size in rows
    ]
    assert all(one == found[0] for one in found)
    return found[0]
