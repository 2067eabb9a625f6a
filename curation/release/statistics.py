"""The figures of a release, counted from its published tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["statistics"]


def statistics(tables: Mapping[str, pa.Table]) -> dict[str, Any]:
    """Count what the manifest states and the card shows.

    Args:
        tables: Whole published tables by name: `papers`, `edits`, `removed`.
    """
    papers, edits, removed = tables["papers"], tables["edits"], tables["removed"]
    topics = papers["primary_topic_name"].to_pylist()
    merged = removed.filter(pc.equal(removed["reason"], "merged"))
    return {
        "edits_by_rule": _counted(edits["rule"].to_pylist()),
        "papers_edited": len(set(edits["paper_id"].to_pylist())),
        "merged_by_rule": _counted(merged["rule"].to_pylist()),
        "papers_by_primary_topic": _counted(topic for topic in topics if topic is not None),
        "papers_without_label": topics.count(None),
        "possibly_truncated": sum(papers["possibly_truncated"].to_pylist()),
    }


def _counted(values: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(values).items()))
