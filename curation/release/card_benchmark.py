"""What the card says of the benchmark: its tasks, and what models reached."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from curation.benchmark.chart import SCORE_NAMES, board_of_tasks
from curation.benchmark.read import LEAST_TEST, LEAST_TRAIN
from curation.benchmark.tables import MOST_PAPERS
from curation.benchmark.task import tasks
from curation.recipe import Recipe

__all__ = ["BASELINES", "benchmark_facts", "counted", "scored_here"]

# The light baselines.
BASELINES = {
    "random": "vectors drawn by the hash of a text, which is chance",
    "majority": "the same vector for every text",
    "words": "which words a text has",
    "tfidf": "words weighted by TF-IDF",
    "chars": "runs of 3 to 5 characters, weighted by TF-IDF",
    "lsa": "TF-IDF reduced to 100 dimensions",
    "bm25": "Okapi BM25, which ranks documents and gives no vectors",
}


def scored_here(one: Mapping[str, Any], entries: Mapping[str, Mapping[str, Any]]) -> bool:
    """Return whether a task of a leaderboard was scored on the data that a manifest states, in this version.

    Args:
        one: The task in the leaderboard.
        entries: What the manifest says of the tasks.
    """
    entry = entries.get(one["task"])
    return entry is not None and all(entry[key] == one[key] for key in ("version", "data_sha256"))


def _tasks(manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of the card's table of tasks."""
    return [
        {
            "name": name,
            "title": tasks()[name].title + (" (nearly solved, a check)" if tasks()[name].sanity else ""),
            "score": SCORE_NAMES[entry["main_score"]],
            "texts": ", ".join(_texts(entry["sizes"])),
            "units": entry["sizes"]["units"],
        }
        for name, entry in manifest.get("benchmark", {}).items()
    ]


def _texts(sizes: Mapping[str, int]) -> Iterator[str]:
    for one, kind in (("query", "queries"), ("document", "documents"), ("topic", "labels")):
        if kind in sizes:
            yield counted(sizes[kind], one, "topics" if kind == "labels" else kind)
    for split in ("train", "test"):
        if sizes.get(split):
            yield f"{counted(sizes[split], 'paper')} of `{split}`"


def counted(number: int, one: str, several: str = "") -> str:
    """Spell a number of things, in the plural unless it is one."""
    return f"{number:,} {one if number == 1 else several or one + 's'}"


def _scores(manifest: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the card's table of scores; None without a leaderboard of tasks of this release."""
    entries = manifest.get("benchmark", {})
    stated = manifest.get("leaderboard") or {"tasks": []}
    shown = [one for one in stated["tasks"] if scored_here(one, entries)]
    if not shown:
        return None
    models = board_of_tasks(shown).models
    rows = [{row["model"]: row for row in one["rows"]} for one in shown]
    return {
        "tasks": [one["task"] for one in shown],
        "models": [{"model": model, "cells": [_cell(row.get(model)) for row in rows]} for model in models],
        "gaps": any(len(row) < len(models) for row in rows),
        "baselines": [f"`{model}`: {what}" for model, what in BASELINES.items() if model in models],
    }


def _cell(row: Mapping[str, Any] | None) -> str:
    if row is None:
        return "n/a"
    # `z`: no minus before a zero; the interval stays in one line
    interval = f"{row['low']:z.2f} to {row['high']:z.2f}".replace(" ", "\u00a0")
    return f"{row['score']:z.3f} ({row['rank']})<br>{interval}".replace("-", "\u2212")


def benchmark_facts(manifest: Mapping[str, Any], recipe: Recipe) -> dict[str, Any]:
    """Return what the section on the benchmark shows."""
    entries = manifest.get("benchmark", {})
    papers = sum(part["rows"] for part in manifest["tables"]["papers"].values())
    stated, scores = manifest.get("leaderboard"), _scores(manifest)
    scored = scores["tasks"] if scores else []
    units = [entry["sizes"]["units"] for entry in entries.values()] or [0]
    return {
        "tasks": _tasks(manifest),
        "fewest_units": min(units),
        "most_units": max(units),
        "drawn": papers > MOST_PAPERS,
        "least_train": LEAST_TRAIN,
        "least_test": LEAST_TEST,
        "left_out": entries.get("topic-primary", {}).get("left_out", {}),
        "release": f"{recipe.dataset.repository or 'owner/name'}@{manifest['version']}",
        "leaderboard": stated,
        "scores": scores,
        "not_scored": [name for name in entries if name not in scored],
    }
