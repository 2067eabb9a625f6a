"""The commands `annotate export`, `import` and `agreement`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rich.table import Table

from curation.annotate import (
    Agreement,
    Annotation,
    Kappa,
    PairAgreement,
    measure_agreement,
    read_annotations,
    read_sheet,
    write_annotations,
    write_sheet,
)
from curation.annotate.voices import ADJUDICATOR, FIRST_ROUND, read_voices
from curation.cli import report
from curation.cli.report import count, safe
from curation.errors import Location, OutputError, RecipeError
from curation.recipe import read_recipe
from curation.release.reader import open_release

__all__ = ["agreement", "export", "import_sheet"]


def _papers(release: Path) -> list[dict[str, str]]:
    opened = open_release(release)
    rows = [
        row
        for part in opened.manifest["tables"]["papers"].values()
        for path in part["files"]
        for row in opened.read_file(path).select(["paper_id", "title", "abstract"]).to_pylist()
    ]
    return sorted(rows, key=lambda row: row["paper_id"])


def export(release: Path, annotator: str, out: Path) -> None:
    """Write a sheet for one annotator; never over one that may be filled in."""
    try:
        taken = out.exists()
    except OSError as error:
        raise OutputError(
            f"the file cannot be written ({error.strerror})", where=Location(out), hint="choose another --out"
        ) from error
    if taken:
        raise OutputError("the file exists", where=Location(out), hint="it may hold labels; name another one")
    papers = _papers(release)
    write_sheet(out, papers, order=annotator)
    print(f"{out}: {count(len(papers), 'paper')} to label, in an order of {annotator}'s own")


def import_sheet(release: Path, sheet: Path, out: Path) -> None:
    """Check a filled-in sheet and write its labels."""
    titles = {row["paper_id"]: row["title"] for row in _papers(release)}
    found = read_sheet(sheet, titles)
    write_annotations(out, found)
    print(f"{out}: labels of {count(len(found), 'paper')}")


def agreement(files: list[Path], recipe: Path, *, as_json: bool) -> None:
    """Measure and report."""
    decisions: Mapping[str, Annotation] = {}
    later: dict[str, Agreement] = {}
    if files:
        given = {str(path): read_annotations(path) for path in files}
    else:
        section = read_recipe(recipe).annotations
        if section is None:
            raise RecipeError(
                "the recipe names no annotations",
                where=Location(recipe),
                hint="add a section `[annotations]`, or name files of labels",
            )
        voices = read_voices(section, recipe.parent).voices
        people = [voice for voice in voices if voice.annotator != ADJUDICATOR]
        given = {voice.annotator: dict(voice.annotations) for voice in people if voice.round == FIRST_ROUND}
        decisions = next((voice.annotations for voice in voices if voice.annotator == ADJUDICATOR), {})
        for voice in people:
            if voice.round != FIRST_ROUND:
                others = {
                    name: {paper: labels[paper] for paper in voice.annotations if paper in labels}
                    for name, labels in given.items()
                }
                later[voice.round] = measure_agreement({**others, voice.annotator: dict(voice.annotations)})
    measured = measure_agreement(given)
    if as_json:
        told = measured.as_json() | {
            "decisions": {
                paper: {"primary": one.primary, "topics": list(one.topics), "reason": one.note}
                for paper, one in decisions.items()
            },
            "later_rounds": {number: one.as_json() for number, one in later.items()},
        }
        print(json.dumps(told, ensure_ascii=False, indent=2))
        return
    console = report.console()
    for line in _told(measured, decisions, later):
        console.print(line)


def _told(measured: Agreement, decisions: Mapping[str, Annotation], later: Mapping[str, Agreement]) -> Iterator[Any]:
    yield f"[bold]{', '.join(map(safe, measured.annotators))}[/]: {count(measured.papers, 'paper')}"
    yield ""
    for pair in measured.pairs:
        title = "" if len(measured.pairs) == 1 else f" {safe(pair.first)} and {safe(pair.second)}"
        yield f"Cohen's kappa on the primary topic{title}: [bold]{_kappa(pair.primary)}[/]"
    yield (
        f"same primary topic {measured.same_primary:.3f}, same topics {measured.same_set:.3f};"
        f" Krippendorff's alpha on the topics {_figure(measured.alpha_jaccard)} (Jaccard),"
        f" {_figure(measured.alpha_masi)} (MASI)"
    )
    for pair in measured.pairs:
        yield from _pair(pair)
    yield from _decided(measured, decisions)
    for number, one in later.items():
        yield ""
        yield f"[bold]round {number}[/]"
        for pair in one.pairs:
            if one.annotators[-1] in {pair.first, pair.second}:
                yield f"  {safe(pair.first)} and {safe(pair.second)}: kappa on the primary topic {_kappa(pair.primary)}"


def _pair(pair: PairAgreement) -> Iterator[Any]:
    yield ""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("topic", "papers", "kappa", "95 % interval"):
        table.add_column(heading, justify="left" if heading == "topic" else "right")
    for topic in pair.topics:
        table.add_row(topic.topic, str(topic.papers), _figure(topic.kappa.value), _interval(topic.kappa))
    yield table
    yield ""
    if not pair.confusion.different:
        yield "no primary topic differs"
        return
    yield f"[bold]primary topics that differ[/] ({safe(pair.first)}, {safe(pair.second)})"
    for first, second, papers in pair.confusion.different:
        yield f"  {papers:>3}  {first} / {second}"


def _decided(measured: Agreement, decisions: Mapping[str, Annotation]) -> Iterator[str]:
    """Yield every difference with what was decided, then the papers that were read again."""
    if measured.differences:
        yield ""
        yield f"[bold]differences[/] ({count(len(measured.differences), 'paper')})"
    for difference in measured.differences:
        yield f"  [dim]{difference.paper_id}[/] {safe(difference.title)}"
        for name, topics in difference.topics.items():
            yield f"    {safe(name)}: {' '.join(topics)}"
        if (decision := decisions.get(difference.paper_id)) is not None:
            yield _decision(decision)
    differing = {difference.paper_id for difference in measured.differences}
    again = [decision for paper, decision in decisions.items() if paper not in differing]
    if again:
        yield ""
        yield f"[bold]read again[/] ({count(len(again), 'paper')})"
    for decision in again:
        yield f"  [dim]{decision.paper_id}[/] {safe(decision.title)}"
        yield _decision(decision)


def _decision(decision: Annotation) -> str:
    return f"    [green]decided[/]: {' '.join(decision.topics)}: {safe(decision.note)}"


def _figure(value: float | None) -> str:
    return "n/a" if value is None else f"{value:.3f}"


def _interval(kappa: Kappa) -> str:
    return "" if kappa.low is None else f"{_figure(kappa.low)} to {_figure(kappa.high)}"


def _kappa(kappa: Kappa) -> str:
    return _figure(kappa.value) + ("" if kappa.low is None else f" (95 % interval {_interval(kappa)})")
