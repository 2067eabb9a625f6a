"""What is at a place on the Hub, compared with a release."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from huggingface_hub.utils.sha import git_hash

from curation.diff.version import Version
from curation.errors import (
    AuthenticationError,
    CurationError,
    HubUnavailableError,
    Location,
    RepositoryError,
)
from curation.hub.repository import RemoteFile, Repository
from curation.publishing.plan import FileAction, release_files
from curation.publishing.verify import verify_loads
from curation.release.folder import file_sha256
from curation.release.reader import Release
from curation.release.shape import manifest_faults

__all__ = [
    "BEFORE_FIRST",
    "HUBS_OWN",
    "FileChanges",
    "file_changes",
    "is_whole",
    "require_rights",
    "require_token",
    "stated_release",
]

HUBS_OWN = frozenset({".gitattributes"})
"""Files that the Hub puts into a repository; a release leaves them alone."""

BEFORE_FIRST = frozenset({"README.md", "LICENSE"})
"""Files that may be there before the first version, made on the Hub's pages; a release brings its own card."""


@dataclass(frozen=True, slots=True)
class FileChanges:
    """How the files of a commit become those of a release.

    Attributes:
        added: Files to add or to replace.
        kept: Files that are there already, byte for byte.
        deleted: Files that are there and not in the release.
    """

    added: list[FileAction] = field(default_factory=list)
    kept: list[FileAction] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)


def file_changes(release: Release, there: dict[str, RemoteFile]) -> FileChanges:
    """Compare a release with the files of a commit, by their hashes."""
    files = release_files(release)
    same = {path for path in files if path in there and _is_same(release.folder / path, there[path])}
    return FileChanges(
        added=[action for path, action in sorted(files.items()) if path not in same],
        kept=[action for path, action in sorted(files.items()) if path in same],
        deleted=sorted(set(there) - set(files) - HUBS_OWN),
    )


def _is_same(file: Path, there: RemoteFile) -> bool:
    if file.stat().st_size != there.size:
        return False
    if there.sha256 is not None:
        return file_sha256(file) == there.sha256
    return git_hash(file.read_bytes()) == there.blob


def require_token(repository: Repository) -> None:
    """Check that there is a token; without one the Hub does not tell a missing repository from a closed one.

    Raises:
        AuthenticationError: There is none.
    """
    if repository.token is None:
        raise AuthenticationError(
            "publishing needs a token, and there is none",
            where=Location(repository.name),
            hint="set HF_TOKEN to a token with write access, or run `hf auth login`",
        )


def require_rights(repository: Repository, *, exists: bool, writes: bool = True) -> None:
    """Check, before anything is done, that the token may publish there.

    Args:
        repository: The repository.
        exists: Whether it is there.
        writes: Whether it is to be written to, which a pull request does not.

    Raises:
        AuthenticationError: The Hub does not know the token, or it may only read.
        RepositoryError: The owner is none of the token's, or the name is a model's or a space's.
    """
    where = Location(repository.name)
    user: dict[str, Any] = repository.ask("the token cannot be looked up", repository.api.whoami)
    role = ((user.get("auth") or {}).get("accessToken") or {}).get("role")
    if role == "read":
        raise AuthenticationError(
            "this token may only read", where=where, hint="make one with write access in your settings on the Hub"
        )
    if exists:
        if writes:
            repository.require_write()
        return
    mine = [str(user["name"]), *(str(org["name"]) for org in user.get("orgs") or [])]
    owner = repository.name.partition("/")[0]
    # what a fine-grained token may do is not in this answer
    if role != "fineGrained" and owner.casefold() not in map(str.casefold, mine):
        raise RepositoryError(
            f"there is no owner {owner!r} that this token may publish for",
            where=where,
            expected=f"one of {', '.join(mine)}",
            hint="change the name before the `/`",
        )
    for kind in ("model", "space"):
        if repository.exists_as(kind):
            raise RepositoryError(
                f"this is the name of a {kind}, and a release is a dataset", where=where, hint="choose another name"
            )


def stated_release(repository: Repository, commit: str) -> tuple[Version, dict[str, Any]] | None:
    """Return version and manifest of the release that a commit states to hold; None if it states none."""
    content = repository.manifest(commit)
    try:
        manifest = json.loads(content or b"")
    except ValueError:
        return None
    if manifest_faults(manifest) or (version := Version.parse(manifest["version"])) is None:
        return None
    return version, manifest


def is_whole(repository: Repository, commit: str, manifest: dict[str, Any]) -> bool:
    """Tell whether a commit holds the release that its manifest states, loaded and compared.

    Raises:
        HubUnavailableError: It could not be loaded.
    """
    there = repository.files(commit)
    stranger = Release(repository.fetch(commit, there), manifest)
    try:
        if set(there) - HUBS_OWN != set(release_files(stranger)):
            return False
        verify_loads(stranger, repository.name, commit=commit, token=repository.token, endpoint=repository.endpoint)
    except HubUnavailableError:
        raise
    except (CurationError, OSError):
        return False
    return True
