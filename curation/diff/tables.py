"""What changed between two states of one table: rows by key, columns by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
from datasets import ClassLabel, Features, List

from curation.schemas.derive import type_name

__all__ = ["ColumnChange", "TableDiff", "diff_tables"]


@dataclass(frozen=True, slots=True)
class ColumnChange:
    """A column that came, went or is of another type.

    Attributes:
        table: Its table.
        column: Its name.
        old: Its type before; None if it is new.
        new: Its type now; None if it is gone.
        keeps_values: Whether every earlier value still means the same, as when class names were appended.
    """

    table: str
    column: str
    old: str | None
    new: str | None
    keeps_values: bool = False


@dataclass(frozen=True, slots=True)
class TableDiff:
    """What changed in a table.

    Attributes:
        name: The table.
        added: Row numbers in the new table of rows with a new key.
        removed: Row numbers in the old table of rows whose key is gone.
        changed: Row numbers in the old and the new table, and the columns that differ, of rows with the same key.
        columns: Columns that came, went or changed their type.
    """

    name: str
    added: list[int] = field(default_factory=list)
    removed: list[int] = field(default_factory=list)
    changed: list[tuple[int, int, tuple[str, ...]]] = field(default_factory=list)
    columns: list[ColumnChange] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """Rows added, removed and changed."""
        return {"added": len(self.added), "removed": len(self.removed), "changed": len(self.changed)}


def diff_tables(name: str, old: pa.Table, new: pa.Table, key: Sequence[str]) -> TableDiff:
    """Compare two states of a table.

    Args:
        name: The table.
        old: Its earlier rows.
        new: Its later rows.
        key: Columns that name a row; none of their values is missing, and no two rows share them. Without any, rows
            are compared as wholes.

    Returns:
        What changed; the order of the rows is none of it. Columns that only one of the two has are compared in no row.
    """
    columns = list(_column_changes(name, old, new))
    retyped = {change.column for change in columns if not change.keeps_values}
    if retyped & set(key):  # nothing names the rows of both
        return TableDiff(name, [*range(new.num_rows)], [*range(old.num_rows)], [], columns)
    if not key:
        return TableDiff(name, _further(new, old), _further(old, new), [], columns)
    places = _places(old, "old", key).join(_places(new, "new", key), list(key), join_type="full outer")
    old_rows, new_rows = (places[side].to_pylist() for side in ("old", "new"))
    both = sorted(
        (before, after)
        for before, after in zip(old_rows, new_rows, strict=True)
        if before is not None and after is not None
    )
    shared = [column for column in new.column_names if column in old.column_names and column not in retyped]
    return TableDiff(
        name,
        added=sorted(after for before, after in zip(old_rows, new_rows, strict=True) if before is None),
        removed=sorted(before for before, after in zip(old_rows, new_rows, strict=True) if after is None),
        changed=_changed_rows(old, new, both, [column for column in shared if column not in key]),
        columns=columns,
    )


def _further(table: pa.Table, other: pa.Table) -> list[int]:
    """Return the numbers of the rows that the other table does not have, or has less often."""
    left = Counter(map(repr, other.to_pylist()))
    found = []
    for number, row in enumerate(map(repr, table.to_pylist())):
        if left[row]:
            left[row] -= 1
        else:
            found.append(number)
    return found


def _places(table: pa.Table, side: str, key: Sequence[str]) -> pa.Table:
    return (
        table.select(list(key))
        .replace_schema_metadata(None)
        .append_column(side, pa.array(range(table.num_rows), pa.int64()))
    )


def _changed_rows(
    old: pa.Table, new: pa.Table, both: list[tuple[int, int]], columns: Sequence[str]
) -> list[tuple[int, int, tuple[str, ...]]]:
    differing: dict[tuple[int, int], list[str]] = {}
    before_rows, after_rows = (pa.array([pair[side] for pair in both], pa.int64()) for side in (0, 1))
    for column in columns:
        before, after = old[column].take(before_rows), new[column].take(after_rows)
        if before.type == after.type and before.equals(after):
            continue  # most columns: told without looking at single values
        for place, left, right in zip(both, before.to_pylist(), after.to_pylist(), strict=True):
            if left != right and repr(left) != repr(right):  # one that is no number is not even equal to itself
                differing.setdefault(place, []).append(column)
    return [(*place, tuple(names)) for place, names in sorted(differing.items())]


def _column_changes(name: str, old: pa.Table, new: pa.Table) -> list[ColumnChange]:
    before, after = (Features.from_arrow_schema(table.schema) for table in (old, new))
    changes = []
    for column in dict.fromkeys((*before, *after)):
        left, right = before.get(column), after.get(column)
        if left != right:
            kept = left is not None and right is not None and _appended(left, right)
            was, now = _spelled(left), _spelled(right)
            if was == now:  # as many names, but others, or in another order
                was, now = (f"{was}: {', '.join(_names(feature))}" for feature in (left, right))
            changes.append(ColumnChange(name, column, was, now, kept))
    return changes


def _appended(left: Any, right: Any) -> bool:
    if isinstance(left, List) and isinstance(right, List):
        return _appended(left.feature, right.feature)
    both = isinstance(left, ClassLabel) and isinstance(right, ClassLabel)
    return both and right.names[: left.num_classes] == left.names


def _names(feature: Any) -> list[str]:
    inner = feature.feature if isinstance(feature, List) else feature
    return list(inner.names) if isinstance(inner, ClassLabel) else [repr(feature)]


def _spelled(feature: Any) -> str | None:
    return None if feature is None else type_name(feature)
