"""What card and Croissant say of the sources: captured pages, files of records, or both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from curation.recipe import Recipe
from curation.release.markdown import escaped
from curation.release.shape import is_record_file

__all__ = ["OF_PAGES", "SourcesInWords", "default_provenance", "source_facts", "sources_in_words", "summary"]

OF_PAGES = "Abstracts from captured Hugging Face Papers listings."
"""The summary of the built-in recipe, which any sources may be built with."""

_FORMATS = {"jsonl": "JSON lines", "csv": "CSV", "parquet": "Parquet"}
_MATH = {"latex": "in LaTeX", "stripped": "stripped"}


def source_facts(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the card's sentences depend on, and the rows of its table of sources.

    Returns:
        `pages` and `files`, how many captured pages and files of records there are; `stripped` and `latex`, whether
        there are sources without and with their LaTeX; `sources`, their entries with `kind` and `told` (how math
        stands there); `renamed`, a sentence for each file that calls columns by other names.
    """
    entries = manifest["sources"]
    files = [one for one in entries if is_record_file(one)]
    return {
        "pages": len(entries) - len(files),
        "files": len(files),
        "stripped": any(one.get("math") != "latex" for one in entries),
        "latex": any(one.get("math") == "latex" for one in entries),
        "sources": [
            {
                **one,
                "kind": _FORMATS[one["format"]] if is_record_file(one) else f"page, layout {one['layout']}",
                "told": _MATH[one.get("math", "stripped")],
            }
            for one in entries
        ],
        "renamed": [_renamed(one) for one in files if _columns(one)],
    }


def _columns(source: Mapping[str, Any]) -> dict[str, str]:
    """Return the columns that a file of records calls by another name, by ours."""
    return {ours: theirs for ours, theirs in source["columns"].items() if theirs not in (None, ours)}


def _renamed(source: Mapping[str, Any]) -> str:
    columns = ", ".join(f"`{ours}` from {escaped(theirs)}" for ours, theirs in _columns(source).items())
    return f"In {escaped(source['name'])} the columns have other names: {columns}."


def summary(manifest: Mapping[str, Any], recipe: Recipe) -> str:
    """Return what the dataset is; the built-in recipe's sentence is made to say what the sources are."""
    if recipe.dataset.summary == OF_PAGES:
        return f"Abstracts from {_kinds(manifest, 'captured Hugging Face Papers listings')}."
    return recipe.dataset.summary


def default_provenance(manifest: Mapping[str, Any]) -> str:
    """Return how the sources came to be, where the recipe does not say it."""
    if source_facts(manifest)["pages"]:
        return f"The sources are {_kinds(manifest, 'captures of Hugging Face Papers pages, saved as text')}."
    return f"The sources are {_kinds(manifest, '')}, each with a title and an abstract."


def _kinds(manifest: Mapping[str, Any], pages: str) -> str:
    facts = source_facts(manifest)
    kinds = [pages] if facts["pages"] else []
    if facts["files"]:
        kinds.append("files of records")
    return ", and ".join(kinds) if "," in pages else " and ".join(kinds)


@dataclass(frozen=True, slots=True)
class SourcesInWords:
    """What Croissant says of the sources.

    Attributes:
        came_from: How they came to be, where the recipe does not say it.
        type: In the terms of Croissant, or other ones.
        missing: What is not there.
        raw: What the release holds of them.
        merged_by: What makes two records one paper, beyond their texts.
        kept_whole: What of them is kept beside texts.
        biases: What they are no sample of.
        limits: What cannot be told from their texts.
        looked_up: How arXiv ids were found in a table.
    """

    came_from: str
    type: str
    missing: str
    raw: str
    merged_by: str
    kept_whole: str
    biases: str
    limits: tuple[str, ...]
    looked_up: str


def sources_in_words(manifest: Mapping[str, Any]) -> SourcesInWords:
    """Return what Croissant says of the sources of a release."""
    facts, damage = source_facts(manifest), manifest["statistics"]["papers_by_math_damage"]
    pages, files = facts["pages"], facts["files"]
    visible = f"{damage['visible']} paper" if damage["visible"] == 1 else f"{damage['visible']} papers"
    marks = (
        f"`math_damage` marks what shows it: visible in {visible}, suspected in {damage['suspected']}; a loss without"
        " trace is not marked."
    )
    whole = "`segments` holds the captured pages whole"
    if not files:
        return SourcesInWords(
            came_from="Pages of Hugging Face Papers, saved as text.",
            type="Others: web pages saved as text",
            missing=f"The pages strip TeX math from abstracts. {marks}",
            raw="Every byte of every source is in the release, in `segments` and `listings`.",
            merged_by="",
            kept_whole=f", and {whole}",
            biases="The records are what the captured pages showed, in their order of relevance: no sample of the"
            " field.",
            limits=("Math that the pages took away without a trace cannot be told from the text.",),
            looked_up="arXiv ids were matched by title alone.",
        )
    in_latex = f"{'Some' if facts['stripped'] else 'All'} sources keep their math in LaTeX."
    stripped = f"Other texts were stripped of it. {marks}" if facts["latex"] else f"Math was stripped. {marks}"
    raw = "Every record of the files is in the release, in `listings` or `removed`; the files are not"
    return SourcesInWords(
        came_from="Pages of Hugging Face Papers, saved as text, and files of records."
        if pages
        else "Files of records.",
        type="Others: web pages saved as text, and files of records" if pages else "Others: files of records",
        missing=" ".join([in_latex] * facts["latex"] + [stripped] * facts["stripped"]),
        raw=f"{raw}. Every byte of every page is, in `segments` and `listings`." if pages else f"{raw}.",
        merged_by=", or if they state the same arXiv id",
        kept_whole=f", and {whole}" if pages else "",
        biases="The records are what the sources hold; whether they are a sample of anything, the release does not"
        " know.",
        limits=(
            *(["Math that was taken away without a trace cannot be told from the text."] if facts["stripped"] else []),
            *(["Formulas that could not be read whole stay in LaTeX."] if facts["latex"] else []),
        ),
        looked_up="arXiv ids that no record states were matched by title alone.",
    )
