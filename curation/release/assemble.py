"""The published tables of a run."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from curation.benchmark.tables import task_tables
from curation.pipeline import Run
from curation.schemas.derive import arrow_schema
from curation.schemas.stages import SPLITS
from curation.schemas.tables import TABLES, Table
from curation.stage import require_valid

__all__ = ["Splits", "published_tables"]

Splits = dict[str, pa.Table]


def published_tables(run: Run) -> dict[str, Splits]:
    """Return every published table of a run, by name and split, sorted by its key, with its published schema.

    Raises:
        StageError: A table breaks its own model.
    """
    contents = {
        "papers": run.papers,
        "listings": _listings(run),
        "segments": run.segments,
        "edits": _edits(run),
        "removed": run.removed,
        "annotations": run.votes,
        **task_tables(run.papers),
    }
    tables: dict[str, Splits] = {}
    for name, spec in TABLES.items():
        content = contents[name]
        require_valid(content.select(spec.columns), spec.model, f"rows of table {name}")
        ordered = content.sort_by([(key, "ascending") for key in spec.sort_key])
        if spec.splits == SPLITS:
            parts = {split: ordered.filter(pc.equal(ordered["split"], split)) for split in SPLITS}
        else:
            parts = {spec.splits[0]: ordered}
        tables[name] = {split: _publish(part, spec) for split, part in parts.items()}
    return tables


def _publish(table: pa.Table, spec: Table) -> pa.Table:
    # Rows that came in other batches must give the same bytes, so each column becomes one chunk.
    return table.select(spec.columns).cast(arrow_schema(spec)).combine_chunks()


def _paper_of(run: Run) -> dict[tuple[str, int], str]:
    """Map each occurrence to its paper; a rejected one has none."""
    columns = ["source_id", "position", "paper_id"]
    rows = run.papers.select(columns).to_pylist()
    papers = {(row["source_id"], row["position"]): row["paper_id"] for row in rows}
    alive = set(papers.values())
    for row in run.removed.to_pylist():
        if row["survivor"] in alive:
            papers[row["source_id"], row["position"]] = row["survivor"]
    return papers


def _listings(run: Run) -> pa.Table:
    papers = _paper_of(run)
    survivors = set(_places(run.papers))
    places = _places(run.records)
    table = run.records.append_column("paper_id", pa.array([papers.get(place) for place in places], pa.string()))
    return table.append_column("is_survivor", pa.array([place in survivors for place in places], pa.bool_()))


def _edits(run: Run) -> pa.Table:
    rows = run.papers.select(["source_id", "position", "paper_id"]).to_pylist()
    papers = {(row["source_id"], row["position"]): row["paper_id"] for row in rows}
    owners = [papers.get(place) for place in _places(run.edits)]
    table = run.edits.append_column("paper_id", pa.array(owners, pa.string()))
    return table.filter(pc.is_valid(table["paper_id"]))


def _places(table: pa.Table) -> list[tuple[str, int]]:
    columns: list[Any] = [table[name].to_pylist() for name in ("source_id", "position")]
    return list(zip(*columns, strict=True))
