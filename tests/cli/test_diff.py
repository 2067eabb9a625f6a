"""`curate diff`: for people, as Markdown, as JSON; hostile texts; long lists."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from curation.cli.difference import difference
from curation.diff import decide_version, diff_releases
from curation.diff.render import MOST, coded
from curation.diff.version import Version
from curation.release.markdown import escaped
from curation.release.reader import open_release
from tests.commands import Outcome, curate
from tests.releases import copy_of, edit_manifest, manifest_of, read_rows, seal, write_rows

SPLITS = ("train", "validation", "test")
HOSTILE = "Pipes | and [red]markup[/red] \x1b[31m *stars* `code` <b>html</b> [a](b) \\ back\x07\nslash"


def first_split(release: Path) -> str:
    return next(split for split in SPLITS if read_rows(release, "papers", split))


def changed(release: Path, folder: Path, **values: Any) -> Path:
    """A copy of a release whose first paper has other values."""
    copy = copy_of(release, folder)
    split = first_split(copy)
    rows = read_rows(copy, "papers", split)
    rows[0].update(values)
    write_rows(copy, "papers", rows, split)
    seal(copy, card=False, statistics=False)
    return copy


def shown(old: Path | str, new: Path | str, form: str) -> Outcome:
    ended = curate("diff", old, new, "--format", form)
    assert (ended.code, ended.err) == (0, "")
    return ended


def test_the_same_release_twice_has_no_difference_and_needs_no_other_version(page_release: Path) -> None:
    assert "no row changed\n" in shown(page_release, page_release, "text").out
    assert shown(page_release, page_release, "markdown").out == "## my-abstracts 1.0.0 → 1.0.0\n\nNothing changed.\n"
    told = json.loads(shown(page_release, page_release, "json").out)
    assert (told["kind"], told["next_version"], told["breaking"], told["additions"]) == (None, None, [], [])


def test_other_bytes_of_the_same_rows_are_counted(page_release: Path, tmp_path: Path) -> None:
    copy = copy_of(page_release, tmp_path)
    (copy / "README.md").write_text("Another card.", encoding="utf-8")
    seal(copy, card=False)
    assert "no row changed; 1 file written in another way" in shown(page_release, copy, "text").out
    assert "### Files written in another way\n\n- `README.md`\n" in shown(page_release, copy, "markdown").out
    told = json.loads(shown(page_release, copy, "json").out)
    assert (told["kind"], told["next_version"]) == ("patch", "1.0.1")
    assert told["files"] == {"added": [], "removed": [], "changed": ["README.md"]}


def test_an_edited_title_is_shown_in_each_form(page_release: Path, tmp_path: Path) -> None:
    split = first_split(page_release)
    paper = read_rows(page_release, "papers", split)[0]
    title = paper["title"].split(" ", 1)[0] + " Entirely " + paper["title"].split(" ", 1)[1]
    copy = changed(page_release, tmp_path, title=title)
    text = shown(page_release, copy, "text").out
    assert text.splitlines()[0] == "my-abstracts 1.0.0 → 1.0.0, papers 6 → 6"
    assert f"  {paper['paper_id']} {title}" in text.splitlines()
    assert "{+Entirely +}" in text
    assert text.rstrip().endswith("major change since 1.0.0: 1 paper edited: a version after 1.0.0 is 2.0.0")
    markdown = shown(page_release, copy, "markdown").out
    assert f"### Papers edited\n\n- `{paper['paper_id']}` {escaped(title)}\n  - title: " in markdown
    told = json.loads(shown(page_release, copy, "json").out)
    assert (told["kind"], told["next_version"], told["breaking"]) == ("major", "2.0.0", ["1 paper edited"])
    (entry,) = told["papers"]["edited"]
    assert (entry["paper_id"], entry["title"]) == (paper["paper_id"], title)
    (field,) = entry["fields"]
    assert "".join(piece[1] for piece in field["diff"]) == paper["title"]
    assert "".join(piece[2] for piece in field["diff"]) == title


def test_in_colour_the_difference_holds_both_words_and_no_control_characters(
    page_release: Path, tmp_path: Path
) -> None:
    old, new = open_release(page_release), open_release(changed(page_release, tmp_path, title=HOSTILE))
    diff = diff_releases(old, new)
    lines = [str(line) for line in difference(diff, decide_version(Version(1, 0, 0), diff), colour=True)]
    (line,) = [line for line in lines if line.startswith("    title: ")]
    assert "\\u001b" in line
    assert "stars" in line
    assert all(char.isprintable() for char in line)


def test_hostile_titles_are_shown_as_they_are(page_release: Path, tmp_path: Path) -> None:
    copy = changed(page_release, tmp_path, title=HOSTILE, paper_id="`[red]|`\x1b")
    for pair in ((page_release, copy), (copy, page_release)):
        text = shown(*pair, "text").out
        assert "Pipes | and [red]markup[/red] \\u001b[31m *stars* `code` <b>html</b> [a](b) \\ back\\u0007" in text
        markdown = shown(*pair, "markdown").out
        escaped = r"Pipes \| and \[red\]markup\[/red\] \\u001b\[31m \*stars\* \`code\` \<b\>html\</b\> \[a\](b) \\ back"
        # of a removed paper Markdown, which the changelog is, keeps the id alone
        assert (escaped + r"\\u0007 slash" in markdown) == (pair[1] == copy)
        for out in (text, markdown):
            assert all(char.isprintable() or char == "\n" for char in out)
        told = json.loads(shown(*pair, "json").out)
        assert HOSTILE in [one["title"] for one in told["papers"]["added"] + told["papers"]["removed"]]


def test_hostile_names_of_sources_tables_and_datasets_do_not_leave_their_line(
    page_release: Path, tmp_path: Path
) -> None:
    copy = copy_of(page_release, tmp_path)
    name = "a\n## 9.9.9\n`x` [red]\x1b"
    more = {**manifest_of(copy)["sources"][0], "source_id": "f" * 16, "name": name}

    def change(manifest: dict[str, Any]) -> None:
        manifest["sources"].append(more)
        manifest["tables"][name] = manifest["tables"]["listings"]
        manifest["name"] = name

    edit_manifest(copy, change)
    for form in ("text", "markdown"):
        for pair in ((page_release, copy), (copy, page_release)):
            lines = shown(*pair, form).out.splitlines()
            assert not [line for line in lines if line.startswith("## 9.9.9")]
            assert any("[red" in line for line in lines)
            assert all(line.isprintable() for line in lines)


def test_code_in_markdown_holds_any_text() -> None:
    assert coded("papers.year") == "`papers.year`"
    assert coded("a`b") == "`` a`b ``"
    assert coded("``") == "``` `` ```"
    assert coded("a\nb\x1b") == "`a b\\u001b`"


def test_more_than_twenty_changes_are_counted(release: Path, tmp_path: Path) -> None:
    copy = copy_of(release, tmp_path)
    rows = read_rows(copy, "papers")
    for number, row in enumerate(rows[: MOST + 3]):
        row["year"] = 1992 + number
    gone = MOST + 1
    write_rows(copy, "papers", rows[:-gone])
    seal(copy, card=False, statistics=False)
    text = shown(release, copy, "text").out
    assert f"{gone} papers removed\n" in text
    assert f"{MOST + 3} papers edited\n" in text
    assert text.count("… and 1 more (--format json has all)") == 1
    assert text.count("… and 3 more (--format json has all)") == 1
    assert text.count("    year: ") == MOST
    markdown = shown(release, copy, "markdown").out
    assert markdown.count("- … and 3 more\n") == 1
    removed = markdown.split("### Papers removed\n\n")[1].split("\n\n")[0].splitlines()
    assert [line.split("`")[1] for line in removed] == sorted(row["paper_id"] for row in rows[-gone:])
    assert not any(row["title"] in markdown for row in rows[-gone:])
    assert markdown.count("  - year: ") == MOST
    told = json.loads(shown(release, copy, "json").out)
    assert (len(told["papers"]["removed"]), len(told["papers"]["edited"])) == (gone, MOST + 3)


@pytest.mark.parametrize("form", ["text", "markdown", "json"])
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nowhere", "there is no such file or folder"),
        ("folder:.", "not a release"),
        ("other@1.0", "'1.0' is no version"),
        ("unknown", "the release has schema version 9.0.0"),
        ("cut", "the file cannot be read"),
    ],
)
def test_what_cannot_be_compared_is_one_clear_error(
    page_release: Path, tmp_path: Path, form: str, name: str, message: str
) -> None:
    for folder in ("unknown", "cut"):
        copy_of(page_release, tmp_path).rename(tmp_path / folder)
    edit_manifest(tmp_path / "unknown", lambda manifest: manifest.update(schema_version="9.0.0"))
    (tmp_path / "cut" / "listings/train-00000-of-00001.parquet").write_bytes(b"PAR1")
    for pair in ((name, page_release), (page_release, name)):
        ended = curate("diff", *pair, "--format", form, cwd=tmp_path)
        assert (ended.code, ended.out) == (2, "")
        assert message in ended.err
