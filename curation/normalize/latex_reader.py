r"""Reading the LaTeX of one formula from left to right: groups, scripts, primes, characters and text.

`%` is a percent sign here, never a comment. What commands print is told by a subclass.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod

from curation.normalize.latex_atoms import Atom, LeftError, Script, join, kind_of
from curation.normalize.latex_symbols import COMMANDS, MATH_FONTS, SPACES, SWITCHES, TEXT_FONTS

__all__ = ["MAX_DEPTH", "SIGNS", "Reader", "character"]

# Deeper ones are no formula of an abstract.
MAX_DEPTH = 24

_PART = re.compile(
    r"(?P<blank>\s+)|\\(?P<name>[A-Za-z]+)|\\(?P<sign>.)|(?P<number>\d+(?:\.\d+)*|(?<!\d)\.\d+)|(?P<word>[A-Za-z]+)"
    r"|(?P<primes>'+)|(?P<relation>:=|=:|[<>=!]=)|(?P<char>.)",
    re.DOTALL | re.ASCII,
)
_BLANKS = re.compile(r"\s*")
# Escapes that print a sign.
SIGNS = {"%": "%", "&": "&", "#": "#", "_": "_", "{": "{", "}": "}", "|": "‖"}
_PRIMES = {1: "′", 2: "″", 3: "‴", 4: "⁗"}
# What TeX gives another meaning, or what nobody types in math.
_FORBIDDEN = frozenset('$&#`"\\~')


class Reader(ABC):
    """A reader of one formula; where it reads a part, `at` is behind it."""

    def __init__(self, formula: str) -> None:
        self.text = formula
        self.at = 0

    @abstractmethod
    def command(self, name: str, depth: int) -> list[Atom]:
        """Read a command whose name was read."""

    def next_part(self) -> tuple[str, str]:
        """Read the next part: its kind and its characters, both empty at the end."""
        match = _PART.match(self.text, self.at)
        if match is None or match.lastgroup is None:
            return "", ""
        self.at = match.end()
        return match.lastgroup, match[match.lastgroup]

    def skip_blanks(self) -> None:
        """Read the blanks that end a command's name."""
        match = _BLANKS.match(self.text, self.at)
        self.at = match.end() if match else self.at

    def row(self, closing: str, depth: int) -> list[Atom]:
        """Read up to a closing bracket, which is taken, or up to the end."""
        if depth > MAX_DEPTH:
            raise LeftError("too deep")
        atoms: list[Atom] = []
        blank = False
        while True:
            kind, part = self.next_part()
            if kind == "" and closing:
                raise LeftError("unbalanced")
            if kind == "" or (kind == "char" and part == closing):
                return atoms
            if kind == "blank":
                blank = True
                continue
            if kind == "primes":
                _add_primes(atoms, part)
            elif kind == "char" and part in "^_":
                self._add_script(atoms, part, depth, blank=blank)
            else:
                new = self._read(kind, part, depth)
                if not new:
                    continue  # the blank before a font's name is one before its letters
                new[0].blank = new[0].blank or blank
                atoms += new
            blank = False

    def _read(self, kind: str, part: str, depth: int) -> list[Atom]:
        if kind == "name":
            return self.command(part, depth)
        if kind == "sign":
            return _sign(part)
        if kind == "char" and part == "{":
            return self._group(depth)
        if kind == "char" and part == "}":
            raise LeftError("unbalanced")
        if kind == "char":
            return [Atom(" ", "space") if part == "~" else character(part)]
        return [Atom(part, "letter" if kind == "word" else "number" if kind == "number" else "relation")]

    def _group(self, depth: int) -> list[Atom]:
        """Read a group; it is set as one part, with no blanks around an operator that stands alone in it."""
        inner = self.row("}", depth + 1)
        solid = [atom for atom in inner if atom.kind != "space"]
        if len(solid) == 1:
            only = solid[0]
            if only.kind in {"binary", "relation", "point"} and not only.has_scripts:
                only.kind = "letter"
                only.text = "−" if only.text == "-" else only.text
            only.blank = False
            return inner
        if not inner:
            return [Atom("", "letter")]
        if any(atom.kind == "fraction" for atom in inner):
            return inner
        return [Atom(join(inner), "letter")]

    def argument(self, depth: int) -> list[Atom]:
        """Read what a command or a script takes: a group, a command, or one character."""
        if depth > MAX_DEPTH:
            raise LeftError("too deep")
        self.skip_blanks()
        start = self.at
        kind, part = self.next_part()
        if kind in {"number", "word"}:
            self.at = start + 1
            return [Atom(part[0], "number" if part[0].isdigit() else kind_of(part[0]))]
        if kind == "char" and part == "{":
            return self.row("}", depth + 1)
        if kind in {"", "primes", "relation"} or (kind == "char" and part in "^_~}"):
            raise LeftError("nothing follows")
        return self._read(kind, part, depth + 1)

    def _add_script(self, atoms: list[Atom], which: str, depth: int, *, blank: bool) -> None:
        inner = self.argument(depth)
        text = join(inner, tight=True)
        script = Script(text, any(atom.upright and len(atom.text) > 1 for atom in inner))
        base = _base(atoms, blank=blank)
        if which == "_":
            if base.below is not None:
                raise LeftError("two subscripts")
            base.below = script if text else None
        elif text and set(text) == {"′"} and not base.primes:
            base.primes = text
        else:
            if base.above is not None:
                raise LeftError("two superscripts")
            base.above = script if text else None

    def text_argument(self) -> list[Atom]:
        """Read a text's argument: blanks count, hyphens are hyphens, and only fonts and escapes are commands."""
        self.skip_blanks()
        if not self.text.startswith("{", self.at):
            raise LeftError("text without braces")
        self.at += 1
        parts: list[str] = []
        depth = 1
        while depth:
            kind, part = self.next_part()
            if kind == "":
                raise LeftError("unbalanced")
            if kind == "char" and part in "{}":
                depth += 1 if part == "{" else -1
            elif kind == "name":
                parts.append(self._word_in_text(part))
            else:
                parts.append(_in_text(kind, part))
        text = re.sub(" +", " ", "".join(parts))
        word = text.strip()
        if not word:
            return [Atom(" ", "space")] if text else []
        left, right = ([Atom(" ", "space")] if edge == " " else [] for edge in (text[0], text[-1]))
        return [*left, Atom(word, "number" if word.isdecimal() else "letter", upright=True), *right]

    def _word_in_text(self, name: str) -> str:
        if name in TEXT_FONTS or name in MATH_FONTS or name in SWITCHES:
            self.skip_blanks()
            return ""
        if len(COMMANDS.get(name, "")) == 1:
            self.skip_blanks()
            return COMMANDS[name]
        raise LeftError(f"\\{name}")


def _add_primes(atoms: list[Atom], part: str) -> None:
    base = _base(atoms)
    if len(part) not in _PRIMES or base.primes:
        raise LeftError("many primes")
    base.primes = _PRIMES[len(part)]


def _in_text(kind: str, part: str) -> str:
    if kind == "blank" or part == "~":
        return " "
    if kind == "sign":
        if part not in "%&#_{} ,":
            raise LeftError("a command in text")
        return " " if part in " ," else part
    if kind == "char" and part in '^$&#`"':
        raise LeftError("math in text")
    return _checked(part)


def _base(atoms: list[Atom], *, blank: bool = False) -> Atom:
    """Return what a script belongs to; where nothing can have one, it stands alone, or at the text before."""
    if not atoms or atoms[-1].kind in {"space", "point", "open"}:
        atoms.append(Atom("", "letter", blank))
    return atoms[-1]


def _sign(part: str) -> list[Atom]:
    if part in SPACES:
        return [Atom(" ", "space")] if SPACES[part] else []
    char = SIGNS.get(part)
    if char is None:
        raise LeftError("a line break" if part == "\\" else f"\\{part}")
    return [Atom(char, kind_of(char))]


def _checked(char: str) -> str:
    """Return text of printable characters only."""
    if not char.isprintable() or any(one in _FORBIDDEN for one in char):
        raise LeftError(f"the character {char!r}")
    return char


def character(char: str) -> Atom:
    """Read a character that stands for itself."""
    if char == "-":
        return Atom("-", "binary")
    return Atom(_checked(char), kind_of(char))
