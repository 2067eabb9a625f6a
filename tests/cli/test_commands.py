"""What each command does and prints when its input is right."""

from __future__ import annotations

import importlib.metadata
import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import curation
from curation.normalize.edits import undo
from curation.schemas.derive import arrow_schema, column_docs
from curation.schemas.tables import TABLES
from curation.schemas.taxonomy import TOPIC_IDS
from tests.commands import ROOT, clean_environment, curate, curate_process, python_process, tree
from tests.releases import as_edit, copy_of, manifest_of, read_rows
from tests.sample_page import PAPERS

COMMANDS = ("build", "validate", "restore", "explain", "repair", "label", "annotate", "schema")


def test_one_page_is_curated_in_one_line(page: Path, home: Path) -> None:
    ended = curate_process("build", page, cwd=home)
    assert (ended.code, ended.err) == (0, "")
    assert curation.validate(home / "release").ok
    assert "6 occurrences read (6), 6 papers, 0 merged, 0 rejected" in ended.out
    assert "\x1b[" not in ended.out


def test_build_shows_a_row_for_every_source_and_every_stage(release: Path, tmp_path: Path) -> None:
    ended = curate("build", "--recipe", ROOT / "data/recipe.toml", "--out", "release", cwd=tmp_path)
    assert (ended.code, ended.err) == (0, "")
    rows = [line.split() for line in ended.out.splitlines()]
    manifest = manifest_of(release)
    for source in manifest["sources"]:
        assert [source["name"], source["layout"], str(source["records"]), source["source_id"]] in rows
    for stage in manifest["stages"]:
        assert [str(stage[key]) for key in ("stage", "in", "kept", "merged", "rejected")] in rows
    assert "250 occurrences read (196 + 54), 244 papers, 6 merged, 0 rejected" in ended.out
    assert "splits: train 147, validation 24, test 73" in ended.out
    assert "(written)" in ended.out
    again = curate("build", "--recipe", ROOT / "data/recipe.toml", "--out", "release", cwd=tmp_path)
    assert "unchanged" in again.out


def test_build_without_sources_follows_the_recipe_of_the_folder(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "data", tmp_path / "data")
    ended = curate("build", "--format", "json", cwd=tmp_path)
    assert ended.code == 0
    assert json.loads(ended.out)["manifest"]["name"] == "paper-abstracts"


def test_build_with_sources_does_not_follow_the_recipe_of_the_folder(page: Path, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "data", tmp_path / "data")
    ended = curate("build", page, "--format", "json", cwd=tmp_path)
    manifest = json.loads(ended.out)["manifest"]
    assert (manifest["name"], len(manifest["sources"])) == ("my-abstracts", 1)


def test_build_json_is_the_manifest(page: Path, tmp_path: Path) -> None:
    ended = curate("build", page, "--out", "release", "--format", "json", cwd=tmp_path)
    answer = json.loads(ended.out)
    assert answer == {"out": "release", "changed": True, "manifest": manifest_of(tmp_path / "release")}
    assert not json.loads(curate("build", page, "--out", "release", "--format", "json", cwd=tmp_path).out)["changed"]


def test_a_long_source_name_is_shown_whole_in_a_pipe(page: Path, tmp_path: Path) -> None:
    name = "a page of search results about state-space models, saved on a rainy afternoon in March.txt"
    page.rename(tmp_path / name)
    assert name in curate("build", name, cwd=tmp_path).out


def test_rejected_rows_are_listed_with_line_rule_and_value(page: Path, tmp_path: Path) -> None:
    lines = page.read_text(encoding="utf-8").split("\n\n")
    del lines[8]  # the abstract of the second paper
    page.write_text("\n\n".join(lines), encoding="utf-8")
    ended = curate("build", page, cwd=tmp_path)
    assert ended.code == 0
    assert "5 papers, 0 merged, 1 rejected" in ended.out
    (line,) = [line for line in ended.out.splitlines() if line.startswith("rejected")]
    assert f"my-page.txt:15: title_without_abstract: {PAPERS[1][0]}" in line


def test_control_characters_of_a_page_do_not_reach_the_terminal(page: Path, tmp_path: Path) -> None:
    page.write_text(page.read_text(encoding="utf-8").replace(PAPERS[1][0], "Red \x1b[31m\x07 Title"), encoding="utf-8")
    ended = curate("build", page, cwd=tmp_path)
    assert ended.code == 0
    assert "rejected" in ended.out
    assert "no_control_characters" in ended.out
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", ended.out)


def test_brackets_in_names_and_titles_are_no_markup(page: Path, tmp_path: Path) -> None:
    text = page.read_text(encoding="utf-8").replace(PAPERS[1][0], "[bold] Brackets [/] [red]And[/red] More")
    (tmp_path / "[red]page[blue].txt").write_text(text, encoding="utf-8")
    built = curate("build", "[red]page[blue].txt", "--out", "[b]", cwd=tmp_path)
    assert built.code == 0
    assert "[red]page[blue].txt" in built.out
    assert "\n[b]: version" in built.out
    told = curate("explain", "[b]", "brackets", cwd=tmp_path)
    assert told.out.count("[bold] Brackets [/] [red]And[/red] More") == 2
    refused = curate("build", "[/nope]", cwd=tmp_path)
    assert "[/nope]: there is no such file" in refused.err


@pytest.mark.parametrize("name", ["000_5766b93f8bff0b4f.txt", "001_c4a8ff82733ff1ea.txt"])
def test_restore_gives_a_source_back_from_the_release_alone(release: Path, tmp_path: Path, name: str) -> None:
    copy = copy_of(release, tmp_path)
    content = (ROOT / "data/raw" / name).read_bytes()
    source = next(source for source in manifest_of(copy)["sources"] if source["name"] == name)
    for query in (source["source_id"], source["source_id"][:6], name):
        ended = curate("restore", copy, query, cwd=tmp_path)
        assert (ended.code, ended.err, ended.raw) == (0, "", content)
    written = curate("restore", copy, source["source_id"], "--out", "back.txt", cwd=tmp_path)
    assert (written.code, written.err) == (0, "")
    assert (tmp_path / "back.txt").read_bytes() == content
    assert sorted(path.name for path in tmp_path.iterdir()) == ["back.txt", "copy"]


def test_restore_as_a_process_writes_the_bytes_and_nothing_else(page_release: Path, page: Path, home: Path) -> None:
    page.write_bytes(b"\xef\xbb\xbf" + page.read_bytes().replace(b"\n", b"\r\n").rstrip())
    built = curate("build", page, "--out", home / "release", cwd=home)
    assert built.code == 0
    ended = curate_process("restore", "release", page.name, cwd=home)
    assert (ended.code, ended.err, ended.raw) == (0, "", page.read_bytes())


def test_restore_of_a_damaged_release_refuses_to_give_other_bytes(page_release: Path, tmp_path: Path) -> None:
    copy = copy_of(page_release, tmp_path)
    path = next((copy / "segments").iterdir())
    path.write_bytes(path.read_bytes()[:-50])
    ended = curate("restore", copy, "my-page.txt", "--out", "back.txt", cwd=tmp_path)
    assert (ended.code, ended.out) == (2, "")
    assert "what to do: run `curate validate`" in ended.err
    assert not (tmp_path / "back.txt").exists()


def edited_paper(release: Path) -> dict[str, object]:
    """Return the paper with the most edits."""
    owners = [row["paper_id"] for row in read_rows(release, "edits")]
    most = max(sorted(set(owners)), key=owners.count)
    rows = [row for split in ("train", "validation", "test") for row in read_rows(release, "papers", split)]
    return next(row for row in rows if row["paper_id"] == most)


@pytest.mark.parametrize("by", ["id", "prefix", "title", "part"])
def test_explain_finds_a_paper_by_id_beginning_title_or_part(release: Path, by: str) -> None:
    paper = edited_paper(release)
    identity, title = str(paper["paper_id"]), str(paper["title"])
    query = {"id": identity, "prefix": identity[:8], "title": title, "part": title[5:].upper()}[by]
    ended = curate("explain", release, query)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith(title)
    assert identity in ended.out


def test_explain_shows_raw_against_published_with_every_edit_and_label(release: Path) -> None:
    paper = edited_paper(release)
    facts = json.loads(curate("explain", release, str(paper["paper_id"]), "--format", "json").out)
    listings = {(row["source_id"], row["position"]): row for row in read_rows(release, "listings")}
    captured = listings[paper["source_id"], paper["position"]]
    edits = 0
    for field in ("title", "abstract"):
        text = facts["texts"][field]
        assert text["published"] == paper[field]
        assert text["captured"] == captured[field]
        assert "".join(piece["before"] for piece in text["pieces"]) == captured[field]
        assert "".join(piece["after"] for piece in text["pieces"]) == paper[field]
        assert undo(text["published"], [as_edit(edit) for edit in text["edits"]]) == captured[field]
        edits += len(text["edits"])
    assert edits == [row["paper_id"] for row in read_rows(release, "edits")].count(paper["paper_id"])
    assert facts["labels"]["topics"] == paper["topic_names"]
    assert {vote["topic"] for vote in facts["votes"]} <= set(TOPIC_IDS)
    assert [one["line"] for one in facts["occurrences"] if one["published"]] == [captured["title_line"]]
    shown = curate("explain", release, str(paper["paper_id"])).out
    assert f"split {facts['split']}" in shown
    for field in ("title", "abstract"):
        for edit in facts["texts"][field]["edits"]:
            assert edit["rule"] in shown
            assert f"{edit['before']} → {edit['after']}" in shown
    assert facts["labels"]["source"] == paper["label_source"] == "adjudicated"
    assert {"annotator-a", "annotator-b", "annotator-c"} <= {vote["annotator"] for vote in facts["votes"]}
    for vote in facts["votes"]:
        assert vote["annotator"] in shown
    for one in facts["occurrences"]:
        assert f"{one['source']}:{one['line']}" in shown


def test_explain_in_a_pipe_keeps_captured_and_published_apart(page_release: Path) -> None:
    shown = curate("explain", page_release, "bridges that need").out
    assert 'Schr\\"oödinger' not in shown
    assert "Schrödinger Bridges That Need Fewer Steps" in shown


def test_explain_shows_where_a_merged_occurrence_stood(release: Path) -> None:
    merged = read_rows(release, "removed")[0]
    shown = curate("explain", release, merged["survivor"]).out
    assert "published from here" in shown
    assert f"position {merged['position']}  merged ({merged['rule']}, similarity {merged['similarity']:.3f})" in shown


def test_explain_says_that_nobody_labelled_a_paper(page_release: Path) -> None:
    shown = curate("explain", page_release, "old baker").out
    assert "topics (none: nobody annotated the paper and the labeler abstained)" in shown
    assert "(primary)" not in shown


@pytest.mark.parametrize("name", [*TABLES, None])
def test_schema_shows_every_column_in_every_format(name: str | None) -> None:
    tables = TABLES.values() if name is None else [TABLES[name]]
    arguments = ["schema"] if name is None else ["schema", name]
    page, data, arrow = (
        curate(*arguments, "--format", form) if form else curate(*arguments) for form in ("", "json", "arrow")
    )
    assert {(ended.code, ended.err) for ended in (page, data, arrow)} == {(0, "")}
    assert page.out == curate(*arguments, "--format", "markdown").out
    answer = json.loads(data.out)
    assert list(answer) == [table.name for table in tables]
    for table in tables:
        columns = {column["name"]: column for column in answer[table.name]["columns"]}
        assert list(columns) == list(table.columns)
        assert answer[table.name]["sort_key"] == list(table.sort_key)
        for doc in column_docs(table):
            assert columns[doc.name]["meaning"] == doc.meaning
            assert re.search(
                rf"^\| `{doc.name}` \| {re.escape(doc.type)} \|.*\| {re.escape(doc.meaning)} \|$", page.out, re.M
            )
        for field in arrow_schema(table):
            assert f"\n{field.name}: {field.type}" in "\n" + arrow.out


def test_version_is_the_packages() -> None:
    assert curate("--version").out == f"curate {importlib.metadata.version('paper-abstracts')}\n"


ANNOTATE = [("annotate", name) for name in ("export", "import", "agreement")]


@pytest.mark.parametrize("arguments", [(), *((command,) for command in COMMANDS), *ANNOTATE], ids=" ".join)
def test_help_names_every_command_and_option(arguments: tuple[str, ...]) -> None:
    for flag in ("--help", "-h"):
        ended = curate(*arguments, flag)
        assert (ended.code, ended.err) == (0, "")
        assert "Usage: curate" in ended.out
    wanted = {
        (): (*COMMANDS, "--version"),
        ("build",): ("--recipe", "--out", "--format", "SOURCE"),
        ("validate",): ("--format", "TARGET"),
        ("restore",): ("--out", "RELEASE", "SOURCE_ID"),
        ("explain",): ("--format", "RELEASE", "PAPER"),
        ("repair",): ("--format", "FILE"),
        ("label",): ("--out", "--threshold", "--format", "FILE"),
        ("annotate",): ("export", "import", "agreement"),
        ("annotate", "export"): ("--out", "RELEASE", "NAME"),
        ("annotate", "import"): ("--out", "RELEASE", "SHEET"),
        ("annotate", "agreement"): ("--recipe", "--format", "FILE"),
        ("schema",): ("--format", "TABLE"),
    }[arguments]
    assert all(word in ended.out for word in wanted)


HEAVY = """
import sys
from curation.cli import main
try:
    main()
except SystemExit:
    pass
heavy = {"pandas", "numpy", "pyarrow", "datasets", "pandera", "jinja2", "huggingface_hub", "sklearn", "altair"}
print(sorted(heavy & set(sys.modules)), file=sys.stderr)
"""


def test_help_and_version_load_none_of_the_libraries(home: Path) -> None:
    for arguments in (
        ["--help"],
        ["build", "--help"],
        ["label", "-h"],
        ["annotate", "export", "--help"],
        ["--version"],
    ):
        assert python_process("-c", HEAVY, *arguments, cwd=home).err == "[]\n"


def test_importing_the_package_loads_none_of_the_libraries(home: Path) -> None:
    code = "import sys, curation; print(sorted({'pandas', 'pyarrow', 'datasets', 'pandera'} & set(sys.modules)))"
    assert python_process("-c", code, cwd=home).out == "[]\n"


def test_progress_is_shown_on_a_terminal_and_results_stay_clean(page: Path, home: Path) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "curation.cli", "build", str(page), "--out", "release", "--format", "json"],
        cwd=home,
        env=clean_environment(home, TERM="xterm-256color"),
        stdout=subprocess.PIPE,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        shown = b""
        while True:
            try:
                part = os.read(ours, 4096)
            except OSError:  # the other side is closed
                break
            if not part:
                break
            shown += part
        os.close(ours)
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert json.loads(out)["changed"]
    assert re.search(rb"parse|normalize|deduplicate|enrich|label|split|release", shown)
    assert re.search(rb"\d/7", shown)
    assert b"Traceback" not in shown


def test_an_interrupted_build_says_so_and_leaves_nothing(home: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    with (
        subprocess.Popen(
            [sys.executable, "-m", "curation.cli", "build", str(tmp_path / "pipe.txt"), "--out", str(home / "release")],
            cwd=home,
            env=clean_environment(tmp_path),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process,
        (tmp_path / "pipe.txt").open("wb"),
    ):  # opens when the build begins to read
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == b""
    assert b"interrupted; nothing was left half-written" in err
    assert tree(home) == {}


def test_a_reader_that_stops_early_causes_no_traceback(home: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "curation.cli", "schema"],
        cwd=home,
        env=clean_environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()
