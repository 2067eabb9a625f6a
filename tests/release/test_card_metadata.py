"""The card's metadata: true counts, and nothing that the Hub would refuse; what recipe and version add to the card."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from datasets import Features
from datasets.utils.metadata import known_task_ids
from huggingface_hub import DatasetCard

from curation.errors import RecipeError
from curation.recipe import Recipe, read_recipe
from curation.release.card import card_data, render_card
from curation.schemas.derive import features
from curation.schemas.tables import TABLES
from curation.validation import card_metadata, validate
from curation.validation.card_metadata import config_faults, metadata_faults
from tests.releases import copy_of, manifest_of, seal

REFUSED = "the Hub refuses the commit"
WARNED = "the Hub warns and leaves it out of its filters"


def text_of(release: Path) -> str:
    return (release / "README.md").read_text(encoding="utf-8")


def data_of(text: str) -> dict[str, Any]:
    read: Any = DatasetCard(text, ignore_metadata_errors=False)
    return dict(read.data.to_dict())


def faults(text: str, *files: str) -> list[str]:
    return list(metadata_faults(text, frozenset(files)))


def test_the_metadata_counts_what_the_footers_count(release: Path) -> None:
    data = data_of(text_of(release))
    infos = {info["config_name"]: info for info in data["dataset_info"]}
    tables = manifest_of(release)["tables"]
    assert set(infos) == {name for name in TABLES if any(part["rows"] for part in tables[name].values())}
    for config in data["configs"]:
        info = infos[config["config_name"]]
        assert Features._from_yaml_list(info["features"]) == features(TABLES[config["config_name"]])
        files = [release / entry["path"] for entry in config["data_files"]]
        assert info["download_size"] == sum(file.stat().st_size for file in files)
        assert info["dataset_size"] == sum(split["num_bytes"] for split in info["splits"])
        for entry, split in zip(config["data_files"], info["splits"], strict=True):
            assert entry["split"] == split["name"]
            assert pq.read_metadata(release / entry["path"]).num_rows == split["num_examples"]


def test_the_block_is_what_the_hubs_client_writes(release: Path) -> None:
    text = text_of(release)
    data: Any = DatasetCard(text, ignore_metadata_errors=False).data
    assert text.split("---\n")[1] == data.to_yaml() + "\n"


def test_papers_are_the_default_config_and_the_only_one(release: Path) -> None:
    configs = data_of(text_of(release))["configs"]
    assert [config["config_name"] for config in configs if config.get("default")] == ["papers"]


def test_the_metadata_has_what_the_hub_shows(release: Path) -> None:
    data = data_of(text_of(release))
    del data["configs"], data["dataset_info"]
    assert data == {
        "language": ["en"],
        "license": "other",
        "license_name": "authors-abstracts",
        "pretty_name": "Paper Abstracts",
        "size_categories": ["n<1K"],
        "task_categories": ["text-classification", "text-retrieval"],
        "task_ids": ["topic-classification", "multi-label-classification", "document-retrieval"],
        "annotations_creators": ["machine-generated"],
        "language_creators": ["found"],
        "multilinguality": ["monolingual"],
        "source_datasets": ["original"],
        "tags": ["abstracts", "machine-learning", "scientific-text"],
        "version": manifest_of(release)["version"],
    }


@pytest.mark.parametrize("which", ["release", "page_release"])
def test_the_hub_would_take_the_metadata_as_they_are(request: pytest.FixtureRequest, which: str) -> None:
    folder = request.getfixturevalue(which)
    assert faults(text_of(folder)) == []
    assert list(config_faults(data_of(text_of(folder)))) == []
    manifest = manifest_of(folder)
    manifest["recipe"]["dataset"]["repository"] = "ada/my-abstracts"
    recipe = Recipe.model_validate(manifest["recipe"])
    assert card_data(manifest, recipe)["license_link"].startswith("https://huggingface.co/datasets/ada/my-abstracts#")
    assert faults(render_card(manifest, recipe)) == []


def test_the_tasks_of_the_card_are_tasks_of_the_libraries() -> None:
    assert set(card_metadata._TASKS) <= set(known_task_ids)


@pytest.mark.parametrize("name", ["languages", "size_categories", "multilingualities", "creators"])
def test_datasets_ships_the_lists_that_are_looked_at(name: str) -> None:
    assert card_metadata._shipped(name)


def test_a_list_that_is_not_shipped_refuses_nothing(monkeypatch: pytest.MonkeyPatch, page_release: Path) -> None:
    assert card_metadata._shipped("no-such-list") is None
    monkeypatch.setattr(card_metadata, "_shipped", lambda name: None)
    assert faults(text_of(page_release).replace("n<1K", "n<2K")) == []


@pytest.mark.parametrize(
    ("found", "forged", "message", "outcome"),
    [
        ("- en\n", "- en-US\n", "`language`: 'en-US' is no ISO 639 code", REFUSED),
        ("- en\n", "- english\n", "`language`: 'english' is no ISO 639 code", REFUSED),
        ("- en\n", "- xx\n", "`language`: 'xx' is no ISO 639 code", REFUSED),
        ("- en\n", "- no\n", "`language` is [False], neither a text nor a list of texts", REFUSED),
        ("license: other", "license: apache", "`license`: 'apache' is no licence", REFUSED),
        ("license: other", "license: 2", "`license` is 2, neither a text", REFUSED),
        ("n<1K", "n<2K", "`size_categories`: 'n<2K' is no size", WARNED),
        ("- text-retrieval", "- text-finding", "`task_categories`: 'text-finding' is no task", WARNED),
        ("- document-retrieval", "- extractive-qa", "`task_ids`: 'extractive-qa' belongs to none", WARNED),
        ("- machine-generated", "- robots", "`annotations_creators`: 'robots' is none of", WARNED),
        ("- found", "- no-annotation", "`language_creators`: 'no-annotation' is none of", WARNED),
        ("- monolingual", "- one", "`multilinguality`: 'one' is none of", WARNED),
        ("- original", "- made it", "`source_datasets`: 'made it' names no dataset", WARNED),
        ("tags:\n- abstracts", "tags:\n- 3", "`tags` is [3, ", REFUSED),
        ("pretty_name: My Abstracts", "pretty_name: 3", "`pretty_name` is 3, not a text", REFUSED),
        (
            "pretty_name:",
            "prety_name:",
            "`prety_name` is no key of the Hub's (`pretty_name` is)",
            "does nothing with it",
        ),
        ("pretty_name:", "prety_name:", "`pretty_name` is missing", "without it"),
        ("version: 1.0.0", "colour: red", "`colour` is no key of the Hub's:", "does nothing with it"),
        ("license_name: authors-abstracts\n", "", "`license` is other without a `license_name`", "nothing else"),
        ("license_name: authors-abstracts", "license_name: Mine!", "`license_name` is 'Mine!'", "as a tag"),
        ("version: 1.0.0", "license_link: LICENSE", "`license_link` is LICENSE, which is not in", "leads nowhere"),
        ("version: 1.0.0", "license_link: ./terms", "`license_link` is './terms', neither", REFUSED),
        ("version: 1.0.0", "version: 1.0.0\nversion: 1.0.0", "duplicate yaml keys", REFUSED),
        ("version: 1.0.0", "version: [1", "the metadata are not YAML", REFUSED),
        ("version: 1.0.0", "3: 1.0.0", "not names with values", REFUSED),
    ],
)
def test_what_the_hub_would_not_take_is_told_with_what_it_would_do(
    page_release: Path, found: str, forged: str, message: str, outcome: str
) -> None:
    text = text_of(page_release)
    assert found in text
    said = [fault for fault in faults(text.replace(found, forged, 1)) if message in fault]
    assert len(said) == 1
    assert outcome in said[0].rpartition(": ")[2]


def test_a_card_without_metadata_is_warned_of(page_release: Path) -> None:
    (fault,) = faults(text_of(page_release).removeprefix("---\n"))
    assert fault == "there is no metadata at the top: the Hub warns and shows the dataset without tags"


def test_a_licence_file_that_is_in_the_release_may_be_linked(page_release: Path) -> None:
    text = text_of(page_release).replace("version: 1.0.0", "version: 1.0.0\nlicense_link: LICENSE", 1)
    assert faults(text, "LICENSE") == []


@pytest.mark.parametrize(
    ("configs", "message"),
    [
        ("papers", "to be a list"),
        ([{"data_files": "x"}], "config_name"),
        ([{"config_name": "a", "data_files": 3}], "Expected data_files"),
        ([{"config_name": "a", "data_files": [{"split": "a-b"}]}], "Expected data_files"),
        (["papers"], "cannot be read"),
        ([{"config_name": "a", "default": True}, {"config_name": "b", "default": True}], "several default configs"),
        ([{"config_name": "a", "data_files": "a/*.parquet"}], "does not name its files split by split"),
        ([{"config_name": "a"}], "does not name its files split by split"),
    ],
)
def test_configs_that_cannot_be_read_are_told(configs: Any, message: str) -> None:
    (fault,) = config_faults({"configs": configs})
    assert message in fault
    assert fault.startswith("`configs`")


@pytest.mark.parametrize("info", ["papers", [3], {"features": [{"name": "a", "dtype": "strin"}]}, {"splits": 3}])
def test_dataset_info_that_cannot_be_read_is_told(info: Any) -> None:
    (fault,) = config_faults({"dataset_info": info})
    assert fault.startswith(("`dataset_info` cannot be read", "`dataset_info` is 'papers', not a mapping"))


@pytest.mark.parametrize(
    ("pattern", "replacement", "message"),
    [
        ("- en\n", "- english\n", "`language`: 'english'"),
        (r"configs:\n(?:[- ] .*\n)+", "configs: papers\n", "`configs` cannot be read"),
    ],
)
def test_validation_finds_it(page_release: Path, tmp_path: Path, pattern: str, replacement: str, message: str) -> None:
    copy = copy_of(page_release, tmp_path)
    forged = re.sub(pattern, replacement, text_of(copy), count=1)
    (copy / "README.md").write_text(forged, encoding="utf-8")
    seal(copy, card=False)
    found = [finding.message for finding in validate(copy).findings if finding.check == "card"]
    assert any(message in one and "the Hub" in one for one in found)


@pytest.mark.parametrize("name", ["ada/papers", "Ada_1/my-papers.v2", "0/a", f"{'a' * 40}/{'b' * 40}", "a-b/c_d"])
def test_a_repository_is_owner_and_name(tmp_path: Path, name: str) -> None:
    assert recipe_with(tmp_path, name).dataset.repository == name


@pytest.mark.parametrize("name", ["", "papers", "a/b/c", "a//b", "-a/b", "a/b-", "a--b/c", "a/b..c", "a/b c", "ä/b"])
def test_a_repository_that_the_hub_would_refuse_is_explained(tmp_path: Path, name: str) -> None:
    with pytest.raises(RecipeError, match=r"`dataset\.repository` is wrong") as caught:
        recipe_with(tmp_path, name)
    assert caught.value.where is not None
    assert caught.value.where.line == 4


def recipe_with(folder: Path, repository: str) -> Recipe:
    path = folder / "recipe.toml"
    path.write_text(f'[dataset]\nname = "x"\ntitle = "X"\nrepository = "{repository}"\n', encoding="utf-8")
    return read_recipe(path)


def rendered(release: Path, manifest: dict[str, Any], **sections: dict[str, Any]) -> str:
    recipe = manifest_of(release)["recipe"]
    for name, values in sections.items():
        recipe[name] |= values
    return render_card({**manifest_of(release), **manifest}, Recipe.model_validate(recipe))


def test_a_repository_is_named_in_every_example(page_release: Path) -> None:
    text = rendered(
        page_release,
        {},
        dataset={"repository": "ada/my-abstracts"},
        card={"contact": "ada@example.org", "homepage": "https://example.org/own", "citation": "@misc{own}\n"},
    )
    assert 'load_dataset("ada/my-abstracts")' in text
    assert 'load_dataset("ada/my-abstracts", "edits")' in text
    assert 'load_dataset("ada/my-abstracts", revision="1.0.0")' in text
    assert 'curation.load("ada/my-abstracts", "1.0.0")' in text
    assert 'pd.read_parquet("hf://datasets/ada/my-abstracts/papers/train-00000-of-00001.parquet")' in text
    assert "license_link: https://huggingface.co/datasets/ada/my-abstracts#licence-and-whose-words-these-are" in text
    assert "(https://huggingface.co/datasets/ada/my-abstracts/discussions), or in an issue at https://e" in text
    assert "https://example.org/own, or write to ada@example.org." in text
    assert "```bibtex\n@misc{own}\n```" in text
    assert not re.search(r"path/to/release|owner/name", text)


def test_a_later_version_names_its_reason_and_its_base(page_release: Path) -> None:
    base = {"version": "1.4.2", "manifest_sha256": "ab" * 32}
    reason = "minor change since 1.4.2: 1 paper added, 3 rows added to `listings`"
    text = rendered(page_release, {"version": "1.5.0", "version_reason": reason, "base": base, "date": "2026-01-31"})
    part = text.split("\n## Versions\n")[1].split("\n## ")[0]
    assert "- This version: **1.5.0** of 2026-01-31 (minor change since 1.4.2: 1 paper added" in part
    assert f"- Built on: version 1.4.2, whose `manifest.json` has a sha256 that begins with `{'ab' * 8}`\n" in part
    assert re.findall(r"- (\w+), as in ([\d.]+):", part) == [("PATCH", "1.5.1"), ("MINOR", "1.6.0"), ("MAJOR", "2.0.0")]
    assert "  year = {{2026}}" in text.split("```bibtex\n")[1]


def test_a_card_without_a_repository_leaves_the_name_open(release: Path) -> None:
    part = text_of(release).split("\n## Versions\n")[1].split("\n## ")[0]
    day = manifest_of(release)["date"]
    assert f"- This version: **1.0.0** of {day} (first release: no earlier one was named)" in part
    assert "- Built on: no earlier version" in part
    assert "(`owner/name` stands for the repository)" in part
    assert 'load_dataset("owner/name", revision="1.0.0")' in part
    assert "huggingface.co/datasets" not in text_of(release)


def test_a_removal_is_told_with_what_it_means(release: Path) -> None:
    part = text_of(release).split("\n## Asking for a removal\n")[1].split("\n## ")[0]
    for said in (
        "next major version",
        "captured page",
        "keep their ids and splits",
        "`CHANGELOG.md`",
        "delete the tags",
    ):
        assert said in part
