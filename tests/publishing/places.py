"""Releases to publish, and a Hub in a known state: what several tests of publishing share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from curation.errors import ReleaseError
from curation.hub import failures
from curation.hub.failures import Retry
from curation.publishing import to_hub
from curation.release.build import build
from curation.release.reader import Release
from tests.hub import Client, LoopbackHub, online
from tests.releases import files_of
from tests.sample_page import PAPERS, Paper, page_text

__all__ = [
    "ADDED",
    "EDITED",
    "NEW_WORD",
    "OLD_WORD",
    "REPO",
    "RETRY",
    "TOKEN",
    "Built",
    "Waits",
    "another_hub",
    "compare",
    "connected",
    "drop_waits",
    "everything",
    "page_file",
    "put",
]

REPO, TOKEN = "ada/abs", "hf_ada"
RETRY = Retry(first_wait=0.02)
"""For tests that meet failures which pass."""

OLD_WORD, NEW_WORD = "firmware are", "firmware will be"
EDITED: tuple[Paper, ...] = tuple((title, text.replace(OLD_WORD, NEW_WORD)) for title, text in PAPERS)
"""The papers with one abstract edited."""
ADDED: tuple[Paper, ...] = (
    (
        "Counting Trees in Forests of Decision Trees",
        (
            "Forests of decision trees hold many trees that are nearly the same. We count those that differ by no more"
            " than one split, and find that a third of a forest can be left out without a change of its answers. The"
            " count is made while the forest grows and costs little. On thirty tables the smaller forest is as good."
        ),
    ),
    (
        "Sorting Letters by Hand and by Network",
        (
            "Letters that a machine cannot read are sorted by hand. We asked eleven sorters how they read what a"
            " network could not, wrote down the steps they took, and trained a network to take the same steps. It reads"
            " four letters of ten that the first one gave up, and asks for help with the others as the sorters do."
        ),
    ),
)
"""Papers of a further source."""


@dataclass(frozen=True, slots=True)
class Built:
    """Three releases, each built on the one before.

    Attributes:
        first: 1.0.0.
        second: 2.0.0, where one abstract was edited.
        third: 2.1.0, with a source more.
        other: Another 1.0.0, of other papers.
    """

    first: Path
    second: Path
    third: Path
    other: Path


def page_file(folder: Path, name: str, papers: Sequence[Paper]) -> Path:
    """Write a captured page."""
    path = folder / name
    path.write_text(page_text(papers), encoding="utf-8")
    return path


def build_all(folder: Path) -> Built:
    """Build the releases without a Hub."""
    first, edited, added = (
        page_file(folder, name, papers)
        for name, papers in (("first.txt", PAPERS), ("edited.txt", EDITED), ("added.txt", ADDED))
    )
    built = Built(*(folder / name for name in ("r1", "r2", "r3", "other")))
    build([first], out=built.first)
    build([edited], out=built.second, previous=built.first)
    build([edited, added], out=built.third, previous=built.second)
    build([added], out=built.other)
    return built


@contextmanager
def another_hub() -> Iterator[LoopbackHub]:
    """A Hub with two users, one of whom has a second token that may only read."""
    with LoopbackHub() as made:
        made.add_user("ada", TOKEN, orgs=("lab",))
        made.add_user("ada", "hf_ada_reads", write=False)
        made.add_user("bob", "hf_bob")
        yield made


@contextmanager
def connected(hub: LoopbackHub, token: str | None = TOKEN, home: Path | None = None) -> Iterator[Client]:
    """A client; after another one in the same home it finds what that one cached."""
    with online(hub, token, home=home) as made:
        yield made


def put(hub: LoopbackHub, release: Path, repo: str = REPO, *, tag: str | None = None) -> str:
    """Commit a release as another writer would, with a tag or without; return the commit."""
    files: dict[str, bytes | None] = {path: (release / path).read_bytes() for path in files_of(release)}
    if hub.exists(repo):
        there = set(hub.repo(repo).resolve("main").files) - {".gitattributes"}
        files |= dict.fromkeys(there - set(files))
    commit = hub.push(repo, files).oid
    if tag is not None:
        hub.repo(repo).tags[tag] = commit
    return commit


def compare(
    hub: LoopbackHub, release: Release, name: str, *, commit: str, token: str | None, endpoint: str | None
) -> None:
    """Check that a commit holds the files of a release, in place of a process that loads it."""
    assert token is not None
    assert endpoint in {None, hub.endpoint}
    there = {path: content for path, content in hub.repo(name).files(commit).items() if path != ".gitattributes"}
    if there != {path: (release.folder / path).read_bytes() for path in files_of(release.folder)}:
        raise ReleaseError("what was published is something else")


def everything(hub: LoopbackHub) -> dict[str, object]:
    """Return all that publishing could change on a Hub."""
    return {
        f"{kind} {name}": (repo.private, repo.refs(), [commit.oid for commit in repo.all_commits], len(repo.pulls))
        for (kind, name), repo in hub.state._repos.items()
    }


class Waits(list[float]):
    """Seconds that were waited for, had they been waited."""

    def sleep(self, seconds: float) -> None:
        """Take note instead of waiting."""
        self.append(seconds)


def drop_waits(monkeypatch: pytest.MonkeyPatch) -> Waits:
    """Let what waits between tries go on at once."""
    waits = Waits()
    monkeypatch.setattr(failures, "time", waits)
    monkeypatch.setattr(to_hub, "time", waits)
    return waits
