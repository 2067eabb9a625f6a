"""Validation of a Parquet file by itself."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curation.release.writer import write_parquet
from curation.schemas.derive import arrow_schema
from curation.schemas.tables import TABLES
from curation.validation.findings import MOST_PER_RULE
from tests.commands import curate
from tests.releases import files_of


def first_file(release: Path, table: str) -> Path:
    return release / next(name for name in files_of(release) if name.startswith(table))


def messages(path: Path) -> list[str]:
    """Validate a file, which must be wrong, and return what is."""
    ended = curate("validate", path, "--format", "json")
    assert (ended.code, ended.err) == (1, "")
    answer = json.loads(ended.out)
    assert (answer["ok"], answer["kind"]) == (False, "parquet")
    assert {finding["where"] for finding in answer["findings"]} == {str(path)}
    text = curate("validate", path)
    assert text.code == 1
    found = [finding["message"] for finding in answer["findings"]]
    assert all(message in text.out for message in found)
    return found


@pytest.mark.parametrize("name", TABLES)
def test_a_file_of_any_table_is_valid_by_itself(release: Path, tmp_path: Path, name: str) -> None:
    for path in (first_file(release, name), Path(tmp_path / "any-name")):
        path.exists() or path.write_bytes(first_file(release, name).read_bytes())
        ended = curate("validate", path)
        assert (ended.code, ended.err) == (0, "")
        assert "valid" in ended.out
        assert json.loads(curate("validate", path, "--format", "json").out)["findings"] == []


@pytest.mark.parametrize("name", TABLES)
def test_a_file_without_rows_is_valid(tmp_path: Path, name: str) -> None:
    write_parquet(arrow_schema(TABLES[name]).empty_table(), tmp_path / "file")
    assert curate("validate", tmp_path / "file").code == 0


@pytest.mark.parametrize("name", TABLES)
def test_a_truncated_file_is_wrong(release: Path, tmp_path: Path, name: str) -> None:
    content = first_file(release, name).read_bytes()
    for size in (4, len(content) // 2, len(content) - 1):
        (tmp_path / "file").write_bytes(content[:size])
        (message,) = messages(tmp_path / "file")
        assert "damaged" in message


def test_columns_of_no_table_are_wrong(tmp_path: Path) -> None:
    pq.write_table(pa.table({"colour": ["red"], "size": [1]}), tmp_path / "file")
    (message,) = messages(tmp_path / "file")
    assert "colour, size" in message
    assert all(name in message for name in TABLES)


@pytest.mark.parametrize(
    ("table", "column", "kind"),
    [
        ("papers", "primary_topic", pa.int32()),
        ("edits", "before", pa.large_string()),
        ("segments", "start", pa.string()),
    ],
)
def test_a_column_of_another_type_is_wrong(
    release: Path, tmp_path: Path, table: str, column: str, kind: pa.DataType
) -> None:
    content = pq.read_table(first_file(release, table), partitioning=None)
    place = content.schema.get_field_index(column)
    field = content.schema.field(place).with_type(kind)
    changed = content.set_column(place, field, content[column].cast(kind))
    pq.write_table(changed, tmp_path / "file")
    (message,) = messages(tmp_path / "file")
    assert message == f"{column}: type is {arrow_schema(TABLES[table]).field(column).type}: found {str(kind)!r}"


def test_columns_in_another_order_are_wrong(release: Path, tmp_path: Path) -> None:
    content = pq.read_table(first_file(release, "edits"), partitioning=None)
    write_parquet(content.select(content.column_names[::-1]), tmp_path / "file")
    assert any("not in their order" in message for message in messages(tmp_path / "file"))


def test_a_file_without_the_hugging_face_features_is_wrong(release: Path, tmp_path: Path) -> None:
    content = pq.read_table(first_file(release, "papers"), partitioning=None)
    write_parquet(content.replace_schema_metadata(None), tmp_path / "file")
    assert messages(tmp_path / "file") == ["the Hugging Face features in the metadata are not this schema's"]


def test_a_broken_row_is_named_with_its_number_rule_and_value(release: Path, tmp_path: Path) -> None:
    content = pq.read_table(first_file(release, "edits"), partitioning=None)
    rows = content.to_pylist()
    rows[3]["field"] = "footnote"
    write_parquet(pa.Table.from_pylist(rows, schema=content.schema), tmp_path / "file")
    ended = curate("validate", tmp_path / "file", "--format", "json")
    (finding,) = json.loads(ended.out)["findings"]
    assert finding["row"] == 3
    assert finding["message"].startswith("field: isin(")
    assert "'footnote'" in finding["message"]
    assert "row 3" in curate("validate", tmp_path / "file").out


def test_many_broken_rows_are_counted_after_the_first_ones(release: Path, tmp_path: Path) -> None:
    content = pq.read_table(first_file(release, "listings"), partitioning=None)
    rows = [{**row, "title_line": 0} for row in content.to_pylist()]
    write_parquet(pa.Table.from_pylist(rows, schema=content.schema), tmp_path / "file")
    found = messages(tmp_path / "file")
    assert len(found) == MOST_PER_RULE + 1
    assert found[-1].endswith(f"{len(rows) - MOST_PER_RULE} more rows")


@pytest.mark.parametrize("content", [b"", b"PAR", b"a,b\n1,2\n", b"\x00" * 100])
def test_what_is_no_parquet_file_is_exit_code_2(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    ended = curate("validate", tmp_path / "file")
    assert (ended.code, ended.out) == (2, "")
    assert f"{tmp_path / 'file'}: not a Parquet file" in ended.err
    assert "expected: a release's folder or a Parquet file" in ended.err


def test_a_name_that_is_too_long_is_exit_code_2(tmp_path: Path) -> None:
    ended = curate("validate", "x" * 300, cwd=tmp_path)
    assert (ended.code, ended.out) == (2, "")
    assert "what to do:" in ended.err
