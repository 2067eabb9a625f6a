"""Parsed pages as Arrow tables."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from curation.parse.listing import Listing
from curation.schemas.derive import plain_schema
from curation.schemas.stages import ParsedRecords
from curation.schemas.tables import TEXT_ROLES, Segments
from curation.stage import removed_rows

__all__ = ["record_table", "rejection_table", "segment_table"]


def record_table(listings: Sequence[Listing]) -> pa.Table:
    """Return the complete records of pages; model `ParsedRecords`."""
    rows = [
        {
            "source_id": listing.source.source_id,
            "position": record.position,
            "title": record.title.text,
            "abstract": record.abstract.text,
            "title_line": record.title.number,
            "abstract_line": record.abstract.number,
            "possibly_truncated": record.possibly_truncated,
        }
        for listing in listings
        for record in listing.records
    ]
    return pa.Table.from_pylist(rows, schema=plain_schema(ParsedRecords))


def rejection_table(listings: Sequence[Listing]) -> pa.Table:
    """Return the broken records of pages; model `RemovedRows`."""
    return removed_rows(
        {
            "stage": "parse",
            "reason": "rejected",
            "rule": rejection.rule,
            "value": rejection.lines[0].text,
            "source_id": listing.source.source_id,
            "position": rejection.position,
            "line": rejection.lines[0].number,
        }
        for listing in listings
        for rejection in listing.rejections
    )


def segment_table(listings: Sequence[Listing]) -> pa.Table:
    """Return all bytes of pages by role; model `Segments`."""
    rows = [
        {
            "source_id": listing.source.source_id,
            "start": segment.start,
            "end": segment.end,
            "role": segment.role,
            "position": segment.position,
            "raw": None if segment.role in TEXT_ROLES else listing.source.content[segment.start : segment.end],
        }
        for listing in listings
        for segment in listing.segments
    ]
    return pa.Table.from_pylist(rows, schema=plain_schema(Segments))
