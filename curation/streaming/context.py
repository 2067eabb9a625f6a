"""What every process of a streamed build knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from curation.annotate.voices import Voices
from curation.deduplicate.store import SignatureStore
from curation.enrich import ArxivRecord
from curation.recipe import Recipe
from curation.sources.records import RecordSource
from curation.streaming.workspace import Workspace

__all__ = ["Context"]


@dataclass(frozen=True, slots=True)
class Context:
    """What every process of a streamed build knows.

    Attributes:
        work: Where parts are put down.
        signatures: Where signatures of abstracts are put down.
        recipe: Thresholds and shares.
        records: The record files, by `source_id`.
        latex: Sources whose texts still have their LaTeX.
        arxiv: What is known of papers on arXiv, by `title_key`.
        voices: Annotations.
        assigned: Splits already given, by `paper_id`; None draws a first assignment.
    """

    work: Workspace
    signatures: SignatureStore
    recipe: Recipe
    records: Mapping[str, RecordSource]
    latex: frozenset[str]
    arxiv: Mapping[str, ArxivRecord] = field(repr=False)
    voices: Voices = field(repr=False)
    assigned: Mapping[str, str] | None = field(repr=False)
