"""Damaging and forging releases: copies of a real one, changed, with the manifest made to agree again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from curation.normalize.edits import Edit
from curation.recipe import Recipe
from curation.release.card import render_card
from curation.release.croissant import CROISSANT, croissant
from curation.release.folder import MANIFEST
from curation.release.manifest import add_files, to_json
from curation.release.statistics import statistics as count
from curation.release.writer import write_parquet
from curation.schemas.derive import arrow_schema
from curation.schemas.tables import TABLES

__all__ = ["as_edit", "copy_of", "edit_manifest", "files_of", "forge", "manifest_of", "read_rows", "seal", "write_rows"]

Rows = list[dict[str, Any]]


def copy_of(release: Path, folder: Path) -> Path:
    """Copy a release into a folder, where it may be damaged."""
    return Path(shutil.copytree(release, folder / "copy"))


def manifest_of(release: Path) -> dict[str, Any]:
    """Read a manifest."""
    manifest: dict[str, Any] = json.loads((release / MANIFEST).read_text(encoding="utf-8"))
    return manifest


def edit_manifest(release: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change a manifest in place, whatever `change` makes of it."""
    manifest = manifest_of(release)
    change(manifest)
    (release / MANIFEST).write_text(to_json(manifest), encoding="utf-8")


def files_of(release: Path) -> list[str]:
    """List the files of a release."""
    return sorted(path.relative_to(release).as_posix() for path in release.rglob("*") if path.is_file())


def read_rows(release: Path, table: str, split: str = "train") -> Rows:
    """Read the rows of one split of a table."""
    paths = manifest_of(release)["tables"][table][split]["files"]
    return [row for path in paths for row in pq.read_table(release / path, partitioning=None).to_pylist()]


def write_rows(release: Path, table: str, rows: Rows, split: str = "train") -> None:
    """Write the rows of one split of a table; the manifest is left as it was."""
    (path,) = manifest_of(release)["tables"][table][split]["files"]
    write_parquet(pa.Table.from_pylist(rows, schema=arrow_schema(TABLES[table])), release / path)


def seal(release: Path, *, card: bool = True, statistics: bool = True) -> None:
    """Make the manifest agree with the files again: rows, sizes, hashes; statistics and the card too if wanted."""

    def agree(manifest: dict[str, Any]) -> None:
        for splits in manifest["tables"].values():
            for part in splits.values():
                footers = [pq.read_metadata(release / path) for path in part["files"]]
                groups = [footer.row_group(at) for footer in footers for at in range(footer.num_row_groups)]
                part["rows"] = sum(group.num_rows for group in groups)
                part["uncompressed_bytes"] = sum(group.total_byte_size for group in groups)
        if statistics:
            manifest["statistics"] = count(
                {name: whole(release, name) for name in ("papers", "edits", "removed", "annotations")}
            )
        manifest.update(add_files(manifest, release))
        if card:
            recipe = Recipe.model_validate(manifest["recipe"])
            (release / "README.md").write_text(render_card(manifest, recipe), encoding="utf-8")
            if (release / CROISSANT).exists():
                (release / CROISSANT).write_text(to_json(croissant(manifest, recipe)), encoding="utf-8")
            manifest.update(add_files(manifest, release))

    edit_manifest(release, agree)


def whole(release: Path, table: str) -> pa.Table:
    """Read all splits of a table."""
    splits = manifest_of(release)["tables"][table].values()
    paths = [release / path for part in splits for path in part["files"]]
    return pa.concat_tables([pq.read_table(path, partitioning=None) for path in paths])


def forge(
    release: Path,
    table: str,
    change: Callable[[Rows], Rows | None],
    split: str = "train",
    *,
    statistics: bool = True,
) -> None:
    """Change rows of a table so that every hash, size and count still agrees.

    Args:
        release: A copy of a release.
        table: The table.
        change: Changes the rows in place, or returns others.
        split: Which split.
        statistics: Whether to count the manifest's statistics anew.
    """
    rows = read_rows(release, table, split)
    write_rows(release, table, rows if (changed := change(rows)) is None else changed, split)
    seal(release, statistics=statistics)


def as_edit(row: dict[str, Any]) -> Edit:
    """Build an edit from a row of `edits` or from what a command prints of it."""
    return Edit(row["rule"], row["start"], row["end"], row["before"], row["after"], tuple(row["offsets"]))
