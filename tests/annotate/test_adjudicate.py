"""Tests of final labels."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from curation.annotate import Annotation, Final, adjudicated
from curation.errors import InputFileError
from tests.annotate.labels import label, labels, paper

PATH = Path("decisions.csv")


def settle(first: dict[str, Annotation], second: dict[str, Annotation], *decisions: Annotation) -> dict[str, Final]:
    return adjudicated(first, second, {one.paper_id: one for one in decisions}, PATH)


def test_what_the_annotators_agree_on_is_final_in_the_first_ones_order() -> None:
    first = labels("statistics optimization time-series", "optimization")
    second = labels("statistics time-series optimization", "optimization")
    assert settle(first, second) == {
        paper(0): Final("statistics", ("statistics", "optimization", "time-series"), None, agreed=True),
        paper(1): Final("optimization", ("optimization",), None, agreed=True),
    }


@pytest.mark.parametrize(
    "other",
    ["optimization statistics", "statistics", "statistics time-series", "statistics optimization time-series"],
    ids=["primary", "one fewer", "another", "one more"],
)
def test_where_they_differ_the_decision_is_final(other: str) -> None:
    first, second = labels("statistics optimization"), labels(other)
    decision = label(0, "time-series", "statistics", note="rule 2")
    expected = {paper(0): Final("time-series", ("time-series", "statistics"), "rule 2", agreed=False)}
    assert settle(first, second, decision) == expected
    assert settle(second, first, decision) == expected


def test_a_paper_that_was_read_again_gets_the_decision() -> None:
    same = labels("statistics", "optimization")
    settled = settle(same, same, label(0, "time-series", note="both overlooked rule 2"))
    assert settled == {
        paper(0): Final("time-series", ("time-series",), "both overlooked rule 2", agreed=True),
        paper(1): Final("optimization", ("optimization",), None, agreed=True),
    }


def test_final_labels_are_sorted_by_paper() -> None:
    first = labels("statistics", "optimization", "time-series")
    assert list(settle(dict(reversed(first.items())), first)) == [paper(0), paper(1), paper(2)]


def test_a_difference_without_a_decision_is_one_clear_error() -> None:
    first, second = labels("statistics", "optimization"), labels("statistics", "time-series")
    with pytest.raises(InputFileError, match=re.escape(f"{paper(1)} (Paper 1)")) as caught:
        settle(first, second, label(0, "statistics", note="read again"))
    assert caught.value.where is not None
    assert caught.value.where.file == PATH
    assert paper(0) not in caught.value.what
    assert caught.value.hint


def test_of_many_differences_the_first_are_named() -> None:
    with pytest.raises(InputFileError, match=r"papers: 5: .*; and 2 more") as caught:
        settle(labels(*["statistics"] * 5), labels(*["optimization"] * 5))
    assert f"{paper(2)} (Paper 2)" in caught.value.what


@pytest.mark.parametrize(
    ("decision", "message"),
    [
        (label(0, "statistics"), f"the decision on paper {paper(0)} (Paper 0) has no reason"),
        (label(1, "statistics"), f"the decision on paper {paper(1)} (Paper 1) has no reason"),
        (
            label(2, "statistics", note="why"),
            f"paper {paper(2)} (Paper 2) is about a paper that the annotators did not",
        ),
        (
            Annotation(paper(0), "Paper 1", "statistics", ("statistics",), "why"),
            f"the decision on paper {paper(0)} (Paper 1) has another paper's title",
        ),
    ],
    ids=["difference", "agreement", "unknown", "title"],
)
def test_a_bad_decision_is_one_clear_error(decision: Annotation, message: str) -> None:
    decisions = [label(0, "statistics", note="why"), decision]
    with pytest.raises(InputFileError, match=re.escape(message)) as caught:
        settle(labels("statistics", "optimization"), labels("time-series", "optimization"), *decisions)
    assert caught.value.where is not None
    assert caught.value.where.file == PATH
    assert caught.value.expected
    assert caught.value.hint


def test_a_title_in_other_letters_is_the_same() -> None:
    decision = Annotation(paper(0), "PAPER: 0", "statistics", ("statistics",), "why")
    assert settle(labels("statistics"), labels("optimization"), decision)[paper(0)].note == "why"


@pytest.mark.parametrize(("first", "second"), [(["statistics"], ["statistics"] * 2), (["statistics"] * 2, [])])
def test_annotators_of_different_papers_are_one_clear_error(first: list[str], second: list[str]) -> None:
    with pytest.raises(InputFileError, match="did not label what another annotator did") as caught:
        settle(labels(*first), labels(*second))
    assert f"{paper(1)} (Paper 1)" in caught.value.what
