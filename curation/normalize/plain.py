"""Repairs of plain text: line breaks, blanks, composed letters, wrongly decoded characters, joined links and words."""

from __future__ import annotations

import difflib
import re
import string
import unicodedata
from collections.abc import Iterator, Set

import ftfy
from ftfy.badness import is_bad

from curation.normalize.edits import Replacement, trim

__all__ = [
    "find_blanks",
    "find_decomposed",
    "find_glued_sentences",
    "find_joined_links",
    "find_line_breaks",
    "find_mojibake",
    "is_badly_decoded",
    "is_decomposed",
    "may_be_mojibake",
]

_BREAK = re.compile(r"\r\n?[ \t]*(?=\S)|\n[ \t]*(?=\S)")


def find_line_breaks(text: str) -> Iterator[Replacement]:
    """Yield the line breaks inside a text, all that look alike as one replacement with offsets."""
    found: dict[str, list[int]] = {}
    for match in _BREAK.finditer(text):
        # the blanks before a break are its own; nothing but a word may stand before them
        start, end = match.span()
        while start and text[start - 1] in " \t":
            start -= 1
        if start and not text[start - 1].isspace():
            found.setdefault(text[start:end], []).append(start)
    if found:
        commonest, places = max(found.items(), key=lambda item: len(item[1]))  # the first of several
        yield Replacement(places[0], places[0] + len(commonest), " ", tuple(places[1:]))


def is_decomposed(text: str) -> bool:
    """Tell whether a text is not composed (NFC)."""
    return not text.isascii() and not unicodedata.is_normalized("NFC", text)


def find_decomposed(text: str) -> Iterator[Replacement]:
    """Yield letters that Unicode spells shorter."""
    if not is_decomposed(text):
        return
    # An ASCII character never joins what stands before it, so these pieces normalize one by one.
    for match in re.finditer(r"[\x00-\x7f]?[^\x00-\x7f]+", text):
        composed = unicodedata.normalize("NFC", match[0])
        if composed != match[0]:
            yield trim(text, Replacement(*match.span(), composed))


# A run of white space that is no single blank, or stands at an end.
_UNTIDY = re.compile(r"\s(?:\s+|(?<! )|(?<=\A )|\Z)")


def find_blanks(text: str) -> Iterator[Replacement]:
    """Yield runs of white space that are not one blank between words."""
    for match in _UNTIDY.finditer(text):
        at_edge = match.start() == 0 or match.end() == len(text)
        yield Replacement(*match.span(), "" if at_edge else " ")


# Two characters beyond ASCII side by side, one of no other use, or one that is half a character, before a blank.
_SUSPECT = re.compile(r"[^\x00-\x7f](?:[^\x00-\x7f]|(?<=[\x80-\x9f\ufffd])|(?<=[\xc2\xc3\xe2]) )")


def may_be_mojibake(text: str) -> bool:
    """Tell whether a text has what `ftfy`'s own test for bad encoding needs at least."""
    return not text.isascii() and (_SUSPECT.search(text) is not None or "\x1a" in text)


# What `ftfy` finds bad holds two of them side by side, or one that may be bad beside ASCII; it is short.
_BAD = re.compile(r"[^\x00-\x7f](?:[^\x00-\x7f]|(?<=[\x80-\x9f\xc2\xc3\u0152\u0153]))")
_AROUND = 6


def is_badly_decoded(text: str) -> bool:
    """Tell what `ftfy.badness.is_bad` tells, looking around the few places where it may find something."""
    spans = (match.span() for match in _BAD.finditer(text))
    return any(is_bad(text[max(0, start - _AROUND) : end + _AROUND]) for start, end in spans) and is_bad(text)


def find_mojibake(text: str) -> Iterator[Replacement]:
    """Yield characters that were decoded with the wrong encoding, as `ftfy.fix_encoding` finds them."""
    if not is_badly_decoded(text):
        return
    fixed = ftfy.fix_encoding(text)
    if fixed != text:
        matcher = difflib.SequenceMatcher(None, text, fixed, autojunk=False)
        for tag, start, end, first, last in matcher.get_opcodes():
            # a single control character is no evidence of an encoding
            if tag != "equal" and end - start > 1:
                yield Replacement(start, end, fixed[first:last])


_JOINED = re.compile(r"\[(?P<first>https?://[^\s|\[\]]+)\|\|(?P<second>https?://[^\s|\[\]]+)\]")


def find_joined_links(text: str) -> Iterator[Replacement]:
    """Yield wiki links, `[a||b]`: one link where both are the same, else both."""
    for match in _JOINED.finditer(text):
        same = match["first"] == match["second"]
        yield Replacement(*match.span(), match["first"] if same else f"{match['first']} {match['second']}")


# Only where the next word opens sentences and nothing else, so that neither names (`Node.js`) nor code are cut.
_STARTS = (
    "We|The|This|These|Our|In|To|However|Moreover|Furthermore|Experiments|Experimental|Extensive|It|By|For|As|A|An|Code|"
    "Finally|Specifically|Additionally|Therefore|Thus|Hence|While|Although|With|Based|Then|First|Second|Results|Unlike"
)
# What stands before is looked at last: a blank is missing at few of the signs that end words.
_GLUED = re.compile(rf"[.!?)](?:(?=[A-Z])(?=(?:{_STARTS})(?:, | [a-z]))(?<!\))|(?=(?:and|or|is|are) )(?<=\)))")
_SMALL, _CAPITAL = frozenset(string.ascii_lowercase), frozenset(string.ascii_uppercase)


def find_glued_sentences(text: str) -> Iterator[Replacement]:
    """Yield the places where the blank between two sentences, or after a parenthesis, is missing."""
    for match in _GLUED.finditer(text):
        at = match.start()
        if _ends_acronym(text, at) if match[0] == ")" else _ends_word(text, at):
            yield Replacement(at + 1, at + 1, " ")


def _ends_word(text: str, end: int) -> bool:
    """Tell whether a word of three small letters or more ends here, alone or behind another one's hyphen."""
    start = _start_of_run(text, end, _SMALL)
    if end - start < 3:
        return False
    if text[start - 1 : start] == "-":
        start, end = _start_of_run(text, start - 1, _SMALL), start - 1
        if start == end:
            return False
    before = text[start - 1] if start else " "
    return not (before.isalnum() or before in "_/.@-")


def _ends_acronym(text: str, end: int) -> bool:
    """Tell whether two capitals or more end here, behind an opening parenthesis."""
    start = _start_of_run(text, end, _CAPITAL)
    return end - start >= 2 and text[start - 1 : start] == "("


def _start_of_run(text: str, end: int, chars: Set[str]) -> int:
    while end and text[end - 1] in chars:
        end -= 1
    return end
