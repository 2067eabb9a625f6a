"""`curate label`: where rows and report go, and what is said of a file that cannot be labelled."""

from __future__ import annotations

import gzip
import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curation.label.labeler import load_labeler
from curation.label.readable import REASONS
from curation.schemas.taxonomy import TOPIC_IDS
from tests.commands import ROOT, Argument, clean_environment, curate, shown_on, tree

ABSTRACT = (
    "We propose a sampler for denoising diffusion models. It is based on the score function, and we show that images "
    "can be generated with fewer steps than in score-based models of the same size."
)
GOOD = f"title,abstract\nDiffusion models,{ABSTRACT.replace(',', ' ')}\n"
LINE = json.dumps({"title": "Diffusion models", "abstract": ABSTRACT})
VERSION = load_labeler().version
LEAST = load_labeler().calibration.least_confidence


def refused(*arguments: Argument, cwd: Path) -> str:
    """Label what must be refused, and return the message; nothing may be written."""
    before = tree(cwd)
    ended = curate("label", *arguments, cwd=cwd)
    assert (ended.code, ended.out) == (2, ""), ended.err
    assert ended.err.startswith("error: ")
    assert "Traceback" not in ended.err
    assert "internal" not in ended.err
    assert tree(cwd) == before, "something was left behind"
    return ended.err


def test_rows_go_to_standard_output_and_the_report_to_standard_error(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"{GOOD},\n\nx,short\n,\n", encoding="utf-8")
    ended = curate("label", "a.csv", cwd=tmp_path)
    assert ended.code == 0
    header, first, *rest = ended.out.splitlines()
    assert header == "title,abstract,primary_topic,topics,topic_scores,label_source"
    assert first.startswith(GOOD.splitlines()[1] + ",diffusion-models,diffusion-models")
    assert first.endswith(",model")
    assert rest == [",,,,,abstained", "x,short,,,,abstained", ",,,,,abstained"]
    assert ended.err.splitlines() == [
        "4 rows: 1 labelled, 3 abstained (no title 2, abstract too short 1)",
        "no title: lines 3, 6",
        "abstract too short: line 5",
        "1 blank line left out",
        f"labeler {VERSION}, threshold {LEAST:.3g}",
    ]


def test_with_out_the_report_goes_to_standard_output(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(f"{LINE}\n" + '{"title": "x"}\n' * 8, encoding="utf-8")
    (tmp_path / "b.jsonl").write_text("an older file", encoding="utf-8")
    ended = curate("label", "a.jsonl", "--out", "b.jsonl", "--threshold", "0.5", cwd=tmp_path)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines() == [
        "9 rows: 1 labelled, 8 abstained (no abstract 8)",
        "no abstract: lines 2, 3, 4, 5, 6 and 3 more",
        f"labeler {VERSION}, threshold 0.5",
        "b.jsonl: written",
    ]
    first = json.loads((tmp_path / "b.jsonl").read_text(encoding="utf-8").splitlines()[0])
    assert (first["primary_topic"], first["label_source"]) == ("diffusion-models", "model")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.jsonl", "b.jsonl"]


def test_the_report_as_json_says_the_same(tmp_path: Path) -> None:
    rows = [("Diffusion models", ABSTRACT)] * 2 + [("x", None)] * 120 + [(None, "y")]
    table = pa.table({"title": [title for title, _ in rows], "abstract": [abstract for _, abstract in rows]})
    pq.write_table(table, tmp_path / "a.parquet")
    ended = curate("label", "a.parquet", "--out", "b.PARQUET", "--format", "json", cwd=tmp_path)
    assert (ended.code, ended.err) == (0, "")
    assert json.loads(ended.out) == {
        "rows": 123,
        "labelled": 2,
        "abstained": dict.fromkeys(REASONS, 0) | {"no title": 1, "no abstract": 120},
        "by_primary_topic": dict.fromkeys(TOPIC_IDS, 0) | {"diffusion-models": 2},
        "unreadable": [{"row": row, "reason": "no abstract"} for row in range(3, 103)],
        "blank_lines": 0,
        "labeler_version": VERSION,
        "threshold": LEAST,
    }
    assert pq.read_table(tmp_path / "b.PARQUET").num_rows == 123
    (tmp_path / "c.jsonl").write_text(LINE, encoding="utf-8")
    ended = curate("label", "c.jsonl", "--format", "json", cwd=tmp_path)
    assert json.loads(ended.err)["labelled"] == 1
    assert json.loads(ended.out)["label_source"] == "model"


def gz(text: str) -> bytes:
    return gzip.compress(text.encode(), mtime=0)


# what stands in a file of this name, and what is said of it
BAD: dict[str, tuple[str, bytes, tuple[str, ...]]] = {
    "unknown suffix": ("a.txt", b"x", ("a.txt: its name does not tell the format", ".jsonl", "rename")),
    "packed parquet": ("a.parquet.gz", b"x", ("its name does not tell the format",)),
    "empty": ("a.csv", b"", ("a.csv: the file is empty",)),
    "empty gzip": ("a.jsonl.gz", gz(""), ("a.jsonl.gz: the file is empty",)),
    "blanks": ("a.jsonl", b"\n \n", ("a.jsonl: the file is empty",)),
    "no gzip": ("a.csv.gz", b"plain", ("a.csv.gz: the file is no whole gzip file",)),
    "gzip cut": ("a.csv.gz", gz(GOOD * 9)[:60], ("a.csv.gz: the file is no whole gzip file",)),
    "gzip damaged": ("a.csv.gz", gz(GOOD)[:40] + b"\xff\xff\xff" + gz(GOOD)[43:], ("no whole gzip file",)),
    "gzip unnamed": ("a.csv", gz(GOOD), ("a.csv:1: this is a gzip file", "add .gz")),
    "latin-1": ("a.csv", GOOD.encode() + b"na\xefve,b\n", ("a.csv:3: the line is not UTF-8", "iconv")),
    "latin-1 json": ("a.jsonl", LINE.encode() + b'\n{"title":"\xef"}\n', ("a.jsonl:2: the line is not UTF-8",)),
    "nul": ("a.csv", GOOD.encode() + b"a\0,b\n", ("a.csv:3: the line holds a NUL byte",)),
    "nul json": ("a.jsonl", LINE.encode() + b"\n\0\n", ("a.jsonl:2: the line holds a NUL byte",)),
    "utf-16": ("a.csv", GOOD.encode("utf-16-le"), ("a.csv:1: the line holds a NUL byte", "UTF-16")),
    "no abstract": ("a.csv", b"title,Abstract\n", ("the column abstract is missing", "rename 'Abstract'")),
    "summary": ("a.csv", b"\ntitle,summary\n", ("a.csv:2: the column abstract is missing", "rename 'summary'")),
    "no title": ("a.csv", b"titel,abstract\n", ("a.csv:1: the column title is missing", "rename 'titel' to 'title'")),
    "semicolons": ("a.csv", b"title;abstract\n", ("the column title is missing", "found 'title;abstract'", "add or")),
    "twice": ("a.csv", b"title,abstract,title\n", ("a.csv:1: the column title is there twice",)),
    "labelled": ("a.csv", b"title,abstract,topics\n", ("a.csv:1: there is topics already", "rename or")),
    "few cells": ("a.csv", GOOD.encode() + b'"a\nb",c\n\nd\n', ("a.csv:6: the row has 1 cell", "expected: 2")),
    "many cells": ("a.csv", GOOD.encode() + b"a,b,c\n", ("a.csv:3: the row has 3 cells", "quote cells")),
    "unclosed": ("a.csv", GOOD.encode() + b'a,"b\nc,d\n', ("a.csv:3: from here on this is no CSV (a quotation mark",)),
    "quote": ("a.csv", GOOD.encode() + b'a,"b" c\n', ("a.csv:3: from here on this is no CSV ('",)),
    "old mac": ("a.csv", b"title,abstract\ra,b\r", ("a.csv:1: from here on this is no CSV (a carriage return",)),
    "broken json": ("a.jsonl", f'{LINE}\n{{"title":\n'.encode(), ("a.jsonl:2: the line is not JSON", "jq -c")),
    "deep json": ("a.jsonl", b'{"a":' + b"[" * 99_999, ("a.jsonl:1: the line is not JSON",)),
    "list": ("a.json", b'[{"title":"a","abstract":"b"}]', ("a.json:1: the line is a list", "jq -c '.[]'")),
    "text": ("a.json", b'"text"', ("a.json:1: the line is text",)),
    "null": ("a.json", b"null", ("a.json:1: the line is null",)),
    "number": ("a.ndjson", b'{"title":3,"abstract":"b"}', ("a.ndjson:1: title is a number", "expected: text or null")),
    "list inside": ("a.ndjson", b'{"title":"a","abstract":["b"]}', ("a.ndjson:1: abstract is a list",)),
    "true": ("a.ndjson", b'{"title":"a","abstract":true}', ("a.ndjson:1: abstract is true or false",)),
    "object": ("a.ndjson", b'{"title":{},"abstract":"b"}', ("a.ndjson:1: title is an object",)),
    "surrogate": ("a.ndjson", rb'{"title":"\ud800","abstract":"b"}', ("a.ndjson:1: title has half of a",)),
    "categories": ("a.jsonl", b'{"title":"a","abstract":"b","categories":[1]}', ("a.jsonl:1: categories are neither",)),
    "keys twice": ("a.jsonl", f'{LINE}\n{{"a":1,"a":2}}'.encode(), ("a.jsonl:2: an object has 'a' twice",)),
    "keys twice inside": ("a.jsonl", b'{"b":{"a":1,"a":2}}', ("a.jsonl:1: an object has 'a' twice",)),
    "labelled json": ("a.jsonl", f'{LINE}\n{{"topic_scores":1}}'.encode(), ("a.jsonl:2: there is topic_scores",)),
    "no abstracts": ("a.jsonl", b'{"title":"a","Abstract":""}\n' * 3, ("a.jsonl:1: the column abstract", "rename")),
    "no keys": ("a.jsonl", b"{}\n", ("a.jsonl:1: the column title is missing", "found none")),
    "no parquet": ("a.parquet", b"title,abstract", ("a.parquet: this is no Parquet file", "check the path")),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_cannot_be_labelled_is_explained(tmp_path: Path, name: str) -> None:
    file, content, parts = BAD[name]
    (tmp_path / file).write_bytes(content)
    suffixes = "".join(Path(file).suffixes)
    message = refused(file, "--out", f"out{suffixes}", cwd=tmp_path)
    for part in (*parts, "what to do: "):
        assert part in message
    if not file.startswith("a.parquet"):
        # on standard output no row stands before the error either
        assert refused(file, cwd=tmp_path) == message


def test_a_path_that_cannot_be_read_is_explained(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    os.mkfifo(tmp_path / "pipe.csv")
    assert "nope.csv: there is no such file" in refused("nope.csv", cwd=tmp_path)
    assert "folder.csv: this is no regular file" in refused("folder.csv", cwd=tmp_path)
    assert "pipe.csv: this is no regular file" in curate("label", "pipe.csv", cwd=tmp_path).err
    assert "File name too long" in refused("x" * 300 + ".csv", cwd=tmp_path)


@pytest.mark.parametrize("threshold", ["-0.1", "1.5", "nan", "inf"])
def test_a_threshold_that_is_no_probability_is_refused(tmp_path: Path, threshold: str) -> None:
    (tmp_path / "a.csv").write_text(GOOD, encoding="utf-8")
    message = refused("a.csv", "--threshold", threshold, cwd=tmp_path)
    assert f"the threshold is {float(threshold)}" in message
    assert "from 0 to 1" in message


def link(place: Path) -> None:
    place.symlink_to("a.csv")


def hard_link(place: Path) -> None:
    place.hardlink_to(place.with_name("a.csv"))


@pytest.mark.parametrize(
    ("out", "make", "told"),
    [
        ("b.jsonl", None, "b.jsonl: the input is CSV, and so is the output"),
        ("b", None, "expected: a name that ends in .csv, with or without .gz"),
        ("a.csv", None, "a.csv: this is the input"),
        ("./b.csv", link, "b.csv: this is the input"),
        ("b.csv", hard_link, "b.csv: this is the input"),
        ("b.csv", Path.mkdir, "b.csv: this is a folder"),
        ("no/such/b.csv", None, "the file cannot be written (No such file or directory)"),
        ("a.csv/b.csv", None, "the file cannot be written (Not a directory)"),
        ("x" * 300 + ".csv", None, "the file cannot be written (File name too long)"),
    ],
)
def test_an_output_that_does_not_fit_is_refused(
    tmp_path: Path, out: str, make: Callable[[Path], None] | None, told: str
) -> None:
    (tmp_path / "a.csv").write_text(GOOD, encoding="utf-8")
    if make is not None:
        make(tmp_path / out)
    assert told in refused("a.csv", "--out", out, cwd=tmp_path)


def test_parquet_needs_a_file_to_go_to(tmp_path: Path) -> None:
    pq.write_table(pa.table({"title": ["a"], "abstract": ["b"]}), tmp_path / "a.parquet")
    message = refused("a.parquet", cwd=tmp_path)
    assert "a.parquet: a Parquet file does not go to standard output" in message
    assert "--out FILE.parquet" in message


def test_a_bar_is_shown_on_a_terminal_and_a_reader_that_leaves_is_no_crash(home: Path) -> None:
    (home / "a.jsonl").write_text(f"{LINE}\n" * 2000, encoding="utf-8")
    command = f"{sys.executable} -m curation.cli label {home / 'a.jsonl'}"
    main, side = pty.openpty()
    environment = clean_environment(home, TERM="xterm-256color", COLUMNS="100")
    running = subprocess.Popen(
        ["bash", "-c", f"{command} | head -1"], cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=side
    )
    os.close(side)
    shown = shown_on(main)
    out, _ = running.communicate()
    assert json.loads(out)["label_source"] == "model"
    assert b"labelling" in shown
    assert b"/2000" in shown
    assert b"Traceback" not in shown
