"""What a runner measures of itself and prints: one line of JSON. Runs in any environment, so standard library only."""

from __future__ import annotations

import json
import re
import resource
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import Any

__all__ = ["THRESHOLD", "Outcome", "checked", "clusters_of", "count_lines", "empty", "read_abstracts", "survivors"]

THRESHOLD = 0.75


class Outcome:
    """Times of one run, and what it found.

    Args:
        peer: Who runs.
        task: `whole`, or `near` for near-duplicates alone.
        packages: Distributions whose versions belong to the result.
    """

    def __init__(self, peer: str, task: str, packages: Iterable[str] = ()) -> None:
        self.values: dict[str, Any] = {"peer": peer, "task": task}
        self._packages = list(packages)
        self._seconds: dict[str, float] = {}
        self._start = time.perf_counter()

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Add what the block takes to `name`: `imports`, `work`, or `output` for what is not measured."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self._seconds[name] = self._seconds.get(name, 0.0) + time.perf_counter() - start

    def tell(self, records: int, *, kept: int, found: dict[str, Any] | None = None, to: Path | None = None) -> None:
        """Print the line; what was found goes into a file for whoever compares it.

        Args:
            records: How many records went in.
            kept: How many are left.
            found: `clusters` (rows that are the same or belong together), `pairs` (of rows, or of the first rows of
                clusters) and `removed`, all by number of record from 0.
            to: That file.
        """
        if found is not None and to is not None:
            to.write_text(json.dumps(found), encoding="utf-8")
            self.values["found"] = str(to)
        work = self._seconds["work"]
        own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        # Linux hands `ru_maxrss` on to what a process starts: the runner would have the memory of whoever started it
        status = Path("/proc/self/status")
        high = re.search(r"^VmHWM:\s+(\d+)", status.read_text(), re.MULTILINE) if status.exists() else None
        self.values |= {
            "records": records,
            "kept": kept,
            "removed": records - kept,
            "seconds": work,
            "import_seconds": self._seconds.get("imports", 0.0),
            "total_seconds": time.perf_counter() - self._start,
            # of those below it only the ones it waited for
            "cpu_seconds": own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime,
            "records_per_second": records / work,
            "peak_kib": max(int(high[1]) if high else own.ru_maxrss, children.ru_maxrss),
            "python": sys.version.split()[0],
            "versions": {name: metadata.version(name) for name in self._packages},
        }
        print(json.dumps(self.values), flush=True)


def read_abstracts(path: Path) -> list[str]:
    """Return the abstracts of a file of JSON lines, plain or gzip."""
    import gzip

    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as lines:
        return [json.loads(line)["abstract"] for line in lines]


def count_lines(path: Path) -> int:
    """Return how many lines a file has, plain or gzip, in bounded memory."""
    import gzip

    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as lines:
        return sum(1 for _ in lines)


def clusters_of(pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Return what hangs together, as sorted lists of two and more."""
    parent: dict[int, int] = {}

    def root(one: int) -> int:
        while parent.setdefault(one, one) != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        return one

    for left, right in pairs:
        first, second = sorted((root(left), root(right)))
        parent[second] = first
    members: dict[int, list[int]] = {}
    for one in sorted(parent):
        members.setdefault(root(one), []).append(one)
    return [rows for rows in members.values() if len(rows) > 1]


def checked(candidates: Iterable[tuple[int, int]], sets: Callable[[int], set[str]]) -> list[tuple[int, int]]:
    """Return the candidates whose exact Jaccard similarity is at least 0.75."""
    found = []
    for left, right in candidates:
        one, other = sets(left), sets(right)
        common = len(one & other)
        if common and common / (len(one) + len(other) - common) >= THRESHOLD:
            found.append((left, right))
    return found


def survivors(count: int, pairs: Iterable[tuple[int, int]]) -> list[int]:
    """Return the rows that go if rows are taken in turn and one goes that is near a survivor: no chaining."""
    near: dict[int, list[int]] = {}
    for left, right in pairs:
        low, high = sorted((left, right))
        near.setdefault(high, []).append(low)
    gone: set[int] = set()
    for row in sorted(near):
        if row < count and any(other not in gone for other in near[row]):
            gone.add(row)
    return sorted(gone)


def empty(folder: Path) -> Path:
    """Return a folder that is there and empty."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
