"""CSV: headers, quoted line breaks, and faults that cost one line each."""

from __future__ import annotations

import csv
import time
import tracemalloc
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.errors import SourceError
from curation.sources.csv_split import Broken, split_records
from curation.sources.records import read_chunks
from tests.sources.reading import opened, outcome, packed, rules

HEADER = b"id,title,abstract,categories\n"
GOOD = b"2401.00001,On Walks,We walk.,cs.LG stat.ML\n"


def test_rows_with_quoted_line_breaks(tmp_path: Path) -> None:
    content = b'\xef\xbb\xbfid,title,abstract\r\n\r\n1,"a ""b""","one,\r\ntwo"\r\n2401.00001v1,c,\xc3\xa9\r\n'
    source = opened(tmp_path / "a.csv", content)
    records, removed = outcome(source)
    assert removed.num_rows == 0
    rows = records.select(["position", "title", "abstract", "title_line", "abstract_line", "arxiv_id"]).to_pylist()
    assert [tuple(row.values()) for row in rows] == [
        (0, 'a "b"', "one,\r\ntwo", 3, 3, None),
        (1, "c", "é", 5, 5, "2401.00001"),
    ]


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        (b"1,On Walks,We walk.\n", "csv: cells as in the header"),
        (b"1,On Walks,We walk, and walk.,\n", "csv: cells as in the header"),
        (b'1,"On" Walks,We walk.,\n', "csv: quotation marks"),
        (b'1,"On Walks,We walk.,\n', "csv: quotation marks"),
        (b"1,On Walks,We\rwalk.,\n", "csv: quotation marks"),
        (b"1,,We walk.,\n", "title: text"),
        (b"1,On Walks, \t,\n", "abstract: text"),
        (b"1,On\0Walks,We walk.,\n", "title: no NUL"),
        (b"1,On Walks,We \xffwalk.,\n", "encoding: utf-8"),
    ],
)
def test_a_malformed_row_is_one_removed_row(tmp_path: Path, line: bytes, rule: str) -> None:
    source = opened(tmp_path / "a.csv", HEADER + GOOD + b"\n" + line + GOOD + b'2401.00002,"x","y",\n')
    assert [row[:3] for row in rules(source)] == [(1, 4, rule)]
    records, _ = outcome(source)
    assert records["position"].to_pylist() == [0, 2, 3]
    assert records["title_line"].to_pylist() == [2, 5, 6]


def test_a_mark_that_is_never_closed_costs_its_line(tmp_path: Path) -> None:
    rest = (b"1," + b"x" * 10_000 + b",b,\n") * 2_000  # more than a record may have
    source = opened(tmp_path / "a.csv", HEADER + GOOD + b'1,"On Walks,We walk.,\n' + rest + b'2,"a,b,\n' + GOOD)
    limit = csv.field_size_limit()
    lines = 0
    for chunk in read_chunks(source, 10**9):
        lines += len(chunk.payload[2])
    assert lines == 2_004
    assert [row[:3] for row in rules(source, rows=(100_000,))] == [
        (1, 3, "csv: quotation marks"),
        (2_002, 2_004, "csv: quotation marks"),
    ]
    assert csv.field_size_limit() == limit


def test_a_line_and_a_cell_that_are_too_long(tmp_path: Path) -> None:
    long = b"x" * (17 << 20)
    content = HEADER + GOOD + b"1,a," + long + b",\n" + GOOD + b'1,"a\n' + long + b'",b,\n' + GOOD
    source = opened(tmp_path / "a.csv.gz", packed(content, "gzip"))
    tracemalloc.start()
    try:
        found = rules(source, rows=(2, 100))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 64 << 20
    assert [row[:3] for row in found] == [
        (1, 3, "line: at most 16 MiB"),
        (3, 5, "csv: quotation marks"),
        (4, 6, "line: at most 16 MiB"),
    ]


def test_a_cell_longer_than_the_csv_module_takes_by_itself(tmp_path: Path) -> None:
    text = "x" * 1_000_000
    records, _ = outcome(opened(tmp_path / "a.csv", HEADER + f'1,a,"{text}",\n'.encode()))
    assert records["abstract"].to_pylist() == [text]


@pytest.mark.parametrize("line", [b'x",",', b'"""', b'a,"b', b'x"",""",'])
def test_splitting_takes_time_in_proportion_to_the_file(line: bytes) -> None:
    # were each line read again up to the limit, this would take hours
    begun = time.process_time()
    assert sum(1 for _ in split_records(line for _ in range(100_000))) >= 50_000
    assert time.process_time() - begun < 20


def _by_the_module(lines: list[str]) -> list[tuple[int, list[str] | None]]:
    """What the rule says, told by the csv module alone: cells, or None for a line that begins no record."""
    found: list[tuple[int, list[str] | None]] = []
    at = 0
    while at < len(lines):
        taken = 0

        def rest(start: int = at) -> list[str]:
            return [line + "\n" for line in lines[start:]]

        reader = csv.reader(iter(rest()), strict=True)
        try:
            cells: list[str] | None = next(reader)
            taken = reader.line_num
        except csv.Error:
            cells, taken = None, 1
        if lines[at].strip():
            found.append((at + 1, cells))
        else:
            taken = 1
        at += taken
    return found


def _by_splitting(lines: list[str]) -> list[tuple[int, list[str] | None]]:
    found: list[tuple[int, list[str] | None]] = []
    for number, record in split_records(line.encode() for line in lines):
        if isinstance(record, Broken):
            found.append((number, None))
        else:
            (cells,) = csv.reader((record.decode(),), strict=True)
            found.append((number, cells))
    return found


@given(st.text('a",\r\n ', max_size=40))
def test_records_are_split_as_the_csv_module_does(text: str) -> None:
    lines = text.split("\n")
    assert _by_splitting(lines) == _by_the_module(lines)


def test_short_files_are_split_as_the_csv_module_does() -> None:
    for length in range(7):
        for letters in product('a",\n', repeat=length):
            lines = "".join(letters).split("\n")
            assert _by_splitting(lines) == _by_the_module(lines)


@pytest.mark.parametrize(
    ("content", "told", "hint"),
    [
        (b"id,Title,abstract\n1,a,b\n", "the column 'title' is missing", 'columns = { title = "Title" }'),
        (b"title,sumary\na,b\n", "the column 'abstract' is missing", "did you mean 'sumary'?"),
        (
            b"name,summary\na,b\n",
            "the columns 'title' and 'abstract' are missing",
            'columns = { title = "name", abstract = "summary" }',
        ),
        (b"title;abstract\na;b\n", "the columns 'title' and 'abstract' are missing", "commas"),
        (b"title,abstract,title\na,b,c\n", "the column 'title' is there twice", "rename"),
        (b"title,abstract\n", "the file holds no records", "path"),
        (b"\n \n", "the file holds no records", "path"),
        (b'"title,abstract\na,b\n', "the first line is no CSV", "CSV library"),
        (b"title,abstract,\xff\na,b,c\n", "the header is not UTF-8", "iconv"),
    ],
)
def test_a_file_without_our_columns_is_refused(tmp_path: Path, content: bytes, told: str, hint: str) -> None:
    with pytest.raises(SourceError) as caught:
        opened(tmp_path / "a.csv", content)
    assert told in caught.value.what
    assert hint in (caught.value.hint or "")
    assert str(tmp_path / "a.csv") in str(caught.value)


def test_columns_by_other_names(tmp_path: Path) -> None:
    content = b"title,Name,summary,paper,tags\nx,a,b,2403.03900,cs.LG\n"
    names: dict[str, Any] = {"title": "Name", "abstract": "summary", "arxiv_id": "paper", "categories": "tags"}
    records, _ = outcome(opened(tmp_path / "a.csv", content, **names))
    (row,) = records.select(["title", "abstract", "arxiv_id", "categories"]).to_pylist()
    assert row == {"title": "a", "abstract": "b", "arxiv_id": "2403.03900", "categories": ["cs.LG"]}
    with pytest.raises(SourceError, match="did you mean 'title'") as caught:
        opened(tmp_path / "a.csv", **names | {"title": "Titel"})
    assert 'columns = { title = "title" }' in (caught.value.hint or "")
    with pytest.raises(SourceError, match="the column 'nr' is missing"):
        opened(tmp_path / "a.csv", **names | {"arxiv_id": "nr"})
