"""The ledger: every byte, record, row and change of a release accounted for, from the release alone."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from curation.errors import ReleaseError
from curation.normalize.edits import undo
from curation.normalize.latex_rules import LATEX_RULES
from curation.normalize.rules import RULES
from curation.release.reader import Release
from curation.release.shape import is_record_file, latex_sources
from curation.schemas.stages import FIELDS
from curation.schemas.tables import SCHEMA_VERSION, TABLES, TEXT_ROLES
from curation.validation.findings import Finding
from curation.validation.records import check_records

__all__ = ["check_edits", "check_ledger"]

Tables = Mapping[str, pa.Table]
Place = tuple[str, int]


def _name(place: Place) -> str:
    return f"source {place[0]}, position {place[1]}"


def _rows(table: pa.Table, *columns: str) -> Iterator[tuple[Any, ...]]:
    """Yield some columns row by row; most columns hold texts that nobody looks at here."""
    return zip(*(table[name].to_pylist() for name in columns), strict=True)


def _places(table: pa.Table) -> list[Place]:
    return list(_rows(table, "source_id", "position"))


def check_ledger(release: Release, tables: Tables) -> Iterator[Finding]:
    """Yield bytes, records, occurrences and rows that are not accounted for."""
    yield from _check_sources(release, tables)
    yield from check_records(release, tables)
    yield from _check_occurrences(tables)
    yield from _check_counts(release, tables)
    for name, table in tables.items():
        yield from _check_order(release, name, table)


def _check_sources(release: Release, tables: Tables) -> Iterator[Finding]:
    sources, segments = release.manifest["sources"], tables["segments"]
    known = {source["source_id"] for source in sources}
    for source_id in sorted(set(segments["source_id"].to_pylist()) - known):
        yield Finding("ledger", "segments", f"source {source_id} is not in the manifest")
    pages = [source for source in sources if not is_record_file(source)]
    for source in pages:
        try:
            content = release.put_together(source["source_id"], segments, tables["listings"])
        except ReleaseError as error:
            yield Finding("ledger", "segments", error.what)
            continue
        if len(content) != source["bytes"] or hashlib.sha256(content).hexdigest() != source["sha256"]:
            message = f"source {source['source_id']} is not given back byte for byte"
            yield Finding("ledger", "segments", message)
    is_text = pc.is_in(segments["role"], value_set=pa.array(TEXT_ROLES))
    texts = Counter(_places(segments.filter(is_text)))
    of_records = known - {source["source_id"] for source in pages}
    for row, place in enumerate(_places(tables["listings"])):
        if place[0] not in of_records and texts.pop(place, 0) != len(TEXT_ROLES):
            yield Finding("ledger", "listings", f"{_name(place)} has not one title and one abstract", row)
    for place in texts:
        if place[0] not in of_records:
            yield Finding("ledger", "segments", f"{_name(place)} has text but no row in listings")


def _check_occurrences(tables: Tables) -> Iterator[Finding]:
    papers = dict(zip(tables["papers"]["paper_id"].to_pylist(), _places(tables["papers"]), strict=True))
    removed = dict(zip(_places(tables["removed"]), tables["removed"]["survivor"].to_pylist(), strict=True))
    survivors: Counter[str] = Counter()
    rows = zip(_places(tables["listings"]), _rows(tables["listings"], "paper_id", "is_survivor"), strict=True)
    for number, (place, (paper, is_survivor)) in enumerate(rows):
        message = None
        if is_survivor:
            survivors[paper] += 1
            if papers.get(paper) != place:
                message = "is marked as the text of a paper that was taken from elsewhere"
            elif place in removed:
                message = "is both published and removed"
        elif place not in removed:
            message = "is neither published nor removed"
        elif (survivor := removed[place]) != paper and not (paper is None and survivor not in papers):
            message = f"belongs to paper {paper}, but was merged into {survivor}"
        elif paper is not None and paper not in papers:
            message = f"belongs to paper {paper}, which is not published"
        if message:
            yield Finding("ledger", "listings", f"{_name(place)} {message}", number)
    for paper in papers:
        if survivors[paper] != 1:
            yield Finding("ledger", "papers", f"paper {paper} has {survivors[paper]} occurrences it was taken from")


def _check_counts(release: Release, tables: Tables) -> Iterator[Finding]:
    stages = release.manifest["stages"]
    gone = Counter(_rows(tables["removed"], "stage", "reason"))
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
    """Yield papers whose edits, undone, do not give the captured text, and edits by rules that are none."""
    papers = tables["papers"]
    row_of = {place: row for row, place in enumerate(_places(tables["listings"]))}
    origins = pa.array([row_of.get(place) for place in _places(papers)], pa.int64())
    edits = release.edits_of()
    names = papers["paper_id"].to_pylist()
    faults = []
    for at, field in enumerate(FIELDS):
        before = tables["listings"][field].take(origins)
        # a text without edits must be the captured one; only the others are undone
        unlike = pc.not_equal(papers[field], before).to_pylist()
        for number, paper in enumerate(names):
            made = edits.pop((paper, field), [])
            if made:
                try:
                    found = undo(papers[field][number].as_py(), made)
                except ValueError as error:
                    faults.append((number, at, "edits", f"paper {paper}, {field}: {error}"))
                    continue
                same = origins[number].as_py() is None or found == before[number].as_py()
            else:
                same = not unlike[number]
            if not same:
                message = f"paper {paper}: the edits of the {field} do not lead back to the captured text"
                faults.append((number, at, "papers", message))
    for number, _, table, message in sorted(faults):
        yield Finding("edits", table, message, number)
    yield from _check_rules(release, tables)
    for paper, field in edits:
        yield Finding("edits", "edits", f"edits of the {field} of {paper}, which is not published")


def _check_rules(release: Release, tables: Tables) -> Iterator[Finding]:
    if release.manifest["schema_version"] != SCHEMA_VERSION:
        return  # rules of earlier schema versions may have had other names
    latex = latex_sources(release.manifest)
    whole = {paper for paper, source in _rows(tables["papers"], "paper_id", "source_id") if source in latex}
    stripped, kept = ({rule.id for rule in rules} for rules in (RULES, LATEX_RULES))
    for number, (paper, rule) in enumerate(_rows(tables["edits"], "paper_id", "rule")):
        if rule not in (kept if paper in whole else stripped):
            what = f"there is no rule {rule!r}"
            if rule in kept | stripped:
                what += f" for texts {'with' if paper in whole else 'without'} their LaTeX, as that of paper {paper}"
            yield Finding("edits", "edits", what, number)
