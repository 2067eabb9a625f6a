"""Labeling functions: small, separately readable votes for a paper's topic (weak supervision).

Each function listens for one kind of vocabulary of one topic. It gives a score, or abstains (None); it never sees what
the others said. They stand in `functions.toml`, in the order of the taxonomy, written from the labelling guide and
from papers of the `train` split.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from curation.label.words import PARTS, TermIndex, part_abstract, part_title, tokenize

__all__ = ["LABELING_FUNCTIONS", "Evidence", "LabelingFunction", "gather"]

# What no, one and several terms in a title are worth, in title weights.
_TITLE_FACTORS: Final = (0.0, 1.0, 1.5)
_ABSTRACT_HITS: Final = 5
# A function abstains below this score.
_LEAST: Final = 0.8

_ROLES: Final = ("terms", "unless", "needs")


@dataclass(frozen=True, slots=True)
class LabelingFunction:
    """One rule of thumb that votes for one topic or abstains.

    The score is ``title_weight`` for a term in the title, half as much again for any others, plus
    ``abstract_weight`` for each occurrence of a term in the abstract (at most five): a title says what is
    new, an abstract also names what the work is compared with.

    Attributes:
        name: Unique kebab-case name.
        topic: The taxonomy id it votes for.
        why: What it recognises, and which part of the labelling guide it rests on.
        title_weight: Worth of a term found in the title.
        abstract_weight: Worth of an occurrence in the abstract.
        terms: Words or phrases of up to four words that count in favour.
        unless: Terms that make it abstain when the title has one of them.
        needs: Where given, it abstains unless the title or the abstract has one of them.
    """

    name: str
    topic: str
    why: str
    title_weight: float
    abstract_weight: float
    terms: tuple[str, ...]
    unless: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()

    def score(self, title_terms: int, abstract_hits: int) -> float | None:
        """Vote on one paper.

        Args:
            title_terms: Different terms of the function in the title.
            abstract_hits: Occurrences of its terms in the abstract.

        Returns:
            A score above zero, or None when the function abstains.
        """
        total = self.title_weight * _TITLE_FACTORS[min(title_terms, 2)]
        total += self.abstract_weight * min(abstract_hits, _ABSTRACT_HITS)
        return round(total, 4) if total >= _LEAST else None


def _read() -> tuple[LabelingFunction, ...]:
    text = resources.files("curation.label").joinpath("functions.toml").read_text(encoding="utf-8")
    entries: list[dict[str, Any]] = tomllib.loads(text)["functions"]
    for entry in entries:
        entry.update({role: tuple(entry[role]) for role in _ROLES if role in entry})
    return tuple(LabelingFunction(**entry) for entry in entries)


LABELING_FUNCTIONS: Final = _read()
_HAS_NEEDS: Final = np.array([bool(function.needs) for function in LABELING_FUNCTIONS])


def _index() -> TermIndex:
    owners: dict[str, list[int]] = {}
    for number, function in enumerate(LABELING_FUNCTIONS):
        for role, name in enumerate(_ROLES):
            for term in getattr(function, name):
                owners.setdefault(" ".join(tokenize(term)), []).append(number * len(_ROLES) + role)
    return TermIndex(owners)


_INDEX: Final = _index()


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the terms of all labeling functions found in one paper.

    Attributes:
        parts: Occurrences of terms, shape (functions, parts), in the order of `LABELING_FUNCTIONS` and `PARTS`.
        title_terms: Different terms in the title, shape (functions,).
        abstract_hits: Occurrences in the abstract, shape (functions,).
    """

    parts: npt.NDArray[np.int64]
    title_terms: npt.NDArray[np.int64]
    abstract_hits: npt.NDArray[np.int64]

    def scores(self) -> list[float | None]:
        """Return the vote of each function, None where it abstains."""
        pairs = zip(LABELING_FUNCTIONS, self.title_terms.tolist(), self.abstract_hits.tolist(), strict=True)
        return [function.score(title, hits) if title or hits else None for function, title, hits in pairs]


def gather(title: str, abstract: str) -> Evidence:
    """Look for the terms of all labeling functions in one paper.

    A function that must abstain (a term of `unless` in the title, none of `needs` anywhere) finds nothing.

    Args:
        title: The title as published.
        abstract: The abstract as published; may be empty.
    """
    count = len(LABELING_FUNCTIONS)
    parts = np.zeros((count, len(PARTS)), dtype=np.int64)
    title_terms = np.zeros(count, dtype=np.int64)
    abstract_hits = np.zeros(count, dtype=np.int64)
    blocked = np.zeros(count, dtype=bool)
    met = ~_HAS_NEEDS
    seen: set[tuple[int, str]] = set()
    for text, in_title in ((part_title(title), True), (part_abstract(abstract), False)):
        for place, term, owners in _INDEX.find(text.words):
            for owner in owners:
                number, role = divmod(owner, len(_ROLES))
                if role == 1:
                    blocked[number] |= in_title
                elif role == 2:
                    met[number] = True
                else:
                    parts[number, text.parts[place]] += 1
                    if not in_title:
                        abstract_hits[number] += 1
                    elif (key := (number, term)) not in seen:
                        seen.add(key)
                        title_terms[number] += 1
    silent = blocked | ~met
    for found in (parts, title_terms, abstract_hits):
        found[silent] = 0
    return Evidence(parts, title_terms, abstract_hits)
