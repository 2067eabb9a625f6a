"""Parquet: types, row groups, broken bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curation.errors import SourceError
from curation.sources.records import read_chunks
from tests.sources.reading import opened, outcome, packed, paper, rules


def _written(path: Path, columns: dict[str, Any], **options: Any) -> Path:
    pq.write_table(pa.table(columns), path, **options)
    return path


@pytest.mark.parametrize(
    "kind", [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())]
)
def test_texts_of_any_type(tmp_path: Path, kind: pa.DataType) -> None:
    def texts(*values: str | None) -> pa.Array:
        return pa.array(values, pa.string()).cast(kind)

    path = _written(
        tmp_path / "a.parquet",
        {
            "title": texts("a", None, "", "d"),
            "abstract": texts("b\nc", "b", "b", " "),
            "id": texts("2403.03900v1", "x", None, None),
            "categories": texts("cs.LG  stat.ML", None, "", None),
        },
    )
    source = opened(path)
    assert rules(source) == [
        (1, 2, "title: text", "null"),
        (2, 3, "title: text", '""'),
        (3, 4, "abstract: text", '" "'),
    ]
    (row,) = outcome(source)[0].drop_columns(["source_id"]).to_pylist()
    assert row == {
        "position": 0,
        "title": "a",
        "abstract": "b\nc",
        "title_line": 1,
        "abstract_line": 1,
        "possibly_truncated": False,
        "arxiv_id": "2403.03900",
        "categories": ["cs.LG", "stat.ML"],
        "year": 2024,
    }


@pytest.mark.parametrize("list_of", [pa.list_, pa.large_list, pa.list_view])
def test_categories_as_lists(tmp_path: Path, list_of: Any) -> None:
    named = pa.array([["cs.LG", None, "cs.LG", "", "q-bio"], [], None], list_of(pa.string()))
    ids = ["2403.03900", "2403.03901", "2403.03902"]
    columns = {"title": ["a"] * 3, "abstract": ["b"] * 3, "arxiv_id": ids, "id": [1, 2, 3]}
    path = _written(tmp_path / "a.parquet", columns | {"categories": named})
    records, _ = outcome(opened(path), 2)
    assert records["categories"].to_pylist() == [["cs.LG", "q-bio"], [], []]
    assert records["arxiv_id"].to_pylist() == ids


def test_ids_and_categories_of_another_type_are_passed_over_unless_they_are_named(tmp_path: Path) -> None:
    path = _written(tmp_path / "a.parquet", {"title": ["a"], "abstract": ["b"], "id": [7], "categories": [1.5]})
    (row,) = outcome(opened(path))[0].to_pylist()
    assert (row["arxiv_id"], row["categories"], row["year"]) == (None, [], None)
    with pytest.raises(SourceError, match="the column 'id' is of type int64"):
        opened(path, arxiv_id="id")
    with pytest.raises(SourceError, match="the column 'categories' is of type double"):
        opened(path, categories="categories")


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    bad = pa.array([b"a", b"\xff\xfe title", b"c", b"d\0"]).view(pa.string())
    ids = pa.array([b"\xff", b"1", b"2403.03900", b"1"]).view(pa.string())
    for kind in (pa.string(), pa.dictionary(pa.int32(), pa.string())):
        titles = bad if kind == pa.string() else bad.dictionary_encode()
        path = _written(tmp_path / "a.parquet", {"title": titles, "abstract": ["b"] * 4, "id": ids})
        source = opened(path)
        assert rules(source) == [
            (1, 2, "encoding: utf-8", "\\xff\\xfe title"),
            (3, 4, "title: no NUL", "d\\x00"),
        ]
        assert outcome(source)[0]["arxiv_id"].to_pylist() == [None, "2403.03900"]


@pytest.mark.parametrize(
    ("columns", "told", "hint"),
    [
        ({"heading": ["a"], "abstract": ["b"]}, "the column 'title' is missing", 'columns = { title = "heading" }'),
        ({"title": ["a"], "abstract": [1]}, "the column 'abstract' is of type int64", 'columns = { abstract = "…" }'),
        ({"title": [["a"]], "abstract": ["b"]}, "is of type list", "cast it"),
        ({"title": pa.array([], pa.string()), "abstract": pa.array([], pa.string())}, "holds no records", "path"),
    ],
)
def test_a_file_without_our_columns_is_refused(tmp_path: Path, columns: dict[str, Any], told: str, hint: str) -> None:
    with pytest.raises(SourceError) as caught:
        opened(_written(tmp_path / "a.parquet", columns))
    assert told in caught.value.what
    assert hint in (caught.value.hint or "")


def test_a_column_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    table = pa.Table.from_arrays([pa.array(["a"])] * 3, names=["title", "abstract", "title"])
    pq.write_table(table, tmp_path / "a.parquet")
    with pytest.raises(SourceError, match="the column 'title' is there twice"):
        opened(tmp_path / "a.parquet")


def test_broken_files(tmp_path: Path) -> None:
    rows = [paper(number, abstract=f"{number} walks " * 50) for number in range(2000)]
    whole = tmp_path / "whole.parquet"
    pq.write_table(pa.Table.from_pylist(rows), whole, row_group_size=500, compression="zstd", write_page_checksum=True)
    content = whole.read_bytes()
    for cut in (3, 100, len(content) // 2, len(content) - 1):
        with pytest.raises(SourceError, match="Parquet"):
            opened(tmp_path / "cut.parquet", content[:cut])
    middle = len(content) // 2
    source = opened(tmp_path / "bad.parquet", content[:middle] + bytes(2000) + content[middle + 2000 :])
    with pytest.raises(SourceError, match=r"cut off or damaged, after [\d,]+ records") as caught:
        outcome(source, 100)
    assert str(tmp_path / "bad.parquet") in str(caught.value)
    with pytest.raises(SourceError, match="this is no Parquet file"):
        opened(tmp_path / "text.parquet", b'{"title": "a"}\n')
    with pytest.raises(SourceError, match="this is a gzip file"):
        opened(tmp_path / "packed.parquet", packed(content, "gzip"))


def test_a_row_group_as_large_as_the_file_is_read_in_parts(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    rows = 2500
    table = pa.table({
        "title": [f"t{number}" for number in range(rows)],
        "abstract": [f"{number} " + "x" * 60_000 for number in range(rows)],
        "other": ["y" * 1000] * rows,
    })  # fmt: skip
    pq.write_table(table, path, row_group_size=rows, use_dictionary=False, compression="none")
    del table
    source = opened(path)
    before, peak, chunks = pa.total_allocated_bytes(), 0, []
    for chunk in read_chunks(source, 10**6):
        chunks.append(chunk.payload[1].num_rows)
        peak = max(peak, pa.total_allocated_bytes() - before)
        assert chunk.payload[1].schema.names == ["title", "abstract"]
    assert sum(chunks) == rows
    # 150 MB in all, of which three chunks may be held
    assert max(chunks) <= 600
    assert peak < 100 << 20
