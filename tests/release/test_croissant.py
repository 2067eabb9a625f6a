"""`croissant.json` is valid for mlcroissant, which reads every table back from it, row by row."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mlcroissant
import pytest

from curation.recipe import Recipe
from curation.release.build import build
from curation.release.croissant import CROISSANT, croissant
from curation.release.manifest import to_json
from curation.release.reader import open_release
from curation.schemas.croissant import record_sets
from curation.schemas.derive import column_docs
from curation.schemas.stages import DAMAGE_LEVELS, SPLITS
from curation.schemas.tables import TABLES
from curation.schemas.taxonomy import TOPIC_IDS
from tests.releases import copy_of, manifest_of, read_rows

# mlcroissant 1.1.1 calls what rdflib 7 and pandas 3 have deprecated
pytestmark = [
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The inplace keyword in DataFrame.reset_index:DeprecationWarning"),
]

DATE = "2026-01-31"


def document_of(release: Path, **changes: Any) -> dict[str, Any]:
    manifest = manifest_of(release) | changes
    return croissant(manifest, Recipe.model_validate(manifest["recipe"]))


def described(release: Path, **changes: Any) -> Path:
    """Write the document of a release that may be changed, and return its path."""
    path = release / CROISSANT
    path.write_text(to_json(document_of(release, **changes)), encoding="utf-8")
    return path


def warnings_of(path: Path, caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what mlcroissant finds doubtful in a document, from its issues and from its log, which say the same."""
    caplog.clear()
    dataset = mlcroissant.Dataset(jsonld=path)
    issues = dataset.metadata.ctx.issues
    assert not issues.errors
    logged = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(logged) == bool(issues.warnings)
    return sorted(issues.warnings)


def plain(value: Any) -> Any:
    """Return a value with its type, which `==` overlooks: 1 and 1.0 and True are not the same here."""
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    return [plain(part) for part in value] if isinstance(value, list) else (type(value), value)


def as_read(name: str, value: Any) -> Any:
    """Return a value of Parquet as mlcroissant gives it: text as UTF-8, parts of a struct by their ids."""
    if isinstance(value, list):
        return [as_read(name, part) for part in value]
    if isinstance(value, dict):
        return {f"{name}/{key}": as_read(f"{name}/{key}", part) for key, part in value.items()}
    return value.encode() if isinstance(value, str) else value


def wanted_rows(release: Path, table: str) -> Iterator[dict[str, Any]]:
    for split in sorted(TABLES[table].splits):  # files are read in the order of their names
        for row in read_rows(release, table, split):
            told = {f"{table}/split": split.encode()} if TABLES[table].splits == SPLITS else {}
            yield told | {f"{table}/{name}": as_read(f"{table}/{name}", value) for name, value in row.items()}


def assert_reads_back(path: Path) -> None:
    dataset = mlcroissant.Dataset(jsonld=path)
    for table in TABLES:
        found = [plain(record) for record in dataset.records(table)]
        assert found == [plain(row) for row in wanted_rows(path.parent, table)], table


@pytest.fixture
def own(page_release: Path, tmp_path: Path) -> Path:
    return copy_of(page_release, tmp_path)


@pytest.fixture(scope="module")
def official(release: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The document beside a copy of the release of `data/recipe.toml`."""
    return described(copy_of(release, tmp_path_factory.mktemp("croissant")), date=DATE)


def test_mlcroissant_finds_nothing_doubtful(official: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert warnings_of(official, caplog) == []


def test_a_date_that_is_not_known_is_left_out_and_is_all_that_is_missing(
    own: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (warning,) = warnings_of(described(own, date=None), caplog)
    assert "datePublished" in warning
    assert warnings_of(described(own, date=DATE), caplog) == []


def test_every_row_of_every_table_is_read_back(official: Path) -> None:
    assert_reads_back(official)
    spans = [row["papers/math_damage_spans"] for row in wanted_rows(official.parent, "papers")]
    assert [] in spans
    assert any(spans)
    assert any(row["segments/raw"] for row in wanted_rows(official.parent, "segments"))


def test_papers_without_a_label_and_tables_without_rows_are_read_back(own: Path) -> None:
    papers = list(wanted_rows(own, "papers"))
    assert None in [row["papers/primary_topic"] for row in papers]
    assert any(row["papers/topic_scores"] for row in papers)
    assert list(wanted_rows(own, "removed")) == []
    assert_reads_back(described(own))


def test_several_files_of_a_split_are_read_back(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for most in ("ROWS_PER_FILE", "ROWS_PER_GROUP"):
        monkeypatch.setattr(f"curation.release.writer.{most}", 2)
    out = build([page], out=tmp_path / "sharded").out
    path = described(copy_of(out, tmp_path))
    files = open_release(path.parent).files("papers")
    assert sum("-of-00002" in file for file in files) == 2
    assert len(open_release(path.parent).files("segments")) > 3
    assert_reads_back(path)


def test_splits_without_rows_are_read_back(page: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(
        f'[dataset]\nname = "x"\ntitle = "X"\n[[sources]]\npath = "{page.name}"\n'
        "[split]\ntrain = 1.0\nvalidation = 0.0\ntest = 0.0\n"
    )
    path = described(copy_of(build(recipe=recipe, out=tmp_path / "release").out, tmp_path))
    assert read_rows(path.parent, "papers", "test") == []
    assert_reads_back(path)


@pytest.mark.parametrize("split", SPLITS)
def test_one_split_can_be_chosen(official: Path, split: str) -> None:
    found = list(mlcroissant.Dataset(jsonld=official).records("papers", filters={"papers/split": split}))
    assert [record["papers/paper_id"].decode() for record in found] == [
        row["paper_id"] for row in read_rows(official.parent, "papers", split)
    ]


def test_codes_are_spelled_out(official: Path) -> None:
    dataset = mlcroissant.Dataset(jsonld=official)
    for name, names in (("topic", TOPIC_IDS), ("math_damage_level", DAMAGE_LEVELS)):
        rows = [{f"{name}/code": code, f"{name}/name": one} for code, one in enumerate(names)]
        assert list(dataset.records(name)) == rows
    assert [record["split/name"] for record in dataset.records("split")] == list(SPLITS)


def test_mlcroissant_knows_the_responsible_ai_properties(official: Path) -> None:
    metadata = mlcroissant.Dataset(jsonld=official).metadata
    document = json.loads(official.read_text())
    assert metadata.data_collection == document["rai:dataCollection"]
    assert metadata.data_annotation_protocol == [document["rai:dataAnnotationProtocol"]]
    assert sorted(metadata.data_limitations) == sorted(document["rai:dataLimitations"])
    assert metadata.data_release_maintenance_plan == document["rai:dataReleaseMaintenancePlan"]


def test_files_are_described_as_they_are(official: Path) -> None:
    document = json.loads(official.read_text())
    entries = {entry["path"]: entry for entry in manifest_of(official.parent)["files"]}
    described_files = {node["@id"]: node for node in document["distribution"] if node["@type"] == "cr:FileObject"}
    assert set(described_files) == {path for path in entries if path.endswith(".parquet")}
    for path, node in described_files.items():
        assert node["contentUrl"] == path
        assert node["sha256"] == entries[path]["sha256"]
        assert node["contentSize"] == f"{(official.parent / path).stat().st_size} B"
        assert "application/vnd.apache.parquet" in node["encodingFormat"]


@pytest.mark.parametrize("name", TABLES)
def test_a_record_set_says_what_the_model_says(name: str) -> None:
    table = TABLES[name]
    (found,) = [node for node in record_sets() if node["@id"] == name]
    assert found["description"] == table.row
    assert [key["@id"] for key in found["key"]] == [f"{name}/{key}" for key in table.sort_key]
    fields = {field["name"]: field for field in found["field"] if field["name"] != "split"}
    docs = {doc.name: doc for doc in column_docs(table)}
    assert list(fields) == list(docs)
    for column, field in fields.items():
        assert field["description"] == docs[column].meaning
        assert field.get("isArray", False) == docs[column].type.startswith("list of")
        assert ("cr:Label" in field.get("dataType", ())) == ("ClassLabel" in docs[column].type)


def test_names_come_from_the_recipe(page_release: Path) -> None:
    recipe = manifest_of(page_release)["recipe"]
    dataset = recipe["dataset"] | {"title": "R&D {papers}", "summary": ""}
    bare = document_of(page_release, recipe=recipe | {"dataset": dataset})
    assert bare["name"] == "R&D {papers}"
    assert bare["description"] == "6 papers from 6 captured records."
    assert bare["url"] == "README.md"
    assert r"title = {{R\&D papers}}" in bare["citeAs"]
    assert "year" not in bare["citeAs"]
    card = {"provenance": "Found.", "citation": "@misc{own}\n", "homepage": "https://example.org/own"}
    told = document_of(page_release, recipe=recipe | {"card": card}, date=DATE)
    assert told["url"] == "https://example.org/own"
    assert told["citeAs"] == "@misc{own}"
    assert told["datePublished"] == DATE
    assert told["rai:dataCollection"].startswith("Found. 1 source with 6 records")
    assert "https://example.org/own" in told["rai:dataReleaseMaintenancePlan"]
    assert "year = {{2026}}" in document_of(page_release, date=DATE)["citeAs"]


def test_figures_are_those_of_the_manifest(release: Path) -> None:
    manifest = manifest_of(release)
    texts = [value for key, value in document_of(release).items() if key.startswith("rai:")]
    prose = json.dumps(texts).replace(manifest["recipe"]["card"]["provenance"], "")
    figures = {f"{float(figure):.3f}" for figure in re.findall(r"(?<![\w.-])\d+(?:\.\d+)?(?!\w)", prose)}
    numbers = re.findall(r"\d+(?:\.\d+)?", to_json({key: manifest[key] for key in manifest if key != "files"}))
    counted = [len(manifest["sources"]), sum(manifest["statistics"]["edits_by_rule"].values()), 95]
    assert figures <= {f"{float(number):.3f}" for number in [*numbers, *counted]}
    assert len(figures) > 12


def test_who_labelled_is_said_of_each_release(release: Path, page_release: Path) -> None:
    annotated, labelled = document_of(release), document_of(page_release)
    assert "language models" in annotated["rai:dataAnnotationProtocol"]
    assert "annotator-a (round 1): 244 papers" in annotated["rai:annotationsPerItem"]
    assert "rai:dataAnnotationAnalysis" not in labelled
    assert "language model" not in json.dumps({key: labelled[key] for key in labelled if key.startswith("rai:")})
    assert "the package's labeler" in labelled["rai:dataAnnotationProtocol"]


def test_the_context_of_one_document_is_not_that_of_another(page_release: Path) -> None:
    first = document_of(page_release)
    first["@context"]["@base"] = "x"  # as mlcroissant does
    assert "@base" not in document_of(page_release)["@context"]
