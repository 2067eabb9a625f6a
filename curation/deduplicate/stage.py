"""Deduplication as a stage over the whole table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from curation.deduplicate.similarity import NearIndex, shingles
from curation.identity import paper_id
from curation.schemas.derive import plain_schema
from curation.schemas.stages import DistinctPapers, NormalizedRecords
from curation.stage import Stage, StageResult, removed_rows

__all__ = ["DeduplicateStage"]


@dataclass(frozen=True, slots=True)
class DeduplicateStage(Stage):
    """Merge every row into the survivor it equals or resembles, and name the papers.

    Rows are taken by `(source_id, position)`, so the order they come in does not matter. A row with the title and
    abstract key of a survivor is the same paper (rule `exact`, similarity 1). Otherwise it merges into the survivor
    whose abstract is most similar, if that reaches the threshold (rule `near`). It is compared with survivors only,
    never with rows that were merged: no chaining.

    Attributes:
        threshold: Jaccard similarity of word n-gram sets from which abstracts are near-duplicates.
        ngram: Words per n-gram.
    """

    threshold: float = 0.75
    ngram: int = 5

    name = "deduplicate"
    kind = "table"
    group_by = ("title_key", "abstract_key", "abstract")
    input_model = NormalizedRecords
    output_model = DistinctPapers

    def __call__(self, table: pa.Table) -> StageResult:
        """Deduplicate `NormalizedRecords`; kept rows come in the order of `(source_id, position)`."""
        ordered = table.sort_by([("source_id", "ascending"), ("position", "ascending")])
        near = NearIndex(self.threshold)
        by_keys: dict[tuple[str, str], int] = {}
        titles: set[str] = set()
        survivors: list[str] = []
        kept: list[int] = []
        removed: list[dict[str, Any]] = []
        for number, row in enumerate(ordered.to_pylist()):
            keys = (row["title_key"], row["abstract_key"])
            grams: frozenset[tuple[str, ...]] = frozenset()
            found: tuple[int, float] | None = None
            if keys in by_keys:
                rule, found = "exact", (by_keys[keys], 1.0)
            else:
                grams = shingles(row["abstract"], self.ngram)
                rule, found = "near", near.closest(grams)
            if found is not None:
                survivor, similarity = found
                removed.append(
                    {
                        "stage": self.name,
                        "reason": "merged",
                        "rule": rule,
                        "value": row["title"],
                        "source_id": row["source_id"],
                        "position": row["position"],
                        "survivor": survivors[survivor],
                        "similarity": similarity,
                    }
                )
                continue
            by_keys[keys] = len(survivors)
            near.add(grams)
            # A title that another paper has already: the abstract tells them apart.
            survivors.append(paper_id(keys[0]) if keys[0] not in titles else paper_id(*keys))
            titles.add(keys[0])
            kept.append(number)
        papers = ordered.take(pa.array(kept, type=pa.int64()))
        papers = papers.append_column("paper_id", pa.array(survivors, type=pa.string()))
        return StageResult(papers.select(plain_schema(DistinctPapers).names), removed_rows(removed))
