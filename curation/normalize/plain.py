"""Repairs of plain text: line breaks, blanks, composed letters, wrongly decoded characters, joined links and words."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator

import ftfy

from curation.normalize.edits import Replacement, trim

__all__ = [
    "find_blanks",
    "find_decomposed",
    "find_glued_sentences",
    "find_joined_links",
    "find_line_breaks",
    "find_mojibake",
]

_BREAK = re.compile(r"(?<=\S)[ \t]*(?:\r\n|\r|\n)[ \t]*(?=\S)")


def find_line_breaks(text: str) -> Iterator[Replacement]:
    """Yield the line breaks inside a text, all that look alike as one replacement with offsets."""
    matches = list(_BREAK.finditer(text))
    if matches:
        commonest = Counter(match[0] for match in matches).most_common(1)[0][0]
        first, *others = (match for match in matches if match[0] == commonest)
        yield Replacement(*first.span(), " ", tuple(match.start() for match in others))


def find_decomposed(text: str) -> Iterator[Replacement]:
    """Yield letters that Unicode spells shorter."""
    if unicodedata.is_normalized("NFC", text):
        return
    # An ASCII character never joins what stands before it, so these pieces normalize one by one.
    for match in re.finditer(r"[\x00-\x7f]?[^\x00-\x7f]+", text):
        composed = unicodedata.normalize("NFC", match[0])
        if composed != match[0]:
            yield trim(text, Replacement(*match.span(), composed))


# A run of white space that is no single blank, or stands at an end.
_UNTIDY = re.compile(r"\s{2,}|[^\S ]|\A | \Z")


def find_blanks(text: str) -> Iterator[Replacement]:
    """Yield runs of white space that are not one blank between words."""
    for match in _UNTIDY.finditer(text):
        at_edge = match.start() == 0 or match.end() == len(text)
        yield Replacement(*match.span(), "" if at_edge else " ")


def find_mojibake(text: str) -> Iterator[Replacement]:
    """Yield characters that were decoded with the wrong encoding, as `ftfy.fix_encoding` finds them."""
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
_GLUED = re.compile(
    rf"(?<![\w/.@-])(?:[a-z]{{3,}}|[a-z]+-[a-z]{{3,}})[.!?](?=(?:{_STARTS})(?:, | [a-z]))"
    r"|\([A-Z]{2,}\)(?=(?:and|or|is|are) )"
)


def find_glued_sentences(text: str) -> Iterator[Replacement]:
    """Yield the places where the blank between two sentences, or after a parenthesis, is missing."""
    for match in _GLUED.finditer(text):
        yield Replacement(match.end(), match.end(), " ")
