"""Tasks of the benchmark: what is published follows from the papers, and nothing of it leaks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa

from curation.benchmark.leaks import find_leaks
from curation.benchmark.read import joined, task_data, task_entries
from curation.benchmark.tables import task_tables
from curation.release.reader import Release
from curation.schemas.tables import TABLES
from curation.validation.findings import MOST_PER_RULE, Finding

__all__ = ["check_benchmark"]


def check_benchmark(release: Release, tables: Mapping[str, pa.Table]) -> Iterator[Finding]:
    """Yield rows of `queries`, `corpus` and `qrels` that the papers do not give, hashes that are not theirs, and leaks.

    Args:
        release: The release.
        tables: Every table, whole.
    """
    parts = {name: joined(_splits(release, name, tables[name])) for name in ("papers", "queries", "corpus", "qrels")}
    wanted = task_tables(parts["papers"])
    found = False
    for name, rows in wanted.items():
        for finding in _differences(name, parts[name], rows):
            found = True
            yield finding
    if found:
        return  # the rest would say it again
    stated = release.manifest.get("benchmark", {})
    entries = task_entries({name: _splits(release, name, tables[name]) for name in parts})
    for task in sorted(stated.keys() | entries.keys()):
        if stated.get(task) != entries.get(task):
            yield Finding("benchmark", "manifest.json", f"what is said of the task {task} is not what its data are")
    for task, data in task_data(parts["papers"], parts).items():
        for leak in find_leaks(data)[:MOST_PER_RULE]:
            yield Finding("benchmark", task, f"leak: {leak.sentence()}")


def _splits(release: Release, table: str, whole: pa.Table) -> Mapping[str, pa.Table]:
    """Cut a whole table into its splits, which stand in it one after the other."""
    parts, start = {}, 0
    for split, part in release.manifest["tables"][table].items():
        parts[split] = whole.slice(start, part["rows"])
        start += part["rows"]
    return parts


def _differences(name: str, found: pa.Table, wanted: pa.Table) -> Iterator[Finding]:
    key = TABLES[name].sort_key
    columns = wanted.column_names
    left, right = (
        {tuple(row[part] for part in key): row for row in table.select(columns).to_pylist()}
        for table in (found, wanted)
    )
    faults = [
        *(_named("is not what the papers give", one) for one in left if one in right and left[one] != right[one]),
        *(_named("does not follow from the papers", one) for one in left if one not in right),
        *(_named("is missing", one) for one in right if one not in left),
    ]
    for fault in faults[:MOST_PER_RULE]:
        yield Finding("benchmark", name, fault)
    if len(faults) > MOST_PER_RULE:
        yield Finding("benchmark", name, f"{len(faults) - MOST_PER_RULE} more rows")


def _named(what: str, key: tuple[Any, ...]) -> str:
    return f"row {' '.join(map(str, key))} {what}"
