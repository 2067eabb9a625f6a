"""Bad input: a message that says where, what was expected and what to do; exit code 2; nothing written."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commands import Argument, Outcome, curate, curate_process, tree
from tests.sample_page import HEADER, PAPERS, page_text

GOOD = page_text().encode()


def refused(*arguments: Argument, cwd: Path) -> str:
    """Run a command that must refuse its input, and return its message; nothing may be written."""
    before = tree(cwd)
    ended = curate(*arguments, cwd=cwd)
    check_refusal(ended)
    assert tree(cwd) == before, "something was left behind"
    return ended.err


def check_refusal(ended: Outcome) -> None:
    assert ended.code == 2, (ended.out, ended.err)
    assert ended.out == ""
    assert ended.err.startswith("error: ")
    assert "Traceback" not in ended.err
    assert "internal" not in ended.err


def build_refused(folder: Path, *sources: Argument) -> str:
    """Build into a folder that does not exist yet, and is not to exist afterwards."""
    return refused("build", *sources, "--out", folder / "new" / "release", cwd=folder)


SOURCES: dict[str, tuple[bytes, tuple[str, ...]]] = {
    "empty": (b"", ("page.txt: the file is empty", "expected: a captured listing page", "what to do: capture")),
    "blanks": (b" \n\t\n\xc2\xa0\r\n", ("page.txt: the file holds only blanks", "expected: a captured listing page")),
    "mark alone": (b"\xef\xbb\xbf\n", ("page.txt: the file holds only blanks",)),
    "zero byte": (GOOD[:50] + b"\0" + GOOD[50:], ("page.txt (byte 50): this is a binary file", "what to do: capture")),
    "gzip": (gzip.compress(GOOD, mtime=0), ("page.txt: this is a gzip file", "expected: a captured", "what to do:")),
    "parquet": (b"PAR1 and more PAR1", ("page.txt: this is a Parquet file", "expected: a captured", "what to do:")),
    "zip": (b"PK\x03\x04 and more", ("page.txt: this is a zip file", "expected:", "what to do:")),
    "pdf": (b"%PDF-1.7 and more", ("page.txt: this is a PDF", "expected:", "what to do:")),
    "utf-16": (page_text().encode("utf-16"), ("page.txt: this is UTF-16 text", "UTF-8", "what to do:")),
    "latin-1": (
        b"new\n\nline three \xe4\n" + GOOD,
        ("page.txt:3 (byte 16): byte 0xe4 is not valid UTF-8", "expected: UTF-8 text", "what to do: save", "iconv"),
    ),
    "cut in a letter": (GOOD + b"Schr\xc3", (f"(byte {len(GOOD) + 4}): byte 0xc3 is not valid UTF-8",)),
    "other text": (
        b"\n\nDear diary,\n\ntoday I read no paper.\n",
        (
            "page.txt:3: none of the lines that a listing page begins with",
            "expected: a captured",
            "what to do: capture",
        ),
    ),
    "csv": (b"paper_id,split\n1,train\n", ("page.txt:1: none of the lines", "expected:", "what to do:")),
    "no record": (
        "\n\n".join(HEADER).encode(),
        ("page.txt:9: the page holds no complete record", "expected: titles, each followed", "what to do: capture"),
    ),
    "a title alone": (
        "\n\n".join([*HEADER, PAPERS[0][0]]).encode(),
        ("page.txt:11: the page holds no complete record", "expected: titles, each followed", "what to do: capture"),
    ),
}


@pytest.mark.parametrize("name", SOURCES)
def test_a_source_that_cannot_be_read_is_explained(tmp_path: Path, name: str) -> None:
    content, parts = SOURCES[name]
    (tmp_path / "page.txt").write_bytes(content)
    (tmp_path / "good.txt").write_bytes(GOOD)
    message = build_refused(tmp_path, "good.txt", "page.txt")
    for part in parts:
        assert part in message


def test_every_source_has_a_message_of_its_own(tmp_path: Path) -> None:
    messages = set()
    for name, (content, _) in SOURCES.items():
        (tmp_path / "page.txt").write_bytes(content)
        messages.add((name not in ("blanks", "mark alone"), build_refused(tmp_path, "page.txt")))
    assert len(messages) == len(SOURCES) - 1  # blanks are blanks, with a byte order mark or without


def test_a_missing_source_is_explained(tmp_path: Path) -> None:
    message = build_refused(tmp_path, "nope.txt")
    assert "nope.txt: there is no such file" in message
    assert "what to do: check the path" in message


def test_a_folder_as_source_is_explained(tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    message = build_refused(tmp_path, "pages")
    assert "pages: this is a folder" in message
    assert "expected: a file" in message
    assert "pages/*.txt" in message


def test_a_source_below_a_file_is_explained(page: Path, tmp_path: Path) -> None:
    message = build_refused(tmp_path, f"{page.name}/x.txt")
    assert "the file cannot be read (Not a directory)" in message
    assert "what to do:" in message


def test_a_source_name_that_is_too_long_is_explained(tmp_path: Path) -> None:
    assert "File name too long" in build_refused(tmp_path, "x" * 300)


def test_the_same_content_twice_is_explained(page: Path, tmp_path: Path) -> None:
    (tmp_path / "again.txt").write_bytes(page.read_bytes())
    message = build_refused(tmp_path, page.name, "again.txt")
    assert f"again.txt: the same content is given twice, here and as {page.name}" in message
    assert "what to do: leave one of them out" in message


def test_pages_whose_records_are_all_unfit_are_explained(tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_text(page_text([(PAPERS[0][0], "\x07" + PAPERS[0][1])]), encoding="utf-8")
    message = build_refused(tmp_path, "page.txt")
    assert "page.txt: no record is fit to be published" in message
    assert "no_control_characters" in message
    assert "\x07" not in message


def test_a_source_whose_name_is_not_utf8_is_explained(page: Path, tmp_path: Path) -> None:
    name = b"caf\xe9.txt".decode("utf-8", "surrogateescape")
    (tmp_path / name).write_bytes(page.read_bytes())
    assert "caf" in build_refused(tmp_path, name)


def test_nothing_to_build_is_explained(tmp_path: Path) -> None:
    message = build_refused(tmp_path)
    assert "there is nothing to build: no source on the command line and none in the recipe" in message
    assert "what to do: name captured pages" in message


def occupied_by_a_file(out: Path) -> None:
    out.write_text("mine")


def occupied_by_a_folder(out: Path) -> None:
    out.mkdir()
    (out / "thesis.tex").write_text("mine")


def occupied_by_a_release_that_was_copied(out: Path) -> None:
    out.mkdir()
    (out / "manifest.json").write_text("{}")


def occupied_by_a_link(out: Path) -> None:
    (out.parent / "photos").mkdir()
    out.symlink_to("photos")


def occupied_by_a_link_to_nowhere(out: Path) -> None:
    out.symlink_to("nowhere")


def occupied_by_a_link_to_itself(out: Path) -> None:
    out.symlink_to(out.name)


OCCUPIED: dict[Callable[[Path], None], tuple[str, str]] = {
    occupied_by_a_file: ("this is a file", "move the file away"),
    occupied_by_a_folder: ("this folder holds something else", "move the folder away"),
    occupied_by_a_release_that_was_copied: ("this folder holds something else", "move the folder away"),
    occupied_by_a_link: ("this is a link to photos", "remove the link"),
    occupied_by_a_link_to_nowhere: ("this is a link to nowhere", "remove the link"),
    occupied_by_a_link_to_itself: ("this is a link to release", "remove the link"),
}


@pytest.mark.parametrize("occupy", OCCUPIED, ids=lambda occupy: occupy.__name__)
def test_a_place_that_holds_something_else_is_left_alone(
    page: Path, tmp_path: Path, occupy: Callable[[Path], None]
) -> None:
    occupy(tmp_path / "release")
    message = refused("build", page, "--out", "release", cwd=tmp_path)
    what, hint = OCCUPIED[occupy]
    assert f"release: {what}" in message
    assert "what to do: choose another --out" in message
    assert hint in message


@pytest.mark.parametrize("out", ["my-page.txt/release", "my-page.txt/a/release"])
def test_a_place_below_a_file_is_explained(page: Path, tmp_path: Path, out: str) -> None:
    message = refused("build", page, "--out", out, cwd=tmp_path)
    assert "the release cannot be written" in message
    assert "my-page.txt" in message
    assert "what to do: choose another --out" in message


@pytest.mark.parametrize("out", ["/proc/release", "/proc/nope/release", "/sys/release"])
def test_a_place_that_cannot_be_written_is_explained(page: Path, tmp_path: Path, out: str) -> None:
    message = refused("build", page, "--out", out, cwd=tmp_path)
    assert "the release cannot be written (" in message
    assert "(None)" not in message
    assert "what to do: choose another --out" in message


@pytest.mark.parametrize("out", [".hidden", "new/.release", ".", "..", "/"])
def test_a_place_without_a_visible_name_is_explained(page: Path, tmp_path: Path, out: str) -> None:
    message = refused("build", page, "--out", out, cwd=tmp_path)
    assert "a release needs a visible name" in message
    assert "what to do: name a folder" in message


def test_a_place_whose_name_is_too_long_is_explained(page: Path, tmp_path: Path) -> None:
    message = refused("build", page, "--out", "x" * 300, cwd=tmp_path)
    assert "what to do: choose another --out" in message


@pytest.mark.parametrize("source", ["nope", "ffff", "", "my-page", "0"])
def test_restore_of_an_unknown_source_names_the_known_ones(page_release: Path, tmp_path: Path, source: str) -> None:
    message = refused("restore", page_release, source, "--out", "back.txt", cwd=tmp_path)
    assert f"there is no source {source!r}" in message
    assert "expected: one of" in message
    assert "(my-page.txt)" in message


@pytest.mark.parametrize("out", ["my-page.txt/back.txt", "no/such/folder/back.txt", "folder", ".", "/proc/nope"])
def test_restore_to_a_place_that_cannot_be_written_is_explained(
    page_release: Path, page: Path, tmp_path: Path, out: str
) -> None:
    assert page.is_file()
    (tmp_path / "folder").mkdir()
    message = refused("restore", page_release, "my-page.txt", "--out", out, cwd=tmp_path)
    assert "the file cannot be written" in message
    assert "what to do:" in message


@pytest.mark.parametrize(
    "arguments", [("restore", "RELEASE", "x"), ("explain", "RELEASE", "x"), ("validate", "RELEASE")], ids=lambda a: a[0]
)
@pytest.mark.parametrize("target", ["nope", "folder", "my-page.txt"])
def test_what_is_no_release_is_explained(page: Path, tmp_path: Path, arguments: tuple[str, ...], target: str) -> None:
    assert page.is_file()
    (tmp_path / "folder").mkdir()
    message = refused(*(target if part == "RELEASE" else part for part in arguments), cwd=tmp_path)
    assert f"{target}: " in message
    assert "what to do: check the path" in message


def test_explain_without_a_match_says_what_can_be_named(page_release: Path, tmp_path: Path) -> None:
    message = refused("explain", page_release, "perpetual motion", cwd=tmp_path)
    assert "no paper matches 'perpetual motion'" in message
    assert "expected: a paper_id, the beginning of one, an arXiv id, or a part of a title" in message


def test_explain_with_several_matches_lists_them(release: Path, tmp_path: Path) -> None:
    message = refused("explain", release, "bayesian", cwd=tmp_path)
    assert "papers match 'bayesian'" in message
    listed = [line for line in message.splitlines() if "ayesian" in line][1:]
    assert len(listed) == 10
    assert "… and " in message


def test_the_schema_of_an_unknown_table_names_the_known_ones(tmp_path: Path) -> None:
    message = refused("schema", "papres", cwd=tmp_path)
    assert "there is no table 'papres'" in message
    assert "expected: one of papers, listings, segments, edits, removed, annotations" in message


@pytest.mark.parametrize(
    "arguments",
    [("build", "--nope"), ("schema", "--format", "xml"), ("restore",), ("nope",), ("validate", "a", "b"), ("explain",)],
    ids=" ".join,
)
def test_a_wrong_command_line_is_exit_code_2_with_usage(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    ended = curate(*arguments, cwd=tmp_path)
    assert ended.code == 2
    assert ended.out == ""
    assert "Usage: curate" in ended.err
    assert "Traceback" not in ended.err


def test_errors_go_to_standard_error_of_a_process_with_exit_code_2(home: Path) -> None:
    ended = curate_process("build", "nope.txt", cwd=home)
    check_refusal(ended)
    assert "\x1b[" not in ended.err
