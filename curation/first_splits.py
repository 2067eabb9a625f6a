"""Drawing the first assignment of a dataset, once."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from curation.annotate.voices import read_voices
from curation.errors import Location, OutputError
from curation.parse.reading import read_listings
from curation.pipeline import run_pipeline
from curation.recipe import read_recipe
from curation.schemas.stages import SPLITS
from curation.split.assignments import write_splits

__all__ = ["draw_recipe_splits"]


def draw_recipe_splits(recipe_path: Path, out: Path) -> dict[str, int]:
    """Draw the first assignment of a recipe's papers and write it.

    Args:
        recipe_path: The recipe; an assignment it names already is not read.
        out: Where to write it; must not exist, since a split once given is never changed.

    Returns:
        Papers by split.

    Raises:
        OutputError: The file exists or cannot be written.
        SourceError: A source cannot be read.
        RecipeError: The recipe cannot be followed.
    """
    if out.exists():
        raise OutputError(
            "the file exists; a split once given is never drawn again",
            where=Location(out),
            hint="remove it only for a dataset that nobody has used",
        )
    recipe = read_recipe(recipe_path)
    voices = read_voices(recipe.annotations, recipe_path.parent)
    papers = run_pipeline(read_listings(recipe, recipe_path), recipe, assigned=None, voices=voices).papers
    columns = (papers[name].to_pylist() for name in ("paper_id", "split", "title"))
    write_splits(out, zip(*columns, strict=True))
    counts = Counter(papers["split"].to_pylist())
    return {split: counts[split] for split in SPLITS}
