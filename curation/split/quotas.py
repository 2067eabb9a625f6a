"""How many papers of each topic go to each split.

Sizes times shares are rarely whole. Each is rounded down or up so that the rows (topics) add up exactly and the
columns (splits) to the rounded shares of the whole: a controlled rounding (Cox, "A constructive procedure for unbiased
controlled rounding", 1987), here the one that a greedy start and shortest augmenting paths find.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence

__all__ = ["divide"]

_TINY = 1e-9


def divide(sizes: Mapping[str, int], shares: Sequence[float]) -> dict[str, list[int]]:
    """Divide every stratum into parts.

    Args:
        sizes: Members of each stratum.
        shares: Share of each part; they add up to 1.

    Returns:
        Members of each part, by stratum. Every number is less than one away from size times share, and so is the sum
        of each part over all strata.
    """
    exact = {name: [size * share for share in shares] for name, size in sizes.items()}
    counts = {name: [math.floor(value + _TINY) for value in row] for name, row in exact.items()}
    rest = {name: [value - count for value, count in zip(exact[name], counts[name], strict=True)] for name in sizes}
    parts = range(len(shares))
    whole = _largest_remainders([sum(sizes.values()) * share for share in shares], sum(sizes.values()))
    wanted = [whole[part] - sum(row[part] for row in counts.values()) for part in parts]
    missing = {name: sizes[name] - sum(counts[name]) for name in sizes}
    raised: set[tuple[str, int]] = set()
    cells = sorted((-rest[name][part], name, part) for name in sizes for part in parts if rest[name][part] > _TINY)
    for _, name, part in cells:
        if missing[name] and wanted[part] > 0:
            raised.add((name, part))
            missing[name] -= 1
            wanted[part] -= 1
    open_cells = {(name, part) for _, name, part in cells}
    for name in sorted(sizes):
        for _ in range(missing[name]):
            _augment(name, raised, open_cells, wanted)
    for name, part in raised:
        counts[name][part] += 1
    return counts


def _largest_remainders(values: Sequence[float], total: int) -> list[int]:
    floors = [math.floor(value + _TINY) for value in values]
    order = sorted(range(len(values)), key=lambda index: (floors[index] - values[index], index))
    for index in order[: total - sum(floors)]:
        floors[index] += 1
    return floors


def _augment(name: str, raised: set[tuple[str, int]], cells: set[tuple[str, int]], wanted: list[int]) -> None:
    """Raise one more cell of a stratum, moving others between parts until a part that wants one is reached."""
    free = sorted(cells - raised)
    queue: deque[tuple[int, list[tuple[str, int]]]] = deque(
        (part, [(name, part)]) for owner, part in free if owner == name
    )
    seen = {part for part, _ in queue}
    while queue:
        part, path = queue.popleft()
        if wanted[part] > 0:
            wanted[part] -= 1
            raised.symmetric_difference_update(path)
            return
        for owner, other in free:
            if other not in seen and (owner, part) in raised:
                seen.add(other)
                queue.append((other, [*path, (owner, part), (owner, other)]))
    raise AssertionError("a controlled rounding always exists")
