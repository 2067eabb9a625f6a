"""Publishing while everything goes wrong: a call to the Hub refused, late, lost before or after its effect, or the
process killed between any two of them. Then tags name whole versions only, and the same command completes the job.

    python -m tests.stress.hub_faults --count 320 --seed 0
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from queue import SimpleQueue
from random import Random

from curation.release.build import build
from tests.forkserver import CONTEXT
from tests.hub import Call, Fault, LoopbackHub, rate_limited
from tests.sample_page import PAPERS, page_text
from tests.stress.folders import show_table
from tests.stress.hub_victim import PATIENCE, TOKEN, publish_and_report

__all__ = ["FAULTS", "Bench", "Run", "Trial", "draw", "run_trials"]


FAULTS: dict[str, Fault] = {
    "429": Fault("status", 429, rate_limited(0)),
    "500": Fault("status", 500),
    "503": Fault("status", 503, {"Retry-After": "0"}),
    "timeout": Fault("timeout", seconds=2.5 * PATIENCE),
    "drop before": Fault("drop_before"),
    "drop after": Fault("drop_after"),
}
KILLED = "killed"
SCENARIOS = ("first version", "next version")
# Seconds; a run takes three to thirty.
_LONGEST = 180


@dataclass(frozen=True, slots=True)
class Trial:
    """What is to go wrong.

    Attributes:
        number: Its number.
        scenario: Whether the first version is published, or the next one.
        fault: A name of `FAULTS`, or `killed`.
        route: The route it happens to; None for a kill at any.
        nth: At which call of the route, or of all calls.
        effect: For a kill: whether the call that was being made still takes effect.
    """

    number: int
    scenario: str
    fault: str
    route: str | None
    nth: int
    effect: bool = True


@dataclass(frozen=True, slots=True)
class Run:
    """What came of a trial.

    Attributes:
        trial: What went wrong.
        happened: Whether the call that was to go wrong was made at all.
        outcome: How the process ended: `published`, `told`, `crashed` or `killed`.
        said: What it said.
        again: How the same command ended afterwards, without faults.
        wrong: What is wrong with what the Hub holds; empty if nothing is.
    """

    trial: Trial
    happened: bool
    outcome: str
    said: str
    again: str
    wrong: list[str] = field(default_factory=list)


class Bench:
    """A Hub, and two releases to publish to it, one after the other.

    Args:
        folder: An empty folder.
        releases: The first release and the next one.
    """

    def __init__(self, folder: Path, releases: Sequence[Path]) -> None:
        self.folder = folder
        self.releases = tuple(releases)
        self.hub = LoopbackHub(multipart_from=15_000, chunk_size=8_000)
        self.repo = ""
        self.leaks: list[str] = []

    def prepare(self, scenario: str, name: str) -> Path:
        """Bring the Hub to the state before a trial; return the release to publish."""
        self.repo = f"ada/abstracts-{name}"
        first, following = self.releases
        if scenario == SCENARIOS[0]:
            return first
        self.hub.add_repo(self.repo)
        commit = self.hub.push(self.repo, contents_of(first), "Version 1.0.0")
        self.hub.repo(self.repo).tags["1.0.0"] = commit.oid
        return following

    def run(self, trial: Trial) -> Run:
        """Publish with the fault, then without, and look at what the Hub holds after each."""
        release = self.prepare(trial.scenario, str(trial.number))
        self.hub.heal()
        self.hub.forget_calls()
        killed: list[int] = []
        if trial.fault != KILLED:
            fault = FAULTS[trial.fault]
            self.hub.fail(
                trial.route,  # type: ignore[arg-type]
                fault.kind,
                nth=trial.nth,
                status=fault.status,
                headers=fault.headers,
                seconds=fault.seconds,
            )
        elif not trial.effect:
            self.hub.fail_call(trial.nth, Fault("drop_before"))
        outcome, said = self._publish(release, trial if trial.fault == KILLED else None, killed)
        happened = bool(killed) or any(call.fault for call in self.hub.calls)
        wrong = self._wrong(release, done=outcome == "published")
        self.hub.heal()
        again, said_again = self._publish(release, None, [])
        if again != "published":
            wrong.append(f"again: {again}: {said_again}")
        return Run(trial, happened, outcome, said, again, wrong + self._wrong(release, done=True))

    def _publish(self, release: Path, trial: Trial | None, killed: list[int]) -> tuple[str, str]:
        """Publish in a process, which a trial may kill; return how it ended and what it said."""
        home = Path(tempfile.mkdtemp(dir=self.folder))
        seen: Counter[str] = Counter()
        reader, writer = CONTEXT.Pipe(duplex=False)
        child = CONTEXT.Process(target=publish_and_report, args=(self.hub.endpoint, home, release, self.repo, writer))

        def kill(call: Call) -> None:
            assert trial is not None
            # by number among all calls, or among those of a route
            seen[call.route] += 1
            at = call.number if trial.route is None else seen[call.route] if call.route == trial.route else 0
            if at == trial.nth and not killed:
                killed.append(call.number)
                os.killpg(child.pid or 0, signal.SIGKILL)

        self.hub.on_call = kill if trial is not None else None
        child.start()
        writer.close()
        try:
            outcome: tuple[str, str] = reader.recv() if reader.poll(_LONGEST) else ("crashed", "it did not end")
        except EOFError:
            outcome = (KILLED, "")
        self.hub.on_call = None
        if outcome[1] == "it did not end":
            os.killpg(child.pid or 0, signal.SIGKILL)
        child.join()
        self.leaks += [f"the token is in {path.name}" for path in home.rglob("*") if _holds_token(path)]
        self.leaks += ["the token is in what was said"] * (TOKEN in outcome[1])
        shutil.rmtree(home, ignore_errors=True)
        return outcome

    def _wrong(self, release: Path, *, done: bool) -> list[str]:
        """Return what is wrong with what the Hub holds."""
        if not self.hub.exists(self.repo):
            return ["nothing was published"] * done
        repo = self.hub.repo(self.repo)
        wrong, self.leaks = self.leaks, []
        whole = {one.name: contents_of(one) for one in self.releases}
        for tag, commit in repo.tags.items():
            files = {path: content for path, content in repo.files(commit).items() if path != ".gitattributes"}
            if files != whole.get(tag):
                wrong.append(f"tag {tag} is not a whole version")
        titles = Counter(commit.message for commit in repo.commits)
        for title, number in titles.items():
            if title.startswith("Version ") and number > 1:
                wrong.append(f"{number} commits of {title}")
        if done and release.name not in repo.tags:
            wrong.append(f"version {release.name} is not tagged")
        return wrong

    def count_calls(self, scenario: str) -> Counter[str]:
        """Publish undisturbed; return the calls it takes, by route."""
        release = self.prepare(scenario, f"undisturbed-{SCENARIOS.index(scenario)}")
        self.hub.forget_calls()
        outcome, said = self._publish(release, None, [])
        assert outcome == "published", said
        assert not self._wrong(release, done=True)
        # calls that are no step of the work have no number
        return Counter(str(call.route) for call in self.hub.calls if call.number)


def _holds_token(path: Path) -> bool:
    try:
        return path.is_file() and TOKEN.encode() in path.read_bytes()
    except OSError:
        return False  # a process that was killed may still be cleaning up


def contents_of(release: Path) -> dict[str, bytes]:
    """Return the files of a release by path."""
    return {path.relative_to(release).as_posix(): path.read_bytes() for path in release.rglob("*") if path.is_file()}


def build_releases(folder: Path) -> list[Path]:
    """Build two versions of a small dataset in folders called as the versions are; return them."""
    texts = [list(PAPERS), list(PAPERS)]
    title, abstract = PAPERS[1]
    texts[1][1] = (title, abstract.replace("three microcontrollers", "four microcontrollers"))
    built: list[Path] = []
    for number, papers in enumerate(texts):
        page = folder / f"page-{number}.txt"
        page.write_text(page_text(papers), encoding="utf-8")
        out = folder / f"out-{number}"
        result = build([page], out=out, previous=built[-1] if built else None)
        place = folder / result.manifest["version"]
        shutil.copytree(out, place)
        built.append(place)
    return built


def draw(calls: dict[str, Counter[str]], count: int, seed: int) -> list[Trial]:
    """Draw trials: every route with every fault at its first call, kills at calls spread evenly, the rest at random.

    Args:
        calls: The calls of an undisturbed run, by scenario and route.
        count: How many trials, at most.
        seed: Seed of the random ones and of the order.
    """
    rng = Random(seed)
    first = [
        (scenario, fault, route, 1, True)
        for scenario, by_route in calls.items()
        for route, fault in product(sorted(by_route), FAULTS)
    ]
    kills = [
        (scenario, KILLED, None, nth, effect)
        for scenario, by_route in calls.items()
        for nth in range(1, by_route.total() + 1)
        for effect in (True, False)
    ]
    later = [
        (scenario, fault, route, rng.randint(2, number), True)
        for scenario, by_route in calls.items()
        for route, number in sorted(by_route.items())
        for fault in FAULTS
        if number > 1
    ]
    rng.shuffle(first)
    # each fault of each route once before any comes for the second time, in the other scenario
    once = {(spec[2], spec[1]): spec for spec in reversed(first)}
    first = [*once.values(), *(spec for spec in first if spec is not once[spec[2], spec[1]])]
    rng.shuffle(kills)
    rng.shuffle(later)
    # a third of the trials are kills, as far as there are so many
    wanted = [*first[: count // 2], *kills[: count // 3]]
    wanted += later[: max(count - len(wanted), 0)]
    wanted += kills[count // 3 :][: max(count - len(wanted), 0)]
    return [Trial(number, *spec) for number, spec in enumerate(wanted[:count])]


def run_trials(
    choose: Callable[[dict[str, Counter[str]]], Sequence[Trial]],
    *,
    calls: dict[str, Counter[str]] | None = None,
    workers: int = 2,
    show: Callable[[Run], None] = lambda run: None,
) -> tuple[list[Run], dict[str, Counter[str]]]:
    """Run a campaign.

    Args:
        choose: Gives the trials, from the calls of an undisturbed run by scenario and route.
        calls: These calls, if they are known; else they are counted first.
        workers: Trials at once, each with a Hub of its own.
        show: Called with each run when it is done.

    Returns:
        The runs in the order of their trials, and the calls.
    """
    with tempfile.TemporaryDirectory(prefix="hub-faults-") as name, ExitStack() as stack:
        folder = Path(name)
        releases = build_releases(folder)
        benches: SimpleQueue[Bench] = SimpleQueue()
        made = [Bench(folder, releases) for _ in range(workers)]
        for bench in made:
            stack.enter_context(bench.hub).add_user("ada", TOKEN)
            benches.put(bench)
        counted = calls or {scenario: made[0].count_calls(scenario) for scenario in SCENARIOS}

        def one(trial: Trial) -> Run:
            bench = benches.get()
            try:
                run = bench.run(trial)
            finally:
                benches.put(bench)
            show(run)
            return run

        with ThreadPoolExecutor(workers) as pool:
            return list(pool.map(one, choose(counted))), counted


def report(runs: Sequence[Run], calls: dict[str, Counter[str]]) -> bool:
    """Print the table of a campaign; tell whether all went well."""
    by_route: dict[str, list[Run]] = defaultdict(list)
    for run in runs:
        by_route[run.trial.route or "(killed between two calls)"].append(run)
    rows = []
    for route, group in sorted(by_route.items()):
        outcomes = Counter(run.outcome for run in group)
        rows.append(
            [
                route,
                sum(by[route] for by in calls.values()),
                len(group),
                *(outcomes[name] for name in ("published", "told", KILLED, "crashed")),
                sum(run.again == "published" for run in group),
                sum(bool(run.wrong) for run in group),
            ]
        )
    heads = ["route", "calls", "runs", "published", "told", "killed", "crashed", "done after", "wrong"]
    print(show_table(heads, rows))
    faults = Counter(run.trial.fault for run in runs)
    print("faults: " + ", ".join(f"{fault} {number}" for fault, number in faults.items()))
    print(f"{sum(run.happened for run in runs)} of {len(runs)} faults came to pass")
    bad = [run for run in runs if run.wrong or run.outcome == "crashed"]
    for run in bad[:20]:
        print(f"{run.trial}\n  {run.outcome}: {run.said}\n  {run.wrong}")
    return not bad


def main() -> None:
    """Run the campaign from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=320)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    done = 0

    def show(run: Run) -> None:
        nonlocal done
        done += 1
        if sys.stderr.isatty():
            print(f"\r{done} of {options.count}", end="", file=sys.stderr)
        if run.wrong:
            print(f"\n{run.trial}: {run.wrong}", file=sys.stderr)

    runs, calls = run_trials(lambda calls: draw(calls, options.count, options.seed), show=show)
    print(f"publishing with faults, seed {options.seed}: {len(runs)} runs")
    sys.exit(not report(runs, calls))


if __name__ == "__main__":
    main()
