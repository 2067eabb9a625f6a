"""Writers at once: each builds on the newest version and publishes until it is accepted; `push_to_hub` beside it.

python -m tests.stress.hub_writers --writers 8
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from curation.references import open_reference
from tests.forkserver import CONTEXT
from tests.hub import LoopbackHub, online
from tests.stress.folders import show_table
from tests.stress.hub_victim import TOKEN
from tests.stress.hub_writing import PUSHED, REPO, push, title_of, write

__all__ = ["Outcome", "write_at_once"]


# Seconds.
_LONGEST = 900


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of writers at once.

    Attributes:
        accepted: Writers whose change was accepted.
        tries: Builds they made in all.
        failures: What those said who gave up.
        versions: Versions on the Hub, oldest first.
        commits: Commits that are versions.
        papers: Papers of the last version.
        missing: Changes that the last version lacks.
    """

    accepted: int
    tries: int
    failures: list[str]
    versions: list[str]
    commits: int
    papers: int
    missing: list[str]


def _at_once(writers: int, target: Callable[..., None], endpoint: str, folder: Path) -> list[tuple[int, str]]:
    gate = CONTEXT.Barrier(writers)
    started = []
    for number in range(writers):
        reader, writer = CONTEXT.Pipe(duplex=False)
        home = folder / f"{target.__name__}-{number}"
        home.mkdir()
        child = CONTEXT.Process(target=target, args=(number, endpoint, home, gate, writer))
        child.start()
        writer.close()
        started.append((child, reader))
    outcomes = []
    for child, reader in started:
        try:
            outcomes.append(reader.recv() if reader.poll(_LONGEST) else (0, "it did not end"))
        except EOFError:
            outcomes.append((0, "the process ended without a word"))
        child.join(1)
        if child.is_alive():
            child.kill()
            child.join()
    return outcomes


def write_at_once(writers: int) -> Outcome:
    """Let writers publish at once, and look at what the Hub holds in the end."""
    with tempfile.TemporaryDirectory(prefix="hub-writers-") as name, LoopbackHub() as hub:
        hub.add_user("ada", TOKEN)
        outcomes = _at_once(writers, write, hub.endpoint, Path(name))
        if not hub.exists(REPO):
            return Outcome(0, sum(tries for tries, _ in outcomes), [said for _, said in outcomes], [], 0, 0, [])
        repo = hub.repo(REPO)
        with online(hub, TOKEN):
            last = open_reference(f"hf://datasets/{REPO}")
            titles = last.read("papers")["title"].to_pylist()
        return Outcome(
            accepted=sum(not said for _, said in outcomes),
            tries=sum(tries for tries, _ in outcomes),
            failures=[said for _, said in outcomes if said],
            versions=list(repo.tags),
            commits=sum(commit.message.startswith("Version ") for commit in repo.commits),
            papers=len(titles),
            missing=[title_of(number) for number in range(writers) if title_of(number) not in titles],
        )


def push_at_once(writers: int) -> tuple[int, list[str]]:
    """Let writers use `push_to_hub` at once; return how many rows arrived, and what those said who failed."""
    with tempfile.TemporaryDirectory(prefix="hub-writers-") as name, LoopbackHub() as hub:
        hub.add_user("ada", TOKEN)
        hub.add_repo(PUSHED)
        outcomes = _at_once(writers, push, hub.endpoint, Path(name))
        files = [path for path in hub.repo(PUSHED).files() if path.endswith(".parquet")]
        return len(files), [said for _, said in outcomes if said]


def main() -> None:
    """Run both from the command line and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--writers", type=int, default=8)
    writers = parser.parse_args().writers
    ours = write_at_once(writers)
    arrived, failed = push_at_once(writers)
    heads = ["writers at once", "writers", "accepted", "failed", "changes that arrived", "tries"]
    rows: list[list[object]] = [
        [
            "curate build --previous, curate publish",
            writers,
            ours.accepted,
            len(ours.failures),
            writers - len(ours.missing),
            ours.tries,
        ],
        ["push_to_hub", writers, writers - len(failed), len(failed), arrived, writers],
    ]
    print(show_table(heads, rows))
    print(f"versions: {', '.join(ours.versions)}; commits {ours.commits}; papers of the last one {ours.papers}")
    for said in sorted({re.sub(r" \(Request ID.*|for url .*", "", said) for said in [*ours.failures, *failed]}):
        print(f"  {said}")
    whole = len(ours.versions) == ours.commits == ours.accepted == writers and not ours.missing
    sys.exit(not whole)


if __name__ == "__main__":
    main()
