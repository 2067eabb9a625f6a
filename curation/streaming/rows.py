"""First pass: parse and normalize a batch of records, and take signatures of its abstracts."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from curation.engines import LocalEngine
from curation.enrich import FACTS
from curation.identity import paper_numbers
from curation.ledger import require_undoable
from curation.normalize import NormalizeStage
from curation.schemas.derive import plain_schema
from curation.schemas.stages import ParsedRecords
from curation.sources.records import Chunk, parse_chunk
from curation.stage import require_valid, run_checked
from curation.streaming.context import Context

__all__ = ["KIND", "Batch", "take_batch"]

KIND = "rows"


@dataclass(frozen=True, slots=True)
class Batch:
    """Work of the first pass.

    Attributes:
        number: Of the batch, over all sources.
        source_id: The source.
        chunk: Lines or rows of a record file, or a captured page's records and rejections (models `ParsedRecords` and
            `RemovedRows`), all in one batch.
        read: Bytes of all sources that are read with it.
    """

    number: int
    source_id: str
    chunk: Chunk | tuple[pa.Table, pa.Table]
    read: int


def take_batch(context: Context, batch: Batch) -> None:
    """Parse, normalize and put down a batch.

    The part holds `captured` (model `ParsedRecords`), `kept` (the columns of `NormalizedRecords` that later passes
    use), `facts` (what the record says of itself on arXiv), `keys` (numbers that decide which rows are one paper),
    `log` (model `TextEdits`) and `removed` (model `RemovedRows`), and tells how many records were `found`, `captured`
    whole and `kept`.
    """
    facts: pa.Table | None = None
    if isinstance(batch.chunk, tuple):
        captured, broken = batch.chunk
    else:
        records, broken = parse_chunk(context.records[batch.source_id], batch.chunk)
        captured, facts = records.select(plain_schema(ParsedRecords).names), records.select(FACTS.names)
    require_valid(captured, ParsedRecords, "parsed records")
    done = run_checked(NormalizeStage(context.latex), captured, LocalEngine(batch_rows=captured.num_rows or 1))
    kept = done.kept
    assert done.log is not None
    require_undoable(captured, kept, done.log)
    if kept.num_rows == captured.num_rows:
        going = facts
    else:
        rows = pc.index_in(kept["position"], value_set=captured["position"].combine_chunks())
        going = None if facts is None else facts.take(rows)
    if going is None:
        going = _no_facts(kept.num_rows)
    context.signatures.write(batch.number, kept["abstract"])
    context.work.write(
        KIND,
        batch.number,
        {
            "captured": captured,
            "kept": kept.drop_columns(["abstract_key"]),
            "facts": going,
            "keys": _keys(kept, going["arxiv_id"]),
            "log": done.log,
            "removed": pa.concat_tables([broken, done.removed]),
        },
        {"found": captured.num_rows + broken.num_rows, "captured": captured.num_rows, "kept": kept.num_rows},
    )


def _no_facts(rows: int) -> pa.Table:
    lists = pa.ListArray.from_arrays([0] * (rows + 1), pa.array([], pa.string()))
    return pa.table([pa.nulls(rows, pa.string()), lists, pa.nulls(rows, pa.int64())], schema=FACTS)


def _keys(kept: pa.Table, arxiv_ids: pa.ChunkedArray) -> pa.Table:
    """Return what decides which rows are one paper, and which of them survives.

    Columns:
        position: Of the record in its source.
        short: The paper's id by its title key, as a number.
        long: By title and abstract key.
        arxiv: A hash of the identifier on arXiv, 0 where there is none.
        damage: Code of the level of damage.
        unrepaired: Damaged places that no edit put back.
        truncated: Whether the capture may have cut the abstract off.
    """
    short, long = paper_numbers(kept["title_key"], kept["abstract_key"])
    unrepaired = np.zeros(kept.num_rows, np.int32)
    for row in pc.indices_nonzero(pc.greater(kept["math_damage"], 0)).to_pylist():
        unrepaired[row] = sum(not span["repaired"] for span in kept["math_damage_spans"][row].as_py())
    return pa.table(
        {
            "position": kept["position"],
            "short": short,
            "long": long,
            "arxiv": _hashes(arxiv_ids.to_pylist()),
            "damage": kept["math_damage"].cast(pa.int8()),
            "unrepaired": unrepaired,
            "truncated": kept["possibly_truncated"],
        }
    )


def _hashes(names: list[str | None]) -> NDArray[np.uint64]:
    """Return a number of each name, 0 where there is none and nowhere else."""
    missing = bytes(8)
    digests = [missing if name is None else hashlib.blake2b(name.encode(), digest_size=8).digest() for name in names]
    hashes = np.frombuffer(b"".join(digests), ">u8").astype(np.uint64)
    unlucky = [row for row in np.flatnonzero(hashes == 0).tolist() if names[row] is not None]
    hashes[unlucky] = 1
    return hashes
