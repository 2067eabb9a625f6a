"""What publishing would do, and what it did."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from curation.diff.release import ReleaseDiff
from curation.diff.version import Version
from curation.errors import Location, OutdatedBaseError, VersionError
from curation.release.folder import MANIFEST
from curation.release.reader import Release

__all__ = ["FileAction", "Plan", "Receipt", "bare_plan", "release_files", "require_follows"]


@dataclass(frozen=True, slots=True)
class FileAction:
    """A file and its size in bytes."""

    path: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What publishing would do.

    Attributes:
        target: Where to, as the user named it.
        version: The version of the release.
        reason: Why it is that one.
        base: The version before it; None for the first one.
        state: `new`; `finish` where the commit was made and only the tag is missing; `done` where all is there.
        added: Files to add or to replace.
        kept: Files that are there already, byte for byte.
        deleted: Files that are there and not in the release.
        commit: The commit to build on, to finish, or that is done; None where there is none.
        creates: Whether the repository or folder is to be made.
        private: Whether a repository that is made is private.
        create_pr: Whether to open a pull request instead.
        diff: What changes for those who load the dataset; None for the first version.
    """

    target: str
    version: Version
    reason: str
    base: Version | None
    state: str
    added: list[FileAction] = field(default_factory=list)
    kept: list[FileAction] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    commit: str | None = None
    creates: bool = False
    private: bool = False
    create_pr: bool = False
    diff: ReleaseDiff | None = field(default=None, repr=False)

    def as_json(self) -> dict[str, Any]:
        """Return the plan as plain values."""
        return {
            "target": self.target,
            "version": str(self.version),
            "reason": self.reason,
            "base": None if self.base is None else str(self.base),
            "state": self.state,
            "added": [asdict(one) for one in self.added],
            "kept": [asdict(one) for one in self.kept],
            "deleted": self.deleted,
            "commit": self.commit,
            "creates": self.creates,
            "private": self.private,
            "create_pr": self.create_pr,
            "diff": None if self.diff is None else self.diff.as_json(),
        }


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was published.

    Attributes:
        target: Where.
        version: Which version.
        commit: Its commit; None for a folder.
        tag: Its tag, or the folder's name; None while a pull request waits to be merged.
        files: Number of files of the version, with the manifest.
        bytes: Their size.
        already: Whether all of it was there before.
        pull_request: Address of the pull request, where one was opened.
        url: Where to look at it.
    """

    target: str
    version: Version
    commit: str | None
    tag: str | None
    files: int
    bytes: int
    already: bool = False
    pull_request: str | None = None
    url: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the receipt as plain values."""
        return {**asdict(self), "version": str(self.version)}


def bare_plan(target: str, release: Release) -> Plan:
    """Return what a release says of itself as the beginning of a plan."""
    version, base = Version.parse(release.manifest["version"]), release.manifest.get("base")
    assert version is not None  # the shape of the manifest asks for one
    return Plan(
        target=target,
        version=version,
        reason=release.manifest["version_reason"],
        base=None if base is None else Version.parse(base["version"]),
        state="new",
    )


def release_files(release: Release) -> dict[str, FileAction]:
    """Return every file of a release, with its manifest, by path."""
    files = {one["path"]: FileAction(one["path"], one["bytes"]) for one in release.manifest["files"]}
    files[MANIFEST] = FileAction(MANIFEST, (release.folder / MANIFEST).stat().st_size)
    return files


def require_follows(release: Release, newest: Release | None, target: str) -> None:
    """Check that a release was built on the newest version of the place it goes to.

    Publishing anything else would take back what others have published in between.

    Args:
        release: The release.
        newest: The newest version there; None if there is none.
        target: The place, as `--previous` takes it.

    Raises:
        OutdatedBaseError: It was built on another version, or on none.
        VersionError: It follows a version, and the place has none; or the place holds another dataset.
    """
    base = release.manifest.get("base")
    if newest is None:
        if base is None:
            return
        raise VersionError(
            f"the release follows version {base['version']}, but no version is published there",
            where=Location(target),
            hint=f"publish version {base['version']} first, or build without --previous",
        )
    if newest.manifest["name"] != release.manifest["name"]:
        raise VersionError(
            f"the place holds the dataset {newest.manifest['name']!r}, this is {release.manifest['name']!r}",
            where=Location(target),
            hint="choose another place",
        )
    there = newest.manifest["version"]
    if base is not None and base["version"] == there and base["manifest_sha256"] == newest.manifest_sha256:
        return
    built_on = f"version {base['version']}" if base else "no earlier version"
    if base is not None and base["version"] == there:
        built_on += " of other content"
    raise OutdatedBaseError(
        f"the newest version there is {there}; release {release.manifest['version']} was built on {built_on}",
        where=Location(target),
        hint=f"build it again with `--previous {target}@{there}`, then publish",
    )
