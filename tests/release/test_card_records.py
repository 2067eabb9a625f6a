"""Card and Croissant say what a release is made of: record files, captured pages or both, with labels or without."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import DatasetCard

from curation.engines import LocalEngine
from curation.recipe import Recipe, read_recipe
from curation.release.build import build
from curation.release.card import render_card
from curation.release.card_sources import OF_PAGES
from curation.validation import validate
from tests.commands import ROOT
from tests.record_sample import record, records, write_csv, write_jsonl, write_parquet
from tests.releases import manifest_of
from tests.sample_page import page_text

DEFAULT_RECIPE = ROOT / "curation/resources/default_recipe.toml"
RECIPE = """
[dataset]
name = "stripped"
title = "Stripped"
[label]
topics = false
[enrich]
arxiv_ids = "ids.csv"
[[sources]]
path = "table.csv"
math = "stripped"
columns = { title = "paper|title", abstract = "abstract" }
"""


def made(folder: Path, *names: str, labels: bool) -> Path:
    write_jsonl(folder / "papers.jsonl", records())
    write_parquet(folder / "rows.parquet", [record(30)])
    (folder / "page.txt").write_text(page_text(), encoding="utf-8")
    sources = [folder / name for name in names]
    release = build(sources, out=folder / "release", labels=labels, engine=LocalEngine(processes=1)).out
    assert validate(release).findings == ()
    return release


@pytest.fixture(scope="module")
def of_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Record files alone, without labels."""
    return made(tmp_path_factory.mktemp("files"), "papers.jsonl", "rows.parquet", labels=False)


@pytest.fixture(scope="module")
def of_both(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Record files and a captured page, with labels."""
    return made(tmp_path_factory.mktemp("both"), "papers.jsonl", "page.txt", labels=True)


@pytest.fixture(scope="module")
def stripped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record file whose math was stripped, with other names of columns, and a table of ids."""
    folder = tmp_path_factory.mktemp("stripped")
    rows = [
        {"paper|title": row["title"], "abstract": row["abstract"].replace("$", "")} for row in map(record, range(6))
    ]
    write_csv(folder / "table.csv", rows)
    (folder / "recipe.toml").write_text(RECIPE, encoding="utf-8")
    ids = f"title,arxiv_id,categories,year,sources\n{record(0)['title']},2501.10000,cs.LG,2025,seen\n"
    (folder / "ids.csv").write_text(ids, encoding="utf-8")
    release = build(recipe=folder / "recipe.toml", out=folder / "release", engine=LocalEngine(processes=1)).out
    assert validate(release).findings == ()
    return release


def prose(release: Path) -> str:
    """Return the card without its metadata, the rules' own words, and the data dictionary."""
    text = str(DatasetCard.load(release / "README.md").text)
    return re.sub(r"(?m)^\| `[a-z-]+` \| (layout|certain|math) .*\n", "", text.partition("## Columns")[0])


def metadata(release: Path) -> dict[str, Any]:
    card: Any = DatasetCard.load(release / "README.md")
    return dict(card.data.to_dict())


def responsible(release: Path) -> dict[str, Any]:
    return json.loads((release / "croissant.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def test_without_pages_nothing_is_said_of_pages(of_files: Path) -> None:
    text = re.sub("this dataset's page|link to their pages|Nothing was stripped", "", prose(of_files))
    for words in ("page", "Hugging Face Papers", "byte for byte", "Every byte", "curate restore", "stripp", "damaged"):
        assert not re.search(rf"\b{words}", text), words
    for words in (
        "Abstracts from files of records.",
        "The sources are files of records, each with a title and an abstract.",
        "| papers.jsonl | JSON lines | in LaTeX |",
        "| rows.parquet | Parquet | in LaTeX |",
        "Each record of a file of records has its row",
        "`arxiv_id` and `categories` are what the records of the files state of themselves",
        "By rule: `arxiv-id` 1, `exact` 1, `near` 1.",
        "Records that state the same arXiv id are one paper, too, however similar they are.",
        "### Math in LaTeX",
    ):
        assert words in text, words


def test_without_labels_nothing_is_said_of_topics_but_that(of_files: Path) -> None:
    text = prose(of_files)
    assert "No labels were given, as the recipe asks" in text
    for words in ("labeler", "annotators", "what belongs", "charts/", "The topics", "Small topics", "stratified"):
        assert words not in text, words
    assert not (of_files / "charts").exists()
    assert "A paper goes to its split by a hash of its id (train 60%" in text
    found = metadata(of_files)
    assert found["task_categories"] == ["text-retrieval"]
    assert found["task_ids"] == ["document-retrieval"]
    assert found["annotations_creators"] == ["no-annotation"]
    assert found["tags"] == ["abstracts", "scientific-text"]
    assert not {"annotations", "segments"} & {config["config_name"] for config in found["configs"]}


def test_of_both_kinds_both_are_said(of_both: Path) -> None:
    text = prose(of_both)
    for words in (
        "Abstracts from captured Hugging Face Papers listings and files of records.",
        "- **Sources**: the captured pages themselves, byte for byte, and every record of the files",
        "| page.txt | page, layout B | stripped |",
        "Every byte of every page is in the release",
        "Each record of a file of records has its row",
        "### Math in LaTeX\n\nSome sources keep their LaTeX.",
        "### Damage to math\n\nListing pages strip TeX math",
        "## How the topics were given",
        "The first assignment is stratified by primary topic",
    ):
        assert words in text, words


def test_a_file_without_its_math_and_with_other_columns_is_described(stripped: Path) -> None:
    text = prose(stripped)
    for words in (
        "| table.csv | CSV | stripped |",
        "In table.csv the columns have other names: `title` from paper\\|title.",
        "These texts were stripped of their TeX math before they came here",
        "Where nobody states an id, it was looked up with its categories in the table `ids.csv` (1 title with an id;",
        "1 paper of 6 has an id, 1 has categories.",
        "- arXiv ids that no record states were matched by title alone.",
    ):
        assert words in text, words
    assert "Math in LaTeX" not in text
    assert "Hugging Face Papers" not in text


def test_the_rules_stand_in_the_order_they_run(of_both: Path) -> None:
    rules = re.findall(r"(?m)^\| `([a-z-]+)` \| (?:layout|certain|math) ", (of_both / "README.md").read_text())
    assert rules.index("latex-math") < rules.index("tex-accent")


def test_a_large_release_is_no_small_one(of_files: Path) -> None:
    manifest = manifest_of(of_files)
    manifest["tables"]["papers"]["train"]["rows"] = 2_000_000
    text = render_card(manifest, Recipe.model_validate(manifest["recipe"]))
    assert "training a large model" not in text
    assert "- testing what a model has memorised" in text


def test_croissant_says_what_the_card_says(of_files: Path, of_both: Path, stripped: Path) -> None:
    files, both, table = (responsible(release) for release in (of_files, of_both, stripped))
    assert files["description"] == "Abstracts from files of records. 13 papers from 17 captured records."
    assert files["rai:dataCollection"] == "Files of records. 2 sources with 17 records; manifest.json lists them."
    assert files["rai:dataCollectionType"] == "Others: files of records"
    assert files["rai:dataCollectionMissingData"].startswith("All sources keep their math in LaTeX. 0 of 13 abstracts")
    raw = "Every record of the files is in the release, in `listings` or `removed`; the files are not."
    assert files["rai:dataCollectionRawData"] == raw
    assert files["rai:dataAnnotationProtocol"] == "No topics were given."
    assert files["rai:dataUseCases"] == ["Retrieval over titles and abstracts."]
    assert files["rai:dataLimitations"] == ["Formulas that could not be read whole stay in LaTeX."]
    assert files["license"][1]["description"] == "The edits and other annotations."
    whole = json.dumps({name: value for name, value in files.items() if name.startswith("rai:")})
    for words in ("captured page", "labeler", "segments", "annotators"):
        assert words not in whole, words
    assert both["rai:dataCollectionRawData"] == f"{raw} Every byte of every page is, in `segments` and `listings`."
    assert (
        "Some sources keep their math in LaTeX. Other texts were stripped of it."
        in both["rai:dataCollectionMissingData"]
    )
    assert "`segments` holds the captured pages whole" in both["rai:personalSensitiveInformation"]
    assert "or if they state the same arXiv id" in both["rai:dataPreprocessingProtocol"][1]
    assert table["rai:dataCollectionMissingData"].startswith("Math was stripped. `math_damage` marks what shows it")
    assert "arXiv ids that no record states were matched by title alone." in table["rai:dataLimitations"]


def test_the_built_in_recipe_speaks_of_pages_only_where_there_are_any() -> None:
    assert read_recipe(None).dataset.summary == OF_PAGES


def test_what_the_built_in_recipe_shows_can_be_used(tmp_path: Path) -> None:
    text = DEFAULT_RECIPE.read_text(encoding="utf-8")
    shown = re.sub(r"(?m)^# (?=[\[a-z][^.]*(= |\]))", "", text).replace('sha256 = "…"', f'sha256 = "{"0" * 64}"')
    (tmp_path / "recipe.toml").write_text(shown, encoding="utf-8")
    recipe = read_recipe(tmp_path / "recipe.toml")
    page, file = recipe.sources
    assert (page.path, page.format, file.format, file.math) == ("my-page.txt", None, "jsonl", "latex")
    assert file.columns.categories == "subjects"
    assert not recipe.label.topics
    assert recipe.enrich is not None
    assert recipe.card.homepage
