"""Random mutations of the real listings: a build accounts for everything, or stops with a clear error and no trace.

python -m tests.stress.mutations --count 1000 --seed 0
python -m tests.stress.mutations --seed 0 --only 17
"""

from __future__ import annotations

import argparse
import functools
import multiprocessing
import shutil
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from random import Random

from curation.errors import CurationError, StageError
from curation.identity import source_id
from curation.release.build import build
from curation.release.reader import open_release
from curation.validation import validate
from tests.captures import CAPTURES
from tests.stress.folders import contents, show_table
from tests.stress.operators import OPERATORS, mutate

__all__ = ["BUILT", "FAILED", "Outcome", "attempt", "build_standing", "report"]

BUILT = "built"
FAILED = "FAILED"
_OUT = "release"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one mutated input.

    Attributes:
        number: Its number, with the seed enough to make it again.
        kinds: How it was mutated.
        result: `built`, the class of the clear error, or `FAILED`.
        detail: The error's message, or what went wrong.
    """

    number: int
    kinds: tuple[str, ...]
    result: str
    detail: str = ""


def build_standing(folder: Path) -> None:
    """Build the release that stands already where half of the mutated inputs are built."""
    build([CAPTURES[1].path], out=folder / _OUT)


def attempt(number: int, seed: int, standing: Path) -> Outcome:
    """Mutate the listings, build, and check what is there afterwards.

    Args:
        number: Which mutation.
        seed: Of the campaign.
        standing: A folder with an earlier release.
    """
    rng = Random(f"{seed}/{number}")
    pages = {capture.name: capture.path.read_bytes() for capture in rng.choice((CAPTURES, CAPTURES[:1], CAPTURES[1:]))}
    kinds = rng.choices(list(OPERATORS), k=rng.randint(1, 5))
    for kind in kinds:
        name = rng.choice(list(pages))
        pages[name] = mutate(pages[name], [kind], rng)
    with tempfile.TemporaryDirectory(prefix="mutations-") as folder:
        place = Path(folder) / "place"
        if number % 2:
            shutil.copytree(standing, place, symlinks=True)
        else:
            place.mkdir()
        try:
            result, detail = _build_and_check(pages, Path(folder), place)
        except Exception:  # noqa: BLE001  whatever it is, it is a finding
            result, detail = FAILED, traceback.format_exc()
    return Outcome(number, tuple(kinds), result, detail)


def _build_and_check(pages: dict[str, bytes], folder: Path, place: Path) -> tuple[str, str]:
    for name, content in pages.items():
        (folder / name).write_bytes(content)
    before = contents(place)
    out = place / _OUT
    stopped: CurationError | None = None
    try:
        build([folder / name for name in pages], out=out)
    except StageError:
        raise
    except CurationError as error:
        stopped = error
    if stopped is not None:
        assert contents(place) == before, "the error left something behind, or took something away"
        assert stopped.where is not None, "the error names no file"
        return type(stopped).__name__, str(stopped)
    assert {path.name for path in place.iterdir()} == {_OUT, str(out.readlink())}, "leftovers stand beside the release"
    validation = validate(out)
    assert validation.ok, validation.findings[:5]
    release = open_release(out)
    assert len(release.manifest["sources"]) == len(pages)
    for content in pages.values():
        assert release.restore(source_id(content)) == content, "a source is not given back byte for byte"
    return BUILT, ""


def report(outcomes: Iterable[Outcome]) -> str:
    """Show a table: by kind of mutation how many inputs had it, and what became of them."""
    outcomes = list(outcomes)
    results = [BUILT, *sorted({one.result for one in outcomes} - {BUILT, FAILED}), FAILED]
    rows: list[list[object]] = []
    for kind in OPERATORS:
        of_kind = Counter(one.result for one in outcomes if kind in one.kinds)
        rows.append([kind, of_kind.total(), *(of_kind[result] for result in results)])
    totals = Counter(one.result for one in outcomes)
    rows.append(["all inputs", totals.total(), *(totals[result] for result in results)])
    return show_table(["mutation", "inputs", *results], rows)


def _initialise() -> None:
    warnings.simplefilter("error")


def _run(numbers: Iterable[int], seed: int, processes: int) -> list[Outcome]:
    with tempfile.TemporaryDirectory(prefix="mutations-") as folder:
        standing = Path(folder)
        build_standing(standing)
        work = functools.partial(attempt, seed=seed, standing=standing)
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(processes, mp_context=context, initializer=_initialise) as pool:
            return list(pool.map(work, numbers, chunksize=4))


def main() -> int:
    """Run the campaign from the command line; 1 if anything failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1000, help="how many mutated inputs")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", type=int, help="replay this one")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    numbers = range(options.count) if options.only is None else [options.only]
    started = time.perf_counter()
    outcomes = _run(numbers, options.seed, min(options.processes, len(numbers)))
    failures = [one for one in outcomes if one.result == FAILED]
    print(f"mutations: seed {options.seed}, {len(outcomes)} inputs, {time.perf_counter() - started:.0f} s")
    print(report(outcomes))
    for one in failures if options.only is None else outcomes:
        print(f"\n--seed {options.seed} --only {one.number}: {one.result} after {', '.join(one.kinds)}\n{one.detail}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
