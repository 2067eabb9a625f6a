"""Any records, written in any format and read in any chunks, come back the same at the same places."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sources.reading import opened, outcome, packed

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=30).filter(
    lambda text: not text.isspace()
)
IDS = st.sampled_from([None, "", "2403.03900", "arXiv:2403.03900v3", "math.GT/0309136", "7", "2403.039"])
# a text that is nothing, as every format can say it
RECORDS = st.lists(
    st.fixed_dictionaries(
        {
            "id": IDS,
            "title": TEXTS | st.sampled_from(["", " \n"]),
            "abstract": TEXTS,
            "categories": st.sampled_from(["", "cs.LG", "cs.LG  stat.ML cs.LG"]),
        }
    ),
    min_size=1,
    max_size=12,
)


def _jsonl(rows: list[dict[str, Any]], ascii_only: bool) -> bytes:
    return b"".join(json.dumps(row, ensure_ascii=ascii_only).encode() + b"\n" for row in rows)


def _csv(rows: list[dict[str, Any]], quote_all: bool) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]), quoting=csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def _parquet(rows: list[dict[str, Any]], one_group: bool) -> bytes:
    out = io.BytesIO()
    schema = pa.schema([(name, pa.string()) for name in rows[0]])
    pq.write_table(pa.Table.from_pylist(rows, schema), out, row_group_size=100 if one_group else 2)
    return out.getvalue()


def _expected(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    known = {
        "2403.03900": ("2403.03900", 2024),
        "arXiv:2403.03900v3": ("2403.03900", 2024),
        "math.GT/0309136": ("math.GT/0309136", 2003),
    }
    found = []
    for position, row in enumerate(rows):
        if row["title"].strip():
            arxiv_id, year = known.get(row["id"], (None, None))
            categories = list(dict.fromkeys(row["categories"].split())) if arxiv_id else []
            found.append((position, row["title"], row["abstract"], arxiv_id, categories, year))
    return found


@pytest.mark.parametrize("write", [_jsonl, _csv, _parquet])
@given(rows=RECORDS, variant=st.booleans(), how=st.sampled_from([None, "gzip", "zstd"]), size=st.integers(1, 13))
def test_records_come_back_as_they_were(
    write: Any, rows: list[dict[str, Any]], variant: bool, how: str | None, size: int
) -> None:
    suffix = write.__name__.removeprefix("_")
    content = write(rows, variant)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"a.{suffix}")
        source = opened(path, content if suffix == "parquet" else packed(content, how))
        records, removed = outcome(source, size)
    columns = ["position", "title", "abstract", "arxiv_id", "categories", "year"]
    assert [tuple(row.values()) for row in records.select(columns).to_pylist()] == _expected(rows)
    assert set(records["source_id"].to_pylist()) <= {source.source_id}
    assert set(removed["rule"].to_pylist()) <= {"title: text"}
    if suffix != "csv":
        assert records["title_line"].to_pylist() == [position + 1 for position in records["position"].to_pylist()]


@given(content=st.binary(max_size=200), size=st.integers(1, 9), suffix=st.sampled_from(["jsonl", "csv"]))
def test_any_bytes_behind_a_good_record_are_accounted_for(content: bytes, size: int, suffix: str) -> None:
    good = b'{"title": "a", "abstract": "b"}\n' if suffix == "jsonl" else b"title,abstract\na,b\n"
    with tempfile.TemporaryDirectory() as folder:
        source = opened(Path(folder, f"a.{suffix}"), good + content)
        at_once = outcome(source)
        in_parts = outcome(source, size)
    assert at_once[0].equals(in_parts[0])
    assert at_once[1].equals(in_parts[1])
    if suffix == "jsonl":
        lines = sum(not (not line or line.isspace()) for line in content.split(b"\n"))
        assert at_once[0].num_rows + at_once[1].num_rows == 1 + lines
