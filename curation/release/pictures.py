"""The charts of a release, for its card."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from itertools import combinations
from pathlib import Path
from typing import Any

import pyarrow as pa

__all__ = ["CHARTS", "write_charts"]

# Sharp enough on a screen of twice the density, and less than half as large as at scale 2.
_SCALE = 1.3

CHARTS = ("topics", "cooccurrence", "agreement")
"""Names of the charts, each `charts/<name>.png`; one whose data a release lacks is left out."""


def write_charts(folder: Path, papers: pa.Table, statistics: Mapping[str, Any]) -> None:
    """Draw the charts of a release into its folder `charts`.

    Args:
        folder: The release's folder.
        papers: The whole table `papers`.
        statistics: The figures of the manifest.
    """
    if not statistics["papers_by_topic"]:
        return
    primary, anywhere = statistics["papers_by_primary_topic"], statistics["papers_by_topic"]
    pairs = Counter(pair for names in papers["topic_names"].to_pylist() for pair in combinations(sorted(names), 2))
    drawn: dict[str, tuple[Any, ...]] = {
        "topics": tuple((topic, primary.get(topic, 0), count) for topic, count in sorted(anywhere.items()))
    }
    if pairs:
        drawn["cooccurrence"] = tuple(sorted(pairs.items()))
    if (agreement := statistics["agreement"]) is not None:
        drawn["agreement"] = tuple(map(_row, agreement["topics"]))
    place = folder / "charts"
    place.mkdir()
    for name, data in drawn.items():
        (place / f"{name}.png").write_bytes(_png(name, data))


# a second build of the same papers in one process draws the same pictures
@lru_cache(maxsize=16)
def _png(name: str, data: tuple[Any, ...]) -> bytes:
    # altair takes longer to load than a build's other libraries, and `validate` does without it
    from curation import charts

    if name == "topics":
        return charts.png(charts.topics_by_count({topic: (first, count) for topic, first, count in data}), scale=_SCALE)
    if name == "cooccurrence":
        return charts.png(charts.topic_cooccurrence(dict(data)), scale=_SCALE)
    return charts.png(charts.agreement(data), scale=_SCALE)


def _row(one: Mapping[str, Any]) -> tuple[str, float | None, float | None, float | None, int]:
    kappa = one["kappa"]
    return one["topic"], kappa["value"], kappa["low"], kappa["high"], one["papers"]
