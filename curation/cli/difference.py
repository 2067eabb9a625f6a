"""How a difference of releases, a plan to publish and a receipt look on a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rich.text import Text

from curation.cli.report import NAME, count, safe, visible
from curation.diff.release import PaperChange, ReleaseDiff
from curation.diff.render import MOST, changed_value, shown_changes
from curation.diff.words import TEXT_COLUMNS, diff_words

if TYPE_CHECKING:
    from curation.diff import Decision
    from curation.publishing import Plan, Receipt

__all__ = ["difference", "header", "plan_report", "receipt_report"]

_OLD, _NEW = "red strike", "bold green"
# Characters of unchanged text beside a change.
_AROUND = 60
_FILES = 12


def header(diff: ReleaseDiff) -> str:
    """Name the two releases in a line."""
    return f"{diff.old['name']} {diff.old['version']} → {diff.new['version']}"


def difference(diff: ReleaseDiff, decision: Decision, *, colour: bool) -> Iterator[Any]:
    """Yield what to print about a difference."""
    yield f"[bold]{safe(header(diff))}[/], papers {diff.old['papers']} → {diff.new['papers']}"
    if diff.empty:
        changed = sum(map(len, diff.files.values()))
        yield "[green]no row changed[/]" + (f"; {count(changed, 'file')} written in another way" if changed else "")
        return
    yield from changes(diff, colour=colour)
    yield ""
    yield f"{safe(decision.reason)}: a version after {diff.old['version']} is [bold]{decision.version}[/]"


def changes(diff: ReleaseDiff, *, colour: bool) -> Iterator[Any]:
    """Yield the changes, kind after kind."""
    yield from _schema(diff)
    for what, style, papers in (("added", "green", diff.added), ("removed", "red", diff.removed)):
        if papers:
            yield f"\n[bold]{count(len(papers), 'paper')} [{style}]{what}[/][/]"
        for one in papers[:MOST]:
            yield f"  [dim]{safe(one['paper_id'])}[/] {safe(one['title'])} [dim]({one['split']})[/]"
        yield from _rest(len(papers))
    for what, changed in (
        ("edited", diff.edited),
        ("relabelled", diff.relabelled),
        ("moved to another split", diff.moved),
        ("taken from another occurrence", diff.retaken),
    ):
        if changed:
            yield f"\n[bold]{count(len(changed), 'paper')} {what}[/]"
        for paper in changed[:MOST]:
            yield f"  [dim]{safe(paper.paper_id)}[/] {safe(paper.title)}"
            yield from _fields(paper, colour)
        yield from _rest(len(changed))
    others = {name: rows.counts for name, rows in diff.tables.items() if name != "papers" and any(rows.counts.values())}
    if others:
        yield "\n[bold]rows of the other tables[/]"
    for name, counts in others.items():
        yield f"  {safe(name)}: " + ", ".join(f"{number:,} {done}" for done, number in counts.items() if number)


def _schema(diff: ReleaseDiff) -> Iterator[str]:
    for done, sources in (("[green]added[/]", diff.sources_added), ("[red]removed[/]", diff.sources_removed)):
        for one in sources:
            yield f"source {done}: {safe(one['name'])} [dim]{one['source_id']}[/], {count(one['records'], 'record')}"
    for name in diff.tables_added:
        yield f"table [green]added[/]: {safe(name)}"
    for name in diff.tables_removed:
        yield f"table [red]dropped[/]: {safe(name)}"
    for column in diff.columns:
        was, now = column.old or "(none)", column.new or "(none)"
        yield f"column {safe(column.table)}.{safe(column.column)}: {safe(was)} → {safe(now)}"


def _rest(number: int) -> Iterator[str]:
    if number > MOST:
        yield f"  [dim]… and {number - MOST:,} more (--format json has all)[/]"


def _fields(paper: PaperChange, colour: bool) -> Iterator[Any]:
    for change in shown_changes(paper):
        line = Text(f"    {change.field}: ", style="dim")
        if change.field in TEXT_COLUMNS and colour:
            line.append_text(_coloured(change.old or "", change.new or ""))
        else:
            line.append(visible(changed_value(change)), style="not dim")
        yield line


def _coloured(old: str, new: str) -> Text:
    text = Text(style="not dim")
    pieces = diff_words(old, new)
    for number, (kind, before, after) in enumerate(pieces):
        if kind == "changed":
            text.append(visible(before), style=_OLD).append(visible(after), style=_NEW)
            continue
        head = before[:_AROUND] if number else ""
        tail = before[-_AROUND:] if number < len(pieces) - 1 else ""
        text.append(visible(before if len(before) <= len(head) + len(tail) else f"{head}…{tail}"))
    return text


def plan_report(plan: Plan) -> Iterator[Any]:
    """Yield what to print about a plan."""
    yield f"[{NAME}]{safe(plan.target)}[/]: version [bold]{plan.version}[/], {safe(plan.reason)}"
    if plan.state == "done":
        yield "it is published already; nothing is left to do"
        return
    if plan.state == "finish":
        yield "its files are there already; what is left is to check and to tag them"
        return
    if plan.creates:
        yield "it is not there yet and will be made" + (", private" if plan.private else "")
    if plan.diff is not None:
        yield from changes(plan.diff, colour=False)
    yield ""
    new = sum(one.bytes for one in plan.added)
    kept = f", {count(len(plan.kept), 'file')} there already" if plan.kept else ""
    yield f"{count(len(plan.added), 'file')} to send, {new / 1024:,.0f} KiB{kept}"
    for one in plan.added[:_FILES]:
        yield f"  [green]+[/] {safe(one.path)} [dim]{one.bytes:,} bytes[/]"
    if len(plan.added) > _FILES:
        yield f"  [dim]… and {len(plan.added) - _FILES} more[/]"
    for path in plan.deleted:
        yield f"  [red]-[/] {safe(path)}"
    if plan.create_pr:
        yield "as a pull request; publish again once it is merged, which checks and tags it"


def receipt_report(receipt: Receipt) -> Iterator[Any]:
    """Yield what to print about what was published."""
    if receipt.pull_request:
        yield f"[green]pull request[/]: {safe(receipt.pull_request)} [dim](loaded and compared; not tagged yet)[/]"
    elif receipt.already:
        yield f"[green]there already[/]: {safe(receipt.target)} version [bold]{receipt.version}[/]"
    else:
        yield f"[green]published[/]: {safe(receipt.target)} version [bold]{receipt.version}[/], loaded and compared"
    if receipt.commit:
        yield f"  commit {receipt.commit}" + (f", tag {receipt.tag}" if receipt.tag else "")
    yield f"  {count(receipt.files, 'file')}, {receipt.bytes:,} bytes"
    if receipt.url and not receipt.pull_request:
        yield f"  {safe(receipt.url)}"
