"""Normalization as a stage: whole columns are searched, the few texts that a rule concerns are edited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from curation.identity import abstract_key, title_key
from curation.normalize.edits import Edit, apply
from curation.normalize.marking import mark_column
from curation.normalize.rules import RULES, Rule
from curation.schemas.derive import plain_schema
from curation.schemas.stages import DAMAGE_LEVELS, FIELDS, NormalizedRecords, ParsedRecords, TextEdits
from curation.stage import Stage, StageResult, empty_removed

__all__ = ["NormalizeStage", "normalize_texts"]


def normalize_texts(texts: pa.Array, rules: Sequence[Rule] = RULES) -> tuple[pa.Array, dict[int, list[Edit]]]:
    """Run the rules over a column until no rule finds anything.

    A rule may make room for another (a rendered accent for a composed letter). Real text settles in two rounds; any
    text does, since every rule but `nfc` leaves less of what triggers it.

    Args:
        texts: Strings, without missing values.
        rules: In the order they run.

    Returns:
        The new texts, and the edits of every text that changed, by row, in the order they were made.
    """
    column = texts.cast(pa.string())
    values: list[str] = column.to_pylist()
    edits: dict[int, list[Edit]] = {}
    passes = [(rule.id, rule.trigger, rule.find) for rule in rules]
    passes = [one for at, one in enumerate(passes) if at == 0 or one[2] is not passes[at - 1][2]]
    # A pass need not see a row again that no later pass has changed: `last` holds, by row, the last one that did.
    last: dict[int, int] = {}
    first_round = True
    while first_round or last:
        changed: dict[int, int] = {}
        for number, (rule, trigger, find) in enumerate(passes):
            stale = sorted(changed.keys() | {row for row, by in last.items() if by >= number})
            hits = [stale[hit] for hit in _search(pa.array([values[row] for row in stale], pa.string()), trigger)]
            if first_round:
                hits += [row for row in _search(column, trigger) if row not in changed]
            for row in hits:
                values[row], made = apply(values[row], rule, find(values[row]))
                if made:
                    edits.setdefault(row, []).extend(made)
                    changed[row] = number
        first_round, last = False, changed
    return pa.array(values, type=pa.string()), edits


def _search(column: pa.Array, pattern: str) -> list[int]:
    rows: list[int] = pc.indices_nonzero(pc.match_substring_regex(column, pattern)).to_pylist()
    return rows


class NormalizeStage(Stage):
    """Normalize titles and abstracts and compute the keys of the captured text."""

    name = "normalize"
    kind = "row"
    input_model = ParsedRecords
    output_model = NormalizedRecords
    log_model = TextEdits

    def __call__(self, table: pa.Table) -> StageResult:
        """Normalize a batch of `ParsedRecords`; the log holds each edit."""
        columns: dict[str, Any] = {name: table[name] for name in ("source_id", "position")}
        places = table.select(["source_id", "position"]).to_pylist()
        log: list[dict[str, Any]] = []
        for field in FIELDS:
            columns[field], edits = normalize_texts(table[field].combine_chunks())
            if field == "abstract":
                columns |= _damage_columns(columns[field], edits)
            for row, made in edits.items():
                for step, edit in enumerate(made):
                    log.append({**places[row], "field": field, "step": step, **_columns_of(edit)})
        columns["possibly_truncated"] = table["possibly_truncated"]
        columns["title_key"] = _keys(table["title"], title_key)
        columns["abstract_key"] = _keys(table["abstract"], abstract_key)
        kept = pa.table(columns, schema=plain_schema(NormalizedRecords))
        return StageResult(kept, empty_removed(), pa.Table.from_pylist(log, schema=plain_schema(TextEdits)))


def _columns_of(edit: Edit) -> dict[str, Any]:
    columns = {name: getattr(edit, name) for name in ("rule", "start", "end", "before", "after")}
    return {**columns, "offsets": list(edit.offsets)}


def _damage_columns(abstracts: pa.Array, edits: dict[int, list[Edit]]) -> dict[str, Any]:
    """Return level and places of the damage to math in normalized abstracts."""
    marks = mark_column(abstracts, edits)
    return {
        "math_damage": [DAMAGE_LEVELS.index(one.level) for one in marks],
        "math_damage_spans": [[asdict(place) for place in one.places] for one in marks],
    }


def _keys(texts: pa.ChunkedArray, key: Any) -> pa.Array:
    return pa.array([key(text) for text in texts.to_pylist()], type=pa.string())
