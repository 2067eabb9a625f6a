"""Explaining a paper: where it was captured, what was changed, who labelled it, which split it is in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from curation.errors import Location, LookupFailedError
from curation.identity import title_key
from curation.normalize.edits import Edit, undo
from curation.release.reader import Release, require_schema
from curation.schemas.stages import DAMAGE_LEVELS, FIELDS
from curation.schemas.taxonomy import TOPIC_IDS

__all__ = ["Piece", "compose", "explain"]

_MOST_CANDIDATES = 10
_SHORTEST_ID = 6


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text, before and after all edits.

    Attributes:
        before: As captured.
        after: As published.
        rules: What changed it, in the order of the edits; empty where nothing did.
    """

    before: str
    after: str
    rules: tuple[str, ...] = ()


def compose(captured: str, edits: Iterable[Edit]) -> list[Piece]:
    """Lay edits made one after the other side by side over the captured text.

    Args:
        captured: The text before all edits.
        edits: In the order they were made.

    Returns:
        Pieces whose `before` join to the captured text and whose `after` join to the published one. Edits that touch
        the same characters share a piece.
    """
    pieces = [Piece(captured, captured)]
    for edit in edits:
        # from right to left, so that the places further left stay where they are
        for start in (*reversed(edit.offsets), edit.start):
            pieces = _apply(pieces, replace(edit, start=start, end=start + len(edit.before), offsets=()))
    return [piece for piece in pieces if piece.before or piece.after]


def _apply(pieces: list[Piece], edit: Edit) -> list[Piece]:
    left: list[Piece] = []
    touched: list[Piece] = []
    right: list[Piece] = []
    position = 0
    for piece in pieces:
        start, end = position, position + len(piece.after)
        position = end
        if not piece.rules:
            first = min(max(edit.start - start, 0), len(piece.after))
            last = min(max(edit.end - start, first), len(piece.after))
            parts = (piece.after[:first], piece.after[first:last], piece.after[last:])
            for target, text in zip((left, touched, right), parts, strict=True):
                if text:
                    target.append(Piece(text, text))
        elif end <= edit.start and (start < end or end < edit.start):
            left.append(piece)
        elif start >= edit.end:
            right.append(piece)
        else:
            touched.append(piece)
    offset = edit.start - sum(len(piece.after) for piece in left)
    joined = "".join(piece.after for piece in touched)
    after = joined[:offset] + edit.after + joined[offset + len(edit.before) :]
    before = "".join(piece.before for piece in touched)
    rules = tuple(dict.fromkeys([*(rule for piece in touched for rule in piece.rules), edit.rule]))
    return [*left, Piece(before, after, rules), *right]


def find_paper(release: Release, query: str) -> tuple[dict[str, Any], str]:
    """Find a paper by its id, the beginning of it, or a part of its title.

    Returns:
        Its row of `papers`, and its split.

    Raises:
        LookupFailedError: No paper matches, or more than one.
    """
    rows = [
        (row, split)
        for split, part in release.manifest["tables"]["papers"].items()
        for path in part["files"]
        for row in release.read_file(path).to_pylist()
    ]
    wanted = query.strip()
    found = [one for one in rows if one[0]["paper_id"] == wanted]
    if not found and len(wanted) >= _SHORTEST_ID:
        found = [one for one in rows if one[0]["paper_id"].startswith(wanted)]
    if not found and (key := title_key(wanted)):
        found = [one for one in rows if title_key(one[0]["title"]) == key] or [
            one for one in rows if key in title_key(one[0]["title"])
        ]
    if len(found) == 1:
        return found[0]
    if not found:
        raise LookupFailedError(
            f"no paper matches {query!r}",
            where=Location(release.folder),
            expected="a paper_id, the beginning of one, or a part of a title",
            hint="try fewer words of the title",
        )
    shown = [f"  {row['paper_id']}  {row['title']}" for row, _ in found[:_MOST_CANDIDATES]]
    if len(found) > _MOST_CANDIDATES:
        shown.append(f"  … and {len(found) - _MOST_CANDIDATES} more")
    raise LookupFailedError(
        f"{len(found)} papers match {query!r}",
        where=Location(release.folder),
        hint="name one of\n" + "\n".join(shown),
    )


def explain(release: Release, query: str) -> dict[str, Any]:
    """Gather everything that a release knows about a paper.

    Args:
        release: The release.
        query: The paper's id, the beginning of it, or a part of its title.

    Returns:
        Plain values: `paper_id`, `split`, `arxiv_id`, `categories`, `year`, `urls`, `code_urls`, `math_damage` (the
        level's name), `math_damage_spans`, `texts` (captured, published, edits and composed pieces by field),
        `occurrences`, `labels`, `votes`.

    Raises:
        LookupFailedError: No paper matches, or more than one.
        ReleaseError: A table of the release cannot be read, or the release was built with another schema.
    """
    require_schema(release)
    paper, split = find_paper(release, query)
    paper_id = paper["paper_id"]
    names = {source["source_id"]: source["name"] for source in release.manifest["sources"]}
    removed = {(row["source_id"], row["position"]): row for row in release.read("removed").to_pylist()}
    occurrences = [
        {
            "source": names.get(row["source_id"], row["source_id"]),
            "source_id": row["source_id"],
            "position": row["position"],
            "line": row["title_line"],
            "published": row["is_survivor"],
            "merged_by": (gone := removed.get((row["source_id"], row["position"]), {})).get("rule"),
            "similarity": gone.get("similarity"),
        }
        for row in release.read("listings").to_pylist()
        if row["paper_id"] == paper_id
    ]
    edits = release.edits_of(paper_id)
    votes = [row for row in release.read("annotations").to_pylist() if row["paper_id"] == paper_id]
    return {
        "paper_id": paper_id,
        "title": paper["title"],
        "split": split,
        **{name: paper[name] for name in ("arxiv_id", "categories", "year", "urls", "code_urls")},
        "math_damage": DAMAGE_LEVELS[paper["math_damage"]],
        "math_damage_spans": paper["math_damage_spans"],
        "possibly_truncated": paper["possibly_truncated"],
        "occurrences": occurrences,
        "texts": {field: _text(paper[field], edits.get((paper_id, field), [])) for field in FIELDS},
        "labels": {
            "primary": paper["primary_topic_name"],
            "topics": paper["topic_names"],
            "source": paper["label_source"],
        },
        "votes": [
            {
                "annotator": row["annotator"],
                "version": row["version"],
                "topic": TOPIC_IDS[row["topic"]],
                "is_primary": row["is_primary"],
                "score": row["score"],
            }
            for row in votes
        ],
    }


def _text(published: str, edits: list[Edit]) -> dict[str, Any]:
    captured = undo(published, edits)
    return {
        "captured": captured,
        "published": published,
        "edits": [
            {
                "rule": edit.rule,
                "start": edit.start,
                "end": edit.end,
                "before": edit.before,
                "after": edit.after,
                "offsets": list(edit.offsets),
            }
            for edit in edits
        ],
        "pieces": [
            {"before": piece.before, "after": piece.after, "rules": list(piece.rules)}
            for piece in compose(captured, edits)
        ],
    }
