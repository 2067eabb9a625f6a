"""Explaining a paper: everything the release says of it, as JSON and as lines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from curation.schemas.history import schema_versions
from curation.schemas.stages import DAMAGE_LEVELS
from curation.schemas.taxonomy import TOPIC_IDS
from tests.commands import curate
from tests.releases import copy_of, edit_manifest, forge, read_rows

SPANS = [
    {"start": 0, "end": 4, "kind": "command", "repaired": True},
    {"start": 6, "end": 7, "kind": "command", "repaired": False},
    {"start": 9, "end": 11, "kind": "braces", "repaired": False},
]


def facts_of(release: Path, paper: str) -> dict[str, Any]:
    ended = curate("explain", release, paper, "--format", "json")
    assert (ended.code, ended.err) == (0, "")
    facts: dict[str, Any] = json.loads(ended.out)
    return facts


def lines_of(release: Path, paper: str) -> list[str]:
    ended = curate("explain", release, paper)
    assert (ended.code, ended.err) == (0, "")
    return ended.out.splitlines()


@pytest.fixture
def damaged(release: Path, tmp_path: Path) -> Path:
    copy = copy_of(release, tmp_path)
    forge(copy, "papers", lambda rows: rows[0].update(math_damage=2, math_damage_spans=SPANS))
    return copy


def test_as_json_a_paper_has_its_enrichment_and_its_damage(release: Path, damaged: Path) -> None:
    for folder in (release, damaged):
        for row in read_rows(folder, "papers")[:3]:
            facts = facts_of(folder, row["paper_id"])
            for name in ("arxiv_id", "categories", "year", "urls", "code_urls", "math_damage_spans"):
                assert facts[name] == row[name], name
            assert facts["math_damage"] == DAMAGE_LEVELS[row["math_damage"]]


def test_as_lines_a_paper_has_its_arxiv_id_year_and_categories(release: Path) -> None:
    rows = read_rows(release, "papers")
    row = next(row for row in rows if len(row["categories"]) > 1)
    categories = " ".join(row["categories"])
    shown = lines_of(release, row["paper_id"])
    assert f"arXiv {row['arxiv_id']}   year {row['year']}   categories {categories}" in shown
    row = next(row for row in rows if not row["categories"])
    assert any(line.endswith("categories unknown") for line in lines_of(release, row["paper_id"]))


@pytest.mark.parametrize("spelled", ["{}", "arXiv:{}v2", "https://arxiv.org/abs/{}v1", "arxiv.org/pdf/{}", " {} "])
def test_a_paper_is_found_by_its_identifier_on_arxiv(release: Path, spelled: str) -> None:
    row = next(row for row in read_rows(release, "papers") if row["arxiv_id"])
    assert facts_of(release, spelled.format(row["arxiv_id"]))["paper_id"] == row["paper_id"]


def test_an_identifier_that_no_paper_has_is_no_part_of_a_title(release: Path) -> None:
    ended = curate("explain", release, "9912.00001")
    assert (ended.code, ended.out) == (2, "")
    assert "no paper matches '9912.00001'" in ended.err


def test_as_lines_a_paper_without_an_id_says_so(page_release: Path) -> None:
    row = next(row for split in ("train", "validation", "test") for row in read_rows(page_release, "papers", split))
    assert "arXiv unknown" in lines_of(page_release, row["paper_id"])


def test_as_lines_a_paper_has_its_links_and_says_which_lead_to_code(release: Path) -> None:
    rows = [row for split in ("train", "validation", "test") for row in read_rows(release, "papers", split)]
    code = next(row for row in rows if row["code_urls"])
    other = next(row for row in rows if set(row["urls"]) - set(row["code_urls"]))
    assert f"code {code['code_urls'][0]}" in lines_of(release, code["paper_id"])
    link = next(url for url in other["urls"] if url not in other["code_urls"])
    assert f"link {link}" in lines_of(release, other["paper_id"])


def test_as_lines_a_paper_has_its_damage(release: Path, damaged: Path) -> None:
    rows = read_rows(damaged, "papers")
    assert "math damage visible, in 3 places (command 2, braces 1), 1 repaired" in lines_of(
        damaged, rows[0]["paper_id"]
    )
    row = next(row for row in rows if not row["math_damage"])
    assert "math damage none" in lines_of(release, row["paper_id"])


def test_further_places_of_an_edit_are_counted(release: Path, tmp_path: Path) -> None:
    copy = copy_of(release, tmp_path)
    abstract = read_rows(copy, "papers")[0]["abstract"]
    first, second, third = [place for place, char in enumerate(abstract) if char == " "][:3]
    paper = read_rows(copy, "papers")[0]["paper_id"]
    place = {"start": first, "end": first + 1, "offsets": [second, third]}
    edit = {
        "paper_id": paper,
        "field": "abstract",
        "step": 99,
        "rule": "whitespace",
        "before": "\n",
        "after": " ",
    } | place
    forge(copy, "edits", lambda rows: [*rows, edit])
    facts = facts_of(copy, paper)
    assert facts["texts"]["abstract"]["edits"][-1]["offsets"] == [second, third]
    assert facts["texts"]["abstract"]["captured"].count("\n") == 3
    assert any(line.endswith("(and in 2 further places)") for line in lines_of(copy, paper))


def test_a_release_of_an_unknown_schema_is_one_clear_error(release: Path, tmp_path: Path) -> None:
    copy = copy_of(release, tmp_path)
    edit_manifest(copy, lambda manifest: manifest.update(schema_version="9.0.0"))
    ended = curate("explain", copy, "mamba4rec")
    assert (ended.code, ended.out) == (2, "")
    assert "the release has schema version 9.0.0" in ended.err
    assert f"expected: one of {', '.join(schema_versions())}" in ended.err
    assert "what to do: use the version of the package that built it" in ended.err


def voices_of(release: Path, paper: str) -> dict[tuple[str, str], list[str]]:
    """What each person said of a paper, by name and round, the primary topic first and the others by code."""
    said: dict[tuple[str, str], list[str]] = {}
    rows = [row for row in read_rows(release, "annotations") if row["paper_id"] == paper and row["score"] is None]
    for row in sorted(rows, key=lambda row: (not row["is_primary"], row["topic"])):
        said.setdefault((row["annotator"], row["version"]), []).append(TOPIC_IDS[row["topic"]])
    return said


@pytest.mark.parametrize("decided", [True, False])
def test_every_voice_on_a_paper_is_shown_with_its_round(release: Path, decided: bool) -> None:
    adjudicated = {row["paper_id"] for row in read_rows(release, "annotations") if row["annotator"] == "adjudicator"}
    rows = read_rows(release, "papers")
    paper = next(row for row in rows if (row["paper_id"] in adjudicated) is decided)
    said = voices_of(release, paper["paper_id"])
    names = {("annotator-a", "1"), ("annotator-b", "1"), ("annotator-c", "2")}
    assert set(said) == names | ({("adjudicator", "1")} if decided else set())
    shown = lines_of(release, paper["paper_id"])
    assert "topics (adjudicated)" in shown
    for (name, number), topics in said.items():
        assert f"  {name} (round {number}): {' '.join(topics)}" in shown
    final = said["adjudicator", "1"] if decided else said["annotator-a", "1"]
    assert [line.strip().removesuffix("  (primary)") for line in shown[shown.index("topics (adjudicated)") + 1 :]][
        : len(final)
    ] == final
    assert f"  {final[0]}  (primary)" in shown
    facts = facts_of(release, paper["paper_id"])
    assert facts["labels"] == {"primary": final[0], "topics": final, "source": "adjudicated"}
    votes = [vote for vote in facts["votes"] if vote["score"] is None]
    assert {(vote["annotator"], vote["version"]) for vote in votes} == set(said)


def test_the_votes_of_functions_are_shown_with_their_scores_apart_from_the_voices(release: Path) -> None:
    voted = next(row for row in read_rows(release, "annotations") if row["score"] is not None)
    shown = lines_of(release, voted["paper_id"])
    (line,) = [line for line in shown if line.split()[:1] == [voted["annotator"]]]
    assert line.split()[1:] == [TOPIC_IDS[voted["topic"]], f"{voted['score']:.2f}"]
    assert not any("labeling-functions" in line and "(round" in line for line in shown)


def test_a_paper_that_the_labeler_labelled_says_so_and_shows_its_probabilities(page_release: Path) -> None:
    rows = [row for split in ("train", "validation", "test") for row in read_rows(page_release, "papers", split)]
    paper = next(row for row in rows if row["label_source"] == "model")
    shown = lines_of(page_release, paper["paper_id"])
    assert "topics (model)" in shown
    assert f"  {paper['primary_topic_name']}  (primary)" in shown
    for topic in paper["topics"]:
        score = f"{paper['topic_scores'][topic]:.2f}"
        assert ["model", TOPIC_IDS[topic], score] in [line.split() for line in shown]
    assert not any("(round" in line for line in shown)
