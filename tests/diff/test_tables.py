"""What changed between two tables: rows by key, columns by name."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pytest
from datasets import ClassLabel, Features, List, Value
from hypothesis import given
from hypothesis import strategies as st

from curation.diff.tables import TableDiff, diff_tables
from tests.profiles import examples

KEY = ("number", "part")
SCHEMA = pa.schema(
    {
        "number": pa.int64(),
        "text": pa.string(),
        "tags": pa.list_(pa.string()),
        "spans": pa.list_(pa.struct({"start": pa.int64(), "kind": pa.string()})),
        "score": pa.float64(),
        "part": pa.string(),
    }
)
Key = tuple[int, str]
Rows = dict[Key, dict[str, Any]]

# the fields always in one order: values are compared as they are written out
SPANS = st.builds(
    lambda start, kind: {"start": start, "kind": kind}, st.integers(0, 2) | st.none(), st.sampled_from(["a", None])
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": st.sampled_from(["", "one", "one ", "Ünö"]) | st.none(),
    "tags": st.lists(st.sampled_from(["x", "y"]) | st.none(), max_size=2) | st.none(),
    "spans": st.lists(SPANS, max_size=2) | st.none(),
    "score": st.sampled_from([0.0, 0.1, 1e300, float("nan")]) | st.none(),
}
KEYS = st.tuples(st.integers(0, 4), st.sampled_from(["a", "b", ""]))
ROWS: st.SearchStrategy[Rows] = st.dictionaries(KEYS, st.fixed_dictionaries(VALUES), max_size=9)


def as_table(rows: Rows, rng: random.Random) -> pa.Table:
    """These rows, in any order and any chunks."""
    content = [{"number": key[0], "part": key[1], **row} for key, row in rows.items()]
    rng.shuffle(content)
    table = pa.Table.from_pylist(content, schema=SCHEMA)
    cuts = sorted({0, table.num_rows, *(rng.randint(0, table.num_rows) for _ in range(2))})
    parts = [table.slice(start, end - start) for start, end in pairwise(cuts)]
    return pa.concat_tables([table.slice(0, 0), *parts])


def keys_at(table: pa.Table, places: list[int]) -> set[Key]:
    return {(row["number"], row["part"]) for row in table.take(pa.array(places, pa.int64())).to_pylist()}


def told(diff: TableDiff, old: pa.Table, new: pa.Table) -> tuple[set[Key], set[Key], dict[Key, set[str]]]:
    """The keys of the rows that were added and removed, and the columns that changed in the others."""
    changed = {}
    for before, after, columns in diff.changed:
        (key,) = keys_at(old, [before])
        assert keys_at(new, [after]) == {key}
        changed[key] = set(columns)
    assert len(changed) == len(diff.changed)
    return keys_at(new, diff.added), keys_at(old, diff.removed), changed


@st.composite
def edited(draw: st.DrawFn) -> tuple[Rows, Rows, dict[Key, set[str]]]:
    """Rows, the same after edits, and the columns that the edits changed."""
    old = draw(ROWS)
    new: Rows = {}
    changes: dict[Key, set[str]] = {}
    for key, row in old.items():
        what = draw(st.sampled_from(["keep", "keep", "change", "remove"]))
        if what == "remove":
            continue
        new[key] = dict(row)
        if what == "change":
            for column in sorted(draw(st.sets(st.sampled_from(sorted(VALUES)), min_size=1))):
                value = draw(VALUES[column])
                if repr(value) != repr(row[column]):
                    new[key][column] = value
                    changes.setdefault(key, set()).add(column)
    for key, row in draw(ROWS).items():
        if key not in old:
            new[key] = row
    return old, new, changes


@examples(100)
@given(edited(), st.randoms(use_true_random=False))
def test_exactly_the_edits_are_found_whatever_the_order_and_the_chunks(
    case: tuple[Rows, Rows, dict[Key, set[str]]], rng: random.Random
) -> None:
    before, after, changes = case
    old, new = as_table(before, rng), as_table(after, rng)
    diff = diff_tables("rows", old, new, KEY)
    assert told(diff, old, new) == (set(after) - set(before), set(before) - set(after), changes)
    assert diff.columns == []
    assert diff.counts == {"added": len(diff.added), "removed": len(diff.removed), "changed": len(changes)}
    mirrored = diff_tables("rows", new, old, KEY)
    assert told(mirrored, new, old) == (set(before) - set(after), set(after) - set(before), changes)


@examples(50)
@given(ROWS, st.randoms(use_true_random=False))
def test_a_table_does_not_differ_from_itself_in_another_order(rows: Rows, rng: random.Random) -> None:
    diff = diff_tables("rows", as_table(rows, rng), as_table(rows, rng), KEY)
    assert diff == TableDiff("rows")


@examples(50)
@given(st.lists(st.integers(0, 3), max_size=6), st.lists(st.integers(0, 3), max_size=6))
def test_rows_without_a_key_are_compared_as_wholes_as_often_as_they_stand(before: list[int], after: list[int]) -> None:
    old, new = (pa.table({"n": pa.array(values, pa.int64())}) for values in (before, after))
    diff = diff_tables("rows", old, new, ())
    assert diff.changed == []
    left = list(before)
    for number in diff.removed:
        left.remove(before[number])
    assert sorted([*left, *(after[number] for number in diff.added)]) == sorted(after)
    assert not {before[number] for number in diff.removed} & {after[number] for number in diff.added}


# --- columns


def table(**columns: Any) -> pa.Table:
    return pa.table({"id": pa.array(["a", "b"]), **columns})


def changed_columns(old: pa.Table, new: pa.Table) -> list[tuple[str, str | None, str | None, bool]]:
    diff = diff_tables("rows", old, new, ("id",))
    assert (diff.added, diff.removed, diff.changed) == ([], [], [])
    return [(one.column, one.old, one.new, one.keeps_values) for one in diff.columns]


def test_a_column_added_or_removed_is_that_and_changes_no_row() -> None:
    plain, more = table(), table(year=pa.array([1, None]))
    assert changed_columns(plain, more) == [("year", None, "int64", False)]
    assert changed_columns(more, plain) == [("year", "int64", None, False)]


def test_a_column_of_another_type_is_that_and_changes_no_row() -> None:
    old, new = table(year=pa.array([1, 2])), table(year=pa.array([1.5, 2.5]))
    assert changed_columns(old, new) == [("year", "int64", "float64", False)]
    old, new = table(tags=pa.array([["x"], []])), table(tags=pa.array([[1], []]))
    assert changed_columns(old, new) == [("tags", "list of string", "list of int64", False)]


def test_the_order_of_the_columns_is_no_change() -> None:
    both = table(year=pa.array([1, 2]), text=pa.array(["x", "y"]))
    assert changed_columns(both, both.select(["text", "id", "year"])) == []


def test_a_key_of_another_type_names_no_row_any_more() -> None:
    old, new = pa.table({"id": pa.array([1, 2])}), pa.table({"id": pa.array(["1", "2", "3"])})
    diff = diff_tables("rows", old, new, ("id",))
    assert (diff.added, diff.removed, diff.changed) == ([0, 1, 2], [0, 1], [])
    assert [(one.column, one.old, one.new) for one in diff.columns] == [("id", "int64", "string")]


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize(
    ("before", "after", "keeps"),
    [
        (["x", "y"], ["x", "y", "z"], True),
        (["x", "y"], ["y", "x"], False),
        (["x", "y"], ["x"], False),
        (["x", "y"], ["z", "x", "y"], False),
        (["x", "y"], ["x", "why"], False),
    ],
)
def test_names_of_classes_keep_their_values_only_if_more_are_appended(
    many: bool, before: list[str], after: list[str], keeps: bool
) -> None:
    def classes(names: list[str]) -> pa.Table:
        label = List(ClassLabel(names=names)) if many else ClassLabel(names=names)
        values = [[0, 0], []] if many else [0, 1]
        return pa.table(
            {"id": ["a", "b"], "topic": values},
            schema=Features({"id": Value("string"), "topic": label}).arrow_schema,
        )

    old, new = classes(before), classes(after)
    ((column, was, now, kept),) = changed_columns(old, new)
    assert (column, kept) == ("topic", keeps)
    assert was != now
    rows = diff_tables("rows", old, new, ("topic",)) if not many else None
    assert rows is None or bool(rows.removed) is not keeps  # as a key they name the rows only if they keep their values


def test_a_code_that_changes_is_found_beside_names_that_were_appended() -> None:
    def coded(names: list[str], values: list[int]) -> pa.Table:
        schema = Features({"id": Value("string"), "topic": ClassLabel(names=names)}).arrow_schema
        return pa.table({"id": ["a", "b"], "topic": values}, schema=schema)

    diff = diff_tables("rows", coded(["x", "y"], [0, 1]), coded(["x", "y", "z"], [0, 2]), ("id",))
    assert diff.changed == [(1, 1, ("topic",))]
