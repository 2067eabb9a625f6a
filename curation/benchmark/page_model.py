r"""How the listing page strips LaTeX from an abstract, and what that leaves behind.

Inside each `$…$` (shortest match) a one-argument command vanishes together with its first braces, then every backslash;
outside only `\textit` and `\emph` vanish. The rule was found by comparing captured abstracts with their sources, and
agrees with all fourteen cases known (`tests/benchmarks/test_page_model.py`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from curation.normalize.symbols import OPERATORS

__all__ = ["GREEK_COMMANDS", "Remnant", "Stripped", "find_remnants", "spell_greek", "strip_page"]

_MATH = re.compile(r"\$(.+?)\$")
_COMMAND_WITH_ARGUMENT = re.compile(r"\\[A-Za-z]+\{(.*?)\}")
_EMPHASIS = re.compile(r"\\(?:textit|emph)\{([^{}]*)\}")
_COMMAND = re.compile(r"\\([A-Za-z]+)")
# Math as TeX sees it, with a price (`$5 to $9`) told from it as pandoc does.
# Authors leave blanks at the dollars, too: then a command tells.
PROPER_MATH = re.compile(
    r"\$\$.+?\$\$|(?<!\\)\$(?!\s)(?:\\.|[^$\\])+?(?<!\s)\$(?!\d)|(?<!\\)\$(?=[^$]*\\[A-Za-z])(?:\\.|[^$\\])+\$(?!\d)"
)
_PRICE = re.compile(r"\$\s?\.?\d|\$[A-Z]\d")

GREEK_COMMANDS = dict(
    zip(
        "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩϵϑ",
        [
            "alpha",
            "beta",
            "gamma",
            "delta",
            "epsilon",
            "zeta",
            "eta",
            "theta",
            "iota",
            "kappa",
            "lambda",
            "mu",
            "nu",
            "xi",
            "pi",
            "rho",
            "sigma",
            "tau",
            "upsilon",
            "phi",
            "chi",
            "psi",
            "omega",
            "Gamma",
            "Delta",
            "Theta",
            "Lambda",
            "Xi",
            "Pi",
            "Sigma",
            "Upsilon",
            "Phi",
            "Psi",
            "Omega",
            "epsilon",
            "vartheta",
        ],
        strict=True,
    )
)


@dataclass(frozen=True, slots=True)
class Stripped:
    """An abstract as the page shows it.

    Attributes:
        source: The abstract with its LaTeX.
        text: What the page shows; characters are only ever deleted.
        origins: For each character of `text` its place in `source`.
        math: Start and end in `source` of what stood between dollars.
    """

    source: str
    text: str
    origins: tuple[int, ...]
    math: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Remnant:
    """Something the page left behind, by its place in the stripped text: a command's letters, a brace, a dollar."""

    start: int
    end: int
    what: str


def strip_page(source: str) -> Stripped:
    """Strip an abstract of one line."""
    keep = [True] * len(source)
    math: list[tuple[int, int]] = []

    def drop_emphasis(start: int, end: int) -> None:
        for match in _EMPHASIS.finditer(source, start, end):
            for at in (*range(match.start(), match.start(1)), match.end() - 1):
                keep[at] = False

    done = 0
    for match in _MATH.finditer(source):
        drop_emphasis(done, match.start())
        done = match.end()
        keep[match.start()] = keep[match.end() - 1] = False
        start, end = match.span(1)
        for command in _COMMAND_WITH_ARGUMENT.finditer(source, start, end):
            for at in (*range(command.start(), command.start(1)), command.end() - 1):
                keep[at] = False
        for at in range(start, end):
            if source[at] == "\\":
                keep[at] = False
        math.append((start, end))
    drop_emphasis(done, len(source))
    origins = tuple(at for at, kept in enumerate(keep) if kept)
    return Stripped(source, "".join(source[at] for at in origins), origins, tuple(math))


def find_remnants(stripped: Stripped) -> list[Remnant]:
    r"""List everything the page left behind: the truth that a detector of visible damage is measured against.

    A command whose print is its name (`\log`) leaves nothing behind, nor does a subscript or superscript.
    """
    source, text = stripped.source, stripped.text
    place = {origin: at for at, origin in enumerate(stripped.origins)}
    found: list[Remnant] = []
    for start, end in stripped.math:
        for command in _COMMAND.finditer(source, start, end):
            if command.start(1) in place and command[1] not in OPERATORS:
                found += [Remnant(place[command.start(1)], place[command.end() - 1] + 1, command[1])]
        found += _displaced_braces(source, text, place, start, end)
    proper = [match.span() for match in PROPER_MATH.finditer(source)]
    for at, origin in enumerate(stripped.origins):
        if source[origin] == "$" and source[origin - 1 : origin] != "\\":
            in_math = any(first <= origin < last for first, last in proper)
            if in_math or not _PRICE.match(source, origin):
                found.append(Remnant(at, at + 1, "$"))
    return sorted(found, key=lambda remnant: (remnant.start, remnant.end))


def _displaced_braces(source: str, text: str, place: dict[int, int], start: int, end: int) -> list[Remnant]:
    found: list[Remnant] = []
    open_braces: list[tuple[int, bool]] = []
    for origin in range(start, end):
        if origin not in place or source[origin] not in "{}" or source[origin - 1] == "\\":
            continue
        at = place[origin]
        if source[origin] == "{":
            open_braces.append((at, text[at - 1 : at] in {"_", "^"} and at > 0))
        elif open_braces:
            partner, is_script = open_braces.pop()
            if not is_script:
                found += [Remnant(partner, partner + 1, "{"), Remnant(at, at + 1, "}")]
        else:
            found.append(Remnant(at, at + 1, "}"))
    return found + [Remnant(at, at + 1, "{") for at, _ in open_braces]


def spell_greek(source: str) -> str:
    """Spell the Greek letters of the math as commands, as authors type them and the captured pages show them."""
    letter = re.compile("([" + "".join(GREEK_COMMANDS) + "])([A-Za-z])?")

    def spell(match: re.Match[str]) -> str:
        return "\\" + GREEK_COMMANDS[match[1]] + (f" {match[2]}" if match[2] else "")

    return _MATH.sub(lambda math: letter.sub(spell, math[0]), source)
