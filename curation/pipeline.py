"""The order of the stages and the checks between them, nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from curation.annotate.voices import Voices
from curation.deduplicate import DeduplicateStage
from curation.engines import LocalEngine
from curation.enrich import ArxivRecord, EnrichStage
from curation.label.stage import labelling
from curation.ledger import require_partition, require_undoable
from curation.normalize import NormalizeStage
from curation.parse import Listing, record_table, rejection_table, segment_table
from curation.recipe import Recipe
from curation.schemas.stages import ParsedRecords
from curation.schemas.tables import Segments
from curation.split import SplitStage, first_assignment
from curation.stage import Engine, Stage, StageCount, StageResult, require_valid, run_checked

__all__ = ["Run", "run_pipeline"]

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Run:
    """What one run of the flow gave.

    Attributes:
        listings: The parsed sources, by `source_id`.
        records: Every complete record as captured; model `ParsedRecords`.
        segments: Every byte of every source; model `Segments`.
        papers: Distinct papers with links, labels and splits; model `AssignedPapers`.
        edits: Edits of normalized text, of all occurrences; model `TextEdits`.
        votes: Label votes; model `LabelVotes`.
        removed: Every row that left; model `RemovedRows`.
        counts: Rows of each stage.
    """

    listings: tuple[Listing, ...]
    records: pa.Table
    segments: pa.Table
    papers: pa.Table
    edits: pa.Table
    votes: pa.Table
    removed: pa.Table
    counts: tuple[StageCount, ...]


def run_pipeline(
    listings: Sequence[Listing],
    recipe: Recipe,
    *,
    assigned: Mapping[str, str] | None = None,
    names: Mapping[tuple[str, str], str] | None = None,
    occurrences: Mapping[tuple[str, int], tuple[str, bool]] | None = None,
    arxiv: Mapping[str, ArxivRecord] | None = None,
    voices: Voices | None = None,
    engine: Engine | None = None,
    progress: Progress = lambda stage: None,
) -> Run:
    """Take parsed pages through normalize, deduplicate, enrich, label and split.

    Args:
        listings: Parsed sources, in any order.
        recipe: Thresholds and shares.
        assigned: Splits already given, by `paper_id`; these papers also survive what resembles them. None draws a
            first assignment, stratified by primary topic.
        names: Ids of papers published before, by title and abstract key; these survive first of all.
        occurrences: The paper of each occurrence published before, by source and position, and whether that paper's
            text was taken from it; each goes where it went then.
        arxiv: What is known of papers on arXiv, by `title_key`; None if nothing is.
        voices: Annotations; None if nobody annotated the papers.
        engine: What runs the stages; the local engine when missing.
        progress: Called with the name of each stage before it runs.

    Raises:
        StageError: A stage broke its contract.
    """
    engine = engine or LocalEngine()
    ordered = tuple(sorted(listings, key=lambda listing: listing.source.source_id))
    counts: list[StageCount] = []
    removed: list[pa.Table] = []

    def run(stage: Stage, table: pa.Table) -> StageResult:
        progress(stage.name)
        result = run_checked(stage, table, engine)
        counts.append(StageCount.of(stage.name, table.num_rows, result.kept.num_rows, result.removed))
        removed.append(result.removed)
        return result

    segments = segment_table(ordered)
    require_valid(segments, Segments, "segments")
    records = record_table(ordered)
    require_valid(records, ParsedRecords, "parsed records")
    require_partition(ordered)
    broken = rejection_table(ordered)
    found = sum(len(listing.records) + len(listing.rejections) for listing in ordered)
    counts.append(StageCount.of("parse", found, records.num_rows, broken))
    removed.append(broken)

    normalized = run(NormalizeStage(), records)
    assert normalized.log is not None
    require_undoable(records, normalized.kept, normalized.log)
    rule = recipe.deduplicate
    known = frozenset(assigned or ())
    distinct = run(DeduplicateStage(rule.threshold, rule.ngram, known, names or {}, occurrences or {}), normalized.kept)
    enriched = run(EnrichStage(arxiv or {}), distinct.kept)
    labelled = run(labelling(recipe.label, voices or Voices()), enriched.kept)
    shares = recipe.split.shares
    if assigned is None:
        assigned = first_assignment(labelled.kept, recipe)
    papers = run(SplitStage(shares=shares, assigned=assigned), labelled.kept).kept

    assert labelled.log is not None
    return Run(
        listings=ordered,
        records=records,
        segments=segments,
        papers=papers,
        edits=normalized.log,
        votes=labelled.log,
        removed=pa.concat_tables(removed),
        counts=tuple(counts),
    )
