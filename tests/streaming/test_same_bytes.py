"""The same sources and recipe give the same release, whatever the order, the batches and the processes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from curation.release.build import build
from tests.captures import CAPTURES, DATA
from tests.sample_page import page_text
from tests.streaming.record_files import (
    Record,
    all_rows,
    assert_accounted,
    hashes,
    near,
    record,
    records,
    source_of,
    streamed,
    write,
)

WRAPPED = "\n  ".join(record(900)["abstract"].split(" "))


def mixed_lines() -> list[Record | bytes]:
    """Records with everything that passes between batches: duplicates, broken lines, LaTeX, edits, one title twice."""
    some = records(9)
    return [
        some[0],
        b"{broken",
        *some[1:5],
        record(900, abstract=f"  {WRAPPED}\n"),
        record(901, abstract=f"In time $O(n^2)$ with $\\alpha$ we {record(901)['abstract'].lower()}"),
        {"title": "No abstract"},
        near(some[1], 3, 50),
        *some[5:],
        record(51, title=some[2]["title"]),
    ]


@dataclass(frozen=True)
class Sources:
    """Three record files of three formats and a captured page, with duplicates within and across them."""

    paths: tuple[Path, ...]
    found: dict[str, int]


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Sources:
    folder = tmp_path_factory.mktemp("sources")
    lines = write(folder / "a.jsonl.gz", mixed_lines())
    table = write(folder / "b.parquet", [*records(8, 20), record(1), near(record(4), 5, 52)])
    sheet = write(folder / "c.csv", [*records(7, 30), near(record(21), 2, 53), record(54, id=record(22)["id"])])
    page = folder / "page.txt"
    page.write_text(page_text(), encoding="utf-8")
    found = {source_of(lines): len(mixed_lines()), source_of(table): 10, source_of(sheet): 9, source_of(page): 6}
    return Sources((lines, table, sheet, page), found)


@pytest.fixture(scope="module")
def expected(sources: Sources, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The release of all four, in one process and one batch for each."""
    return streamed(sources.paths, out=tmp_path_factory.mktemp("expected") / "release").out


def test_every_kind_of_row_is_in_the_release(sources: Sources, expected: Path) -> None:
    assert_accounted(expected, sources.found)
    rules = {row["rule"] for row in all_rows(expected, "removed")}
    assert {"exact", "near", "arxiv-id", "json: object", "abstract: text"} <= rules
    assert {"unwrap", "latex-math"} & {row["rule"] for row in all_rows(expected, "edits")}


@pytest.mark.parametrize(
    ("rows", "processes", "order"), [(1, 2, "2031"), (7, 1, "3210"), (7, 2, "1302"), (5_000, 2, "0213")]
)
def test_no_order_batch_or_number_of_processes_changes_a_file(  # noqa: PLR0917
    sources: Sources, expected: Path, tmp_path: Path, rows: int, processes: int, order: str
) -> None:
    paths = [sources.paths[int(at)] for at in order]
    result = streamed(paths, out=tmp_path / "other", rows=rows, processes=processes)
    assert hashes(result.out) == hashes(expected)


def test_one_batch_for_each_record_in_one_process(sources: Sources, tmp_path: Path) -> None:
    one = streamed(sources.paths[:1], out=tmp_path / "one", rows=1)
    assert hashes(one.out) == hashes(streamed(sources.paths[:1], out=tmp_path / "other").out)


def test_a_second_build_in_the_same_place_changes_nothing(sources: Sources, expected: Path, tmp_path: Path) -> None:
    first = streamed(sources.paths, out=tmp_path / "release", processes=2)
    before = {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in first.out.rglob("*")}
    second = streamed(sources.paths[::-1], out=tmp_path / "release", rows=11)
    assert (first.changed, second.changed) == (True, False)
    assert {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in first.out.rglob("*")} == before
    assert hashes(first.out) == hashes(expected)
    assert {path.name for path in tmp_path.iterdir()} == {"release", str(first.out.readlink())}


def test_a_file_of_more_rows_than_a_range_of_ids_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables are gathered in ranges of ids; how many there are shows nowhere."""
    path = write(tmp_path / "a.jsonl", records(40))
    whole = streamed([path], out=tmp_path / "whole")
    monkeypatch.setattr("curation.streaming.run._RANGE_ROWS", 3)
    assert hashes(streamed([path], out=tmp_path / "ranges", rows=9).out) == hashes(whole.out)


@pytest.mark.parametrize(("rows", "processes"), [(5_000, 2), (100, 1)])
def test_the_streamed_release_of_the_listings_is_the_published_one(
    release: Path, tmp_path: Path, rows: int, processes: int
) -> None:
    result = streamed(
        recipe=DATA / "recipe.toml", out=tmp_path / "streamed", rows=rows, processes=processes, labels=None
    )
    assert hashes(result.out) == hashes(release)


def test_listings_without_topics_and_splits_come_out_the_same_streamed(tmp_path: Path) -> None:
    """A first assignment is drawn: no splits are given."""
    paths = [capture.path for capture in CAPTURES]
    whole = build(paths, out=tmp_path / "whole", labels=False)  # no number of processes: in memory
    assert hashes(streamed(paths[::-1], out=tmp_path / "streamed").out) == hashes(whole.out)
