"""Validation of a forged release: rows are changed and every hash, size, count and card figure agrees again."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import curation
from curation.release.folder import file_sha256
from curation.schemas.taxonomy import TOPIC_IDS
from curation.validation import Finding
from tests.commands import curate
from tests.releases import Rows, copy_of, edit_manifest, files_of, forge, manifest_of, read_rows, seal


@pytest.fixture
def copy(release: Path, tmp_path: Path) -> Path:
    return copy_of(release, tmp_path)


@pytest.fixture
def page_copy(page_release: Path, tmp_path: Path) -> Path:
    """A copy of a release whose papers nobody annotated."""
    return copy_of(page_release, tmp_path)


def findings(release: Path) -> tuple[Finding, ...]:
    """Validate a forged release: wrong, though no hash, no size and no card figure is."""
    for entry in manifest_of(release)["files"]:
        assert file_sha256(release / entry["path"]) == entry["sha256"]
    ended = curate("validate", release, "--format", "json")
    assert ended.code == 1, ended.out
    found = tuple(Finding(**finding) for finding in json.loads(ended.out)["findings"])
    assert not {finding.check for finding in found} & {"manifest", "files", "card"}, found
    return found


def only(release: Path) -> Finding:
    (finding,) = findings(release)
    return finding


def split_with(release: Path, wanted: Callable[[dict[str, Any]], bool]) -> tuple[str, dict[str, Any]]:
    """Return the first paper that is as wanted, and its split."""
    for split in manifest_of(release)["tables"]["papers"]:
        for row in read_rows(release, "papers", split):
            if wanted(row):
                return split, row
    raise AssertionError


def change_paper(release: Path, wanted: Callable[[dict[str, Any]], bool], **values: Any) -> dict[str, Any]:
    """Change columns of the first paper that is as wanted."""
    split, paper = split_with(release, wanted)

    def change(rows: Rows) -> None:
        next(row for row in rows if row["paper_id"] == paper["paper_id"]).update(values)

    forge(release, "papers", change, split)
    return paper


def test_a_release_that_is_only_sealed_again_is_the_same(copy: Path, release: Path) -> None:
    forge(copy, "edits", lambda rows: rows)
    assert curation.validate(copy).ok
    for name in files_of(release):
        assert (copy / name).read_bytes() == (release / name).read_bytes(), name


@pytest.mark.parametrize("which", [0, -1])
def test_an_edit_removed_is_found(copy: Path, which: int) -> None:
    single = Counter((row["paper_id"], row["field"]) for row in read_rows(copy, "edits"))
    gone = [row for row in read_rows(copy, "edits") if single[row["paper_id"], row["field"]] == 1][which]
    forge(copy, "edits", lambda rows: [row for row in rows if row != gone])
    finding = only(copy)
    assert finding.check == "edits"
    assert gone["paper_id"] in finding.message
    assert "do not lead back to the captured text" in finding.message


def test_the_edits_of_all_papers_removed_are_found_one_by_one(copy: Path) -> None:
    texts = {(row["paper_id"], row["field"]) for row in read_rows(copy, "edits")}
    forge(copy, "edits", lambda rows: [])
    found = findings(copy)
    assert {finding.check for finding in found} == {"edits"}
    assert len(found) == len(texts)


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [("before", "@@", "do not lead back"), ("after", "@", "left '@'"), ("start", 0, ""), ("rule", "other", "")],
)
def test_an_edit_changed_is_found(copy: Path, column: str, value: Any, message: str) -> None:
    (target, *_) = [row for row in read_rows(copy, "edits") if len(row["before"]) == 2]

    def change(rows: Rows) -> None:
        row = rows[rows.index(target)]
        row[column] = value
        row["end"] = row["start"] + len(row["before"])

    forge(copy, "edits", change)
    found = findings(copy)
    assert {finding.check for finding in found} <= {"edits", "schema"}
    assert any(message in finding.message for finding in found)
    assert any(target["paper_id"] in finding.message for finding in found) or column == "rule"


def test_an_edit_of_a_paper_that_is_not_published_is_found(copy: Path) -> None:
    extra = {**read_rows(copy, "edits")[-1], "paper_id": "f" * 16, "step": 0}
    forge(copy, "edits", lambda rows: [*rows, extra])
    assert "f" * 16 in only(copy).message


@pytest.mark.parametrize("role", ["boilerplate", "separator"])
def test_a_dropped_segment_is_found(copy: Path, role: str) -> None:
    gone = next(row for row in read_rows(copy, "segments") if row["role"] == role)
    forge(copy, "segments", lambda rows: [row for row in rows if row != gone])
    finding = only(copy)
    assert (finding.check, finding.where) == ("ledger", "segments")
    assert gone["source_id"] in finding.message


def test_a_dropped_last_segment_is_found(copy: Path) -> None:
    forge(copy, "segments", lambda rows: rows[:-1])
    found = findings(copy)
    assert any("not given back byte for byte" in finding.message for finding in found)
    assert {finding.check for finding in found} == {"ledger"}


def test_a_dropped_title_segment_is_found_twice_as_bytes_and_as_record(copy: Path) -> None:
    gone = next(row for row in read_rows(copy, "segments") if row["role"] == "title" and row["position"] == 7)
    forge(copy, "segments", lambda rows: [row for row in rows if row != gone])
    assert {(finding.check, finding.where) for finding in findings(copy)} == {
        ("ledger", "segments"),
        ("ledger", "listings"),
    }


def test_changed_bytes_of_a_segment_are_found(copy: Path) -> None:
    def change(rows: Rows) -> None:
        row = next(row for row in rows if row["role"] == "boilerplate")
        row["raw"] = row["raw"].swapcase()

    forge(copy, "segments", change)
    assert "not given back byte for byte" in only(copy).message


def test_a_listing_pointed_to_another_paper_is_found(copy: Path) -> None:
    rows = read_rows(copy, "listings")
    first, second = (row["paper_id"] for row in rows[:2])
    assert rows[0]["is_survivor"]
    forge(copy, "listings", lambda rows: rows[0].update(paper_id=second))
    found = findings(copy)
    assert {finding.check for finding in found} == {"ledger"}
    assert any(f"paper {first} has 0 occurrences" in finding.message for finding in found)
    assert any(finding.row == 0 and finding.where == "listings" for finding in found)


def test_a_merged_listing_pointed_to_another_paper_is_found(copy: Path) -> None:
    def change(rows: Rows) -> None:
        next(row for row in rows if not row["is_survivor"])["paper_id"] = rows[0]["paper_id"]

    forge(copy, "listings", change)
    finding = only(copy)
    assert (finding.check, finding.where) == ("ledger", "listings")
    assert "was merged into" in finding.message


def test_a_listing_that_loses_its_paper_is_found(copy: Path) -> None:
    def change(rows: Rows) -> None:
        next(row for row in rows if not row["is_survivor"])["paper_id"] = None

    forge(copy, "listings", change)
    assert only(copy).check == "ledger"


def test_a_merge_into_another_survivor_is_found(copy: Path) -> None:
    papers = read_rows(copy, "papers")
    forge(copy, "removed", lambda rows: rows[0].update(survivor=papers[0]["paper_id"]))
    found = {finding.where: finding for finding in findings(copy)}
    assert set(found) == {"listings", "removed"}
    assert papers[0]["paper_id"] in found["listings"].message
    assert "exact merge" in found["removed"].message


def test_a_removed_row_left_out_is_found(copy: Path) -> None:
    gone = read_rows(copy, "removed")[0]
    forge(copy, "removed", lambda rows: rows[1:])
    found = findings(copy)
    assert {finding.check for finding in found} == {"ledger"}
    assert any(f"position {gone['position']} is neither published nor removed" in finding.message for finding in found)


def test_an_invented_similarity_of_a_merge_is_found(copy: Path) -> None:
    assert read_rows(copy, "removed")[0]["rule"] == "exact"
    forge(copy, "removed", lambda rows: rows[0].update(similarity=0.8))
    assert {finding.where for finding in findings(copy)} == {"removed"}


def test_a_paper_left_out_is_found(copy: Path) -> None:
    forge(copy, "papers", lambda rows: rows[1:], "test")
    found = findings(copy)
    assert {"ledger", "labels"} <= {finding.check for finding in found} <= {"ledger", "labels", "edits"}
    assert any("243 papers, the last stage kept 244" in finding.message for finding in found)


def test_a_changed_abstract_is_found(copy: Path) -> None:
    edited = {row["paper_id"] for row in read_rows(copy, "edits")}
    split, paper = split_with(copy, lambda row: row["paper_id"] not in edited)

    def change(rows: Rows) -> None:
        row = next(row for row in rows if row["paper_id"] == paper["paper_id"])
        row["abstract"] = row["abstract"].replace(" the ", " a ", 1)

    forge(copy, "papers", change, split)
    finding = only(copy)
    assert finding.check == "edits"
    assert paper["paper_id"] in finding.message


def test_a_paper_with_another_id_is_found(copy: Path) -> None:
    """An id that is used everywhere alike is still not the one its title gives."""
    edited = {row["paper_id"] for row in read_rows(copy, "edits")}
    split, paper = split_with(copy, lambda row: row["paper_id"] not in edited)
    old, new = paper["paper_id"], paper["paper_id"][:-1] + ("0" if paper["paper_id"][-1] != "0" else "1")

    def rename(rows: Rows) -> None:
        for row in rows:
            for column in ("paper_id", "survivor"):
                if row.get(column) == old:
                    row[column] = new

    for table in ("listings", "removed", "annotations"):
        forge(copy, table, rename)
    forge(copy, "papers", rename, split)
    assert any(new in finding.message for finding in findings(copy))


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


def span(start: int, end: int, kind: str = "command") -> dict[str, Any]:
    return {"start": start, "end": end, "kind": kind, "repaired": False}


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({"math_damage": 2}, "spans_where_damage"),
        ({"math_damage_spans": [span(0, 4)]}, "spans_where_damage"),
        ({"math_damage": 3, "math_damage_spans": [span(0, 4)]}, "math_damage: in_range(0, 2): found '3'"),
        ({"math_damage": 2, "math_damage_spans": [span(0, 4), span(2, 6)]}, "math_damage_spans: spans_in_order"),
        ({"math_damage": 2, "math_damage_spans": [span(7, 9), span(2, 6)]}, "math_damage_spans: spans_in_order"),
        ({"math_damage": 2, "math_damage_spans": [span(0, 4, "rust")]}, "math_damage_spans: spans_in_order"),
        ({"math_damage": 2, "math_damage_spans": [span(3, 20_000)]}, "spans_inside_abstract"),
        ({"urls": ["https://example.org/foreign"]}, "urls_from_abstract"),
        ({"code_urls": ["https://github.com/foreign/code"]}, "code_urls_from_urls"),
        ({"year": 1992}, "arxiv_columns_agree"),
        ({"arxiv_id": "2403.3"}, "arxiv_id: str_matches"),
        ({"arxiv_id": None}, "arxiv_columns_agree"),
    ],
)
def test_broken_spans_foreign_links_and_ids_are_found(copy: Path, values: dict[str, Any], rule: str) -> None:
    paper = change_paper(copy, lambda row: not row["math_damage"] and not row["urls"], **values)
    found = findings(copy)
    assert {(finding.check, finding.where) for finding in found} == {("schema", "papers")}
    assert any(rule in finding.message for finding in found), found
    every = [row for split in ("train", "validation", "test") for row in read_rows(copy, "papers", split)]
    assert {every[finding.row or 0]["paper_id"] for finding in found} == {paper["paper_id"]}


def test_links_to_code_in_another_order_are_found(copy: Path) -> None:
    split, paper = split_with(copy, lambda row: row["code_urls"])
    more = [*paper["code_urls"], "https://github.com/a/b"]

    def change(rows: Rows) -> None:
        row = next(row for row in rows if row["paper_id"] == paper["paper_id"])
        row["code_urls"] = more[::-1]

    forge(copy, "papers", change, split)
    assert any("code_urls_from_urls" in finding.message for finding in findings(copy))


@pytest.mark.parametrize(
    ("offset", "check"), [(lambda edit: edit["end"] + 9000, "edits"), (lambda edit: edit["start"], "schema")]
)
def test_further_places_of_an_edit_that_are_not_there_are_found(
    copy: Path, offset: Callable[[dict[str, Any]], int], check: str
) -> None:
    (target, *_) = [row for row in read_rows(copy, "edits") if row["offsets"] == []]
    forge(copy, "edits", lambda rows: rows[rows.index(target)].update(offsets=[offset(target)]))
    assert check in {finding.check for finding in findings(copy)}


@pytest.mark.parametrize("table", ["listings", "segments", "edits", "annotations", "removed", "papers"])
def test_rows_in_another_order_are_found(copy: Path, table: str) -> None:
    forge(copy, table, lambda rows: [rows[1], rows[0], *rows[2:]])
    finding = only(copy)
    assert (finding.check, finding.where.split("/")[0]) == ("ledger", table)
    assert "sorted" in finding.message


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("\x07", "no_control_characters"),
        (" Two  blanks.", "tidy_whitespace"),
        (" Get trending papers in your email inbox", "no_boilerplate"),
        (" nai\u0308ve", "nfc"),
    ],
)
def test_text_that_is_unfit_to_be_published_is_found(copy: Path, text: str, rule: str) -> None:
    edited = {row["paper_id"] for row in read_rows(copy, "edits")}
    _, paper = split_with(copy, lambda row: row["paper_id"] not in edited)
    change_paper(copy, lambda row: row["paper_id"] == paper["paper_id"], abstract=paper["abstract"] + text)
    by_check = {finding.check: finding for finding in findings(copy)}
    assert set(by_check) == {"schema", "edits"}
    assert f"abstract: {rule}: found" in by_check["schema"].message
    assert by_check["schema"].where == "papers"


def test_the_same_paper_in_two_splits_is_found(copy: Path) -> None:
    twice = read_rows(copy, "papers", "train")[0]
    forge(copy, "papers", lambda rows: sorted([*rows, twice], key=lambda row: str(row["paper_id"])), "test")
    found = findings(copy)
    assert any("unique(paper_id)" in finding.message for finding in found)


def test_a_long_list_of_the_same_finding_is_cut(copy: Path) -> None:
    def change(rows: Rows) -> None:
        for row in rows:
            row["role"] = "nonsense" if row["role"] == "separator" else row["role"]

    forge(copy, "segments", change)
    schema = [finding for finding in findings(copy) if finding.check == "schema"]
    assert len(schema) < 100
    assert any("more rows" in finding.message for finding in schema)


def test_sealing_keeps_what_the_builder_wrote(copy: Path, release: Path) -> None:
    """The forger of these tests changes nothing by itself."""
    seal(copy)
    assert manifest_of(copy) == manifest_of(release)
