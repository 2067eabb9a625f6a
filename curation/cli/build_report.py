"""What is printed after a build."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.table import Table

from curation.cli.report import NAME, count, figure, safe, stage_table

__all__ = ["build_report", "rejected_report"]

# Characters of a rejected value.
_SHOWN = 80
# Sources that are listed one by one.
_MOST_SOURCES = 20
# Sources whose records are spelled out as a sum.
_MOST_TERMS = 10
_KIB, _MIB = 1 << 10, 1 << 20


def build_report(out: str, manifest: Mapping[str, Any], changed: bool) -> Iterator[Any]:
    """Yield what to print after a build."""
    yield from _source_table(manifest["sources"])
    yield ""
    yield stage_table(manifest["stages"])
    yield ""
    yield from _outcome(manifest)
    yield from _labels(manifest)
    size = sum(file["bytes"] for file in manifest["files"])
    state = "written" if changed else "unchanged, it was there already"
    spelled = f"{size / _KIB:,.0f} KiB" if size < 10 * _MIB else f"{size / _MIB:,.1f} MiB"
    what = f"version {manifest['version']}, {count(len(manifest['files']), 'file')}, {spelled}"
    yield f"[{NAME}]{safe(out)}[/]: {what} ({state})"
    if manifest["base"] is not None:
        yield safe(manifest["version_reason"])


def _source_table(sources: Sequence[Mapping[str, Any]]) -> Iterator[Any]:
    table = Table(box=None, pad_edge=False, header_style="bold")
    of_records = any(map(_is_record_file, sources))
    # a page has a layout, a file of records a format
    for heading in ("source", "format" if of_records else "layout", "records", "id"):
        table.add_column(heading, justify="right" if heading == "records" else "left")
    for source in sources[:_MOST_SOURCES]:
        kind = source["format"] if _is_record_file(source) else source["layout"]
        if of_records and not _is_record_file(source):
            kind = f"listing {kind}"
        table.add_row(safe(source["name"]), kind, figure(source["records"]), f"[dim]{source['source_id']}[/]")
    yield table
    if len(sources) > _MOST_SOURCES:
        yield f"… and {figure(len(sources) - _MOST_SOURCES)} more, all in manifest.json"


def _is_record_file(source: Mapping[str, Any]) -> bool:
    return bool(source["layout"] == "records")


def _outcome(manifest: Mapping[str, Any]) -> Iterator[str]:
    """Yield what became of the occurrences, the splits, and the edits."""
    sources, statistics, papers = manifest["sources"], manifest["statistics"], manifest["tables"]["papers"]
    terms = [figure(source["records"] + source["rejected"]) for source in sources]
    records = " + ".join(terms) if len(terms) <= _MOST_TERMS else f"from {figure(len(terms))} sources"
    total = sum(part["rows"] for part in papers.values())
    merged, rejected = (sum(stage[what] for stage in manifest["stages"]) for what in ("merged", "rejected"))
    read = f"{count(manifest['stages'][0]['in'], 'occurrence')} read ({records})"
    yield f"{read}, [bold]{count(total, 'paper')}[/], {figure(merged)} merged, {figure(rejected)} rejected"
    if merged and any(map(_is_record_file, sources)):
        parts = ", ".join(f"{rule} {figure(number)}" for rule, number in statistics["merged_by_rule"].items())
        yield f"merged by: {parts}"
    yield "splits: " + ", ".join(f"{split} {figure(part['rows'])}" for split, part in papers.items())
    edits = sum(statistics["edits_by_rule"].values())
    edited = count(statistics["papers_edited"], "paper")
    yield f"text: {count(edits, 'edit')} in {edited}, every one on record"


def _labels(manifest: Mapping[str, Any]) -> Iterator[str]:
    """Yield who labelled the papers, where that does not go without saying."""
    if not manifest["recipe"].get("label", {}).get("topics", True):
        yield "topics: none were given, as was asked for"
    elif any(map(_is_record_file, manifest["sources"])):
        given = manifest["statistics"]["papers_by_label_source"]
        yield "topics: " + ", ".join(f"{source} {figure(number)}" for source, number in given.items() if number)


def rejected_report(rows: Sequence[Mapping[str, Any]], manifest: Mapping[str, Any]) -> Iterator[str]:
    """Yield a line for each rejected row, at most ten.

    Args:
        rows: The first of them.
        manifest: The manifest, which says how many there are.
    """
    from curation.schemas.check import shorten

    names = {source["source_id"]: source["name"] for source in manifest["sources"]}
    for row in rows[:10]:
        line = "" if row["line"] is None else f":{row['line']}"
        where = f"{safe(names.get(row['source_id'], row['source_id']))}{line}"
        yield f"[red]rejected[/] {where}: {safe(row['rule'])}: {safe(shorten(str(row['value']), _SHOWN))}"
    total = sum(stage["rejected"] for stage in manifest["stages"])
    if total > 10:
        yield f"… and {figure(total - 10)} more, all in the table `removed`"
