"""The unseen tests of the labeler: which arXiv records they are, drawn by hash and spread over primary categories.

`python benchmarks/unseen.py SAMPLE` prints round and id of each, where SAMPLE is arXiv metadata as JSON lines (gzip
too) with `id`, `title`, `abstract` and `categories`. How many records a primary category gives is in proportion to the
square root of how many it has, so that large ones do not fill a test; inside a category a hash of the id decides. The
second round is drawn from what the first one left.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

SIZE = 200
ROUNDS = ("first", "second")
_SALTS = {"first": "unseen", "second": "unseen again"}


def read_sample(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the records of a sample."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def draw(categories: Mapping[str, str], size: int = SIZE) -> dict[str, list[str]]:
    """Draw the ids of every round.

    Args:
        categories: Primary category by id.
        size: How many to draw in each.

    Returns:
        The ids by round, sorted.
    """
    left = dict(categories)
    drawn = {}
    for number in ROUNDS:
        drawn[number] = _draw(left, size, _SALTS[number])
        left = {one: category for one, category in left.items() if one not in set(drawn[number])}
    return drawn


def _draw(categories: Mapping[str, str], size: int, salt: str) -> list[str]:
    members: dict[str, list[str]] = defaultdict(list)
    for one, category in categories.items():
        members[category].append(one)
    roots = {category: math.sqrt(len(ids)) for category, ids in members.items()}
    exact = {category: size * root / sum(roots.values()) for category, root in roots.items()}
    counts = {category: min(math.floor(value), len(members[category])) for category, value in exact.items()}
    by_rest = sorted(exact, key=lambda category: (counts[category] - exact[category], category))
    for category in by_rest:
        if sum(counts.values()) < size and counts[category] < len(members[category]):
            counts[category] += 1

    def order(one: str) -> str:
        return hashlib.sha256(f"{salt}:{one}".encode()).hexdigest()

    return sorted(one for category, ids in members.items() for one in sorted(ids, key=order)[: counts[category]])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sample", type=Path)
    records = read_sample(parser.parse_args().sample)
    for number, ids in draw({record["id"]: record["categories"].split()[0] for record in records}).items():
        for one in ids:
            print(number, one)
