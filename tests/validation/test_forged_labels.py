"""Labels, voices and scores that were forged, with the hashes made right again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from curation.schemas.taxonomy import TOPIC_IDS
from tests.releases import Rows, edit_manifest, forge, read_rows, seal
from tests.validation.forging import change_paper, findings, only, split_with


def test_a_changed_label_is_found(copy: Path) -> None:
    other = TOPIC_IDS.index("statistics")
    paper = change_paper(
        copy,
        lambda row: len(row["topics"]) == 1 and row["primary_topic"] != other,
        primary_topic=other,
        topics=[other],
        primary_topic_name="statistics",
        topic_names=["statistics"],
    )
    finding = only(copy)
    assert finding.check == "labels"
    assert paper["paper_id"] in finding.message


def test_labels_in_another_order_are_found(copy: Path) -> None:
    split, paper = split_with(copy, lambda row: len(row["topics"]) > 2)

    def change(rows: Rows) -> None:
        row = next(row for row in rows if row["paper_id"] == paper["paper_id"])
        for column in ("topics", "topic_names"):
            row[column] = [row[column][1], row[column][0], *row[column][2:]]

    forge(copy, "papers", change, split)
    assert any("topic_names_agree" in finding.message for finding in findings(copy))


@pytest.mark.parametrize("annotator", ["annotator-a", "annotator-b", "adjudicator"])
def test_a_changed_vote_is_found(copy: Path, annotator: str) -> None:
    def change(rows: Rows) -> None:
        next(row for row in rows if row["annotator"] == annotator and row["is_primary"])["is_primary"] = False

    forge(copy, "annotations", change, statistics=False)
    assert {finding.check for finding in findings(copy)} & {"labels", "ledger"}


def decided(release: Path) -> set[str]:
    """Papers on which the adjudicator decided."""
    return {row["paper_id"] for row in read_rows(release, "annotations") if row["annotator"] == "adjudicator"}


@pytest.mark.parametrize("by_adjudicator", [True, False])
@pytest.mark.parametrize("further", [(), ("learning-methods",)])
def test_a_changed_adjudicated_topic_is_found(copy: Path, by_adjudicator: bool, further: tuple[str, ...]) -> None:
    papers = decided(copy)
    other = TOPIC_IDS.index("speech-audio")
    topics = [other, *map(TOPIC_IDS.index, further)]
    paper = change_paper(
        copy,
        lambda row: (row["paper_id"] in papers) is by_adjudicator and row["primary_topic"] != other,
        primary_topic=other,
        topics=topics,
        primary_topic_name=TOPIC_IDS[other],
        topic_names=[TOPIC_IDS[topic] for topic in topics],
    )
    finding = only(copy)
    assert (finding.check, finding.where) == ("labels", "papers")
    assert paper["paper_id"] in finding.message
    assert "adjudicated" in finding.message


def test_a_further_topic_left_out_is_found(copy: Path) -> None:
    _, paper = split_with(copy, lambda row: len(row["topics"]) == 2)
    change_paper(
        copy,
        lambda row: row["paper_id"] == paper["paper_id"],
        topics=paper["topics"][:1],
        topic_names=paper["topic_names"][:1],
    )
    assert paper["paper_id"] in only(copy).message


def test_further_topics_in_another_order_are_found(copy: Path) -> None:
    _, paper = split_with(copy, lambda row: len(row["topics"]) > 2)
    (first, second, third), names = paper["topics"][:3], paper["topic_names"]
    change_paper(
        copy,
        lambda row: row["paper_id"] == paper["paper_id"],
        topics=[first, third, second, *paper["topics"][3:]],
        topic_names=[names[0], names[2], names[1], *names[3:]],
    )
    assert {finding.check for finding in findings(copy)} <= {"schema", "labels"}


@pytest.mark.parametrize("annotator", ["annotator-a", "annotator-b"])
@pytest.mark.parametrize("by_adjudicator", [True, False])
@pytest.mark.parametrize("primary", [True, False])
def test_an_annotators_row_removed_is_found(copy: Path, annotator: str, by_adjudicator: bool, primary: bool) -> None:
    papers = decided(copy)
    gone = next(
        row
        for row in read_rows(copy, "annotations")
        if row["annotator"] == annotator
        and (row["paper_id"] in papers) is by_adjudicator
        and row["is_primary"] is primary
    )
    forge(copy, "annotations", lambda rows: [row for row in rows if row != gone], statistics=False)
    found = findings(copy)
    assert {finding.check for finding in found} <= {"labels", "ledger"}
    if not by_adjudicator:
        assert any(gone["paper_id"] in finding.message for finding in found)


@pytest.mark.parametrize("annotator", ["annotator-a", "annotator-b", "annotator-c", "adjudicator"])
def test_a_voice_removed_is_found(copy: Path, annotator: str) -> None:
    forge(copy, "annotations", lambda rows: [row for row in rows if row["annotator"] != annotator])
    assert {finding.check for finding in findings(copy)} <= {"labels", "ledger"}


def test_a_paper_that_the_second_round_lost_is_found(copy: Path) -> None:
    lost = next(row["paper_id"] for row in read_rows(copy, "annotations") if row["annotator"] == "annotator-c")
    forge(
        copy,
        "annotations",
        lambda rows: [row for row in rows if (row["annotator"], row["paper_id"]) != ("annotator-c", lost)],
    )
    assert any("annotator-c" in finding.message for finding in findings(copy))


def test_a_decision_removed_is_found(copy: Path) -> None:
    paper = min(decided(copy))
    forge(
        copy,
        "annotations",
        lambda rows: [row for row in rows if (row["annotator"], row["paper_id"]) != ("adjudicator", paper)],
    )
    found = findings(copy)
    assert {finding.check for finding in found} == {"labels"}
    assert any(paper in finding.message for finding in found)
    assert any("adjudicator" in finding.message for finding in found)


def test_a_changed_decision_is_found(copy: Path) -> None:
    def change(rows: Rows) -> None:
        row = next(row for row in rows if row["annotator"] == "adjudicator" and row["is_primary"])
        same = [one["topic"] for one in rows if (one["annotator"], one["paper_id"]) == ("adjudicator", row["paper_id"])]
        row["topic"] = next(topic for topic in range(len(TOPIC_IDS)) if topic not in same)
        rows.sort(key=lambda row: (row["paper_id"], row["annotator"], row["version"], row["topic"]))

    forge(copy, "annotations", change)
    assert only(copy).check == "labels"


def test_votes_on_a_paper_that_is_not_published_are_found(copy: Path) -> None:
    row = next(row for row in read_rows(copy, "annotations") if "/" in row["annotator"])
    forge(copy, "annotations", lambda rows: [*rows, {**row, "paper_id": "f" * 16}])
    finding = only(copy)
    assert (finding.check, finding.where) == ("labels", "annotations")
    assert "f" * 16 in finding.message


NO_TOPICS: dict[str, Any] = {"primary_topic": None, "topics": [], "primary_topic_name": None, "topic_names": []}


@pytest.mark.parametrize("source", ["model", "abstained"])
def test_a_label_of_another_source_is_found(copy: Path, source: str) -> None:
    paper = change_paper(copy, lambda row: True, label_source=source)
    found = findings(copy)
    assert {finding.check for finding in found} <= {"labels", "schema"}
    assert any(finding.check == "labels" and paper["paper_id"] in finding.message for finding in found)


def test_a_label_that_hides_behind_an_abstention_is_found(copy: Path) -> None:
    paper = change_paper(copy, lambda row: True, label_source="abstained", **NO_TOPICS)
    finding = only(copy)
    assert finding.check == "labels"
    assert paper["paper_id"] in finding.message


def test_a_label_of_the_labeler_that_hides_behind_an_abstention_is_found(page_copy: Path) -> None:
    paper = change_paper(page_copy, lambda row: row["label_source"] == "model", label_source="abstained", **NO_TOPICS)
    finding = only(page_copy)
    assert finding.check == "labels"
    assert paper["paper_id"] in finding.message


def test_a_label_that_claims_to_be_adjudicated_is_found(page_copy: Path) -> None:
    paper = change_paper(
        page_copy, lambda row: row["label_source"] == "model", label_source="adjudicated", topic_scores=[]
    )
    finding = only(page_copy)
    assert finding.check == "labels"
    assert paper["paper_id"] in finding.message


def test_a_changed_label_of_the_labeler_is_found(page_copy: Path) -> None:
    other = TOPIC_IDS.index("statistics")
    paper = change_paper(
        page_copy,
        lambda row: row["label_source"] == "model",
        primary_topic=other,
        topics=[other],
        primary_topic_name="statistics",
        topic_names=["statistics"],
    )
    finding = only(page_copy)
    assert finding.check == "labels"
    assert paper["paper_id"] in finding.message


SCORES = [0.5] * len(TOPIC_IDS)


def test_scores_of_an_adjudicated_paper_are_found(copy: Path) -> None:
    paper = change_paper(copy, lambda row: row["label_source"] == "adjudicated", topic_scores=SCORES)
    finding = only(copy)
    assert (finding.check, finding.where) == ("schema", "papers")
    assert "source_fits_labels" in finding.message
    assert paper["paper_id"] in finding.message


@pytest.mark.parametrize(
    "scores", [[1.5, *SCORES[1:]], [-0.1, *SCORES[1:]], SCORES[1:], [*SCORES, 0.5], [0.12345] * 19]
)
def test_scores_that_are_no_probabilities_of_every_topic_are_found(page_copy: Path, scores: list[float]) -> None:
    change_paper(page_copy, lambda row: row["label_source"] == "model", topic_scores=scores)
    assert any(
        finding.check == "schema" and "topic_scores: scores_for_every_topic" in finding.message
        for finding in findings(page_copy)
    )


def test_scores_that_are_not_those_on_record_are_found(page_copy: Path) -> None:
    paper = change_paper(page_copy, lambda row: row["label_source"] == "model", topic_scores=SCORES)
    finding = only(page_copy)
    assert finding.check == "labels"
    assert paper["paper_id"] in finding.message


@pytest.mark.parametrize("score", [1.5, 0.5, None])
def test_a_changed_score_of_the_labeler_on_record_is_found(page_copy: Path, score: float | None) -> None:
    def change(rows: Rows) -> None:
        next(row for row in rows if row["annotator"] == "model" and row["is_primary"])["score"] = score

    forge(page_copy, "annotations", change)
    assert {finding.check for finding in findings(page_copy)} <= {"labels", "schema"}


@pytest.mark.parametrize("voice", ["annotator-a", "adjudicator", "annotator-c"])
@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({"topic": 19}, "topic: in_range(0, 18)"),
        ({"topic": -1}, "topic: in_range(0, 18)"),
        ({"topic": None}, "topic: not_nullable"),
        ({"is_primary": None}, "is_primary: not_nullable"),
        ({"annotator": None}, "annotator: not_nullable"),
        ({"version": None}, "version: not_nullable"),
        ({"paper_id": None}, "paper_id: not_nullable"),
    ],
)
def test_a_broken_row_of_an_annotator_is_found(copy: Path, voice: str, values: dict[str, Any], rule: str) -> None:
    def change(rows: Rows) -> None:
        next(row for row in rows if row["annotator"] == voice).update(values)

    forge(copy, "annotations", change, statistics=False)
    assert any(finding.check == "schema" and rule in finding.message for finding in findings(copy))


def test_a_broken_row_of_the_labeler_is_found(page_copy: Path) -> None:
    def change(rows: Rows) -> None:
        next(row for row in rows if row["annotator"] == "model")["topic"] = 19

    forge(page_copy, "annotations", change)
    assert any(finding.check == "schema" and "topic: in_range" in finding.message for finding in findings(page_copy))


@pytest.mark.parametrize(
    "keys", [("kappa_primary", "value"), ("kappa_primary", "low"), ("alpha_masi",), ("same_set",), ("papers",)]
)
def test_a_changed_figure_of_agreement_in_the_manifest_is_found(copy: Path, keys: tuple[str, ...]) -> None:
    def change(manifest: dict[str, Any]) -> None:
        part = manifest["statistics"]["agreement"]
        for key in keys[:-1]:
            part = part[key]
        part[keys[-1]] = round(part[keys[-1]] - 0.001, 4) if isinstance(part[keys[-1]], float) else 245

    edit_manifest(copy, change)
    seal(copy, statistics=False)
    finding = only(copy)
    assert (finding.check, finding.where) == ("ledger", "manifest.json")
    assert "agreement" in finding.message


def test_an_annotator_who_labelled_another_number_of_papers_is_found(copy: Path) -> None:
    edit_manifest(copy, lambda manifest: manifest["labels"]["annotations"][2].update(papers=243))
    seal(copy)
    assert any("annotator-c" in finding.message for finding in findings(copy))


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({"primary_topic": 19}, "primary_topic: in_range(0, 18): found '19'"),
        ({"topics": [0, 19]}, "topics: topics_from_taxonomy: found '[0, 19]'"),
        ({"topics": [0, 0]}, "topics: topics_from_taxonomy: found '[0, 0]'"),
        ({"topic_names": ["nonsense"]}, "topic_names_agree"),
    ],
)
def test_a_topic_that_is_not_in_the_taxonomy_is_found(copy: Path, values: dict[str, Any], rule: str) -> None:
    paper = change_paper(copy, lambda row: row["primary_topic"] == 0, **values)
    found = findings(copy)
    schema = [finding for finding in found if finding.check == "schema"]
    assert any(rule in finding.message for finding in schema), schema
    assert {finding.where for finding in schema} == {"papers"}
    every = [row for split in ("train", "validation", "test") for row in read_rows(copy, "papers", split)]
    assert {every[finding.row or 0]["paper_id"] for finding in schema} == {paper["paper_id"]}
