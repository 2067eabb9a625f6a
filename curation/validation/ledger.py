"""The ledger: every byte, row and change of a release accounted for, from the release alone."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa

from curation.errors import ReleaseError
from curation.normalize.edits import undo
from curation.normalize.rules import RULES
from curation.release.reader import Release
from curation.schemas.stages import FIELDS
from curation.schemas.tables import SCHEMA_VERSION, TABLES, TEXT_ROLES
from curation.validation.findings import Finding

__all__ = ["check_edits", "check_ledger"]

Tables = Mapping[str, pa.Table]
Place = tuple[str, int]


def _place(row: Mapping[str, Any]) -> Place:
    return (row["source_id"], row["position"])


def _name(place: Place) -> str:
    return f"source {place[0]}, position {place[1]}"


def check_ledger(release: Release, tables: Tables) -> Iterator[Finding]:
    """Yield bytes, occurrences and rows that are not accounted for."""
    yield from _check_sources(release, tables)
    yield from _check_occurrences(tables)
    yield from _check_counts(release, tables)
    for name, table in tables.items():
        yield from _check_order(release, name, table)


def _check_sources(release: Release, tables: Tables) -> Iterator[Finding]:
    known = {source["source_id"] for source in release.manifest["sources"]}
    for source_id in sorted(set(tables["segments"]["source_id"].to_pylist()) - known):
        yield Finding("ledger", "segments", f"source {source_id} is not in the manifest")
    for source in release.manifest["sources"]:
        try:
            content = release.restore(source["source_id"])
        except ReleaseError as error:
            yield Finding("ledger", "segments", error.what)
            continue
        if len(content) != source["bytes"] or hashlib.sha256(content).hexdigest() != source["sha256"]:
            message = f"source {source['source_id']} is not given back byte for byte"
            yield Finding("ledger", "segments", message)
    texts = Counter(_place(row) for row in tables["segments"].to_pylist() if row["role"] in TEXT_ROLES)
    for row, listing in enumerate(tables["listings"].to_pylist()):
        if texts.pop(_place(listing), 0) != len(TEXT_ROLES):
            yield Finding("ledger", "listings", f"{_name(_place(listing))} has not one title and one abstract", row)
    for place in texts:
        yield Finding("ledger", "segments", f"{_name(place)} has text but no row in listings")


def _check_occurrences(tables: Tables) -> Iterator[Finding]:
    papers = {row["paper_id"]: _place(row) for row in tables["papers"].to_pylist()}
    removed = {_place(row): row for row in tables["removed"].to_pylist()}
    survivors: Counter[str] = Counter()
    for number, row in enumerate(tables["listings"].to_pylist()):
        place, paper, gone = _place(row), row["paper_id"], removed.get(_place(row))
        message = None
        if row["is_survivor"]:
            survivors[paper] += 1
            if papers.get(paper) != place:
                message = "is marked as the text of a paper that was taken from elsewhere"
            elif gone is not None:
                message = "is both published and removed"
        elif gone is None:
            message = "is neither published nor removed"
        elif gone["survivor"] != paper and not (paper is None and gone["survivor"] not in papers):
            message = f"belongs to paper {paper}, but was merged into {gone['survivor']}"
        elif paper is not None and paper not in papers:
            message = f"belongs to paper {paper}, which is not published"
        if message:
            yield Finding("ledger", "listings", f"{_name(place)} {message}", number)
    for paper in papers:
        if survivors[paper] != 1:
            yield Finding("ledger", "papers", f"paper {paper} has {survivors[paper]} occurrences it was taken from")


def _check_counts(release: Release, tables: Tables) -> Iterator[Finding]:
    stages = release.manifest["stages"]
    gone = Counter((row["stage"], row["reason"]) for row in tables["removed"].to_pylist())
    before = None
    for stage in stages:
        name = stage["stage"]
        if stage["in"] != stage["kept"] + stage["merged"] + stage["rejected"]:
            yield Finding("ledger", "manifest.json", f"stage {name}: in is not kept + merged + rejected")
        if before is not None and stage["in"] != before:
            message = f"stage {name} took {stage['in']} rows, the one before kept {before}"
            yield Finding("ledger", "manifest.json", message)
        before = stage["kept"]
        for reason in ("merged", "rejected"):
            if stage[reason] != gone.pop((name, reason), 0):
                message = f"stage {name}: {stage[reason]} {reason} in the manifest, other rows in the table"
                yield Finding("ledger", "removed", message)
    for (name, reason), count in gone.items():
        yield Finding("ledger", "removed", f"{count} rows {reason} by stage {name}, which the manifest does not have")
    if before != tables["papers"].num_rows:
        yield Finding("ledger", "papers", f"{tables['papers'].num_rows} papers, the last stage kept {before}")


def _check_order(release: Release, name: str, table: pa.Table) -> Iterator[Finding]:
    start = 0
    for split, part in release.manifest["tables"][name].items():
        rows = table.slice(start, part["rows"])
        start += part["rows"]
        keys = list(zip(*(rows[key].to_pylist() for key in TABLES[name].sort_key), strict=True))
        if any(None in key for key in keys):
            continue  # a missing key breaks the schema, and has no place in an order
        if keys != sorted(keys):
            yield Finding("ledger", f"{name}/{split}", f"the rows are not sorted by {', '.join(TABLES[name].sort_key)}")


def check_edits(release: Release, tables: Tables) -> Iterator[Finding]:
    """Yield papers whose edits, undone, do not give the captured text."""
    captured = {_place(row): row for row in tables["listings"].to_pylist()}
    edits = release.edits_of()
    for number, row in enumerate(tables["papers"].to_pylist()):
        origin = captured.get(_place(row))
        for field in FIELDS:
            made = edits.pop((row["paper_id"], field), [])
            try:
                before = undo(row[field], made)
            except ValueError as error:
                yield Finding("edits", "edits", f"paper {row['paper_id']}, {field}: {error}", number)
                continue
            if origin is not None and before != origin[field]:
                message = f"paper {row['paper_id']}: the edits of the {field} do not lead back to the captured text"
                yield Finding("edits", "papers", message, number)
    # rules of earlier schema versions may have had other names
    known = {rule.id for rule in RULES} if release.manifest["schema_version"] == SCHEMA_VERSION else set()
    for number, rule in enumerate(tables["edits"]["rule"].to_pylist()):
        if known and rule not in known:
            yield Finding("edits", "edits", f"there is no rule {rule!r}", number)
    for paper, field in edits:
        yield Finding("edits", "edits", f"edits of the {field} of {paper}, which is not published")
