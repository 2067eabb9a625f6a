"""`curate annotate`: a sheet goes out, comes back filled in, and the agreement is told."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from curation.annotate import read_annotations
from curation.identity import title_key
from curation.schemas.taxonomy import TOPIC_IDS
from tests.cli.annotating import HEADER, refused
from tests.commands import curate, curate_process
from tests.releases import read_rows

Rows = list[dict[str, str]]


def papers_of(release: Path) -> dict[str, dict[str, Any]]:
    splits = ("train", "validation", "test")
    return {row["paper_id"]: row for split in splits for row in read_rows(release, "papers", split)}


def read_sheet_file(path: Path) -> Rows:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def fill(path: Path, change: Callable[[Rows], object] = lambda rows: None, *, line_end: str = "\r\n") -> None:
    """Give every paper of a sheet a label, as a spreadsheet program would save it, then change rows."""
    rows = read_sheet_file(path)
    for number, row in enumerate(rows):
        first, second = TOPIC_IDS[number % len(TOPIC_IDS)], TOPIC_IDS[(number * 7 + 3) % len(TOPIC_IDS)]
        row["primary"] = first
        row["topics"] = ", ".join(dict.fromkeys((second, first)))
        row["note"] = f"note {number}; „ü“, a comma" if number % 3 == 0 else ""
    change(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator=line_end)
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def sheet(page_release: Path, tmp_path: Path) -> Path:
    """An exported sheet of the six invented papers."""
    assert curate("annotate", "export", page_release, "zoe", "--out", "sheet.csv", cwd=tmp_path).code == 0
    return tmp_path / "sheet.csv"


def test_a_sheet_holds_every_paper_of_the_release_with_empty_cells(release: Path, tmp_path: Path) -> None:
    ended = curate("annotate", "export", release, "zoe", "--out", "sheet.csv", cwd=tmp_path)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == "sheet.csv: 244 papers to label, in an order of zoe's own\n"
    assert [path.name for path in tmp_path.iterdir()] == ["sheet.csv"]
    rows = read_sheet_file(tmp_path / "sheet.csv")
    papers = papers_of(release)
    assert sorted(row["paper_id"].removeprefix("'") for row in rows) == sorted(papers)
    for row in rows:
        paper = papers[row["paper_id"].removeprefix("'")]
        assert row["title"].removeprefix("'") == paper["title"]
        assert row["abstract"].removeprefix("'") == paper["abstract"]
        assert (row["primary"], row["topics"], row["note"]) == ("", "", "")


def test_each_name_reads_in_an_order_of_its_own_the_same_every_time(release: Path, tmp_path: Path) -> None:
    for name, out in (("zoe", "1.csv"), ("zoe", "2.csv"), ("yann", "3.csv")):
        assert curate("annotate", "export", release, name, "--out", out, cwd=tmp_path).code == 0
    first, again, other = ((tmp_path / f"{number}.csv").read_bytes() for number in (1, 2, 3))
    assert first == again
    assert first != other
    assert sorted(first.splitlines()) == sorted(other.splitlines())


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_sheet_that_was_filled_in_becomes_a_file_of_annotations(release: Path, tmp_path: Path, line_end: str) -> None:
    assert curate("annotate", "export", release, "zoe", "--out", "sheet.csv", cwd=tmp_path).code == 0
    fill(tmp_path / "sheet.csv", random.Random(3).shuffle, line_end=line_end)
    ended = curate("annotate", "import", release, "sheet.csv", "--out", "zoe.csv", cwd=tmp_path)
    assert (ended.code, ended.err, ended.out) == (0, "", "zoe.csv: labels of 244 papers\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["sheet.csv", "zoe.csv"]
    given = {row["paper_id"].removeprefix("'"): row for row in read_sheet_file(tmp_path / "sheet.csv")}
    papers = papers_of(release)
    titles = {paper: str(row["title"]) for paper, row in papers.items()}
    found = read_annotations(tmp_path / "zoe.csv", papers=titles)
    assert list(found) == sorted(papers)
    for paper, one in found.items():
        assert title_key(one.title) == title_key(titles[paper])
        assert one.primary == one.topics[0] == given[paper]["primary"]
        assert set(one.topics) == set(given[paper]["topics"].split(", "))
        assert one.note == given[paper]["note"]
    text = (tmp_path / "zoe.csv").read_bytes()
    assert text.startswith(HEADER.encode())
    assert b"\r" not in text


def test_what_was_imported_can_be_named_in_a_recipe(page_release: Path, page: Path, sheet: Path) -> None:
    folder = page.parent
    fill(sheet)
    for name in ("zoe", "yann"):
        assert curate("annotate", "import", page_release, sheet, "--out", f"{name}.csv", cwd=folder).code == 0
    (folder / "recipe.toml").write_text(
        f'[dataset]\nname = "x"\ntitle = "X"\n[[sources]]\npath = "{page.name}"\n'
        '[annotations]\nfirst_round = ["zoe.csv", "yann.csv"]\n'
    )
    ended = curate("build", "--recipe", "recipe.toml", "--out", "release", cwd=folder)
    assert (ended.code, ended.err) == (0, "")
    labels = read_annotations(folder / "zoe.csv")
    for paper, row in papers_of(folder / "release").items():
        one = labels[paper]
        further = sorted(set(one.topics) - {one.primary}, key=TOPIC_IDS.index)
        assert (row["label_source"], row["topic_names"]) == ("adjudicated", [one.primary, *further])
    assert curate("validate", folder / "release").code == 0
    told = curate("annotate", "agreement", "--recipe", "recipe.toml", cwd=folder)
    assert (told.code, told.err) == (0, "")
    assert told.out.startswith("zoe, yann: 6 papers")
    assert "no primary topic differs" in told.out


def set_cell(number: int, **cells: str) -> Callable[[Rows], object]:
    return lambda rows: rows[number].update(cells)


def delete(number: int) -> Callable[[Rows], object]:
    return lambda rows: rows.pop(number)


BAD: dict[str, tuple[Callable[[Rows], object], int, str, str]] = {
    "unknown topic": (set_cell(2, primary="diffusion"), 4, "there is no topic 'diffusion'", "expected: one of"),
    "misspelt topic": (set_cell(1, topics="optimisation"), 3, "'optimisation'", "write `optimization`"),
    "two primaries": (
        set_cell(3, primary="statistics, optimization"),
        5,
        "the line has 2 primary topics: statistics optimization",
        "expected: one topic in the field `primary`",
    ),
    "no primary": (set_cell(0, primary=""), 2, "the line has no primary topic", "choose by the labelling guide"),
    "five topics": (
        set_cell(4, primary=TOPIC_IDS[0], topics=" ".join(TOPIC_IDS[1:5])),
        6,
        "the line has 5 topics",
        "expected: one to 4",
    ),
    "missing paper": (delete(5), 6, "papers without a label: 1 of 6", "label the missing papers, too"),
    "empty sheet": (
        lambda rows: rows.__setitem__(slice(1, None), []),
        2,
        "papers without a label: 5 of 6",
        "; and 2 more",
    ),
    "foreign paper": (set_cell(2, paper_id="f" * 16), 4, f"paper {'f' * 16} (", "is not in the dataset"),
    "no id": (set_cell(2, paper_id="1.2E+15"), 4, "'1.2E+15' is no paper id", "expected: 16 hex digits"),
    "another title": (set_cell(2, title="Another Paper"), 4, "'Another Paper' is not the title of", "slipped"),
    "twice": (lambda rows: rows.append(dict(rows[0])), 8, "stands in two lines", "keep one of the two"),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("there", [True, False], ids=["over a file", "new"])
def test_a_sheet_that_is_wrong_is_refused_with_its_line_and_nothing_is_written(
    page_release: Path, sheet: Path, name: str, there: bool
) -> None:
    change, line, what, more = BAD[name]
    fill(sheet, change)
    if there:
        (sheet.parent / "zoe.csv").write_text("labels of yesterday")
    message = refused("import", page_release, "sheet.csv", "--out", "zoe.csv", cwd=sheet.parent)
    assert f"sheet.csv:{line}: " in message
    assert what in message
    assert more in message


def test_a_sheet_that_nobody_filled_in_is_refused(page_release: Path, sheet: Path) -> None:
    message = refused("import", page_release, "sheet.csv", "--out", "zoe.csv", cwd=sheet.parent)
    assert "sheet.csv:2: the line has no primary topic" in message


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "sheet.csv: the table of annotations cannot be read (No such file or directory)"),
        (b"", "sheet.csv:1: the table of annotations lacks the column `paper_id`"),
        (b"paper_id;title;abstract;primary;topics;note\n", "save the table with commas between the fields"),
        (b"paper_id,title\n\xff\n", "UTF-8"),
    ],
)
def test_what_is_no_sheet_is_refused(page_release: Path, tmp_path: Path, content: bytes | None, message: str) -> None:
    if content is not None:
        (tmp_path / "sheet.csv").write_bytes(content)
    assert message in refused("import", page_release, "sheet.csv", "--out", "zoe.csv", cwd=tmp_path)


@pytest.mark.parametrize("content", ["labels", ""])
def test_export_never_writes_over_a_file(page_release: Path, tmp_path: Path, content: str) -> None:
    (tmp_path / "sheet.csv").write_text(content)
    message = refused("export", page_release, "zoe", "--out", "sheet.csv", cwd=tmp_path)
    assert "sheet.csv: the file exists" in message
    assert "it may hold labels; name another one" in message


@pytest.mark.parametrize("out", ["nope/sheet.csv", ".", "/proc/nope.csv", "x" * 300])
def test_a_place_that_cannot_be_written_is_refused(page_release: Path, sheet: Path, out: str) -> None:
    refused("export", page_release, "zoe", "--out", out, cwd=sheet.parent)
    fill(sheet)
    assert "the file cannot be written" in refused("import", page_release, sheet, "--out", out, cwd=sheet.parent)


@pytest.mark.parametrize("target", ["nope", "folder", "sheet.csv"])
def test_what_is_no_release_is_refused(sheet: Path, target: str) -> None:
    (sheet.parent / "folder").mkdir()
    assert f"{target}: " in refused("export", target, "zoe", "--out", "other.csv", cwd=sheet.parent)
    assert f"{target}: " in refused("import", target, sheet, "--out", "other.csv", cwd=sheet.parent)


def test_a_round_trip_works_as_processes_too(page_release: Path, home: Path) -> None:
    ended = curate_process("annotate", "export", page_release, "zoe", "--out", "sheet.csv", cwd=home)
    assert (ended.code, ended.err) == (0, "")
    fill(home / "sheet.csv", set_cell(1, primary="nope"))
    bad = curate("annotate", "import", page_release, "sheet.csv", "--out", "zoe.csv", cwd=home)
    assert (bad.code, bad.out) == (2, "")
    assert "error: sheet.csv:3: there is no topic 'nope'" in bad.err
    assert not (home / "zoe.csv").exists()
    fill(home / "sheet.csv")
    ended = curate_process("annotate", "import", page_release, "sheet.csv", "--out", "zoe.csv", cwd=home)
    assert (ended.code, ended.err) == (0, "")
    assert (home / "zoe.csv").is_file()
