"""The process that builds a release and is killed at it."""

from __future__ import annotations

import os
import signal
import sys
from multiprocessing.connection import Connection
from pathlib import Path

# a build loads these when it needs them; here once for all, before the processes are forked
import curation.charts
import curation.label.labeler  # noqa: F401
from curation.release.build import build
from tests.captures import CAPTURES

__all__ = ["RECIPES", "build_and_report"]

# The two releases: of the longer listing, and of the shorter one.
RECIPES = {"A": [CAPTURES[0].path], "B": [CAPTURES[1].path]}
# What Python announces (`sys.addaudithook`) of what a build does to files; Arrow's own writing is not among it.
_CHANGES = {"shutil.rmtree", *(f"os.{name}" for name in ("mkdir", "rename", "remove", "rmdir", "symlink"))}
_LOOKS = {"open", "os.scandir", "os.listdir"}


class _Steps:
    """Counts file operations, and ends the process, as `kill -9` would, when it has seen enough of them."""

    def __init__(self, last: int | None) -> None:
        self.last = last
        self.seen = 0
        self.events = _CHANGES

    def __call__(self, event: str, _arguments: tuple[object, ...]) -> None:
        if event in self.events:
            if self.seen == self.last:
                os.kill(os.getpid(), signal.SIGKILL)
            self.seen += 1


def build_and_report(recipe: str, out: Path, last_step: int | None, reports: Connection) -> None:
    """Build, and send word when the build starts, when it begins to write and when it is done.

    Args:
        recipe: Which release.
        out: Where to.
        last_step: The process ends itself at this file operation: of those that change something, and once the
            release is being written of those that look at something, too.
        reports: Where the words go.
    """
    steps = _Steps(last_step)

    def progress(stage: str) -> None:
        if stage == "release":
            reports.send(("writing", 0))
            steps.events = _CHANGES | _LOOKS

    reports.send(("started", 0))
    sys.addaudithook(steps)
    build(RECIPES[recipe], out=out, progress=progress)
    reports.send(("done", steps.seen))
