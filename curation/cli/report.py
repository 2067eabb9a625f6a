"""How results look on a terminal."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from curation.errors import CurationError, StageError

__all__ = ["console", "print_error", "progress", "stage_table"]

# Wide enough that no table cuts a name for a reader that is a program.
_PIPE_WIDTH = 10_000
# Characters of a rejected value.
_SHOWN = 80
# One colour for each kind of information; all of them readable on light and dark ground.
_REMOVED, _ADDED, _NAME = "red strike", "green", "cyan"


def _safe(text: str) -> str:
    """Return text from outside so that the terminal shows it as it is: no markup, no control characters."""
    return escape(_visible(text))


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
    out.print(f"[bold red]{label}:[/] {_safe(first)}")
    for line in rest:
        out.print(f"  {_safe(line)}")


@contextmanager
def progress(total: int) -> Iterator[Callable[[str], None]]:
    """Give a function that shows the step being done, on a terminal's standard error; quiet elsewhere."""
    if not sys.stderr.isatty():
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


def _count(number: int, what: str) -> str:
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
            _safe(source["name"]), source["layout"], str(source["records"]), f"[dim]{source['source_id']}[/]"
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
    read = f"{_count(first['in'], 'occurrence')} read ({records})"
    yield f"{read}, [bold]{_count(total, 'paper')}[/], {merged} merged, {rejected} rejected"
    yield f"splits: {parts}"
    edits = sum(manifest["statistics"]["edits_by_rule"].values())
    edited = _count(manifest["statistics"]["papers_edited"], "paper")
    yield f"text: {_count(edits, 'edit')} in {edited}, every one on record"
    size = sum(file["bytes"] for file in manifest["files"])
    state = "written" if changed else "unchanged, it was there already"
    what = f"version {manifest['version']}, {len(manifest['files'])} files, {size / 1024:,.0f} KiB"
    yield f"[{_NAME}]{_safe(out)}[/]: {what} ({state})"


def rejected_report(rows: list[dict[str, Any]], manifest: dict[str, Any]) -> Iterator[str]:
    """Yield a line for each rejected row, at most ten."""
    from curation.schemas.check import shorten

    names = {source["source_id"]: source["name"] for source in manifest["sources"]}
    for row in rows[:10]:
        line = "" if row["line"] is None else f":{row['line']}"
        where = f"{_safe(names.get(row['source_id'], row['source_id']))}{line}"
        yield f"[red]rejected[/] {where}: {_safe(row['rule'])}: {_safe(shorten(str(row['value']), _SHOWN))}"
    if len(rows) > 10:
        yield f"… and {len(rows) - 10} more, all in the table `removed`"


def explanation(facts: dict[str, Any], *, colour: bool) -> Iterator[Any]:
    """Yield what to print about a paper.

    Args:
        facts: As `curation.explain.explain` gives them.
        colour: Whether colours will be seen; without them edits are marked as `⟦captured→published⟧`.
    """
    yield Text(facts["title"], style="bold")
    yield f"[dim]paper[/] {facts['paper_id']}   [dim]split[/] {facts['split']}"
    yield from _enrichment(facts)
    yield ""
    yield "[bold]captured[/]"
    for one in facts["occurrences"]:
        fate = (
            "published from here"
            if one["published"]
            else f"merged ({one['merged_by']}, similarity {one['similarity']:.3f})"
        )
        yield f"  {_safe(one['source'])}:{one['line']}  position {one['position']}  {fate}"
    for field, text in facts["texts"].items():
        yield ""
        count = len(text["edits"])
        if count:
            head = Text(field, style="bold").append(f" ({_count(count, 'edit')}: ", style="dim not bold")
            head.append_text(_edited("captured", "published", colour)).append(")", style="dim not bold")
            yield head
        else:
            yield f"[bold]{field}[/] [dim](as captured)[/]"
        yield _pieces(text["pieces"], colour)
        for step, edit in enumerate(text["edits"], start=1):
            further = f" [dim](and in {_count(len(edit['offsets']), 'further place')})[/]" if edit["offsets"] else ""
            yield (
                f"  [dim]{step:>3}. at {edit['start']:>5}[/]  [{_NAME}]{edit['rule']:<16}[/] "
                f"[{_REMOVED}]{_safe(edit['before'])}[/] → [{_ADDED}]{_safe(edit['after'])}[/]{further}"
            )
    yield ""
    yield f"[bold]math damage[/] {_damage(facts)}"
    yield ""
    labels = facts["labels"]
    if labels["primary"] is None:
        yield "[bold]topics[/] [dim](none: every labeling function abstained)[/]"
    else:
        yield f"[bold]topics[/] [dim](given by {labels['source']})[/]"
    for topic in labels["topics"]:
        yield f"  {topic}{'  (primary)' if topic == labels['primary'] else ''}"
    functions = [vote for vote in facts["votes"] if vote["score"] is not None]
    if functions:
        table = Table(box=None, pad_edge=False, header_style="dim")
        for heading in ("  vote of", "topic", "score"):
            table.add_column(heading, justify="right" if heading == "score" else "left")
        for vote in sorted(functions, key=lambda vote: (-vote["score"], vote["annotator"])):
            table.add_row(f"  {vote['annotator']}", vote["topic"], f"{vote['score']:.2f}")
        yield table


def _enrichment(facts: dict[str, Any]) -> Iterator[str]:
    """Yield what is known of a paper from its links and from arXiv."""
    if facts["arxiv_id"] is None:
        yield "[dim]arXiv[/] unknown"
    else:
        categories = " ".join(facts["categories"]) or "[dim]unknown[/]"
        yield f"[dim]arXiv[/] {facts['arxiv_id']}   [dim]year[/] {facts['year']}   [dim]categories[/] {categories}"
    for url in facts["urls"]:
        yield f"[dim]{'code' if url in facts['code_urls'] else 'link'}[/] {_safe(url)}"


def _damage(facts: dict[str, Any]) -> str:
    spans = facts["math_damage_spans"]
    if not spans:
        return str(facts["math_damage"])
    kinds = Counter(span["kind"] for span in spans)
    repaired = sum(span["repaired"] for span in spans)
    parts = ", ".join(f"{kind} {number}" for kind, number in kinds.items())
    return f"{facts['math_damage']}, in {_count(len(spans), 'place')} ({parts}), {repaired} repaired"


def _edited(before: str, after: str, colour: bool) -> Text:
    before, after = _visible(before), _visible(after)
    if not colour:
        return Text(f"⟦{before}→{after}⟧")
    return Text.assemble((before, f"{_REMOVED} not bold"), (after, f"{_ADDED} not bold"))


def _pieces(pieces: list[dict[str, Any]], colour: bool) -> Text:
    text = Text()
    for piece in pieces:
        if piece["rules"]:
            text.append_text(_edited(piece["before"], piece["after"], colour))
        else:
            text.append(piece["after"])
    return text


def _visible(text: str) -> str:
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text)


def validation_report(result: Any) -> Iterator[Any]:
    """Yield what to print about a validation."""
    for finding in result.findings:
        row = "" if finding.row is None else f" row {finding.row}"
        yield f"[red]{finding.check}[/] {_safe(finding.where)}{row}: {_safe(finding.message)}"
    checks = ", ".join(result.checks)
    if result.ok:
        yield f"[green]valid[/]: {_safe(result.target)} ({result.kind}; checked {checks})"
    else:
        found = _count(len(result.findings), "finding")
        yield f"[bold red]wrong[/]: {_safe(result.target)}: {found} (checked {checks})"
