"""The table of symbols agrees with Unicode's names."""

from __future__ import annotations

import unicodedata

import pytest

from curation.normalize.symbols import ACCENTS, DOUBLE_STRUCK, GREEK, OPERATORS, SIZES, STYLES, SYMBOLS

# Unicode names these after their shape, or spells them otherwise.
_VARIANTS = {
    "lambda": "GREEK SMALL LETTER LAMDA",
    "Lambda": "GREEK CAPITAL LETTER LAMDA",
    "varepsilon": "GREEK SMALL LETTER EPSILON",
    "varphi": "GREEK SMALL LETTER PHI",
    "vartheta": "GREEK THETA SYMBOL",
    "varpi": "GREEK PI SYMBOL",
    "varrho": "GREEK RHO SYMBOL",
    "varsigma": "GREEK SMALL LETTER FINAL SIGMA",
}
_NAMED = {
    "times": "MULTIPLICATION SIGN",
    "cdot": "MIDDLE DOT",
    "pm": "PLUS-MINUS SIGN",
    "ell": "SCRIPT SMALL L",
    "infty": "INFINITY",
    "nabla": "NABLA",
    "partial": "PARTIAL DIFFERENTIAL",
    "leq": "LESS-THAN OR EQUAL TO",
    "geq": "GREATER-THAN OR EQUAL TO",
    "neq": "NOT EQUAL TO",
    "ll": "MUCH LESS-THAN",
    "gg": "MUCH GREATER-THAN",
    "approx": "ALMOST EQUAL TO",
    "sim": "TILDE OPERATOR",
    "in": "ELEMENT OF",
    "subseteq": "SUBSET OF OR EQUAL TO",
    "cup": "UNION",
    "cap": "INTERSECTION",
    "to": "RIGHTWARDS ARROW",
    "leftarrow": "LEFTWARDS ARROW",
    "uparrow": "UPWARDS ARROW",
    "downarrow": "DOWNWARDS ARROW",
    "langle": "MATHEMATICAL LEFT ANGLE BRACKET",
    "rfloor": "RIGHT FLOOR",
    "lceil": "LEFT CEILING",
    "sum": "N-ARY SUMMATION",
    "prod": "N-ARY PRODUCT",
    "int": "INTEGRAL",
    "forall": "FOR ALL",
    "exists": "THERE EXISTS",
    "emptyset": "EMPTY SET",
    "degree": "DEGREE SIGN",
}


@pytest.mark.parametrize("name", GREEK)
def test_a_greek_letter_has_the_name_of_its_command(name: str) -> None:
    case = "CAPITAL" if name[0].isupper() else "SMALL"
    expected = _VARIANTS.get(name, f"GREEK {case} LETTER {name.upper()}")
    assert unicodedata.name(GREEK[name]) == expected


@pytest.mark.parametrize("name", _NAMED)
def test_a_symbol_is_what_its_command_prints(name: str) -> None:
    assert unicodedata.name(SYMBOLS[name]) == _NAMED[name]


def test_the_greek_alphabet_is_whole_but_for_the_letters_latex_has_no_command_for() -> None:
    # omicron and the capitals that look like Latin ones
    small = set("αβγδεζηθικλμνξπρστυφχψω")
    assert small | set("ΓΔΘΛΞΠΣΥΦΨΩ") | set("ϑϖϱς") == set(GREEK.values())


def test_every_symbol_is_one_composed_character_and_every_name_is_letters() -> None:
    for name, symbol in SYMBOLS.items():
        assert len(symbol) == 1
        assert unicodedata.is_normalized("NFC", symbol)
        assert not symbol.isspace()
        assert name.isascii()
        assert name.isalpha()
    assert all(name.isascii() and name.isalpha() for name in STYLES | SIZES | OPERATORS | ACCENTS.keys())


def test_double_struck_letters_and_accents_are_what_they_are_named() -> None:
    for letter, struck in DOUBLE_STRUCK.items():
        assert unicodedata.normalize("NFKC", struck) == letter
        assert "DOUBLE-STRUCK CAPITAL" in unicodedata.name(struck)
    assert all(unicodedata.combining(accent) for accent in ACCENTS.values())


def test_no_command_has_two_meanings() -> None:
    assert not (STYLES | SIZES | OPERATORS) & SYMBOLS.keys()
    assert not STYLES & SIZES
    assert not OPERATORS & (STYLES | SIZES)
