"""Word n-gram sets and their exact Jaccard similarity.

Source of the measure: A. Z. Broder, "On the resemblance and containment of documents", 1997. Word 5-grams are the
usual choice for near-duplicate text (Lee et al., "Deduplicating Training Data Makes Language Models Better", 2022).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict

__all__ = ["NearIndex", "jaccard", "shingles"]

_TOKEN = re.compile(r"\w+")

Shingle = tuple[str, ...]


def shingles(text: str, size: int) -> frozenset[Shingle]:
    r"""Return the set of word n-grams of a text, over its NFKC, casefolded `\w+` tokens.

    Args:
        text: Any text.
        size: Words per n-gram; a text with fewer words has one n-gram of all of them, an empty one none.
    """
    tokens = _TOKEN.findall(unicodedata.normalize("NFKC", text).casefold())
    if not tokens:
        return frozenset()
    if len(tokens) <= size:
        return frozenset([tuple(tokens)])
    return frozenset(zip(*(tokens[start:] for start in range(size)), strict=False))


class NearIndex:
    """Survivors so far, found by the n-grams they share with a text; exact, not by hashing.

    Args:
        threshold: Jaccard similarity from which a text counts as a near-duplicate, 0 < threshold <= 1.
    """

    def __init__(self, threshold: float) -> None:
        self.threshold = threshold
        self._sizes: list[int] = []
        self._members: dict[Shingle, list[int]] = defaultdict(list)

    def closest(self, grams: frozenset[Shingle]) -> tuple[int, float] | None:
        """Return the most similar survivor at or above the threshold and the similarity; the earliest of equals."""
        shared: Counter[int] = Counter()
        for gram in self._members.keys() & grams:  # most are in no survivor
            shared.update(self._members[gram])
        best: tuple[int, float] | None = None
        for survivor in sorted(shared):
            common = shared[survivor]
            similarity = common / (len(grams) + self._sizes[survivor] - common)
            if similarity >= self.threshold and (best is None or similarity > best[1]):
                best = (survivor, similarity)
        return best

    def add(self, grams: frozenset[Shingle]) -> None:
        """Add a survivor; survivors are numbered from 0 in the order they are added."""
        number = len(self._sizes)
        self._sizes.append(len(grams))
        for gram in grams:
            self._members[gram].append(number)


def jaccard(left: frozenset[Shingle], right: frozenset[Shingle]) -> float:
    """Return |intersection| / |union| of two sets; 0 when both are empty."""
    common = len(left & right)
    union = len(left) + len(right) - common
    return common / union if union else 0.0
