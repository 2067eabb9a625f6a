"""Validation of a release of record files: every record has its row, and no label came from nowhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from curation.engines import LocalEngine
from curation.release.build import build
from curation.validation import Finding, validate
from tests.commands import curate
from tests.record_sample import IDENTIFIED, NEAR, REJECTED, record, records, write_csv, write_jsonl
from tests.releases import Rows, copy_of, edit_manifest, files_of, forge, manifest_of, read_rows, seal
from tests.sample_page import page_text
from tests.validation.forging import change_paper, findings, only

TOTAL = len(records())


@pytest.fixture(scope="module")
def of_records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release of a record file beside a captured page, without labels."""
    folder = tmp_path_factory.mktemp("records")
    write_jsonl(folder / "papers.jsonl", records())
    (folder / "page.txt").write_text(page_text(), encoding="utf-8")
    sources = [folder / "papers.jsonl", folder / "page.txt"]
    return build(sources, out=folder / "release", labels=False, engine=LocalEngine(processes=1)).out


@pytest.fixture
def forged(of_records: Path, tmp_path: Path) -> Path:
    return copy_of(of_records, tmp_path)


def source_of(release: Path) -> str:
    """Return the id of the record file."""
    return next(str(one["source_id"]) for one in manifest_of(release)["sources"] if one["format"] == "jsonl")


def at(release: Path, position: int) -> tuple[str, int]:
    return source_of(release), position


def place(row: dict[str, Any]) -> tuple[str, int]:
    return row["source_id"], row["position"]


def without(release: Path, table: str, position: int) -> None:
    """Take the row of a record out of a table."""
    forge(release, table, lambda rows: [row for row in rows if place(row) != at(release, position)])


def messages(found: tuple[Finding, ...]) -> list[str]:
    return [f"{one.where}: {one.message}" for one in found]


def test_a_release_of_record_files_is_valid_and_sealing_it_changes_no_byte(of_records: Path, forged: Path) -> None:
    assert validate(of_records).findings == ()
    seal(forged)
    assert validate(forged).ok
    for name in files_of(of_records):
        assert (of_records / name).read_bytes() == (forged / name).read_bytes(), name


def test_a_lost_record_is_found(forged: Path) -> None:
    source = source_of(forged)
    without(forged, "listings", NEAR)
    assert messages(findings(forged)) == [
        f"listings: source {source}: 14 rows, of 15 that the manifest counts as records",
        f"listings: source {source}, position {NEAR} is neither in listings nor rejected while parsing",
    ]


def test_a_lost_rejected_record_is_found(forged: Path) -> None:
    source = source_of(forged)
    without(forged, "removed", REJECTED)
    assert messages(findings(forged)) == [
        f"removed: source {source}: 0 rows, of 1 that the manifest counts as rejected",
        f"listings: source {source}, position {REJECTED} is neither in listings nor rejected while parsing",
        "removed: stage parse: 1 rejected in the manifest, other rows in the table",
    ]


def test_a_record_that_the_manifest_does_not_count_is_found(forged: Path) -> None:
    source = source_of(forged)

    def change(manifest: dict[str, Any]) -> None:
        next(one for one in manifest["sources"] if one["source_id"] == source).update(records=1_000_000_000_000)

    edit_manifest(forged, change)
    seal(forged)
    found = messages(findings(forged))
    assert found[0] == f"listings: source {source}: 15 rows, of 1000000000000 that the manifest counts as records"
    assert found[1:21] == [
        f"listings: source {source}, position {TOTAL + number} is neither in listings nor rejected while parsing"
        for number in range(20)
    ]
    more = 1_000_000_000_001 - TOTAL - 20
    what = "each of which is neither in listings nor rejected while parsing"
    assert found[21:] == [f"listings: source {source}: {more} more positions, {what}"]


@pytest.mark.parametrize("where", [IDENTIFIED, REJECTED, TOTAL])
def test_a_doubled_record_is_found(forged: Path, where: int) -> None:
    source = source_of(forged)

    def double(rows: Rows) -> None:
        again = next(row for row in rows if place(row) == at(forged, IDENTIFIED))
        rows.append({**again, "position": where})
        rows.sort(key=place)

    forge(forged, "listings", double)
    found = messages(findings(forged))
    assert f"listings: source {source}: 16 rows, of 15 that the manifest counts as records" in found
    wanted = {
        IDENTIFIED: "unique",
        REJECTED: f"removed: source {source}, position {where} is in listings, and rejected while parsing",
        TOTAL: f"listings: source {source}, position {where} is not one of its 16 records",
    }[where]
    assert any(wanted in message for message in found)


def test_a_changed_record_is_found(forged: Path) -> None:
    def change(rows: Rows) -> None:
        next(row for row in rows if place(row) == at(forged, 7))["abstract"] += " Unless it rains."

    forge(forged, "listings", change)
    assert "the edits of the abstract do not lead back to the captured text" in only(forged).message


def test_bytes_of_a_record_file_have_no_place(forged: Path) -> None:
    source = source_of(forged)
    row = {"source_id": source, "start": 0, "end": 1, "role": "boilerplate", "position": None, "raw": b"{"}
    forge(forged, "segments", lambda rows: sorted([*rows, row], key=lambda one: (one["source_id"], one["start"])))
    assert only(forged).message == f"source {source} is a file of records, and has 1 segments"


def test_a_label_of_nobody_is_found(forged: Path) -> None:
    paper = change_paper(forged, lambda row: True, label_source="abstained")
    finding = only(forged)
    assert finding.check == "labels"
    assert finding.message == f"paper {paper['paper_id']} has a label (abstained), but the recipe asks for no topics"


def test_many_labels_of_nobody_are_told_in_few_lines(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "many.csv", [record(number) for number in range(60)])
    release = build([path], out=tmp_path / "release", labels=False, engine=LocalEngine(processes=1)).out.resolve()
    forge(release, "papers", lambda rows: [{**row, "label_source": "abstained"} for row in rows])
    found = messages(findings(release))
    assert len(found) == 21
    assert found[-1].endswith("more papers have a label, but the recipe asks for no topics")


def test_a_vote_of_nobody_is_found(forged: Path) -> None:
    paper = read_rows(forged, "papers")[0]["paper_id"]
    vote = {"paper_id": paper, "annotator": "model", "version": "2", "topic": 1, "is_primary": True, "score": 0.5}
    forge(forged, "annotations", lambda rows: [vote])
    assert only(forged).message == "1 rows of labels, but the recipe asks for no topics"


def test_a_missing_label_is_found_where_the_recipe_asks_for_topics(page_copy: Path) -> None:
    paper = change_paper(page_copy, lambda row: row["label_source"] == "abstained", label_source=None, topic_scores=[])
    assert only(page_copy).message == f"nobody was asked for the topics of paper {paper['paper_id']}"


def change_merge(release: Path, position: int, **values: Any) -> dict[str, Any]:
    """Change the row of `removed` of a merged record."""
    changed: dict[str, Any] = {}

    def change(rows: Rows) -> None:
        row = next(row for row in rows if place(row) == at(release, position))
        row.update(values)
        changed.update(row)

    forge(release, "removed", change)
    return changed


@pytest.mark.parametrize(("position", "rule"), [(NEAR, "near"), (IDENTIFIED, "arxiv-id")])
def test_a_changed_similarity_is_found(of_records: Path, forged: Path, position: int, rule: str) -> None:
    (before,) = [row for row in read_rows(of_records, "removed") if place(row) == at(forged, position)]
    assert before["rule"] == rule
    row = change_merge(forged, position, similarity=0.9375)
    wanted = f"the similarity to {row['survivor']} is {before['similarity']}, the table says 0.9375"
    assert only(forged).message == wanted


def test_an_unlike_record_is_no_near_duplicate(forged: Path) -> None:
    row = change_merge(forged, IDENTIFIED, rule="near")
    assert only(forged).message == f"the similarity to {row['survivor']} is 0.0, below the threshold of 0.75"


def test_a_merge_by_an_id_that_a_paper_does_not_have_is_found(forged: Path) -> None:
    survivor = next(row["survivor"] for row in read_rows(forged, "removed") if row["rule"] == "arxiv-id")
    change_paper(forged, lambda row: row["paper_id"] == survivor, arxiv_id=None, categories=[], year=None)
    assert only(forged).message == f"a merge into {survivor} by an arXiv id that the two cannot share"


def test_a_captured_page_states_no_id(copy: Path) -> None:
    def change(rows: Rows) -> None:
        rows[0]["rule"] = "arxiv-id"

    forge(copy, "removed", change)
    assert "by an arXiv id that the two cannot share" in only(copy).message


@pytest.mark.parametrize("rule", ["latex-math", "math-times"])
def test_an_edit_by_a_rule_of_other_texts_is_found(forged: Path, rule: str) -> None:
    """The rule for LaTeX is none for a page, and those of stripped math are none for a record that has its LaTeX."""
    own = {
        row["paper_id"]
        for split in ("train", "validation", "test")
        for row in read_rows(forged, "papers", split)
        if (row["source_id"] == source_of(forged)) == (rule == "math-times")
    }
    edits = read_rows(forged, "edits")
    number = next(number for number, row in enumerate(edits) if row["paper_id"] in own)
    forge(forged, "edits", lambda rows: rows[number].update(rule=rule))
    side = "with" if rule == "math-times" else "without"
    paper = edits[number]["paper_id"]
    assert only(forged).message == f"there is no rule {rule!r} for texts {side} their LaTeX, as that of paper {paper}"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"math": None}, "a file of records has the layout `records`, `columns` and `math`"),
        ({"layout": "A"}, "a file of records has the layout `records`, `columns` and `math`"),
        ({"format": "listing"}, "a captured page has not the layout `records`, `columns` and `math`"),
        ({"format": "xml"}, "Input should be 'listing', 'jsonl', 'csv' or 'parquet'"),
        ({"columns": {"author": "x"}}, "columns.author"),
    ],
)
def test_a_source_of_no_kind_is_told(forged: Path, change: dict[str, Any], message: str) -> None:
    def edit(manifest: dict[str, Any]) -> None:
        next(one for one in manifest["sources"] if one["format"] == "jsonl").update(change)

    edit_manifest(forged, edit)
    ended = curate("validate", forged)
    assert ended.code == 1
    assert "manifest manifest.json: the manifest is damaged or of another kind: `sources." in ended.out
    assert message in ended.out
