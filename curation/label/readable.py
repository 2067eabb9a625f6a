"""Whether a text is one the labeler can read: it was made for English abstracts of the usual length."""

from __future__ import annotations

import re
from typing import Final

from curation.schemas.columns import ABSTRACT_LENGTH

__all__ = ["REASONS", "why_unreadable"]

REASONS: Final = ("no title", "no abstract", "abstract too short", "abstract too long", "not English", "not sure")
"""Why the labeler abstains; the last one is its own doubt, not the text's form."""

_WORD: Final = re.compile(r"\w+")
# Function words that other languages written in Latin letters hardly use.
_ENGLISH: Final = frozenset(
    (
        *("and", "are", "been", "between", "by", "can", "from", "has", "it", "its", "our", "that", "the", "their"),
        *("these", "this", "through", "to", "which", "while", "with"),
    )
)
# In 29,743 English abstracts of a public arXiv sample the share of these words is nowhere below 0.038; sentences in
# Danish, Dutch, French, German, Italian, Portuguese and Spanish have next to none.
_LEAST_ENGLISH: Final = 0.03


def why_unreadable(title: str | None, abstract: str | None) -> str | None:
    """Return why a paper cannot be labelled, one of `REASONS`; None if it can be."""
    if not (title or "").strip():
        return "no title"
    text = (abstract or "").strip()
    if not text:
        return "no abstract"
    shortest, longest = ABSTRACT_LENGTH
    if len(text) < shortest:
        return "abstract too short"
    if len(text) > longest:
        return "abstract too long"
    words = _WORD.findall(text.lower())
    if not words or sum(word in _ENGLISH for word in words) < _LEAST_ENGLISH * len(words):
        return "not English"
    return None
