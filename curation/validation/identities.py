"""Names and merges computed again: is each paper called what its title says, is each merge as similar as it states."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa

from curation.deduplicate.similarity import jaccard, shingles
from curation.identity import abstract_key, paper_id, title_key
from curation.normalize.stage import normalize_texts
from curation.recipe import Recipe
from curation.release.reader import Release
from curation.schemas.tables import SCHEMA_VERSION
from curation.validation.findings import Finding

__all__ = ["check_identities"]

Row = dict[str, Any]


def check_identities(release: Release, tables: Mapping[str, pa.Table]) -> Iterator[Finding]:
    """Yield papers that are not named by their captured title, and merges that are not as similar as they state."""
    listings = {(row["source_id"], row["position"]): row for row in tables["listings"].to_pylist()}
    papers = {row["paper_id"]: row for row in tables["papers"].to_pylist()}
    yield from _check_names(papers, listings)
    if release.manifest["schema_version"] != SCHEMA_VERSION:
        return  # similarities were those of texts as the rules of that time normalized them
    try:
        recipe = Recipe.model_validate(release.manifest["recipe"])
    except ValueError as error:
        yield Finding("manifest", "manifest.json", f"the recipe is none: {str(error).splitlines()[0]}")
        return
    merges = [
        (number, row, listings.get((row["source_id"], row["position"])), papers.get(row["survivor"]))
        for number, row in enumerate(tables["removed"].to_pylist())
        if row["reason"] == "merged"
    ]
    for number, row, listing, paper in merges:
        if listing is None or paper is None:
            continue  # the ledger reports it
        origin = listings.get((paper["source_id"], paper["position"]))
        if origin is not None and (fault := _merge_fault(row, listing, paper, origin, recipe)):
            yield Finding("ledger", "removed", fault, number)


def _check_names(papers: Mapping[str, Row], listings: Mapping[tuple[str, int], Row]) -> Iterator[Finding]:
    for number, (name, paper) in enumerate(papers.items()):
        origin = listings.get((paper["source_id"], paper["position"]))
        if origin is None:
            continue  # the ledger reports it
        title, abstract = title_key(origin["title"]), abstract_key(origin["abstract"])
        if name not in (paper_id(title), paper_id(title, abstract)):
            yield Finding("ledger", "papers", f"paper {name} is not named by its captured title", number)


def _merge_fault(row: Row, listing: Row, paper: Row, origin: Row, recipe: Recipe) -> str | None:
    same = all(
        key(listing[field]) == key(origin[field]) for field, key in (("title", title_key), ("abstract", abstract_key))
    )
    if row["rule"] == "exact":
        right = same and row["similarity"] == 1.0
        return None if right else f"an exact merge into {row['survivor']} of similarity {row['similarity']}"
    if row["rule"] != "near":
        return f"there is no rule of merging {row['rule']!r}"
    rule = recipe.deduplicate
    merged = normalize_texts(pa.array([listing["abstract"]]))[0][0].as_py()
    similarity = jaccard(shingles(merged, rule.ngram), shingles(paper["abstract"], rule.ngram))
    if similarity != row["similarity"] or similarity < rule.threshold:
        return f"the similarity to {row['survivor']} is {similarity}, the table says {row['similarity']}"
    return None
