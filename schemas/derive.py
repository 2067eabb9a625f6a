"""Everything that follows from a model: Hugging Face features, Arrow schema, documentation."""

from __future__ import annotations

import functools
from dataclasses import asdict, dataclass
from typing import Any

import pandera.pandas as pan
import pyarrow as pa
from datasets import ClassLabel, Features, List, Value

from curation.schemas.columns import CLASS_NAMES
from curation.schemas.tables import TABLES, Table

__all__ = [
    "ColumnDoc",
    "arrow_schema",
    "as_json",
    "as_markdown",
    "column_docs",
    "features",
    "plain_schema",
    "type_name",
]

# Names that fit into a cell of the data dictionary.
_MOST_NAMES = 6


def features(table: Table) -> Features:
    """Return the Hugging Face features of a published table, in its column order."""
    columns = table.model.to_schema().columns
    return Features({name: _feature(columns[name]) for name in table.columns})


@functools.cache
def arrow_schema(table: Table) -> pa.Schema:
    """Return the Arrow schema that is written to Parquet.

    It carries the features in the `huggingface` schema metadata and each column's meaning as `description`.
    """
    schema = features(table).arrow_schema
    columns = table.model.to_schema().columns
    fields = [field.with_metadata({"description": columns[field.name].description or ""}) for field in schema]
    return pa.schema(fields, metadata=schema.metadata)


@functools.cache
def plain_schema(model: type[pan.DataFrameModel]) -> pa.Schema:
    """Return the Arrow schema of a model without metadata, as stages exchange it."""
    return pa.schema([(name, _arrow_type(column)) for name, column in model.to_schema().columns.items()])


def _arrow_type(column: Any) -> pa.DataType:
    # pandera keeps pandas' ArrowDtype for nested types and wraps it for flat ones
    return getattr(column.dtype.type, "pyarrow_dtype", column.dtype.type)


def _feature(column: Any) -> Any:
    arrow_type = _arrow_type(column)
    names = (column.metadata or {}).get(CLASS_NAMES)
    return _feature_of(arrow_type, None if names is None else ClassLabel(names=names))


def _feature_of(arrow_type: pa.DataType, label: ClassLabel | None = None) -> Any:
    if pa.types.is_list(arrow_type):
        return List(_feature_of(arrow_type.value_type, label))
    if pa.types.is_struct(arrow_type):
        return {field.name: _feature_of(field.type) for field in arrow_type}
    return label or Value(str(arrow_type))


@dataclass(frozen=True, slots=True)
class ColumnDoc:
    """One line of a data dictionary.

    Attributes:
        name: Column.
        type: Its type, as a reader of the data meets it.
        nullable: Whether values may be missing.
        bounds: What is checked of it.
        meaning: What it means.
    """

    name: str
    type: str
    nullable: bool
    bounds: str
    meaning: str


def column_docs(table: Table) -> list[ColumnDoc]:
    """Return the data dictionary of a table."""
    columns = table.model.to_schema().columns
    types = features(table)
    return [
        ColumnDoc(
            name=name,
            type=type_name(types[name]),
            nullable=bool(columns[name].nullable),
            bounds=", ".join(_bound(check) for check in columns[name].checks),
            meaning=columns[name].description or "",
        )
        for name in table.columns
    ]


def type_name(feature: Any) -> str:
    """Spell the type of a feature as a reader of the data meets it."""
    if isinstance(feature, List):
        return f"list of {type_name(feature.feature)}"
    if isinstance(feature, ClassLabel):
        shown = f"{feature.num_classes} names" if feature.num_classes > _MOST_NAMES else ", ".join(feature.names)
        return f"ClassLabel ({shown})"
    if isinstance(feature, dict):
        return "{" + ", ".join(f"{name}: {type_name(part)}" for name, part in feature.items()) + "}"
    return str(feature.dtype)


def _bound(check: Any) -> str:
    limits = check.statistics or {}
    low, high = limits.get("min_value"), limits.get("max_value")
    if check.name == "str_length":
        return f"{low} or more characters" if high is None else f"{low} to {high} characters"
    if check.name == "in_range":
        return f"{low} to {high}"
    if check.name == "greater_than_or_equal_to":
        return f"at least {low}"
    if check.name == "isin":
        values = limits["allowed_values"]
        return "one of " + ", ".join(map(str, values)) if len(values) <= _MOST_NAMES else "a topic of the taxonomy"
    if check.name == "str_matches":
        pattern = limits["pattern"]
        return f"matches `{getattr(pattern, 'pattern', pattern)}`"
    return str(check.name).replace("_", " ")


def as_json(tables: list[Table]) -> dict[str, Any]:
    """Return the data dictionary of tables as plain values for JSON."""
    return {
        table.name: {
            "row": table.row,
            "sort_key": list(table.sort_key),
            "splits": list(table.splits),
            "checks_on_rows": _row_checks(table),
            "columns": [asdict(doc) for doc in column_docs(table)],
        }
        for table in tables
    }


def as_markdown(tables: list[Table], heading: str = "##") -> str:
    """Return the data dictionary of tables as Markdown.

    Args:
        tables: Which tables.
        heading: The mark of each table's heading.
    """
    parts = []
    for table in tables:
        parts.append(f"{heading} `{table.name}`\n\n{table.row}\n")
        parts.append("| column | type | checked | meaning |\n|---|---|---|---|")
        for doc in column_docs(table):
            checked = doc.bounds.replace("|", "\\|") + ("; may be missing" if doc.nullable else "")
            parts.append(f"| `{doc.name}` | {doc.type} | {checked.removeprefix('; ')} | {doc.meaning} |")
        if rules := _row_checks(table):
            parts.append(f"\nOn rows: {', '.join(rule.replace('_', ' ') for rule in rules)}.")
        parts.append("")
    return "\n".join(parts).rstrip() + "\n"


def _row_checks(table: Table) -> list[str]:
    unique = f"unique {' + '.join(table.sort_key)}"
    return [unique, *(str(check.name) for check in table.model.to_schema().checks)]


def table_of(columns: list[str]) -> Table | None:
    """Return the published table with exactly these columns, in any order."""
    return next((table for table in TABLES.values() if set(table.columns) == set(columns)), None)
