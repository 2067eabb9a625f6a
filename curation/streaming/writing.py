"""Fourth pass: gather each table in the order of its key, split it, and write it."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from curation.errors import StageError
from curation.release.assemble import with_published_schema
from curation.release.folder import file_sha256
from curation.release.statistics import Tally
from curation.release.writer import SplitWriter
from curation.schemas.derive import arrow_schema
from curation.schemas.stages import SPLITS
from curation.schemas.tables import TABLES
from curation.split import with_assigned
from curation.streaming.context import Context
from curation.streaming.papers import LAID_OUT
from curation.streaming.rows import KIND
from curation.streaming.workspace import Workspace

__all__ = ["TABLES_DONE", "Gather", "Gathered", "gather_tables", "hashes_of", "read_gathered"]

TABLES_DONE = "tables"
_SPREAD = ("papers", "edits", "annotations")
_RESULT = "result.pickle"
# Rejected rows that a build reports one by one; all of them are in the table.
_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Gather:
    """Work of the fourth pass.

    Attributes:
        number: Of the part.
        tables: Names of the published tables to write.
        batches: How many batches the third pass had.
        ranges: Into how many ranges of `paper_id` it laid rows out.
        gone: Papers that were rejected in the third pass.
        drawn: Splits that were drawn, by `paper_id`; they go before those that were laid out.
        parts: Rows of tables that are at hand.
        splits: Which splits of the papers to write.
    """

    number: int
    tables: tuple[str, ...]
    batches: int
    ranges: int
    gone: tuple[str, ...] = ()
    drawn: Mapping[str, str] = field(default_factory=dict, repr=False)
    parts: Mapping[str, pa.Table] = field(default_factory=dict)
    splits: tuple[str, ...] = SPLITS


@dataclass(slots=True)
class Gathered:
    """What was written.

    Attributes:
        rows: Rows of each table, by name and split.
        files: Names of its files in its folder, by name and split.
        hashes: The sha256 of each file, by its path from the part's folder.
        tally: Figures of the tables.
        rejected: The first rows that were rejected.
    """

    rows: dict[str, dict[str, int]] = field(default_factory=dict)
    files: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    hashes: dict[str, str] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)
    rejected: list[dict[str, Any]] = field(default_factory=list)

    def merge(self, other: Gathered) -> None:
        """Add what another job wrote."""
        for name, rows in other.rows.items():
            self.rows[name] = self.rows.get(name, {}) | rows
        for name, files in other.files.items():
            placed = {split: [f"{name}/{path}" for path in paths] for split, paths in files.items()}
            self.files[name] = self.files.get(name, {}) | placed
        self.hashes |= other.hashes
        self.tally.merge(other.tally)
        self.rejected += other.rejected


def gather_tables(context: Context, job: Gather) -> None:
    """Write tables into a part of their own, with what they hold.

    Nothing is returned: a process that is killed while it sends much leaves its parent waiting for the rest.
    """
    if context.work.part(TABLES_DONE, job.number).is_dir():
        return
    with context.work.writing(TABLES_DONE, job.number) as folder:
        found = Gathered()
        for name in job.tables:
            _write(context, job, name, folder, found)
        found.hashes = hashes_of(folder)
        (folder / _RESULT).write_bytes(pickle.dumps(found))


def hashes_of(folder: Path) -> dict[str, str]:
    """Return the sha256 of a part's Parquet files by their path in it: at the end of a build nobody else has work."""
    return {path.relative_to(folder).as_posix(): file_sha256(path) for path in folder.rglob("*.parquet")}


def read_gathered(work: Workspace, number: int) -> Gathered:
    """Return what `gather_tables` wrote."""
    found = pickle.loads((work.part(TABLES_DONE, number) / _RESULT).read_bytes())  # noqa: S301  under a key of our own
    assert isinstance(found, Gathered)
    return found


def _write(context: Context, job: Gather, name: str, folder: Path, found: Gathered) -> None:
    spec = TABLES[name]
    (folder / name).mkdir()
    splits = job.splits if name == "papers" else spec.splits
    writers = {split: SplitWriter(folder / name, split, arrow_schema(spec)) for split in splits}
    last: tuple[Any, ...] = ()
    for keys, parts in _parts(context, job, name):
        if not keys.num_rows:
            continue
        last = _require_ascending(keys, last, name)
        for split, rows in parts.items():
            published = with_published_schema(rows, spec)
            writers[split].add(published)
            found.tally.add(name, published)
        if name == "removed":
            (rows,) = parts.values()
            rejected = rows.filter(pc.equal(rows["reason"], "rejected"))
            found.rejected += rejected.slice(0, _SHOWN - len(found.rejected)).to_pylist()
    found.files[name] = {split: writer.close() for split, writer in writers.items()}
    found.rows[name] = {split: writer.rows for split, writer in writers.items()}


def _require_ascending(keys: pa.Table, last: tuple[Any, ...], table: str) -> tuple[Any, ...]:
    """Check that keys ascend, each after the one before it, and so that none is there twice.

    Args:
        keys: Some rows' key columns.
        last: The key before them; empty for none.
        table: For the message.

    Raises:
        StageError: They do not.
    """
    ends = [tuple(keys.slice(at, 1).to_pylist()[0].values()) for at in (0, keys.num_rows - 1)]
    fits = not last or last < ends[0]
    later = pa.array([False] * (keys.num_rows - 1), pa.bool_())
    for column in reversed(keys.combine_chunks().columns):
        values = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        before, after = values.slice(0, len(values) - 1), values.slice(1)
        later = pc.or_(pc.less(before, after), pc.and_(pc.equal(before, after), later))
    if not fits or not pc.all(later, min_count=0).as_py():
        raise StageError(f"the rows of {table} do not ascend by {', '.join(keys.column_names)}")
    return ends[1]


def _parts(context: Context, job: Gather, name: str) -> Iterator[tuple[pa.Table, dict[str, pa.Table]]]:
    """Yield the keys of a table in their order, range by range, and the rows of each split in the same order."""
    spec = TABLES[name]
    key = list(spec.sort_key)
    if name not in _SPREAD:
        for rows in _in_order(context, job, name):
            yield rows.select(key), {spec.splits[0]: rows}
        return
    for piece in range(job.ranges):
        read = [context.work.read_piece(LAID_OUT, number, name, piece) for number in range(job.batches)]
        rows = pa.concat_tables(read)
        keys = rows.select(key).combine_chunks()
        order = pc.sort_indices(keys, [(column, "ascending") for column in key])
        keys = keys.take(order)
        if name == "papers":
            rows = with_assigned(rows, job.drawn)
            found = rows["split"].take(order)
            parts = {split: order.filter(pc.equal(found, split).combine_chunks()) for split in job.splits}
            # not joined before: rows are copied once, and of each job only its own
            yield keys, {split: rows.take(own) for split, own in parts.items()}
        else:
            yield keys, {spec.splits[0]: rows.take(order)}


def _in_order(context: Context, job: Gather, name: str) -> Iterator[pa.Table]:
    """Yield the rows of a table that stand in the order of its key."""
    work = context.work
    if name == "removed":
        for number in range(job.batches):
            yield work.read(LAID_OUT, number, name)
    elif name == "listings":
        for number in range(job.batches):
            rows, owners = work.read(KIND, number, "captured"), work.read(LAID_OUT, number, "owners")
            for column in owners.column_names:
                rows = rows.append_column(column, owners[column])
            if job.gone:
                lost = pc.is_in(rows["paper_id"], value_set=pa.array(job.gone, pa.string()))
                owner = pc.if_else(lost, pa.scalar(None, pa.string()), rows["paper_id"])
                rows = rows.set_column(rows.column_names.index("paper_id"), "paper_id", owner)
            yield rows
    else:
        yield job.parts[name]
