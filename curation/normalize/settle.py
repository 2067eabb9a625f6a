"""Rules over a column until none of them finds anything: which texts each one looks at, and what it changes there."""

from __future__ import annotations

import functools
from collections.abc import Sequence, Set
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curation.normalize.edits import Edit, apply
from curation.normalize.rules import Rule
from curation.normalize.wrapped import JoinedLines

__all__ = ["EditedColumn", "edit_column"]


@dataclass(frozen=True, slots=True)
class EditedColumn:
    """A column after the rules.

    Attributes:
        texts: The new texts.
        joined: The rule that does its usual case to whole columns, and the first edit of the texts where it did.
        further: All other edits, by row: first those of the texts that the earlier rules were the first to edit.
    """

    texts: pa.Array
    joined: tuple[Rule, JoinedLines] | None
    further: dict[int, list[Edit]]

    def by_row(self) -> dict[int, list[Edit]]:
        """Return the edits of every text that changed, by row, in the order they were made."""
        made: dict[int, list[Edit]] = {}
        if self.joined is not None:
            rule, lines = self.joined
            places = zip(lines.rows.tolist(), lines.starts.tolist(), lines.offsets.to_pylist(), strict=True)
            made = {row: [Edit(rule.id, at, at + 1, "\n", " ", tuple(others))] for row, at, others in places}
        for row, edits in self.further.items():
            made.setdefault(row, []).extend(edits)
        return made


def edit_column(texts: pa.Array, rules: Sequence[Rule]) -> EditedColumn:
    """Run the rules over a column until no rule finds anything.

    A rule may make room for another (a rendered accent for a composed letter). Real text settles in two rounds; any
    text does, since every rule but `nfc` leaves less of what triggers it.

    Args:
        texts: Strings, without missing values.
        rules: In the order they run.
    """
    column = texts.cast(pa.string())
    joined: tuple[Rule, JoinedLines] | None = None
    for rule in rules:
        if rule.whole is not None:
            joined = rule, rule.whole(column)
            column = joined[1].texts
    # where no rule has anything to look at, none can make room for another
    rows = _search(column, _any_of(tuple(rules)))
    settled = _settled(column.take(pa.array(rows, pa.int64())), rules)
    further = {rows[at]: edits for at, (_, edits) in settled.items()}
    if settled:
        mask = np.zeros(len(column), bool)
        mask[list(further)] = True
        new = pa.array([settled[at][0] for at in sorted(settled)], pa.string())
        column = pc.replace_with_mask(column, pa.array(mask), new)
    return EditedColumn(column, joined, further)


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
            for row in column.having(rule, stale):
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

    def having(self, rule: Rule, rows: Set[int] | None) -> list[int]:
        """Return the rows, of all in their order or of some, that a rule may have something to do in.

        Args:
            rule: The rule.
            rows: Which ones; None for all.
        """
        if rule.needs is None:
            return self._search(rule.trigger, rows)
        needs = rule.needs
        if rows is None:
            return [row for row, text in enumerate(self.values) if needs(text)]
        return [row for row in rows if needs(self.values[row])]

    def _search(self, pattern: str, rows: Set[int] | None) -> list[int]:
        """Return the rows, of all or of some, that match a pattern of RE2."""
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
