"""How results look on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from curation.errors import CurationError, StageError

__all__ = ["console", "count", "figure", "print_error", "progress", "reading", "safe", "stage_table", "visible"]

# Wide enough that no table cuts a name for a reader that is a program.
_PIPE_WIDTH = 10_000
# One colour for each kind of information; all of them readable on light and dark ground.
NAME = "cyan"


def visible(text: str) -> str:
    """Spell control characters, so that a terminal shows a text as it is."""
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text)


def safe(text: str) -> str:
    """Return text from outside so that the terminal shows it as it is: no markup, no control characters."""
    return escape(visible(text))


def console() -> Console:
    """Return a console on standard output; lines are not wrapped when it is no terminal."""
    if sys.stdout.isatty():
        return Console(highlight=False)
    return Console(highlight=False, soft_wrap=True, width=_PIPE_WIDTH)


def print_error(error: CurationError) -> None:
    """Print an error for people on standard error."""
    first, *rest = str(error).split("\n")
    out = Console(stderr=True, highlight=False, soft_wrap=True)
    label = "internal error" if isinstance(error, StageError) else "error"
    out.print(f"[bold red]{label}:[/] {safe(first)}")
    for line in rest:
        out.print(f"  {safe(line)}")


@contextmanager
def progress(total: int) -> Iterator[Callable[[str], None]]:
    """Give a function that shows the step being done, on a terminal's standard error; quiet elsewhere.

    Args:
        total: Number of steps; with none nothing is shown, as while a question is asked.
    """
    if not total or not sys.stderr.isatty():
        yield lambda step: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    bar = Progress(
        TextColumn("{task.description:<12}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    with bar:
        task = bar.add_task("", total=total)
        started = False

        def step(name: str) -> None:
            nonlocal started
            bar.update(task, description=name, advance=1 if started else 0)
            started = True

        yield step


@contextmanager
def reading(file: BinaryIO, path: Path) -> Iterator[BinaryIO]:
    """Show how much of a file has been read, on a terminal's standard error; quiet elsewhere.

    Args:
        file: The open file.
        path: Its place, for its size and name.
    """
    # on one terminal, the bar would run through what is printed
    if not sys.stderr.isatty() or sys.stdout.isatty():
        yield file
        return
    from rich.progress import wrap_file

    with wrap_file(
        file, path.stat().st_size, description=path.name, console=Console(stderr=True), transient=True
    ) as shown:
        yield shown


def figure(number: int) -> str:
    """Spell a number; from five digits on they stand in groups of three."""
    return f"{number:,}" if number >= 10_000 else str(number)


def count(number: int, what: str) -> str:
    """Spell a number of things, in the plural unless it is one."""
    return f"{figure(number)} {what}" if number == 1 else f"{figure(number)} {what}s"


def stage_table(stages: list[dict[str, Any]]) -> Table:
    """Return the rows of every stage as a table."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("stage")
    for heading in ("in", "kept", "merged", "rejected"):
        table.add_column(heading, justify="right")
    for stage in stages:
        cells = [figure(stage[key]) for key in ("in", "kept", "merged", "rejected")]
        table.add_row(stage["stage"], *cells[:2], *(cell if cell != "0" else "[dim]0[/]" for cell in cells[2:]))
    return table


def validation_report(result: Any) -> Iterator[Any]:
    """Yield what to print about a validation."""
    for finding in result.findings:
        row = "" if finding.row is None else f" row {finding.row}"
        yield f"[red]{finding.check}[/] {safe(finding.where)}{row}: {safe(finding.message)}"
    checks = ", ".join(result.checks)
    if result.ok:
        yield f"[green]valid[/]: {safe(result.target)} ({result.kind}; checked {checks})"
    else:
        found = count(len(result.findings), "finding")
        yield f"[bold red]wrong[/]: {safe(result.target)}: {found} (checked {checks})"
