"""Reading and parsing the sources of a build."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from curation.errors import Location, RecipeError, SourceError
from curation.parse.listing import Listing, parse_listing
from curation.recipe import Recipe, SourceFile
from curation.sources.text import read_text_source

__all__ = ["read_listings"]


def read_listings(recipe: Recipe, recipe_path: Path | None, sources: Sequence[str | Path] = ()) -> list[Listing]:
    """Read and parse the sources of a build.

    Args:
        recipe: Names the sources, unless `sources` does.
        recipe_path: Where the recipe stands; its sources are found from there.
        sources: Files to read instead of the recipe's.

    Raises:
        RecipeError: There is no source at all.
        SourceError: A source cannot be read, is no listing, is given twice, or is not what the recipe pins.
    """
    files = [SourceFile(path=_name_of(path)) for path in sources] or recipe.sources
    if not files:
        raise RecipeError(
            "there is nothing to build: no source on the command line and none in the recipe",
            where=None if recipe_path is None else Location(recipe_path),
            hint="name captured pages: `curate build my-page.txt`",
        )
    base = Path() if sources or recipe_path is None else recipe_path.parent
    seen: dict[str, Path] = {}
    listings: list[Listing] = []
    for file in files:
        path = base / file.path
        source = read_text_source(path, file.name)
        if file.sha256 and source.sha256 != file.sha256:
            raise SourceError(
                "the content is not what the recipe pins",
                where=Location(path),
                expected=f"sha256 {file.sha256}, found {source.sha256}",
                hint="restore the file, or change the recipe if the new content is meant",
            )
        if source.source_id in seen:
            raise SourceError(
                f"the same content is given twice, here and as {seen[source.source_id]}",
                where=Location(path),
                hint="leave one of them out",
            )
        seen[source.source_id] = path
        listings.append(parse_listing(source, str(path)))
    return listings


def _name_of(path: str | Path) -> str:
    """Return a path as text; the manifest, which is UTF-8, names the file."""
    name = str(path)
    try:
        name.encode()
    except UnicodeEncodeError as error:
        shown = name.encode(errors="surrogateescape").decode(errors="replace")
        raise SourceError(
            "the file's name is not valid UTF-8", where=Location(shown), hint="rename the file"
        ) from error
    return name
