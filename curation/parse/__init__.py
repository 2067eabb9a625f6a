"""Parsing: captured pages become records; nothing of a page is lost."""

from curation.parse.listing import Listing, Record, Rejection, Segment, parse_listing
from curation.parse.tables import record_table, rejection_table, segment_table

__all__ = [
    "Listing",
    "Record",
    "Rejection",
    "Segment",
    "parse_listing",
    "record_table",
    "rejection_table",
    "segment_table",
]
