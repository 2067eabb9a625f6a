"""Record files that are broken: one clear error and nothing half-written, or a row of `removed` for each record."""

from __future__ import annotations

import csv
import gzip
import json
import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curation.errors import SourceError
from curation.streaming.rows import take_batch
from tests.commands import curate, curate_process, tree
from tests.releases import manifest_of
from tests.streaming.record_files import (
    Record,
    all_rows,
    assert_accounted,
    record,
    records,
    removed_rows,
    source_of,
    streamed,
    write,
)

LARGE = 20_000


def refused(folder: Path, *sources: Path) -> str:
    """Build what must be refused; the message, after a look that nothing was left."""
    before = tree(folder)
    ended = curate("build", *sources, "--out", folder / "release", cwd=folder)
    assert ended.code == 2, (ended.out, ended.err)
    assert ended.out == ""
    assert ended.err.startswith("error: ")
    assert "Traceback" not in ended.err
    assert tree(folder) == before, "something was left behind"
    return ended.err


@pytest.fixture(scope="module")
def large() -> list[bytes]:
    """Lines of many records; their texts are short, so that they are made quickly."""
    draw = random.Random(3)
    words = [f"{draw.choice('bdfgklmnprst')}{draw.choice('aeiou')}{number}" for number in range(4_000)]
    lines = []
    for number in range(LARGE):
        text = " ".join(draw.choices(words, k=16))
        one = {"title": f"Paper {number} {words[number % 4_000]}", "abstract": f"We study {text}.", "id": f"24{number}"}
        lines.append(json.dumps(one).encode())
    return lines


def test_one_percent_of_malformed_lines_is_accounted_for_line_by_line(large: list[bytes], tmp_path: Path) -> None:
    draw = random.Random(5)
    places = sorted(draw.sample(range(LARGE), LARGE // 100))
    broken = (b"{cut off", b"[]", b"\xff\xfe", b'{"title": 7, "abstract": "x"}', b'{"title": "No abstract"}')
    lines: list[Record | bytes] = list(large)
    for at, place in enumerate(places):
        lines[place] = broken[at % len(broken)]
    # blank lines are no records, but they are lines
    content = b"\n\n".join([b"\n".join(one for one in lines if isinstance(one, bytes))])
    path = tmp_path / "large.jsonl.gz"
    path.write_bytes(gzip.compress(b"\n\n" + content, compresslevel=1))
    release = streamed([path], out=tmp_path / "release", rows=3_000, processes=2).out
    assert removed_rows(release, "position", "line", "reason") == [(at, at + 3, "rejected") for at in places]
    parse = manifest_of(release)["stages"][0]
    assert (parse["in"], parse["rejected"]) == (LARGE, len(places))
    assert len(all_rows(release, "listings")) == LARGE - len(places)
    assert {(row["title_line"] - row["position"]) for row in all_rows(release, "listings")} == {3}


def test_a_gzip_file_that_breaks_off_late_is_refused(large: list[bytes], tmp_path: Path) -> None:
    """Batches before the end were done by then; with a whole file nothing of them could be used."""
    content = gzip.compress(b"\n".join(large), compresslevel=1)
    path = tmp_path / "cut.jsonl.gz"
    path.write_bytes(content[: len(content) * 9 // 10])
    said = refused(tmp_path, path)
    assert f"{path}: " in said
    assert "gzip" in said
    assert "what to do:" in said


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_a_packed_file_that_breaks_off_is_a_source_error(tmp_path: Path, suffix: str) -> None:
    whole = write(tmp_path / f"cut.jsonl{suffix}", records(300))
    content = whole.read_bytes()
    for share in (0.3, 0.7, 0.99):
        whole.write_bytes(content[: int(len(content) * share)])
        before = tree(tmp_path)
        with pytest.raises(SourceError):
            streamed([whole], out=tmp_path / "release", rows=5)
        assert tree(tmp_path) == before


def test_a_parquet_file_that_breaks_off_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "cut.parquet", records(50))
    path.write_bytes(path.read_bytes()[:-100])
    assert "cut.parquet" in refused(tmp_path, path)


def test_a_parquet_file_with_a_damaged_page_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "bad.parquet", records(400))
    content = bytearray(path.read_bytes())
    at = pq.read_metadata(path).row_group(0).column(1).data_page_offset
    content[at : at + 400] = bytes(400)
    path.write_bytes(content)
    assert "bad.parquet" in refused(tmp_path, path)


def test_a_very_long_line_is_a_removed_row(tmp_path: Path) -> None:
    long = json.dumps(record(7, abstract="word " * 4_200_000)).encode()
    assert len(long) > 20 << 20
    path = write(tmp_path / "long.jsonl", [record(0), long, record(1)])
    release = streamed([path], out=tmp_path / "release", rows=2, processes=2).out
    ((position, line, rule, value),) = removed_rows(release, "position", "line", "rule", "value")
    assert (position, line, rule) == (1, 2, "line: at most 16 MiB")
    assert value.startswith('{"title": ')
    assert len(value) < 1_000
    assert_accounted(release, {source_of(path): 3})


def test_ids_that_are_there_twice_make_one_paper_each(tmp_path: Path) -> None:
    some = [record(at, id=f"2401.{at % 50:05d}{'v2' if at >= 100 else ''}") for at in range(150)]
    path = write(tmp_path / "twice.csv", some)
    release = streamed([path], out=tmp_path / "release", rows=40, processes=2).out
    papers = all_rows(release, "papers")
    assert sorted(row["arxiv_id"] for row in papers) == [f"2401.{at:05d}" for at in range(50)]
    rows = removed_rows(release, "position", "rule")
    assert rows == [(at, "arxiv-id") for at in range(50, 150)]


MISSING = {
    "a.jsonl": (b'{"titel": "A", "abstract": "B"}\n', "lacks 'title'"),
    "a.csv": (b"title,summary\nA,B\n", "'abstract'"),
    "a.jsonl.gz": (gzip.compress(b'{"name": 1}\n' * 5), "'title' and 'abstract'"),
    "array.jsonl": (b'[{"title": "A", "abstract": "B"}]\n', "this is a JSON array"),
    "page.jsonl": (b"<!doctype html><html>", "this is an HTML page"),
    "empty.jsonl": (b"", "the file is empty"),
    "blank.jsonl": (b"\n\n \n", "the file holds no records"),
    "a.parquet": (b"title,abstract\n", "this is no Parquet file"),
}


@pytest.mark.parametrize("name", MISSING)
def test_what_lacks_our_columns_is_refused_before_any_work(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where a good file stands in front of it."""

    def no_work(*_: object) -> None:
        raise AssertionError("a batch was taken")

    monkeypatch.setattr("curation.streaming.run.take_batch", no_work)
    assert take_batch is not no_work
    content, message = MISSING[name]
    good = write(tmp_path / "good.jsonl", records(3))
    (tmp_path / name).write_bytes(content)
    said = refused(tmp_path, good, tmp_path / name)
    assert f"{tmp_path / name}" in said
    assert message in said


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert "there is no such file" in refused(tmp_path, tmp_path / "none.jsonl.gz")


def test_nothing_is_left_where_the_folder_above_was_not_there_either(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(MISSING["a.jsonl"][0])
    before = tree(tmp_path)
    ended = curate("build", path, "--out", tmp_path / "new" / "release", cwd=tmp_path)
    assert ended.code == 2
    assert tree(tmp_path) == before


def test_records_of_which_none_can_be_published_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "short.jsonl", [record(at, abstract="Too short.") for at in range(20)])
    said = refused(tmp_path, path)
    assert "short.jsonl" in said


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.parquet"])
def test_values_that_are_no_texts_are_removed_rows(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name == "a.csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerows([["title", "abstract"], ["", "x"], ["A", ""], ["one"], ["a", "b", "c"]])
            writer.writerow([record(0)["title"], record(0)["abstract"]])
        found = 5
    elif name == "a.parquet":
        rows = [{"title": None, "abstract": "x"}, {"title": "A", "abstract": None}]
        pq.write_table(pa.Table.from_pylist([record(0), *rows]), path)
        found = 3
    else:
        write(path, [record(0), {"title": ["A"], "abstract": "x"}, {"title": "A", "abstract": {"x": 1}}])
        found = 3
    release = streamed([path], out=tmp_path / "release", rows=1).out
    assert_accounted(release, {source_of(path): found})
    assert len(removed_rows(release, "position")) == found - 1
    assert [row["title"] for row in all_rows(release, "papers")] == [record(0)["title"]]


def test_a_command_of_its_own_ends_with_two(tmp_path: Path) -> None:
    content = write(tmp_path / "cut.jsonl.gz", records(2_000)).read_bytes()
    (tmp_path / "cut.jsonl.gz").write_bytes(content[:-2_000])
    ended = curate_process("build", "cut.jsonl.gz", "--out", "release", cwd=tmp_path)
    assert ended.code == 2
    assert ended.err.startswith("error: cut.jsonl.gz: ")
    assert "Traceback" not in ended.err
    assert {path.name for path in tmp_path.iterdir()} <= {"cut.jsonl.gz", "hf"}
