"""Words and the parts of a paper they stand in: what labeling functions and the labeler look at."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

__all__ = ["LONGEST_TERM", "PARTS", "PartedText", "TermIndex", "part_abstract", "part_title", "tokenize"]

PARTS: Final = ("object", "purpose", "means", "opening", "contribution", "context", "ending")
"""Parts of a title (what it names first, what that is for, by what means) and of an abstract (its first sentence,
sentences in which the authors say what they did, all others, its last sentence). The first and the last sentence of
an abstract belong to one of the two others as well."""

LONGEST_TERM: Final = 4

_WORD = re.compile(r"[a-z0-9]+")
# Dashes and apostrophes that would vanish with what is not ASCII, and join the words beside them.
_PUNCTUATION: Final = dict.fromkeys([*range(0x2010, 0x2016), 0x2019], "-")
_SPELLING: Final = (("isation", "ization"), ("modelling", "modeling"), ("labelling", "labeling"))
_NO_PLURAL: Final = 2

# What follows these in a title is what the object is for, or by what means it works.
_PURPOSE: Final = frozenset(("for", "to", "in", "on", "at", "toward", "towards", "under"))
_MEANS: Final = frozenset(("via", "with", "using", "by", "through", "from"))
_TITLE_BREAK = re.compile(rf"\b({'|'.join(sorted(_PURPOSE | _MEANS))})\b|[:?]|\s[-–—]\s", re.IGNORECASE)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
_VERBS: Final = (
    "address|analyze|consider|demonstrate|derive|describe|design|develop|establish|explore|introduce|investigate"
    "|present|propose|prove|provide|show|study"
)
_NOUNS: Final = "algorithm|approach|contribution|framework|key|main|method|model|work"
_CONTRIBUTION = re.compile(
    rf"\b(?:we (?:{_VERBS})|this (?:article|note|paper|study|thesis|work)|in this|our (?:{_NOUNS})|(?:is|are) proposed"
    r"|here,? we)\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=1 << 16)
def _singular(word: str) -> str:
    for british, american in _SPELLING:
        word = word.replace(british, american)
    # Crude on purpose: terms and texts go through the same door, so only collisions would matter.
    if word[-1] != "s" or len(word) <= _NO_PLURAL or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1]


def tokenize(text: str) -> list[str]:
    """Split a text into words that match whatever their case, number, hyphens, accents or spelling.

    Args:
        text: A title, an abstract or a term.

    Returns:
        Lower-case ASCII words in the singular, so that ``State-space models`` and ``state space model`` agree.
    """
    if not text.isascii():
        text = text.translate(_PUNCTUATION)
        text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    return [_singular(word) for word in _WORD.findall(text.lower())]


@dataclass(frozen=True, slots=True)
class PartedText:
    """The words of a title or an abstract, each with the parts it belongs to.

    Attributes:
        words: As `tokenize` gives them.
        parts: For each word, indices into `PARTS`.
    """

    words: tuple[str, ...]
    parts: tuple[tuple[int, ...], ...]


def _joined(pieces: Iterator[tuple[str, tuple[int, ...]]]) -> PartedText:
    words: list[str] = []
    parts: list[tuple[int, ...]] = []
    for text, where in pieces:
        found = tokenize(text)
        words += found
        parts += [where] * len(found)
    return PartedText(tuple(words), tuple(parts))


def part_title(title: str) -> PartedText:
    """Part a title into its object, what that is for, and by what means."""
    return _joined(_title_pieces(title))


def _title_pieces(title: str) -> Iterator[tuple[str, tuple[int, ...]]]:
    where, start = 0, 0
    for sign in _TITLE_BREAK.finditer(title):
        yield title[start : sign.start()], (where,)
        word = (sign[1] or "").lower()
        where = 1 if word in _PURPOSE else 2 if word in _MEANS else 0
        start = sign.start(1) if sign[1] else sign.end()
    yield title[start:], (where,)


def part_abstract(abstract: str) -> PartedText:
    """Part an abstract into sentences: the first, those of the contribution, all others, the last."""
    sentences = _SENTENCE_END.split(abstract)
    last = len(sentences) - 1
    return _joined((sentence, _sentence_parts(sentence, number, last)) for number, sentence in enumerate(sentences))


def _sentence_parts(sentence: str, number: int, last: int) -> tuple[int, ...]:
    parts = [4 if _CONTRIBUTION.search(sentence) else 5]
    if number == 0:
        parts.append(3)
    if number == last:
        parts.append(6)
    return tuple(parts)


class TermIndex:
    """Finds terms of one to `LONGEST_TERM` words in a list of words, in one pass.

    Args:
        terms: Terms in normal form, their words separated by blanks, each with what it stands for.
    """

    def __init__(self, terms: Mapping[str, Sequence[int]]) -> None:
        self._owners = {term: tuple(owners) for term, owners in terms.items()}
        lengths: dict[str, set[int]] = {}
        for term in terms:
            words = term.split()
            lengths.setdefault(words[0], set()).add(len(words))
        self._lengths = {word: tuple(sorted(sizes)) for word, sizes in lengths.items()}

    def find(self, words: Sequence[str]) -> Iterator[tuple[int, str, tuple[int, ...]]]:
        """Yield the place of each term's first word, the term and what it stands for."""
        owners, lengths = self._owners, self._lengths
        for start, word in enumerate(words):
            for size in lengths.get(word, ()):
                if start + size > len(words):
                    break
                term = word if size == 1 else " ".join(words[start : start + size])
                if term in owners:
                    yield start, term, owners[term]
