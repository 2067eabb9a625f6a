"""Finding the rows of an Arrow table that break their model."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pandera.pandas as pan
import pyarrow as pa
from numpy.typing import NDArray
from pandera.errors import SchemaError, SchemaErrors

from curation.schemas.derive import plain_schema
from curation.schemas.doubt import rows_in_doubt

__all__ = ["VALUE_LIMIT", "Check", "Failure", "check_table", "shorten"]

VALUE_LIMIT = 200
_UNIQUE = "multiple_fields_uniqueness"


@dataclass(frozen=True, slots=True)
class Failure:
    """One broken rule of one row, or of the table as a whole.

    Attributes:
        row: Row number in the table; None when the table as a whole is wrong (a column missing or of another type).
        column: The column, or None for a rule over several.
        rule: The rule as reports show it, for instance `abstract: str_length(40, 10000)`.
        value: What broke it, at most `VALUE_LIMIT` characters.
    """

    row: int | None
    column: str | None
    rule: str
    value: str


@dataclass(frozen=True, slots=True)
class Check:
    """What a check of a table found.

    Attributes:
        valid: The rows that break no rule, in their order.
        failures: Every broken rule, by row.
    """

    valid: pa.Table
    failures: tuple[Failure, ...]

    @property
    def table_failures(self) -> tuple[Failure, ...]:
        """Failures of the table as a whole; when there are any, no row was judged."""
        return tuple(failure for failure in self.failures if failure.row is None)

    def first_by_row(self) -> dict[int, Failure]:
        """The first failure of each failing row."""
        found: dict[int, Failure] = {}
        for failure in self.failures:
            if failure.row is not None:
                found.setdefault(failure.row, failure)
        return found


def check_table(table: pa.Table, model: type[pan.DataFrameModel], *, unchanged: Sequence[str] = ()) -> Check:
    """Check every row of a table against its model.

    Of rows that share a unique key the first is valid: pandera reports all of them, and dropping all would lose one
    that is right.

    Args:
        table: Columns exactly as the model declares them, in any order.
        model: The Pandera model. Its checks judge a value or a row by itself, so pandera is shown only rows in doubt.
        unchanged: Columns whose values met the same rules before; only rules over several columns look at them again.
    """
    wrong = tuple(_shape_failures(table.schema, plain_schema(model)))
    if wrong:
        return Check(table.slice(0, 0), wrong)
    if not table.num_rows:
        return Check(table, ())  # no row can break a rule, and stages that remove nothing give many such tables
    schema = _schema(model, tuple(unchanged))
    doubtful = rows_in_doubt(table, schema)
    if doubtful is None:
        failures = _judge(table, np.arange(table.num_rows), schema)
    else:
        failures = _judge(table.take(pa.array(doubtful)), doubtful, schema) if len(doubtful) else ()
    if not failures:
        return Check(table, ())
    bad = {failure.row for failure in failures}
    if None in bad:
        return Check(table.slice(0, 0), failures)
    keep = pa.array([row not in bad for row in range(table.num_rows)], type=pa.bool_())
    return Check(table.filter(keep), failures)


def _judge(table: pa.Table, rows: NDArray[np.int64], schema: pan.DataFrameSchema) -> tuple[Failure, ...]:
    """Have pandera judge rows, and return what it finds by the numbers they are given."""
    frame = table.to_pandas(types_mapper=pd.ArrowDtype)
    frame.index = pd.Index(rows)
    try:
        schema.validate(frame, lazy=True)
    except SchemaErrors as error:
        return tuple(_failures(error, frame, list(schema.unique or [])))
    return ()


@functools.cache
def _schema(model: type[pan.DataFrameModel], unchanged: tuple[str, ...]) -> pan.DataFrameSchema:
    schema = model.to_schema()
    return schema.update_columns({name: {"checks": []} for name in unchanged}) if unchanged else schema


def _shape_failures(found: pa.Schema, wanted: pa.Schema) -> Iterable[Failure]:
    for name in found.names:
        if name not in wanted.names:
            yield Failure(None, name, f"{name}: unknown column", str(found.field(name).type))
    for field in wanted:
        if found.names.count(field.name) != 1:
            yield Failure(None, field.name, f"{field.name}: missing column", f"one of type {field.type}")
        elif found.field(field.name).type != field.type:
            rule = f"{field.name}: type is {field.type}"
            yield Failure(None, field.name, rule, str(found.field(field.name).type))


def _failures(error: SchemaErrors, frame: pd.DataFrame, unique: list[str]) -> Iterable[Failure]:
    by_row: dict[tuple[int, str], Failure] = {}
    later_copies = set(frame.index[frame.duplicated(subset=unique, keep="first")]) if unique else set()
    for single in error.schema_errors:
        rule, column = _rule(single, unique)
        if not isinstance(single.failure_cases, pd.DataFrame):  # the check itself could not be carried out
            return [Failure(None, column, rule, shorten(str(single.failure_cases)))]
        for row in dict.fromkeys(int(index) for index in single.failure_cases["index"]):
            if str(single.check) == _UNIQUE and row not in later_copies:
                continue
            by_row[row, rule] = Failure(row, column, rule, _value(frame, row, column, unique))
    return [by_row[key] for key in sorted(by_row, key=lambda key: key[0])]


def _rule(single: SchemaError, unique: list[str]) -> tuple[str, str | None]:
    check = single.check
    if str(check) == _UNIQUE:
        return f"unique({', '.join(unique)})", None
    if isinstance(check, str):
        name = check
    else:
        # pandera's own checks spell their limits in `error`; ours have a name of their own
        spelled = str(check.error or "")
        name = spelled if spelled.startswith(str(check.name)) else str(check.name)
    if type(single.schema).__name__ != "Column":
        return name, None
    column = str(single.schema.name)
    return f"{column}: {name}", column


def _value(frame: pd.DataFrame, row: int, column: str | None, unique: list[str]) -> str:
    if column is not None:
        return shorten(str(frame.at[row, column]))
    names = unique or frame.columns.to_list()
    return shorten(", ".join(f"{name}={frame.at[row, name]!s}" for name in names))


def shorten(text: str, limit: int = VALUE_LIMIT) -> str:
    """Return a text of at most `limit` characters; one that was cut ends in an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
