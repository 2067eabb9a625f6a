"""The main job: from sources and a recipe to a release."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from curation.annotate.voices import Voices, read_voices
from curation.enrich import read_arxiv_ids
from curation.errors import Location, SourceError
from curation.parse.reading import read_listings
from curation.pipeline import Run, run_pipeline
from curation.recipe import Recipe, read_recipe
from curation.release.assemble import published_tables
from curation.release.card import render_card, render_changelog
from curation.release.folder import MANIFEST, claim, install, require_free, staging
from curation.release.manifest import add_files, build_manifest, release_date, table_entry, to_json
from curation.release.pictures import write_charts
from curation.release.writer import write_splits_of
from curation.schemas.taxonomy import as_json
from curation.split import read_splits
from curation.stage import Engine

__all__ = ["BuildResult", "build"]


@dataclass(frozen=True, slots=True)
class BuildResult:
    """What a build did.

    Attributes:
        out: Where the release is.
        manifest: Its manifest.
        rejected: Rows of `removed` that were rejected, by source and line.
        changed: False if the same release was there already, byte for byte.
    """

    out: Path
    manifest: dict[str, Any] = field(repr=False)
    rejected: tuple[dict[str, Any], ...] = field(repr=False)
    changed: bool


def build(
    sources: Sequence[str | Path] = (),
    *,
    recipe: str | Path | None = None,
    out: str | Path = "release",
    engine: Engine | None = None,
    progress: Callable[[str], None] = lambda stage: None,
) -> BuildResult:
    """Build a release from captured pages.

    Args:
        sources: Files; without any, those of the recipe.
        recipe: A recipe file; None for the default one, which names no sources.
        out: Where to put the release. An earlier release there is replaced in one step.
        engine: What runs the stages; the local engine when missing.
        progress: Called with the name of each step before it runs.

    Raises:
        SourceError: A source cannot be read, is no listing, or is given twice.
        RecipeError: The recipe cannot be followed.
        InputFileError: The recipe's table of arXiv ids or an annotator's file cannot be read or is wrong.
        OutputError: The place cannot be written or holds something else. Nothing is left behind.
        StageError: A stage broke its contract.
    """
    out = Path(out)
    recipe_path = None if recipe is None else Path(recipe)
    plan = read_recipe(recipe_path)
    folder = recipe_path.parent if recipe_path else Path()
    progress("parse")
    listings = read_listings(plan, recipe_path, sources)
    assigned = read_splits(folder / plan.split.assignments) if plan.split.assignments else None
    ids = folder / plan.enrich.arxiv_ids if plan.enrich else None
    arxiv = read_arxiv_ids(ids) if ids else {}
    enrichment = table_entry(ids, len(arxiv)) if ids else None
    voices = read_voices(plan.annotations, folder)
    release_date()  # a wrong SOURCE_DATE_EPOCH is told before the work, not after it
    require_free(out)
    run = run_pipeline(listings, plan, assigned=assigned, arxiv=arxiv, voices=voices, engine=engine, progress=progress)
    if not run.papers.num_rows:
        first = run.removed.slice(0, 1).to_pylist()[0]
        raise SourceError(
            f"no record is fit to be published; the first was rejected by `{first['rule']}`: {first['value']!r}",
            where=Location(run.listings[0].source.name),
            hint="capture the pages again",
        )
    progress("release")
    return _release(run, plan, enrichment, voices, out)


def _release(run: Run, recipe: Recipe, enrichment: dict[str, Any] | None, voices: Voices, out: Path) -> BuildResult:
    tables = published_tables(run)
    with claim(out), staging(out) as folder:
        files = {name: write_splits_of(name, splits, folder) for name, splits in tables.items()}
        (folder / "taxonomy.json").write_text(to_json(as_json()), encoding="utf-8")
        manifest = build_manifest(run, recipe, tables, files, folder, enrichment=enrichment, voices=voices)
        write_charts(folder, pa.concat_tables(tables["papers"].values()), manifest["statistics"])
        (folder / "CHANGELOG.md").write_text(render_changelog(manifest), encoding="utf-8")
        (folder / "README.md").write_text(render_card(add_files(manifest, folder), recipe), encoding="utf-8")
        manifest = add_files(manifest, folder)
        (folder / MANIFEST).write_text(to_json(manifest), encoding="utf-8")
        changed = install(folder, out)
    removed = tables["removed"]["train"].to_pylist()
    rejected = tuple(row for row in removed if row["reason"] == "rejected")
    return BuildResult(out, manifest, rejected, changed)
