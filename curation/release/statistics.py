"""The figures of a release, counted from its published tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from curation.release.agreement import agreement_figures
from curation.schemas.stages import DAMAGE_KINDS, DAMAGE_LEVELS, LABEL_SOURCES

__all__ = ["statistics"]


def statistics(tables: Mapping[str, pa.Table]) -> dict[str, Any]:
    """Count what the manifest states and the card shows.

    Args:
        tables: Whole published tables by name: `papers`, `edits`, `removed`, `annotations`.
    """
    papers, edits, removed = tables["papers"], tables["edits"], tables["removed"]
    topics = papers["primary_topic_name"].to_pylist()
    sources = Counter(papers["label_source"].to_pylist())
    levels = Counter(papers["math_damage"].to_pylist())
    merged = removed.filter(pc.equal(removed["reason"], "merged"))
    return {
        "edits_by_rule": _counted(edits["rule"].to_pylist()),
        "papers_edited": len(set(edits["paper_id"].to_pylist())),
        "merged_by_rule": _counted(merged["rule"].to_pylist()),
        "papers_by_primary_topic": _counted(topic for topic in topics if topic is not None),
        "papers_by_topic": _counted(topic for names in papers["topic_names"].to_pylist() for topic in names),
        "papers_without_label": topics.count(None),
        "papers_by_label_source": {name: sources[name] for name in LABEL_SOURCES},
        "agreement": agreement_figures(tables["annotations"]),
        "possibly_truncated": sum(papers["possibly_truncated"].to_pylist()),
        "papers_by_math_damage": {name: levels[code] for code, name in enumerate(DAMAGE_LEVELS)},
        "math_damage_by_kind": _damage_by_kind(papers["math_damage_spans"].to_pylist()),
        "papers_with_arxiv_id": papers.num_rows - papers["arxiv_id"].null_count,
        "papers_with_categories": _not_empty(papers["categories"]),
        "papers_with_links": _not_empty(papers["urls"]),
        "papers_with_code_links": _not_empty(papers["code_urls"]),
    }


def _damage_by_kind(spans_of_papers: Iterable[Iterable[dict[str, Any]]]) -> dict[str, dict[str, int]]:
    """Count damaged places and how many of them were repaired, by kind; kinds that do not occur are left out."""
    spans = [span for spans in spans_of_papers for span in spans]
    found = Counter(span["kind"] for span in spans)
    repaired = Counter(span["kind"] for span in spans if span["repaired"])
    return {kind: {"spans": found[kind], "repaired": repaired[kind]} for kind in DAMAGE_KINDS if found[kind]}


def _not_empty(lists: pa.ChunkedArray) -> int:
    return sum(map(bool, lists.to_pylist()))


def _counted(values: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(values).items()))
