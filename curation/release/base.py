"""What a build takes over from the release before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from curation.diff.version import Decision, Version
from curation.errors import Location, ReleaseError
from curation.identity import abstract_key, title_key
from curation.recipe import Recipe
from curation.release.changelog import CHANGELOG
from curation.release.intact import require_intact
from curation.release.reader import Release, require_schema

__all__ = ["VERSION_KEYS", "Base", "base_of", "version_block"]

VERSION_KEYS = ("version", "version_reason", "base", "date")
"""What the manifest says of the version, and of nothing else."""

_LISTED = ["source_id", "position", "title", "abstract", "paper_id", "is_survivor"]


@dataclass(frozen=True, slots=True)
class Base:
    """The release that a build follows.

    Attributes:
        release: That release.
        version: Its version.
        names: `paper_id` of each of its papers, by title and abstract key of the captured text.
        splits: The split of each of its papers, by `paper_id`.
        occurrences: The paper of each of its occurrences, by source and position, and whether that paper's text was
            taken from it.
        changelog: Its changelog.
    """

    release: Release
    version: Version
    names: Mapping[tuple[str, str], str] = field(repr=False)
    splits: Mapping[str, str] = field(repr=False)
    occurrences: Mapping[tuple[str, int], tuple[str, bool]] = field(repr=False)
    changelog: str = field(repr=False)


def base_of(release: Release, recipe: Recipe) -> Base:
    """Read what the next release takes over.

    Raises:
        ReleaseError: The release is damaged, is of an unknown schema, or is another dataset's.
    """
    require_schema(release)
    require_intact(release)
    version = Version.parse(release.manifest["version"])
    assert version is not None  # the shape of the manifest asks for one
    if release.manifest["name"] != recipe.dataset.name:
        raise ReleaseError(
            f"this is a release of {release.manifest['name']!r}",
            where=Location(release.folder),
            expected=f"one of {recipe.dataset.name!r}, as the recipe calls the dataset",
            hint="name a release of the same dataset, or change `dataset.name` in the recipe",
        )
    try:
        splits = {
            paper: split
            for split, part in release.manifest["tables"]["papers"].items()
            for path in part["files"]
            for paper in release.read_file(path)["paper_id"].to_pylist()
        }
        rows = [row for row in release.read("listings").select(_LISTED).to_pylist() if row["paper_id"] is not None]
        changelog = (release.folder / CHANGELOG).read_text(encoding="utf-8")
    except (KeyError, OSError, ValueError) as error:
        raise ReleaseError(
            f"the release lacks what the next one takes over ({error})",
            where=Location(release.folder),
            hint="run `curate validate` on it; fetch or build it again",
        ) from error
    names = {
        (title_key(row["title"]), abstract_key(row["abstract"])): row["paper_id"] for row in rows if row["is_survivor"]
    }
    occurrences = {(row["source_id"], row["position"]): (row["paper_id"], row["is_survivor"]) for row in rows}
    return Base(release, version, names, splits, occurrences, changelog)


def version_block(decision: Decision, base: Base | None, date: str | None) -> dict[str, Any]:
    """Return what the manifest says of the version: the values of `VERSION_KEYS`."""
    stated = None if base is None else {"version": str(base.version), "manifest_sha256": base.release.manifest_sha256}
    values = (str(decision.version), decision.reason, stated, date)
    return dict(zip(VERSION_KEYS, values, strict=True))
