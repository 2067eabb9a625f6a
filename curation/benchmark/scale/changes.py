"""Ways in which a copy of a text differs from it, each a little further at every step."""

from __future__ import annotations

import bisect
import re
import textwrap
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate
from types import MappingProxyType
from typing import Final

from curation.benchmark.scale.draw import Draw
from curation.benchmark.sentences import sentence_spans

__all__ = ["CHANGES", "Material", "Vocabulary", "change_surface"]

# A word that can be replaced, with the marks around it; TeX is left alone.
_WORD = re.compile(r"([(\"'“‘]*)([A-Za-z]{2,})([.,;:!?)\"'”’]*)")
# arXiv wraps its abstracts at about this width.
_WIDTHS: Final = (60, 72, 78)


class Vocabulary:
    """Words of texts, drawn as often as they stand there.

    Args:
        texts: The texts; their order does not matter.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        found: Counter[str] = Counter()
        for text in texts:
            found.update(match[2].lower() for word in text.split(" ") if (match := _WORD.fullmatch(word)))
        self._words = sorted(found)
        self._ends = list(accumulate(found[word] for word in self._words))

    def __len__(self) -> int:
        return len(self._words)

    def word(self, draw: Draw) -> str:
        """Draw a word."""
        return self._words[bisect.bisect_right(self._ends, draw.below(self._ends[-1]))]


@dataclass(frozen=True, slots=True)
class Material:
    """What new words and sentences come from.

    Attributes:
        vocabulary: Of the sample.
        other: Another abstract of the same category, empty where there is none.
    """

    vocabulary: Vocabulary
    other: str


Change = Callable[[Draw, str, Material], Iterator[str]]
"""Yields a text again and again, each time changed a little more; ends where nothing is left to change."""


def _sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


def _replace(draw: Draw, words: list[str], at: int, material: Material) -> bool:
    match = _WORD.fullmatch(words[at])
    if match is None:
        return False
    new = material.vocabulary.word(draw)
    words[at] = match[1] + (new.capitalize() if match[2][0].isupper() else new) + match[3]
    return new != match[2].lower()


def _substitute(draw: Draw, text: str, material: Material) -> Iterator[str]:
    words = text.split(" ")
    for at in draw.shuffled(range(len(words))):
        if _replace(draw, words, at, material):
            yield " ".join(words)


def _delete(draw: Draw, text: str, _: Material) -> Iterator[str]:
    words = text.split(" ")
    gone: set[int] = set()
    for at in draw.shuffled(range(len(words)))[:-1]:
        gone.add(at)
        yield " ".join(word for number, word in enumerate(words) if number not in gone)


def _drop(draw: Draw, text: str, _: Material) -> Iterator[str]:
    sentences = _sentences(text)
    left = list(range(len(sentences)))
    for at in draw.shuffled(left)[:-1]:
        left.remove(at)
        yield " ".join(sentences[number] for number in left)


def _reorder(draw: Draw, text: str, _: Material) -> Iterator[str]:
    sentences = _sentences(text)
    if len(sentences) < 2:
        return
    for sentence in draw.shuffled(sentences):
        sentences.remove(sentence)
        sentences.insert(draw.below(len(sentences) + 1), sentence)
        yield " ".join(sentences)


def _cut(draw: Draw, text: str, _: Material) -> Iterator[str]:
    words = text.split(" ")
    at_end = draw.chance(0.75)  # what cuts texts off mostly keeps their beginning
    step = max(1, len(words) // 60)
    for gone in range(1, len(words), step):
        yield " ".join(words[:-gone] if at_end else words[gone:])


def _graft(draw: Draw, text: str, material: Material) -> Iterator[str]:
    sentences, others = _sentences(text), draw.shuffled(_sentences(material.other))
    for at, other in zip(draw.shuffled(range(len(sentences))), others, strict=False):
        sentences[at] = other
        yield " ".join(sentences)


def _mix(draw: Draw, text: str, material: Material) -> Iterator[str]:
    words = text.split(" ")
    for _ in range(len(words)):
        at = draw.below(len(words))
        what = draw.below(4)
        if what == 0:
            _replace(draw, words, at, material)
        elif what == 1 and len(words) > 1:
            del words[at]
        elif what == 2 and material.vocabulary:  # there are abstracts without a word of Latin letters
            words.insert(at, material.vocabulary.word(draw))
        elif at:
            words[at - 1], words[at] = words[at], words[at - 1]
        yield " ".join(words)


CHANGES: Mapping[str, Change] = MappingProxyType(
    {
        "substitute": _substitute,
        "delete": _delete,
        "drop": _drop,
        "reorder": _reorder,
        "cut": _cut,
        "graft": _graft,
        "mix": _mix,
    }
)
"""All ways by name: words replaced, words deleted, sentences dropped, sentences moved, the text cut off, sentences
replaced by another abstract's, and words replaced, deleted, added and swapped with their neighbours."""


def change_surface(draw: Draw, text: str) -> str:
    """Change case, punctuation and line breaks: what a reader takes for the same text."""
    case = draw.below(6)
    if case < 3:
        text = (text.lower(), text.upper(), text.title())[case]
    if draw.chance(0.4):
        text = text.replace(", ", " ")
    if draw.chance(0.2):
        text = text.replace(". ", "; ")
    if case >= 3 or draw.chance(0.5):  # so that something changes at all
        width = draw.one_of(_WIDTHS)
        text = textwrap.fill(text, width, break_long_words=False, break_on_hyphens=False)
    return text
