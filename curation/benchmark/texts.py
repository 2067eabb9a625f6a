"""Papers that tasks are made of: their sentences, those that are taken out as queries, and their words as numbers."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Final

import numpy as np
from numpy.typing import NDArray

from curation.benchmark.leaks import compared, may_stand
from curation.benchmark.sentences import sentence_spans
from curation.benchmark.words import Numbered, number
from curation.deduplicate.segments import offsets_of

__all__ = ["STAYS", "TAKEN_OUT", "TITLE", "Paper", "Texts", "sentences_taken", "texts_of"]

# Sentences taken out of an abstract, at most, and never more than half of them.
_TAKEN: Final = 3
# Words of a sentence that can tell which paper it belongs to.
_WORDS: Final = (8, 60)


@dataclass(frozen=True, slots=True)
class Paper:
    """What the tasks use of a paper; topics by name, the primary one first, none where the labeler abstained."""

    paper_id: str
    title: str
    abstract: str
    topics: tuple[str, ...]
    split: str

    @property
    def text(self) -> str:
        """Title and abstract."""
        return f"{self.title}\n\n{self.abstract}"


STAYS, TAKEN_OUT, TITLE = range(3)
"""Roles of texts."""


@dataclass(frozen=True, slots=True)
class Texts:
    """Papers and their words.

    Attributes:
        papers: The papers.
        sentences: Of each paper's abstract.
        taken: The sentences that are taken out of each abstract, by their number in it, ascending.
        words: Of all sentences, paper after paper, and then of all titles.
        owner: The number of the paper that each text of `words` is of.
        role: What each text of `words` is: a sentence that stays, one that is taken, or a title.
    """

    papers: Sequence[Paper]
    sentences: Sequence[Sequence[str]]
    taken: Sequence[Sequence[int]]
    words: Numbered
    owner: NDArray[np.int64]
    role: NDArray[np.int64]

    @property
    def titles(self) -> int:
        """How many texts of `words` stand before the titles."""
        return len(self.owner) - len(self.papers)

    def may_stand(self, role: int, *parts: int) -> set[int]:
        """Return which texts of a role may stand in the texts of their paper that have other roles."""
        asked, known = self.role == role, np.isin(self.role, parts)
        return may_stand(self.words, np.where(asked, self.owner, -1), np.where(known, self.owner, -1))

    def of(self, places: Sequence[int]) -> Texts:
        """Return what there is of some of the papers."""
        stays = np.flatnonzero(np.isin(self.owner, places))
        return Texts(
            [self.papers[at] for at in places],
            [self.sentences[at] for at in places],
            [self.taken[at] for at in places],
            self.words.spans(stays, stays + 1),
            np.searchsorted(places, self.owner[stays]),
            self.role[stays],
        )


def texts_of(papers: Sequence[Paper]) -> tuple[Texts, Numbered]:
    """Return papers and their words, and the words of what is compared of each paper to find leaks."""
    sentences = [[one.abstract[start:end] for start, end in sentence_spans(one.abstract)] for one in papers]
    taken = [sentences_taken(one.paper_id, said) for one, said in zip(papers, sentences, strict=True)]
    counts = [len(said) for said in sentences]
    numbers = np.arange(len(papers))
    out = chain.from_iterable((at in gone for at in range(count)) for gone, count in zip(taken, counts, strict=True))
    owner = np.concatenate([np.repeat(numbers, counts), numbers])
    role = np.concatenate([np.fromiter(out, np.int64, sum(counts)), np.full(len(papers), TITLE)])
    # words are numbered once; few papers are compared by another text than their abstract, whose words follow
    others = {
        at: text for at, one in enumerate(papers) if (text := compared(one.title, one.abstract)[1]) != one.abstract
    }
    words = number([*chain.from_iterable(sentences), *(one.title for one in papers), *others.values()])
    last = offsets_of(np.array(counts, np.int64))
    first, last = last[:-1].copy(), last[1:].copy()
    apart = np.fromiter(others, np.int64, len(others))
    first[apart] = np.arange(len(others)) + len(owner)
    last[apart] = first[apart] + 1
    offsets = words.offsets[: len(owner) + 1]
    own = Numbered(words.numbers[: offsets[-1]], offsets)
    return Texts(papers, sentences, taken, own, owner, role), words.spans(first, last)


def sentences_taken(paper_id: str, sentences: Sequence[str]) -> list[int]:
    """Choose sentences by the paper's id, so that the choice depends on nothing else."""
    low, high = _WORDS
    most = min(_TAKEN, len(sentences) // 2)
    if not most:
        return []
    drawn = sorted(range(len(sentences)), key=lambda at: hashlib.sha256(f"{paper_id}-{at}".encode()).digest())
    fit = (at for at in drawn if low <= len(sentences[at].split()) <= high)
    return sorted(islice(fit, most))
