"""The manifest against the files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from curation.release.folder import MANIFEST, file_sha256
from curation.release.manifest import FORMAT
from curation.release.reader import Release
from curation.schemas.tables import SCHEMA_VERSION, TABLES
from curation.validation.findings import Finding

__all__ = ["check_files", "check_manifest"]

_KEYS: dict[str, type | tuple[type, ...]] = {
    "format": str,
    "name": str,
    "version": str,
    "schema_version": str,
    "recipe": dict,
    "sources": list,
    "stages": list,
    "statistics": dict,
    "tables": dict,
    "files": list,
}
_ENTRY_KEYS = {
    "sources": {"source_id", "name", "sha256", "bytes", "records"},
    "stages": {"stage", "in", "kept", "merged", "rejected"},
    "files": {"path", "bytes", "sha256"},
}


def check_manifest(release: Release) -> Iterator[Finding]:
    """Yield what keeps the manifest from being understood; nothing else can be checked then."""
    manifest = release.manifest
    for key, kind in _KEYS.items():
        if not isinstance(manifest.get(key), kind):
            yield Finding("manifest", MANIFEST, f"`{key}` is missing or of another kind")
    for key, wanted in _ENTRY_KEYS.items():
        entries = manifest.get(key)
        for entry in entries if isinstance(entries, list) else []:
            if not isinstance(entry, dict) or not wanted <= set(entry):
                yield Finding("manifest", MANIFEST, f"an entry of `{key}` lacks one of {', '.join(sorted(wanted))}")
    if manifest.get("format") != FORMAT:
        yield Finding("manifest", MANIFEST, f"the format is {manifest.get('format')!r}, not {FORMAT!r}")
    elif manifest.get("schema_version") != SCHEMA_VERSION:
        found = manifest.get("schema_version")
        yield Finding("manifest", MANIFEST, f"schema version {found!r} is not known here ({SCHEMA_VERSION} is)")
    yield from _check_tables(manifest.get("tables"))


def _check_tables(tables: Any) -> Iterator[Finding]:
    found = tables if isinstance(tables, dict) else {}
    for name, spec in TABLES.items():
        splits = found.get(name)
        parts = list(splits.values()) if isinstance(splits, dict) and tuple(splits) == spec.splits else [None]
        if not all(isinstance(part, dict) and {"rows", "files"} <= set(part) for part in parts):
            yield Finding("manifest", MANIFEST, f"table {name} is missing or lacks a split, `rows` or `files`")
    for name in found:
        if name not in TABLES:
            yield Finding("manifest", MANIFEST, f"table {name} is unknown")


def check_files(release: Release) -> Iterator[Finding]:
    """Yield files that are missing, changed or not in the manifest, and row counts that differ from it."""
    listed: dict[str, dict[str, Any]] = {entry["path"]: entry for entry in release.manifest["files"]}
    present = {
        path.relative_to(release.folder).as_posix()
        for path in release.folder.rglob("*")
        if path.is_file() and path.name != MANIFEST
    }
    for path in sorted(present - set(listed)):
        yield Finding("files", path, "the manifest does not list this file")
    for path, entry in sorted(listed.items()):
        file = release.folder / path
        if path not in present:
            yield Finding("files", path, "the file is missing")
        elif (size := file.stat().st_size) != entry["bytes"]:
            yield Finding("files", path, f"the file has {size} bytes, the manifest says {entry['bytes']}")
        elif (digest := file_sha256(file)) != entry["sha256"]:
            yield Finding("files", path, f"the sha256 is {digest}, the manifest says {entry['sha256']}")
    for name, splits in release.manifest["tables"].items():
        for split, part in splits.items():
            rows = _rows(release, part["files"])
            if rows is not None and rows != part["rows"]:
                yield Finding("files", f"{name}/{split}", f"{rows} rows, the manifest says {part['rows']}")
            for path in part["files"]:
                if path not in listed:
                    yield Finding("files", path, "the manifest names this file for a table but gives no hash")


def _rows(release: Release, paths: list[str]) -> int | None:
    try:
        return sum(int(pq.read_metadata(release.folder / path).num_rows) for path in paths)
    except (OSError, pa.ArrowException):
        return None  # reported where the file is read
