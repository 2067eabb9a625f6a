"""Tasks made from a file of arXiv metadata: the folder, bad input, and what the real sample gives."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.benchmark.data import PairData, RetrievalData
from curation.benchmark.scale import is_task_folder, make_tasks, read_task_folder
from curation.benchmark.task import tasks
from curation.errors import InputFileError
from tests.benchmark.test_scale_records import about, content, record_lines, write
from tests.captures import SHARED
from tests.profiles import examples

NAMES = {"near-duplicate", "math-repair"}


# --- what is made


def test_the_data_are_those_that_are_read_back(source: Path, tmp_path: Path) -> None:
    made = make_tasks(source, tmp_path / "out", pairs=80, queries=40)
    assert made.keys() == NAMES
    assert read_task_folder(tmp_path / "out") == made
    assert is_task_folder(tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_the_folder_says_where_its_data_come_from(folder: Path, source: Path) -> None:
    told = about(folder)
    assert told["source"]["file"] == source.name
    assert told["records"] == {"read": 60, "usable": 60, "left_out": {}}
    assert told["tasks"]["near-duplicate"]["version"] == tasks()["near-duplicate"].version
    assert set(pq.read_table(folder / "near-duplicate" / "pairs.parquet").column_names) == {
        "pair_id", "paper_id", "sentence1", "sentence2", "label", "similarity"
    }  # fmt: skip


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(folder: Path, source: Path, tmp_path: Path) -> None:
    make_tasks(source, tmp_path / "again", pairs=80, queries=40)
    make_tasks(source, tmp_path / "other", pairs=80, queries=40, seed=1)
    assert content(tmp_path / "again") == content(folder)
    files = [path for path in content(folder) if path.endswith(".parquet")]
    assert all(content(tmp_path / "other")[path] != content(folder)[path] for path in files)


@examples(8)
@given(st.randoms(use_true_random=False), st.booleans())
def test_the_order_of_the_lines_does_not_matter(
    tmp_path_factory: pytest.TempPathFactory, folder: Path, random: Any, packed: bool
) -> None:
    here = tmp_path_factory.mktemp("order")
    lines = record_lines(60)
    random.shuffle(lines)
    other = write(here / "records.jsonl", lines)
    if packed:
        other.write_bytes(gzip.compress(other.read_bytes()))
    make_tasks(other, here / "out", pairs=80, queries=40)
    first, second = content(folder), content(here / "out")
    first.pop("tasks.json")
    second.pop("tasks.json")
    assert first == second
    mine, theirs = about(folder), about(here / "out")
    assert {**mine, "source": None} == {**theirs, "source": None}


def test_of_records_with_one_id_the_same_is_taken_in_any_order(tmp_path: Path) -> None:
    lines = record_lines(40)
    twice = json.dumps({**json.loads(lines[0]), "abstract": json.loads(lines[1])["abstract"]})
    made = []
    for number, ordered in enumerate(([*lines, twice], [twice, *lines])):
        made.append(make_tasks(write(tmp_path / f"{number}.jsonl", ordered), tmp_path / str(number), pairs=40))
    assert made[0] == made[1]
    for name in ("0", "1"):
        assert about(tmp_path / name)["tasks"]["near-duplicate"]["further_with_the_same_id"] == 1


def test_a_smaller_number_takes_fewer_records(source: Path, tmp_path: Path) -> None:
    made = make_tasks(source, tmp_path / "out", pairs=20, queries=5)
    assert len(made["near-duplicate"].ids) == 20  # type: ignore[union-attr]
    assert len(made["math-repair"].queries) == 5  # type: ignore[union-attr]
    assert about(tmp_path / "out")["tasks"]["near-duplicate"]["records"] == 20


def test_without_math_there_is_the_other_task_alone(tmp_path: Path) -> None:
    source = write(tmp_path / "records.jsonl", [line.replace("$", "") for line in record_lines(30)])
    assert make_tasks(source, tmp_path / "out", pairs=30).keys() == {"near-duplicate"}
    assert read_task_folder(tmp_path / "out").keys() == {"near-duplicate"}


def test_a_task_can_be_left_out(source: Path, tmp_path: Path) -> None:
    assert make_tasks(source, tmp_path / "pairs", pairs=20, queries=0).keys() == {"near-duplicate"}
    assert make_tasks(source, tmp_path / "queries", pairs=0, queries=5).keys() == {"math-repair"}
    with pytest.raises(ValueError, match="0 pairs and 0 queries"):
        make_tasks(source, tmp_path / "none", pairs=0, queries=0)
    with pytest.raises(ValueError, match="-1 pairs"):
        make_tasks(source, tmp_path / "none", pairs=-1)


def test_progress_is_told(source: Path, tmp_path: Path) -> None:
    told: list[tuple[str, int]] = []
    make_tasks(source, tmp_path / "out", pairs=20, queries=5, progress=lambda *step: told.append(step))
    assert ("pairs", 20) in told
    assert ("queries", 5) in told


# --- bad input


def test_lines_that_are_no_records_are_counted_and_left_out(tmp_path: Path) -> None:
    good = record_lines(30)
    text, id_ = "a word " * 50, "2101.99999"
    bad = [
        '{"id": "2101.1", "abstract": ',
        "[1, 2]",
        "null",
        json.dumps({"abstract": text, "categories": "cs.LG"}),
        json.dumps({"id": id_, "categories": "cs.LG"}),
        json.dumps({"id": 2101.9, "abstract": text, "categories": "cs.LG"}),
        json.dumps({"id": id_, "abstract": " ", "categories": "cs.LG"}),
        json.dumps({"id": id_, "abstract": text, "categories": []}),
        json.dumps({"id": id_, "abstract": text + "\ud800", "categories": "cs.LG"}),
        '{"id": ' + "9" * 5000 + "}",
        "[" * 100_000,
    ]
    source = tmp_path / "records.jsonl"
    source.write_bytes("\n".join([*bad, "", *good]).encode() + b'\n{"id": "\xff"}\n')
    mixed = make_tasks(source, tmp_path / "mixed", pairs=30, queries=10)
    assert mixed == make_tasks(write(tmp_path / "good.jsonl", good), tmp_path / "good", pairs=30, queries=10)
    assert about(tmp_path / "mixed")["records"] == {
        "read": 42,
        "usable": 30,
        "left_out": {
            "abstract empty": 1,
            "abstract with half of a surrogate pair": 1,
            "categories empty": 1,
            "id not text": 1,
            "no abstract": 1,
            "no id": 1,
            "no object": 2,
            "not JSON": 3,
            "not UTF-8": 1,
        },
    }


def test_a_line_that_is_too_long_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("curation.benchmark.scale.records._LONGEST", 5000)
    lines = record_lines(30)
    source = write(tmp_path / "records.jsonl", ["x" * 5000, lines[0], "x" * 12_345, *lines[1:]])
    make_tasks(source, tmp_path / "out", pairs=20, queries=5)
    assert about(tmp_path / "out")["records"] == {
        "read": 32, "usable": 30, "left_out": {"longer than 5,000 bytes": 2}
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given_", "line", "told"),
    [
        (b"", 1, "the file is empty"),
        (b"\n \n", 1, "the file is empty"),
        (gzip.compress(b"", mtime=0), 1, "the file is empty"),
        (b"id,abstract\n1,text\n", 1, "no line of the file is a record; this one: not JSON"),
        (b'\n{"title": "x"}\n', 2, "this one: no id"),
        (gzip.compress("\n".join(record_lines(50)).encode(), mtime=0)[:-200], None, "no whole gzip file"),
        (b'{"id": "1", "abstract": "too short", "categories": "cs.LG"}\n', None, "gives no task"),
    ],
)
def test_a_wrong_file_is_a_clear_error_and_nothing_is_written(
    tmp_path: Path, given_: bytes, line: int | None, told: str
) -> None:
    source = tmp_path / "records"
    source.write_bytes(given_)
    with pytest.raises(InputFileError, match=told) as error:
        make_tasks(source, tmp_path / "out")
    assert error.value.where is not None
    assert error.value.where.file == source
    assert line is None or error.value.where.line == line
    assert [path.name for path in tmp_path.iterdir()] == ["records"]


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputFileError, match="cannot be read"):
        make_tasks(tmp_path / "none.jsonl", tmp_path / "out")
    with pytest.raises(InputFileError, match="cannot be read"):
        make_tasks(tmp_path, tmp_path / "out")


# --- real records


@pytest.mark.shared
def test_the_real_sample_gives_both_tasks_at_their_full_size(tmp_path: Path) -> None:
    sample = SHARED / "arxiv" / "arxiv-metadata-sample.jsonl.gz"
    if not sample.is_file():
        pytest.skip(f"the maintainers' sample is not here: ../shared/arxiv/{sample.name}")
    made = make_tasks(sample, tmp_path / "out")
    assert read_task_folder(tmp_path / "out") == made
    assert about(tmp_path / "out")["records"] == {"read": 29_743, "usable": 29_743, "left_out": {}}
    pairs, repair = made["near-duplicate"], made["math-repair"]
    assert isinstance(pairs, PairData)
    assert isinstance(repair, RetrievalData)
    assert (len(pairs), sum(pairs.labels)) == (2000, 1000)
    by_tenth = Counter(int(one * 10) for one in pairs.similarities)
    assert by_tenth[0] > 100  # different abstracts
    assert all(by_tenth[tenth] >= 100 for tenth in range(3, 11))
    near = [label for label, one in zip(pairs.labels, pairs.similarities, strict=True) if 0.65 <= one < 0.85]
    assert 0.4 < sum(near) / len(near) < 0.65
    assert len(repair.queries) == 1000
    assert len(repair.corpus) > 5000
