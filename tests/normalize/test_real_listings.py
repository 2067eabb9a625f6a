"""The two real listings: which lines show damaged math, and each single edit, as read by eye."""

from __future__ import annotations

import csv
import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pytest

from curation.normalize import Edit, normalize_texts, undo
from curation.normalize.marking import Marks, mark_column
from curation.parse.reading import read_listings
from tests.captures import DATA, real_recipe

# Written by eye from the pages: names of symbols, displaced braces, stray dollars. Subscripts, superscripts and orders
# of growth alone hide nothing that could be told.
DAMAGED = {
    0: {18, 68, 72, 80, 116, 134, 150, 164, 228, 306, 322, 336, 362, 364, 374},
    1: {25, 61, 77, 113, 121, 133, 173, 197, 221},
}
# Look like stripped math or slips, and are words and names; each with its line.
TRAPS = (
    ((0, 276), "alpha generation"),
    ((0, 276), "dual-model alpha system"),
    ((0, 66), "Gamma processes"),
    ((1, 21), "inverse gamma priors"),
    ((0, 250), "20-times"),
    ((1, 201), "OmegaPRM"),
    ((0, 138), "sum-exp"),
    ((0, 200), "fractalgen"),
    ((0, 182), "~40"),
    ((0, 18), "3I(I<m)"),
    ((1, 113), "(T^{1/3}) times larger"),
    ((1, 25), "EDICT [36] and Null-text inversion [22]"),
    ((0, 120), " - "),
    ((0, 204), "[Pandey & Mandt, 2023]"),
    ((0, 262), "[This paper was initially published in PHME"),
    ((0, 322), "https://github.com/dshieble/Categorical_Stochastic_Processes_and_Likelihood"),
)
# Misspelt by their authors.
TYPOS = (
    ((0, 40), "blcokmodels"),
    ((0, 154), "userdefined"),
    ((0, 138), "Furthemore"),
    ((0, 142), "espeically"),
    ((0, 168), "Dirchlet"),
    ((0, 326), "Inceptio"),
    ((0, 340), "baed"),
    ((0, 286), "componant"),
    ((0, 390), "solveable"),
    ((1, 25), "neglible"),
    ((1, 37), "DisBask"),
    ((1, 81), "quantitaive"),
    ((1, 113), "polylogarithimic"),
)

Line = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Text:
    """A title or an abstract, as captured and as published."""

    field: str
    captured: str
    published: str
    edits: list[Edit]
    marks: Marks


@functools.cache
def real_texts() -> dict[Line, Text]:
    """Every text of the real listings, by source and line."""
    records = [
        (source, record)
        for source, listing in enumerate(read_listings(real_recipe(), DATA / "recipe.toml"))
        for record in listing.records
    ]
    texts: dict[Line, Text] = {}
    for field in ("title", "abstract"):
        lines = [(source, getattr(record, field)) for source, record in records]
        published, edits = normalize_texts(pa.array([line.text for _, line in lines]))
        marks = mark_column(published, edits)
        for row, (source, line) in enumerate(lines):
            text = Text(field, line.text, published[row].as_py(), edits.get(row, []), marks[row])
            texts[source, line.number] = text
    return texts


def edits_made() -> Iterator[tuple[str, ...]]:
    for (source, line), text in sorted(real_texts().items()):
        for edit in text.edits:
            yield str(source), str(line), text.field, edit.rule, edit.before, edit.after
            assert edit.offsets == ()


def test_the_lines_with_damaged_math_are_those_that_show_it() -> None:
    found: dict[str, set[Line]] = {}
    for line, text in real_texts().items():
        found.setdefault(text.marks.level, set()).add(line)
    assert found["visible"] == {(source, line) for source, lines in DAMAGED.items() for line in lines}
    assert found.keys() == {"none", "visible"}


def test_a_paper_that_stands_on_both_pages_is_marked_alike() -> None:
    texts = real_texts()
    assert texts[0, 374].marks == texts[1, 77].marks
    assert texts[0, 374].published == texts[1, 77].published


def test_a_bound_that_improves_on_itself_is_marked_at_both_its_places() -> None:
    bounds: dict[Line, list[str]] = {}
    for line, text in real_texts().items():
        for place in text.marks.places:
            if place.kind == "bound":
                bounds.setdefault(line, []).append(text.published[place.start : place.end])
                assert not place.repaired
    assert bounds == {(0, 116): ["O(d/ε)", "O(d/ε)"], (0, 228): ["O(1/T)", "O(1/T)"]}


@pytest.mark.parametrize(("line", "piece"), [*TRAPS, *TYPOS])
def test_what_only_looks_wrong_stands_as_it_was(line: Line, piece: str) -> None:
    text = real_texts()[line]
    assert piece in text.captured
    assert text.published.count(piece) == text.captured.count(piece)


def test_every_edit_is_one_that_was_read() -> None:
    with Path(__file__).with_name("real_edits.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["source", "line", "field", "rule", "before", "after"]
    assert list(edits_made()) == [tuple(row) for row in rows]


def test_nothing_else_changed() -> None:
    texts = real_texts()
    assert len(texts) == 2 * 250
    for text in texts.values():
        assert undo(text.published, text.edits) == text.captured
        assert (text.published == text.captured) == (not text.edits)


def test_every_symbol_put_back_is_marked_as_repaired_but_in_a_bound_that_lost_more() -> None:
    for text in real_texts().values():
        symbols = [edit.after for edit in text.edits if re.fullmatch("math-(?!link).*", edit.rule)]
        pieces = [(one, text.published[one.start : one.end]) for one in text.marks.places]
        repaired = [piece for one, piece in pieces if one.repaired and one.kind == "command"]
        inside = ["ε" for one, piece in pieces if one.kind == "bound" and "ε" in piece]
        assert sorted(symbols) == sorted(repaired + inside)
