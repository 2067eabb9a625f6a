"""Deduplication as a stage over the whole table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from curation.deduplicate.similarity import NearIndex, Shingle, jaccard, shingles
from curation.identity import paper_id
from curation.schemas.derive import plain_schema
from curation.schemas.stages import DistinctPapers, NormalizedRecords
from curation.stage import Stage, StageResult, removed_rows

__all__ = ["DeduplicateStage"]


@dataclass(frozen=True, slots=True)
class DeduplicateStage(Stage):
    """Merge every row into the survivor it equals or resembles, and name the papers.

    Rows are taken in a fixed order, so the order they come in does not matter: papers known before, then complete
    abstracts before possibly truncated ones, then the least damaged (by level, then by places not repaired), then by
    source and position. A row with the title and abstract key of a survivor is the same paper (rule `exact`,
    similarity 1). Otherwise it merges into the survivor whose abstract is most similar, if that reaches the threshold
    (rule `near`). It is compared with survivors only, never with rows that were merged: no chaining. An occurrence
    that was published before goes where it went then: it stays the text of its paper, or merged into the same one.

    Attributes:
        threshold: Jaccard similarity of word n-gram sets from which abstracts are near-duplicates.
        ngram: Words per n-gram.
        known: Ids of papers that were published before; each survives what resembles it and keeps its id.
        names: The same ids by title and abstract key, where the release before is at hand: an id alone does not tell
            papers apart that share a title.
        occurrences: The paper of each occurrence published before, by source and position, and whether that paper's
            text was taken from it.
    """

    threshold: float = 0.75
    ngram: int = 5
    known: frozenset[str] = frozenset()
    names: Mapping[tuple[str, str], str] = field(default_factory=dict)
    occurrences: Mapping[tuple[str, int], tuple[str, bool]] = field(default_factory=dict)

    name = "deduplicate"
    kind = "table"
    group_by = ("title_key", "abstract_key", "abstract")
    input_model = NormalizedRecords
    output_model = DistinctPapers

    def __call__(self, table: pa.Table) -> StageResult:
        """Deduplicate `NormalizedRecords`; kept rows come in the order of source and position."""
        rows = sorted(table.to_pylist(), key=self._survivor_order)
        near = NearIndex(self.threshold)
        by_keys: dict[tuple[str, str], int] = {}
        by_name: dict[str, tuple[int, frozenset[Shingle]]] = {}
        survivors: list[dict[str, Any]] = []
        merges: list[tuple[dict[str, Any], str, int, float]] = []
        for row in rows:
            keys = (row["title_key"], row["abstract_key"])
            grams = shingles(row["abstract"], self.ngram)
            # the survivor it merged into when it was published
            before, similarity = None, 0.0
            paper, taken = self.occurrences.get(_place(row), ("", True))
            if not taken and paper in by_name:
                before, members = by_name[paper]
                similarity = jaccard(grams, members)
            if keys in by_keys and (before in (None, by_keys[keys]) or similarity < self.threshold):
                merges.append((row, "exact", by_keys[keys], 1.0))
                continue
            kept_there = before is not None and similarity >= self.threshold
            found = (before, similarity) if before is not None and kept_there else near.closest(grams)
            if found is not None:
                merges.append((row, "near", *found))
                continue
            by_keys[keys] = len(survivors)
            if keys in self.names:
                by_name[self.names[keys]] = (len(survivors), grams)
            near.add(grams)
            survivors.append(row)
        self._name_papers(survivors)
        survivor_ids = [row["paper_id"] for row in survivors]
        survivors.sort(key=_place)
        kept = pa.Table.from_pylist(survivors, schema=plain_schema(DistinctPapers))
        removed = [
            {
                "stage": self.name,
                "reason": "merged",
                "rule": rule,
                "value": row["title"],
                "source_id": row["source_id"],
                "position": row["position"],
                "survivor": survivor_ids[survivor],
                "similarity": similarity,
            }
            for row, rule, survivor, similarity in merges
        ]
        return StageResult(kept, removed_rows(removed))

    def _survivor_order(self, row: dict[str, Any]) -> tuple[bool, bool, bool, bool, int, int, str, int]:
        keys = (row["title_key"], row["abstract_key"])
        ids = {paper_id(row["title_key"]), paper_id(row["title_key"], row["abstract_key"])}
        unrepaired = sum(not span["repaired"] for span in row["math_damage_spans"])
        damage = (row["possibly_truncated"], row["math_damage"], unrepaired)
        _, taken = self.occurrences.get(_place(row), ("", False))
        return (keys not in self.names, not taken, not ids & self.known, *damage, *_place(row))

    def _name_papers(self, survivors: list[dict[str, Any]]) -> None:
        """Give each row its `paper_id`; of papers that share a title the first by source and position has it alone.

        A paper known by title and abstract keeps that name, also when the one that has the title alone is gone.
        """
        named = {_place(row): self.names.get((row["title_key"], row["abstract_key"])) for row in survivors}
        titles = {row["title_key"] for row in survivors if named[_place(row)] == paper_id(row["title_key"])}
        for row in sorted(survivors, key=_place):
            longer = paper_id(row["title_key"], row["abstract_key"])
            if (known := named[_place(row)]) is not None:
                row["paper_id"] = known
            elif longer in self.known or row["title_key"] in titles:
                row["paper_id"] = longer
            else:
                row["paper_id"] = paper_id(row["title_key"])
                titles.add(row["title_key"])


def _place(row: dict[str, Any]) -> tuple[str, int]:
    return (row["source_id"], row["position"])
