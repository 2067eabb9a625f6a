"""Earlier schema versions, so that releases built with them can still be read, validated and compared.

Until now every version only added columns and rules to the one before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from curation.schemas.derive import arrow_schema
from curation.schemas.tables import SCHEMA_VERSION, TABLES

__all__ = ["EARLIER", "Earlier", "earlier", "schema_versions", "with_current_columns"]


@dataclass(frozen=True, slots=True)
class Earlier:
    """What an earlier schema version did not have.

    Attributes:
        columns: Columns that came later, by table.
        rules: Rules that came later or have changed since, as `curation.schemas.check` names them.
        tables: Tables it had that have been dropped since.
        later_tables: Tables that came later.
    """

    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rules: frozenset[str] = frozenset()
    tables: tuple[str, ...] = ()
    later_tables: tuple[str, ...] = ()


_LABELS_BY_SOURCE = frozenset({"source_fits_labels", "label_source: isin(['adjudicated', 'model', 'abstained'])"})

_BENCHMARK = ("queries", "corpus", "qrels")

EARLIER: dict[str, Earlier] = {
    "1.0.0": Earlier(
        {
            "papers": (
                "arxiv_id",
                "categories",
                "year",
                "urls",
                "code_urls",
                "math_damage",
                "math_damage_spans",
                "topic_scores",
            ),
            "edits": ("offsets",),
        },
        _LABELS_BY_SOURCE,
        later_tables=_BENCHMARK,
    ),
    "1.1.0": Earlier({"papers": ("topic_scores",)}, _LABELS_BY_SOURCE, later_tables=_BENCHMARK),
    "1.2.0": Earlier(later_tables=_BENCHMARK),
}


def schema_versions() -> tuple[str, ...]:
    """Return every published schema version, oldest first."""
    return (*EARLIER, SCHEMA_VERSION)


def earlier(version: str) -> Earlier:
    """Return what sets a schema version apart from the current one; nothing for the current one.

    Args:
        version: One of `schema_versions()`.
    """
    return EARLIER.get(version, Earlier())


def with_current_columns(content: pa.Table, table: str) -> pa.Table:
    """Return rows of an earlier schema version with the columns that came later: lists are empty, the rest is missing.

    Args:
        content: Rows of a published table.
        table: Its name.
    """
    wanted = arrow_schema(TABLES[table])
    if set(wanted.names) <= set(content.column_names):
        return content
    for column in wanted:
        if column.name not in content.column_names:
            value: list[Any] | None = [] if pa.types.is_list(column.type) else None
            content = content.append_column(column.name, pa.array([value] * content.num_rows, column.type))
    return content.select(wanted.names)
