"""`kill -9` at random moments of a streamed build: the same command goes on, and gives the same bytes.

    python -m tests.stress.streamed_kills --records 300000 --kills 50 --seed 0 --sample FILE|none

A file of records is grown once (from a sample by `benchmarks/scale/grow.py`, else from made-up words) and built
undisturbed, without topics. Then, for each kill, the build is started, killed at a moment drawn from the whole run
(all its processes, or only the one that was started, so that its workers have to end themselves while the next build
is at work), and started again until it is done; a third of them are killed once or twice more on the way. Every file
of the release is compared with the undisturbed one's, and every part that was done must not be made again.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from curation.streaming.workspace import work_folder
from tests.streaming.record_files import hashes, near, record
from tests.streaming.victim import PASSES, child_build, done_parts, steps_of
from tests.stress.folders import show_table

__all__ = ["Setting", "Trial", "grow", "report", "run_trials"]

_OUT = "release"
# Seconds after which a build has come to a halt.
_LONGEST = 3_600.0


@dataclass(frozen=True, slots=True)
class Setting:
    """What is built, and what an undisturbed build made of it.

    Attributes:
        source: The record file.
        rows: Records of a batch.
        processes: Of a build.
        seconds: How long it took.
        parts: How many parts it made.
        files: The sha256 of each file of its release.
    """

    source: Path
    rows: int
    processes: int
    seconds: float
    parts: int
    files: dict[str, str]


@dataclass(frozen=True, slots=True)
class Trial:
    """What one killed build left, and what became of it.

    Attributes:
        number: Its number.
        moment: When it was killed, as a share of the undisturbed run.
        how: `group` or `parent`.
        phase: The pass it was in; `begin` before the first one, `done` after the last.
        parts: How many parts were done.
        kills: How often it was killed in all.
        seconds: How long the run took that arrived.
        made: How many parts that run made.
        again: How many parts were made that had been done before a kill.
        failure: What is wrong; empty if nothing.
    """

    number: int
    moment: float
    how: str
    phase: str
    parts: int
    kills: int
    seconds: float
    made: int
    again: int
    failure: str = ""


def grow(count: int, path: Path, *, seed: int, sample: Path | None) -> None:
    """Write a record file: of a sample's records if there is one, else of made-up words.

    Of the made-up records one in twenty resembles an earlier one, one in a hundred is a copy, one in two hundred is
    no record at all.
    """
    if sample is not None and sample.exists():
        from benchmarks.scale.grow import grow as grow_sample

        grow_sample(sample, count, path, seed=seed)
        return
    draw = Random(f"{seed}/records")

    def lines() -> Iterator[str]:
        for number in range(count):
            kind = draw.random()
            earlier = draw.randrange(number + 1)
            one = record(number + seed * 1_000_000)
            if kind < 0.005:
                yield '{"title": "cut off'
                continue
            if kind < 0.015:
                one = record(earlier + seed * 1_000_000)
            elif kind < 0.065:
                one = near(record(earlier + seed * 1_000_000), draw.randint(1, 12), number + seed * 1_000_000)
            yield json.dumps(one)

    with gzip.open(path, "wt", compresslevel=1, encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines())


def undisturbed(source: Path, folder: Path, *, rows: int, processes: int) -> Setting:
    """Build once, and measure."""
    out = folder / "undisturbed" / _OUT
    out.parent.mkdir()
    # the first process loads what the later ones have from the start
    grow(20, folder / "few.jsonl.gz", seed=0, sample=None)
    with child_build([folder / "few.jsonl.gz"], out, processes=processes):
        pass
    started = time.perf_counter()
    with child_build([source], out, rows=rows, processes=processes, seconds=_LONGEST) as child:
        seconds = time.perf_counter() - started
        assert child.exitcode == 0, (out.parent / "said").read_text(encoding="utf-8")
    setting = Setting(source, rows, processes, seconds, len(steps_of(out)), hashes(out))
    shutil.rmtree(out.parent)
    return setting


def _whole(out: Path) -> set[str]:
    """The names of the parts that are done."""
    return {name for name in done_parts(out) if name.count("/") == 1}


def _phase(out: Path) -> str:
    """Tell the pass that a killed build was in."""
    if out.exists():
        return "done"
    if any(path.name.endswith(".partial") for path in out.parent.iterdir()):
        return "release"
    return next((kind for kind in reversed(PASSES) if (work_folder(out) / kind).is_dir()), "begin")


def attempt(setting: Setting, number: int, folder: Path, seed: int) -> Trial:
    """Kill one build, and let it arrive; where it was quicker than its moment, an earlier one is taken."""
    rng = Random(f"{seed}/{number}")
    moment, how = rng.uniform(0, 1), rng.choice(("group", "parent"))
    further = rng.choice((0, 0, 1, 2))
    while True:
        trial = _attempt(setting, number, folder, rng, moment, how, further)
        if trial.kills or trial.failure:
            return trial
        moment *= 0.85


def _attempt(  # noqa: PLR0917
    setting: Setting, number: int, folder: Path, rng: Random, moment: float, how: str, further: int
) -> Trial:
    out = folder / f"trial-{number}" / _OUT
    out.parent.mkdir()
    moments = [moment, *(rng.uniform(0, 1 - moment * 0.8) for _ in range(further))]
    phase, parts, again, kills = "", 0, 0, 0
    before: set[str] = set()
    # builds that were killed are looked after at the end only: their workers have to end by themselves
    with contextlib.ExitStack() as builds:

        def start(seconds: float, *, wait: bool) -> int | None:
            build = child_build(
                [setting.source], out, rows=setting.rows, processes=setting.processes, join=wait, seconds=seconds
            )
            child = builds.enter_context(build)
            assert child.pid is not None
            if not wait:
                child.join(seconds)
                if child.exitcode is None:
                    (os.killpg if how == "group" else os.kill)(child.pid, signal.SIGKILL)
                    child.join()
            return child.exitcode

        def made_again() -> int:
            # the second pass is one step
            return sum(not name.startswith("merged/") for name in before & set(steps_of(out)))

        ended: int | None = None
        seconds, failure = 0.0, ""
        try:
            for at in moments:
                started = time.perf_counter()
                ended = start(at * setting.seconds, wait=False)
                seconds = time.perf_counter() - started
                again += made_again()
                phase, parts = (phase, parts) if kills else (_phase(out), len(_whole(out)))
                if ended == 0:  # it was done before its moment came
                    break
                assert ended == -signal.SIGKILL, _said(out, ended)
                kills += 1
                # once the release is in its place the work is being cleared, and nothing of it is used again
                before = set() if out.exists() else _whole(out)
            if ended != 0:
                started = time.perf_counter()
                ended = start(_LONGEST, wait=True)
                seconds = time.perf_counter() - started
                assert ended == 0, _said(out, ended)
                again += made_again()
            made = len(steps_of(out))
            assert hashes(out) == setting.files, "the release has other bytes"
            left = {path.name for path in out.parent.iterdir()} - {_OUT, str(out.readlink()), "said", "steps"}
            assert not left, f"{sorted(left)} is left behind"
            assert not again, f"{again} parts were made again"
        except Exception as error:  # noqa: BLE001  whatever it is, it is a finding
            made, failure = 0, f"{type(error).__name__}: {error}"
    shutil.rmtree(out.parent, ignore_errors=True)
    return Trial(number, moment, how, phase, parts, kills, seconds, made, again, failure)


def _said(out: Path, code: int | None) -> str:
    return f"a build ended with {code}: {(out.parent / 'said').read_text(encoding='utf-8')}"


def run_trials(
    count: int,
    kills: int,
    seed: int,
    *,
    rows: int = 5_000,
    processes: int = 2,
    sample: Path | None = None,
) -> tuple[Setting, list[Trial]]:
    """Grow a file, build it undisturbed, and kill so many builds of it, one after the other."""
    with tempfile.TemporaryDirectory(prefix="streamed-kills-") as name:
        folder = Path(name)
        source = folder / "records.jsonl.gz"
        grow(count, source, seed=seed, sample=sample)
        setting = undisturbed(source, folder, rows=rows, processes=processes)
        return setting, [attempt(setting, number, folder, seed) for number in range(kills)]


def report(setting: Setting, trials: Iterable[Trial]) -> str:
    """Show a table: by moment of the first kill, what was done by then, and what the run that arrived still did."""
    heads = [
        "moment",
        "killed",
        "in pass",
        "parts done",
        "kills",
        "last run",
        "of full",
        "parts made",
        "again",
        "bytes",
    ]
    rows = [
        [
            f"{one.moment:.0%}",
            one.how,
            one.phase,
            "all" if one.phase == "done" else f"{one.parts}/{setting.parts}",
            one.kills,
            f"{one.seconds:.1f} s",
            f"{one.seconds / setting.seconds:.0%}",
            one.made,
            one.again,
            "FAILED" if one.failure else "same",
        ]
        for one in sorted(trials, key=lambda one: one.moment)
    ]
    return show_table(heads, rows)


def main() -> int:
    """Run the campaign from the command line; 1 if anything failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=300_000)
    parser.add_argument("--kills", type=int, default=50, help="how many builds are killed")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rows", type=int, default=5_000, help="records of a batch")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--sample", default="none", help="JSON lines of arXiv metadata to grow records from, or none")
    options = parser.parse_args()
    started = time.perf_counter()
    setting, trials = run_trials(
        options.records,
        options.kills,
        options.seed,
        rows=options.rows,
        processes=options.processes,
        sample=None if options.sample == "none" else Path(options.sample),
    )
    print(
        f"streamed kills: seed {options.seed}, {options.records:,} records, {setting.parts} parts,"
        f" {setting.seconds:.1f} s undisturbed, {sum(one.kills for one in trials)} kills of {len(trials)} builds,"
        f" {time.perf_counter() - started:.0f} s"
    )
    print(report(setting, trials))
    failures = [one for one in trials if one.failure]
    for one in failures:
        print(f"\nbuild {one.number} (killed at {one.moment:.1%}, {one.how}, in {one.phase}): {one.failure}")
    return 1 if failures or len(trials) < options.kills else 0


if __name__ == "__main__":
    sys.exit(main())
