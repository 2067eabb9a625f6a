"""How long normalizing takes against `ftfy.fix_text` with its defaults, on the same texts in one run.

Both get the same abstracts in one line each, in a process of their own; every round runs the two in turn and its ratio
is taken inside the round. Run from the project's folder:

    python benchmarks/normalize_speed.py SAMPLE.jsonl.gz [--rounds N]
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path


def read_abstracts(path: Path) -> list[str]:
    """Return the abstracts of a file of JSON lines, plain or gzip, each in one line."""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as lines:
        return [" ".join(json.loads(line)["abstract"].split()) for line in lines]


def with_rules(texts: list[str]) -> Callable[[], object]:
    """Return normalization and the marking of damage, as a build does them."""
    import pyarrow as pa

    from curation.normalize import normalize_texts
    from curation.normalize.marking import mark_column

    def work() -> object:
        published, edits = normalize_texts(pa.array(texts))
        return mark_column(published, edits)

    return work


def with_rules_alone(texts: list[str]) -> Callable[[], object]:
    """Return normalization without the marking of damage."""
    import pyarrow as pa

    from curation.normalize import normalize_texts

    return lambda: normalize_texts(pa.array(texts))


def with_ftfy(texts: list[str]) -> Callable[[], object]:
    """Return ftfy's repair with its defaults."""
    import ftfy

    return lambda: [ftfy.fix_text(text) for text in texts]


WORKERS = {"ftfy.fix_text": with_ftfy, "normalize": with_rules_alone, "normalize and mark damage": with_rules}


def main() -> None:
    """Time the rounds and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sample", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--worker", choices=WORKERS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        work = WORKERS[options.worker](read_abstracts(options.sample))
        start = time.perf_counter()
        work()
        print(time.perf_counter() - start)
        return
    times: dict[str, list[float]] = {name: [] for name in WORKERS}
    for _ in range(options.rounds):
        for name in WORKERS:
            command = [sys.executable, __file__, str(options.sample), "--worker", name]
            times[name].append(float(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
    count = len(read_abstracts(options.sample))
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, {options.rounds} rounds, {count} abstracts\n")
    print(f"{'':<26}{'median s':>9}{'abstracts/s':>13}{'ratio to ftfy':>26}{'goal':>7}")
    floor = times["ftfy.fix_text"]
    for name, values in times.items():
        ratios = [value / base for value, base in zip(values, floor, strict=True)]
        spread = f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
        middle = statistics.median(values)
        goal = "" if values is floor else "<= 2"
        print(f"{name:<26}{middle:>9.2f}{count / middle:>13,.0f}{spread:>26}{goal:>7}")


if __name__ == "__main__":
    main()
