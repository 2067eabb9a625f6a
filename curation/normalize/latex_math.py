r"""Formulas in a text that still has its LaTeX, rendered to readable Unicode: `$O(n^2)$` is O(n²).

A formula that holds anything the tables do not know stays exactly as it is. Letters lose their cut (`\mathcal{O}` is O,
as people search for it), but for the double-struck ones, which are symbols of their own (ℝ). A dollar sign opens math
only where what follows reads as math: `from $5 to $10` is prose.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal, NamedTuple

from curation.normalize.edits import Replacement
from curation.normalize.latex_atoms import kind_of
from curation.normalize.latex_parse import MAX_LENGTH, render
from curation.normalize.latex_symbols import COMMANDS
from curation.normalize.plain import is_badly_decoded
from curation.normalize.tex_prose import find_braces_around

__all__ = ["LATEX_TRIGGER", "Formula", "find_formulas", "formula_spans", "formulas", "may_hold_formulas", "overlaps"]

# RE2: two dollars, or an escaped bracket
LATEX_TRIGGER = r"\$[^$]+\$|\\[(\[]"

Delimiter = Literal["$", "$$", "\\(", "\\["]
_CLOSING: dict[str, str] = {"\\(": "\\)", "\\[": "\\]"}


class Formula(NamedTuple):
    """A formula, with its delimiters.

    Attributes:
        start: First character.
        end: Character after the last one.
        after: Its rendering, None if it stays as it is.
        reason: Why it stays.
    """

    start: int
    end: int
    after: str | None
    reason: str = ""


_OPENING = re.compile(r"\\.|\$\$?", re.DOTALL)
_DOLLAR = re.compile(r"\\.|\$", re.DOTALL)
# Math in the text of a formula, `$a \text{ if $b$}$`: the outer formula ends after the inner one.
_OPEN_TEXT = re.compile(r"\\(?:text[a-z]*|[mh]box|emph)\s*\{[^{}$]*\Z")
_REST = re.compile(r"[^${}]*\$[^${}]*\}[^$]*\$")
_LINK = re.compile(r"(?:https?://|www\.)\S+")


def find_formulas(text: str) -> Iterator[Replacement]:
    """Yield the formulas that can be rendered, from left to right."""
    for formula in formulas(text):
        if formula.after is not None:
            yield Replacement(formula.start, formula.end, formula.after)


def formulas(text: str) -> Iterator[Formula]:
    """Yield every formula, from left to right, with its rendering or the reason why it has none."""
    before = ""
    done = 0
    for start, end, length in _delimited(text):
        before = (before + text[max(done, start - 8) : start])[-8:]
        after, reason = _render_in_place(before, text[start + length : end - length], text, end)
        before = (before + (text[start:end] if after is None else after))[-8:]
        yield Formula(start, end, after, reason)
        done = end


def formula_spans(text: str) -> list[tuple[int, int]]:
    """List where formulas start and end, from left to right."""
    return _formula_spans(text) if may_hold_formulas(text) else []


def may_hold_formulas(text: str) -> bool:
    """Tell whether a text has two dollars or an escaped bracket."""
    return text.find("$", text.find("$") + 1) > 0 or ("\\" in text and ("\\(" in text or "\\[" in text))


# Several rules ask for the same text.
@lru_cache(maxsize=1 << 10)
def _formula_spans(text: str) -> list[tuple[int, int]]:
    return [(start, end) for start, end, _ in _delimited(text)]


def _delimited(text: str) -> Iterator[tuple[int, int, int]]:
    """Yield where each formula starts and ends, and how long its delimiters are."""
    links = [match.span() for match in _LINK.finditer(text)] if "http" in text or "www." in text else []
    at = 0
    while True:
        opening = _OPENING.search(text, at)
        if opening is None:
            return
        at = opening.end()
        if opening[0][0] == "\\" and opening[0] not in _CLOSING:
            continue
        span = _closed(text, opening)
        if span is None or overlaps(opening.start(), opening.end(), links):
            if opening[0] == "$$" and text[at : at + 1] not in {"", "$"} and not text[at].isspace():
                at -= 1  # the second one may open a formula
            continue
        inner = text[opening.end() : span - len(opening[0])]
        if _is_math(text, opening, inner, span):
            yield opening.start(), span, len(opening[0])
            at = span


def overlaps(start: int, end: int, spans: list[tuple[int, int]]) -> bool:
    """Tell whether a span shares a character with one of others, which are in order and do not overlap."""
    at = bisect_left(spans, (end,))
    return at > 0 and spans[at - 1][1] > start


def _closed(text: str, opening: re.Match[str]) -> int | None:
    """Return where a formula ends, after its closing delimiter."""
    start, sign = opening.end(), opening[0]
    limit = start + MAX_LENGTH + 2
    if sign in _CLOSING:
        end = text.find(_CLOSING[sign], start, limit)
        return None if end < 0 or "$" in text[start:end] else end + 2
    for dollar in _DOLLAR.finditer(text, start, limit):
        if dollar[0] == sign[0]:
            if sign == "$":
                has_command = text.find("\\", start, dollar.start()) >= 0
                is_open = has_command and _OPEN_TEXT.search(text, start, dollar.start())
                nested = _REST.match(text, dollar.end(), limit) if is_open else None
                return nested.end() if nested else dollar.end()
            return dollar.end() + 1 if text.startswith("$", dollar.end()) and dollar.start() > start else None
    return None


# Nothing but math has these between dollars: scripts, commands other than those of prose, a share or a sign alone.
_STRONG = re.compile(
    r"[\^_]|\\(?!(?:text[a-z]*|emph|url|cite[a-z]*|href|ref)\b)[A-Za-z]+|\\[,;!|{}]"
    r"|^\s*[-+±]?\d+(?:\.\d+)?\s*\\%\s*$|^[-+<>=±×≤≥≈∼→]+$"
)
_COMMAND = re.compile(r"\\[A-Za-z%]")
# What is set as text holds words.
_TEXT = re.compile(
    r"\\(?:text[a-z]*|emph|[mh]box|math[a-z]+|operatorname)\*?\s*\{[^{}]*\}|\{\\(?:bf|it|em|rm|sf|tt|sc)\s[^{}]*\}"
    r"|\\(?P<name>[A-Za-z]+)|\\."
)
_WORD = r"(?:[A-Za-z][a-z]{2,}|of|to|in|is|by|at|on|or|as|we|an|be|up|vs|it)"
# Words beside each other, or after a number or a sign of punctuation: prose, and the dollar is money.
_PROSE = re.compile(
    rf"(?<![A-Za-z\\_^{{(]){_WORD}[,;:]?\s+[A-Za-z0-9]|(?<=[A-Za-z0-9%;.):]\s){_WORD}(?![A-Za-z_^({{=])"
)
_AROUND_NAME = re.compile(r"(?<![A-Za-z])(?:log|ln|exp|max|min|sin|cos|mod)(?![A-Za-z])")
# `\(see below\)` and `\(1\)` are Markdown.
_PLAIN = re.compile(r"[A-Za-z]|.*[=<>+^_|(\[-].*|\d+\.\d+|\d+(?:\.\d+)?\s*\\?%|[^\x00-\x7f]+", re.DOTALL)
_CURRENCY = re.compile(r"(?:[A-Z]{2,3}|[ACS€£¥]|\d|~\d|,)\Z")
_PRICE = re.compile(r"\d[\d.,]*\s?(?:[KMBTkmbt]|bn|mn|[mb]illion|trillion|thousand)?(?P<rest>.*)\Z", re.DOTALL)
_AMOUNT = re.compile(r"\d[KMBTkmbt]?\Z")
_BETWEEN = tuple("-–—/,;:.([~")


def _is_math(text: str, opening: re.Match[str], inner: str, end: int) -> bool:
    """Tell whether what stands between two delimiters is math; if not, the opening one is no delimiter."""
    if not inner.strip():
        return False
    is_prose, strong = _reads_as(inner)
    if is_prose:
        return False
    if opening[0] in _CLOSING:
        return strong or (opening[0] == "\\(" and _PLAIN.fullmatch(inner.strip()) is not None)
    before, following = text[max(0, opening.start() - 4) : opening.start()], text[end : end + 1]
    blanks = (inner[0].isspace(), inner[-1].isspace())
    if strong:
        # a dollar between a blank and a letter or digit belongs to what it touches
        closes = blanks == (True, False) and before[-1:].isalnum()
        opens = blanks == (False, True) and following.isalnum()
        return opening[0] == "$$" or not (closes or opens)
    if any(blanks) or inner[-1] == "\\":
        return False
    return _COMMAND.search(inner) is not None or _is_plain_math(inner, before, following)


def _is_plain_math(inner: str, before: str, following: str) -> bool:
    """Tell math without any command from two prices (`$5-$10`, `5$/10$`), variables (`$A/$B`) and codes (`US$`)."""
    if inner == "/":
        return before[-1:].isalpha() and following.isalpha()
    starts_between = inner[0] in ",.;:)" or (inner[0] in "/-–—" and _AMOUNT.search(before) is not None)
    ends_between = inner.endswith(_BETWEEN) and following.isalnum()
    is_glued = following.isdigit() or (before[-1:].isdigit() and not inner.isalpha())
    if starts_between or ends_between or is_glued or inner in {"US", "USD", "CAD", "AUD", "EUR"}:
        return False
    price = _PRICE.match(inner)
    is_price = price is not None and (_CURRENCY.search(before) is not None or price["rest"].endswith(_BETWEEN))
    return not is_price or (price is not None and price["rest"] == "")


@lru_cache(maxsize=1 << 12)
def _reads_as(inner: str) -> tuple[bool, bool]:
    """Tell whether what stands between two delimiters reads as prose, and whether nothing but math has such signs."""
    # most formulas have no blank inside, and no mask makes or moves one
    is_prose = len(inner.split(None, 1)) > 1 and _is_prose(inner)
    return is_prose, _STRONG.search(inner) is not None


def _is_prose(inner: str) -> bool:
    return _PROSE.search(_AROUND_NAME.sub("¤", _TEXT.sub(_mask, inner))) is not None


def _mask(match: re.Match[str]) -> str:
    """Put a letter for a command that prints one, so that the word beside it is seen."""
    char = COMMANDS.get(match["name"] or "", "")
    return "x" if char and kind_of(char) == "letter" and char.isalpha() else "¤"


# A command or an accent just before would take the rendered letters for its own.
_TAKES_WHAT_FOLLOWS = re.compile(r"""\\(?:[A-Za-z]+\*?|["'`^~=.]\{?|[cvuHkrdb]\{)\Z""")
_ORDINAL = re.compile(r"\^\s*\{?\s*(?:\\(?:text|mathrm|rm|textrm)\s*\{?\s*)?(st|nd|rd|th)\s*\}{0,2}")


def _render_in_place(before: str, inner: str, text: str, end: int) -> tuple[str | None, str]:
    """Render a formula as it stands in its text.

    Args:
        before: The last characters before it, rendered.
        inner: What stands between its delimiters.
        text: The text.
        end: Where the formula ends there.
    """
    inner = inner.strip()
    following = text[end : end + 8]
    if before[-1:].isdigit() and (ordinal := _ORDINAL.fullmatch(inner)):
        return ordinal[1], ""
    if inner == "-":
        return "-" if before[-1:].isalnum() and following[:1].isalnum() else "−", ""
    after, reason = render(inner)
    if after is None:
        return None, reason
    if "\\" in before and _TAKES_WHAT_FOLLOWS.search(before):
        return None, "after a command"
    # a space at the edge of the formula keeps it off its neighbor
    opens = _FIRST_SPACE.match(inner) is not None and before != "" and not before[-1].isspace()
    closes = after != "" and following[:1].isalnum() and _LAST_SPACE.search(inner) is not None
    after = f"{' ' * opens}{after}{' ' * closes}"
    reason = _why_misread(before, after, following)
    return (None, reason) if reason else (after, "")


_FIRST_SPACE = re.compile(r"\\[,;:> ]|~|\\q?quad(?![A-Za-z])")
_LAST_SPACE = re.compile(rf"(?:{_FIRST_SPACE.pattern})\Z")


def _why_misread(before: str, after: str, following: str) -> str:
    """Tell why another rule would take a rendering for something else."""
    if not after:
        return "nothing to see"
    if "{" in after and ("}" not in after or any(find_braces_around(after))):
        return "braces that read as prose"
    if not after.isascii() and is_badly_decoded(before + after + following):
        return "reads as wrongly decoded"
    return ""
