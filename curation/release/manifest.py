"""The manifest: what a release is made of, with the hash of every part."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from curation.annotate.voices import Voice, Voices
from curation.benchmark.read import task_entries
from curation.errors import CurationError
from curation.label.stage import FUNCTIONS_VERSION
from curation.label.version import LABELER_VERSION
from curation.pipeline import Run
from curation.recipe import Recipe
from curation.release.folder import MANIFEST, file_sha256
from curation.release.shape import FORMAT
from curation.release.statistics import statistics
from curation.schemas.tables import SCHEMA_VERSION
from curation.schemas.taxonomy import TAXONOMY_VERSION

__all__ = ["build_manifest", "release_date", "table_entry", "to_json"]

Files = Mapping[str, Mapping[str, list[str]]]
Tables = Mapping[str, Mapping[str, pa.Table]]


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


def build_manifest(
    run: Run,
    recipe: Recipe,
    tables: Tables,
    files: Files,
    folder: Path,
    *,
    version: Mapping[str, Any],
    enrichment: dict[str, Any] | None = None,
    voices: Voices | None = None,
) -> dict[str, Any]:
    """Return everything but the hashes of the files, which `add_files` fills in last.

    Args:
        run: What the pipeline gave.
        recipe: What it followed; sources and the table of arXiv ids are listed apart, by content.
        tables: The published tables, by name and split.
        files: Paths of their files, by name and split.
        folder: Where the files are.
        version: What is said of the version, as `curation.release.base.version_block` gives it.
        enrichment: Entry of the table of arXiv ids, as `table_entry` gives it; None if there was none.
        voices: Who annotated the papers; None if nobody did.
    """
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
        "recipe": recipe.model_dump(
            exclude={"sources": True, "enrich": True, "annotations": True, "dataset": {"date"}}
        ),
        "sources": [
            {
                "source_id": listing.source.source_id,
                "name": listing.source.name,
                "sha256": listing.source.sha256,
                "bytes": len(listing.source.content),
                "format": "listing",
                "layout": listing.layout,
                "records": len(listing.records),
                "rejected": len(listing.rejections),
            }
            for listing in run.listings
        ],
        "enrichment": enrichment,
        "stages": [
            {
                "stage": count.stage,
                "in": count.rows_in,
                "kept": count.kept,
                "merged": count.merged,
                "rejected": count.rejected,
            }
            for count in run.counts
        ],
        "statistics": statistics({name: pa.concat_tables(parts.values()) for name, parts in tables.items()}),
        "benchmark": task_entries(tables),
        "tables": {
            name: {
                split: {
                    "rows": part.num_rows,
                    "uncompressed_bytes": sum(_uncompressed(folder / path) for path in files[name][split]),
                    "files": files[name][split],
                }
                for split, part in parts.items()
            }
            for name, parts in tables.items()
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


def add_files(manifest: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return the manifest with path, size and sha256 of every file of the folder but itself."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != MANIFEST)
    files = [
        {
            "path": path.relative_to(folder).as_posix(),
            "bytes": path.stat().st_size,
            "sha256": file_sha256(path),
        }
        for path in paths
    ]
    return {**manifest, "files": files}


def to_json(value: Any) -> str:
    """Write JSON for people and machines: two blanks, Unicode as it is, one newline at the end."""
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"
