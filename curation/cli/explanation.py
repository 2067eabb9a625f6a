"""How a paper's explanation looks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from rich.table import Table
from rich.text import Text

from curation.cli.report import count as count_of
from curation.cli.report import safe
from curation.cli.text_view import CLASS_STYLES, compared, legend
from curation.normalize.pieces import Piece
from curation.sources.record_source import FORMATS

__all__ = ["edit_list", "explanation"]

_REMOVED, _ADDED = "red strike", "green"


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
        # a row of Parquet is on no line
        place = safe(one["source"]) + (f":{one['line']}" if one["format"] != "parquet" else "")
        number = f"record {one['position'] + 1}" if one["format"] in FORMATS else f"position {one['position']}"
        yield f"  {place}  {number}  {fate}"
    for field, text in facts["texts"].items():
        yield ""
        yield from _changed(field, text, facts["math_damage_spans"] if field == "abstract" else [], colour)
    yield ""
    yield f"[bold]math damage[/] {_damage(facts)}"
    yield ""
    labels = facts["labels"]
    if not facts["topics_asked_for"]:
        yield "[bold]topics[/] [dim](none: nobody was asked for any)[/]"
    elif labels["primary"] is None:
        yield "[bold]topics[/] [dim](none: nobody annotated the paper and the labeler abstained)[/]"
    else:
        yield f"[bold]topics[/] [dim]({labels['source']})[/]"
    for topic in labels["topics"]:
        yield f"  {topic}{'  (primary)' if topic == labels['primary'] else ''}"
    yield from _voices(facts["votes"])
    functions = [vote for vote in facts["votes"] if vote["score"] is not None]
    if functions:
        table = Table(box=None, pad_edge=False, header_style="dim")
        for heading in ("  vote of", "topic", "score"):
            table.add_column(heading, justify="right" if heading == "score" else "left")
        for vote in sorted(functions, key=lambda vote: (-vote["score"], vote["annotator"])):
            table.add_row(f"  {vote['annotator']}", vote["topic"], f"{vote['score']:.2f}")
        yield table


def _voices(votes: list[dict[str, Any]]) -> Iterator[str]:
    """Yield what each annotator said, the primary topic first."""
    given: dict[str, list[dict[str, Any]]] = {}
    for vote in votes:
        if vote["score"] is None:
            given.setdefault(f"{vote['annotator']} (round {vote['version']})", []).append(vote)
    for voice, topics in given.items():
        ordered = sorted(topics, key=lambda vote: not vote["is_primary"])
        yield f"  [dim]{safe(voice)}:[/] {' '.join(vote['topic'] for vote in ordered)}"


def _enrichment(facts: dict[str, Any]) -> Iterator[str]:
    """Yield what is known of a paper from its links and from arXiv."""
    if facts["arxiv_id"] is None:
        yield "[dim]arXiv[/] unknown"
    else:
        categories = " ".join(facts["categories"]) or "[dim]unknown[/]"
        yield f"[dim]arXiv[/] {facts['arxiv_id']}   [dim]year[/] {facts['year']}   [dim]categories[/] {categories}"
    for url in facts["urls"]:
        yield f"[dim]{'code' if url in facts['code_urls'] else 'link'}[/] {safe(url)}"


def _damage(facts: dict[str, Any]) -> str:
    spans = facts["math_damage_spans"]
    if facts["math_damage"] is None:
        return "[dim](not stated: the release is of an earlier schema)[/]"
    if not spans:
        return str(facts["math_damage"])
    kinds = Counter(span["kind"] for span in spans)
    repaired = sum(span["repaired"] for span in spans)
    parts = ", ".join(f"{kind} {number}" for kind, number in kinds.items())
    return f"{facts['math_damage']}, in {count_of(len(spans), 'place')} ({parts}), {repaired} repaired"


def _changed(field: str, text: dict[str, Any], damage: list[dict[str, Any]], colour: bool) -> Iterator[Any]:
    """Yield a text above and below its edits, and the list of them."""
    count = len(text["edits"])
    stays = any(not place["repaired"] for place in damage)
    head = Text(field, style="bold").append(
        f" ({count_of(count, 'edit')})" if count else " (as captured)", style="dim not bold"
    )
    yield head.append("  ").append_text(legend(colour=colour)) if count or stays else head
    pieces = [Piece(piece["before"], piece["after"], tuple(piece["rules"])) for piece in text["pieces"]]
    yield from compared(pieces, damage, colour=colour, names=("captured", "published"))
    yield from edit_list(text["edits"])


def edit_list(edits: list[dict[str, Any]]) -> Iterator[str]:
    """Yield a line for each edit, in the order they were made."""
    for step, edit in enumerate(edits, start=1):
        further = f" [dim](and in {count_of(len(edit['offsets']), 'further place')})[/]" if edit["offsets"] else ""
        style = CLASS_STYLES[edit["class"]]
        yield (
            f"  [dim]{step:>3}. at {edit['start']:>5}[/]  [{style}]{edit['rule']:<18}[/] "
            f"[{_REMOVED}]{safe(edit['before'])}[/] → [{_ADDED}]{safe(edit['after'])}[/]{further}"
        )
