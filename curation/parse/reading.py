"""Reading and parsing the sources of a build."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from curation.errors import Location, RecipeError, SourceError
from curation.parse.listing import Listing, parse_listing
from curation.recipe import Recipe, SourceFile
from curation.sources.records import is_record_file
from curation.sources.text import read_text_source

__all__ = ["Once", "is_listing", "read_listings", "source_files"]


def source_files(recipe: Recipe, recipe_path: Path | None, sources: Sequence[str | Path] = ()) -> list[SourceFile]:
    """Return the sources of a build.

    Args:
        recipe: Names the sources, unless `sources` does.
        recipe_path: Where the recipe stands.
        sources: Files, and URLs of record files, to read instead of the recipe's.

    Raises:
        RecipeError: There is no source at all.
        SourceError: A file's name cannot be written down.
    """
    files = [SourceFile(path=_name_of(path)) for path in sources] or recipe.sources
    if not files:
        raise RecipeError(
            "there is nothing to build: no source on the command line and none in the recipe",
            where=None if recipe_path is None else Location(recipe_path),
            hint="name captured pages or record files: `curate build my-page.txt`",
        )
    return files


def is_listing(file: SourceFile) -> bool:
    """Tell a captured page from a file of records, by what the recipe calls it, else by its name."""
    return file.format == "listing" if file.format else not is_record_file(file.path)


def read_listings(recipe: Recipe, recipe_path: Path | None, sources: Sequence[str | Path] = ()) -> list[Listing]:
    """Read and parse the captured pages among the sources of a build.

    Args:
        recipe: Names the sources, unless `sources` does.
        recipe_path: Where the recipe stands; its sources are found from there.
        sources: Files to read instead of the recipe's.

    Raises:
        RecipeError: There is no source at all.
        SourceError: A source cannot be read, is no listing, is given twice, or is not what the recipe pins.
    """
    base = Path() if sources or recipe_path is None else recipe_path.parent
    once = Once()
    listings: list[Listing] = []
    for file in source_files(recipe, recipe_path, sources):
        if is_listing(file):
            path = base / file.path
            source = read_text_source(path, file.name)
            once.require(source.source_id, source.sha256, file, str(path))
            listings.append(parse_listing(source, str(path)))
    return listings


class Once:
    """Sees that every source is given once, and is what the recipe pins."""

    def __init__(self) -> None:
        self._seen: dict[str, str] = {}

    def require(self, source_id: str, sha256: str, file: SourceFile, where: str) -> None:
        """Check a source.

        Raises:
            SourceError: It is given twice, or is not what the recipe pins.
        """
        if file.sha256 and sha256 != file.sha256:
            raise SourceError(
                "the content is not what the recipe pins",
                where=Location(where),
                expected=f"sha256 {file.sha256}, found {sha256}",
                hint="restore the file, or change the recipe if the new content is meant",
            )
        if source_id in self._seen:
            raise SourceError(
                f"the same content is given twice, here and as {self._seen[source_id]}",
                where=Location(where),
                hint="leave one of them out",
            )
        self._seen[source_id] = where


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
