r"""TeX accents in prose: `Schr\"odinger`, `na\"{\i}ve`, `Fran{\c c}ois`, `\O{}stergaard`.

The commands are those of the TeXbook, chapter 9; the combining characters are Unicode's.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from curation.normalize.edits import Replacement
from curation.normalize.prose import opens_group

__all__ = ["ACCENT_TRIGGER", "find_accents"]

_COMBINING = {
    '"': "\u0308",
    "'": "\u0301",
    "`": "\u0300",
    "^": "\u0302",
    "~": "\u0303",
    "=": "\u0304",
    ".": "\u0307",
    "c": "\u0327",
    "v": "\u030c",
    "u": "\u0306",
    "H": "\u030b",
    "k": "\u0328",
    "r": "\u030a",
    "d": "\u0323",
    "b": "\u0331",
}
_LETTERS = {
    "ss": "ß",
    "ae": "æ",
    "AE": "Æ",
    "oe": "œ",
    "OE": "Œ",
    "aa": "å",
    "AA": "Å",
    "o": "ø",
    "O": "Ø",
    "l": "ł",
    "L": "Ł",
}

ACCENT_TRIGGER = r"""\\["'`^~=.cvuHkrdbsaAoOlL]"""

# \"o \"{o} \"{\i} \c{c} \c c; an accent named by a letter needs a brace, or a blank inside a word. After another
# backslash the first one is a line break, not a command.
_ACCENT = re.compile(
    r"""\\(?<!\\\\)(?:(?P<sign>["'`^~=.])|(?P<letter>[cvuHkrdb])(?:(?<=[A-Za-z{]\\[a-zH])[ ]|(?=\{)))"""
    r"""(?P<brace>\{)?(?P<base>\\[ij](?![A-Za-z])|[A-Za-z])(?(brace)\})"""
)
# \O(n) is an author's order of growth, not a Danish letter.
_LETTER = re.compile(r"\\(?<!\\\\)(?P<name>ss|ae|AE|oe|OE|aa|AA|o|O|l|L)(?![A-Za-z(0-9])(?:\{\}|[ ](?=[a-z]))?")
# author\'s, don\'t: an escaped apostrophe
_CONTRACTION = re.compile(r"(?:[stdm]|ll|re|ve)(?![A-Za-z])")


def find_accents(text: str) -> Iterator[Replacement]:
    r"""Yield the accents and special letters of a text, from left to right.

    Left as they are: an accent that Unicode has no single character for, an escaped apostrophe (`author\'s`), and
    an escaped quotation mark (`\"old\" tasks`).
    """
    found = [(match, _accented(match, text)) for match in _ACCENT.finditer(text)]
    found += [(match, _LETTERS[match["name"]]) for match in _LETTER.finditer(text)]
    for match, char in sorted(found, key=lambda pair: pair[0].start()):
        if char is not None:
            start, end = match.span()
            if text[end : end + 1] == "}" and opens_group(text, start - 1):
                start, end = start - 1, end + 1
            yield Replacement(start, end, char)


def _accented(match: re.Match[str], text: str) -> str | None:
    sign = match["sign"]
    base = match["base"].lstrip("\\")
    if sign == "'" and not match["brace"] and _CONTRACTION.match(text, match.end() - 1):
        return None
    if sign == '"' and (base not in "aeiouyAEIOUY" or _is_quotation(match, text)):
        return None
    composed = unicodedata.normalize("NFC", base + _COMBINING[sign or match["letter"]])
    return composed if len(composed) == 1 else None


def _is_quotation(match: re.Match[str], text: str) -> bool:
    if match.start() and text[match.start() - 1].isalpha():
        return False
    closing = text.find('\\"', match.end())
    return closing >= 0 and not text[closing + 2 : closing + 3].isalpha()
