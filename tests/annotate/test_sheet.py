"""Tests of the sheet that annotators fill in."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.annotate import Annotation, read_annotations, read_sheet, write_sheet
from curation.errors import InputFileError, OutputError
from tests.annotate.labels import label, paper
from tests.profiles import examples

PAPERS = [{"paper_id": paper(n), "title": f"Paper {n}", "abstract": f"We do, {n} times."} for n in range(40)]
TITLES = {one["paper_id"]: one["title"] for one in PAPERS}


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))


def fill_in(path: Path, *, bom: bool = True, line_end: str = "\r\n", **cells: str) -> None:
    """Fill the same cells into every row and save as a spreadsheet does."""
    filled = [row | cells for row in rows(path)]
    out = io.StringIO()
    writer = csv.DictWriter(out, filled[0], lineterminator=line_end)
    writer.writeheader()
    writer.writerows(filled)
    path.write_bytes(out.getvalue().encode("utf-8-sig" if bom else "utf-8"))


def test_the_sheet_is_what_a_spreadsheet_opens(tmp_path: Path) -> None:
    path = tmp_path / "sheet.csv"
    write_sheet(path, PAPERS[1::-1], order=None)
    assert (
        path.read_bytes()
        == (
            "\ufeffpaper_id,title,abstract,primary,topics,note\n"
            f'{paper(0)},Paper 0,"We do, 0 times.",,,\n'
            f'{paper(1)},Paper 1,"We do, 1 times.",,,\n'
        ).encode()
    )


def test_annotators_read_in_different_orders(tmp_path: Path) -> None:
    orders = {}
    for name in ("Ada", "Ben", None):
        write_sheet(tmp_path / "sheet.csv", PAPERS, order=name)
        orders[name] = [row["paper_id"] for row in rows(tmp_path / "sheet.csv")]
    assert len({tuple(order) for order in orders.values()}) == 3
    assert {tuple(sorted(order)) for order in orders.values()} == {tuple(TITLES)}
    assert orders[None] == sorted(TITLES)


def test_the_order_of_an_annotator_is_always_the_same(tmp_path: Path) -> None:
    write_sheet(tmp_path / "one.csv", PAPERS, order="Ada")
    write_sheet(tmp_path / "two.csv", reversed(PAPERS), order="Ada")
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()
    # papers that come later move none of the others
    write_sheet(tmp_path / "fewer.csv", PAPERS[:20], order="Ada")
    fewer = [row["paper_id"] for row in rows(tmp_path / "fewer.csv")]
    every = [row["paper_id"] for row in rows(tmp_path / "one.csv")]
    assert [one for one in every if one in fewer] == fewer


@pytest.mark.parametrize(("bom", "line_end"), [(True, "\r\n"), (False, "\n")])
def test_a_sheet_that_was_filled_in_is_read(tmp_path: Path, bom: bool, line_end: str) -> None:
    path = tmp_path / "sheet.csv"
    write_sheet(path, PAPERS, order="Ada")
    fill_in(path, bom=bom, line_end=line_end, primary="statistics", topics="optimization, statistics", note=" sure ")
    assert read_sheet(path, TITLES) == {
        paper(n): label(n, "statistics", "optimization", note="sure") for n in range(len(PAPERS))
    }


GUARDED = [
    "=2+2",
    "+1",
    "-x",
    "@SUM(A1)",
    "\tx",
    "\rx",
    "\nx",
    "'=2+2",
    "''-x",
    "1984",
    "12e3",
    "'12E3",
    "=",
    "7",
    "7 ",
    "\r",
    "\t",
]
PLAIN = ["2+2", "'s Hertogenbosch", "", "'", "a=b", "1984, a Novel", "3D", "'90s", "12e3x", "\u00a0=2", " '=2", " "]


@pytest.mark.parametrize("title", GUARDED)
def test_what_a_spreadsheet_would_change_is_guarded(tmp_path: Path, title: str) -> None:
    path = tmp_path / "sheet.csv"
    write_sheet(path, [{"paper_id": paper(0), "title": title, "abstract": title}], order="Ada")
    (row,) = rows(path)
    assert row["title"] == row["abstract"] == "'" + title.replace("\r", "\n")
    fill_in(path, primary="statistics")
    assert read_sheet(path, {paper(0): title})[paper(0)].title == title.strip()


@pytest.mark.parametrize("title", PLAIN)
def test_nothing_else_is_guarded(tmp_path: Path, title: str) -> None:
    path = tmp_path / "sheet.csv"
    write_sheet(path, [{"paper_id": paper(0), "title": title, "abstract": title}], order="Ada")
    (row,) = rows(path)
    assert row["title"] == row["abstract"] == title
    fill_in(path, primary="statistics")
    assert read_sheet(path, {paper(0): title})[paper(0)].title == title.strip()


def test_an_id_that_looks_like_a_number_is_guarded(tmp_path: Path) -> None:
    path = tmp_path / "sheet.csv"
    ids = ["0123456789012345", "12345678901234e5"]
    write_sheet(path, [{"paper_id": one, "title": "A", "abstract": "B"} for one in ids], order=None)
    assert [row["paper_id"] for row in rows(path)] == [f"'{one}" for one in ids]
    fill_in(path, primary="statistics")
    assert list(read_sheet(path, dict.fromkeys(ids, "A"))) == ids


@pytest.mark.parametrize(
    ("cell", "note"),
    [("- or optics", "- or optics"), ("'- or optics", "- or optics"), ("'tis so", "'tis so"), (" =so ", "=so")],
)
def test_a_guard_may_be_gone_and_may_be_the_annotators_own(tmp_path: Path, cell: str, note: str) -> None:
    path = tmp_path / "sheet.csv"
    write_sheet(path, [{"paper_id": paper(0), "title": "=2+2", "abstract": ""}], order="Ada")
    fill_in(path, title="=2+2", primary="statistics", note=cell)
    one = Annotation(paper(0), "=2+2", "statistics", ("statistics",), note)
    assert read_sheet(path, {paper(0): "=2+2"}) == {paper(0): one}


def test_annotations_proper_keep_their_apostrophes(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text(f"paper_id,title,primary,topics,note\n{paper(0)},'=2+2,statistics,,'-1\n", encoding="utf-8")
    one = read_annotations(path)[paper(0)]
    assert (one.title, one.note) == ("'=2+2", "'-1")


@examples(150)
@given(st.text(st.sampled_from("'=+-@\t\r\n 1e,\"") | st.characters(codec="utf-8")))
def test_every_title_is_read_back(tmp_path_factory: pytest.TempPathFactory, title: str) -> None:
    path = tmp_path_factory.getbasetemp() / "sheet.csv"
    write_sheet(path, [{"paper_id": paper(0), "title": title, "abstract": title}], order=None)
    (row,) = rows(path)
    assert row["title"][:1] not in set("=+-@\t\r\n")
    fill_in(path, primary="statistics")
    read = read_sheet(path, {paper(0): title})[paper(0)].title
    assert read == re.sub(r"\r\n?", "\n", title).strip()


def test_a_sheet_that_is_not_complete_is_one_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "sheet.csv"
    write_sheet(path, PAPERS[:2], order=None)
    with pytest.raises(InputFileError, match="no primary topic") as caught:
        read_sheet(path, TITLES)
    assert str(caught.value).startswith(f"{path}:2: ")
    fill_in(path, primary="statistics")
    with pytest.raises(InputFileError, match="papers without a label: 38 of 40") as caught:
        read_sheet(path, TITLES)
    assert str(caught.value).startswith(f"{path}:3: ")


def test_a_place_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written"):
        write_sheet(tmp_path / "no" / "sheet.csv", PAPERS, order=None)
