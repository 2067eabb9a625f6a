"""A difference of two releases as Markdown, for the changelog and for pull requests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from curation.diff.release import Change, PaperChange, ReleaseDiff
from curation.diff.words import TEXT_COLUMNS, marked
from curation.release.markdown import escaped
from curation.schemas.stages import DAMAGE_LEVELS
from curation.schemas.taxonomy import TOPIC_IDS

__all__ = ["MOST", "as_markdown", "changed_value", "coded", "shown_changes"]

MOST = 20
"""Papers that are listed of each kind of change; the rest is counted."""


def changed_value(change: Change) -> str:
    """Spell the change of one field in a line."""
    if change.field in TEXT_COLUMNS:
        return marked(change.old or "", change.new or "")
    if change.field == "topic_scores" and change.old and change.new:
        pairs = zip(TOPIC_IDS, change.old, change.new, strict=False)
        return ", ".join(f"{topic} {old} → {new}" for topic, old, new in pairs if old != new)
    if change.field == "math_damage":
        levels = dict(enumerate(DAMAGE_LEVELS))
        return " → ".join(levels.get(code, _spelled(code)) for code in (change.old, change.new))
    return f"{_spelled(change.old)} → {_spelled(change.new)}"


def _spelled(value: Any) -> str:
    if value is None or value == []:
        return "(none)"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def shown_changes(one: PaperChange) -> list[Change]:
    """Return the changes worth showing: names stand for codes of topics."""
    names = {change.field for change in one.changes}
    codes = {"primary_topic": "primary_topic_name", "topics": "topic_names"}
    return [change for change in one.changes if codes.get(change.field) not in names]


def coded(text: str) -> str:
    """Return text from outside as code in a line of Markdown."""
    plain = "".join(char if char.isprintable() else _spelled_sign(char) for char in text)
    fence = "`" * (1 + max(map(len, re.findall("`+", plain)), default=0))
    return f"{fence} {plain} {fence}" if "`" in plain else f"{fence}{plain}{fence}"


def _spelled_sign(char: str) -> str:
    return " " if char.isspace() else f"\\u{ord(char):04x}"


def as_markdown(diff: ReleaseDiff, *, most: int = MOST) -> str:
    """Render what changed as lists under headings of the third level.

    Args:
        diff: What changed.
        most: Papers listed of each kind of change.
    """
    parts = [
        *_section("Sources", _sources(diff)),
        *_section("Schema", _schema(diff)),
        *_section("Papers added", _papers(diff.added, most)),
        # all of them, and without the words that somebody may have asked to be withdrawn
        *_section("Papers removed", [f"- {coded(one['paper_id'])} ({one['split']})" for one in diff.removed]),
        *_section("Papers edited", _changed(diff.edited, most)),
        *_section("Papers relabelled", _changed(diff.relabelled, most)),
        *_section("Papers moved to another split", _changed(diff.moved, most)),
        *_section("Papers taken from another occurrence", _changed(diff.retaken, most)),
        *_section("Rows of the other tables", _rows(diff)),
    ]
    if not parts:
        files = [path for paths in diff.files.values() for path in paths]
        parts = list(_section("Files written in another way", [f"- {coded(path)}" for path in files]))
    return "\n\n".join(parts) + "\n" if parts else ""


def _section(heading: str, lines: list[str]) -> Iterator[str]:
    if lines:
        yield f"### {heading}\n\n" + "\n".join(lines)


def _sources(diff: ReleaseDiff) -> list[str]:
    return [
        f"- {done}: {escaped(one['name'])} (`{one['source_id']}`), {one['records']} records"
        for done, sources in (("added", diff.sources_added), ("removed", diff.sources_removed))
        for one in sources
    ]


def _schema(diff: ReleaseDiff) -> list[str]:
    lines = [f"- table {coded(name)} added" for name in diff.tables_added]
    lines += [f"- table {coded(name)} dropped" for name in diff.tables_removed]
    for one in diff.columns:
        column = coded(f"{one.table}.{one.column}")
        if one.old is None:
            lines.append(f"- column {column} added ({escaped(one.new or '')})")
        elif one.new is None:
            lines.append(f"- column {column} removed ({escaped(one.old)})")
        else:
            lines.append(f"- column {column}: {escaped(one.old)} → {escaped(one.new)}")
    before, after = diff.old["schema_version"], diff.new["schema_version"]
    return [*lines, f"- schema version {before} → {after}"] if before != after else lines


def _papers(papers: list[dict[str, str]], most: int) -> list[str]:
    lines = [f"- {coded(one['paper_id'])} {escaped(one['title'])} ({one['split']})" for one in papers[:most]]
    return [*lines, *_rest(len(papers), most)]


def _changed(papers: list[PaperChange], most: int) -> list[str]:
    lines = []
    for one in papers[:most]:
        lines.append(f"- {coded(one.paper_id)} {escaped(one.title)}")
        lines += [f"  - {change.field}: {escaped(changed_value(change))}" for change in shown_changes(one)]
    return [*lines, *_rest(len(papers), most)]


def _rest(number: int, most: int) -> list[str]:
    return [f"- … and {number - most:,} more"] if number > most else []


def _rows(diff: ReleaseDiff) -> list[str]:
    return [
        f"- `{name}`: " + ", ".join(f"{count:,} {done}" for done, count in table.counts.items() if count)
        for name, table in diff.tables.items()
        if name != "papers" and any(table.counts.values())
    ]
