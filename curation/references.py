"""What a user calls a release: a folder, a folder of versions, or a dataset on the Hub, with or without a version."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from curation.diff.version import Version
from curation.errors import Location, ReleaseError, VersionNotFoundError
from curation.release.folder import MANIFEST
from curation.release.reader import Release, open_release

__all__ = ["FolderReference", "HubReference", "open_reference", "parse_reference", "versions_in"]

_HUB = "hf://datasets/"
_FOLDER = "folder:"
# the Hub's own rule for names is looked at where the Hub is asked
_REPO = re.compile(r"[\w.-]+/[\w.-]+")


@dataclass(frozen=True, slots=True)
class FolderReference:
    """A release in a folder, or a folder of versions as `curate publish --to folder:PATH` makes it.

    Attributes:
        path: The folder.
        version: The version wanted; None for the folder itself, or the newest of its versions.
    """

    path: Path
    version: Version | None = None


@dataclass(frozen=True, slots=True)
class HubReference:
    """A dataset on the Hub.

    Attributes:
        repo: `owner/name`.
        version: The version wanted; None for the newest.
    """

    repo: str
    version: Version | None = None


def parse_reference(target: str | Path) -> FolderReference | HubReference:
    """Read what a user named: a path, `folder:PATH`, `owner/name` or `hf://datasets/owner/name`, and `@1.2.0` after it.

    What exists as a path is a path, also with a version after it; `owner/name` is a dataset on the Hub only where no
    such folder exists.

    Raises:
        ReleaseError: It is none of these.
    """
    text = str(target)
    path = text.removeprefix(_FOLDER)
    local = not text.startswith(_HUB)
    if text == _FOLDER or text.startswith(f"{_FOLDER}@"):
        raise ReleaseError("this names no folder", where=Location(text), expected="folder:PATH", hint="name one")
    if isinstance(target, Path) or (local and _exists(path)):
        return FolderReference(Path(path if local else text))
    place, at, wanted = text.rpartition("@")
    if not at or "/" in wanted:  # the sign belongs to the path
        place, at, wanted = text, "", ""
    version = Version.parse(wanted)
    if at and version is None:
        raise ReleaseError(
            f"{wanted!r} is no version",
            where=Location(text),
            expected="three numbers, such as 1.2.0 (or none: the newest)",
        )
    if text.startswith(_FOLDER) or (at and place and local and _exists(place)):
        return FolderReference(Path(place.removeprefix(_FOLDER)), version)
    repo = place.removeprefix(_HUB)
    if _REPO.fullmatch(repo) and not repo.startswith("."):
        return HubReference(repo, version)
    if text.startswith(_HUB) or at:
        raise ReleaseError(
            "this is no dataset on the Hub",
            where=Location(text),
            expected=f"{_HUB}owner/name or owner/name, and @1.2.0 for a version",
            hint="check the name",
        )
    return FolderReference(Path(text))


def _exists(path: str) -> bool:
    try:
        return Path(path).exists()
    except OSError:  # too long, or not to be looked at
        return False


def versions_in(folder: Path) -> dict[Version, Path]:
    """Return the versions in a folder of versions, oldest first; empty where it holds none."""
    if not folder.is_dir():
        return {}
    found = {version: path for path in folder.iterdir() if path.is_dir() and (version := Version.parse(path.name))}
    return dict(sorted(found.items()))


def open_reference(target: str | Path) -> Release:
    """Open the release that a user named; one on the Hub is fetched into the cache and checked against its manifest.

    Raises:
        ReleaseError: There is none, it is damaged, or the name is none.
        VersionNotFoundError: The place has no such version.
        HubError: The Hub refuses, or cannot be reached and the version is not in the cache.
    """
    reference = parse_reference(target)
    if isinstance(reference, HubReference):
        # the Hub's client takes longer to load than reading a folder does
        from curation.hub.fetch import fetch_release

        return fetch_release(reference.repo, reference.version)
    return open_release(folder_of(reference))


def folder_of(reference: FolderReference) -> Path:
    """Return the folder of the release that is meant.

    Raises:
        VersionNotFoundError: A folder of versions does not have the one that is wanted.
        ReleaseError: The folder cannot be read.
    """
    path = reference.path
    try:
        if (path / MANIFEST).exists():
            return _require_version(path, reference.version)
        versions = versions_in(path)
    except OSError as error:
        raise ReleaseError(
            f"the folder cannot be read ({error.strerror})", where=Location(path), hint="check the path"
        ) from error
    if not versions and reference.version is None:
        return path  # opening it tells what is wrong
    wanted = reference.version or max(versions)
    if wanted not in versions:
        raise VersionNotFoundError(
            f"there is no version {wanted}",
            where=Location(path),
            expected=f"one of {', '.join(map(str, versions))}" if versions else "a folder of versions",
        )
    return _require_version(versions[wanted], wanted)


def _require_version(folder: Path, wanted: Version | None) -> Path:
    if wanted is not None and (found := open_release(folder).manifest["version"]) != str(wanted):
        raise VersionNotFoundError(
            f"there is no version {wanted}", where=Location(folder), expected=f"{found}, which this release is"
        )
    return folder
