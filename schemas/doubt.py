"""Telling from whole columns which rows may break a rule, so that pandera, which is slow, looks at no others.

Every verdict comes from the schema itself: its checks are called, or what they say of their own limits is read. A row
is in doubt unless every rule said that it is right; what is wrong with it, pandera says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pan
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from curation.schemas.arrow_text import is_constant, lengths_of, whole

__all__ = ["FORBIDDEN", "rows_in_doubt"]

# Under this name a check states the RE2 pattern that no text may match; a column is searched for all of them at once.
FORBIDDEN = "forbidden"

_Rows = NDArray[np.bool_]


def rows_in_doubt(table: pa.Table, schema: pan.DataFrameSchema) -> NDArray[np.int64] | None:
    """Return the rows that may break a rule, in their order; every other row meets all of them.

    Args:
        table: Columns exactly as the schema declares them.
        schema: Its checks judge a value or a row by itself, whatever the others hold.

    Returns:
        Rows, or None if nothing can be told: a key may occur twice, a check cannot be carried out, or the schema asks
        for more than columns and checks.
    """
    if not _is_plain(schema):
        return None
    try:
        arrays = {name: whole(table[name]) for name in table.column_names}
        if not _are_distinct([arrays[name] for name in schema.unique or []], table.num_rows):
            return None
        good = np.ones(table.num_rows, bool)
        for name, column in schema.columns.items():
            good &= _column_is_right(arrays[name], column)
        if schema.checks:
            frame = pd.DataFrame({name: pd.arrays.ArrowExtensionArray(values) for name, values in arrays.items()})
            for check in schema.checks:
                good &= _verdict(check, frame)
    except Exception:  # noqa: BLE001 (whatever a check raises, pandera tells as a failure)
        return None
    return np.flatnonzero(~good)


def _is_plain(schema: pan.DataFrameSchema) -> bool:
    """Tell whether a schema asks for types, missing values, checks by row and one key, and for nothing else."""
    columns = schema.columns.values()
    checks = [*schema.checks, *(check for column in columns for check in column.checks)]
    further = [schema.index, schema.dtype, schema.parsers, schema.ordered, schema.coerce, schema.drop_invalid_rows]
    for one in columns:
        further += [one.unique, one.coerce, one.parsers, one.regex, not one.required, one.default is not None]
    for check in checks:
        further += [check.groupby, check.raise_warning, check.n_failure_cases]
    return not any(further) and all(isinstance(name, str) for name in schema.unique or [])


def _are_distinct(key: Sequence[pa.Array], rows: int) -> bool:
    """Tell whether no two rows have the same key; where this is not seen quickly, they may."""
    codes, width = np.zeros(rows, np.int64), 1
    for values in key:
        if values.null_count:
            return False
        is_text = pa.types.is_string(values.type)
        if is_text and is_constant(values):
            continue
        if not is_text and not pa.types.is_int64(values.type):
            return False
        numbers = values.dictionary_encode().indices if is_text else values
        found = numbers.to_numpy().astype(np.int64, copy=False)
        least, most = int(found.min()), int(found.max())
        width *= most - least + 1
        if width > np.iinfo(np.int64).max:
            return False
        codes = codes * (most - least + 1) + (found - least)
    steps = np.diff(codes)
    return not key or bool((steps > 0).all()) or bool((np.diff(np.sort(codes)) > 0).all())


def _column_is_right(values: pa.Array, column: Any) -> _Rows:
    """Tell of every value whether it meets the rules of its column."""
    present = values.is_valid().to_numpy(zero_copy_only=False) if values.null_count else None
    if present is not None:
        good: _Rows = present | bool(column.nullable)
        if column.checks and present.any():
            good[present] &= _values_are_right(values.drop_null(), column.checks)
        return good
    if pa.types.is_string(values.type) and is_constant(values):
        return np.repeat(_values_are_right(values.slice(0, 1), column.checks), len(values))
    return _values_are_right(values, column.checks)


def _values_are_right(values: pa.Array, checks: Iterable[Any]) -> _Rows:
    """Tell of values, none of them missing, whether they meet every check of their column."""
    good = np.ones(len(values), bool)
    patterns = []
    series = None
    for check in checks:
        limits = {name: value for name, value in check.statistics.items() if value is not None}
        if FORBIDDEN in limits:
            patterns.append(f"(?:{limits[FORBIDDEN]})")
        elif check.name == "str_length" and limits.keys() <= {"min_value", "max_value"}:
            lengths = lengths_of(values)
            good &= lengths >= limits.get("min_value", 0)
            good &= lengths <= limits.get("max_value", np.iinfo(np.int64).max)
        elif check.name in _IN_ARROW:
            good &= _IN_ARROW[check.name](values, **limits).to_numpy(zero_copy_only=False)
        else:
            series = pd.Series(pd.arrays.ArrowExtensionArray(values)) if series is None else series
            good &= _verdict(check, series)
    if patterns:
        good &= ~pc.match_substring_regex(values, "|".join(patterns)).to_numpy(zero_copy_only=False)
    return good


def _at_least(values: pa.Array, min_value: Any) -> pa.Array:
    return pc.greater_equal(values, min_value)


def _in_range(values: pa.Array, min_value: Any, max_value: Any, include_min: bool, include_max: bool) -> pa.Array:
    above = pc.greater_equal if include_min else pc.greater
    below = pc.less_equal if include_max else pc.less
    return pc.and_(above(values, min_value), below(values, max_value))


# Checks of pandera's own, whose way through pandas takes several times as long as the comparison; by their names, with
# their limits. A pattern is to match at the beginning of a text.
_IN_ARROW: dict[str, Callable[..., pa.Array]] = {
    "greater_than_or_equal_to": _at_least,
    "in_range": _in_range,
    "isin": lambda values, allowed_values: pc.is_in(values, value_set=pa.array(allowed_values, values.type)),
    "str_matches": lambda values, pattern: pc.match_substring_regex(values, f"^(?:{pattern})"),
}


def _verdict(check: Any, values: Any) -> _Rows:
    """Call a check as pandera does; where it says nothing of a row, the row is in doubt."""
    # not `check(values)`: that goes on to look for missing values and to collect the wrong ones
    told = check.get_backend(values)(check).apply(values)
    if len(told) != len(values):
        raise ValueError(f"{check.name} does not judge every row")
    verdict: _Rows = told.to_numpy(dtype=bool, na_value=False)
    return verdict
