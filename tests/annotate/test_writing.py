"""Tests of the canonical form of annotations."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.annotate import Annotation, read_annotations, write_annotations
from curation.errors import OutputError
from curation.schemas.stages import MAX_TOPICS
from curation.schemas.taxonomy import TOPIC_IDS
from tests.annotate.labels import label, labels, paper
from tests.commands import ROOT
from tests.profiles import examples

HEADER = "paper_id,title,primary,topics,note\n"
ONE, TWO = paper(1), paper(2)


def test_the_canonical_form(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    write_annotations(
        path,
        {
            TWO: Annotation(TWO, "Two, or More", "statistics", ("statistics", "optimization"), 'he "said"'),
            ONE: label(1, "optimization"),
        },
    )
    assert (
        path.read_bytes()
        == (
            f"{HEADER}{ONE},Paper 1,optimization,optimization,\n"
            f'{TWO},"Two, or More",statistics,statistics optimization,"he ""said"""\n'
        ).encode()
    )


def test_a_line_end_inside_a_field_is_written_as_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    write_annotations(path, {ONE: label(1, "statistics", note="one\r\ntwo\rthree")})
    assert read_annotations(path)[ONE].note == "one\ntwo\nthree"
    assert b"\r" not in path.read_bytes()


@pytest.mark.parametrize("name", ["annotator-a.csv", "annotator-b.csv"])
def test_the_annotations_of_the_dataset_are_canonical(tmp_path: Path, name: str) -> None:
    path = ROOT / "data" / "annotations" / name
    write_annotations(tmp_path / name, read_annotations(path))
    assert (tmp_path / name).read_bytes() == path.read_bytes()


# what a reader can find in a cell: encodable, line ends as line feeds, no blanks around it
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\r")).map(str.strip)


@st.composite
def tables(draw: st.DrawFn) -> dict[str, Annotation]:
    ids = draw(st.sets(st.text("0123456789abcdef", min_size=16, max_size=16), max_size=5))
    topics = st.lists(st.sampled_from(TOPIC_IDS), min_size=1, max_size=MAX_TOPICS, unique=True)
    return {
        one: Annotation(one, draw(TEXTS), given[0], tuple(given), draw(TEXTS))
        for one in ids
        for given in [draw(topics)]
    }


@examples(150)
@given(tables())
def test_what_is_written_is_read_back(tmp_path_factory: pytest.TempPathFactory, table: dict[str, Annotation]) -> None:
    path = tmp_path_factory.getbasetemp() / "round-trip.csv"
    write_annotations(path, table)
    assert read_annotations(path, papers={one.paper_id: one.title for one in table.values()}) == table
    once = path.read_bytes()
    write_annotations(path, dict(reversed(read_annotations(path).items())))
    assert path.read_bytes() == once


def test_a_failed_writing_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    write_annotations(path, labels("statistics"))
    before = path.read_bytes()
    with pytest.raises(UnicodeEncodeError):
        write_annotations(path, {ONE: label(1, "statistics", note="\ud800")})
    assert [found.read_bytes() for found in tmp_path.iterdir()] == [before]


def test_a_place_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written"):
        write_annotations(tmp_path / "no" / "labels.csv", labels("statistics"))
