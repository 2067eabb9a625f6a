"""Normalization as a stage: whole columns are searched, the few texts that a rule concerns are edited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curation.identity import text_keys
from curation.normalize.edits import Edit
from curation.normalize.latex_rules import LATEX_RULES
from curation.normalize.marking import mark_column
from curation.normalize.rules import RULES, Rule
from curation.normalize.settle import EditedColumn, edit_column
from curation.normalize.wrapped import JoinedLines
from curation.schemas.derive import plain_schema
from curation.schemas.stages import DAMAGE_LEVELS, FIELDS, NormalizedRecords, ParsedRecords, TextEdits
from curation.stage import Stage, StageResult, empty_removed

__all__ = ["NormalizeStage", "normalize_texts"]

# The columns of `TextEdits` that an edit holds itself, in the order of its attributes.
_EDIT_COLUMNS = pa.schema([plain_schema(TextEdits).field(name) for name in Edit._fields])
_SPANS = plain_schema(NormalizedRecords).field("math_damage_spans").type


def normalize_texts(texts: pa.Array, rules: Sequence[Rule] = RULES) -> tuple[pa.Array, dict[int, list[Edit]]]:
    """Run the rules over a column until no rule finds anything.

    Args:
        texts: Strings, without missing values.
        rules: In the order they run.

    Returns:
        The new texts, and the edits of every text that changed, by row, in the order they were made.
    """
    done = edit_column(texts, rules)
    return done.texts, done.by_row()


@dataclass(frozen=True, slots=True)
class NormalizeStage(Stage):
    """Normalize titles and abstracts and compute the keys of the captured text.

    Attributes:
        latex: Sources whose texts still have their LaTeX: formulas are rendered by rule, and nobody stripped their
            math, so no damage is looked for.
    """

    latex: frozenset[str] = frozenset()

    name = "normalize"
    kind = "row"
    input_model = ParsedRecords
    output_model = NormalizedRecords
    log_model = TextEdits

    def __call__(self, table: pa.Table) -> StageResult:
        """Normalize a batch of `ParsedRecords`; the log holds each edit."""
        whole = pc.is_in(table["source_id"], value_set=pa.array(sorted(self.latex), pa.string()))
        if not pc.any(whole, min_count=0).as_py():
            kept, log = _normalized(table, RULES, look=True)
        elif pc.all(whole).as_py():
            kept, log = _normalized(table, LATEX_RULES, look=False)
        else:
            parts = [table.filter(whole), table.filter(pc.invert(whole))]
            done = [_normalized(parts[0], LATEX_RULES, look=False), _normalized(parts[1], RULES, look=True)]
            rows = pa.concat_arrays([pc.indices_nonzero(whole), pc.indices_nonzero(pc.invert(whole))])
            kept = pa.concat_tables([one for one, _ in done]).take(pc.sort_indices(rows))
            log = pa.concat_tables([one for _, one in done])
        return StageResult(kept, empty_removed(), log)


def _normalized(table: pa.Table, rules: Sequence[Rule], *, look: bool) -> tuple[pa.Table, pa.Table]:
    """Return the normalized rows and their edits.

    Args:
        table: Model `ParsedRecords`.
        rules: In the order they run.
        look: Whether to look for damage to math.
    """
    columns: dict[str, Any] = {name: table[name] for name in ("source_id", "position")}
    logs = []
    for field in FIELDS:
        captured = _whole(table[field])
        done = edit_column(captured, rules)
        columns[field] = done.texts
        if field == "abstract":
            columns |= _damage_columns(done.texts, done.further if look else None)
        logs.append(_log(table, field, done))
        columns[f"{field}_key"] = text_keys(captured)
    columns["possibly_truncated"] = table["possibly_truncated"]
    schema = plain_schema(NormalizedRecords)
    return pa.table([columns[name] for name in schema.names], schema=schema), pa.concat_tables(logs)


def _whole(column: pa.ChunkedArray) -> pa.Array:
    """Return a column as one array, without a copy where it is one."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _log(table: pa.Table, field: str, done: EditedColumn) -> pa.Table:
    """Return the edits of one field, all of a text together; model `TextEdits`.

    First come the texts whose lines were joined as a whole column, by row, then the others.
    """
    joined = np.zeros(0, np.int64) if done.joined is None else done.joined[1].rows
    rows = np.fromiter(done.further, np.int64, len(done.further))
    counts = np.fromiter(map(len, done.further.values()), np.int64, len(rows))
    # where the edits of each text stand among those of all texts, and how many come before them
    groups = np.searchsorted(joined, rows)
    has_lines = np.isin(rows, joined, assume_unique=True)
    groups[~has_lines] = len(joined) + np.flatnonzero(~has_lines)
    owners = np.concatenate((joined, np.repeat(rows, counts)))
    steps = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts - has_lines, counts)
    order = np.argsort(np.concatenate((np.arange(len(joined)), np.repeat(groups, counts))), kind="stable")
    made = [edit for edits in done.further.values() for edit in edits]
    edits = _edit_columns(made)
    if done.joined is not None:
        edits = pa.concat_tables([_line_columns(*done.joined), edits])
    taken = pa.array(owners[order])
    columns = {name: table[name].take(taken) for name in ("source_id", "position")}
    columns |= {"field": pa.repeat(field, len(order)), "step": np.concatenate((np.zeros_like(joined), steps))[order]}
    columns |= dict(zip(_EDIT_COLUMNS.names, edits.take(pa.array(order)).columns, strict=True))
    return pa.table(columns, schema=plain_schema(TextEdits))


def _edit_columns(edits: Sequence[Edit]) -> pa.Table:
    columns = zip(*edits, strict=True) if edits else [()] * len(_EDIT_COLUMNS)
    return pa.table(
        [pa.array(column, one.type) for one, column in zip(_EDIT_COLUMNS, columns, strict=True)], schema=_EDIT_COLUMNS
    )


def _line_columns(rule: Rule, lines: JoinedLines) -> pa.Table:
    count = len(lines.rows)
    columns = [pa.repeat(rule.id, count), lines.starts, lines.starts + 1, pa.repeat("\n", count), pa.repeat(" ", count)]
    return pa.table([*columns, lines.offsets], schema=_EDIT_COLUMNS)


def _damage_columns(abstracts: pa.Array, edits: Mapping[int, Sequence[Edit]] | None) -> dict[str, Any]:
    """Return level and places of the damage to math in normalized abstracts; none where no edits are given."""
    if edits is None:
        count = len(abstracts)
        places = pa.ListArray.from_arrays([0] * (count + 1), pa.array([], _SPANS.value_type))
        return {"math_damage": pa.repeat(pa.scalar(0, pa.int64()), count), "math_damage_spans": places}
    marks = mark_column(abstracts, edits)
    return {
        "math_damage": [DAMAGE_LEVELS.index(one.level) for one in marks],
        "math_damage_spans": [[asdict(place) for place in one.places] for one in marks],
    }
