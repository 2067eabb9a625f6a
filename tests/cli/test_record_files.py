"""The commands on record files: what they take, what they report, and what they make of such a release."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import curation
from curation.cli.build_progress import BuildProgress, rate_of
from curation.cli.report import count, figure
from tests.commands import clean_environment, curate, curate_process, shown_on, tree
from tests.record_sample import IDENTIFIED, record, records, write_csv, write_jsonl, write_parquet
from tests.releases import manifest_of, read_rows

REPORT = """\
stage        in  kept  merged  rejected
parse        16    15       0         1
normalize    15    15       0         0
deduplicate  15    12       3         0
enrich       12    12       0         0
label        12    12       0         0
split        12    12       0         0

16 occurrences read (16), 12 papers, 3 merged, 1 rejected
merged by: arxiv-id 1, exact 1, near 1
"""


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    return write_jsonl(tmp_path / "papers.jsonl", records())


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release of three record files without labels."""
    folder = tmp_path_factory.mktemp("built")
    write_jsonl(folder / "papers.jsonl", records())
    write_csv(folder / "more.csv", [record(20), record(21)])
    write_parquet(folder / "rows.parquet", [record(30)])
    arguments = ("papers.jsonl", "more.csv", "rows.parquet", "--no-labels", "--jobs", "1")
    assert curate("build", *arguments, cwd=folder).code == 0
    return folder / "release"


def test_a_record_file_is_built_and_reported_in_one_line(papers: Path, home: Path) -> None:
    ended = curate_process("build", papers, "--no-labels", "--jobs", "2", cwd=home)
    assert (ended.code, ended.err) == (0, "")
    assert curation.validate(home / "release").ok
    source = manifest_of(home / "release")["sources"][0]["source_id"]
    lines = [line.rstrip() for line in ended.out.splitlines()]
    assert [line.split() for line in lines[:2]] == [
        ["source", "format", "records", "id"],
        ["papers.jsonl", "jsonl", "15", source],
    ]
    assert REPORT in "\n".join(lines)
    assert "topics: none were given, as was asked for" in lines
    assert lines[-1] == 'rejected papers.jsonl:16: title: text: ""'


@pytest.mark.parametrize("wanted", [None, "--labels", "--no-labels"])
@pytest.mark.parametrize("recipe", ["true", "false"])
def test_labels_are_given_as_asked_else_as_the_recipe_says(tmp_path: Path, wanted: str | None, recipe: str) -> None:
    write_csv(tmp_path / "few.csv", [record(1), record(2)])
    text = f'[dataset]\nname = "x"\ntitle = "X"\n[label]\ntopics = {recipe}\n[[sources]]\npath = "few.csv"\n'
    (tmp_path / "recipe.toml").write_text(text, encoding="utf-8")
    ended = curate("build", "--recipe", "recipe.toml", "--jobs", "1", *([wanted] if wanted else []), cwd=tmp_path)
    assert ended.code == 0
    given = wanted == "--labels" or (wanted is None and recipe == "true")
    line = "topics: abstained 2" if given else "topics: none were given, as was asked for"
    assert line in ended.out.splitlines()
    assert manifest_of(tmp_path / "release")["recipe"].get("label", {"topics": True}) == {"topics": given}
    assert curation.validate(tmp_path / "release").ok


def test_pages_can_be_built_without_labels(page: Path, tmp_path: Path) -> None:
    ended = curate("build", page, "--no-labels", cwd=tmp_path)
    assert ended.out.splitlines()[0].split() == ["source", "layout", "records", "id"]
    assert "topics: none were given, as was asked for" in ended.out
    assert curation.validate(tmp_path / "release").ok


@pytest.mark.parametrize("jobs", ["0", "-1", "many"])
def test_a_number_of_jobs_that_is_none_is_refused(papers: Path, home: Path, jobs: str) -> None:
    ended = curate("build", papers, "--jobs", jobs, cwd=home)
    assert (ended.code, ended.out) == (2, "")
    assert "Invalid value for '--jobs'" in ended.err
    assert tree(home) == {}


def test_the_number_of_jobs_changes_no_byte_of_a_build_of_pages(page: Path, page_release: Path, tmp_path: Path) -> None:
    assert curate("build", page, "--jobs", "1", "--out", tmp_path / "release").code == 0
    assert tree(tmp_path / "release") == tree(page_release)


def test_a_url_keeps_its_slashes(papers: Path, home: Path) -> None:
    ended = curate("build", f"file://{papers}", "--no-labels", "--jobs", "1", cwd=home)
    assert (ended.code, ended.err) == (0, "")
    assert "papers.jsonl" in ended.out
    url = "nosuch://bucket//a/papers.jsonl"
    refused = curate("build", url, cwd=home)
    assert refused.code == 2
    assert refused.err.startswith(f"error: {url}: ")


def test_help_says_what_may_be_built() -> None:
    shown = " ".join(re.sub(r"[│╭╮╰╯─]", " ", curate("build", "--help").out).split())
    for words in (
        "--labels",
        "--no-labels",
        "--jobs",
        "record files: .jsonl, .csv (also .gz, .zst) or .parquet",
        "URLs",
    ):
        assert words in shown


def test_many_sources_are_listed_in_part(tmp_path: Path) -> None:
    names = [write_csv(tmp_path / f"{number}.csv", [record(number)]).name for number in range(22)]
    ended = curate("build", *names, "--no-labels", "--jobs", "1", cwd=tmp_path)
    assert "22 occurrences read (from 22 sources), 22 papers" in ended.out
    assert "… and 2 more, all in manifest.json" in ended.out.splitlines()
    assert sum(".csv" in line for line in ended.out.splitlines()) == 20


def test_pages_and_record_files_stand_in_one_table(page: Path, papers: Path, tmp_path: Path) -> None:
    ended = curate("build", page, papers, "--no-labels", "--jobs", "1", cwd=tmp_path)
    kinds = {line.split()[0]: line.split()[1:-2] for line in ended.out.splitlines()[1:3]}
    assert kinds == {"my-page.txt": ["listing", "B"], "papers.jsonl": ["jsonl"]}


def test_figures_are_grouped_from_five_digits_on() -> None:
    assert [figure(9_999), figure(10_000), figure(1_234_567)] == ["9999", "10,000", "1,234,567"]
    assert [count(1, "paper"), count(10_000, "paper")] == ["1 paper", "10,000 papers"]


def test_a_record_file_is_not_given_back(built: Path) -> None:
    entry = next(one for one in manifest_of(built)["sources"] if one["name"] == "papers.jsonl")
    ended = curate("restore", built, entry["source_id"])
    assert (ended.code, ended.out) == (2, "")
    assert "papers.jsonl is a file of records, of which a release keeps each record, not the bytes" in ended.err
    assert f"sha256 {entry['sha256']}" in ended.err
    assert f"with source_id {entry['source_id']}" in ended.err


def test_explain_names_a_record_by_line_and_number(built: Path) -> None:
    shown = curate("explain", built, record(4)["title"]).out.splitlines()
    assert "  papers.jsonl:5  record 5  published from here" in shown
    place = f"  papers.jsonl:{IDENTIFIED + 1}  record {IDENTIFIED + 1}  merged (arxiv-id, similarity 0.000)"
    assert place in shown
    assert "topics (none: nobody was asked for any)" in shown
    shown = curate("explain", built, record(30)["title"]).out.splitlines()
    assert "  rows.parquet  record 1  published from here" in shown
    facts = json.loads(curate("explain", built, record(20)["title"], "--format", "json").out)
    assert [one["format"] for one in facts["occurrences"]] == ["csv"]
    assert facts["topics_asked_for"] is False


def test_releases_of_record_files_are_compared_and_published(built: Path, tmp_path: Path) -> None:
    write_jsonl(tmp_path / "papers.jsonl", records())
    write_csv(tmp_path / "more.csv", [record(20), record(21)])
    planned = curate("publish", built, "--to", "folder:versions", "--dry-run", cwd=tmp_path)
    assert (planned.code, planned.err) == (0, "")
    published = curate("publish", built, "--to", "folder:versions", "--yes", cwd=tmp_path)
    assert "version 1.0.0, loaded and compared" in published.out
    arguments = ("papers.jsonl", "more.csv", "--no-labels", "--jobs", "1", "--previous", "folder:versions")
    assert "1 paper removed" in curate("build", *arguments, cwd=tmp_path).out
    told = curate("diff", built, "release", cwd=tmp_path)
    assert "source removed: rows.parquet" in told.out
    assert record(30)["title"] in told.out
    before, after = (
        {row["paper_id"]: split for split in ("train", "validation", "test") for row in read_rows(one, "papers", split)}
        for one in (built, tmp_path / "release")
    )
    assert after.items() <= before.items()


def test_progress_of_a_streamed_build_is_shown_on_a_terminal_alone(papers: Path, home: Path) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "curation.cli", "build", str(papers), "--no-labels", "--format", "json"]
    environment = clean_environment(home, TERM="xterm-256color", COLUMNS="120")
    with subprocess.Popen(command, cwd=home, env=environment, stdout=subprocess.PIPE, stderr=theirs) as process:
        os.close(theirs)
        shown = shown_on(ours)
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert json.loads(out)["changed"]
    for step in (b"normalize", b"deduplicate", b"enrich", b"write", b"release"):
        assert step in shown
    assert b"%" in shown
    assert b"Traceback" not in shown


def test_off_a_terminal_nothing_is_shown_of_a_streamed_build(capsys: pytest.CaptureFixture[str]) -> None:
    with BuildProgress() as shown:
        shown.stage("parse")
        assert not shown.streamed
        shown.watch("read", 1, 0)
        shown.watch("normalize", 2, 3)
        shown.stage("release")
        assert shown.streamed
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("step", "speed", "total", "spelled"),
    [
        ("normalize", 2_500_000.0, 10.0, "2.5 MB/s"),
        ("read", 100_000.0, None, "0.1 MB/s"),
        ("label", 3.0, 60.0, "5.0 %/s"),
        ("write", None, 3.0, ""),
        ("release", 1.0, None, ""),
    ],
)
def test_a_rate_is_spelled(step: str, speed: float | None, total: float | None, spelled: str) -> None:
    assert rate_of(step, speed, total) == spelled


@pytest.fixture
def interrupted(home: Path) -> tuple[Path, list[str], bytes]:
    """A build of 12,000 records that was interrupted after its first batch: its folder, command and last words."""
    texts = (
        " ".join(f"{number:05}{letter}" for letter in "abcdefgh") if number % 500 else "" for number in range(12_000)
    )
    rows = [{"title": f"Title {number}", "abstract": text} for number, text in enumerate(texts)]
    write_jsonl(home / "large.jsonl", rows)
    command = [sys.executable, "-m", "curation.cli", "build", "large.jsonl", "--no-labels", "--jobs", "1"]
    with subprocess.Popen(
        command, cwd=home, env=clean_environment(home), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        until = time.monotonic() + 60
        while not (home / ".release.work/rows/000000").is_dir():
            assert time.monotonic() < until
            assert process.poll() is None
            time.sleep(0.005)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, b"")
    return home, command, err


def test_an_interrupted_build_of_records_goes_on_where_it_was(interrupted: tuple[Path, list[str], bytes]) -> None:
    folder, command, err = interrupted
    message = "interrupted; nothing was released. Run the same command again: it goes on from what is done"
    assert err.decode() == f"{message} (.release.work)\n"
    assert not (folder / "release").exists()
    ended = curate_process(*command[3:], cwd=folder)
    assert (ended.code, ended.err) == (0, "")
    assert not (folder / ".release.work").exists()
    assert "12,000 occurrences read (12,000), 11,976 papers, 0 merged, 24 rejected" in ended.out
    assert "parse        12,000  11,976       0        24" in ended.out
    assert ended.out.splitlines()[-1] == "… and 14 more, all in the table `removed`"
