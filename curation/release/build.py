"""The main job: from sources and a recipe to a release."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from curation.annotate.voices import read_voices
from curation.diff import ReleaseDiff, decide_version, diff_releases
from curation.diff.version import FIRST
from curation.engines import LocalEngine
from curation.enrich import read_arxiv_ids
from curation.errors import InputFileError, Location
from curation.parse.reading import is_listing, read_listings, source_files
from curation.pipeline import run_pipeline
from curation.recipe import Label, Recipe, read_recipe
from curation.references import open_reference
from curation.release.assemble import write_run
from curation.release.base import VERSION_KEYS, Base, base_of, version_block
from curation.release.card import CARD, card_template, render_card, scored_here
from curation.release.changelog import CHANGELOG, render_changelog
from curation.release.croissant import CROISSANT, croissant
from curation.release.folder import MANIFEST, claim, file_sha256, install, require_free, staging
from curation.release.manifest import (
    Content,
    add_files,
    build_manifest,
    nothing_to_publish,
    release_date,
    table_entry,
    to_json,
)
from curation.release.pictures import write_charts
from curation.release.reader import Release
from curation.release.shape import leaderboard_tasks
from curation.schemas.taxonomy import as_json
from curation.split import read_splits
from curation.stage import Engine

__all__ = ["BuildResult", "Watch", "build"]

Watch = Callable[[str, int, int], None]
"""Told the step of a streamed build, how much of it is done, and how much there is."""


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
    labels: bool | None = None,
    engine: Engine | None = None,
    progress: Callable[[str], None] = lambda stage: None,
    watch: Watch = lambda step, done, of: None,
) -> BuildResult:
    """Build a release from captured pages and record files.

    With a record file among the sources the build is streamed: it has a process for each core, holds a few batches in
    memory, and works in a folder beside its place; killed or interrupted, the same call goes on from there.

    Args:
        sources: Files, and URLs of record files; without any, those of the recipe.
        recipe: A recipe file; None for the default one, which names no sources.
        out: Where to put the release. An earlier release there is replaced in one step.
        previous: The release before this one: a folder, a folder of versions, or `owner/name[@version]` on the Hub.
            Its papers keep their ids and splits, and the version follows from what changed. Without it the version
            is 1.0.0. If nothing changed at all, the release is the previous one, byte for byte.
        labels: Whether papers are given topics; as the recipe says when missing.
        engine: What runs the stages; the local engine when missing.
        progress: Called with the name of each step before it runs.
        watch: Called in a streamed build with a step, how much of it is done, and how much there is.

    Raises:
        ReleaseError: The previous release is damaged, of an unknown schema, or another dataset's.
        HubError: The previous release cannot be fetched.
        SourceError: A source cannot be read, is not what it should be, or is given twice.
        RecipeError: The recipe cannot be followed.
        InputFileError: The recipe's table of arXiv ids, an annotator's file or the leaderboard cannot be read or is
            wrong.
        OutputError: The place cannot be written or holds something else. Of the release nothing is left behind.
        StageError: A stage broke its contract.
    """
    out = Path(out)
    recipe_path = None if recipe is None else Path(recipe)
    plan = read_recipe(recipe_path)
    if labels is not None:
        plan = plan.model_copy(update={"label": Label(topics=labels)})
    folder = recipe_path.parent if recipe_path else Path()
    progress("parse")
    records = [file for file in source_files(plan, recipe_path, sources) if not is_listing(file)]
    listings = read_listings(plan, recipe_path, sources)
    base = base_of(open_reference(previous), plan) if previous is not None else None
    assigned = _assigned(read_splits(folder / plan.split.assignments) if plan.split.assignments else None, base)
    ids = folder / plan.enrich.arxiv_ids if plan.enrich else None
    arxiv = read_arxiv_ids(ids) if ids else {}
    enrichment = table_entry(ids, len(arxiv)) if ids else None
    # without labels nobody is asked
    voices = read_voices(plan.annotations if plan.label.topics else None, folder)
    scores = _leaderboard_entry(folder / plan.benchmark.leaderboard) if plan.benchmark else None
    date = release_date(plan)
    require_free(out)

    def finish(partial: Path, content: Content) -> BuildResult:
        """Write what stands beside the tables, and put the release in its place."""
        (partial / "taxonomy.json").write_text(to_json(as_json()), encoding="utf-8")
        version = version_block(FIRST, None, date)
        manifest = build_manifest(content, plan, partial, version=version, enrichment=enrichment, voices=voices)
        if scores:
            scores["tasks"] = [one for one in scores["tasks"] if scored_here(one, manifest["benchmark"])]
        manifest["leaderboard"] = scores
        write_charts(partial, content.tally.topic_pairs, manifest["statistics"], manifest["leaderboard"])
        manifest, diff = _finish(manifest, plan, partial, base, date, hashes=content.hashes)
        return BuildResult(out, manifest, tuple(content.rejected), install(partial, out), diff)

    engine = engine or LocalEngine()
    if not (records or (isinstance(engine, LocalEngine) and engine.processes)):
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
            names = {one.source.source_id: one.source.name for one in run.listings}
            raise nothing_to_publish(next(iter(run.removed.slice(0, 1).to_pylist()), None), names)
        progress("release")
        with claim(out), staging(out) as partial:
            return finish(partial, write_run(run, partial))
    # the libraries of a streamed build are loaded by those who need one
    from curation.streaming import Inputs, Known, open_records, open_workspace, stream

    if not isinstance(engine, LocalEngine):
        raise TypeError(f"record files are built by the local engine, not by {type(engine).__name__}")
    known = Known(frozenset(assigned or ()), base.names if base else None, base.occurrences if base else None)
    with open_workspace(out) as work:
        files = open_records(records, folder if not sources else Path(), work, listings, watch)
        inputs = Inputs(plan, listings, files, known, assigned, arxiv, voices)
        streamed = stream(inputs, work, engine, watch, card_template)
        progress("release")
        with claim(out), staging(out) as partial:
            result = finish(partial, streamed.write(partial))
        work.remove()
    return result


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
    manifest: dict[str, Any],
    recipe: Recipe,
    folder: Path,
    base: Base | None,
    date: str | None,
    *,
    hashes: Mapping[str, str],
) -> tuple[dict[str, Any], ReleaseDiff | None]:
    """Write what states the version, which the tables decide."""
    if base is None:
        return _write_statements(manifest, recipe, folder, render_changelog(manifest), hashes), None
    before = base.release
    earlier = base.changelog
    # if all comes out as it was, this is the previous version, not a new one
    same = _write_statements(
        {**manifest, **{key: before.manifest.get(key) for key in VERSION_KEYS}}, recipe, folder, earlier, hashes
    )
    diff = diff_releases(before, Release(folder, same))
    if to_json(same) == (before.folder / MANIFEST).read_text(encoding="utf-8"):
        return same, diff
    manifest |= version_block(decide_version(base.version, diff), base, date)
    return _write_statements(manifest, recipe, folder, render_changelog(manifest, diff, earlier), hashes), diff


def _write_statements(
    manifest: dict[str, Any], recipe: Recipe, folder: Path, changelog: str, hashes: Mapping[str, str]
) -> dict[str, Any]:
    """Write changelog, card, Croissant and manifest; return the manifest with every file."""
    (folder / CHANGELOG).write_text(changelog, encoding="utf-8")
    listed = add_files(manifest, folder, hashes=hashes)
    (folder / CARD).write_text(render_card(listed, recipe), encoding="utf-8")
    (folder / CROISSANT).write_text(to_json(croissant(listed, recipe)), encoding="utf-8")
    manifest = add_files(listed, folder, changed=(CARD, CROISSANT))
    (folder / MANIFEST).write_text(to_json(manifest), encoding="utf-8")
    return manifest
