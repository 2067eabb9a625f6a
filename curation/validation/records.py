"""Files of records: each record has its row, in `listings` or, rejected while it was read, in `removed`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from curation.release.reader import Release
from curation.release.shape import is_record_file
from curation.validation.findings import MOST_PER_RULE, Finding

__all__ = ["check_records"]

Positions = NDArray[np.int64]


def check_records(release: Release, tables: Mapping[str, pa.Table]) -> Iterator[Finding]:
    """Yield records of files of records that are lost or there twice, and segments of such files.

    Args:
        release: The release.
        tables: Every table, whole.
    """
    removed = tables["removed"].filter(pc.equal(tables["removed"]["stage"], "parse"))
    for source in filter(is_record_file, release.manifest["sources"]):
        source_id = source["source_id"]
        if found := len(_positions(tables["segments"], source_id, "start")):
            message = f"source {source_id} is a file of records, and has {found} segments"
            yield Finding("ledger", "segments", message)
        taken, rejected = (_positions(table, source_id) for table in (tables["listings"], removed))
        yield from _check_positions(source, taken, rejected)


def _positions(table: pa.Table, source_id: str, column: str = "position") -> Positions:
    own = table.filter(pc.equal(table["source_id"], source_id))[column]
    found: Positions = own.drop_null().to_numpy()  # a missing place breaks the schema
    return found


def _check_positions(source: Mapping[str, Any], taken: Positions, rejected: Positions) -> Iterator[Finding]:
    source_id = source["source_id"]
    for table, key, rows in (("listings", "records", taken), ("removed", "rejected", rejected)):
        if len(rows) != source[key]:
            message = f"source {source_id}: {len(rows)} rows, of {source[key]} that the manifest counts as {key}"
            yield Finding("ledger", table, message)
    total = source["records"] + source["rejected"]
    places = np.concatenate([taken, rejected])
    known = np.unique(places[places < total])
    # as far as to show the first that are lost, however many the manifest counts
    reach = min(total, len(known) + MOST_PER_RULE)
    lost = np.setdiff1d(np.arange(reach), known)
    both, beyond = np.intersect1d(taken, rejected), np.unique(places[places >= total])
    faults = (
        ("listings", lost, total - len(known), "is neither in listings nor rejected while parsing"),
        ("removed", both, len(both), "is in listings, and rejected while parsing"),
        ("listings", beyond, len(beyond), f"is not one of its {total} records"),
    )
    for table, wrong, count, what in faults:
        for position in wrong[:MOST_PER_RULE].tolist():
            yield Finding("ledger", table, f"source {source_id}, position {position} {what}")
        if count > MOST_PER_RULE:
            message = f"source {source_id}: {count - MOST_PER_RULE} more positions, each of which {what}"
            yield Finding("ledger", table, message)
