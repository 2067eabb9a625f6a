"""Tests of annotations as files."""

from __future__ import annotations

import dataclasses
import re
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.annotate import Annotation, read_annotations
from curation.errors import InputFileError
from curation.schemas.stages import MAX_TOPICS
from curation.schemas.taxonomy import TOPIC_IDS
from tests.annotate.labels import label, paper
from tests.profiles import examples

HEADER = "paper_id,title,primary,topics,note\n"
ONE, TWO = paper(1), paper(2)
PAPERS = {ONE: "Paper 1", TWO: "Paper 2"}


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "labels.csv"
    path.write_bytes(text.encode())
    return path


def read_topics(tmp_path: Path, primary: str, topics: str) -> tuple[str, tuple[str, ...]]:
    (one,) = read_annotations(write(tmp_path, f'{HEADER}{ONE},Paper 1,"{primary}","{topics}",\n')).values()
    return one.primary, one.topics


def test_rows_are_read_by_paper_in_their_order(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        f'{HEADER}{TWO},"Bridges, and More",statistics,statistics optimization,"rule 2, or 3"\n'
        f"{ONE},Paper 1,optimization,optimization,\n",
    )
    read = read_annotations(path)
    assert list(read) == [TWO, ONE]
    assert read == {
        ONE: Annotation(ONE, "Paper 1", "optimization", ("optimization",), ""),
        TWO: Annotation(TWO, "Bridges, and More", "statistics", ("statistics", "optimization"), "rule 2, or 3"),
    }


@pytest.mark.parametrize(
    "topics",
    [
        "statistics optimization",
        "statistics, optimization",
        "statistics;optimization;",
        " statistics \t optimization\u00a0",
        "statistics\noptimization",
        "optimization statistics",
        "optimization",
    ],
)
def test_topics_are_read_with_the_primary_one_first(tmp_path: Path, topics: str) -> None:
    assert read_topics(tmp_path, "statistics", topics) == ("statistics", ("statistics", "optimization"))


def test_further_topics_keep_their_order(tmp_path: Path) -> None:
    topics = "time-series optimization statistics computer-vision"
    assert read_topics(tmp_path, "statistics", topics)[1] == (
        "statistics",
        "time-series",
        "optimization",
        "computer-vision",
    )


def test_a_primary_topic_alone_is_enough(tmp_path: Path) -> None:
    assert read_topics(tmp_path, " statistics ", "") == ("statistics", ("statistics",))


ROW = f"{ONE},Paper 1,statistics,statistics,sure\n"


@pytest.mark.parametrize(
    "text",
    [
        (HEADER + ROW).replace("\n", "\r\n"),
        "\ufeff" + HEADER + ROW.rstrip(),
        f"note,seen,topics,primary,title,paper_id\nsure,yes,statistics,statistics,Paper 1,{ONE}\n",
        f"paper_id , title,primary,topics, note,\n {ONE}, Paper 1 , statistics , statistics , sure ,\n",
        f"\ufeff{HEADER}\n{ROW},,,,\n , ,,,\n\n,,,,,,\n",
    ],
    ids=["line ends", "byte order mark", "order of columns", "blanks", "empty lines"],
)
def test_what_says_the_same_is_read_the_same(tmp_path: Path, text: str) -> None:
    assert read_annotations(write(tmp_path, text)) == {ONE: label(1, "statistics", note="sure")}


def test_a_title_is_compared_by_its_letters(tmp_path: Path) -> None:
    path = write(tmp_path, f"{HEADER}{ONE},PAPER – 1!,statistics,,\n")
    assert read_annotations(path, papers={ONE: "Paper 1"})[ONE].title == "PAPER – 1!"


def test_a_table_without_rows_is_one(tmp_path: Path) -> None:
    assert read_annotations(write(tmp_path, HEADER)) == {}


def row(primary: str = "statistics", topics: str = "", paper_id: str = ONE, title: str = "Paper 1") -> str:
    return f"{paper_id},{title},{primary},{topics},\n"


FIVE = " ".join(TOPIC_IDS[: MAX_TOPICS + 1])


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("", "lacks the column `paper_id`", 1),
        (HEADER.replace("note", "notes"), "lacks the column `note`", 1),
        (HEADER.replace("note", "note,topics"), "has the column `topics` twice", 1),
        (HEADER.replace(",", ";"), "save the table with commas", 1),
        (HEADER.replace(",", "\t"), "save the table with commas", 1),
        (HEADER + f"{ONE},Paper 1,statistics,statistics\n", "expected: 5 fields", 2),
        (HEADER + f"{ONE},Papers, 1,statistics,statistics,\n", "another number of fields", 2),
        (HEADER + row() + row(paper_id="1.23457E+15"), "'1.23457E+15' is no paper id", 3),
        (HEADER + row(paper_id=ONE.upper()), "is no paper id", 2),
        (HEADER + row(paper_id=ONE + "0"), "is no paper id", 2),
        (HEADER + row(paper_id=ONE[1:]), "is no paper id", 2),
        (HEADER + row(paper_id=""), "'' is no paper id", 2),
        (HEADER + row() + row("optimization"), f"paper {ONE} (Paper 1) stands in two lines", 3),
        (HEADER + row(""), "no primary topic", 2),
        (HEADER + row(" ;", "statistics"), "no primary topic", 2),
        (HEADER + row("statistics optimization"), "has 2 primary topics: statistics optimization", 2),
        (HEADER + row('"statistics,optimization"'), "has 2 primary topics", 2),
        (HEADER + row("statistics statistics"), "has 2 primary topics", 2),
        (HEADER + row("Optimization"), "there is no topic 'Optimization'", 2),
        (HEADER + row("STATISTICS"), "write `statistics`, if that is meant", 2),
        (HEADER + row("optimisation"), "write `optimization`, if that is meant", 2),
        (HEADER + row("bayesian inference"), "write `bayesian-inference`, if that is meant", 2),
        (HEADER + row(topics="statistics time-serie"), "write `time-series`, if that is meant", 2),
        (HEADER + row(topics="zzz"), "take an id from the taxonomy", 2),
        (HEADER + row(topics="statistics optimization optimization"), "the topic optimization is given twice", 2),
        (HEADER + row(topics="statistics statistics"), "the topic statistics is given twice", 2),
        (HEADER + row(TOPIC_IDS[0], FIVE), f"has {MAX_TOPICS + 1} topics", 2),
        (HEADER + row("statistics", FIVE.rpartition(" ")[0]), f"has {MAX_TOPICS + 1} topics", 2),
        (HEADER + row() + f'{TWO},"not closed,statistics,,\n', "no CSV", 3),
    ],
)
def test_a_mistake_is_one_clear_error(tmp_path: Path, text: str, message: str, line: int) -> None:
    path = write(tmp_path, text)
    with pytest.raises(InputFileError, match=re.escape(message)) as caught:
        read_annotations(path)
    assert caught.value.where is not None
    assert (caught.value.where.file, caught.value.where.line) == (path, line)
    assert caught.value.hint
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("rows", "message", "line"),
    [
        (row() + row(paper_id=paper(3), title="Paper 3"), f"paper {paper(3)} (Paper 3) is not in the dataset", 3),
        (row() + row(paper_id=TWO), f"'Paper 1' is not the title of paper {TWO}", 3),
        (row(title=""), f"'' is not the title of paper {ONE}", 2),
        (row() + "\n", f"papers without a label: 1 of 2: {TWO} (Paper 2)", 3),
        ("", f"papers without a label: 2 of 2: {ONE} (Paper 1); {TWO} (Paper 2)", 1),
    ],
)
def test_labels_that_do_not_fit_the_dataset_are_one_clear_error(
    tmp_path: Path, rows: str, message: str, line: int
) -> None:
    path = write(tmp_path, HEADER + rows)
    with pytest.raises(InputFileError, match=re.escape(message)) as caught:
        read_annotations(path, papers=PAPERS)
    assert caught.value.where is not None
    assert (caught.value.where.file, caught.value.where.line) == (path, line)
    assert caught.value.expected
    assert caught.value.hint


def test_of_many_missing_papers_the_first_are_named(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + row())
    papers = {paper(number): f"Paper {number}" for number in range(10)}
    with pytest.raises(InputFileError) as caught:
        read_annotations(path, papers=papers)
    named = f"{paper(0)} (Paper 0); {paper(2)} (Paper 2); {paper(3)} (Paper 3); and 6 more"
    assert caught.value.what == f"papers without a label: 9 of 10: {named}"


def test_a_table_that_is_not_utf_8_is_one_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_bytes((HEADER + row(title="Schrödinger")).encode("latin-1"))
    with pytest.raises(InputFileError, match="not UTF-8"):
        read_annotations(path)


def test_a_table_that_is_not_there_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(InputFileError, match="cannot be read") as caught:
        read_annotations(tmp_path / "missing.csv")
    assert caught.value.hint


@examples(300)
@given(st.text(st.sampled_from(string.printable + '",;\ufeffé=') | st.characters(codec="utf-8")))
def test_any_text_is_read_or_is_one_clear_error(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(f"{HEADER}{ONE},Paper 1,statistics,{text}".encode())
    failure = None
    try:
        read = read_annotations(path)
    except InputFileError as found:
        failure = found
    if failure is None:
        assert read[ONE].primary == read[ONE].topics[0] == "statistics"
    else:
        assert failure.hint
        assert failure.where is not None
        assert failure.where.file == path


def test_an_annotation_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        label(1, "statistics").primary = "optimization"  # type: ignore[misc]
