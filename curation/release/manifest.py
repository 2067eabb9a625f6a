"""The manifest: what a release is made of, with the hash of every part."""

from __future__ import annotations

import datetime as dt
import json
import os
import types
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from curation.annotate.voices import Voice, Voices
from curation.errors import CurationError, Location, SourceError
from curation.label.stage import FUNCTIONS_VERSION
from curation.label.version import LABELER_VERSION
from curation.parse import Listing
from curation.recipe import Label, Recipe
from curation.release.folder import MANIFEST, file_sha256
from curation.release.shape import FORMAT
from curation.release.statistics import Tally
from curation.schemas.tables import SCHEMA_VERSION
from curation.schemas.taxonomy import TAXONOMY_VERSION
from curation.stage import StageCount

__all__ = ["LISTING", "Content", "build_manifest", "listing_entry", "release_date", "table_entry", "to_json"]

LISTING = "listing"
"""Format of a captured page in a manifest; the others are those of `curation.sources.records`."""


def release_date(recipe: Recipe) -> str | None:
    """Return the day of `SOURCE_DATE_EPOCH` (UTC, ISO 8601), or the one of the recipe if the variable is not set.

    Raises:
        CurationError: The variable is not a whole number of seconds.
    """
    seconds = os.environ.get("SOURCE_DATE_EPOCH")
    if not seconds:
        return None if recipe.dataset.date is None else recipe.dataset.date.isoformat()
    try:
        return dt.datetime.fromtimestamp(int(seconds), dt.UTC).date().isoformat()
    except (ValueError, OverflowError, OSError) as error:
        raise CurationError(
            f"SOURCE_DATE_EPOCH is {seconds!r}",
            expected="seconds since 1970, a whole number",
            hint="set it to the output of `date +%s`, or unset it",
        ) from error


def table_entry(path: Path, titles: int) -> dict[str, Any]:
    """Return the manifest's entry of the table of arXiv ids: like a source it is named by its content, not its path.

    Args:
        path: The file.
        titles: How many titles with an id it holds.
    """
    return {
        "arxiv_ids": {
            "name": path.name,
            "sha256": file_sha256(path),
            "bytes": path.stat().st_size,
            "titles": titles,
        }
    }


@dataclass(frozen=True, slots=True)
class Content:
    """What a build wrote, as the manifest states it.

    Attributes:
        sources: Entries of the sources.
        counts: Rows of each stage.
        rows: Rows of each table, by name and split.
        files: Paths of their files from the release's folder, by name and split.
        tally: Figures of the tables.
        tasks: Entries of the benchmark's tasks.
        rejected: The first rows of `removed` that were rejected.
        hashes: The sha256 of files that were hashed when they were written, by path.
    """

    sources: Sequence[Mapping[str, Any]]
    counts: Sequence[StageCount]
    rows: Mapping[str, Mapping[str, int]]
    files: Mapping[str, Mapping[str, list[str]]]
    tally: Tally
    tasks: Mapping[str, Mapping[str, Any]]
    rejected: Sequence[dict[str, Any]] = ()
    hashes: Mapping[str, str] = field(default_factory=dict)


def nothing_to_publish(first: Mapping[str, Any] | None, names: Mapping[str, str]) -> SourceError:
    """Return the error of a build whose sources give no paper.

    Args:
        first: The first row that was removed; None if the sources hold no record at all.
        names: Of the sources, by `source_id`.
    """
    if first is None:
        return SourceError("the sources hold no record", hint="check what they are")
    line = first["line"]
    return SourceError(
        f"no record is fit to be published; the first was rejected by `{first['rule']}`: {first['value']!r}",
        where=Location(names[first["source_id"]], line=line),
        hint="capture the pages again" if line is None else "check the file, and the recipe's `columns` of it",
    )


def listing_entry(listing: Listing) -> dict[str, Any]:
    """Return the manifest's entry of a captured page."""
    return {
        "source_id": listing.source.source_id,
        "name": listing.source.name,
        "sha256": listing.source.sha256,
        "bytes": len(listing.source.content),
        "format": LISTING,
        "layout": listing.layout,
        "records": len(listing.records),
        "rejected": len(listing.rejections),
    }


def build_manifest(
    content: Content,
    recipe: Recipe,
    folder: Path,
    *,
    version: Mapping[str, Any],
    enrichment: dict[str, Any] | None = None,
    voices: Voices | None = None,
) -> dict[str, Any]:
    """Return everything but the hashes of the files, which `add_files` fills in last.

    Args:
        content: What was written.
        recipe: What the build followed; sources and the table of arXiv ids are listed apart, by content.
        folder: Where the files are.
        version: What is said of the version, as `curation.release.base.version_block` gives it.
        enrichment: Entry of the table of arXiv ids, as `table_entry` gives it; None if there was none.
        voices: Who annotated the papers; None if nobody did.
    """
    elsewhere: dict[str, Any] = {"sources": True, "enrich": True, "annotations": True, "dataset": {"date"}}
    if recipe.label == Label():  # a section that says what goes without saying would make every release another one
        elsewhere["label"] = True
    return {
        "format": FORMAT,
        "name": recipe.dataset.name,
        **version,
        "schema_version": SCHEMA_VERSION,
        "taxonomy_version": TAXONOMY_VERSION,
        "generator": {"name": "paper-abstracts", "version": metadata.version("paper-abstracts")},
        "labels": {
            "labeler": LABELER_VERSION,
            "labeling_functions": FUNCTIONS_VERSION,
            "annotations": [_voice_entry(voice) for voice in voices.voices] if voices else [],
        },
        "recipe": recipe.model_dump(exclude=elsewhere),
        "sources": [dict(source) for source in content.sources],
        "enrichment": enrichment,
        "stages": [
            {
                "stage": count.stage,
                "in": count.rows_in,
                "kept": count.kept,
                "merged": count.merged,
                "rejected": count.rejected,
            }
            for count in content.counts
        ],
        "statistics": content.tally.figures(),
        "benchmark": dict(content.tasks),
        "tables": {
            name: {
                split: {
                    "rows": rows,
                    "uncompressed_bytes": sum(_uncompressed(folder / path) for path in content.files[name][split]),
                    "files": content.files[name][split],
                }
                for split, rows in parts.items()
            }
            for name, parts in content.rows.items()
        },
    }


def _voice_entry(voice: Voice) -> dict[str, Any]:
    return {
        "annotator": voice.annotator,
        "round": voice.round,
        "name": voice.path.name,
        "sha256": file_sha256(voice.path),
        "bytes": voice.path.stat().st_size,
        "papers": len(voice.annotations),
    }


def _uncompressed(path: Path) -> int:
    footer = pq.read_metadata(path)
    return sum(int(footer.row_group(group).total_byte_size) for group in range(footer.num_row_groups))


def add_files(
    manifest: dict[str, Any],
    folder: Path,
    *,
    changed: Collection[str] | None = None,
    hashes: Mapping[str, str] = types.MappingProxyType({}),
) -> dict[str, Any]:
    """Return the manifest with path, size and sha256 of every file of the folder but itself.

    Args:
        manifest: What is said of the rest.
        folder: The release's.
        changed: Files written since the manifest listed all of them; None if it lists none yet.
        hashes: The sha256 of files that are known, by path.
    """
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != MANIFEST)
    known = {} if changed is None else {one["path"]: one for one in manifest["files"] if one["path"] not in changed}
    names = [path.relative_to(folder).as_posix() for path in paths]
    files = [
        known.get(name) or {"path": name, "bytes": path.stat().st_size, "sha256": hashes.get(name) or file_sha256(path)}
        for name, path in zip(names, paths, strict=True)
    ]
    return {**manifest, "files": files}


def to_json(value: Any) -> str:
    """Write JSON for people and machines: two blanks, Unicode as it is, one newline at the end."""
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"
