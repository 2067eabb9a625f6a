"""Tests of agreement."""

from __future__ import annotations

import json
import re

import pytest

from curation.annotate import Agreement, Annotation, Kappa, TopicAgreement, measure_agreement, read_annotations
from curation.errors import InputFileError
from curation.schemas.taxonomy import TOPIC_IDS
from tests.annotate.labels import labels, paper
from tests.commands import ROOT

UNDEFINED = Kappa(None, None, None)


def measure(*given: dict[str, Annotation], seed: int = 0) -> Agreement:
    return measure_agreement(dict(zip("abcdef", given, strict=False)), resamples=200, seed=seed)


def topic(agreement: Agreement, name: str) -> TopicAgreement:
    (found,) = [one for one in agreement.pairs[0].topics if one.topic == name]
    return found


FIRST = labels("statistics", "statistics optimization", "optimization", "optimization statistics", "time-series")
SECOND = labels("statistics", "optimization statistics", "optimization", "optimization", "time-series")


@pytest.fixture(scope="module")
def pair() -> Agreement:
    return measure(FIRST, SECOND)


def test_shares_of_papers_with_the_same_label(pair: Agreement) -> None:
    assert pair.papers == 5
    assert pair.same_primary == 4 / 5
    assert pair.same_set == 4 / 5


def test_kappa_of_the_primary_topics(pair: Agreement) -> None:
    # observed 4/5; by chance (2 * 1 + 2 * 3 + 1 * 1) / 25
    kappa = pair.pairs[0].primary
    assert kappa.value is not None
    assert kappa.value == pytest.approx((4 / 5 - 9 / 25) / (1 - 9 / 25))
    assert kappa.low is not None
    assert kappa.high is not None
    assert kappa.low < kappa.value < kappa.high == 1


def test_kappa_of_a_topic(pair: Agreement) -> None:
    assert [one.topic for one in pair.pairs[0].topics] == list(TOPIC_IDS)
    statistics = topic(pair, "statistics")
    # given 3 and 2 times of 5, the same 4 times; by chance (3 * 2 + 2 * 3) / 25
    assert statistics.papers == 3
    assert statistics.kappa.value == pytest.approx((4 / 5 - 12 / 25) / (1 - 12 / 25))
    optimization = topic(pair, "optimization")
    assert (optimization.papers, optimization.kappa) == (3, Kappa(1.0, 1.0, 1.0))


def test_kappa_of_a_topic_that_nobody_gave_is_undefined(pair: Agreement) -> None:
    finance = topic(pair, "finance-economics")
    assert (finance.papers, finance.kappa) == (0, UNDEFINED)


def test_kappa_of_a_topic_that_only_one_gave_is_zero() -> None:
    only = topic(measure(labels("statistics", "statistics optimization"), labels(*["statistics"] * 2)), "optimization")
    assert (only.papers, only.kappa.value) == (1, 0.0)


def test_the_primary_topics_against_each_other() -> None:
    first = labels(
        "statistics", "statistics", "statistics", "optimization", "time-series", "statistics", "optimization"
    )
    second = labels(
        "optimization", "time-series", "time-series", "statistics", "time-series", "statistics", "computer-vision"
    )
    confusion = measure(first, second).pairs[0].confusion
    assert confusion.different == (
        ("statistics", "time-series", 2),
        ("optimization", "computer-vision", 1),
        ("optimization", "statistics", 1),
        ("statistics", "optimization", 1),
    )
    assert confusion.totals == {
        "optimization": (2, 1),
        "time-series": (1, 3),
        "computer-vision": (0, 1),
        "statistics": (4, 2),
    }
    assert list(confusion.totals) == [one for one in TOPIC_IDS if one in confusion.totals]


def test_papers_that_differ_are_listed(pair: Agreement) -> None:
    assert [(one.paper_id, one.title, one.topics) for one in pair.differences] == [
        (paper(1), "Paper 1", {"a": ("statistics", "optimization"), "b": ("optimization", "statistics")}),
        (paper(3), "Paper 3", {"a": ("optimization", "statistics"), "b": ("optimization",)}),
    ]


def test_the_order_of_further_topics_is_no_difference() -> None:
    first = labels("statistics optimization time-series", "optimization")
    second = labels("statistics time-series optimization", "optimization")
    agreement = measure(first, second)
    assert agreement.differences == ()
    assert agreement.same_primary == agreement.same_set == agreement.alpha_masi == agreement.alpha_jaccard == 1


def test_annotators_that_never_differ_and_never_vary_leave_all_undefined() -> None:
    agreement = measure(labels(*["statistics"] * 3), labels(*["statistics"] * 3))
    assert agreement.same_primary == agreement.same_set == 1
    assert agreement.alpha_jaccard is None
    assert agreement.alpha_masi is None
    assert agreement.pairs[0].primary == UNDEFINED
    assert {one.kappa for one in agreement.pairs[0].topics} == {UNDEFINED}
    assert agreement.as_json()["alpha_masi"] is None


def test_annotators_that_always_differ() -> None:
    agreement = measure(labels("statistics", "optimization"), labels("optimization", "statistics"))
    assert agreement.pairs[0].primary.value == -1
    assert agreement.same_primary == agreement.same_set == 0
    assert len(agreement.differences) == 2


def test_one_paper_is_enough() -> None:
    agreement = measure(labels("statistics"), labels("optimization"))
    assert agreement.pairs[0].primary == Kappa(0.0, 0.0, 0.0)
    assert agreement.alpha_jaccard == 0


def test_more_than_two_annotators() -> None:
    third = labels("statistics", "optimization statistics", "time-series", "optimization", "time-series")
    agreement = measure(FIRST, SECOND, third)
    assert agreement.annotators == ("a", "b", "c")
    assert [(one.first, one.second) for one in agreement.pairs] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert agreement.same_primary == agreement.same_set == 3 / 5
    assert [one.paper_id for one in agreement.differences] == [paper(1), paper(2), paper(3)]
    assert agreement.differences[1].topics["c"] == ("time-series",)
    assert agreement.pairs[0] == measure(FIRST, SECOND).pairs[0]
    assert agreement.pairs[2].primary.value == measure(SECOND, third).pairs[0].primary.value
    assert agreement.alpha_masi != measure(FIRST, SECOND).alpha_masi


def test_the_order_of_rows_changes_nothing(pair: Agreement) -> None:
    assert measure(dict(reversed(FIRST.items())), SECOND) == pair
    assert measure(FIRST, dict(reversed(SECOND.items()))) == pair


def test_another_seed_changes_intervals_alone() -> None:
    first = labels(*["statistics", "optimization", "time-series"] * 20)
    second = labels(*["statistics", "optimization", "time-series", "statistics", "time-series"] * 12)
    one, again, other = (measure(first, second, seed=seed) for seed in (0, 0, 1))
    assert one == again
    assert one.pairs[0].primary.value == other.pairs[0].primary.value
    assert one.pairs[0].primary != other.pairs[0].primary
    assert (one.alpha_masi, one.differences) == (other.alpha_masi, other.differences)
    assert (one.seed, other.seed, other.resamples) == (0, 1, 200)


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_annotators_are_one_clear_error(count: int) -> None:
    with pytest.raises(InputFileError, match=f"agreement needs two annotators, not {count}") as caught:
        measure(*[FIRST] * count)
    assert caught.value.hint


def test_no_papers_are_one_clear_error() -> None:
    with pytest.raises(InputFileError, match="labelled no paper"):
        measure({}, {})


@pytest.mark.parametrize("place", [0, 1, 2])
def test_different_papers_are_one_clear_error(place: int) -> None:
    given = [dict(FIRST) for _ in range(3)]
    del given[place][paper(4)]
    message = f"{'abc'[place]} did not label what another annotator did, papers: 1: {paper(4)} (Paper 4)"
    with pytest.raises(InputFileError, match=re.escape(message)):
        measure(*given)


def test_the_report_is_json(pair: Agreement) -> None:
    report = pair.as_json()
    assert json.loads(json.dumps(report, allow_nan=False)) == report
    assert report["pairs"][0]["primary_kappa"]["value"] == 0.6875
    assert report["pairs"][0]["topics"][0] == {
        "topic": TOPIC_IDS[0],
        "papers": 0,
        "kappa": {"value": None, "low": None, "high": None},
    }
    assert report["pairs"][0]["confusion"]["different"] == [
        {"first": "statistics", "second": "optimization", "papers": 1}
    ]
    assert report["pairs"][0]["confusion"]["totals"]["statistics"] == {"first": 2, "second": 1}
    assert report["differences"][1]["topics"] == {"a": ["optimization", "statistics"], "b": ["optimization"]}


def test_the_annotations_of_the_dataset() -> None:
    folder = ROOT / "data" / "annotations"
    agreement = measure_agreement({name: read_annotations(folder / f"annotator-{name}.csv") for name in "ab"})
    assert agreement.papers == 244
    assert len(agreement.differences) == 32
    report = agreement.as_json()
    assert report["pairs"][0]["primary_kappa"]["value"] == 0.986468
    assert (report["alpha_jaccard"], report["alpha_masi"]) == (0.932886, 0.912606)
    assert len(report["pairs"][0]["confusion"]["different"]) == 3
    low, high = (report["pairs"][0]["primary_kappa"][end] for end in ("low", "high"))
    assert 0.95 < low < 0.98
    assert high == 1
