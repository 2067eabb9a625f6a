"""Explaining a paper: where it was captured, what was changed, who labelled it, which split it is in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from curation.errors import Location, LookupFailedError
from curation.identity import title_key
from curation.normalize.edits import Edit, undo
from curation.normalize.pieces import compose, edits_as_json
from curation.release.reader import Release, require_schema
from curation.release.shape import asks_for_topics
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
        (paper, title, path, at, split)
        for split, part in release.manifest["tables"]["papers"].items()
        for path in part["files"]
        for at, (paper, title) in enumerate(_names(release.read_file(path)))
    ]
    wanted = query.strip()
    found = [one for one in rows if one[0] == wanted]
    if not found and len(wanted) >= _SHORTEST_ID:
        found = [one for one in rows if one[0].startswith(wanted)]
    if not found and (key := title_key(wanted)):
        keys = [title_key(title) for _, title, *_ in rows]
        found = [one for one, own in zip(rows, keys, strict=True) if own == key] or [
            one for one, own in zip(rows, keys, strict=True) if key in own
        ]
    if len(found) == 1:
        _, _, path, at, split = found[0]
        return with_current_columns(release.read_file(path).slice(at, 1), "papers").to_pylist()[0], split
    if not found:
        raise LookupFailedError(
            f"no paper matches {query!r}",
            where=Location(release.folder),
            expected="a paper_id, the beginning of one, or a part of a title",
            hint="try fewer words of the title",
        )
    shown = [f"  {paper}  {title}" for paper, title, *_ in found[:_MOST_CANDIDATES]]
    if len(found) > _MOST_CANDIDATES:
        shown.append(f"  … and {len(found) - _MOST_CANDIDATES} more")
    raise LookupFailedError(
        f"{len(found)} papers match {query!r}",
        where=Location(release.folder),
        hint="name one of\n" + "\n".join(shown),
    )


def _names(papers: pa.Table) -> Iterator[tuple[str, str]]:
    return zip(papers["paper_id"].to_pylist(), papers["title"].to_pylist(), strict=True)


def explain(release: Release, query: str) -> dict[str, Any]:
    """Gather everything that a release knows about a paper.

    Args:
        release: The release.
        query: The paper's id, the beginning of it, or a part of its title.

    Returns:
        Plain values: `paper_id`, `split`, `arxiv_id`, `categories`, `year`, `urls`, `code_urls`, `math_damage` (the
        level's name, None where the schema had none), `math_damage_spans`, `texts` (captured, published, edits and
        composed pieces by field), `occurrences`, `topics_asked_for`, `labels`, `votes`.

    Raises:
        LookupFailedError: No paper matches, or more than one.
        ReleaseError: A table of the release cannot be read, or the release was built with another schema.
    """
    require_schema(release)
    paper, split = find_paper(release, query)
    paper_id = paper["paper_id"]
    sources = {source["source_id"]: source for source in release.manifest["sources"]}
    merged = release.read("removed").select(["source_id", "position", "survivor", "rule", "similarity"])
    merged = merged.filter(pc.equal(merged["survivor"], paper_id))
    removed = {(row["source_id"], row["position"]): row for row in merged.to_pylist()}
    listings = release.read("listings")
    occurrences = [
        {
            "source": sources.get(row["source_id"], {}).get("name", row["source_id"]),
            "source_id": row["source_id"],
            "format": sources.get(row["source_id"], {}).get("format"),
            "position": row["position"],
            "line": row["title_line"],
            "published": row["is_survivor"],
            "merged_by": (gone := removed.get((row["source_id"], row["position"]), {})).get("rule"),
            "similarity": gone.get("similarity"),
        }
        for row in listings.filter(pc.equal(listings["paper_id"], paper_id)).to_pylist()
    ]
    edits = release.edits_of(paper_id)
    annotations = release.read("annotations")
    votes = annotations.filter(pc.equal(annotations["paper_id"], paper_id)).to_pylist()
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
        "topics_asked_for": asks_for_topics(release.manifest),
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
