"""Names and merges computed again: is each paper called what its title says, is each merge as similar as it states."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from curation.deduplicate.similarity import jaccard, shingles
from curation.identity import abstract_key, paper_id, title_key
from curation.normalize import NormalizeStage
from curation.recipe import Recipe
from curation.release.reader import Release
from curation.release.shape import is_record_file, latex_sources
from curation.schemas.derive import plain_schema
from curation.schemas.stages import ParsedRecords
from curation.schemas.tables import SCHEMA_VERSION
from curation.validation.findings import Finding

__all__ = ["check_identities"]

Row = dict[str, Any]
Tables = Mapping[str, pa.Table]


def check_identities(release: Release, tables: Tables) -> Iterator[Finding]:
    """Yield papers that are not named by their captured title, and merges that are not as similar as they state."""
    listings = tables["listings"]
    row_of = {place: row for row, place in enumerate(_places(listings))}
    origins = [row_of.get(place) for place in _places(tables["papers"])]
    yield from _check_names(tables, origins)
    if release.manifest["schema_version"] != SCHEMA_VERSION:
        return  # similarities were those of texts as the rules of that time normalized them
    try:
        recipe = Recipe.model_validate(release.manifest["recipe"])
    except ValueError as error:
        yield Finding("manifest", "manifest.json", f"the recipe is none: {str(error).splitlines()[0]}")
        return
    paper_of = {name: row for row, name in enumerate(tables["papers"]["paper_id"].to_pylist())}
    found = pc.indices_nonzero(pc.equal(tables["removed"]["reason"], "merged"))
    numbers, merged, survivors = [], [], []
    for number, row in zip(found.to_pylist(), tables["removed"].take(found).to_pylist(), strict=True):
        place, paper = row_of.get((row["source_id"], row["position"])), paper_of.get(row["survivor"])
        if place is not None and paper is not None and origins[paper] is not None:
            numbers.append((number, row))  # of others the ledger reports
            merged.append(place)
            survivors.append(paper)
    of_records = {source["source_id"] for source in filter(is_record_file, release.manifest["sources"])}
    texts = _normalized(listings.take(pa.array(merged, pa.int64())), latex_sources(release.manifest))
    papers = tables["papers"].select(["abstract", "arxiv_id"]).take(pa.array(survivors, pa.int64())).to_pylist()
    both = (merged, [origins[paper] for paper in survivors])
    columns = ["source_id", "title", "abstract"]
    listing, origin = (listings.select(columns).take(pa.array(rows, pa.int64())).to_pylist() for rows in both)
    for (number, row), *sides in zip(numbers, listing, texts, origin, papers, strict=True):
        if fault := _merge_fault(row, *sides, recipe=recipe, of_records=of_records):
            yield Finding("ledger", "removed", fault, number)


def _places(table: pa.Table) -> list[tuple[str, int]]:
    return list(zip(table["source_id"].to_pylist(), table["position"].to_pylist(), strict=True))


def _normalized(listings: pa.Table, latex: frozenset[str]) -> list[str]:
    """Return captured abstracts by the rules of their sources."""
    names = plain_schema(ParsedRecords).names
    texts: list[str] = NormalizeStage(latex)(listings.select(names)).kept["abstract"].to_pylist()
    return texts


def _check_names(tables: Tables, origins: Sequence[int | None]) -> Iterator[Finding]:
    rows = pa.array(origins, pa.int64())
    titles, abstracts = (tables["listings"][field].take(rows) for field in ("title", "abstract"))
    named = zip(tables["papers"]["paper_id"].to_pylist(), titles.to_pylist(), strict=True)
    for number, (name, captured) in enumerate(named):
        if captured is None:
            continue  # the ledger reports it
        title = title_key(captured)
        # few papers share a title, and only those are named by their abstract, too
        if name != paper_id(title) and name != paper_id(title, abstract_key(abstracts[number].as_py())):
            yield Finding("ledger", "papers", f"paper {name} is not named by its captured title", number)


def _merge_fault(
    row: Row, listing: Row, text: str, origin: Row, paper: Row, *, recipe: Recipe, of_records: set[str]
) -> str | None:
    """Return what is wrong with a merge.

    Args:
        row: Its row of `removed`.
        listing: What was captured.
        text: Its abstract, normalized.
        origin: What was captured of the survivor.
        paper: The survivor as it is published.
        recipe: What makes two abstracts one paper's.
        of_records: Sources that may state an identifier.
    """
    if row["rule"] == "exact":
        same = all(
            key(listing[field]) == key(origin[field])
            for field, key in (("title", title_key), ("abstract", abstract_key))
        )
        right = same and row["similarity"] == 1.0
        return None if right else f"an exact merge into {row['survivor']} of similarity {row['similarity']}"
    identified = row["rule"] == "arxiv-id"
    if not identified and row["rule"] != "near":
        return f"there is no rule of merging {row['rule']!r}"
    # which identifier the two state is in no table, but a captured page states none
    if identified and (paper["arxiv_id"] is None or not of_records >= {listing["source_id"], origin["source_id"]}):
        return f"a merge into {row['survivor']} by an arXiv id that the two cannot share"
    rule = recipe.deduplicate
    similarity = jaccard(shingles(text, rule.ngram), shingles(paper["abstract"], rule.ngram))
    if similarity != row["similarity"]:
        return f"the similarity to {row['survivor']} is {similarity}, the table says {row['similarity']}"
    if similarity < rule.threshold and not identified:
        return f"the similarity to {row['survivor']} is {similarity}, below the threshold of {rule.threshold}"
    return None
