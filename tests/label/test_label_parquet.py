"""Labelling Parquet files: the table that came in, and three columns more."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets import ClassLabel, Features, Value

from curation.label import parquet_files
from curation.label.file_columns import ADDED
from tests.label.paper_files import (
    DIFFUSION,
    OTHER,
    PAPERS,
    labelled,
    papers,
    refused,
    write,
)


def rich_table(rows: int) -> pa.Table:
    """A table of every kind of column, with metadata of fields and schema."""
    texts = [PAPERS[number % len(PAPERS)] for number in range(rows)]
    columns = {
        "title": pa.array([title for title, _ in texts], pa.large_string()),
        "n": pa.array(range(rows), pa.uint32()),
        "abstract": pa.array([abstract for _, abstract in texts]).dictionary_encode(),
        "when": pa.array([1_700_000_000_123_456_789] * rows, pa.timestamp("ns", "UTC")),
        "nested": pa.array([{"a": [1, None], "b": {"c": "é"}}] * rows),
        "bytes": pa.array([b"\0\xff"] * rows),
        "categories": pa.array([["cs.CR", None], None, []] * rows)[:rows],
        "nothing": pa.nulls(rows),
    }
    table = pa.table(columns)
    described = table.schema.field("n").with_metadata({b"why": b"a count"}).with_nullable(False)
    return table.cast(table.schema.set(1, described)).replace_schema_metadata({b"mine": b"\xff\0 kept"})


@pytest.mark.parametrize(("rows", "group", "batch"), [(0, 10, 10), (1, 10, 10), (40, 7, 3), (40, 100, 1000)])
def test_a_parquet_file_without_the_added_columns_is_the_table_that_came_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int, group: int, batch: int
) -> None:
    monkeypatch.setattr(parquet_files, "BATCH_ROWS", batch)
    monkeypatch.setattr(parquet_files, "ROWS_PER_GROUP", 15)
    path = tmp_path / "a.parquet"
    pq.write_table(rich_table(rows), path, row_group_size=group, store_schema=True)
    old, new = pq.read_table(path), pq.read_table(labelled(path))
    assert new.schema.names == [*old.schema.names, *ADDED]
    assert new.schema.field("topics").type == pa.list_(pa.string())
    assert new.schema.field("topic_scores").type == pa.list_(pa.float64())
    assert new.drop_columns(list(ADDED)).equals(old, check_metadata=True)
    groups = pq.ParquetFile(tmp_path / "labelled-a.parquet").metadata
    assert all(groups.row_group(at).num_rows >= min(15, rows) for at in range(groups.num_row_groups - 1))


def test_what_pandas_and_hugging_face_say_of_a_parquet_file_stays_true(tmp_path: Path) -> None:
    frame = pd.DataFrame(papers([DIFFUSION, OTHER])).set_index("id")
    frame.to_parquet(tmp_path / "pandas.parquet")
    back = pd.read_parquet(labelled(tmp_path / "pandas.parquet"))
    assert back.index.name == "id"
    assert back.columns.tolist() == ["title", "abstract", *ADDED]
    assert back["primary_topic"].tolist()[0] == "diffusion-models"

    features = Features(title=Value("string"), abstract=Value("string"), kind=ClassLabel(names=["a", "b"]))
    schema = features.arrow_schema
    told = json.loads(schema.metadata[b"huggingface"]) | {"fingerprint": "of the old content"}
    table = pa.table([[DIFFUSION[0]], [DIFFUSION[1]], [1]], schema=schema)
    pq.write_table(table.replace_schema_metadata({b"huggingface": json.dumps(told).encode()}), tmp_path / "hub.parquet")
    found = pq.read_schema(labelled(tmp_path / "hub.parquet"))
    assert Features.from_arrow_schema(found)["kind"] == features["kind"]
    told = json.loads(found.metadata[b"huggingface"])
    assert Features.from_dict(told["info"]["features"]).arrow_schema.equals(found.remove_metadata())
    assert "fingerprint" not in told


@pytest.mark.parametrize("metadata", [b"no JSON", b"[]", b'{"info": null}', b"\xff"])
def test_hugging_face_metadata_of_another_form_is_left_alone(tmp_path: Path, metadata: bytes) -> None:
    table = pa.table({"title": ["a"], "abstract": ["b"]}).replace_schema_metadata({b"huggingface": metadata})
    pq.write_table(table, tmp_path / "a.parquet")
    assert pq.read_schema(labelled(tmp_path / "a.parquet")).metadata[b"huggingface"] == metadata


@pytest.mark.parametrize(
    ("column", "told"),
    [
        ({"title": [1]}, "title is of type int64"),
        ({"abstract": [b"bytes"]}, "abstract is of type binary"),
        ({"abstract": [["a list"]]}, "abstract is of type list"),
        ({"categories": [1]}, "categories is of type int64"),
        ({"topics": ["x"]}, "there is topics already"),
        ({"abstract": pa.array([b"\xff"]).view(pa.string())}, "a text in rows 1 to 1 is not UTF-8"),
    ],
)
def test_a_parquet_column_that_does_not_fit_is_named(tmp_path: Path, column: dict[str, Any], told: str) -> None:
    pq.write_table(pa.table({"title": ["a"], "abstract": ["b"], **column}), tmp_path / "a.parquet")
    assert told in refused(tmp_path / "a.parquet")


def test_a_parquet_file_that_is_broken_in_the_middle_leaves_nothing(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", papers(PAPERS * 50))
    whole = path.read_bytes()
    path.write_bytes(whole[:4] + b"\xff" * 200 + whole[204:])
    assert "a.parquet: the file is broken (" in refused(path)
