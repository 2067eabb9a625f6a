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

__all__ = ["console", "count", "print_error", "progress", "reading", "safe", "stage_table", "visible"]

# Wide enough that no table cuts a name for a reader that is a program.
_PIPE_WIDTH = 10_000
# Characters of a rejected value.
_SHOWN = 80
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


def count(number: int, what: str) -> str:
    """Spell a number of things, in the plural unless it is one."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def stage_table(stages: list[dict[str, Any]]) -> Table:
    """Return the rows of every stage as a table."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("stage")
    for heading in ("in", "kept", "merged", "rejected"):
        table.add_column(heading, justify="right")
    for stage in stages:
        cells = [str(stage[key]) for key in ("in", "kept", "merged", "rejected")]
        table.add_row(stage["stage"], *cells[:2], *(cell if cell != "0" else "[dim]0[/]" for cell in cells[2:]))
    return table


def build_report(out: str, manifest: dict[str, Any], changed: bool) -> Iterator[Any]:
    """Yield what to print after a build."""
    first = manifest["stages"][0]
    records = " + ".join(str(source["records"] + source["rejected"]) for source in manifest["sources"])
    sources = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("source", "layout", "records", "id"):
        sources.add_column(heading, justify="right" if heading == "records" else "left")
    for source in manifest["sources"]:
        sources.add_row(
            safe(source["name"]), source["layout"], str(source["records"]), f"[dim]{source['source_id']}[/]"
        )
    yield sources
    yield ""
    yield stage_table(manifest["stages"])
    yield ""
    papers = manifest["tables"]["papers"]
    total = sum(part["rows"] for part in papers.values())
    merged = sum(stage["merged"] for stage in manifest["stages"])
    rejected = sum(stage["rejected"] for stage in manifest["stages"])
    parts = ", ".join(f"{split} {part['rows']}" for split, part in papers.items())
    read = f"{count(first['in'], 'occurrence')} read ({records})"
    yield f"{read}, [bold]{count(total, 'paper')}[/], {merged} merged, {rejected} rejected"
    yield f"splits: {parts}"
    edits = sum(manifest["statistics"]["edits_by_rule"].values())
    edited = count(manifest["statistics"]["papers_edited"], "paper")
    yield f"text: {count(edits, 'edit')} in {edited}, every one on record"
    size = sum(file["bytes"] for file in manifest["files"])
    state = "written" if changed else "unchanged, it was there already"
    what = f"version {manifest['version']}, {len(manifest['files'])} files, {size / 1024:,.0f} KiB"
    yield f"[{NAME}]{safe(out)}[/]: {what} ({state})"
    if manifest["base"] is not None:
        yield safe(manifest["version_reason"])


def rejected_report(rows: list[dict[str, Any]], manifest: dict[str, Any]) -> Iterator[str]:
    """Yield a line for each rejected row, at most ten."""
    from curation.schemas.check import shorten

    names = {source["source_id"]: source["name"] for source in manifest["sources"]}
    for row in rows[:10]:
        line = "" if row["line"] is None else f":{row['line']}"
        where = f"{safe(names.get(row['source_id'], row['source_id']))}{line}"
        yield f"[red]rejected[/] {where}: {safe(row['rule'])}: {safe(shorten(str(row['value']), _SHOWN))}"
    if len(rows) > 10:
        yield f"… and {len(rows) - 10} more, all in the table `removed`"


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
