"""`kill -9` at random moments of a build: the old release or the new one stands, whole, and the next build cleans up.

    python -m tests.stress.kills --count 100 --seed 0

Half of the kills come at a random moment of the whole run, a quarter at a random moment after writing has begun, and
a quarter at a random one of the file operations that Python itself announces (open, mkdir, rename, symlink, …).
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import signal
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

from curation.release.build import build
from curation.release.folder import MANIFEST
from curation.validation import validate
from tests.forkserver import CONTEXT
from tests.stress.folders import show_table
from tests.stress.victim import RECIPES, build_and_report

__all__ = ["Kill", "Stage", "report", "run_kills"]

_OUT = "release"
_MODES = ("whole run", "writing", "whole run", "file operation")


@dataclass(frozen=True, slots=True)
class Kill:
    """What one kill did.

    Attributes:
        number: Its number.
        mode: How its moment was chosen.
        phase: How far the build was: `before`, `during` or `after` writing.
        stands: `old`, `new`, or `broken`.
        leftovers: What the killed build left beside the release.
        failure: What is wrong; empty if nothing.
    """

    number: int
    mode: str
    phase: str
    stands: str
    leftovers: int
    failure: str = ""


class Stage:
    """A folder in which releases are built and builds are killed.

    Args:
        folder: An empty folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.out = folder / _OUT
        self.manifests: dict[str, bytes] = {}
        for recipe in ("B", "A"):
            build(RECIPES[recipe], out=self.out)
            self.manifests[recipe] = self._manifest()
        # seconds of a child's build before and while it writes, and its file operations
        trials = [self._time_child(recipe) for recipe in ("B", "A")]
        self.before = statistics.median(trial[0] for trial in trials)
        self.writing = statistics.median(trial[1] for trial in trials)
        self.steps = min(trial[2] for trial in trials)

    def _manifest(self) -> bytes:
        return (self.out / MANIFEST).read_bytes()

    def _time_child(self, recipe: str) -> tuple[float, float, int]:
        reader, child = self._start(recipe, None)
        reader.recv()
        started = time.perf_counter()
        reader.recv()
        writing = time.perf_counter()
        _, steps = reader.recv()
        done = time.perf_counter()
        child.join()
        return writing - started, done - writing, steps

    def _start(self, recipe: str, last_step: int | None) -> tuple[Connection, multiprocessing.process.BaseProcess]:
        reader, writer = CONTEXT.Pipe(duplex=False)
        child = CONTEXT.Process(target=build_and_report, args=(recipe, self.out, last_step, writer))
        child.start()
        writer.close()
        return reader, child

    def _standing(self) -> str:
        """Which recipe's release stands, if it is one of them and whole."""
        manifest = self._manifest()
        recipe = next(recipe for recipe, expected in self.manifests.items() if expected == manifest)
        findings = validate(self.out).findings
        assert not findings, findings[:5]
        return recipe

    def _leftovers(self) -> set[str]:
        return {path.name for path in self.folder.iterdir()} - {_OUT, str(self.out.readlink())}

    def kill(self, number: int, rng: Random) -> Kill:
        """Build the release that does not stand, kill the build, look, and build once more undisturbed."""
        old = self._standing()
        new = {"A": "B", "B": "A"}[old]
        mode = _MODES[number % len(_MODES)]
        last_step = rng.randrange(self.steps) if mode == "file operation" else None
        reader, child = self._start(new, last_step)
        seen = [reader.recv()[0]]
        if mode == "whole run":
            time.sleep(rng.uniform(0, 1.1 * (self.before + self.writing)))
        elif mode == "writing":
            seen.append(reader.recv()[0])
            time.sleep(rng.uniform(0, 1.1 * self.writing))
        else:
            child.join()
        assert child.pid is not None
        if child.is_alive():
            os.kill(child.pid, signal.SIGKILL)
        child.join()
        seen += _rest(reader)
        phase = {"started": "before", "writing": "during", "done": "after"}[seen[-1]]
        stands, leftovers, failure = "broken", 0, ""
        try:
            leftovers = len(self._leftovers())
            stands = "old" if self._standing() == old else "new"
            wanted = rng.choice("AB")
            build(RECIPES[wanted], out=self.out)
            assert self._standing() == wanted, "the next build did not put its release in place"
            assert not self._leftovers(), f"the next build left {self._leftovers()}"
        except Exception as error:  # noqa: BLE001  whatever it is, it is a finding
            failure = f"{type(error).__name__}: {error}"
        return Kill(number, mode, phase, stands, leftovers, failure)


def _rest(reader: Connection) -> list[str]:
    reports = []
    while True:
        try:
            reports.append(reader.recv()[0])
        except EOFError:
            return reports


def run_kills(count: int, seed: int) -> list[Kill]:
    """Kill this many builds, one after the other, in one folder."""
    kills: list[Kill] = []
    with tempfile.TemporaryDirectory(prefix="kills-") as folder:
        stage = Stage(Path(folder))
        for number in range(count):
            kills.append(stage.kill(number, Random(f"{seed}/{number}")))
            if kills[-1].stands == "broken":
                break  # there is nothing left to build on
    return kills


def report(kills: Iterable[Kill]) -> str:
    """Show a table: by how the moment was chosen and how far the build was, what stood afterwards."""
    kills = list(kills)
    heads = ["moment in", "build was", "kills", "old stands", "new stands", "with leftovers", "leftovers", "FAILED"]

    def row(mode: str, phase: str, part: list[Kill]) -> list[object]:
        stands = Counter(one.stands for one in part)
        littered = sum(one.leftovers > 0 for one in part)
        failed = sum(bool(one.failure) for one in part)
        left = sum(one.leftovers for one in part)
        return [mode, phase, len(part), stands["old"], stands["new"], littered, left, failed]

    groups = sorted({(one.mode, one.phase) for one in kills}, key=lambda group: (group[0] != "whole run", group))
    rows = [row(mode, f"{phase} writing", [one for one in kills if (one.mode, one.phase) == (mode, phase)])
            for mode, phase in groups]  # fmt: skip
    return show_table(heads, [*rows, row("all kills", "", kills)])


def main() -> int:
    """Run the campaign from the command line; 1 if anything failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100, help="how many kills")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    started = time.perf_counter()
    kills = run_kills(options.count, options.seed)
    print(f"kills: seed {options.seed}, {len(kills)} builds killed, {time.perf_counter() - started:.0f} s")
    print(report(kills))
    failures = [one for one in kills if one.failure]
    for one in failures:
        print(f"\nkill {one.number} ({one.mode}, {one.phase} writing): {one.failure}")
    return 1 if failures or len(kills) < options.count else 0


if __name__ == "__main__":
    sys.exit(main())
