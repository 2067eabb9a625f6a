"""What `curate benchmark`, `curate leaderboard` and `curate tasks` do."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from curation.cli import report
from curation.cli.commands import print_json

__all__ = ["benchmark", "leaderboard", "tasks_export", "tasks_list", "tasks_make"]

_ALL_LIGHT = "light"


def benchmark(target: str, models: list[str], tasks: list[str], out: Path, *, again: bool, as_json: bool) -> None:
    """Score models and report; every result is kept as soon as it is there."""
    from curation.benchmark.evaluate import can_do
    from curation.benchmark.models.base import Encoder
    from curation.benchmark.models.light import LIGHT, light_model
    from curation.benchmark.read import open_benchmark
    from curation.benchmark.run import run_benchmark, texts_of
    from curation.benchmark.task import TaskType, pick_tasks
    from curation.errors import ModelError

    data = open_benchmark(target)
    named = [part for names in tasks for part in names.split(",") if part]
    asked = pick_tasks(named, data.tasks) if data.tasks else []
    light = [name for name in LIGHT if any(can_do(light_model(name), task) for task in asked)]
    wanted = [one for name in models for one in (light if name == _ALL_LIGHT else [name])]
    retrieval = sum(texts_of(data.tasks[task.name]) for task in asked if task.type is TaskType.retrieval)
    # of what a model has no vectors for, nothing is counted
    searchers = {name for name in LIGHT if not isinstance(light_model(name), Encoder)}
    everything = sum(texts_of(data.tasks[task.name]) for task in asked)
    total = sum(retrieval if name in searchers else everything for name in wanted)
    try:
        with _texts(total) as step:
            done = run_benchmark(data, wanted, out, tasks=named, again=again, progress=step)
    except ModelError as error:
        error.hint = "; ".join(filter(None, (error.hint, f"what was done before is kept in {out}")))
        raise
    results = [one.result for one in done]
    if as_json:
        print_json({"out": str(out), "results": [_brief(one.result.as_json(), one.kept) for one in done]})
        return
    console = report.console()
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("model", "task", "score", "", "95 % interval", "units", "seconds"):
        table.add_column(heading, justify="left" if heading in {"model", "task", "score"} else "right")
    for one in done:
        found = one.result
        low, high = found.interval.low, found.interval.high
        seconds = "[dim]kept[/]" if one.kept else f"{found.seconds:.1f}"
        table.add_row(
            f"[{report.NAME}]{report.safe(found.model)}[/]",
            found.task,
            found.main_score,
            f"{found.score:.3f}",
            f"{low:.3f} to {high:.3f}",
            str(found.evidence.units),
            seconds,
        )
    console.print(table)
    console.print("")
    written = sum(not one.kept for one in done)
    console.print(f"{report.count(len(results), 'result')} in {report.safe(str(out))} ({written} new)")
    console.print(f"[dim]compare models: curate leaderboard {report.safe(str(out))}[/]")


def _brief(result: dict[str, Any], kept: bool) -> dict[str, Any]:
    return {**{key: value for key, value in result.items() if key != "evidence"}, "kept": kept}


@contextmanager
def _texts(total: int) -> Iterator[Any]:
    """Show how many texts are done, on a terminal's standard error; quiet elsewhere."""
    if not sys.stderr.isatty():
        yield lambda model, task, texts: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        shown = bar.add_task("", total=total)
        yield lambda model, task, texts: bar.update(shown, description=f"{model}: {task}", advance=texts)


@contextmanager
def _counted() -> Iterator[Any]:
    """Show a step and how much of it is done, on a terminal's standard error; quiet elsewhere."""
    if not sys.stderr.isatty():
        yield lambda step, done: None
        return
    with Console(stderr=True).status("read") as shown:
        yield lambda step, done: shown.update(f"{step}: {done:,}")


def leaderboard(folder: Path, form: str, chart: Path | None) -> None:
    """Compare the models of a folder of results."""
    from curation.benchmark.leaderboard import as_markdown
    from curation.benchmark.leaderboard import leaderboard as read

    with report.progress(len({path.stem for path in folder.glob("*/*.json")})) as step:
        board = read(folder, step)
    if chart is not None:
        from curation.benchmark.chart import write_chart

        write_chart(board, chart)
    if form == "json":
        print_json(board.as_json())
    elif form == "markdown":
        print(as_markdown(board), end="")
    else:
        console = report.console()
        for line in _board_lines(board):
            console.print(line)


def _board_lines(board: Any) -> Iterator[Any]:
    for one in board.tasks:
        yield f"[bold]{one.task}[/] {one.main_score}, {report.count(one.units, 'unit')}"
        table = Table(box=None, pad_edge=False, header_style="dim")
        for heading in ("rank", "model", one.main_score, "95 % interval", "told apart from"):
            table.add_column(heading, justify="left" if heading in {"model", "told apart from"} else "right")
        for row in one.rows:
            parts = [
                f"{row.better_than} below" if row.better_than else "",
                f"{row.worse_than} above" if row.worse_than else "",
            ]
            table.add_row(
                str(row.rank),
                f"[{report.NAME}]{report.safe(row.model)}[/]",
                f"{row.score:.3f}",
                f"{row.low:.3f} to {row.high:.3f}",
                ", ".join(filter(None, parts)) or "[dim]none[/]",
            )
        yield table
        yield f"[dim]median width {one.width:.3f}; about {one.units_to_halve:,} units would halve it[/]"
        yield ""


def tasks_list(target: str | None, *, as_json: bool) -> None:
    """Show the tasks; with a release, how large each is there."""
    from curation.benchmark.data import LabelledData, data_sha256, sizes
    from curation.benchmark.read import open_benchmark
    from curation.benchmark.task import tasks

    data = open_benchmark(target).tasks if target else {}
    found = {name: task for name, task in tasks().items() if not target or name in data}
    if as_json:
        print_json(
            [
                {
                    **task.model_dump(mode="json"),
                    **({"sizes": sizes(data[name]), "data_sha256": data_sha256(data[name])} if target else {}),
                    **({"left_out": dict(one.left_out)} if isinstance(one := data.get(name), LabelledData) else {}),
                }
                for name, task in found.items()
            ]
        )
        return
    console = report.console()
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("task", "version", "type", "main score", "sizes" if target else "asks"):
        table.add_column(heading)
    for name, task in found.items():
        told = ", ".join(f"{count:,} {what}" for what, count in sizes(data[name]).items()) if target else task.title
        table.add_row(f"[{report.NAME}]{name}[/]", task.version, task.type.value, task.main_score, told)
    console.print(table)


def tasks_export(target: str, out: Path, tasks: Sequence[str], *, as_json: bool) -> None:
    """Write retrieval tasks in the form of BEIR."""
    from curation.benchmark.beir import export_beir

    written = export_beir(target, out, tasks)
    if as_json:
        print_json({"out": str(out), "tasks": written})
        return
    console = report.console()
    for name, counts in written.items():
        told = ", ".join(f"{count:,} {what}" for what, count in counts.items())
        console.print(f"[{report.NAME}]{report.safe(str(out / name))}[/]: {told}")


def tasks_make(source: Path, out: Path, pairs: int, queries: int, seed: int, *, as_json: bool) -> None:
    """Make tasks from a large file of papers."""
    from curation.benchmark.data import data_sha256, sizes
    from curation.benchmark.scale import make_tasks

    with _counted() as step:
        made = make_tasks(source, out, pairs=pairs, queries=queries, seed=seed, progress=step)
    if as_json:
        print_json(
            {
                "out": str(out),
                "tasks": {name: {"data_sha256": data_sha256(data), **sizes(data)} for name, data in made.items()},
            }
        )
        return
    console = report.console()
    for name, data in made.items():
        told = ", ".join(f"{count:,} {what}" for what, count in sizes(data).items())
        console.print(f"[{report.NAME}]{report.safe(str(out / name))}[/]: {told}")
    console.print(f"[dim]score models on them: curate benchmark {report.safe(str(out))} --model light[/]")
