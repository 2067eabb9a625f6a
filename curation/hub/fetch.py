"""Fetching versions from the Hub into a cache that is checked before it is used.

A version is pinned to its commit when it is first fetched. From then on only that commit is read, by its sha: a tag
that leads elsewhere later is an error, and a version that is not in the cache is never replaced by another.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import cached_assets_path, constants, hf_hub_download

from curation.atomic import write_whole
from curation.diff.version import Version
from curation.errors import (
    HubUnavailableError,
    Location,
    ReleaseError,
    RepositoryError,
    VersionError,
    VersionNotFoundError,
)
from curation.hub.failures import QUICK
from curation.hub.repository import KIND, Repository, require_name
from curation.release.folder import MANIFEST, file_sha256
from curation.release.intact import damaged_files, require_intact
from curation.release.reader import Release, open_release

__all__ = ["Pin", "fetch_release", "pinned_versions"]


@dataclass(frozen=True, slots=True)
class Pin:
    """What a version was found to be.

    Attributes:
        commit: Its commit.
        manifest_sha256: The hash of its manifest, which names every file.
    """

    commit: str
    manifest_sha256: str


Want = Callable[[Release], Collection[str]]


def _everything(release: Release) -> list[str]:
    return [entry["path"] for entry in release.manifest["files"]]


def _pins(repo: str) -> Path:
    return Path(
        cached_assets_path(
            "paper-abstracts", namespace=repo, subfolder="versions", assets_dir=constants.HF_ASSETS_CACHE
        )
    )


def _read_pin(repo: str, version: Version) -> Pin | None:
    try:
        values = json.loads((_pins(repo) / f"{version}.json").read_text(encoding="utf-8"))
        return Pin(str(values["commit"]), str(values["manifest_sha256"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None  # none yet, or damaged: the Hub is asked again


def _write_pin(repo: str, version: Version, pin: Pin) -> None:
    text = json.dumps({"commit": pin.commit, "manifest_sha256": pin.manifest_sha256}) + "\n"
    write_whole(_pins(repo) / f"{version}.json", lambda partial: partial.write_text(text, encoding="utf-8"))


def pinned_versions(repo: str) -> list[Version]:
    """Return the versions that were fetched before, oldest first."""
    return sorted(filter(None, (Version.parse(path.stem) for path in _pins(repo).glob("*.json"))))


def fetch_release(
    repo: str,
    version: Version | None = None,
    *,
    want: Want = _everything,
    repository: Repository | None = None,
) -> Release:
    """Fetch a version, or take it from the cache, and check every file of it that is asked for.

    Args:
        repo: `owner/name`.
        version: Which one; None for the newest, for which the Hub must be reached.
        want: Says which files of the release are wanted, beside its manifest; what it raises is raised.
        repository: The repository, with a token and an endpoint of its own.

    Raises:
        RepositoryError: There is no such dataset, or it is closed.
        VersionNotFoundError: There is no such version.
        VersionError: The tag leads to another commit than before.
        HubError: The Hub refuses, or cannot be reached and the version is not in the cache.
        ReleaseError: What was fetched is not what the manifest states.
    """
    require_name(repo)
    repository = repository or Repository(repo, retry=QUICK)
    try:
        version, commit = _resolve(repository, version)
    except HubUnavailableError as error:
        return _from_cache(repo, version, want, error)
    pin = _read_pin(repo, version)
    if pin is not None and pin.commit != commit:
        raise VersionError(
            f"version {version} leads to commit {commit}, and led to {pin.commit} when it was first fetched",
            where=Location(repo),
            expected="the same commit: a version never changes",
            hint="ask the maintainers; if they are right, remove the cache of the Hub's client and fetch it again",
        )
    try:
        # what a version is gets settled by the Hub, not by what lies in the client's cache
        folder = repository.fetch(commit, [MANIFEST], again=pin is None)
        if pin is not None and file_sha256(folder / MANIFEST) != pin.manifest_sha256:
            repository.fetch(commit, [MANIFEST], again=True)
        release = _opened(folder, repo, version, pin)
        wanted = want(release)
        if wanted:
            repository.fetch(commit, wanted)
        if damaged := [path for path, _ in damaged_files(release, wanted)]:
            repository.fetch(commit, damaged, again=True)
    except HubUnavailableError as error:
        return _from_cache(repo, version, want, error)
    require_intact(release, wanted)
    _write_pin(repo, version, Pin(commit, release.manifest_sha256))
    return release


def _resolve(repository: Repository, version: Version | None) -> tuple[Version, str]:
    found = repository.references()
    if found is None:
        raise RepositoryError(
            "there is no such dataset, or it is private",
            where=Location(repository.name),
            hint="check the name and the token",
        )
    _, versions = found
    if version is None and versions:
        version = max(versions)
    if version is None or version not in versions:
        known = ", ".join(map(str, versions)) or "none"
        raise VersionNotFoundError(
            f"there is no version {version}" if version else "there is no version yet",
            where=Location(repository.name),
            expected=f"one of: {known}",
            hint="check the name and the version",
        )
    return version, versions[version]


def _opened(folder: Path, repo: str, version: Version, pin: Pin | None) -> Release:
    if pin is not None and file_sha256(folder / MANIFEST) != pin.manifest_sha256:
        raise ReleaseError(
            f"the manifest of version {version} is not the one that was first fetched",
            where=Location(folder / MANIFEST),
            hint="the cache is damaged: remove this folder and fetch the version again",
        )
    release = open_release(folder)
    if release.manifest["version"] != str(version):
        raise ReleaseError(
            f"the tag {version} leads to a release that calls itself {release.manifest['version']}",
            where=Location(repo),
            hint="this version was not published by `curate publish`; ask the maintainers",
        )
    return release


def _from_cache(repo: str, version: Version | None, want: Want, error: HubUnavailableError) -> Release:
    pin = None if version is None else _read_pin(repo, version)
    known = ", ".join(map(str, pinned_versions(repo))) or "none"
    if version is None or pin is None:
        missing = "the newest version cannot be known" if version is None else f"version {version} is not in the cache"
        raise HubUnavailableError(
            f"{missing}, and the Hub cannot be reached ({error.what})",
            where=Location(repo),
            expected=f"the Hub, or a version of the cache: {known}",
            hint="try again later, or name a version of the cache",
        ) from error
    try:
        place = hf_hub_download(repo, MANIFEST, revision=pin.commit, repo_type=KIND, local_files_only=True)
        folder = Path(place).parent
        release = _opened(folder, repo, version, pin)
        require_intact(release, want(release))
    except (OSError, ReleaseError) as damage:
        raise HubUnavailableError(
            f"the cache does not hold all that is wanted of version {version}, and the Hub cannot be reached",
            where=Location(repo),
            hint="try again when the Hub can be reached",
        ) from damage
    return release
