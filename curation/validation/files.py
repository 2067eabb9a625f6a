"""The manifest against the files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from curation.release.folder import MANIFEST
from curation.release.intact import damaged_files
from curation.release.reader import Release
from curation.release.statistics import statistics
from curation.schemas.history import earlier, schema_versions
from curation.schemas.tables import TABLES
from curation.schemas.taxonomy import as_json as taxonomy_as_json
from curation.validation.findings import Finding

__all__ = ["check_files", "check_manifest", "check_statements"]

TAXONOMY = "taxonomy.json"

# what the Hub, a git clone and a download into a folder put beside the files of a release
_NOT_OURS = frozenset({".git", ".gitattributes", ".cache"})


def check_manifest(release: Release) -> Iterator[Finding]:
    """Yield what in the manifest this version does not know."""
    found = release.manifest["schema_version"]
    if found not in schema_versions():
        known = ", ".join(schema_versions())
        yield Finding("manifest", MANIFEST, f"schema version {found!r} is not known here (known: {known})")
        return
    for name in release.manifest["tables"]:
        if name not in TABLES and name not in earlier(found).tables:
            yield Finding("manifest", MANIFEST, f"table {name} is unknown")


def check_files(release: Release) -> Iterator[Finding]:
    """Yield files that are missing, changed or not in the manifest, and row counts that differ from it."""
    listed: dict[str, dict[str, Any]] = {entry["path"]: entry for entry in release.manifest["files"]}
    present = {
        path.relative_to(release.folder).as_posix()
        for path in release.folder.rglob("*")
        if path.is_file() and path.name != MANIFEST and path.relative_to(release.folder).parts[0] not in _NOT_OURS
    }
    for path in sorted(present - set(listed)):
        yield Finding("files", path, "the manifest does not list this file")
    for path, wrong in sorted(damaged_files(release)):
        yield Finding("files", path, wrong)
    for name, splits in release.manifest["tables"].items():
        for split, part in splits.items():
            rows = _rows(release, part["files"])
            if rows is not None and rows != part["rows"]:
                yield Finding("files", f"{name}/{split}", f"{rows} rows, the manifest says {part['rows']}")
            for path in part["files"]:
                if path not in listed:
                    yield Finding("files", path, "the manifest names this file for a table but gives no hash")


def check_statements(release: Release, tables: Mapping[str, pa.Table]) -> Iterator[Finding]:
    """Yield statements about the data, in the manifest and the taxonomy, that are not the data's."""
    counted = statistics(tables)
    for key, wanted in counted.items():
        found = release.manifest["statistics"].get(key)
        if found != wanted:
            yield Finding("ledger", MANIFEST, f"statistics: {key} is {found!r}, the data say {wanted!r}")
    try:
        taxonomy = json.loads((release.folder / TAXONOMY).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        yield Finding("files", TAXONOMY, f"the taxonomy cannot be read ({type(error).__name__})")
        return
    if taxonomy != taxonomy_as_json():
        yield Finding("files", TAXONOMY, "the topics are not those that the codes of the tables stand for")


def _rows(release: Release, paths: list[str]) -> int | None:
    try:
        return sum(int(pq.read_metadata(release.folder / path).num_rows) for path in paths)
    except (OSError, pa.ArrowException):
        return None  # reported where the file is read
