"""The accounts of a run, checked from its published tables by a reading of their own."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Mapping
from typing import Any

from curation.pipeline import Run
from curation.release.assemble import published_tables
from tests.captures import real_run

__all__ = ["Rows", "assert_accounted", "assert_edits", "published", "real_tables", "restored"]

Rows = list[dict[str, Any]]


def published(run: Run) -> dict[str, Rows]:
    """The rows of each published table, all splits together."""
    return {
        name: [row for part in parts.values() for row in part.to_pylist()]
        for name, parts in published_tables(run).items()
    }


@functools.cache
def real_tables() -> dict[str, Rows]:
    """The rows that the real listings are published as; never change them."""
    return published(real_run())


def restored(tables: dict[str, Rows], source_id: str) -> bytes:
    """Put a source together from its segments; every byte comes from exactly one of them."""
    texts = {(row["source_id"], row["position"]): row for row in tables["listings"]}
    parts: list[bytes] = []
    end = 0
    for row in (row for row in tables["segments"] if row["source_id"] == source_id):
        assert row["start"] == end < row["end"], "bytes in no segment, or in two"
        end = row["end"]
        if row["role"] in {"title", "abstract"}:
            assert row["raw"] is None, "a text stands in two tables"
            parts.append(texts[source_id, row["position"]][row["role"]].encode())
        else:
            parts.append(row["raw"])
        assert len(parts[-1]) == row["end"] - row["start"]
    return b"".join(parts)


def assert_accounted(run: Run) -> None:
    """Check that nothing is lost between the sources and the published tables."""
    tables = published(run)
    for listing in run.listings:
        assert restored(tables, listing.source.source_id) == listing.source.content
    _assert_counts(run, tables)
    _assert_occurrences(run, tables)
    assert_edits(tables)


def _assert_counts(run: Run, tables: dict[str, Rows]) -> None:
    rows_in = sum(len(listing.records) + len(listing.rejections) for listing in run.listings)
    gone = Counter(row["stage"] for row in tables["removed"])
    for count in run.counts:
        assert count.rows_in == rows_in, f"{count.stage} took other rows than the stage before kept"
        assert count.rows_in == count.kept + count.merged + count.rejected
        assert count.merged + count.rejected == gone[count.stage]
        rows_in = count.kept
    assert rows_in == len(tables["papers"])


def _assert_occurrences(run: Run, tables: dict[str, Rows]) -> None:
    """Every occurrence is published or removed, never both; a merged one leads to a published paper."""
    records = [(listing.source.source_id, one.position) for listing in run.listings for one in listing.records]
    broken = [(listing.source.source_id, one.position) for listing in run.listings for one in listing.rejections]
    occurrences = records + broken
    taken = [(row["source_id"], row["position"]) for row in run.papers.select(["source_id", "position"]).to_pylist()]
    removed = [(row["source_id"], row["position"]) for row in tables["removed"]]
    assert sorted(taken + removed) == sorted(occurrences)
    assert len(set(occurrences)) == len(occurrences)
    survivors = [(row["source_id"], row["position"]) for row in tables["listings"] if row["is_survivor"]]
    assert sorted(survivors) == sorted(taken)
    papers = {row["paper_id"] for row in tables["papers"]}
    for row in tables["removed"]:
        assert (row["reason"] == "merged") == (row["survivor"] in papers)
    assert sorted((row["source_id"], row["position"]) for row in tables["listings"]) == sorted(records)


def assert_edits(tables: Mapping[str, Rows]) -> None:
    """Taking the edits back, the last one first, gives the captured text; one without edits is the captured one."""
    captured = {row["paper_id"]: row for row in tables["listings"] if row["is_survivor"]}
    edits: dict[tuple[str, str], Rows] = {}
    for row in tables["edits"]:
        edits.setdefault((row["paper_id"], row["field"]), []).append(row)
    for paper in tables["papers"]:
        for field in ("title", "abstract"):
            made = edits.pop((paper["paper_id"], field), [])
            assert [row["step"] for row in made] == list(range(len(made)))
            text = functools.reduce(_taken_back, reversed(made), paper[field])
            assert text == captured[paper["paper_id"]][field]
    assert not edits, "edits of a text that is not published"


def _taken_back(text: str, edit: Mapping[str, Any]) -> str:
    before, after = edit["before"], edit["after"]
    assert after != before
    assert edit["end"] - edit["start"] == len(before)
    grown = len(after) - len(before)
    for number, place in reversed(list(enumerate((edit["start"], *edit["offsets"])))):
        start = place + number * grown  # places are told in the text before the edit
        assert text[start : start + len(after)] == after
        text = text[:start] + before + text[start + len(after) :]
    return text
