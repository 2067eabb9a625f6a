r"""TeX that authors left in prose: fonts, symbols, escapes, spaces, ties, quotes, dashes and braces.

`%` is an author's percent sign as often as TeX's comment, so no TeX parser can read these texts; each rule here looks
for one construct and leaves what it does not know.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from curation.normalize.edits import Replacement
from curation.normalize.prose import after_command, opens_group, outside_prose, touches
from curation.normalize.symbols import STYLES, SYMBOLS

__all__ = ["find_braces_around", "find_dashes", "find_fonts", "find_quotes", "find_symbols", "find_ties"]

# Here and below, what must not stand before a sign is looked at behind it: `re` finds a first character fast.
_FONT = re.compile(
    r"\\(?<!\\\\)(?P<name>text(?:bf|it|tt|sc|sf|rm|normal|md|up|sl)?|emph|underline|uline|mbox|url)\s?\{"
    r"|\{(?<![\\A-Za-z0-9_^}]\{)\\(?:bf|em|it|tt|sf|sc|rm|sl|bfseries|itshape|ttfamily)\s+"
)
_BRACE = re.compile(r"[{}](?<!\\[{}])")


def find_fonts(text: str) -> Iterator[Replacement]:
    r"""Yield what sets a font, for `\texttt{Avg-K}` and `{\em so}`; the innermost ones, whose braces pair up."""
    for match in _FONT.finditer(text):
        if after_command(text, match.start()):
            continue  # `\noindent\textbf{…}`: without the second one the first would swallow the text
        depth = 1
        for brace in _BRACE.finditer(text, match.end()):
            depth += 1 if brace[0] == "{" else -1
            if depth == 0:
                if "{" not in text[match.end() : brace.start()]:
                    yield Replacement(*match.span(), "")
                    yield Replacement(*brace.span(), "")
                break


# After its name TeX swallows blanks; authors mean them. What no table knows is an author's own command.
_SYMBOL = re.compile(
    r"\{(?<!\\\{)\\(?P<grouped>[A-Za-z]+)(?![A-Za-z])(?:\{\})?\}|\\(?<!\\\\)(?P<name>[A-Za-z]+)(?![A-Za-z])(?:\{\})?"
)
_PRINTS_NO_SYMBOL = STYLES | {"ne", "in", "ni", "top", "bot", "star", "ast", "colon", "lt", "gt", "square", "triangle"}


def find_symbols(text: str) -> Iterator[Replacement]:
    r"""Yield symbols, for `{\alpha}` and `\pm`."""
    for match in _SYMBOL.finditer(text):
        group = match.lastgroup or "name"
        name = match[group]
        if name in SYMBOLS and name not in _PRINTS_NO_SYMBOL and not after_command(text, match.start()):
            whole = group == "name" or opens_group(text, match.start())
            inner = (match.start(group) - 1, match.end(group))
            yield Replacement(*(match.span() if whole else inner), SYMBOLS[name])


# A tie stands between words, or between a reference's name and number; `~40` is about forty, `X~N(0,1)` a distribution.
_TIE = re.compile(
    r"~(?:(?:(?<=[A-Za-z]{2}~)|(?<=\b[aAI]~)|(?<=[.,;:)\]}%”’]~))(?=[A-Za-z]{2}(?![A-Za-z]*\()|a\b|[(\[{\\“‘])"
    r"|(?<=[A-Za-z.]~)(?P<number>(?=\d))|(?<=[\w ]~)(?=https?://|www\.))"
)
_NUMBERED = re.compile(
    r"\b(?:[Ff]igs?|[Ff]igures?|[Tt]ables?|[Ss]ecs?|[Ss]ections?|[Ee]qs?|[Ee]quations?|[Tt]heorems?|[Ll]emma"
    r"|[Cc]hapters?|[Aa]lgorithms?|[Aa]ppendix|al)\.?\Z"
)
_LONGEST_NUMBERED = len("algorithms.")


def find_ties(text: str) -> Iterator[Replacement]:
    """Yield ties: the unbreakable blanks of TeX."""
    for match in _TIE.finditer(text):
        start = match.start()
        if match["number"] is None or _NUMBERED.search(text, max(0, start - _LONGEST_NUMBERED), start):
            yield Replacement(start, start + 1, "" if text[start - 1] == " " else " ")


# What is quoted holds no mark of its own kind, so that nesting ends.
_DOUBLE_QUOTED = re.compile(r"``(?<!```)(?!`)([^`'\"“”]+|(?:[^`\"“”']|(?<=\w)'(?=\w))+)(?<!\\)(''|\")(?!')")
_SINGLE_QUOTED = re.compile(r"`(?<![`\w]`)(?!`)([^`'‘’]+)'(?!['\w])")


def find_quotes(text: str) -> Iterator[Replacement]:
    """Yield the marks of pairs of quotation marks."""
    spans = outside_prose(text)
    found: list[Replacement] = []
    for pattern, opening, closing in ((_DOUBLE_QUOTED, "“", "”"), (_SINGLE_QUOTED, "‘", "’")):
        for match in pattern.finditer(text):
            pair = [
                Replacement(match.start(), match.start(1), opening),
                Replacement(match.end(1), match.end(), closing),
            ]
            if not any(touches(mark.start, mark.end, spans) for mark in pair):
                found += pair
    return iter(sorted(found, key=lambda replacement: replacement.start))


_DASHES = re.compile(r"--+")


def find_dashes(text: str) -> Iterator[Replacement]:
    """Yield runs of two hyphens inside a word or between blanks, and of three anywhere."""
    for match in _DASHES.finditer(text):
        before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
        if len(match[0]) == 3:
            yield Replacement(*match.span(), "—")
        elif len(match[0]) == 2 and (_are_word(before, after) or (before.isspace() and after.isspace())):
            yield Replacement(*match.span(), "–")


def _are_word(*chars: str) -> bool:
    return all(char.isalnum() or char == "_" for char in chars)


# Braces that print nothing: around sentences or a tied pair of words, in a number, or a single one.
_PROSE_GROUP = re.compile(r"\{(?<![\w\\}{)_^$]\{)(?P<inner>[A-Z]?[a-z]+(?: [^{}\\$_^=|]+[.!?]|~[a-z]+))\}(?!\{)")
_IN_NUMBER = re.compile(r"\{,\}(?<=\d\{,\})(?=\d{3})")
_SINGLE = re.compile(r"\{(?<=[.!?] \{)(?=[A-Z][a-z]+)")


def find_braces_around(text: str) -> Iterator[Replacement]:
    """Yield braces that print nothing."""
    found = [replacement for match in _PROSE_GROUP.finditer(text) for replacement in _both(match.span())]
    found += [Replacement(*match.span(), ",") for match in _IN_NUMBER.finditer(text)]
    if "}" not in text and text.count("{") == 1:
        found += [Replacement(*match.span(), "") for match in _SINGLE.finditer(text)]
    return iter(sorted(found, key=lambda replacement: replacement.start))


def _both(span: tuple[int, int]) -> list[Replacement]:
    start, end = span
    return [Replacement(start, start + 1, ""), Replacement(end - 1, end, "")]
