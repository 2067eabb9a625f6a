"""A release is opened by `datasets` and pandas as it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import datasets
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets import ClassLabel, Features, List

from curation.release.build import build
from curation.release.writer import write_parquet
from curation.schemas.derive import arrow_schema, features
from curation.schemas.tables import TABLES
from curation.schemas.taxonomy import TOPIC_IDS
from curation.validation import validate
from tests.releases import copy_of, files_of, forge, manifest_of, read_rows

OTHERS = [name for name in TABLES if name != "papers"]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("datasets"))


def parquet_files(release: Path) -> list[Path]:
    return [release / path for path in files_of(release) if path.endswith(".parquet")]


def test_load_dataset_gives_the_splits_of_papers_with_named_topics(release: Path, cache: str) -> None:
    papers = datasets.load_dataset(str(release), cache_dir=cache)
    assert list(papers) == ["train", "validation", "test"]
    assert sum(part.num_rows for part in papers.values()) == 244
    assert {split: part.num_rows for split, part in papers.items()} == {
        split: part["rows"] for split, part in manifest_of(release)["tables"]["papers"].items()
    }
    for part in papers.values():
        assert isinstance(part.features["primary_topic"], ClassLabel)
        assert part.features["primary_topic"].names == list(TOPIC_IDS)
        assert isinstance(part.features["topics"], List)
        assert part.features["topics"].feature.names == list(TOPIC_IDS)
        assert part.features == features(TABLES["papers"])


def test_places_of_damage_are_lists_of_dicts_plain_streamed_and_in_pandas(
    release: Path, tmp_path: Path, cache: str
) -> None:
    copy = copy_of(release, tmp_path)
    spans = [
        {"start": 0, "end": 4, "kind": "command", "repaired": False},
        {"start": 9, "end": 11, "kind": "braces", "repaired": True},
    ]
    forge(copy, "papers", lambda rows: rows[0].update(math_damage=2, math_damage_spans=spans))
    assert validate(copy).ok
    plain = datasets.load_dataset(str(copy), split="train", cache_dir=cache)
    assert plain[0]["math_damage_spans"] == spans
    assert plain.features["math_damage"].int2str(plain[0]["math_damage"]) == "visible"
    streamed = next(iter(datasets.load_dataset(str(copy), split="train", streaming=True, cache_dir=cache)))
    assert streamed == plain[0]
    frame = pd.read_parquet(copy / "papers/train-00000-of-00001.parquet")
    assert list(frame["math_damage_spans"][0]) == spans


@pytest.mark.parametrize("name", OTHERS)
def test_every_other_table_is_a_config_by_its_name(release: Path, cache: str, name: str) -> None:
    loaded = datasets.load_dataset(str(release), name, cache_dir=cache)
    assert tuple(loaded) == TABLES[name].splits
    for split, rows in loaded.items():
        assert rows.features == features(TABLES[name])
        assert list(rows) == read_rows(release, name, split)


def test_the_configs_are_the_tables(release: Path) -> None:
    assert sorted(datasets.get_dataset_config_names(str(release))) == sorted(TABLES)
    assert datasets.get_dataset_default_config_name(str(release)) == "papers"


@pytest.mark.parametrize("name", TABLES)
def test_streaming_gives_the_same_rows(release: Path, cache: str, name: str) -> None:
    streamed = datasets.load_dataset(str(release), name, streaming=True, cache_dir=cache)
    for split, part in streamed.items():
        assert list(part) == read_rows(release, name, split)


def test_a_table_without_rows_keeps_its_file_and_is_no_config(page_release: Path, cache: str) -> None:
    assert pq.read_metadata(page_release / "removed/train-00000-of-00001.parquet").num_rows == 0
    configs = datasets.get_dataset_config_names(str(page_release))
    assert sorted(configs) == sorted(set(TABLES) - {"removed"})
    papers = datasets.load_dataset(str(page_release), cache_dir=cache)
    assert sum(part.num_rows for part in papers.values()) == 6


def test_a_split_without_rows_keeps_its_file_and_does_not_keep_the_others_from_loading(
    page: Path, tmp_path: Path, cache: str
) -> None:
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(
        f'[dataset]\nname = "x"\ntitle = "X"\n[[sources]]\npath = "{page.name}"\n'
        "[split]\ntrain = 1.0\nvalidation = 0.0\ntest = 0.0\n"
    )
    out = build(recipe=recipe, out=tmp_path / "release").out
    assert (out / "papers/test-00000-of-00001.parquet").is_file()
    papers = datasets.load_dataset(str(out), cache_dir=cache)
    assert {split: part.num_rows for split, part in papers.items()} == {"train": 6}


def test_pandas_reads_every_file_with_the_rows_of_the_manifest(release: Path) -> None:
    manifest = manifest_of(release)
    for name, splits in manifest["tables"].items():
        for part in splits.values():
            frames = [pd.read_parquet(release / path) for path in part["files"]]
            assert sum(len(frame) for frame in frames) == part["rows"]
            assert all(frame.columns.to_list() == list(TABLES[name].columns) for frame in frames)


def test_codes_and_names_of_topics_agree_for_readers_without_class_labels(release: Path) -> None:
    frame = pd.concat([pd.read_parquet(path) for path in sorted((release / "papers").iterdir())])
    assert len(frame) == 244
    rows: Any = frame.itertuples()
    for row in rows:
        named = [TOPIC_IDS[code] for code in row.topics]
        assert list(row.topic_names) == named
        if pd.isna(row.primary_topic):
            assert pd.isna(row.primary_topic_name)
            assert not named
            assert row.label_source == "abstained"
        else:
            assert row.primary_topic_name == TOPIC_IDS[int(row.primary_topic)] == named[0]
            assert row.label_source == "adjudicated"
            assert not len(row.topic_scores)
            assert named[1:] == sorted(named[1:], key=TOPIC_IDS.index)


@pytest.mark.parametrize("name", TABLES)
def test_schema_metadata_holds_the_features_and_every_columns_meaning(release: Path, name: str) -> None:
    for part in manifest_of(release)["tables"][name].values():
        for path in part["files"]:
            schema = pq.read_schema(release / path)
            stored = json.loads(schema.metadata[b"huggingface"])
            assert Features.from_dict(stored["info"]["features"]) == features(TABLES[name])
            assert all(field.metadata[b"description"] for field in schema)


def test_all_splits_of_a_table_have_one_schema(release: Path) -> None:
    for name, splits in manifest_of(release)["tables"].items():
        schemas = [pq.read_schema(release / path) for part in splits.values() for path in part["files"]]
        assert all(schema.equals(schemas[0], check_metadata=True) for schema in schemas)
        declared = arrow_schema(TABLES[name])
        assert schemas[0].equals(declared)
        assert schemas[0].metadata == declared.metadata
        assert [field.metadata for field in schemas[0]] == [field.metadata for field in declared]


def test_every_column_chunk_is_zstd_with_a_page_index(release: Path) -> None:
    chunks = [
        metadata.row_group(group).column(column)
        for metadata in map(pq.read_metadata, parquet_files(release))
        for group in range(metadata.num_row_groups)
        for column in range(metadata.num_columns)
    ]
    assert len(chunks) > 50
    assert {chunk.compression for chunk in chunks} == {"ZSTD"}
    assert all(chunk.has_offset_index and chunk.has_column_index for chunk in chunks)


def share_of_bytes_kept(before: Path, after: Path) -> float:
    """Return how many samples of the one file stand somewhere in the other."""
    old, new = before.read_bytes(), after.read_bytes()
    samples = [old[start : start + 64] for start in range(0, len(old) - 64, 4096)]
    return sum(sample in new for sample in samples) / len(samples)


def test_content_defined_chunking_keeps_most_bytes_when_a_row_is_inserted(tmp_path: Path) -> None:
    texts = [f"{number * 7919 % 104729:06d}" * 20 + f" {number**7:x} {number**5:x}" * 12 for number in range(12_000)]
    changed = [*texts[:3], "one row more " * 20, *texts[3:]]
    for name, rows in (("before", texts), ("after", changed)):
        write_parquet(pa.table({"text": rows}), tmp_path / name)
        pq.write_table(pa.table({"text": rows}), tmp_path / f"plain-{name}", compression="zstd")
    assert share_of_bytes_kept(tmp_path / "before", tmp_path / "after") > 0.6
    assert share_of_bytes_kept(tmp_path / "plain-before", tmp_path / "plain-after") < 0.4


def published(path: Path) -> pa.Table:
    """Read a file as the writer was given it; Parquet does not keep what Arrow calls the items of a list."""
    return pq.read_table(path, partitioning=None).cast(arrow_schema(TABLES[path.parent.name]))


def test_every_file_of_the_release_is_the_one_writers(release: Path, tmp_path: Path) -> None:
    for number, path in enumerate(parquet_files(release)):
        again = tmp_path / f"{number}.parquet"
        write_parquet(published(path), again)
        assert again.read_bytes() == path.read_bytes(), path.name


def test_the_same_rows_in_other_chunks_give_the_same_bytes(release: Path, tmp_path: Path) -> None:
    path = release / "papers/train-00000-of-00001.parquet"
    table = published(path)
    parts = [table.slice(start, 7) for start in range(0, table.num_rows, 7)]
    write_parquet(pa.concat_tables(parts), tmp_path / "again.parquet")
    assert (tmp_path / "again.parquet").read_bytes() == path.read_bytes()
