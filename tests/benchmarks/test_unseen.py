"""The unseen tests: how they are drawn, and that their labels are whole."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from benchmarks import unseen
from curation.schemas.stages import MAX_TOPICS
from curation.schemas.taxonomy import TOPIC_IDS

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT.parent / "shared" / "arxiv" / "arxiv-metadata-sample.jsonl.gz"
ROUNDS = ("first", "second")


def labels(number: str, name: str) -> dict[str, list[str]]:
    with (ROOT / "data" / "unseen" / number / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert all(list(row) == ["arxiv_id", "primary", "topics"] for row in rows)
    assert all(row["topics"].split()[0] == row["primary"] for row in rows)
    assert len({row["arxiv_id"] for row in rows}) == len(rows)
    return {row["arxiv_id"]: row["topics"].split() for row in rows}


@pytest.mark.parametrize("number", ROUNDS)
def test_every_difference_of_the_annotators_and_nothing_else_is_decided(number: str) -> None:
    first, second, decided = (labels(number, name) for name in ("annotator-a", "annotator-b", "adjudicator"))
    assert len(first) == 200
    assert first.keys() == second.keys()
    differing = {one for one in first if first[one][0] != second[one][0] or set(first[one]) != set(second[one])}
    assert decided.keys() == differing
    for topics in (*first.values(), *second.values(), *decided.values()):
        assert set(topics) <= set(TOPIC_IDS)
        assert len(set(topics)) == len(topics) <= MAX_TOPICS


def test_the_rounds_have_no_paper_in_common() -> None:
    assert not labels("first", "annotator-a").keys() & labels("second", "annotator-a").keys()


def test_a_drawing_is_spread_over_categories_and_does_not_depend_on_order() -> None:
    categories = {f"{number:05}": "big" if number % 20 else "small" for number in range(2000)}
    drawn = unseen.draw(categories, size=50)
    assert drawn == unseen.draw(dict(reversed(categories.items())), size=50)
    assert [len(drawn[number]) for number in unseen.ROUNDS] == [50, 50]
    assert not set(drawn["first"]) & set(drawn["second"])
    counts = Counter(categories[one] for one in drawn["first"])
    # the square roots of 1900 and 100 are as 4.36 to 1
    assert counts["small"] in {9, 10}


@pytest.mark.shared
def test_the_papers_are_those_that_are_drawn() -> None:
    if not SAMPLE.is_file():
        pytest.skip("the sample of arXiv metadata is not here")
    categories = {record["id"]: record["categories"].split()[0] for record in unseen.read_sample(SAMPLE)}
    drawn = unseen.draw(categories)
    for number in ROUNDS:
        assert set(drawn[number]) == labels(number, "annotator-a").keys()
