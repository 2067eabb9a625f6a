"""The tables of LaTeX's symbols hold against Unicode's own data."""

from __future__ import annotations

import unicodedata

import pytest

from curation.normalize.latex_atoms import kind_of
from curation.normalize.latex_symbols import (
    BIG_OPERATORS,
    BINARY,
    COMMANDS,
    DOUBLE_STRUCK_ALL,
    MARKS,
    MATH_ACCENTS,
    MATH_FONTS,
    OPERATOR_NAMES,
    RELATIONS,
    SIZE_COMMANDS,
    SPACES,
    SUBSCRIPTS,
    SUPERSCRIPTS,
    SWITCHES,
    TEXT_FONTS,
)


@pytest.mark.parametrize(("table", "tag"), [(SUPERSCRIPTS, "<super>"), (SUBSCRIPTS, "<sub>")])
def test_scripts_are_unicodes_own(table: dict[str, str], tag: str) -> None:
    for char, small in table.items():
        if char == "-":  # Unicode has the minus sign only
            continue
        # a few are letters of phonetics that no compatibility tells of
        assert unicodedata.decomposition(small).startswith(tag), char
        assert unicodedata.normalize("NFKC", small) == char


def test_double_struck_letters_are_unicodes_own() -> None:
    for char, struck in DOUBLE_STRUCK_ALL.items():
        assert unicodedata.normalize("NFKC", struck) == char
    assert len(DOUBLE_STRUCK_ALL) == 62


def test_what_a_command_prints_is_visible_and_composed() -> None:
    for name, char in (COMMANDS | MARKS).items():
        assert len(char) == 1, name
        assert char.isprintable(), name
        assert not char.isspace(), name
        assert char not in '$\\`~"', name
        assert unicodedata.is_normalized("NFC", char), name


def test_a_command_has_one_meaning() -> None:
    tables = [COMMANDS, OPERATOR_NAMES, SWITCHES, TEXT_FONTS, MATH_FONTS, MATH_ACCENTS, SIZE_COMMANDS, SPACES]
    names = [name for table in tables for name in table]
    assert len(names) == len(set(names))


def test_accents_combine() -> None:
    assert all(unicodedata.combining(mark) for mark in MATH_ACCENTS.values())


def test_kinds_do_not_overlap() -> None:
    assert not RELATIONS & BINARY
    assert not BIG_OPERATORS & (RELATIONS | BINARY)
    assert [kind_of(char) for char in "=+(){}⟨x5,/∑"] == [
        "relation",
        "binary",
        "open",
        "close",
        "open",
        "close",
        "open",
        "letter",
        "number",
        "point",
        "slash",
        "name",
    ]
