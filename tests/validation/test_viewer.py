"""What the Hub's dataset viewer would not show of a release, fault by fault."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from curation.recipe import Recipe
from curation.release.card import render_card
from curation.release.reader import open_release
from curation.release.writer import CHUNKING_MARKS
from curation.validation import viewer
from curation.validation.viewer import check_viewer
from tests.releases import copy_of, edit_manifest, manifest_of, read_rows, seal, write_rows

TEST_FILE = "papers/test-00000-of-00001.parquet"
EDITS_FILE = "edits/train-00000-of-00001.parquet"


def findings(release: Path) -> list[tuple[str, str]]:
    """Return where and what, of a release that can be opened."""
    found = list(check_viewer(open_release(release)))
    assert {finding.check for finding in found} <= {"viewer"}
    return [(finding.where, finding.message) for finding in found]


def only(release: Path) -> tuple[str, str]:
    found = findings(release)
    assert len(found) == 1, found
    (finding,) = found
    return finding


def rewrite(
    release: Path, path: str, change: Callable[[pa.Table], pa.Table] = lambda table: table, **options: Any
) -> None:
    """Write a Parquet file of a release again, with other contents or in another way, the manifest agreeing."""
    table = change(pq.read_table(release / path, partitioning=None))
    usual: dict[str, Any] = {"compression": "zstd", "use_content_defined_chunking": True, "write_page_index": True}
    pq.write_table(table, release / path, **{**usual, **options})
    seal(release)


def relabel(change: Callable[[dict[str, Any]], object]) -> Callable[[pa.Table], pa.Table]:
    """Return a change of the Hugging Face features in a table's metadata."""

    def changed(table: pa.Table) -> pa.Table:
        features = json.loads(table.schema.metadata[b"huggingface"])
        change(features["info"]["features"])
        return table.replace_schema_metadata({b"huggingface": json.dumps(features).encode()})

    return changed


def edit_card(release: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the metadata of the card, whatever the manifest says of it."""
    path = release / "README.md"
    _, block, text = path.read_text(encoding="utf-8").split("---\n", 2)
    data = yaml.safe_load(block)
    change(data)
    path.write_text(f"---\n{yaml.safe_dump(data, sort_keys=False)}---\n{text}", encoding="utf-8")


def of_another_version(release: Path) -> None:
    """Say that another version built the release: the text of its card is not compared then."""
    edit_manifest(release, lambda manifest: manifest["generator"].update(version="0.0.0"))


def test_nothing_is_found_in_a_release_that_was_built(release: Path, page_release: Path) -> None:
    assert findings(release) == []
    assert findings(page_release) == []


def test_a_file_without_page_index(copy: Path) -> None:
    rewrite(copy, TEST_FILE, write_page_index=False)
    where, message = only(copy)
    assert where == TEST_FILE
    assert message.startswith("no page index for abstract, arxiv_id, ")
    assert message.endswith(": the viewer loads whole row groups to show a page of rows")


def test_a_file_is_judged_by_the_mark_of_chunking_once_it_has_a_column_chunk_that_must_be_cut(copy: Path) -> None:
    def grow(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{**row, "before": f"{number:06d}" * 2000} for number, row in enumerate(rows)]

    def write(table: pa.Table, mark: str | None) -> None:
        with pq.ParquetWriter(copy / EDITS_FILE, table.schema, write_page_index=True) as writer:
            writer.write_table(table)
            if mark is not None:
                writer.add_key_value_metadata({mark: "{}"})
        seal(copy)

    write_rows(copy, "edits", grow(read_rows(copy, "edits")))
    table = pq.read_table(copy / EDITS_FILE, partitioning=None)
    write(table, None)
    chunking = [found for found in findings(copy) if "chunking" in found[1]]
    ((where, message),) = chunking
    assert where == EDITS_FILE
    assert "no mark of content-defined chunking in the footer: the viewer does not count the file as" in message
    for mark in CHUNKING_MARKS:
        write(table, mark)
        assert not [found for found in findings(copy) if "chunking" in found[1]]


def test_a_row_group_that_is_too_big(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(viewer, "MOST_ROW_GROUP_BYTES", 400_000)
    where, message = only(copy)
    assert where == "corpus/train-00000-of-00001.parquet"
    assert "a row group of 5" in message
    assert message.endswith("more than 400,000: the viewer shows a copy of the first 5,000,000,000 bytes only")


def test_a_split_that_is_searched_in_part(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(viewer, "MOST_INDEXED_BYTES", 400_000)
    where, message = only(copy)
    assert where == "corpus/train"
    assert message.endswith("uncompressed: the viewer searches, filters and counts the first 400,000 only")


def test_a_cell_that_is_too_long(copy: Path) -> None:
    rows = read_rows(copy, "papers", "test")
    rows[-1]["abstract"] = "a" * 3_000_001
    write_rows(copy, "papers", rows, "test")
    seal(copy)
    found = [message for where, message in findings(copy) if where == TEST_FILE and "cell" in message]
    (message,) = found
    assert message.startswith("a cell of abstract has 3,000,001 bytes, more than 3,000,000: the viewer shows an error")


def test_a_preview_that_is_cut(copy: Path) -> None:
    rows = read_rows(copy, "papers", "test")
    rows[9]["abstract"] = "a" * 200_000
    write_rows(copy, "papers", rows, "test")
    seal(copy)
    where, message = only(copy)
    assert where == "papers/test"
    assert message.startswith("the first 10 rows are 2")
    assert message.endswith("bytes of JSON, 200,000 or more: the viewer's preview cuts their cells to 100 bytes")
    rows[9], rows[10] = rows[10], rows[9]
    write_rows(copy, "papers", rows, "test")
    seal(copy)
    assert findings(copy) == []


def test_bytes_count_in_a_preview_as_the_viewer_spells_them(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = read_rows(copy, "segments")
    at = next(number for number, row in enumerate(rows[:10]) if row["raw"])
    rows[at]["raw"] = b"a" * 30_000
    write_rows(copy, "segments", rows)
    seal(copy)
    monkeypatch.setattr(viewer, "MOST_PREVIEW_BYTES", 40_000)
    assert [where for where, _ in findings(copy)] == ["segments/train"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda features: features["primary_topic"]["names"].__setitem__(1, "diffusion-models"),
            "no features can be read (Some label names are duplicated. Each label name should be unique.): the viewer",
        ),
        (
            lambda features: features["math_damage"]["names"].__setitem__(1, " "),
            "class 1 of math_damage has no name: the viewer shows an empty label and filter",
        ),
        (
            lambda features: features["topics"]["feature"]["names"].__setitem__(2, ""),
            "class 2 of topics has no name: the viewer shows an empty label and filter",
        ),
        (
            lambda features: features.update(title=features["math_damage"]),
            "title has labels but holds string, not integer codes: the viewer cannot cast its rows",
        ),
        (
            lambda features: features["math_damage"]["names"].reverse(),
            "the features are not those of papers/train-00000-of-00001.parquet: the viewer reads these rows with the",
        ),
    ],
)
def test_features_of_a_file_that_are_not_those_of_the_first(
    copy: Path, change: Callable[[dict[str, Any]], object], message: str
) -> None:
    rewrite(copy, TEST_FILE, relabel(change))
    where, found = only(copy)
    assert where == TEST_FILE
    assert found.startswith(message)


def test_features_of_a_release_with_an_earlier_schema(copy: Path) -> None:
    rewrite(copy, EDITS_FILE, lambda table: table.replace_schema_metadata(None))
    assert findings(copy) == []  # the check of the schema reports it
    edit_manifest(copy, lambda manifest: manifest.update(schema_version="1.0.0"))
    where, message = only(copy)
    assert where == EDITS_FILE
    assert message.startswith("no features can be read")


def test_a_file_without_features(copy: Path) -> None:
    rewrite(copy, TEST_FILE, lambda table: table.replace_schema_metadata(None))
    where, message = only(copy)
    assert where == TEST_FILE
    assert message.startswith("no features can be read (none are there): the viewer may show the codes of labels")


def test_a_shard_with_another_name(copy: Path) -> None:
    other = "papers/test-00001-of-00002.parquet"
    (copy / TEST_FILE).rename(copy / other)
    edit_manifest(copy, lambda manifest: manifest["tables"]["papers"]["test"].update(files=[other]))
    seal(copy)
    where, message = only(copy)
    assert where == other
    assert message.startswith(f"the shard should be called {TEST_FILE}: the viewer orders a split's files by name")


def test_two_shards_are_a_split(copy: Path) -> None:
    table = pq.read_table(copy / TEST_FILE, partitioning=None)
    (copy / TEST_FILE).unlink()
    files = [f"papers/test-0000{number}-of-00002.parquet" for number in range(2)]
    for path, part in zip(files, (table.slice(0, 40), table.slice(40)), strict=True):
        pq.write_table(part, copy / path, write_page_index=True)
    edit_manifest(copy, lambda manifest: manifest["tables"]["papers"]["test"].update(files=files))
    seal(copy)
    assert findings(copy) == []
    edit_manifest(copy, lambda manifest: manifest["tables"]["papers"]["test"].update(files=files[::-1]))
    seal(copy)
    assert [where for where, _ in findings(copy)] == files[::-1]


@pytest.mark.parametrize(
    ("config", "split", "where", "message"),
    [
        ("a:b", "train", "a:b", "a config name must not contain :: the viewer shows no config of the dataset"),
        ("default", "train", "default", "`default` and papers are both the default: the viewer shows no config of"),
        ("extra", "test-2", "extra/test-2", r"a split name must match ^\w+(\.\w+)*$: the viewer cannot read the card"),
        ("extra", "all", "extra/all", "`all` stands for all splits together in `datasets`: the viewer cannot show it"),
    ],
)
def test_names_that_cannot_be_shown(copy: Path, config: str, split: str, where: str, message: str) -> None:
    part = manifest_of(copy)["tables"]["edits"]["train"]
    edit_manifest(copy, lambda manifest: manifest["tables"].update({config: {split: part}}))
    found = [one for one in findings(copy) if "shard" not in one[1]]
    ((found_where, found_message),) = found
    assert found_where == where
    assert found_message.startswith(message)


def test_configs_that_differ_in_case_only(copy: Path) -> None:
    part = manifest_of(copy)["tables"]["edits"]["train"]
    edit_manifest(copy, lambda manifest: manifest["tables"].update(Edits={"train": part}))
    found = [where for where, message in findings(copy) if "differs in case only" in message]
    assert found == ["edits", "Edits"]


@pytest.mark.parametrize(
    ("limit", "where", "message"),
    [
        (("MOST_CONFIGS", 5), "README.md", "9 configs, more than 5: the viewer shows none of them"),
        (("MOST_SPLITS", 2), "papers", "3 splits, more than 2: the viewer shows none of the config"),
        (("MOST_COLUMNS", 18), "papers", "19 columns, more than 18: the viewer shows no rows of the config"),
        (
            ("LONGEST_COLUMN_NAME", 17),
            "listings",
            "the name of column possibly_truncated… has more than 17 characters: the viewer shows no rows",
        ),
    ],
)
def test_more_than_the_viewer_takes(
    release: Path, monkeypatch: pytest.MonkeyPatch, limit: tuple[str, int], where: str, message: str
) -> None:
    monkeypatch.setattr(viewer, *limit)
    assert any(found[0] == where and found[1].startswith(message) for found in findings(release))


def test_code_and_a_legacy_file_of_infos(copy: Path) -> None:
    (copy / "papers.py").write_text("", encoding="utf-8")
    (copy / "dataset_infos.json").write_text("{}", encoding="utf-8")
    assert findings(copy) == []  # the check of files reports what the manifest does not list
    seal(copy)
    infos, code = findings(copy)
    assert infos[0] == "dataset_infos.json"
    assert "the viewer takes counts and features from it" in infos[1]
    assert code[0] == "papers.py"
    assert code[1].endswith("the viewer shows an error then, no rows")


@pytest.mark.parametrize("key", ["configs", "dataset_info"])
def test_a_config_that_the_card_lists_twice(copy: Path, key: str) -> None:
    edit_card(copy, lambda data: data[key].append(next(one for one in data[key] if one["config_name"] == "papers")))
    message = f"`{key}` has 2 entries for papers: the viewer reads the last one only"
    assert only(copy) == ("README.md", message)


def test_sizes_in_the_manifest_that_the_footers_do_not_have(copy: Path) -> None:
    edit_manifest(copy, lambda manifest: manifest["tables"]["edits"]["train"].update(uncompressed_bytes=7))
    manifest = manifest_of(copy)
    card = render_card(manifest, Recipe.model_validate(manifest["recipe"]))
    (copy / "README.md").write_text(card, encoding="utf-8")
    found = findings(copy)
    assert [where for where, _ in found] == ["README.md", "README.md"]
    assert found[0][1].startswith("config edits: num_bytes of train is 7, the Parquet files say ")
    assert found[0][1].endswith(": the viewer shows the size of the files, not the card's")
    assert found[1][1].startswith("config edits: dataset_size is 7, ")


def test_sizes_in_a_card_of_another_version(copy: Path) -> None:
    def shrink(data: dict[str, Any]) -> None:
        info = next(info for info in data["dataset_info"] if info["config_name"] == "papers")
        info["download_size"] = 1
        info["splits"][1].pop("num_bytes")

    edit_card(copy, shrink)
    assert findings(copy) == []  # the check of the card compares its text
    of_another_version(copy)
    split, download = (message for _, message in findings(copy))
    assert split.startswith("config papers: num_bytes of validation is None, the Parquet files say ")
    assert download.startswith("config papers: download_size is 1, the Parquet files say ")


def test_what_cannot_be_read_is_left_to_the_other_checks(page_release: Path, tmp_path: Path) -> None:
    copy = copy_of(page_release, tmp_path)
    (copy / "README.md").write_text("no card", encoding="utf-8")
    (copy / EDITS_FILE).unlink()
    (copy / "listings/train-00000-of-00001.parquet").write_bytes(b"PAR1")
    assert findings(copy) == []
