r"""Rendering one formula: what each command prints, all of the formula or nothing.

What no table knows, and what needs two dimensions, leaves the formula as it is.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from curation.normalize.latex_atoms import Atom, Kind, LeftError, enclose, join, kind_of
from curation.normalize.latex_reader import SIGNS, Reader, character
from curation.normalize.latex_symbols import (
    COMMANDS,
    DOUBLE_STRUCK_ALL,
    MATH_ACCENTS,
    MATH_FONTS,
    OPERATOR_NAMES,
    SIZE_COMMANDS,
    SPACES,
    SUPERSCRIPTS,
    SWITCHES,
    TEXT_FONTS,
)

__all__ = ["MAX_LENGTH", "render"]

# Longer ones are no formula of an abstract.
MAX_LENGTH = 2_000

_UNICODE = re.compile(r"\{[xX]([0-9A-Fa-f]{2,5})\}")
# One letter with its mark; what is read as one below a line, `∂u/∂t`.
_SINGLE = re.compile(r"d?.[\u0300-\u036f\u20d7]?")
_DIFFERENTIAL = re.compile("∂.")
_ROOTS = {"": "√", "3": "∛", "4": "∜"}
_NEGATION = "\u0338"
_KIND_OF_COMMAND: dict[str, Kind] = {
    "mid": "relation", "lvert": "open", "rvert": "close", "lVert": "open", "rVert": "close",
}  # fmt: skip


# Commands without arguments.
_PRINTED: dict[str, tuple[str, Kind]] = (
    {name: (char, _KIND_OF_COMMAND.get(name) or kind_of(char)) for name, char in COMMANDS.items() if char != ":"}
    | {name: (text, "name") for name, text in (OPERATOR_NAMES | {"mod": "mod"}).items()}
    | dict.fromkeys(SWITCHES, ("", "letter"))
    | {name: (blank, "space") for name, blank in SPACES.items() if name.isalpha()}
)


@lru_cache(maxsize=1 << 12)
def render(formula: str) -> tuple[str | None, str]:
    """Render what stands between the dollars.

    Args:
        formula: LaTeX, without its delimiters.

    Returns:
        The rendering, or None and the reason why there is none.
    """
    if len(formula) > MAX_LENGTH:
        return None, "too long"
    try:
        parser = _Commands(formula)
        text = unicodedata.normalize("NFC", join(parser.row("", 0)))
    except LeftError as reason:
        return None, str(reason)
    return text, ""


class _Commands(Reader):
    """A reader that knows the commands."""

    def command(self, name: str, depth: int) -> list[Atom]:
        """Read what a command takes, and tell what it prints."""
        if name in _PRINTED:
            self.skip_blanks()
            text, kind = _PRINTED[name]
            return [Atom(text, kind, upright=kind == "name")] if text else []
        if name in TEXT_FONTS:
            return self.text_argument()
        if name in MATH_FONTS:
            return self._math_font(name, depth)
        if name in MATH_ACCENTS:
            return [_accented(self.argument(depth), MATH_ACCENTS[name])]
        if name in SIZE_COMMANDS:
            return self._delimiter(name)
        other = getattr(self, f"_command_{name}", None)
        if other is None:
            raise LeftError(f"\\{name}")
        parts: list[Atom] = other(depth)
        return parts

    def _command_mathbb(self, depth: int) -> list[Atom]:
        inner = self.argument(depth)
        for atom in inner:
            if any(char not in DOUBLE_STRUCK_ALL for char in atom.text):
                raise LeftError("\\mathbb of a symbol")
            atom.text = "".join(DOUBLE_STRUCK_ALL[char] for char in atom.text)
        return inner

    _command_mathds = _command_Bbb = _command_mathbb  # noqa: N815

    def _command_frac(self, depth: int) -> list[Atom]:
        above, below = self.argument(depth), self.argument(depth)
        if not above or not below:
            raise LeftError("nothing follows")
        return [Atom(f"{_numerator(above)}/{_denominator(below)}", "fraction")]

    _command_tfrac = _command_dfrac = _command_nicefrac = _command_sfrac = _command_frac

    def _command_binom(self, depth: int) -> list[Atom]:
        above, below = join(self.argument(depth)), join(self.argument(depth))
        return [Atom(f"({enclose(above)} choose {enclose(below)})", "letter")]

    def _command_sqrt(self, depth: int) -> list[Atom]:
        degree = ""
        self.skip_blanks()
        if self.text.startswith("[", self.at):
            self.at += 1
            degree = join(self.row("]", depth + 1), tight=True)
        inner = self.argument(depth)
        text = join(inner)
        if not text or (degree not in _ROOTS and any(char not in SUPERSCRIPTS for char in degree)):
            raise LeftError("a root")
        sign = _ROOTS.get(degree) or "".join(SUPERSCRIPTS[char] for char in degree) + "√"
        only = inner[0] if len(inner) == 1 and not inner[0].has_scripts else None
        is_single = only is not None and (only.kind == "number" or (only.kind == "letter" and len(text) == 1))
        is_enclosed = text[0] == "(" and enclose(text) == text
        return [Atom(sign + (text if is_single or is_enclosed else f"({text})"), "letter")]

    def _command_pmod(self, depth: int) -> list[Atom]:
        return [Atom(f"(mod {join(self.argument(depth))})", "letter", blank=True)]

    def _command_colon(self, _depth: int) -> list[Atom]:
        self.skip_blanks()
        return [Atom(":", "point"), Atom(" ", "space")]

    def _command_not(self, depth: int) -> list[Atom]:
        inner = self.argument(depth)
        char = unicodedata.normalize("NFC", inner[0].text + _NEGATION) if len(inner) == 1 else ""
        if len(char) != 1 or inner[0].kind != "relation":
            raise LeftError("\\not")
        return [Atom(char, "relation")]

    def _command_unicode(self, _depth: int) -> list[Atom]:
        match = _UNICODE.match(self.text, self.at)
        if match is None:
            raise LeftError("\\unicode")
        self.at = match.end()
        return [Atom(character(chr(int(match[1], 16))).text, "letter")]

    def _delimiter(self, size: str) -> list[Atom]:
        r"""Read what a size is given to; `\left` and its kin say which side a bar stands on."""
        self.skip_blanks()
        kind, part = self.next_part()
        if kind == "char" and part in "()[]|/.<>":
            char = {"<": "⟨", ">": "⟩", ".": ""}.get(part, part)
        elif kind == "sign" and part in "{}|":
            char = SIGNS[part]
        elif kind == "name" and len(COMMANDS.get(part, "")) == 1:
            self.skip_blanks()
            char = COMMANDS[part]
        else:
            raise LeftError("a delimiter")
        side: Kind | None = "open" if size == "left" or size[-1] == "l" else None
        if size == "right" or size[-1] == "r":
            side = "close"
        return [Atom(char, side if side and char in "|‖" else kind_of(char))] if char else []

    def _math_font(self, name: str, depth: int) -> list[Atom]:
        if name == "operatorname" and self.text.startswith("*", self.at):
            self.at += 1
        inner = self.argument(depth)
        if name in {"operatorname", "mathop"}:
            return [Atom(join(inner), "name", upright=True)]
        if name in {"mathrm", "mathit", "mathsf", "mathtt", "mathbf", "mathnormal"}:
            for atom in inner:
                atom.upright = True
        if len(inner) > 1:
            return [Atom(join(inner), "letter", upright=True)]
        return inner


def _accented(inner: list[Atom], mark: str) -> Atom:
    if len(inner) != 1 or inner[0].has_scripts:
        raise LeftError("an accent over more than a letter")
    base = {"ı": "i", "ȷ": "j"}.get(inner[0].text, inner[0].text)
    if len(base) != 1 or not base.isalnum():
        raise LeftError("an accent over more than a letter")
    return Atom(unicodedata.normalize("NFC", base + mark), "letter")


def _numerator(atoms: list[Atom]) -> str:
    """Set what stands above a line: a product needs no parentheses."""
    text = join(atoms)
    depth = 0
    for atom in atoms:
        depth += (atom.kind == "open") - (atom.kind == "close")
        if depth == 0 and atom.kind not in {"letter", "number", "close"}:
            return enclose(text)
    return enclose(text) if " " in text or "/" in text else text


def _denominator(atoms: list[Atom]) -> str:
    """Set what stands below a line: anything but one part or a number needs parentheses."""
    text = join(atoms)
    if len(atoms) == 1 and atoms[0].kind in {"letter", "number"}:
        is_root = text[:1] in {"√", "∛", "∜"}
        is_single = is_root or atoms[0].kind == "number" or atoms[0].upright or _SINGLE.fullmatch(atoms[0].text)
        return text if is_single and (is_root or not set(text) & set(" /+−·×")) else enclose(text, product=True)
    if _DIFFERENTIAL.fullmatch(text):
        return text
    is_enclosed = text[:1] in {"(", "[", "{", "⟨"} and enclose(text) == text
    return text if text.isdigit() or is_enclosed else f"({text})"
