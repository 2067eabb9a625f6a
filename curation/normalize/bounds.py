"""A bound that is said to improve on itself: what told the two apart was lost without a trace."""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["BOUND_PRECISION", "find_equal_bounds"]

# Seen twice in the sample, both times with a loss.
BOUND_PRECISION = 0.75

_BOUND = re.compile(r"(?:\b[OΘΩo]|\b(?:Omega|Theta))\((?:[^()]|\([^()]*\)){1,60}\)")
_COMPARED = re.compile(
    r"\b(?:improv\w+|outperform\w*|than|compared|rather|instead|reduc\w+|tighten\w*|faster|sharpen\w*|versus|vs)\b"
)
_SENTENCE = re.compile(r"(?<=[.!?]) (?=[A-Z])")


def find_equal_bounds(text: str) -> Iterator[tuple[int, int]]:
    """Yield both places of a bound that a sentence compares with the same bound, here or in the sentence before."""
    if not any(opening in text for opening in ("O(", "Θ(", "Ω(", "o(", "ega(", "eta(")):
        return
    place = 0
    before: list[re.Match[str]] = []
    for sentence in _SENTENCE.split(text):
        bounds = list(_BOUND.finditer(text, place, place + len(sentence)))
        if bounds and _COMPARED.search(sentence):
            for index, bound in enumerate(bounds):
                earlier = [one for one in (*before, *bounds[:index]) if one[0] == bound[0]]
                compared = earlier and _COMPARED.search(text, max(earlier[-1].end(), place), bound.start())
                if compared:
                    yield earlier[-1].span()
                    yield bound.span()
        before = bounds
        place += len(sentence) + 1
