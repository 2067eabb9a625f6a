"""Normalization as a stage: whole columns are searched, the few texts that a rule concerns are edited."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence, Set
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from curation.identity import abstract_key, title_key
from curation.normalize.edits import Edit, apply
from curation.normalize.latex_rules import LATEX_RULES
from curation.normalize.marking import mark_column
from curation.normalize.rules import RULES, Rule
from curation.schemas.derive import plain_schema
from curation.schemas.stages import DAMAGE_LEVELS, FIELDS, NormalizedRecords, ParsedRecords, TextEdits
from curation.stage import Stage, StageResult, empty_removed

__all__ = ["NormalizeStage", "normalize_texts"]

_SPANS = plain_schema(NormalizedRecords).field("math_damage_spans").type


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
    values: list[str] | None = None
    edits: dict[int, list[Edit]] = {}
    for rule in rules:
        if rule.whole is not None and (made := rule.whole(column, rule.id)):
            values = column.to_pylist() if values is None else values
            for row, (text, edit) in made.items():
                values[row] = text
                edits.setdefault(row, []).append(edit)
            column = pa.array(values, pa.string())
    # where no rule has anything to look at, none can make room for another
    rows = _search(column, _any_of(tuple(rules)))
    some = column.take(pa.array(rows, pa.int64()))
    for at, (text, further) in _settled(some, rules).items():
        values = column.to_pylist() if values is None else values
        values[rows[at]] = text
        edits.setdefault(rows[at], []).extend(further)
    return (column if values is None else pa.array(values, pa.string())), edits


@functools.cache
def _any_of(rules: tuple[Rule, ...]) -> str:
    return "|".join(f"(?:{trigger})" for trigger in dict.fromkeys(rule.trigger for rule in rules))


def _settled(texts: pa.Array, rules: Sequence[Rule]) -> dict[int, tuple[str, list[Edit]]]:
    """Run the rules, one pass after the other, and return the texts that changed with their edits, by row."""
    column = _Column(texts)
    edits: dict[int, list[Edit]] = {}
    # neighbors that share a finder are found in one go
    passes = [rule for at, rule in enumerate(rules) if at == 0 or rule.find is not rules[at - 1].find]
    # A pass need not see a row again that no later pass has changed: `last` holds, by row, the last one that did.
    last: dict[int, int] = {}
    first_round = True
    while first_round or last:
        changed: dict[int, int] = {}
        for number, rule in enumerate(passes):
            stale = None if first_round else changed.keys() | {row for row, by in last.items() if by >= number}
            for row in column.search(rule.trigger, stale):
                text, made = apply(column.values[row], rule.id, rule.find(column.values[row]))
                if made:
                    column.put(row, text)
                    edits.setdefault(row, []).extend(made)
                    changed[row] = number
        first_round, last = False, changed
    return {row: (column.values[row], made) for row, made in edits.items()}


class _Column:
    """Texts that are searched as a whole and changed one by one.

    Args:
        texts: Strings, without missing values.
    """

    def __init__(self, texts: pa.Array) -> None:
        self._array = texts
        self.values: list[str] = texts.to_pylist()
        self._changed: set[int] = set()

    def put(self, row: int, text: str) -> None:
        self.values[row] = text
        self._changed.add(row)

    def search(self, pattern: str, rows: Set[int] | None) -> list[int]:
        """Return the rows that match, of all or of some.

        Args:
            pattern: RE2.
            rows: Which ones; None for all.
        """
        if rows is not None and not rows:
            return []
        if rows is not None and len(rows) < len(self.values) // 4:
            few, found = rows, []
        else:
            if len(self._changed) > len(self.values) // 8:
                self._array, self._changed = pa.array(self.values, pa.string()), set()
            few = self._changed if rows is None else self._changed & rows
            found = [row for row in _search(self._array, pattern) if row not in few and (rows is None or row in rows)]
        some = sorted(few)
        return found + [
            some[hit] for hit in _search(pa.array([self.values[row] for row in some], pa.string()), pattern)
        ]


def _search(column: pa.Array, pattern: str) -> list[int]:
    rows: list[int] = pc.indices_nonzero(pc.match_substring_regex(column, pattern)).to_pylist()
    return rows


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
        columns[field], edits = normalize_texts(table[field].combine_chunks(), rules)
        if field == "abstract":
            columns |= _damage_columns(columns[field], edits if look else None)
        logs.append(_log(table, field, edits))
    columns["possibly_truncated"] = table["possibly_truncated"]
    columns["title_key"] = _keys(table["title"], title_key)
    columns["abstract_key"] = _keys(table["abstract"], abstract_key)
    return pa.table(columns, schema=plain_schema(NormalizedRecords)), pa.concat_tables(logs)


def _log(table: pa.Table, field: str, edits: Mapping[int, Sequence[Edit]]) -> pa.Table:
    """Return the edits of one field; model `TextEdits`."""
    made = [edit for row in edits.values() for edit in row]
    owners = pa.array([row for row, own in edits.items() for _ in own], pa.int64())
    return pa.table(
        {
            **{name: table[name].take(owners) for name in ("source_id", "position")},
            "field": pa.repeat(field, len(made)),
            "step": [step for own in edits.values() for step in range(len(own))],
            **{name: [getattr(edit, name) for edit in made] for name in ("rule", "start", "end", "before", "after")},
            "offsets": [edit.offsets for edit in made],
        },
        schema=plain_schema(TextEdits),
    )


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


def _keys(texts: pa.ChunkedArray, key: Any) -> pa.Array:
    return pa.array([key(text) for text in texts.to_pylist()], type=pa.string())
