"""Promises kept while building: every byte has its place, every edit can be undone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from operator import itemgetter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from curation.errors import StageError
from curation.normalize.edits import Edit, undo
from curation.parse import Listing
from curation.schemas.arrow_text import are_ascii, is_constant, text_bytes, whole

__all__ = ["edits_by_text", "require_partition", "require_undoable"]


_EDIT = ("rule", "start", "end", "before", "after", "offsets")


def require_partition(listings: Iterable[Listing]) -> None:
    """Check that the segments of every page are its bytes, in order, without gap or overlap.

    Raises:
        StageError: A byte has no segment or two, or a record's text is not what stands in its segment.
    """
    for listing in listings:
        content, end = listing.source.content, 0
        texts = {(record.position, "title"): record.title.text for record in listing.records}
        texts |= {(record.position, "abstract"): record.abstract.text for record in listing.records}
        for segment in listing.segments:
            text = texts.pop((segment.position or 0, segment.role), None)
            held = text is None or content[segment.start : segment.end] == text.encode()
            if segment.start != end or not held:
                raise StageError(f"source {listing.source.source_id}: byte {end} is not accounted for")
            end = segment.end
        if end != len(content) or texts:
            raise StageError(f"source {listing.source.source_id}: the segments are not the whole page")


def edits_by_text(log: pa.Table, key: tuple[str, ...]) -> dict[tuple[Any, ...], list[Edit]]:
    """Group edits by the text they changed, in the order they were made.

    Args:
        log: Columns of `EditColumns` and those of the key.
        key: Columns that name the text's row; the field is added to them.
    """
    columns = (log[name].to_pylist() for name in (*key, "field", "step"))
    told = zip(*(log[name].to_pylist() for name in _EDIT), strict=True)
    made = [Edit(rule, start, end, was, now, tuple(offsets)) for rule, start, end, was, now, offsets in told]
    width = len(key) + 1
    rows = sorted(zip(*columns, made, strict=True), key=itemgetter(slice(width + 1)))
    return {text: [row[-1] for row in own] for text, own in groupby(rows, key=itemgetter(slice(width)))}


def require_undoable(captured: pa.Table, published: pa.Table, log: pa.Table) -> None:
    """Check that every published text, its edits undone, is the captured one.

    Args:
        captured: Model `ParsedRecords`.
        published: Model `NormalizedRecords`; may lack rows that were rejected.
        log: Model `TextEdits`.

    Raises:
        StageError: The edits of a text do not lead back, or a text changed without an edit.
    """
    origins = _rows_of(published, captured)
    if (origins < 0).any():
        raise StageError(f"{_named(published, int(np.argmin(origins)))}: published, but not captured")
    owners, steps = _rows_of(log, published), log["step"].to_numpy()
    edits = log.select(_EDIT).combine_chunks()
    for field in ("title", "abstract"):
        texts, before = whole(published[field]), whole(captured[field])
        if not np.array_equal(origins, np.arange(len(before))):
            before = before.take(pa.array(origins))
        own = np.flatnonzero(pc.equal(log["field"], field).to_numpy() & (owners >= 0))
        own = own[np.lexsort((steps[own], owners[own]))]
        same = _lead_back(before, texts, edits.take(pa.array(own)), owners[own])
        if not same.all():
            raise StageError(f"{_named(published, int(np.argmin(same)))}: the edits of the {field} do not lead back")


def _lead_back(before: pa.Array, after: pa.Array, made: pa.Table, owners: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell of every text whether its edits lead back to what it was; without edits, it must be that.

    Sources that wrap lines wrap nearly every text: where lines were joined first, and nothing is beyond ASCII, that is
    taken back in whole columns, after the other edits.

    Args:
        before: Captured texts, by row.
        after: Published texts, by row.
        made: Edits of these texts, in the order of their rows and steps.
        owners: Row of each edit.
    """
    firsts = np.flatnonzero(np.diff(owners, prepend=-1))
    counts = np.diff(firsts, append=len(owners))
    rows, one_by_one = owners[firsts], np.ones(len(owners), bool)
    joined = _joins_lines(made.take(pa.array(firsts))) & are_ascii(before)[rows]
    one_by_one[firsts[joined]] = False
    counts -= joined
    alone, more = np.flatnonzero(counts == 0), np.flatnonzero(counts)
    same = _same_once_parted(before, after, rows[alone], made.take(pa.array(firsts[alone])))
    places = pa.array(rows[more])
    undone = _undone(after.take(places).to_pylist(), made.filter(pa.array(one_by_one)), counts[more].tolist())
    lines = np.flatnonzero(joined[more])
    same[rows[more]] = _same_once_parted(before.take(places), undone, lines, made.take(pa.array(firsts[more[lines]])))
    return same


def _undone(texts: Iterable[str], made: pa.Table, counts: Iterable[int]) -> pa.Array:
    """Take edits back one by one; a text where that fails is missing.

    Args:
        texts: What the edits led to.
        made: The edits of one text after the other, in their order.
        counts: How many edits each text has.
    """
    told = (made[name].to_pylist() for name in _EDIT[:-1])
    edits = map(Edit, *told, _lists(whole(made["offsets"])))
    undone: list[str | None] = []
    for text, count in zip(texts, counts, strict=True):
        own = list(islice(edits, count))
        try:
            undone.append(undo(text, own))
        except ValueError:
            undone.append(None)
    return pa.array(undone, pa.string())


def _lists(lists: pa.ListArray) -> list[tuple[int, ...]]:
    """Return the lists of a column, of which nearly all are empty."""
    values: list[tuple[int, ...]] = [()] * len(lists)
    filled = np.flatnonzero(lists.value_lengths().to_numpy())
    for row, value in zip(filled.tolist(), lists.take(pa.array(filled)).to_pylist(), strict=True):
        values[row] = tuple(value)
    return values


def _joins_lines(made: pa.Table) -> NDArray[np.bool_]:
    """Tell which edits put a blank for a newline."""
    usual = pc.and_(pc.equal(made["before"], "\n"), pc.equal(made["after"], " "))
    usual = pc.and_(usual, pc.equal(pc.subtract(made["end"], made["start"]), 1))
    joins: NDArray[np.bool_] = usual.to_numpy()
    return joins


def _same_once_parted(before: pa.Array, after: pa.Array, rows: NDArray[np.int64], made: pa.Table) -> NDArray[np.bool_]:
    """Tell of every text whether it is what it was, its joined lines parted again.

    Args:
        before: Captured texts; ASCII where lines were joined.
        after: What stands there, but for the edits; missing where it leads back nowhere.
        rows: Where lines were joined.
        made: The edit of each; they put a blank for a newline.
    """
    same: NDArray[np.bool_]
    if not len(rows):  # of most titles nothing is wrapped
        same = pc.fill_null(pc.equal(after, before), False).to_numpy(zero_copy_only=False).copy()
        return same
    bounds, content = text_bytes(after)
    offsets = whole(made["offsets"])
    counts = offsets.value_lengths().to_numpy() + 1
    ends = np.cumsum(counts)
    places = np.insert(offsets.flatten().to_numpy(), ends - counts - np.arange(len(ends)), made["start"].to_numpy())
    owners = np.repeat(rows, counts)
    # each place stands in its text, after the one before it; that characters are bytes there, `before` tells
    right = (places >= 0) & (places < np.diff(bounds)[owners])
    right[1:] &= (places[1:] > places[:-1]) | (owners[1:] != owners[:-1])
    found = bounds[owners[right]] + places[right]
    right[right] = content[found] == ord(" ")
    parted = content.copy()
    parted[found] = ord("\n")
    texts = pa.StringArray.from_buffers(len(after), pa.py_buffer(bounds.astype(np.int32)), pa.py_buffer(parted))
    same = pc.equal(texts, before).to_numpy(zero_copy_only=False).copy()
    same[owners[~right]] = False
    same &= after.is_valid().to_numpy(zero_copy_only=False)
    return same


def _rows_of(table: pa.Table, among: pa.Table) -> NDArray[np.int64]:
    """Return for each row of a table the row of another one with the same source and position, -1 where none has."""
    sources = [whole(one["source_id"]) for one in (table, among)]
    if not all(map(is_constant, sources)) or sources[0][0] != sources[1][0]:
        rows = {place: row for row, place in enumerate(_places(among))}
        return np.array([rows.get(place, -1) for place in _places(table)], np.int64)
    found = pc.index_in(table["position"], value_set=whole(among["position"]))
    rows_found: NDArray[np.int64] = pc.fill_null(found, -1).to_numpy().astype(np.int64)
    return rows_found


def _places(table: pa.Table) -> Iterator[tuple[str, int]]:
    return zip(*(table[name].to_pylist() for name in ("source_id", "position")), strict=True)


def _named(table: pa.Table, row: int) -> str:
    return f"source {table['source_id'][row]}, position {table['position'][row]}"
