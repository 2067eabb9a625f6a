"""Normalization as a stage: whole columns are searched, the few texts that a rule concerns are edited."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from curation.identity import abstract_key, title_key
from curation.normalize.edits import Edit, apply
from curation.normalize.rules import RULES, Rule
from curation.schemas.derive import plain_schema
from curation.schemas.stages import FIELDS, NormalizedRecords, ParsedRecords, TextEdits
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
    values: list[str] = texts.to_pylist()
    edits: dict[int, list[Edit]] = {}
    active = list(range(len(values)))
    while active:
        changed: set[int] = set()
        for rule in rules:
            column = pa.array([values[row] for row in active], type=pa.string())
            hits = pc.indices_nonzero(pc.match_substring_regex(column, rule.trigger)).to_pylist()
            for row in (active[hit] for hit in hits):
                values[row], made = apply(values[row], rule.id, rule.find(values[row]))
                if made:
                    edits.setdefault(row, []).extend(made)
                    changed.add(row)
        active = sorted(changed)
    return pa.array(values, type=pa.string()), edits


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
            for row, made in edits.items():
                for step, edit in enumerate(made):
                    log.append({**places[row], "field": field, "step": step, **_columns_of(edit)})
        columns["possibly_truncated"] = table["possibly_truncated"]
        columns["title_key"] = _keys(table["title"], title_key)
        columns["abstract_key"] = _keys(table["abstract"], abstract_key)
        kept = pa.table(columns, schema=plain_schema(NormalizedRecords))
        return StageResult(kept, empty_removed(), pa.Table.from_pylist(log, schema=plain_schema(TextEdits)))


def _columns_of(edit: Edit) -> dict[str, Any]:
    return {name: getattr(edit, name) for name in ("rule", "start", "end", "before", "after")}


def _keys(texts: pa.ChunkedArray, key: Any) -> pa.Array:
    return pa.array([key(text) for text in texts.to_pylist()], type=pa.string())
