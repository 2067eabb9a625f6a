"""The main job: from sources and a recipe to a release."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from curation.annotate.voices import read_voices
from curation.diff import ReleaseDiff, decide_version, diff_releases
from curation.diff.version import FIRST
from curation.enrich import read_arxiv_ids
from curation.errors import InputFileError, Location, SourceError
from curation.parse.reading import read_listings
from curation.pipeline import run_pipeline
from curation.recipe import Recipe, read_recipe
from curation.references import open_reference
from curation.release.assemble import published_tables
from curation.release.base import VERSION_KEYS, Base, base_of, version_block
from curation.release.card import CARD, render_card, scored_here
from curation.release.changelog import CHANGELOG, render_changelog
from curation.release.croissant import CROISSANT, croissant
from curation.release.folder import MANIFEST, claim, file_sha256, install, require_free, staging
from curation.release.manifest import add_files, build_manifest, release_date, table_entry, to_json
from curation.release.pictures import write_charts
from curation.release.reader import Release
from curation.release.shape import leaderboard_tasks
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
        diff: What changed since the release that was named as the previous one; None without one.
    """

    out: Path
    manifest: dict[str, Any] = field(repr=False)
    rejected: tuple[dict[str, Any], ...] = field(repr=False)
    changed: bool
    diff: ReleaseDiff | None = field(default=None, repr=False)


def build(
    sources: Sequence[str | Path] = (),
    *,
    recipe: str | Path | None = None,
    out: str | Path = "release",
    previous: str | Path | None = None,
    engine: Engine | None = None,
    progress: Callable[[str], None] = lambda stage: None,
) -> BuildResult:
    """Build a release from captured pages.

    Args:
        sources: Files; without any, those of the recipe.
        recipe: A recipe file; None for the default one, which names no sources.
        out: Where to put the release. An earlier release there is replaced in one step.
        previous: The release before this one: a folder, a folder of versions, or `owner/name[@version]` on the Hub.
            Its papers keep their ids and splits, and the version follows from what changed. Without it the version
            is 1.0.0. If nothing changed at all, the release is the previous one, byte for byte.
        engine: What runs the stages; the local engine when missing.
        progress: Called with the name of each step before it runs.

    Raises:
        ReleaseError: The previous release is damaged, of an unknown schema, or another dataset's.
        HubError: The previous release cannot be fetched.
        SourceError: A source cannot be read, is no listing, or is given twice.
        RecipeError: The recipe cannot be followed.
        InputFileError: The recipe's table of arXiv ids, an annotator's file or the leaderboard cannot be read or is
            wrong.
        OutputError: The place cannot be written or holds something else. Nothing is left behind.
        StageError: A stage broke its contract.
    """
    out = Path(out)
    recipe_path = None if recipe is None else Path(recipe)
    plan = read_recipe(recipe_path)
    folder = recipe_path.parent if recipe_path else Path()
    progress("parse")
    listings = read_listings(plan, recipe_path, sources)
    base = base_of(open_reference(previous), plan) if previous is not None else None
    assigned = _assigned(read_splits(folder / plan.split.assignments) if plan.split.assignments else None, base)
    ids = folder / plan.enrich.arxiv_ids if plan.enrich else None
    arxiv = read_arxiv_ids(ids) if ids else {}
    enrichment = table_entry(ids, len(arxiv)) if ids else None
    voices = read_voices(plan.annotations, folder)
    scores = _leaderboard_entry(folder / plan.benchmark.leaderboard) if plan.benchmark else None
    date = release_date(plan)
    require_free(out)
    run = run_pipeline(
        listings,
        plan,
        assigned=assigned,
        names=base.names if base else None,
        occurrences=base.occurrences if base else None,
        arxiv=arxiv,
        voices=voices,
        engine=engine,
        progress=progress,
    )
    if not run.papers.num_rows:
        first = run.removed.slice(0, 1).to_pylist()[0]
        raise SourceError(
            f"no record is fit to be published; the first was rejected by `{first['rule']}`: {first['value']!r}",
            where=Location(run.listings[0].source.name),
            hint="capture the pages again",
        )
    progress("release")
    tables = published_tables(run)
    with claim(out), staging(out) as partial:
        files = {name: write_splits_of(name, splits, partial) for name, splits in tables.items()}
        (partial / "taxonomy.json").write_text(to_json(as_json()), encoding="utf-8")
        version = version_block(FIRST, None, date)
        manifest = build_manifest(
            run, plan, tables, files, partial, version=version, enrichment=enrichment, voices=voices
        )
        if scores:
            scores["tasks"] = [one for one in scores["tasks"] if scored_here(one, manifest["benchmark"])]
        manifest["leaderboard"] = scores
        papers = pa.concat_tables(tables["papers"].values())
        write_charts(partial, papers, manifest["statistics"], manifest["leaderboard"])
        manifest, diff = _finish(manifest, plan, partial, base, date)
        changed = install(partial, out)
    removed = tables["removed"]["train"].to_pylist()
    rejected = tuple(row for row in removed if row["reason"] == "rejected")
    return BuildResult(out, manifest, rejected, changed, diff)


def _assigned(splits: dict[str, str] | None, base: Base | None) -> dict[str, str] | None:
    """Return the splits already given: those of the recipe's file go before those of the previous release."""
    return splits if base is None else {**base.splits, **(splits or {})}


def _leaderboard_entry(path: Path) -> dict[str, Any]:
    """Return what a manifest says of a leaderboard: its content, and the tasks with their numbers in six decimals."""
    try:
        tasks = leaderboard_tasks(json.loads(path.read_bytes()))
        size, sha256 = path.stat().st_size, file_sha256(path)
    except OSError as error:
        raise InputFileError(
            f"the leaderboard cannot be read ({error.strerror})", where=Location(path), hint="check the path"
        ) from error
    except (ValueError, RecursionError) as error:
        raise InputFileError(
            f"this is no leaderboard: {str(error).splitlines()[0]}",
            where=Location(path),
            expected="JSON as `curate leaderboard DIR --format json` prints it",
            hint="write it anew with this command",
        ) from error
    return {"name": path.name, "sha256": sha256, "bytes": size, "tasks": _rounded(tasks)}


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_rounded(part) for part in value]
    return round(value, 6) + 0.0 if isinstance(value, float) else value  # no minus before a zero


def _finish(
    manifest: dict[str, Any], recipe: Recipe, folder: Path, base: Base | None, date: str | None
) -> tuple[dict[str, Any], ReleaseDiff | None]:
    """Write what states the version, which the tables decide."""
    if base is None:
        return _write_statements(manifest, recipe, folder, render_changelog(manifest)), None
    before = base.release
    earlier = base.changelog
    # if all comes out as it was, this is the previous version, not a new one
    same = _write_statements(
        {**manifest, **{key: before.manifest.get(key) for key in VERSION_KEYS}}, recipe, folder, earlier
    )
    diff = diff_releases(before, Release(folder, same))
    if to_json(same) == (before.folder / MANIFEST).read_text(encoding="utf-8"):
        return same, diff
    manifest |= version_block(decide_version(base.version, diff), base, date)
    return _write_statements(manifest, recipe, folder, render_changelog(manifest, diff, earlier)), diff


def _write_statements(manifest: dict[str, Any], recipe: Recipe, folder: Path, changelog: str) -> dict[str, Any]:
    """Write changelog, card, Croissant and manifest; return the manifest with every file."""
    (folder / CHANGELOG).write_text(changelog, encoding="utf-8")
    listed = add_files(manifest, folder)
    (folder / CARD).write_text(render_card(listed, recipe), encoding="utf-8")
    (folder / CROISSANT).write_text(to_json(croissant(listed, recipe)), encoding="utf-8")
    manifest = add_files(manifest, folder)
    (folder / MANIFEST).write_text(to_json(manifest), encoding="utf-8")
    return manifest
