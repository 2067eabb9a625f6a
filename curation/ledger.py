"""Promises kept while building: every byte has its place, every edit can be undone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from curation.errors import StageError
from curation.normalize.edits import Edit, undo
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
    key = ["source_id", "position"]
    edits = edits_by_text(log, tuple(key))
    places = {place: row for row, place in enumerate(_rows(captured.select(key)))}
    published_places = list(_rows(published.select(key)))
    origins = pa.array([places.get(place) for place in published_places], pa.int64())
    if origins.null_count:
        place = published_places[pc.index(pc.is_null(origins), value=True).as_py()]
        raise StageError(f"source {place[0]}, position {place[1]}: published, but not captured")
    for field in ("title", "abstract"):
        before = captured[field].take(origins)
        changed = {tuple(place) for *place, of in edits if of == field}
        # a text without edits must be the captured one; only the others are undone
        unlike = pc.fill_null(pc.not_equal(published[field], before), True).to_pylist()
        for row, place in enumerate(published_places):
            if place not in changed:
                same = not unlike[row]
            else:
                try:
                    same = undo(published[field][row].as_py(), edits[*place, field]) == before[row].as_py()
                except ValueError:
                    same = False
            if not same:
                raise StageError(f"source {place[0]}, position {place[1]}: the edits of the {field} do not lead back")


def _rows(table: pa.Table) -> Iterator[tuple[Any, ...]]:
    return zip(*(column.to_pylist() for column in table.columns), strict=True)
