"""Every single broken record of the real listings: it harms only itself.

Each content line deleted; each line of the page's own put into each gap between content lines; the file cut at each
byte of its last abstract.

    python -m tests.stress.records
"""

from __future__ import annotations

import argparse
import functools
import multiprocessing
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor

from curation.parse.pairing import is_cut_off
from tests.captures import CAPTURES, Capture, break_by_boilerplate, break_by_deletion, gaps, truncations
from tests.stress.folders import show_table

__all__ = ["main"]


def _failure(check: Callable[[], None]) -> str | None:
    try:
        check()
    except AssertionError as error:
        return str(error).splitlines()[0]
    return None


def _delete(capture: Capture, place: int) -> str | None:
    return _failure(lambda: break_by_deletion(capture, place))


def _interrupt(capture: Capture, gap: tuple[int, str]) -> str | None:
    return _failure(lambda: break_by_boilerplate(capture, *gap))


def _cut(capture: Capture) -> list[str | None]:
    """Cut the last abstract at every byte; the record stays, flagged unless a sentence ends there."""
    failures: list[str | None] = []
    records = capture.records()
    for shown, listing in truncations(capture):
        last = listing.records[-1]
        right = (
            [record.title.text for record in listing.records] == [record[1] for record in records]
            and last.abstract.text == records[-1][2].encode()[:shown].decode().strip()
            and last.possibly_truncated == is_cut_off(last.abstract.text)
        )
        failures.append(None if right else f"{capture.name} cut after {shown} bytes of its last abstract")
    return failures


def main() -> int:
    """Run the campaign from the command line; 1 if anything failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    started = time.perf_counter()
    rows: list[tuple[str, str, int, int]] = []
    failures: list[str] = []

    def count(capture: Capture, what: str, results: list[str | None]) -> None:
        wrong = [result for result in results if result is not None]
        rows.append((what, capture.name, len(results), len(wrong)))
        failures.extend(wrong)

    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(options.processes, mp_context=context) as pool:
        cuts = pool.map(_cut, CAPTURES)
        for capture in CAPTURES:
            places = range(len(capture.content_lines()))
            count(capture, "line deleted", list(pool.map(functools.partial(_delete, capture), places, chunksize=20)))
            interrupted = pool.map(functools.partial(_interrupt, capture), gaps(capture), chunksize=50)
            count(capture, "boilerplate inserted", list(interrupted))
        for capture, results in zip(CAPTURES, cuts, strict=True):
            count(capture, "last abstract cut", results)
    print(f"records: every case, no chance involved, {time.perf_counter() - started:.0f} s")
    print(show_table(["damage", "listing", "cases", "FAILED"], rows))
    print(*failures, sep="\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
