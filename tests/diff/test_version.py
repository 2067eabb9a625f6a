"""Version numbers, and which one a change makes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.diff import ReleaseDiff, Version, decide_version
from curation.diff.release import Change, PaperChange
from curation.diff.tables import ColumnChange, TableDiff
from tests.profiles import examples

NUMBERS = st.tuples(*[st.integers(0, 999_999_999)] * 3)
PAPER = {"paper_id": "0" * 16, "title": "Lazy Forests", "split": "train"}
CHANGED = PaperChange("0" * 16, "Lazy Forests", (Change("year", 1999, 2000),))


@examples(100)
@given(NUMBERS, NUMBERS)
def test_versions_compare_as_numbers_and_are_read_as_they_are_written(
    one: tuple[int, int, int], other: tuple[int, int, int]
) -> None:
    left, right = Version(*one), Version(*other)
    assert (left < right) == (one < other)
    assert Version.parse(str(left)) == left


def test_a_tenth_minor_version_is_newer_than_the_ninth() -> None:
    versions = [Version.parse(text) for text in ("1.10.0", "1.9.0", "2.0.0", "1.9.10", "0.99.99")]
    assert [str(one) for one in sorted(filter(None, versions))] == ["0.99.99", "1.9.0", "1.9.10", "1.10.0", "2.0.0"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "1.2",
        "1.2.3.4",
        "v1.2.3",
        "1.2.x",
        "01.2.3",
        "1.02.3",
        "-1.2.3",
        "1.2.3 ",
        " 1.2.3",
        "1.2.3\n",
        "1..3",
        "1.2.3-rc1",
        "1.2.3+build",
        "1,2,3",
        "1.2.1000000000",
        "latest",
        "1.2.3/",
    ],
)
def test_anything_else_is_no_version(text: str) -> None:
    assert Version.parse(text) is None


@examples(50)
@given(NUMBERS)
def test_each_kind_raises_its_number_and_sets_the_later_ones_to_zero(numbers: tuple[int, int, int]) -> None:
    version = Version(*numbers)
    major, minor, patch = numbers
    assert version.raised("major") == Version(major + 1, 0, 0)
    assert version.raised("minor") == Version(major, minor + 1, 0)
    assert version.raised("patch") == Version(major, minor, patch + 1)
    assert all(version.raised(kind) > version for kind in ("major", "minor", "patch"))


def columns(*changes: ColumnChange) -> dict[str, Any]:
    return {"tables": {"papers": TableDiff("papers", columns=list(changes))}}


def rows(name: str = "listings", **more: Any) -> dict[str, Any]:
    return {"tables": {name: TableDiff(name, **more)}}


MAJOR = [
    ({"tables_removed": ["votes"]}, "table `votes` dropped"),
    (columns(ColumnChange("papers", "year", "int64", None)), "column `papers.year` removed"),
    (columns(ColumnChange("papers", "year", "int64", "string")), "column `papers.year` retyped"),
    ({"sources_removed": [{}]}, "1 source removed"),
    ({"removed": [PAPER, PAPER]}, "2 papers removed"),
    ({"edited": [CHANGED]}, "1 paper edited"),
    ({"relabelled": [CHANGED] * 1234}, "1,234 papers relabelled"),
    ({"moved": [CHANGED]}, "1 paper moved to another split"),
    ({"retaken": [CHANGED]}, "1 paper taken from another occurrence"),
    (rows(removed=[1]), "1 row of `listings` removed"),
    (rows(changed=[(0, 0, ("title",))]), "1 row of `listings` changed"),
]
MINOR = [
    ({"added": [PAPER]}, "1 paper added"),
    ({"sources_added": [{}, {}]}, "2 sources added"),
    ({"tables_added": ["votes"]}, "table `votes` added"),
    (columns(ColumnChange("papers", "year", None, "int64")), "column `papers.year` added"),
    (columns(ColumnChange("papers", "topics", "a", "b", keeps_values=True)), "names added to `papers.topics`"),
    (rows(added=[1, 2]), "2 rows added to `listings`"),
]


@pytest.mark.parametrize(("change", "reason"), MAJOR)
def test_what_is_no_longer_as_it_was_makes_a_major_version(change: dict[str, Any], reason: str) -> None:
    diff = ReleaseDiff({}, {}, **change)
    assert (diff.breaking(), diff.additions(), diff.empty) == ([reason], [], False)
    decision = decide_version(Version(1, 9, 3), diff)
    assert (decision.kind, str(decision.version)) == ("major", "2.0.0")
    assert decision.reason == f"major change since 1.9.3: {reason}"


@pytest.mark.parametrize(("change", "reason"), MINOR)
def test_what_is_new_beside_all_earlier_makes_a_minor_version(change: dict[str, Any], reason: str) -> None:
    diff = ReleaseDiff({}, {}, **change)
    assert (diff.breaking(), diff.additions(), diff.empty) == ([], [reason], False)
    decision = decide_version(Version(1, 9, 3), diff)
    assert (decision.kind, str(decision.version)) == ("minor", "1.10.0")
    assert decision.reason == f"minor change since 1.9.3: {reason}"


@pytest.mark.parametrize(("addition", "_"), MINOR)
def test_one_breaking_change_makes_a_major_version_whatever_was_added(addition: dict[str, Any], _: str) -> None:
    diff = ReleaseDiff({}, {}, **addition, moved=[CHANGED])
    assert decide_version(Version(1, 2, 3), diff).kind == "major"


def test_the_same_rows_in_other_files_make_a_patch_version() -> None:
    diff = ReleaseDiff({}, {}, files={"added": [], "removed": [], "changed": ["README.md"]})
    assert diff.empty
    decision = decide_version(Version(2, 0, 0), diff)
    assert (decision.kind, str(decision.version)) == ("patch", "2.0.1")
