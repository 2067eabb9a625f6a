"""The charts of a release, for its card."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

__all__ = ["CHARTS", "write_charts"]

# Sharp enough on a screen of twice the density, and less than half as large as at scale 2.
_SCALE = 1.3

CHARTS = ("topics", "cooccurrence", "agreement", "benchmark")
"""Names of the charts, each `charts/<name>.png`; one whose data a release lacks is left out."""


def write_charts(
    folder: Path,
    pairs: Mapping[tuple[str, str], int],
    statistics: Mapping[str, Any],
    leaderboard: Mapping[str, Any] | None = None,
) -> None:
    """Draw the charts of a release into its folder `charts`.

    Args:
        folder: The release's folder.
        pairs: How many papers carry both of two topics.
        statistics: The figures of the manifest.
        leaderboard: What the manifest states of the leaderboard; None if there is none.
    """
    drawn = _of_topics(pairs, statistics) if statistics["papers_by_topic"] else {}
    if leaderboard and leaderboard["tasks"]:
        drawn["benchmark"] = (json.dumps(leaderboard["tasks"]),)
    if not drawn:
        return
    place = folder / "charts"
    place.mkdir()
    for name, data in drawn.items():
        (place / f"{name}.png").write_bytes(_png(name, data))


def _of_topics(pairs: Mapping[tuple[str, str], int], statistics: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    """Return what is drawn of the topics, by name of the chart."""
    primary, anywhere = statistics["papers_by_primary_topic"], statistics["papers_by_topic"]
    drawn: dict[str, tuple[Any, ...]] = {
        "topics": tuple((topic, primary.get(topic, 0), count) for topic, count in sorted(anywhere.items()))
    }
    if pairs:
        drawn["cooccurrence"] = tuple(sorted(pairs.items()))
    if (agreement := statistics["agreement"]) is not None:
        drawn["agreement"] = tuple(map(_row, agreement["topics"]))
    return drawn


# a second build of the same papers in one process draws the same pictures
@lru_cache(maxsize=16)
def _png(name: str, data: tuple[Any, ...]) -> bytes:
    # altair takes longer to load than a build's other libraries, and `validate` does without it
    from altair.utils.schemapi import debug_mode

    # to hold every part of a chart against Vega-Lite's schema as it is made takes as long as all else
    with debug_mode(False):
        return _drawn(name, data)


def _drawn(name: str, data: tuple[Any, ...]) -> bytes:
    from curation import charts

    if name == "topics":
        return charts.png(charts.topics_by_count({topic: (first, count) for topic, first, count in data}), scale=_SCALE)
    if name == "cooccurrence":
        return charts.png(charts.topic_cooccurrence(dict(data)), scale=_SCALE)
    if name == "agreement":
        return charts.png(charts.agreement(data), scale=_SCALE)
    from curation.benchmark.chart import board_of_tasks, leaderboard_chart

    return charts.png(leaderboard_chart(board_of_tasks(json.loads(data[0]))), scale=_SCALE)


def _row(one: Mapping[str, Any]) -> tuple[str, float | None, float | None, float | None, int]:
    kappa = one["kappa"]
    return one["topic"], kappa["value"], kappa["low"], kappa["high"], one["papers"]
