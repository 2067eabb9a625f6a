"""The rules of normalization, in the order they run.

A rule says where a text is certainly not what its author meant to show, and what stands there instead. Authors'
spelling, names, numbers and words are no rule's business.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from curation.normalize.edits import Replacement, trim
from curation.normalize.tex import ACCENT_TRIGGER, find_accents

__all__ = ["RULES", "Rule"]

Finder = Callable[[str], Iterable[Replacement]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes:
        id: Stable name, as `edits` and reports show it.
        why: Why the rule exists, in one line.
        trigger: RE2 pattern; a text without it is never changed by the rule, so whole columns are searched at once.
        find: What to replace, from left to right, without overlap.
        example: A text and what the rule makes of it.
    """

    id: str
    why: str
    trigger: str
    find: Finder
    example: tuple[str, str]


# Math and links: what looks like TeX or a dash in there means something else. A dollar sign opens math only before,
# and closes it only after, something that is no blank, and no digit follows: `$5 by 30\% to $3` is prose.
_PROTECTED = re.compile(
    r"\$\$.+?\$\$|\$(?!\s)(?:[^$\\]|\\.)*?(?:[^$\\\s]|\\\S)\$(?!\d)|\\\(.+?\\\)|\\\[.+?\\\]|(?:https?://|www\.)\S+",
    re.DOTALL,
)

Span = tuple[int, int]


def _outside_prose(text: str) -> list[Span]:
    return [match.span() for match in _PROTECTED.finditer(text)]


def _touches(start: int, end: int, spans: list[Span]) -> bool:
    return any(first < end and start < last for first, last in spans)


def _in_prose(find: Finder) -> Finder:
    def find_in_prose(text: str) -> Iterator[Replacement]:
        spans = _outside_prose(text)
        return (found for found in find(text) if not _touches(found.start, found.end, spans))

    return find_in_prose


def _always(pattern: str, after: str) -> Finder:
    compiled = re.compile(pattern)

    def find(text: str) -> Iterator[Replacement]:
        return (Replacement(*match.span(), after) for match in compiled.finditer(text))

    return find


def _find_decomposed(text: str) -> Iterator[Replacement]:
    # An ASCII character never joins what stands before it, so these pieces normalize one by one.
    for match in re.finditer(r"[\x00-\x7f]?[^\x00-\x7f]+", text):
        composed = unicodedata.normalize("NFC", match[0])
        if composed != match[0]:
            yield trim(text, Replacement(*match.span(), composed))


# What is quoted holds no mark of its own kind, so that nesting ends.
_DOUBLE_QUOTED = re.compile(r"(?<!`)``(?!`)([^`'\"“”]+)(''|\")(?!')")
_SINGLE_QUOTED = re.compile(r"(?<![`\w])`(?!`)([^`'‘’]+)'(?!['\w])")


def _find_quotes(text: str) -> Iterator[Replacement]:
    spans = _outside_prose(text)
    found: list[Replacement] = []
    for pattern, opening, closing in ((_DOUBLE_QUOTED, "“", "”"), (_SINGLE_QUOTED, "‘", "’")):
        for match in pattern.finditer(text):
            pair = [
                Replacement(match.start(), match.start(1), opening),
                Replacement(match.end(1), match.end(), closing),
            ]
            if not any(_touches(mark.start, mark.end, spans) for mark in pair):
                found += pair
    return iter(sorted(found, key=lambda replacement: replacement.start))


_DASHES = re.compile(r"(?<!-)(?:---|(?<=\w)--(?=\w)|(?<=\s)--(?=\s))(?!-)")


def _find_dashes(text: str) -> Iterator[Replacement]:
    for match in _DASHES.finditer(text):
        yield Replacement(*match.span(), "—" if len(match[0]) == 3 else "–")


def _find_blanks(text: str) -> Iterator[Replacement]:
    for match in re.finditer(r"\s+", text):
        at_edge = match.start() == 0 or match.end() == len(text)
        yield Replacement(*match.span(), "" if at_edge else " ")


RULES: tuple[Rule, ...] = (
    Rule(
        id="nfc",
        why="The same letter has one spelling in Unicode: composed (NFC).",
        trigger=r"[^\x00-\x7f]",
        find=_find_decomposed,
        example=("Schro\u0308dinger", "Schr\u00f6dinger"),
    ),
    Rule(
        id="tex-accent",
        why="A TeX accent outside math is a letter that the page did not render.",
        trigger=ACCENT_TRIGGER,
        find=_in_prose(find_accents),
        example=('the Schr\\"odinger bridge', "the Schrödinger bridge"),
    ),
    Rule(
        id="escaped-percent",
        why="`\\%` is how TeX spells a percent sign.",
        trigger=r"\\%",
        find=_in_prose(_always(r"(?<!\\)\\%", "%")),
        example=("by 5.2\\% on average", "by 5.2% on average"),
    ),
    Rule(
        id="tex-quotes",
        why="Backticks and apostrophes in pairs are TeX's quotation marks.",
        trigger="`",
        find=_find_quotes,
        example=("first ``deep'' methods for `old' tasks", "first “deep” methods for ‘old’ tasks"),
    ),
    Rule(
        id="tex-dash",
        why="Two or three hyphens are TeX's en and em dash.",
        trigger="--",
        find=_in_prose(_find_dashes),
        example=("Feynman--Kac models -- and more", "Feynman–Kac models – and more"),
    ),
    Rule(
        id="whitespace",
        why="Words are separated by single blanks.",
        trigger=r"[^\x00-\x7f]|[\x00-\x1f\x7f]|  |^ | $",
        find=_find_blanks,
        example=("two\u00a0 blanks ", "two blanks"),
    ),
)
