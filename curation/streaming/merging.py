"""Second pass: over all batches, decide which rows are one paper, and name the papers.

Rows are numbered in the order of source and position. What is known of them stands in a few arrays of numbers, some
sixty bytes a row; texts stay on disk.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from curation.deduplicate.decide import IDENTIFIED, Decision, decide
from curation.deduplicate.similarity import jaccard, shingles
from curation.enrich import FACTS, ArxivRecord
from curation.identity import paper_number
from curation.streaming.context import Context
from curation.streaming.rows import KIND

__all__ = ["MERGED", "Known", "merge_rows"]

MERGED = "merged"
RULES = ("", "exact", "near", "arxiv-id")
"""What a row was merged by, at the number that `Decision.rule` gives it."""


@dataclass(frozen=True, slots=True)
class Known:
    """What was published before.

    Attributes:
        papers: Ids of papers; each survives what resembles it and keeps its id.
        names: The same ids by title and abstract key, where the release before is at hand.
        occurrences: The paper of each occurrence, by source and position, and whether its text was taken from it.
    """

    papers: frozenset[str] = frozenset()
    names: Mapping[tuple[str, str], str] | None = None
    occurrences: Mapping[tuple[str, int], tuple[str, bool]] | None = None


def merge_rows(
    context: Context,
    sources: Sequence[str],
    known: Known,
    tell: Callable[[int, int], None] = lambda done, of: None,
) -> int:
    """Decide on every row, and put down for each batch what the third pass needs.

    The part of a batch holds `decision`: for each row its `rule` (an index of `RULES`, 0 for a survivor), `similarity`
    and `paper` (the id of the paper it is or is merged into, as a number), and `borrowed`: what survivors without an
    identifier of their own take over from rows that were merged into them.

    Args:
        context: What the first pass worked with.
        sources: The `source_id` of each batch.
        known: What was published before.
        tell: Told how much is done.

    Returns:
        How many rows survive.
    """
    numbers = range(len(sources))
    tables = [context.work.read(KIND, number, "keys") for number in numbers]
    sizes = np.array([table.num_rows for table in tables], np.int64)
    keys = _Keys.of(tables)
    del tables
    starts = np.concatenate([[0], np.cumsum(sizes)])
    marks = _marks(keys, known, sources, starts)
    order = np.lexsort((keys.unrepaired, keys.damage, keys.truncated, ~marks.known, ~marks.taken, ~marks.named)).astype(
        np.int64
    )
    pairs = context.signatures.near_pairs(numbers, tell=tell)
    before = _before(marks, order)
    decision = decide(order, keys.long, pairs, identity=keys.arxiv, before=before)
    _measure(context, decision, starts)
    papers = _names(keys, marks, decision.survivor == np.arange(len(order)), known)
    borrowed = _borrowed(context, keys, decision, order, starts)
    for number in numbers:
        rows = slice(int(starts[number]), int(starts[number + 1]))
        table = pa.table(
            {
                "rule": decision.rule[rows].astype(np.int8),
                "similarity": decision.similarity[rows],
                "paper": papers[decision.survivor[rows]],
            }
        )
        context.work.write(MERGED, number, {"decision": table, "borrowed": borrowed.get(number, _NOTHING)})
    return int(np.count_nonzero(decision.rule == 0))


@dataclass(frozen=True, slots=True)
class _Keys:
    position: NDArray[np.int64]
    short: NDArray[np.uint64]
    long: NDArray[np.uint64]
    arxiv: NDArray[np.uint64]
    damage: NDArray[np.int8]
    unrepaired: NDArray[np.int32]
    truncated: NDArray[np.bool_]

    @classmethod
    def of(cls, tables: Sequence[pa.Table]) -> _Keys:
        whole = pa.concat_tables(tables)
        return cls(*(whole[name].to_numpy() for name in cls.__dataclass_fields__))


@dataclass(frozen=True, slots=True)
class _Marks:
    """What of each row was published before: its keys, its place as a paper's text, its id; and where it belonged."""

    named: NDArray[np.bool_]
    taken: NDArray[np.bool_]
    known: NDArray[np.bool_]
    name: NDArray[np.uint64]
    belonged: Mapping[int, int]


def _marks(keys: _Keys, known: Known, sources: Sequence[str], starts: NDArray[np.int64]) -> _Marks:
    ids = np.array(sorted(int(paper, 16) for paper in known.papers), np.uint64)
    is_known = np.isin(keys.short, ids) | np.isin(keys.long, ids)
    name = np.zeros(len(keys.long), np.uint64)
    if known.names:
        by_keys = sorted((paper_number(*pair), int(paper, 16)) for pair, paper in known.names.items())
        longs = np.array([long for long, _ in by_keys], np.uint64)
        at = np.minimum(np.searchsorted(longs, keys.long), len(longs) - 1)
        found = longs[at] == keys.long
        name[found] = np.array([paper for _, paper in by_keys], np.uint64)[at[found]]
    taken = np.zeros(len(name), np.bool_)
    belonged: dict[int, int] = {}
    rows = _rows_of(known.occurrences or {}, keys.position, sources, starts)
    for row, (paper, was_text) in rows.items():
        taken[row] = was_text
        if not was_text:
            belonged[row] = int(paper, 16)
    return _Marks(name != 0, taken, is_known, name, belonged)


def _rows_of(
    occurrences: Mapping[tuple[str, int], tuple[str, bool]],
    positions: NDArray[np.int64],
    sources: Sequence[str],
    starts: NDArray[np.int64],
) -> dict[int, tuple[str, bool]]:
    """Find the rows of occurrences; positions ascend within a source, whose batches stand side by side."""
    ranges: dict[str, tuple[int, int]] = {}
    for number, source in enumerate(sources):
        first, _ = ranges.get(source, (int(starts[number]), 0))
        ranges[source] = first, int(starts[number + 1])
    rows = {}
    for (source, position), told in occurrences.items():
        first, last = ranges.get(source, (0, 0))
        row = first + int(np.searchsorted(positions[first:last], position))
        if row < last and positions[row] == position:
            rows[row] = told
    return rows


def _before(marks: _Marks, order: NDArray[np.int64]) -> dict[int, int]:
    """Map rows that were merged when they were published to a row with the keys of the paper they were merged into."""
    if not marks.belonged:
        return {}
    wanted = set(marks.belonged.values())
    rows: dict[int, int] = {}
    for row in order[marks.named[order]].tolist():
        if (paper := int(marks.name[row])) in wanted:
            rows.setdefault(paper, row)
    return {row: rows[paper] for row, paper in marks.belonged.items() if paper in rows}


def _names(keys: _Keys, marks: _Marks, survives: NDArray[np.bool_], known: Known) -> NDArray[np.uint64]:
    """Return the id of each surviving row as a number; of papers that share a title the first has it alone.

    A paper known by title and abstract keeps that name, also when the one that has the title alone is gone.
    """
    papers = np.where(survives, keys.long, 0).astype(np.uint64)
    named = survives & marks.named
    papers[named] = marks.name[named]
    ids = np.array(sorted(int(paper, 16) for paper in known.papers), np.uint64)
    free = np.flatnonzero(survives & ~marks.named & ~np.isin(keys.long, ids))
    titles, first = np.unique(keys.short[free], return_index=True)
    gone = np.isin(titles, papers[named][papers[named] == keys.short[named]])
    alone = free[first[~gone]]
    papers[alone] = keys.short[alone]
    return papers


def _measure(context: Context, decision: Decision, starts: NDArray[np.int64]) -> None:
    """Fill in how similar rows are to survivors that they share no more than an identifier with."""
    rows = np.flatnonzero(decision.rule == IDENTIFIED)
    size = context.recipe.deduplicate.ngram
    both = np.unique(np.concatenate([rows, decision.survivor[rows]]))
    texts: dict[int, str] = {}
    for number in np.unique(np.searchsorted(starts, both, side="right") - 1).tolist():
        own = both[(both >= starts[number]) & (both < starts[number + 1])]
        found = context.work.read(KIND, number, "kept", ["abstract"])["abstract"].take(pa.array(own - starts[number]))
        texts |= zip(own.tolist(), found.to_pylist(), strict=True)
    for row, survivor in zip(rows.tolist(), decision.survivor[rows].tolist(), strict=True):
        decision.similarity[row] = jaccard(shingles(texts[row], size), shingles(texts[survivor], size))


_NOTHING = pa.schema([("row", pa.int64()), *FACTS]).empty_table()


def _borrowed(
    context: Context, keys: _Keys, decision: Decision, order: NDArray[np.int64], starts: NDArray[np.int64]
) -> dict[int, pa.Table]:
    """Return by batch what survivors take over: of the rows merged into one, the best that has an identifier."""
    giving = order[(decision.rule[order] != 0) & (keys.arxiv[order] != 0)]
    giving = giving[keys.arxiv[decision.survivor[giving]] == 0]
    takers, first = np.unique(decision.survivor[giving], return_index=True)
    givers = giving[first]
    found: dict[int, ArxivRecord] = {}
    batches = np.searchsorted(starts, givers, side="right") - 1
    for number in np.unique(batches).tolist():
        facts = context.work.read(KIND, number, "facts")
        for taker, giver in zip(takers[batches == number], givers[batches == number], strict=True):
            row = facts.slice(int(giver - starts[number]), 1).to_pylist()[0]
            found[int(taker)] = ArxivRecord(row["arxiv_id"], tuple(row["categories"]), row["year"])
    by_batch: dict[int, list[dict[str, object]]] = {}
    for taker in sorted(found):
        number = int(np.searchsorted(starts, taker, side="right")) - 1
        facts_of = {name: getattr(found[taker], name) for name in FACTS.names}
        by_batch.setdefault(number, []).append({"row": taker - int(starts[number]), **facts_of})
    return {number: pa.Table.from_pylist(rows, schema=_NOTHING.schema) for number, rows in by_batch.items()}
