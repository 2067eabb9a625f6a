"""What a streamed build is made of, and the name of everything that its parts depend on."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

import pyarrow as pa

from curation.annotate.voices import Voices
from curation.enrich import ArxivRecord
from curation.parse import Listing
from curation.parse.reading import Once
from curation.recipe import Recipe, SourceFile
from curation.sources.records import Columns, RecordSource, open_record_source
from curation.streaming.merging import Known
from curation.streaming.workspace import Workspace

__all__ = ["Inputs", "RecordInput", "Watch", "build_key", "open_records"]

Watch = Callable[[str, int, int], None]
"""Told the step, how much of it is done, and how much there is: bytes of sources while rows are taken, else rows."""

# Files of the package that what a part holds may depend on.
_CODE = (".py", ".toml")


@dataclass(frozen=True, slots=True)
class RecordInput:
    """A record file of a build.

    Attributes:
        source: The file.
        file: What the recipe says of it.
    """

    source: RecordSource
    file: SourceFile

    def entry(self, records: int, rejected: int) -> dict[str, Any]:
        """Return the manifest's entry."""
        return {
            "source_id": self.source.source_id,
            "name": self.source.name,
            "sha256": self.source.sha256,
            "bytes": self.source.bytes,
            "format": self.source.format,
            "layout": "records",
            "records": records,
            "rejected": rejected,
            "columns": self.file.columns.model_dump(exclude_none=True),
            "math": self.file.math,
        }


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a build is made of.

    Attributes:
        recipe: Thresholds and shares.
        listings: Captured pages, parsed.
        records: Record files.
        known: What was published before.
        assigned: Splits already given, by `paper_id`; None draws a first assignment.
        arxiv: What is known of papers on arXiv, by `title_key`.
        voices: Annotations.
    """

    recipe: Recipe
    listings: Sequence[Listing]
    records: Sequence[RecordInput]
    known: Known
    assigned: Mapping[str, str] | None = field(default=None, repr=False)
    arxiv: Mapping[str, ArxivRecord] = field(default_factory=dict, repr=False)
    voices: Voices = field(default_factory=Voices, repr=False)


def open_records(
    files: Sequence[SourceFile],
    base: Path,
    work: Workspace,
    listings: Sequence[Listing],
    watch: Watch = lambda step, done, of: None,
) -> list[RecordInput]:
    """Open the record files of a build; those behind URLs are fetched.

    Args:
        files: What the recipe says of them.
        base: The folder that paths start from.
        work: Where copies of remote files go.
        listings: The captured pages beside them.
        watch: Told how far it is, in bytes.

    Raises:
        SourceError: A file cannot be read as records, is not what the recipe pins, or is given twice.
    """
    once = Once()
    for page in listings:
        once.require(page.source.source_id, page.source.sha256, SourceFile(path=page.source.name), page.source.name)
    found = []
    for file in files:
        source = open_record_source(
            file.path,
            base=base,
            name=file.name,
            format=file.format,
            columns=Columns(**file.columns.model_dump()),
            downloads=work.downloads,
            watch=lambda done, of: watch("read", done, of or 0),
        )
        once.require(source.source_id, source.sha256, file, source.shown)
        found.append(RecordInput(source, file))
    return found


def build_key(inputs: Inputs, batch_rows: int) -> str:
    """Name everything that the content of a part depends on: inputs, their order in batches, and our own code."""
    digest = hashlib.sha256()
    # in a checkout the models are a link, which a search does not follow
    for package in ("curation", "curation.schemas"):
        for folder, _, names in sorted(os.walk(str(resources.files(package)))):
            for name in sorted(names):
                if name.endswith(_CODE):
                    digest.update(Path(folder, name).read_bytes())
    told = {
        "batch_rows": batch_rows,
        "recipe": inputs.recipe.model_dump(mode="json"),
        "sources": sorted(
            [
                *([one.source.source_id, "listing", one.source.sha256] for one in inputs.listings),
                *(
                    [one.source.source_id, one.source.format, one.source.sha256, one.file.model_dump_json()]
                    for one in inputs.records
                ),
            ]
        ),
        "known": [sorted(inputs.known.papers), sorted((inputs.known.names or {}).items())],
        "occurrences": sorted((inputs.known.occurrences or {}).items()),
        "assigned": None if inputs.assigned is None else sorted(inputs.assigned.items()),
        "arxiv": sorted((key, repr(record)) for key, record in inputs.arxiv.items()),
        "voices": repr(inputs.voices),
        "libraries": [pa.__version__],
    }
    digest.update(json.dumps(told, ensure_ascii=False).encode())
    return digest.hexdigest()
