"""Promises kept while building: every byte has its place, every edit can be undone."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from curation.errors import StageError
from curation.normalize.edits import Edit, undo
from curation.normalize.wrapped import newline_places
from curation.parse import Listing

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
    for field in ("title", "abstract"):
        texts, before = published[field].combine_chunks(), captured[field].take(pa.array(origins)).combine_chunks()
        made = log.filter(pc.equal(log["field"], field))
        owners = _rows_of(made, published)
        same = pc.fill_null(pc.equal(texts, before), False).to_numpy(zero_copy_only=False).copy()
        same[owners[owners >= 0]] = False
        joined = _joined_lines(before, texts, made, owners)
        same[owners[joined]] = True
        left = np.flatnonzero(~joined & (owners >= 0))
        rest = made.take(pa.array(left)).append_column("row", pa.array(owners[left]))
        for (row, _), edits in edits_by_text(rest, ("row",)).items():
            with contextlib.suppress(ValueError):
                same[row] = undo(texts[row].as_py(), edits) == before[row].as_py()
        if not same.all():
            raise StageError(f"{_named(published, int(np.argmin(same)))}: the edits of the {field} do not lead back")


def _joined_lines(before: pa.Array, after: pa.Array, made: pa.Table, owners: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell which edits are all that happened to their text, and lead back to it, looking at columns at once.

    These are joined lines in ASCII; of the other edits nothing is said. Sources that wrap lines wrap nearly every text.

    Args:
        before: Captured texts, by row.
        after: Published texts, by row.
        made: Edits of one field of these texts.
        owners: Row of each edit, -1 where it is not published.
    """
    if not len(before):
        return np.zeros(len(owners), bool)
    alone = np.bincount(owners + 1, minlength=len(before) + 1)[owners + 1] == 1
    usual = pc.and_(pc.equal(made["before"], "\n"), pc.equal(made["after"], " "))
    usual = pc.and_(usual, pc.equal(pc.subtract(made["end"], made["start"]), 1))
    usual = pc.and_(usual, pc.string_is_ascii(before.take(pa.array(np.maximum(owners, 0)))))
    found = np.flatnonzero(alone & (owners >= 0) & usual.to_numpy(zero_copy_only=False))
    lead_back = np.zeros(len(owners), bool)
    offsets = made["offsets"].combine_chunks()
    counts, _ = newline_places(before.take(pa.array(owners[found])))
    found = found[counts == offsets.take(pa.array(found)).value_lengths().to_numpy() + 1]
    texts, further = before.take(pa.array(owners[found])), offsets.take(pa.array(found))
    counts, places = newline_places(texts)
    ends = np.cumsum(counts)
    expected = np.insert(further.flatten().to_numpy(), ends - counts - np.arange(len(ends)), made["start"].take(found))
    rows = np.repeat(np.arange(len(found)), counts)
    right = np.bincount(rows[expected == places], minlength=len(found)) == counts
    joined = pc.equal(pc.replace_substring(texts, "\n", " "), after.take(pa.array(owners[found])))
    lead_back[found] = right & joined.to_numpy(zero_copy_only=False)
    return lead_back


def _rows_of(table: pa.Table, among: pa.Table) -> NDArray[np.int64]:
    """Return for each row of a table the row of another one with the same source and position, -1 where none has."""
    sources = pc.unique(pa.chunked_array([*table["source_id"].chunks, *among["source_id"].chunks], pa.string()))
    if len(sources) > 1:
        rows = {place: row for row, place in enumerate(_places(among))}
        return np.array([rows.get(place, -1) for place in _places(table)], np.int64)
    found = pc.index_in(table["position"], value_set=among["position"].combine_chunks())
    rows_found: NDArray[np.int64] = pc.fill_null(found, -1).to_numpy().astype(np.int64)
    return rows_found


def _places(table: pa.Table) -> Iterator[tuple[str, int]]:
    return zip(*(table[name].to_pylist() for name in ("source_id", "position")), strict=True)


def _named(table: pa.Table, row: int) -> str:
    return f"source {table['source_id'][row]}, position {table['position'][row]}"
