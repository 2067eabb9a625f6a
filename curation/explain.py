"""Explaining a paper: where it was captured, what was changed, who labelled it, which split it is in."""

from __future__ import annotations

import re
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from curation.errors import Location, LookupFailedError
from curation.identity import text_keys, title_key
from curation.normalize.edits import Edit, undo
from curation.normalize.pieces import compose, edits_as_json
from curation.release.reader import Release, require_schema
from curation.release.shape import asks_for_topics
from curation.schemas.stages import DAMAGE_LEVELS, FIELDS
from curation.schemas.taxonomy import TOPIC_IDS
from curation.sources.record_rows import id_and_year

__all__ = ["explain"]

_MOST_CANDIDATES = 10
_SHORTEST_ID = 6
_CALLED_BY = ("paper_id", "arxiv_id", "title")
_ON_ARXIV = re.compile(r"(?:https?://)?(?:www\.)?arxiv\.org/(?:abs|html|pdf)/")


def find_paper(release: Release, query: str) -> tuple[dict[str, Any], str]:
    """Find a paper by its id or the beginning of it, its identifier on arXiv, or a part of its title.

    Returns:
        Its row of `papers`, and its split.

    Raises:
        LookupFailedError: No paper matches, or more than one.
    """
    names = _names(release)
    found = names.filter(_matching(names, query.strip())).to_pylist()
    if len(found) == 1:
        row = release.rows("papers", "paper_id", found[0]["paper_id"]).to_pylist()[0]
        return row, found[0]["split"]
    if not found:
        raise LookupFailedError(
            f"no paper matches {query!r}",
            where=Location(release.folder),
            expected="a paper_id, the beginning of one, an arXiv id, or a part of a title",
            hint="try fewer words of the title",
        )
    shown = [f"  {one['paper_id']}  {one['title']}" for one in found[:_MOST_CANDIDATES]]
    if len(found) > _MOST_CANDIDATES:
        shown.append(f"  … and {len(found) - _MOST_CANDIDATES:,} more")
    raise LookupFailedError(
        f"{len(found):,} papers match {query!r}",
        where=Location(release.folder),
        hint="name one of\n" + "\n".join(shown),
    )


def _names(release: Release) -> pa.Table:
    """Return what papers can be called by, and the split of each."""
    parts = []
    for split in release.manifest["tables"]["papers"]:
        part = release.read("papers", split, _CALLED_BY)
        parts.append(part.append_column("split", pa.repeat(split, part.num_rows)))
    return pa.concat_tables(parts)


def _matching(names: pa.Table, wanted: str) -> pa.Array | pa.ChunkedArray:
    """Tell which papers are meant: by the first way of calling them that fits any."""
    fits = pc.equal(names["paper_id"], wanted)
    if not _any(fits) and (stated := id_and_year(_ON_ARXIV.sub("", wanted))):
        fits = pc.fill_null(pc.equal(names["arxiv_id"], stated[0]), False)
    if not _any(fits) and len(wanted) >= _SHORTEST_ID:
        fits = pc.starts_with(names["paper_id"], wanted)
    if not _any(fits) and (key := title_key(wanted)):
        keys = text_keys(names["title"].combine_chunks())
        fits = pc.equal(keys, key)
        if not _any(fits):
            fits = pc.match_substring(keys, key)
    return fits


def _any(fits: pa.Array | pa.ChunkedArray) -> bool:
    return bool(pc.any(fits, min_count=0).as_py())


def explain(release: Release, query: str) -> dict[str, Any]:
    """Gather everything that a release knows about a paper.

    Args:
        release: The release.
        query: The paper's id or the beginning of it, its identifier on arXiv (with a version or as a link, too), or a
            part of its title.

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
    merged = release.rows("removed", "survivor", paper_id).to_pylist()
    removed = {(row["source_id"], row["position"]): row for row in merged}
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
        for row in release.rows("listings", "paper_id", paper_id).to_pylist()
    ]
    edits = release.edits_of(paper_id)
    votes = release.rows("annotations", "paper_id", paper_id).to_pylist()
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
