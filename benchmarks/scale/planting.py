"""Near-duplicates and decoys of known similarity: an abstract changed until its exact Jaccard lies where it should.

Five ways in which real copies differ, taken in turn: set anew (line breaks, typographic quotes and dashes, capitals:
the same words, similarity 1), words replaced here and there, a passage replaced, an end or a beginning cut off, and a
passage added. How much is changed follows from the wanted similarity; what is stated is measured with the project's
definition, `curation.deduplicate.similarity`.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from curation.deduplicate.similarity import jaccard, shingles

__all__ = ["DECOY", "NGRAM", "PLANTED", "THRESHOLD", "change"]

NGRAM, THRESHOLD = 5, 0.75
PLANTED, DECOY = (0.75, 1.0), (0.60, 0.74)
_TRIES = 24


def change(text: str, donor: str, within: tuple[float, float], random_: random.Random) -> tuple[str, float] | None:
    """Return the text, changed, and its exact similarity to what it was.

    Args:
        text: An abstract in one line.
        donor: Another abstract, whose words go in.
        within: The lowest and the highest similarity.
        random_: Where the change is drawn from.

    Returns:
        None if no change was found whose similarity lies within.
    """
    low, high = within
    grams = shingles(text, NGRAM)
    ways = _CHANGES if high < 1 else (_reset, *_CHANGES)
    start = random_.randrange(len(ways))
    for attempt in range(_TRIES):
        wanted = low + (high - low) * random_.random()
        changed = ways[(start + attempt // 4) % len(ways)](text, donor.split(), wanted, len(grams), random_)
        if changed.count("$") % 2:
            continue
        similarity = jaccard(grams, shingles(changed, NGRAM))
        if low <= similarity <= high:
            return changed, similarity
    return None


def _reset(text: str, donor: list[str], wanted: float, grams: int, random_: random.Random) -> str:
    """Return the same words: another dash or quote, or two blanks after a full stop, or capitals."""
    style = random_.randrange(3)
    if style == 0:
        return text.replace(" - ", " -- ").replace("'", "\u2019").replace('"', "\u201d")
    if style == 1:
        return text.replace(". ", ".  ")
    first, _, rest = text.partition(" ")
    return f"{first.upper()} {rest}"


def _words(text: str, donor: list[str], wanted: float, grams: int, random_: random.Random) -> str:
    """Replace words far enough from each other that each changes its own n-grams."""
    words = text.split()
    count = max(1, round(grams * (1 - wanted) / (1 + wanted) / NGRAM))
    gap = max(NGRAM, len(words) // count)
    offset = random_.randrange(gap)
    for step in range(count):
        place = offset + step * gap
        while place < len(words) and not words[place].isalpha():
            place += 1
        if place < len(words):
            words[place] = _other(words[place], donor, random_)
    return " ".join(words)


def _other(word: str, donor: list[str], random_: random.Random) -> str:
    first = random_.randrange(len(donor))
    known = word.casefold()
    return next((one for one in donor[first:] + donor if one.isalpha() and one.casefold() != known), "otherwise")


def _passage(text: str, donor: list[str], wanted: float, grams: int, random_: random.Random) -> str:
    words = text.split()
    count = max(1, round(grams * (1 - wanted) / (1 + wanted)) - NGRAM + 1)
    start = random_.randrange(max(1, len(words) - count))
    return " ".join([*words[:start], *_run(donor, count, random_), *words[start + count :]])


def _run(donor: list[str], count: int, random_: random.Random) -> list[str]:
    start = random_.randrange(max(1, len(donor) - count))
    return donor[start : start + count]


def _shorter(text: str, donor: list[str], wanted: float, grams: int, random_: random.Random) -> str:
    words = text.split()
    count = max(1, round(len(words) * (1 - wanted)))
    return " ".join(words[count:] if random_.random() < 0.3 else words[:-count])


def _longer(text: str, donor: list[str], wanted: float, grams: int, random_: random.Random) -> str:
    words = text.split()
    count = max(1, round(len(words) * (1 / wanted - 1)))
    start = random_.choice((0, len(words) // 2, len(words)))
    return " ".join([*words[:start], *_run(donor, count, random_), *words[start:]])


_CHANGES: tuple[Callable[[str, list[str], float, int, random.Random], str], ...] = (
    _words,
    _passage,
    _shorter,
    _longer,
)
