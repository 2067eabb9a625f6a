"""Third pass: enrich and label the papers of a batch, and lay its rows out by table and key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from curation.benchmark.tables import task_candidates
from curation.engines import LocalEngine
from curation.enrich import EnrichStage
from curation.errors import StageError
from curation.identity import paper_names
from curation.label.stage import labelling
from curation.schemas.check import check_table
from curation.schemas.derive import plain_schema
from curation.schemas.stages import DistinctPapers
from curation.split import SplitStage
from curation.stage import Stage, StageCount, empty_removed, removed_rows, run_checked
from curation.streaming.context import Context
from curation.streaming.merging import MERGED, RULES
from curation.streaming.rows import KIND

__all__ = ["LAID_OUT", "Layout", "stage_counts", "take_papers"]

LAID_OUT = "papers"
# Columns that normalization gave and checked, and no later stage changes.
_UNCHANGED = ("title", "abstract", "source_id", "position")


@dataclass(frozen=True, slots=True)
class Layout:
    """Work of the third pass.

    Attributes:
        number: Of the batch.
        source_id: Its source.
        ranges: Into how many ranges of `paper_id`, equally wide, the rows are laid out.
        survivors: How many papers there are, unless a stage rejects some.
    """

    number: int
    source_id: str
    ranges: int
    survivors: int


def take_papers(context: Context, layout: Layout) -> None:
    """Take the papers of a batch through enrich and label, and put its rows down.

    The part holds `papers` (model `AssignedPapers`), `edits` and `annotations`, each as one record batch for each range
    of ids, `candidates` for the tasks of the benchmark, `owners` (what became of the captured records) and `removed`
    (model `RemovedRows`, of all stages so far). It tells how many rows were `merged`, how many each stage `rejected`,
    and the ids of the rejected papers, into which other rows may have been merged: they are `gone`.
    """
    number, work = layout.number, context.work
    rows = work.read(KIND, number, "kept")
    decision = work.read(MERGED, number, "decision")
    ids = decision["paper"].to_numpy()
    names = paper_names(ids)
    stay = np.flatnonzero(decision["rule"].to_numpy() == 0)
    # in the order they are laid out in, so that their texts are copied once
    stay = stay[np.argsort(ids[stay])]
    distinct = rows.append_column("paper_id", names).select(plain_schema(DistinctPapers).names).take(pa.array(stay))
    distinct = distinct.cast(plain_schema(DistinctPapers))
    given = {layout.source_id: _given(context, number, rows, decision)}
    stages: list[Stage] = [EnrichStage(context.arxiv, given), labelling(context.recipe.label, context.voices)]
    papers, rejected, votes = _through(stages, distinct)
    merges = _merges(rows, decision, names)
    at = pc.index_in(papers["position"], value_set=rows["position"].combine_chunks()).to_numpy()
    assigned = _with_split(context, papers)
    tables = {
        # of as many as there may be if half of all papers are rejected
        "candidates": task_candidates(assigned, layout.survivors // 2),
        "papers": _spread(assigned, ids[at], layout.ranges),
        **_following(work.read(KIND, number, "log"), papers, ids[at], layout.ranges),
        "annotations": _spread(votes, _ids_of(votes["paper_id"]), layout.ranges),
        "owners": _owners(work.read(KIND, number, "captured", ["position"]), rows, names, papers, rejected),
        "removed": pa.concat_tables([work.read(KIND, number, "removed"), merges, rejected]).sort_by("position"),
    }
    by_stage = {one["values"]: one["counts"] for one in pc.value_counts(rejected["stage"]).to_pylist()}
    lost = pc.index_in(rejected["position"], value_set=rows["position"].combine_chunks())
    told = {"merged": merges.num_rows, "rejected": by_stage, "gone": names.take(lost).to_pylist()}
    work.write(LAID_OUT, number, tables, told)


def _given(context: Context, number: int, rows: pa.Table, decision: pa.Table) -> pa.Table:
    """Return what the records of a batch say of themselves, or borrow, by `position`."""
    facts = context.work.read(KIND, number, "facts").append_column("position", rows["position"])
    borrowed = context.work.read(MERGED, number, "borrowed")
    borrowed = borrowed.append_column("position", rows["position"].take(borrowed["row"]))
    own = facts.filter(pc.and_(pc.is_valid(facts["arxiv_id"]), pc.equal(decision["rule"], 0)))
    return pa.concat_tables([own, borrowed.select(own.column_names)])


def _through(stages: Sequence[Stage], table: pa.Table) -> tuple[pa.Table, pa.Table, pa.Table]:
    """Run the stages and check what they made; return kept and removed rows and the last stage's log.

    Each model holds the rules of the one before it and more, so rows that meet the last met them all. Only where one
    does not, the stages are run again and checked one by one, to tell which stage it left at.
    """
    engine = LocalEngine(batch_rows=max(table.num_rows, 1))
    current, log = table, None
    for stage in stages:
        result = engine.run(stage, current.select(plain_schema(stage.input_model).names))
        if result.removed.num_rows or not _same_texts(current, result.kept):
            break
        current, log = result.kept, result.log
    else:
        if not check_table(current, stages[-1].output_model, unchanged=_UNCHANGED).failures:
            assert log is not None
            return current, empty_removed(), log
    current, removed = table, []
    for stage in stages:
        result = run_checked(stage, current, engine)
        current, log = result.kept, result.log
        removed.append(result.removed)
    assert log is not None
    return current, pa.concat_tables(removed), log


def _same_texts(before: pa.Table, after: pa.Table) -> bool:
    return all(before[name].equals(after[name]) for name in _UNCHANGED)


def _with_split(context: Context, papers: pa.Table) -> pa.Table:
    """Give papers their split, the assigned one or by hash; splits that are drawn later go before it.

    Raises:
        StageError: The stage lost a row.
    """
    result = SplitStage(shares=context.recipe.split.shares, assigned=context.assigned or {})(papers)
    if result.kept.num_rows != papers.num_rows:
        raise StageError(f"stage {SplitStage.name} lost {papers.num_rows - result.kept.num_rows} rows")
    return result.kept


def _merges(rows: pa.Table, decision: pa.Table, names: pa.Array) -> pa.Table:
    merged = pc.indices_nonzero(pc.greater(decision["rule"], 0))
    columns = [rows[name].take(merged).to_pylist() for name in ("source_id", "position", "title")]
    columns += [decision[name].take(merged).to_pylist() for name in ("rule", "similarity")]
    return removed_rows(
        {
            "stage": "deduplicate",
            "reason": "merged",
            "rule": RULES[rule],
            "value": title,
            "source_id": source,
            "position": position,
            "survivor": survivor,
            "similarity": similarity,
        }
        for source, position, title, rule, similarity, survivor in zip(
            *columns, names.take(merged).to_pylist(), strict=True
        )
    )


def _owners(captured: pa.Table, rows: pa.Table, names: pa.Array, papers: pa.Table, rejected: pa.Table) -> pa.Table:
    """Return what a captured record became: the paper it belongs to, none for a rejected one, and if it is its text."""
    position = captured["position"]
    owner = names.take(pc.index_in(position, value_set=rows["position"].combine_chunks()))
    if rejected.num_rows:
        gone = pc.is_in(position, value_set=rejected["position"].combine_chunks())
        owner = pc.if_else(gone, pa.scalar(None, pa.string()), owner)
    survives = pc.is_in(position, value_set=papers["position"].combine_chunks())
    return pa.table({"paper_id": owner, "is_survivor": survives})


def _following(log: pa.Table, papers: pa.Table, ids: NDArray[np.uint64], ranges: int) -> dict[str, list[pa.Table]]:
    """Return the edits of papers, with their `paper_id` for their place."""
    at = pc.index_in(log["position"], value_set=papers["position"].combine_chunks())
    edits = log.append_column("paper_id", papers["paper_id"].combine_chunks().take(at))
    if at.null_count:
        edits, at = edits.filter(pc.is_valid(at)), at.drop_null()
    return {"edits": _spread(edits, ids[at.to_numpy()], ranges)}


def _ids_of(names: pa.ChunkedArray) -> NDArray[np.uint64]:
    distinct = pc.dictionary_encode(names.combine_chunks())
    values = np.array([int(name, 16) for name in distinct.dictionary.to_pylist()], np.uint64)
    return values[distinct.indices.to_numpy()] if len(values) else values


def _spread(table: pa.Table, ids: NDArray[np.uint64], ranges: int) -> list[pa.Table]:
    """Cut rows into ranges of their paper's id, in no order within a range."""
    if not (ids[1:] >= ids[:-1]).all():
        order = np.argsort(ids)
        table, ids = table.take(pa.array(order)), ids[order]
    # exact for any number of ranges: whole numbers without bound
    bounds = np.array([(number << 64) // ranges for number in range(1, ranges)], np.uint64)
    cuts = [0, *np.searchsorted(ids, bounds).tolist(), len(ids)]
    return [table.slice(start, end - start) for start, end in pairwise(cuts)]


def stage_counts(
    rows: Sequence[Mapping[str, int]], laid_out: Sequence[Mapping[str, Any]], survivors: int
) -> list[StageCount]:
    """Return the rows of each stage.

    Args:
        rows: What the first pass told of each batch.
        laid_out: What the third pass told of each.
        survivors: How many papers the second one left.
    """
    found, captured, kept = (sum(told[name] for told in rows) for name in ("found", "captured", "kept"))
    counts = [
        StageCount("parse", found, captured, 0, found - captured),
        StageCount("normalize", captured, kept, 0, captured - kept),
        StageCount("deduplicate", kept, survivors, sum(told["merged"] for told in laid_out), 0),
    ]
    for stage in ("enrich", "label", "split"):
        before = counts[-1].kept
        rejected = sum(told["rejected"].get(stage, 0) for told in laid_out)
        counts.append(StageCount(stage, before, before - rejected, 0, rejected))
    return counts
