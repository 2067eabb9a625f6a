r"""Parts of a formula, and how they are set beside each other in plain Unicode.

Relations stand between single blanks; a binary operator has blanks where its author left one before it, or after a
sign (a blank after a command's name belongs to the name). A minus is `−`, but a hyphen between digits or words stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from curation.normalize.latex_symbols import (
    BIG_OPERATORS,
    BINARY,
    CLOSING,
    MARKS,
    OPENING,
    RELATIONS,
    SUBSCRIPTS,
    SUPERSCRIPTS,
)

__all__ = ["Atom", "Kind", "LeftError", "Script", "join", "kind_of"]

Kind = Literal["letter", "number", "name", "binary", "relation", "open", "close", "point", "slash", "fraction", "space"]


class LeftError(Exception):
    """A formula is left as it is; the message says why."""


@dataclass(slots=True)
class Script:
    """A rendered subscript or superscript.

    Attributes:
        text: Without blanks around operators.
        upright: Whether it is a word that was set as one.
    """

    text: str
    upright: bool = False


@dataclass(slots=True)
class Atom:
    """A part of a formula.

    Attributes:
        text: What it prints, without its scripts.
        kind: What decides the blanks around it.
        blank: Whether the author left a blank before it that TeX did not take for the end of a command's name.
        upright: Whether it was set as text or as a name.
        below: Its subscript.
        above: Its superscript.
        primes: Its primes.
    """

    text: str
    kind: Kind
    blank: bool = False
    upright: bool = False
    below: Script | None = None
    above: Script | None = None
    primes: str = ""

    @property
    def has_scripts(self) -> bool:
        """Whether a script stands at it."""
        return self.below is not None or self.above is not None or self.primes != ""


def kind_of(char: str) -> Kind:
    """Tell what kind of part a character is."""
    for kind, chars in _KINDS:
        if char in chars:
            return kind
    return "number" if char.isdecimal() else "letter"


_KINDS: tuple[tuple[Kind, frozenset[str]], ...] = (
    ("relation", RELATIONS),
    ("binary", BINARY),
    ("open", OPENING),
    ("close", CLOSING),
    ("point", frozenset(",;:.!?")),
    ("slash", frozenset("/∖")),
    ("name", BIG_OPERATORS),
)

# Read as one unit without parentheses: a word, a number or any single character, with its mark.
_UNIT = re.compile(r"(?:[A-Za-z0-9À-ÖØ-öø-ɏ][\u0300-\u036f\u20d7]?)+|\d*(?:[.:]\d+)+|\S[\u0300-\u036f\u20d7]?")
_ROOT = re.compile(r"[√∛∜][^(]*\Z")
# Raised or lowered, words are hard to read and to find.
_WORD = re.compile(r"[A-Za-z]{3}|[A-Z]{2}")
_SIGNS = frozenset("+-−±∓")
# `≥5` and `∼10` are one word, `= 5` is not.
_COMPARISONS = frozenset("<>≤≥≪≫≈∼≃≲≳⪅⪆")
_ORDINALS = frozenset({"st", "nd", "rd", "th"})
_PARENTHESES = {"(": ")", "[": "]", "{": "}", "⟨": "⟩"}


def _is_enclosed(text: str) -> bool:
    closing = _PARENTHESES.get(text[:1])
    if closing is None or text[-1] != closing:
        return False
    depth = 0
    for at, char in enumerate(text):
        depth += (char == text[0]) - (char == closing)
        if depth == 0:
            return at == len(text) - 1
    return False


def enclose(text: str, *, product: bool = False) -> str:
    """Put parentheses around what is read as more than one unit; letters are factors of a `product`, or a word."""
    is_unit = not product and _UNIT.fullmatch(text) is not None
    return text if is_unit or _is_enclosed(text) else f"({text})"


def _small(script: Script, chars: dict[str, str]) -> str | None:
    text = script.text
    if (script.upright and len(text) > 1 and any(char.isalpha() for char in text)) or _WORD.search(text):
        return None
    small = [chars.get(char) for char in text]
    return None if None in small else "".join(char for char in small if char)


def _marks(text: str) -> str | None:
    if text in MARKS:
        return MARKS[text]
    has_mark = any(char in MARKS for char in text)
    return _small(Script(text), SUPERSCRIPTS | MARKS) if has_mark else None


def _spell(atom: Atom) -> tuple[str, bool]:
    """Spell an atom with its scripts, and tell whether what follows must be kept off."""
    text, below, above = atom.text, atom.below, atom.above
    if atom.kind == "fraction" and atom.has_scripts and (above is None or above.text not in _ORDINALS):
        text = f"({text})"
    text += atom.primes
    if below is None and above is None:
        return text, _ROOT.search(text) is not None and len(text) > 1
    parts: list[str] = []
    gap = False
    if above is not None:
        marks = _marks(above.text)
        is_ordinal = above.text in _ORDINALS and atom.kind in {"number", "fraction"}
        high = above.text if is_ordinal else marks if marks is not None else _small(above, SUPERSCRIPTS)
        gap = high is None or (marks is not None and marks[-1] in "*⋆")
        parts.append(f"^{enclose(above.text)}" if high is None else high)
    if below is not None:
        low = _small(below, SUBSCRIPTS)
        # first what is small, so that nothing seems to belong to a plain script
        at = 0 if low is not None or (parts and parts[0][0] == "^") else len(parts)
        parts.insert(at, f"_{enclose(below.text)}" if low is None else low)
        gap = gap or low is None
    return text + "".join(parts), gap


def join(atoms: list[Atom], *, tight: bool = False) -> str:
    """Set parts side by side.

    Args:
        atoms: In their order; what a minus or a relation stands between decides how it is set.
        tight: Whether relations and operators have no blanks around them, as in scripts.

    Raises:
        LeftError: What is meant cannot be told.
    """
    out: list[str] = []
    previous: Atom | None = None
    gap = spaced = in_angles = False
    only_numbers = all(atom.kind in {"number", "binary", "space"} or atom.text == "%" for atom in atoms)
    for before, atom, after in _with_neighbors(atoms):
        if atom.kind == "space":
            if out and previous is not None and previous.kind != "open":
                out.append(" ")
            continue
        if atom.kind == "binary" and atom.text not in _SIGNS and _opens_operand(before):
            atom.kind = "letter"  # a placeholder, `f(·)`, or a factor, `×4`
        unary = _is_unary(before, atom, after)
        if in_angles and atom.text == ">":
            atom.kind, in_angles = "close", False
        in_angles = in_angles or (unary and atom.text == "<")
        text, next_gap = _spell(atom)
        if not text:
            continue
        if atom.text == "-" and not atom.upright:
            text = _minus(before, atom, after, only_numbers=only_numbers) + text[1:]
        enclosed = atom.kind == "fraction" and not atom.has_scripts and _is_factor(before, atom, after)
        if previous is not None and out[-1] != " ":
            apart = (
                spaced
                if previous.kind in {"binary", "slash"}
                else _is_apart(previous, atom, before, after, tight=tight)
            )
            if (apart and not (enclosed and previous.kind == "name")) or (gap and text[0].isalnum()):
                out.append(" ")
        spaced = bool(out) and out[-1] == " "
        text = f"({text})" if enclosed else text
        out.append(text)
        previous = Atom("", "open") if unary else Atom("", "letter") if _is_suffix(atom, after) else atom
        gap = next_gap
    joined = "".join(out)
    return (re.sub(" +", " ", joined) if "  " in joined else joined).strip()


def _with_neighbors(atoms: list[Atom]) -> Iterator[tuple[Atom | None, Atom, Atom | None]]:
    """Yield each atom between its neighbors, spaces aside."""
    solid = [atom for atom in atoms if atom.kind != "space"]
    at = 0
    for atom in atoms:
        if atom.kind == "space":
            yield None, atom, None
        else:
            yield solid[at - 1] if at else None, atom, solid[at + 1] if at + 1 < len(solid) else None
            at += 1


def _opens_operand(before: Atom | None) -> bool:
    """Tell whether what follows has nothing on its left."""
    return before is None or (
        not before.has_scripts and before.kind in {"open", "binary", "relation", "point", "slash"}
    )


def _is_unary(before: Atom | None, atom: Atom, after: Atom | None) -> bool:
    """Tell whether a sign or a relation belongs to what follows only: `−1`, `≥5`."""
    if atom.kind == "relation":
        return atom.text in _COMPARISONS and _opens_operand(before) and (before is None or before.kind != "relation")
    if atom.kind != "binary" or atom.text not in _SIGNS:
        return False
    follows_name = before is not None and before.kind == "name" and not (after is not None and after.blank)
    return _opens_operand(before) or (follows_name and atom.text in {"+", "-"})


def _minus(before: Atom | None, atom: Atom, after: Atom | None, *, only_numbers: bool) -> str:
    if atom.has_scripts or before is None or atom.blank:
        return "−"
    if after is None:
        return "-" if before.upright else "−"
    pair = (before, after)
    if after.blank or not all(one.kind in {"number", "letter"} or one.text == "%" for one in pair):
        return "−"
    is_range = only_numbers and not before.has_scripts
    # `top-k` and `k-NN` are words
    is_word = any(len(one.text) > 1 and one.text.isalpha() and one.text.isascii() for one in pair)
    return "-" if is_range or is_word else "−"


def _is_factor(before: Atom | None, atom: Atom, after: Atom | None) -> bool:
    """Tell whether a fraction is a factor of something, so that it needs parentheses."""
    is_number = atom.text.replace("/", "").isdigit()
    if is_number and before is not None and before.kind == "number" and not before.has_scripts:
        raise LeftError("a number before a fraction")  # two and a half, or two halves
    factors = {"letter", "number", "name", "fraction", "slash"}
    touches_left = before is not None and before.kind in factors | {"close"}
    touches_right = after is not None and after.kind in factors | {"open"}
    return touches_left or touches_right


def _is_suffix(atom: Atom, after: Atom | None) -> bool:
    """Tell whether an operator has nothing on its right: `2×`."""
    return atom.kind == "binary" and (after is None or after.kind in {"close", "point", "relation", "slash"})


def _is_apart(previous: Atom, atom: Atom, before: Atom | None, after: Atom | None, *, tight: bool) -> bool:
    """Decide whether a blank stands between two parts, of which the first is no binary operator."""
    if previous.kind == "open" or atom.kind == "close" or (atom.kind == "point" and atom.text != ":"):
        return False
    if tight and (atom.kind in {"binary", "relation", "slash"} or previous.kind in {"relation", "slash"}):
        return False
    if "relation" in {previous.kind, atom.kind}:
        return atom.blank or previous.kind not in {"relation", "point"} or atom.kind != "relation"
    if previous.kind == "name":
        return atom.kind not in {"open", "slash"}
    # an operator is set as its author set it, the same on both sides
    spread = atom.blank or (after is not None and after.blank and not _opens_operand(before))
    by_kind: dict[Kind, bool] = {
        "binary": spread and not _is_suffix(atom, after),
        "slash": atom.blank or (after is not None and after.blank),
        "name": atom.blank or previous.kind != "point",
    }
    is_percent = atom.text == "%" and previous.kind == "number"
    return by_kind.get(atom.kind, atom.blank and not is_percent)
