"""Validation of a forged release: rows are changed and every hash, size, count and card figure agrees again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import curation
from tests.releases import Rows, files_of, forge, manifest_of, read_rows, seal
from tests.validation.forging import change_paper, findings, only, split_with


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
