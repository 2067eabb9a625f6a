"""Sentences of an abstract, as spans: what lies between them is white space, so nothing of the text gets lost."""

from __future__ import annotations

import re

__all__ = ["sentence_spans"]

# what ends in a full stop and is followed by more of the same sentence
_ABBREVIATIONS = frozenset(
    (
        *("e.g", "i.e", "cf", "vs", "al", "etc", "viz", "ca", "approx", "resp", "w.r.t"),
        *("fig", "figs", "eq", "eqs", "sec", "secs", "ref", "refs", "ch", "vol", "pp", "no"),
        *("dr", "mr", "ms", "prof", "st"),
    )
)
_CLOSING = "\"'”’)]"
# the last of several such signs is enough, and a pattern that begins with one character is found three times as fast
_END = re.compile(r"[.!?][\"'”’)\]]*(?=\s+[\"'“‘(\[]*[A-Z0-9])")
_LAST_WORD = re.compile(r"([A-Za-z][\w.]*?)\.[\"'”’)\]]*$")
_LAST_WORD_REACH = 64
_ENDINGS = tuple(_ABBREVIATIONS)
_BLANK = re.compile(r"\s*")
# The initial of a name, as in `J. Smith`.
_INITIAL = re.compile(r"(?:^|\s)[A-Z]\.$")


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Return start and end of each sentence, in characters, without the white space between them.

    A sentence ends with `.`, `!` or `?` before white space and a capital letter or digit, unless the full stop is that
    of a common abbreviation or of an initial. Empty for text without a character.
    """
    spans: list[tuple[int, int]] = []
    start = len(text) - len(text.lstrip())
    for match in _END.finditer(text):
        # the end alone is looked at; a longer last word is no abbreviation
        head = text[max(start, match.end() - _LAST_WORD_REACH) : match.end()]
        if _is_abbreviation(head) or _INITIAL.search(head[-3:]):
            continue
        spans.append((start, match.end()))
        start = _BLANK.match(text, match.end()).end()  # type: ignore[union-attr]  # it always matches
    end = len(text.rstrip())
    if start < end:
        spans.append((start, end))
    return spans


def _is_abbreviation(head: str) -> bool:
    """Tell whether a text that ends in a stop, and perhaps in brackets and quotes, ends in an abbreviation."""
    before = head.rstrip(_CLOSING)
    if before[-1:] != "." or not before[:-1].casefold().endswith(_ENDINGS):
        return False  # at once for nearly all
    word = _LAST_WORD.search(head)
    return word is not None and word[1].casefold() in _ABBREVIATIONS
