"""Whether the files of a release are those that its manifest states."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from curation.errors import Location, ReleaseError
from curation.release.folder import file_sha256
from curation.release.reader import Release

__all__ = ["damaged_files", "require_intact"]


def damaged_files(release: Release, paths: Collection[str] | None = None) -> Iterator[tuple[str, str]]:
    """Yield the files that are missing or are not those of the manifest, each with what is wrong with it.

    Args:
        release: The release.
        paths: Which files; all of them if missing.
    """
    for entry in release.manifest["files"]:
        if paths is not None and entry["path"] not in paths:
            continue
        file = release.folder / entry["path"]
        if not file.is_file():
            yield entry["path"], "the file is missing"
        elif (size := file.stat().st_size) != entry["bytes"]:
            yield entry["path"], f"the file has {size} bytes, the manifest says {entry['bytes']}"
        elif (digest := file_sha256(file)) != entry["sha256"]:
            yield entry["path"], f"the sha256 is {digest}, the manifest says {entry['sha256']}"


def require_intact(release: Release, paths: Collection[str] | None = None) -> None:
    """Check that files are there, byte for byte as the manifest states.

    Raises:
        ReleaseError: One of them is not.
    """
    for path, wrong in damaged_files(release, paths):
        raise ReleaseError(f"{path}: {wrong}", where=Location(release.folder), hint="fetch or build the release again")
