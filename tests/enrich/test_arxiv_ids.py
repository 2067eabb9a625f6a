"""Tests of the table of arXiv ids."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from curation.enrich import ArxivRecord, read_arxiv_ids
from curation.errors import CurationError, InputFileError
from curation.identity import title_key

HEADER = "title,arxiv_id,categories,year,sources\n"


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "ids.csv"
    path.write_bytes(text.encode())
    return path


def read(tmp_path: Path, *lines: str) -> dict[str, ArxivRecord]:
    return read_arxiv_ids(write(tmp_path, HEADER + "".join(f"{line}\n" for line in lines)))


def test_rows_are_read_by_the_key_of_their_title(tmp_path: Path) -> None:
    assert read(
        tmp_path,
        "Lazy Forests,2403.03900,cs.LG stat.ML,2024,seen there",
        '"Schrödinger, a Bridge",1412.0001,,2014,"one, and another"',
    ) == {
        "lazyforests": ArxivRecord("2403.03900", ("cs.LG", "stat.ML"), 2024),
        "schrodingerabridge": ArxivRecord("1412.0001", (), 2014),
    }


@pytest.mark.parametrize(
    ("arxiv_id", "year"),
    [
        ("0704.0001", 2007),
        ("1412.9999", 2014),
        ("1501.00001", 2015),
        ("cond-mat/0102536", 2001),
        ("math.GT/0309136", 2003),
        ("hep-th/9108001", 1991),
        ("q-bio/0703001", 2007),
    ],
)
def test_ids_of_both_forms_are_read(tmp_path: Path, arxiv_id: str, year: int) -> None:
    assert read(tmp_path, f"A Title,{arxiv_id},cs.LG,{year},there") == {
        "atitle": ArxivRecord(arxiv_id, ("cs.LG",), year)
    }


def test_a_row_without_an_id_is_left_out(tmp_path: Path) -> None:
    assert read(tmp_path, "One,,cs.LG,2024,", "Two,,,,", "Three,2403.00001,,2024,") == {
        "three": ArxivRecord("2403.00001", (), 2024)
    }


def test_a_category_that_is_given_twice_counts_once(tmp_path: Path) -> None:
    (record,) = read(tmp_path, "Lazy Forests,2403.03900,cs.LG stat.ML cs.LG,2024,here").values()
    assert record.categories == ("cs.LG", "stat.ML")


def test_a_table_without_rows_is_one(tmp_path: Path) -> None:
    assert read(tmp_path) == {}


@pytest.mark.parametrize(
    "text",
    [
        (HEADER + "One,2403.00001,cs.LG,2024,there\n").replace("\n", "\r\n"),
        "\ufeff" + HEADER + "One,2403.00001,cs.LG,2024,there",
        "note,year,sources,arxiv_id,title,categories\nmine,2024,there,2403.00001,One, cs.LG \n",
        HEADER + "\nOne,2403.00001,cs.LG,2024,there\n\n",
        HEADER + "One,2403.00001,cs.LG,2024,there\nOne,2403.00001,cs.LG,2024,and here\n",
        HEADER + "One,2403.00001,cs.LG,2024,there\nONE!,2403.00001,cs.LG,2024,and here\nOne,,,,\n",
    ],
    ids=["line ends", "byte order mark", "order of columns", "empty lines", "the same twice", "the same key twice"],
)
def test_what_says_the_same_is_read_the_same(tmp_path: Path, text: str) -> None:
    assert read_arxiv_ids(write(tmp_path, text)) == {"one": ArxivRecord("2403.00001", ("cs.LG",), 2024)}


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("", "lacks a column", 1),
        ("title,arxiv_id\n", "lacks a column", 1),
        (HEADER.replace("sources", "source"), "lacks a column", 1),
        (HEADER + "One,2403.00001,,2024\n", "another number of fields", 2),
        (HEADER + "One, Two,2403.00001,,2024,there\n", "another number of fields", 2),
        (HEADER + "One,2403.00001v2,,2024,\n", "'2403.00001v2' is no arXiv id", 2),
        (HEADER + "One,arXiv:2403.00001,,2024,\n", "no arXiv id", 2),
        (HEADER + "One,2403.123,,2024,\n", "no arXiv id", 2),
        (HEADER + "One,2403.123456,,2024,\n", "no arXiv id", 2),
        (HEADER + "One,２４０３.00001,,2024,\n", "no arXiv id", 2),
        (HEADER + "One,math/03091361,,2003,\n", "no arXiv id", 2),
        (HEADER + "One,0309136,,2003,\n", "no arXiv id", 2),
        (HEADER + "One, 2403.00001,,2024,\n", "no arXiv id", 2),
        (HEADER + "One,2403.00001,,,\n", "'' is no year", 2),
        (HEADER + "One,2403.00001,,24,\n", "'24' is no year", 2),
        (HEADER + "One,2403.00001,,March,\n", "'March' is no year", 2),
        (HEADER + "One,2403.00001,,2024,\nTwo,2403.00002,,2023,\n", "2023 contradicts the id 2403.00002", 3),
        (HEADER + "One,hep-th/9108001,,2091,\n", "2091 contradicts the id hep-th/9108001", 2),
        (HEADER + "One,2403.00001,,2024,\nTwo,,,,\nONE,2403.00002,,2024,\n", "'ONE' stands in two lines", 4),
        (HEADER + "One,2403.00001,cs.LG,2024,\nOne,2403.00001,,2024,\n", "'One' stands in two lines", 3),
        (HEADER + "--,2403.00001,cs.LG,2024,\n", "no title", 2),
        (HEADER + 'One,2403.00001,,2024,\nTwo,2403.00002,,2024,"not closed\nThree,,,,\n', "no CSV", 3),
        ('title,"arxiv_id\nOne,2403.00001,,2024,\n', "no CSV", 1),
    ],
)
def test_a_bad_table_is_one_clear_error(tmp_path: Path, text: str, message: str, line: int) -> None:
    path = write(tmp_path, text)
    with pytest.raises(InputFileError, match=re.escape(message)) as caught:
        read_arxiv_ids(path)
    assert caught.value.where is not None
    assert (caught.value.where.file, caught.value.where.line) == (path, line)
    assert caught.value.hint
    assert caught.value.exit_code == 2


def test_a_table_that_is_not_utf_8_is_one_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "ids.csv"
    path.write_bytes((HEADER + "Schrödinger,2403.00001,,2024,\n").encode("latin-1"))
    with pytest.raises(InputFileError, match="not UTF-8") as caught:
        read_arxiv_ids(path)
    assert caught.value.where is not None
    assert caught.value.where.byte == len(HEADER) + len("Schr")


@pytest.mark.parametrize("name", ["missing.csv", "."])
def test_a_table_that_is_not_there_is_one_clear_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(CurationError, match="cannot be read") as caught:
        read_arxiv_ids(tmp_path / name)
    assert isinstance(caught.value, InputFileError)
    assert caught.value.where is not None
    assert caught.value.hint


def test_a_record_cannot_be_changed(tmp_path: Path) -> None:
    record = read(tmp_path, "One,2403.00001,,2024,")[title_key("One")]
    with pytest.raises(dataclasses.FrozenInstanceError):
        record.year = 2023  # type: ignore[misc]
