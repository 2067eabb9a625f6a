"""Explaining a paper: where it was captured, what was changed, who labelled it, which split it is in."""

from __future__ import annotations

from typing import Any

from curation.errors import Location, LookupFailedError
from curation.identity import title_key
from curation.normalize.edits import Edit, undo
from curation.normalize.pieces import compose, edits_as_json
from curation.release.reader import Release, require_schema
from curation.schemas.history import with_current_columns
from curation.schemas.stages import DAMAGE_LEVELS, FIELDS
from curation.schemas.taxonomy import TOPIC_IDS

__all__ = ["explain"]

_MOST_CANDIDATES = 10
_SHORTEST_ID = 6


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
        for row in with_current_columns(release.read_file(path), "papers").to_pylist()
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
        level's name, None where the schema had none), `math_damage_spans`, `texts` (captured, published, edits and
        composed pieces by field), `occurrences`, `labels`, `votes`.

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
        "math_damage": None if (level := paper["math_damage"]) is None else DAMAGE_LEVELS[level],
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
        "edits": edits_as_json(edits),
        "pieces": [
            {"before": piece.before, "after": piece.after, "rules": list(piece.rules)}
            for piece in compose(captured, edits)
        ],
    }
