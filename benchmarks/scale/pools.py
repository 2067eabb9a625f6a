"""Sentences, titles and categories of real records, laid out so that no two recombinations resemble each other.

The sentences are sorted by where they stood in their abstract and cut into 16 pools, so that an abstract made of one
sentence of each of some pools opens, goes on and ends like a real one. Each pool is as long as a prime p. Abstract
number k is a line of the affine plane over p: with (a, b) = divmod(mix(k), p) it takes sentence (a + b * pool) mod p of
each pool. Two different lines meet in at most one pool, so **two abstracts share at most one sentence**, which has at
most 45 of an abstract's words; and p * p abstracts can be made before the lines are used up. Abstracts with math and
those without have pools of their own, so that the share of LaTeX is that of the sample.
"""

from __future__ import annotations

import gzip
import json
import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["POOLS", "Kind", "Material", "mix", "read_records"]

POOLS = 16
SHORTEST, LONGEST, FEWEST = 6, 45, 4
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z\\$(])")
_JOINT = re.compile(r"(?<=\w\w)(?:: | (?:for|with|in|via|of|from|using|through|by|on) )")
_LARGE = 0x9E3779B97F4A7C15
_MASK = (1 << 64) - 1


def mix(number: int, seed: int) -> int:
    """Return 64 bits that look random, the same for the same two numbers (the finalizer of splitmix64)."""
    value = (number * _LARGE + seed * 0xD1B54A32D192ED03 + 0x2545F4914F6CDD1D) & _MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
    return value ^ (value >> 31)


def read_records(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the records of a file of JSON lines, plain or gzip."""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as lines:
        for line in lines:
            yield json.loads(line)


@dataclass(frozen=True, slots=True)
class Kind:
    """Pools of sentences of one kind of abstract, and what else is drawn for such an abstract."""

    pools: Sequence[Sequence[str]]
    lengths: Sequence[int]
    categories: Sequence[str]
    multiplier: int
    layouts: Sequence[Sequence[int]]

    @property
    def capacity(self) -> int:
        """How many abstracts can be made before two share more than one sentence."""
        return len(self.pools[0]) ** 2 if self.pools else 0

    def abstract(self, number: int, drawn: int) -> tuple[str, str]:
        """Return abstract `number`, with as many sentences as one drawn from the sample has, and its categories."""
        prime = len(self.pools[0])
        a, b = divmod(number * self.multiplier % (prime * prime), prime)
        layout = self.layouts[self.lengths[drawn % len(self.lengths)]]
        text = " ".join([self.pools[pool][(a + b * pool) % prime] for pool in layout])
        return text, self.categories[(drawn >> 20) % len(self.categories)]


class Material:
    """What records are made of: read from a sample once, a few hundred bytes to each of its records.

    Args:
        records: Real records with title, abstract and categories.
        seed: Another seed shuffles the pools in another way.

    Raises:
        ValueError: The sample has too few sentences or titles to make anything of.
    """

    def __init__(self, records: Iterable[dict[str, Any]], seed: int = 0) -> None:
        rows = list(records)
        shuffle = random.Random(f"grow-{seed}").shuffle  # noqa: S311
        with_math = [row for row in rows if "$" in row["abstract"]]
        plain = [row for row in rows if "$" not in row["abstract"]]
        kind = _kind(plain, shuffle)
        if kind is None:
            raise ValueError(f"{len(plain)} abstracts without math are too few to make others of")
        self.plain = kind
        self.math = _kind(with_math, shuffle)
        self.math_share = len(with_math) / len(rows) if self.math else 0.0
        self.wrapped_share = sum("\n" in row["abstract"] for row in rows) / len(rows)
        cut = [_cut(row["title"]) for row in rows]
        self._heads, self._tails = (sorted({one[part] for one in cut if one}) for part in (0, 1))
        if not self._heads:
            raise ValueError("no title of the sample can be cut in two")
        shuffle(self._heads)
        shuffle(self._tails)
        self._titles = len(self._heads) * len(self._tails)
        self._stride = _coprime(self._titles)
        self.last_month = max((_month(row["id"]) for row in rows if "id" in row), default=(2026 - 1991) * 12)

    @property
    def capacity(self) -> int:
        """How many records can be made."""
        with_math = [int(self.math.capacity / self.math_share) - 1] if self.math else []
        return min([self._titles, self.plain.capacity, *with_math])

    def title(self, number: int) -> str:
        """Return title `number`: the beginning of one title and the end of another, each pair of the two once."""
        head, tail = divmod(number * self._stride % self._titles, len(self._tails))
        return self._heads[head] + self._tails[tail]

    def abstract(self, number: int, seed: int) -> tuple[str, str]:
        """Return abstract `number`, in one line, and its categories; a share of them is made of those with math."""
        before, after = int(number * self.math_share), int((number + 1) * self.math_share)
        if self.math and after > before:
            return self.math.abstract(before, mix(number, seed))
        return self.plain.abstract(number - before, mix(number, seed))

    def spare(self, number: int, seed: int) -> tuple[str, str]:
        """Return abstract `number` of those that are taken from the other end, so that they are none of the others."""
        return self.plain.abstract(self.plain.capacity - 1 - number, mix(~number, seed))


def _kind(rows: list[dict[str, Any]], shuffle: Any) -> Kind | None:
    """Return the pools of some records; None if they are too few."""
    placed: dict[str, float] = {}
    for row in rows:
        sentences = _SENTENCE.split(" ".join(row["abstract"].split()))
        for place, sentence in enumerate(sentences):
            balanced = sentence.count("$") % 2 == 0
            if balanced and SHORTEST <= len(sentence.split()) <= LONGEST:
                placed.setdefault(sentence, place / max(1, len(sentences) - 1))
    size = len(placed) // POOLS
    prime = next((one for one in range(size, POOLS, -1) if _is_prime(one)), 0)
    if not prime:
        return None
    names = sorted(placed)
    shuffle(names)
    names.sort(key=placed.__getitem__)  # stable: shuffled among those of one place
    pools = [names[start * size : start * size + size] for start in range(POOLS)]
    for pool in pools:
        shuffle(pool)
    words = sum(len(name.split()) for name in names) / len(names)
    lengths = [min(POOLS, max(FEWEST, round(len(row["abstract"].split()) / words))) for row in rows]
    layouts = [[(2 * one + 1) * POOLS // (2 * count) for one in range(count)] for count in range(POOLS + 1)]
    categories = [row["categories"] for row in rows]
    return Kind([pool[:prime] for pool in pools], lengths, categories, _coprime(prime * prime), layouts)


def _cut(title: str) -> tuple[str, str] | None:
    found = _JOINT.search(" ".join(title.split()), 8)
    return (found.string[: found.start()], found.string[found.start() :]) if found else None


def _month(arxiv_id: str) -> int:
    """Return how many months after January 1991 an id of the form YYMM.NNNNN was given; 0 for another form."""
    if not re.fullmatch(r"\d\d(?:0[1-9]|1[0-2])\.\d{4,5}", arxiv_id):
        return 0
    year, month = int(arxiv_id[:2]), int(arxiv_id[2:4])
    return ((year - 91) % 100) * 12 + month - 1


def _is_prime(number: int) -> bool:
    return number > 1 and all(number % one for one in range(2, int(number**0.5) + 1))


def _coprime(size: int) -> int:
    """Return a number near the golden section of `size` without a common divisor, so that steps of it visit all."""
    from math import gcd

    return next(one for one in range(max(1, int(size * 0.6180339887)), 2 * size + 2) if gcd(one, size) == 1)
