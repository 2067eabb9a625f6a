"""Every figure of the card is the data's."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import DatasetCard

from curation.annotate import measure_agreement, read_annotations
from curation.normalize.rules import RULES
from curation.release.build import build
from curation.release.card import DAMAGE_LEVEL_MEANING, DAMAGE_MEANING
from curation.schemas.derive import column_docs
from curation.schemas.stages import DAMAGE_KINDS, DAMAGE_LEVELS
from curation.schemas.tables import TABLES
from curation.schemas.taxonomy import TOPICS
from curation.validation import validate
from tests.commands import ROOT
from tests.releases import Rows, copy_of, forge, manifest_of, read_rows
from tests.sample_page import PAPERS, page_text


@dataclass(frozen=True)
class Card:
    """A card as the Hub reads it: its metadata and its text."""

    data: dict[str, Any]
    text: str

    @classmethod
    def of(cls, release: Path) -> Card:
        read: Any = DatasetCard.load(release / "README.md", ignore_metadata_errors=False)
        return cls(read.data.to_dict(), read.text)


@pytest.fixture(scope="module")
def card(release: Path) -> Card:
    return Card.of(release)


@pytest.fixture(scope="module")
def own_card(page_release: Path) -> Card:
    return Card.of(page_release)


def table_under(text: str, *heading: str) -> list[list[str]]:
    """Return the cells of the Markdown table whose header row has these first cells."""
    lines = text.splitlines()
    (start,) = [number for number, line in enumerate(lines) if cells_of(line)[: len(heading)] == list(heading)]
    rows: list[list[str]] = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        rows.append(cells_of(line))
    return rows


def cells_of(line: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def rows_of(release: Path, name: str) -> list[dict[str, Any]]:
    return [row for split in manifest_of(release)["tables"][name] for row in read_rows(release, name, split)]


def test_the_first_sentence_counts_papers_records_and_merges(release: Path, card: Card) -> None:
    removed = Counter(row["reason"] for row in rows_of(release, "removed"))
    papers, listings = rows_of(release, "papers"), rows_of(release, "listings")
    first = (
        f"**{len(papers)} papers** from {len(listings)} captured records; {removed['merged']} occurrences were merged"
    )
    assert first in card.text
    assert (len(papers), len(listings), removed["merged"], removed["rejected"]) == (244, 250, 6, 0)
    assert f"Version {manifest_of(release)['version']} of {manifest_of(release)['date']}," in card.text


def test_counts_by_split_are_the_data(release: Path, card: Card) -> None:
    shown = table_under(card.text, "split of `papers`", "papers")
    splits = ("train", "validation", "test")
    assert shown == [[split, str(len(read_rows(release, "papers", split)))] for split in splits]


def test_counts_by_table_are_the_data(release: Path, card: Card) -> None:
    shown = table_under(card.text, "table", "rows")
    assert shown == [[f"`{name}`", f"{len(rows_of(release, name)):,}", spec.row] for name, spec in TABLES.items()]


def test_sources_are_named_with_bytes_records_and_id(release: Path, card: Card) -> None:
    records = Counter(row["source_id"] for row in rows_of(release, "listings"))
    ends = {row["source_id"]: row["end"] for row in rows_of(release, "segments")}  # sorted, so the last end stays
    shown = table_under(card.text, "name", "layout", "bytes", "records")
    assert len(shown) == 2
    for name, layout, size, count, shown_id in shown:
        content = (ROOT / "data" / "raw" / name).read_bytes()
        source = shown_id.strip("`")
        assert source == hashlib.sha256(content).hexdigest()[:16]
        assert size == f"{len(content):,}" == f"{ends[source]:,}"
        assert int(count) == records[source]
        assert layout == {"000": "A", "001": "B"}[name[:3]]


def test_rows_of_every_stage_are_the_manifests(release: Path, card: Card) -> None:
    shown = table_under(card.text, "stage", "rows in")
    keys = ("stage", "in", "kept", "merged", "rejected")
    assert shown == [[str(stage[key]) for key in keys] for stage in manifest_of(release)["stages"]]


def test_edits_by_rule_are_the_data(release: Path, card: Card) -> None:
    edits = rows_of(release, "edits")
    counts = Counter(row["rule"] for row in edits)
    assert table_under(card.text, "rule", "class", "edits") == [
        [f"`{rule.id}`", rule.of, str(counts[rule.id]), rule.why.replace("|", "\\|")]
        for rule in RULES
        if counts[rule.id]
    ]
    assert f"{len({row['paper_id'] for row in edits})} papers were edited" in card.text


def test_counts_of_damage_are_the_data(release: Path, card: Card) -> None:
    papers = rows_of(release, "papers")
    levels = Counter(DAMAGE_LEVELS[row["math_damage"]] for row in papers)
    assert table_under(card.text, "`math_damage`", "papers") == [
        [f"`{level}`", str(levels[level]), DAMAGE_LEVEL_MEANING[level]] for level in DAMAGE_LEVELS
    ]
    (limit,) = re.findall(r"^- The math of .*$", card.text, re.MULTILINE)
    assert limit.startswith(f"- The math of {levels['visible']} abstracts is visibly damaged")
    assert (f", that of {levels['suspected']} more may be." in limit) == bool(levels["suspected"])
    spans = [span for row in papers for span in row["math_damage_spans"]]
    repaired = sum(span["repaired"] for span in spans)
    assert f"Of {len(spans)} marked places, {repaired} were repaired." in limit
    shown = table_under(card.text, "kind", "places", "repaired")
    assert [row[:3] for row in shown] == [
        [f"`{kind}`", str(len(found)), str(sum(span["repaired"] for span in found))]
        for kind in DAMAGE_KINDS
        if (found := [span for span in spans if span["kind"] == kind])
    ]
    assert all(len(row[3]) > 10 for row in shown)


def test_counts_of_damage_that_was_repaired_are_the_data(release: Path, tmp_path: Path) -> None:
    copy = copy_of(release, tmp_path)

    def damage(rows: Rows) -> None:
        for number, row in enumerate(rows):
            span = {"start": number % 5, "end": number % 5 + 3, "kind": DAMAGE_KINDS[number % 4]}
            row["math_damage"] = 1 + number % 2
            row["math_damage_spans"] = [{**span, "repaired": number % 3 == 0}]

    forge(copy, "papers", damage)
    assert validate(copy).ok
    test_counts_of_damage_are_the_data(copy, Card.of(copy))


def test_every_kind_of_damage_has_a_meaning() -> None:
    assert tuple(DAMAGE_MEANING) == DAMAGE_KINDS
    assert tuple(DAMAGE_LEVEL_MEANING) == DAMAGE_LEVELS


def test_links_and_arxiv_ids_are_counted_and_their_table_is_named(release: Path, card: Card) -> None:
    papers = rows_of(release, "papers")
    some = {name: sum(bool(row[name]) for row in papers) for name in ("arxiv_id", "categories", "urls", "code_urls")}
    assert some["arxiv_id"] == 244
    assert some["categories"] == 92
    assert 0 < some["code_urls"] < some["urls"] < 100
    part = card.text.split("## Links and arXiv ids\n")[1].split("\n## ")[0]
    assert f"({some['urls']} papers have any)" in part
    assert f"lead to source code ({some['code_urls']} papers)" in part
    assert f"{some['arxiv_id']} papers of 244 have an id" in part
    assert f"{some['categories']} have categories" in part
    table = (ROOT / "data/enrichment/arxiv-ids.csv").read_bytes()
    assert "`arxiv-ids.csv` (244 titles with an id; its sha256 is in `manifest.json`)" in part
    assert manifest_of(release)["enrichment"] == {
        "arxiv_ids": {
            "name": "arxiv-ids.csv",
            "sha256": hashlib.sha256(table).hexdigest(),
            "bytes": len(table),
            "titles": 244,
        }
    }


def test_a_card_without_a_table_of_arxiv_ids_says_so(page_release: Path, own_card: Card) -> None:
    assert "No table of arXiv ids was given" in own_card.text
    assert "with an id" not in own_card.text
    assert manifest_of(page_release)["enrichment"] is None


def test_counts_by_topic_are_the_data(release: Path, card: Card) -> None:
    papers = rows_of(release, "papers")
    counts = Counter(row["primary_topic_name"] for row in papers)
    anywhere = Counter(name for row in papers for name in row["topic_names"])
    assert table_under(card.text, "code", "topic") == [
        [str(code), f"`{topic.id}`", str(counts[topic.id]), str(anywhere[topic.id]), topic.description]
        for code, topic in enumerate(TOPICS)
    ]
    assert counts[None] == 0
    assert "All 244 papers carry such a label (`label_source` is `adjudicated`)" in card.text
    assert "abstained on" not in card.text


def test_the_agreement_is_that_of_the_annotators_files(release: Path, card: Card) -> None:
    folder = ROOT / "data/annotations"
    given = {name: read_annotations(folder / f"{name}.csv") for name in ("annotator-a", "annotator-b")}
    measured = measure_agreement(given)
    part = card.text.split("First round, ")[1].split("\n\n")[0]
    assert part.startswith("annotator-a and annotator-b, 244 papers: Cohen's kappa on the primary topic **0.986**")
    kappa = measured.pairs[0].primary
    assert f"(95 % interval {kappa.low:.3f} to {kappa.high:.3f})" in part
    assert f"the same set of topics in {100 * measured.same_set:.1f} % of the papers" in part
    assert f"{measured.alpha_jaccard:.3f} (Jaccard distance) and {measured.alpha_masi:.3f} (MASI)" in part
    assert f"They differ in some topic of {len(measured.differences)} papers." in part
    weakest = min(measured.pairs[0].topics, key=lambda topic: topic.kappa.value or 0.0)
    assert f"least is `{weakest.topic}` (kappa {weakest.kappa.value:.3f})." in part


def test_the_manifest_names_every_annotators_file_and_counts_label_sources(release: Path, page_release: Path) -> None:
    manifest = manifest_of(release)
    rounds = {"annotator-a": "1", "annotator-b": "1", "annotator-c": "2", "adjudicator": "1"}
    assert [voice["annotator"] for voice in manifest["labels"]["annotations"]] == list(rounds)
    for voice in manifest["labels"]["annotations"]:
        content = (ROOT / "data/annotations" / voice["name"]).read_bytes()
        assert (voice["bytes"], voice["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
        assert voice["round"] == rounds[voice["annotator"]]
        said = [row for row in rows_of(release, "annotations") if row["annotator"] == voice["annotator"]]
        assert {row["version"] for row in said} == {voice["round"]}
        assert len({row["paper_id"] for row in said}) == voice["papers"]
    assert manifest["statistics"]["papers_by_label_source"] == {"adjudicated": 244, "model": 0, "abstained": 0}
    own = manifest_of(page_release)
    assert own["labels"]["annotations"] == []
    assert own["statistics"]["agreement"] is None
    assert own["statistics"]["papers_by_label_source"] == {"adjudicated": 0, "model": 5, "abstained": 1}


def test_the_card_of_papers_that_nobody_annotated_says_so(own_card: Card) -> None:
    assert "Nobody annotated these papers; they were labelled by the labeler" in own_card.text
    assert "It gave topics to 5 papers (`label_source` is `model`" in own_card.text
    assert "and abstained on 1 paper (`label_source` is `abstained`" in own_card.text
    assert "The labeler weighs these votes." in own_card.text
    assert "No abstract shows damage to its math. What was lost" in own_card.text
    for claim in ("By language models", "First round", "kappa", "adjudicator decided", "charts/agreement"):
        assert claim not in own_card.text


def test_every_chart_of_the_card_is_a_picture_in_the_release(release: Path, page_release: Path) -> None:
    for folder, names in (
        (release, {"topics", "cooccurrence", "agreement", "benchmark"}),
        # no paper of the page has a second topic
        (page_release, {"topics"}),
    ):
        text = (folder / "README.md").read_text(encoding="utf-8")
        shown = re.findall(r"!\[[^\]]{10,}\]\(charts/(\w+)\.png\)", text)
        listed = {entry["path"] for entry in manifest_of(folder)["files"] if entry["path"].startswith("charts/")}
        assert set(shown) == names
        assert listed == {f"charts/{name}.png" for name in names}
        for path in listed:
            assert (folder / path).read_bytes().startswith(b"\x89PNG\r\n\x1a\n")


@pytest.mark.parametrize("name", TABLES)
def test_the_data_dictionary_has_every_column_with_its_meaning(card: Card, name: str) -> None:
    part = card.text.split(f"### `{name}`\n")[1].split("\n## ")[0].split("\n### ")[0]
    shown = {row[0].strip("`"): row for row in table_under(part, "column", "type")}
    docs = column_docs(TABLES[name])
    assert list(shown) == [doc.name for doc in docs]
    for doc in docs:
        assert shown[doc.name][1] == doc.type
        assert shown[doc.name][3] == doc.meaning
        assert len(doc.meaning) >= 10


def marks(text: str) -> Iterator[str]:
    yield from re.findall(r"\{\{|\}\}|\{%|%\}|\{#|Undefined|\bNone\b|\bnan\b", text)


@pytest.mark.parametrize("which", ["release", "page_release"])
def test_no_mark_of_the_template_is_left(request: pytest.FixtureRequest, which: str) -> None:
    text = (request.getfixturevalue(which) / "README.md").read_text(encoding="utf-8")
    assert list(marks(re.sub(r"(?s)```bibtex.*?```", "", text))) == []  # BibTeX keeps capitals with double braces
    assert "\n\n\n" not in text
    assert text.endswith("\n")


@pytest.mark.parametrize("which", ["release", "page_release"])
def test_every_section_says_something(request: pytest.FixtureRequest, which: str) -> None:
    text = (request.getfixturevalue(which) / "README.md").read_text(encoding="utf-8")
    for section in re.split(r"^##? ", text, flags=re.MULTILINE)[1:]:
        heading, _, body = section.partition("\n")
        assert heading.strip()
        assert len(body.split()) > 10, heading
        assert not body.strip().endswith(":"), heading


def test_every_table_row_has_as_many_cells_as_its_header(card: Card, own_card: Card) -> None:
    for text in (card.text, own_card.text):
        blocks = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
        assert len(blocks) > 8
        for block in blocks:
            widths = {len(cells_of(line)) for line in block.splitlines()}
            assert len(widths) == 1, block


def test_the_example_code_names_splits_and_files_that_exist(release: Path, page_release: Path) -> None:
    for folder in (release, page_release):
        text = (folder / "README.md").read_text(encoding="utf-8")
        (path,) = re.findall(r'pd\.read_parquet\("path/to/release/([^"]+)"\)', text)
        assert (folder / path).is_file()
        (config,) = re.findall(r'load_dataset\("path/to/release", "(\w+)"\)', text)
        assert rows_of(folder, config)
        split = re.findall(r'papers\["(\w+)"\]', text)[0]
        assert read_rows(folder, "papers", split)


def test_a_users_own_card_says_nothing_of_the_official_dataset(own_card: Card) -> None:
    official = (ROOT / "data" / "recipe.toml").read_text(encoding="utf-8")
    sentences = re.findall(r'^(?:summary|provenance|title|name) = "(.*)"$', official, re.MULTILINE)
    assert len(sentences) == 4
    for claim in (*sentences, "000_", "001_", "244", "250", "Mar 17"):
        assert claim not in own_card.text + str(own_card.data)
    assert own_card.data["pretty_name"] == "My Abstracts"


def test_a_users_own_card_counts_its_own_papers(page_release: Path, own_card: Card) -> None:
    assert f"**{len(PAPERS)} papers** from {len(PAPERS)} captured records. Version" in own_card.text
    assert "merged with another" not in own_card.text.split("\n\n", 3)[2]
    assert "my-page.txt" in own_card.text
    assert {config["config_name"] for config in own_card.data["configs"]} == {
        name for name in TABLES if rows_of(page_release, name)
    }


def test_a_page_without_edits_and_labels_gives_a_card_that_says_so(tmp_path: Path) -> None:
    page = tmp_path / "page.txt"
    page.write_text(page_text(PAPERS[5:]), encoding="utf-8")
    out = build([page], out=tmp_path / "release").out
    card = Card.of(out)
    assert "No text needed an edit." in card.text
    assert "Nobody annotated these papers; they were labelled by the labeler" in card.text
    assert "It gave topics to 0 papers (`label_source` is `model`" in card.text
    assert "abstained on 1 paper" in card.text
    assert "](charts/" not in card.text
    assert not (out / "charts").exists()
    assert "**1 paper** from 1 captured record." in card.text
    # the tasks have their rows, but nothing of them is in `test`
    assert {config["config_name"] for config in card.data["configs"]} == {
        *("papers", "listings", "segments", "queries", "corpus", "qrels")
    }
    assert "This one has too few papers for any of them." in card.text
    assert 'load_dataset("path/to/release", "listings")' in card.text
    # the split with the one paper, whichever it is, is the one that the example opens
    (split,) = card.data["dataset_info"][0]["splits"]
    assert f'papers["{split["name"]}"]' in card.text


def test_names_with_marks_of_markdown_and_yaml_do_not_break_the_card(tmp_path: Path) -> None:
    page = tmp_path / "a|b: `c` # d.txt"
    page.write_text(page_text(), encoding="utf-8")
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(
        '[dataset]\nname = "x"\ntitle = "Yes: {{ no }} # | --- \'q\' \\"r\\""\nsummary = "{% raw %} 100 % | *bold*"\n',
        encoding="utf-8",
    )
    out = build([page], recipe=recipe, out=tmp_path / "release").out
    card = Card.of(out)
    assert card.data["pretty_name"] == "Yes: {{ no }} # | --- 'q' \"r\""
    assert "{% raw %} 100 % | *bold*" in card.text
    (row,) = table_under(card.text, "name", "layout")

    assert len(row) == 5
    assert row[0].replace("\\", "") == page.name


@pytest.mark.parametrize("which", ["release", "page_release"])
def test_the_sections_come_in_the_order_a_reader_needs(request: pytest.FixtureRequest, which: str) -> None:
    text = (request.getfixturevalue(which) / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == [
        "What it is for",
        "What is in it",
        "How it was collected",
        "How the text was repaired",
        "How the topics were given",
        "Splits",
        "Benchmark",
        "Known limits",
        "Licence and whose words these are",
        "Asking for a removal",
        "Versions",
        "Citation",
        "Columns",
    ]
    assert "human" not in text.lower()
