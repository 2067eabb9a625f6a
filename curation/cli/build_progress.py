"""How far a build is, on a terminal."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING

from curation.cli.report import progress

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

__all__ = ["BuildProgress", "rate_of"]

# parse, normalize, deduplicate, enrich, label, split, release
_STAGES = 7
# What these steps count; the others count parts of their own.
_IN_BYTES = ("read", "normalize")


class BuildProgress:
    """Shows on a terminal's standard error how far a build is; quiet elsewhere.

    Of a build of captured pages it shows the stages, of a streamed one each step with its share, rate and time left.

    Attributes:
        streamed: Whether it turned out to be a streamed build.
    """

    def __init__(self) -> None:
        self.streamed = False
        self._shown = sys.stderr.isatty()
        self._display = ExitStack()
        self._stage = self._display.enter_context(progress(_STAGES))
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._step = ("", 0)
        self._done = 0

    def __enter__(self) -> BuildProgress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._display.close()

    def stage(self, name: str) -> None:
        """Show the stage that begins."""
        if self.streamed:
            self._begin(name, 0)
        else:
            self._stage(name)

    def watch(self, step: str, done: int, of: int) -> None:
        """Show how much of a step of a streamed build is done; `of` is 0 where nobody knows how much there is."""
        if not self.streamed:
            self.streamed = True
            self._display.close()  # two displays would run through each other
            if self._shown:
                self._bar = self._display.enter_context(_step_bar())
        # files are read one after the other: each is a step of its own
        if self._step != (step, of) or done < self._done:
            self._begin(step, of)
        self._done = done
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=done)

    def _begin(self, step: str, of: int) -> None:
        self._step, self._done = (step, of), 0
        if self._bar is None:
            return
        if self._task is not None:
            self._bar.remove_task(self._task)
        self._task = self._bar.add_task(step, total=of or None)


def _step_bar() -> Progress:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        ProgressColumn,
        Task,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(rate_of(task.description, task.speed, task.total), style="dim")

    return Progress(
        TextColumn("{task.description:<12}"),
        BarColumn(),
        TaskProgressColumn(),
        Rate(),
        TimeElapsedColumn(),
        TextColumn("[dim]left[/]"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )


def rate_of(step: str, speed: float | None, total: float | None) -> str:
    """Spell how fast a step is: megabytes where it counts bytes, else the share of it that is done in a second.

    Args:
        step: Its name.
        speed: How much of it is done in a second, None or 0 if that is not known yet.
        total: How much there is; None if nobody knows.
    """
    if not speed:
        return ""
    if step in _IN_BYTES:
        return f"{speed / 1e6:.1f} MB/s"
    return f"{100 * speed / total:.1f} %/s" if total else ""
