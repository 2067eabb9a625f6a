"""What is told from whole columns is what pandera finds row by row."""

from __future__ import annotations

import random
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pan
import pyarrow as pa
import pytest

from curation.schemas import check as checking
from curation.schemas.arrow_text import are_ascii, beyond_ascii, is_constant, lengths_of, whole
from curation.schemas.check import Check, check_table
from curation.schemas.derive import plain_schema
from curation.schemas.doubt import FORBIDDEN, rows_in_doubt
from curation.schemas.stages import TextEdits
from curation.schemas.tables import TABLES
from tests.commands import python_process
from tests.releases import read_rows
from tests.test_schemas import BAD, GOOD, models

NAMES = list(TABLES)


def rows_of(release: Path, name: str, count: int) -> list[dict[str, Any]]:
    """Return rows that break no rule when a value of one is replaced, unless that value does."""
    rows = [row for row in read_rows(release, name) if row.get("topics") != [] and not row.get("math_damage")]
    rows = [row for row in rows if row.get("role", "boilerplate") == "boilerplate"]
    return [dict(row) for row in rows[:count]]


def by_pandera(monkeypatch: pytest.MonkeyPatch, table: pa.Table, model: type[pan.DataFrameModel]) -> Check:
    """Check a table with pandera alone."""
    with monkeypatch.context() as patch:
        patch.setattr(checking, "rows_in_doubt", lambda *_: None)
        return check_table(table, model)


def pieces(table: pa.Table) -> pa.Table:
    """Return the same table in chunks that do not begin where their buffers do."""
    return pa.concat_tables([table.slice(0, 2), table.slice(2)])


@pytest.mark.parametrize("name", NAMES)
def test_of_published_rows_none_is_in_doubt_and_pandera_is_not_asked(
    release: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = TABLES[name].model
    table = pa.Table.from_pylist(read_rows(release, name), schema=plain_schema(model))
    assert table.num_rows
    doubtful = rows_in_doubt(table, model.to_schema())
    assert doubtful is not None
    assert doubtful.tolist() == []
    monkeypatch.setattr(pan.DataFrameSchema, "validate", None)
    assert check_table(table, model).valid is table


FIRST = """
import pandera.pandas as pan
import pyarrow as pa
from curation.schemas.check import check_table
from curation.schemas.derive import plain_schema
from curation.schemas.stages import ParsedRecords
rows = [("Title", "Abstract", 1, 2, False, "0" * 16, position) for position in range(2)]
names = ["title", "abstract", "title_line", "abstract_line", "possibly_truncated", "source_id", "position"]
table = pa.Table.from_pylist([dict(zip(names, row)) for row in rows], schema=plain_schema(ParsedRecords))
pan.DataFrameSchema.validate = None
print(check_table(table, ParsedRecords).failures)
"""


def test_the_first_table_of_a_process_is_no_exception(home: Path) -> None:
    """Pandera finds the functions of its own checks only once one was called."""
    assert python_process("-c", FIRST, cwd=home).out == "()\n"


@pytest.mark.parametrize("name", NAMES)
def test_bad_rows_among_others_are_told_as_pandera_alone_tells_them(
    release: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = TABLES[name].model
    rows = rows_of(release, name, 40)
    changes = [{column: value} for table, column, value, _ in BAD if table == name]
    changes += [values for table, values in GOOD if table == name]
    changes += [{column: None} for column in TABLES[name].columns]
    for at in range(0, len(changes), len(rows) // 2):
        some = [dict(row) for row in rows]
        for number, change in enumerate(changes[at : at + len(rows) // 2]):
            some[2 * number].update(change)
        table = pieces(pa.Table.from_pylist(some, schema=plain_schema(model)))
        found, wanted = check_table(table, model), by_pandera(monkeypatch, table, model)
        assert found.failures == wanted.failures
        assert found.valid.equals(wanted.valid)


@pytest.mark.parametrize(("name", "column", "value", "rule"), BAD)
def test_a_bad_row_is_in_doubt(release: Path, name: str, column: str, value: object, rule: str) -> None:
    rows = rows_of(release, name, 3)
    rows[1][column] = value
    table = pa.Table.from_pylist(rows, schema=plain_schema(TABLES[name].model))
    doubtful = rows_in_doubt(table, TABLES[name].model.to_schema())
    assert doubtful is not None, rule
    assert doubtful.tolist() == [1]


@pytest.mark.parametrize("name", NAMES)
def test_where_a_key_occurs_twice_pandera_judges_the_whole_table(
    release: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = TABLES[name].model
    rows = rows_of(release, name, 4)
    table = pa.Table.from_pylist([*rows, rows[1], rows[0], rows[1]], schema=plain_schema(model))
    assert rows_in_doubt(table, model.to_schema()) is None
    assert check_table(table, model).failures == by_pandera(monkeypatch, table, model).failures


def test_keys_of_several_columns_are_told_apart() -> None:
    def edits(*keys: tuple[str, int, str, int]) -> pa.Table:
        names = ("source_id", "position", "field", "step")
        rest = {"rule": "nfc", "start": 0, "end": 1, "before": "a", "after": "b", "offsets": []}
        rows = [dict(zip(names, key, strict=True)) | rest for key in keys]
        return pa.Table.from_pylist(rows, schema=plain_schema(TextEdits))

    one, other = "0" * 16, "f" * 16
    schema = TextEdits.to_schema()
    far = 2**62
    alike = [(one, 0, "title", 0), (one, 0, "title", 1), (one, 0, "abstract", 0), (one, 1, "title", 0)]
    for keys in ([(one, 0, "title", 0)], alike, alike[::-1], [*alike, (other, 0, "title", 0)]):
        doubtful = rows_in_doubt(edits(*keys), schema)
        assert doubtful is not None
        assert doubtful.tolist() == []
        assert rows_in_doubt(edits(*keys, keys[0]), schema) is None
    # too far apart to be numbered
    wide = edits((one, 0, "title", 0), (one, far, "title", far))
    assert rows_in_doubt(wide, schema) is None
    assert check_table(wide, TextEdits).failures == ()


@pytest.mark.parametrize("name", sorted(models()))
def test_patterns_that_are_searched_at_once_are_those_of_their_checks(name: str) -> None:
    texts = [
        "plain text",
        "two  blanks",
        " before",
        "after ",
        "bell\x07",
        "c1\x85",
        "thin\u2009",
        "Daily Papers",
        "new",
    ]
    texts += ["SubscribeA title", "Subscriber", "byAK and the research community", "a\ttab", "x\u3000y", "two\nlines"]
    for column in models()[name].to_schema().columns.values():
        for check in column.checks:
            if FORBIDDEN in check.statistics:
                series = pd.Series(texts, dtype=pd.ArrowDtype(pa.string()))
                pattern = check.statistics[FORBIDDEN]
                assert check(series).check_output.tolist() == [
                    not found for found in pa.compute.match_substring_regex(pa.array(texts), pattern).to_pylist()
                ]


@pytest.mark.parametrize(
    "schema",
    [
        pan.DataFrameSchema({"a": pan.Column(unique=True)}),
        pan.DataFrameSchema({"a": pan.Column(coerce=True, dtype=int)}),
        pan.DataFrameSchema({"a": pan.Column(parsers=pan.Parser(abs))}),
        pan.DataFrameSchema({"a": pan.Column()}, index=pan.Index(int)),
        pan.DataFrameSchema({"a": pan.Column()}, ordered=True),
        pan.DataFrameSchema({"a": pan.Column(checks=pan.Check(lambda one: one > 0, raise_warning=True))}),
        pan.DataFrameSchema({"a": pan.Column(checks=pan.Check(lambda one: one / "x"))}),
        pan.DataFrameSchema({"a": pan.Column(checks=pan.Check(lambda one: bool((one > 0).all())))}),
        pan.DataFrameSchema({"a": pan.Column(checks=pan.Check(lambda one: (one > 0)[:1]))}),
    ],
)
def test_of_a_schema_that_asks_for_something_else_nothing_is_told(schema: pan.DataFrameSchema) -> None:
    assert rows_in_doubt(pa.table({"a": [1, 2]}), schema) is None


TEXTS = [
    "",
    "ascii",
    "caf\u00e9",
    "e\u0301",
    "\u0301",
    "x\u0338=\u0338",
    "\u1112\u1161\u11ab",
    "",
    "\u212b",
    "a\U0001d11e.",
]


def test_columns_of_text_are_looked_at_as_bytes() -> None:
    for texts in (pa.array(TEXTS), pa.array(["skipped", *TEXTS, "too"]).slice(1, len(TEXTS))):
        assert are_ascii(texts).tolist() == [text.isascii() for text in TEXTS]
        assert lengths_of(texts).tolist() == [len(text) for text in TEXTS]
        assert not is_constant(texts)
    assert are_ascii(pa.array(["a", None, "\u00e9"]))[[0, 2]].tolist() == [True, False]
    for none in (pa.array([], pa.string()), pa.array(["", ""])):
        assert are_ascii(none).all()
        assert lengths_of(none).tolist() == [0] * len(none)
        assert beyond_ascii(none).to_pylist() == [""] * len(none)
    assert [
        is_constant(pa.array(texts, pa.string())) for texts in ([], ["a"], ["a", "a"], ["a", None, "a"], [None])
    ] == [
        False,
        True,
        True,
        False,
        False,
    ]
    assert whole(pa.chunked_array([["a"], ["b"]])).to_pylist() == ["a", "b"]
    assert whole(pa.chunked_array([], pa.string())).to_pylist() == []


def test_a_text_is_composed_exactly_where_its_parts_beyond_ascii_are() -> None:
    draw = random.Random(7)
    letters = (
        "ab =.<\u00e9\u0301\u0338\u0323\u212b\u1100\u1161\u11a8\uac00\u2260\u03c9\u0345\u0f71\u0f72\U0001d157\U0001d165"
    )
    texts = ["".join(draw.choices(letters, k=draw.randrange(12))) for _ in range(4000)]
    column = pa.chunked_array([texts[:7], texts[7:]])
    check = next(one for one in TABLES["papers"].model.to_schema().columns["title"].checks if one.name == "nfc")
    told = check(pd.Series(pd.arrays.ArrowExtensionArray(column))).check_output
    normal = pa.compute.equal(column, pa.compute.utf8_normalize(column, form="NFC"))
    assert told.tolist() == normal.to_pylist()
    assert 0 < np.count_nonzero(told) < len(texts)
    parts = beyond_ascii(pa.array(texts)).to_pylist()
    assert [unicodedata.is_normalized("NFC", part) for part in parts] == told.tolist()
