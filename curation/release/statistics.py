"""The figures of a release, counted from its published tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import combinations
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from curation.release.agreement import agreement_figures, of_people
from curation.schemas.stages import DAMAGE_KINDS, DAMAGE_LEVELS, LABEL_SOURCES

__all__ = ["COUNTED", "Tally", "statistics"]

COUNTED = ("papers", "edits", "removed", "annotations")
"""The published tables that figures are counted from."""


def statistics(tables: Mapping[str, pa.Table]) -> dict[str, Any]:
    """Count what the manifest states and the card shows.

    Args:
        tables: Whole published tables by name: `papers`, `edits`, `removed`, `annotations`.
    """
    tally = Tally()
    for name in COUNTED:
        tally.add(name, tables[name])
    return tally.figures()


class Tally:
    """Figures of published tables, counted part by part."""

    def __init__(self) -> None:
        self._counts: dict[str, Counter[Any]] = {}
        self._people: list[pa.Table] = []

    @property
    def topic_pairs(self) -> Counter[tuple[str, str]]:
        """How many papers carry both of two topics, by name in the order of the alphabet."""
        return self._of("pairs")

    def add(self, table: str, part: pa.Table) -> None:
        """Count a part of a published table.

        Args:
            table: Its name; one that is not in `COUNTED` is passed over.
            part: Some of its rows. Those of one paper must not come in two parts.
        """
        if table == "papers":
            self._add_papers(part)
        elif table == "edits":
            self._of("rules").update(_values(part["rule"]))
            self._of("total")["edited"] += pc.count_distinct(part["paper_id"]).as_py()
        elif table == "removed":
            self._of("merges").update(_values(part.filter(pc.equal(part["reason"], "merged"))["rule"]))
        elif table == "annotations":
            self._people.append(of_people(part))

    def _add_papers(self, part: pa.Table) -> None:
        self._of("primary").update(_values(part["primary_topic_name"]))
        self._of("sources").update(_values(part["label_source"]))
        self._of("levels").update(_values(part["math_damage"]))
        self._of("topics").update(_values(part["topic_names"].combine_chunks().flatten()))
        several = part["topic_names"].filter(pc.greater(pc.list_value_length(part["topic_names"]), 1)).to_pylist()
        self.topic_pairs.update(pair for names in several for pair in combinations(sorted(names), 2))
        spans = part["math_damage_spans"].combine_chunks().flatten()
        found = zip(*(spans.field(name).to_pylist() for name in ("kind", "repaired")), strict=True)
        self._of("spans").update(found)
        total = self._of("total")
        total["truncated"] += pc.sum(part["possibly_truncated"], min_count=0).as_py()
        total["arxiv_id"] += part.num_rows - part["arxiv_id"].null_count
        for name in ("categories", "urls", "code_urls"):
            total[name] += pc.sum(pc.greater(pc.list_value_length(part[name]), 0), min_count=0).as_py()

    def merge(self, other: Tally) -> None:
        """Add what another one counted, of other parts."""
        for name, counts in other._counts.items():
            self._of(name).update(counts)
        self._people += other._people

    def _of(self, what: str) -> Counter[Any]:
        return self._counts.setdefault(what, Counter())

    def figures(self) -> dict[str, Any]:
        """Return what the manifest states."""
        primary, sources, levels, total = (self._of(name) for name in ("primary", "sources", "levels", "total"))
        people = pa.concat_tables(self._people) if self._people else None
        return {
            "edits_by_rule": _sorted(self._of("rules")),
            "papers_edited": total["edited"],
            "merged_by_rule": _sorted(self._of("merges")),
            "papers_by_primary_topic": _sorted({topic: count for topic, count in primary.items() if topic is not None}),
            "papers_by_topic": _sorted(self._of("topics")),
            "papers_without_label": primary[None],
            "papers_by_label_source": {name: sources[name] for name in LABEL_SOURCES},
            "agreement": None if people is None else agreement_figures(people),
            "possibly_truncated": total["truncated"],
            "papers_by_math_damage": {name: levels[code] for code, name in enumerate(DAMAGE_LEVELS)},
            "math_damage_by_kind": _damage_by_kind(self._of("spans")),
            "papers_with_arxiv_id": total["arxiv_id"],
            "papers_with_categories": total["categories"],
            "papers_with_links": total["urls"],
            "papers_with_code_links": total["code_urls"],
        }


def _values(column: pa.Array | pa.ChunkedArray) -> dict[Any, int]:
    return {one["values"]: one["counts"] for one in pc.value_counts(column).to_pylist()}


def _sorted(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items()))


def _damage_by_kind(found: Mapping[tuple[str, bool], int]) -> dict[str, dict[str, int]]:
    """Return damaged places and how many of them were repaired, by kind; kinds that do not occur are left out."""
    counts = {kind: (found.get((kind, False), 0), found.get((kind, True), 0)) for kind in DAMAGE_KINDS}
    return {kind: {"spans": left + read, "repaired": read} for kind, (left, read) in counts.items() if left + read}
