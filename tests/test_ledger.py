"""A text whose edits do not lead back stops a build, however many texts there are and whatever is wrong with them."""

from __future__ import annotations

import random
from typing import Any

import pyarrow as pa
import pytest

from curation.errors import StageError
from curation.ledger import edits_by_text, require_undoable
from curation.normalize import NormalizeStage
from curation.normalize.edits import undo
from curation.schemas.derive import plain_schema
from curation.schemas.stages import ParsedRecords, TextEdits

SOURCES = ("0123456789abcdef", "fedcba9876543210")
TEXTS = (
    ("A plain title", "An abstract without anything to change, on one line."),
    ("A title", "Lines\nthat were wrapped\nthree\ntimes and nothing else."),
    ("Wrapped\ntitle", "Lines with $O(n^2)$\nand ``quotes'' and \\emph{stress}\nin 61\\% of them."),
    ("An \\'etude", "Lines beyond ASCII, \u00e9t\u00e9,\nwrapped\ntwice."),
    ("``Quoted''", "No lines, but $\\alpha$ -- and $\\beta$, and $\\gamma$ and  blanks."),
    ("Two\nlines", "One break\nonly."),
)


def captured(count: int = 30) -> pa.Table:
    """Return records of two sources, the second one's positions those of the first."""
    rows = [
        {
            "title": f"{TEXTS[row % len(TEXTS)][0]}",
            "abstract": f"{TEXTS[row % len(TEXTS)][1]} The end of number {row}.",
            "title_line": 1,
            "abstract_line": 2,
            "possibly_truncated": False,
            "source_id": SOURCES[row >= count // 2],
            "position": row % (count // 2),
        }
        for row in range(count)
    ]
    return pa.Table.from_pylist(rows, schema=plain_schema(ParsedRecords))


def normalized(table: pa.Table) -> tuple[pa.Table, pa.Table]:
    result = NormalizeStage(frozenset(SOURCES))(table)
    assert result.log is not None
    return result.kept, result.log


def leads_back(before: pa.Table, after: pa.Table, log: pa.Table) -> bool:
    """Take back every edit, one text after the other."""
    edits = edits_by_text(log, ("source_id", "position"))
    was = {(row["source_id"], row["position"]): row for row in before.to_pylist()}
    for row in after.to_pylist():
        place = row["source_id"], row["position"]
        for field in ("title", "abstract"):
            try:
                text = undo(row[field], edits.get((*place, field), []))
            except ValueError:
                return False
            if text != was[place][field]:
                return False
    return True


def is_undoable(before: pa.Table, after: pa.Table, log: pa.Table) -> bool:
    try:
        require_undoable(before, after, log)
    except StageError as error:
        return "do not lead back" not in str(error)
    return True


@pytest.mark.parametrize("sources", [1, 2])
def test_edits_lead_back_in_any_order_and_where_rows_are_missing(sources: int) -> None:
    before = captured().slice(0, 15 * sources)
    after, log = normalized(before)
    assert {"unwrap", "latex-math"} <= set(log["rule"].to_pylist())
    require_undoable(before, after, log)
    assert leads_back(before, after, log)
    require_undoable(before, after.slice(3, 7), log)
    require_undoable(before, after.slice(0, 0), log)
    require_undoable(before.slice(0, 0), after.slice(0, 0), log.slice(0, 0))
    mixed = list(range(log.num_rows))
    random.Random(1).shuffle(mixed)
    require_undoable(before, after, log.take(mixed))
    require_undoable(before, pa.concat_tables([after.slice(5), after.slice(0, 5)]), log)
    with pytest.raises(StageError, match="published, but not captured"):
        require_undoable(before.slice(1), after, log)


def wrong_edit(draw: random.Random, edit: dict[str, Any]) -> dict[str, Any]:
    """Return an edit with one thing in it changed."""
    far = draw.choice([-1, 0, 1, 2, 17, 10_000, -10_000])
    offsets = edit["offsets"]
    changes: list[dict[str, Any]] = [
        {"start": edit["start"] + far, "end": edit["end"] + far},
        {"end": edit["end"] + far},
        {"before": draw.choice(["\n", " ", "x", "", edit["before"] + "y"])},
        {"after": draw.choice(["\n", " ", "x", "", edit["after"] + "y"])},
        {"offsets": [*offsets, (offsets or [edit["end"]])[-1] + max(1, far)]},
        {"offsets": offsets[:-1]},
        {"offsets": offsets[::-1]},
        {"offsets": [offset + far for offset in offsets]},
        {"offsets": offsets[:1] * 2},
        {"position": edit["position"] + draw.choice([1, 2, 6])},
    ]
    return edit | draw.choice(changes)


@pytest.mark.parametrize("seed", range(3))
def test_wrong_edits_and_texts_are_told_as_if_each_edit_were_taken_back_by_itself(seed: int) -> None:
    draw = random.Random(seed)
    before = captured(12)
    after, log = normalized(before)
    rows, texts = log.to_pylist(), after.to_pylist()
    verdicts = []
    for _ in range(300):
        edits, made = list(rows), after
        kind = draw.choice(["edit", "edit", "edit", "gone", "text"])
        at = draw.randrange(len(edits))
        if kind == "edit":
            edits[at] = wrong_edit(draw, edits[at])
        elif kind == "gone":
            del edits[at]
        else:
            row, field = draw.randrange(len(texts)), draw.choice(["title", "abstract"])
            text = texts[row][field]
            place = draw.randrange(len(text))
            changed = text[:place] + draw.choice("x \n\u00e9") + text[place + draw.randrange(2) :]
            made = pa.Table.from_pylist([*texts[:row], texts[row] | {field: changed}, *texts[row + 1 :]], after.schema)
        table = pa.Table.from_pylist(edits, schema=plain_schema(TextEdits))
        verdicts.append(is_undoable(before, made, table))
        assert verdicts[-1] == leads_back(before, made, table), (kind, edits[at], rows[at])
    assert verdicts.count(False) > 200
    assert any(verdicts)
