"""Putting a release in its place, whole or not at all.

The folder is built beside its place as `.NAME-<hash>.partial`, renamed to `.NAME-<hash>` when it is complete, and
the link `NAME` is then swapped in one step. Killed at any moment, `NAME` leads to the old release or to the new one.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from curation.errors import Location, OutputError

__all__ = ["claim", "file_sha256", "install", "require_free", "sync"]

MANIFEST = "manifest.json"
_DIGITS = 16


def file_sha256(path: Path) -> str:
    """Return the sha256 of a file, 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def require_free(out: Path) -> None:
    """Check, before any long work, that a release may be put at `out`.

    Raises:
        OutputError: Something that is no release of ours stands there, or the folder above cannot be written.
    """
    name = out.name
    if not name or name.startswith("."):
        raise OutputError(
            "a release needs a visible name", where=Location(out), hint="name a folder, such as `release`"
        )
    try:
        _require_replaceable(out)
        above = next(folder for folder in out.absolute().parents if folder.exists())
        with tempfile.TemporaryDirectory(prefix=f".{name}-", suffix=".probe", dir=above):
            pass
    except OSError as error:
        raise _unwritable(out, error) from error


def _require_replaceable(out: Path) -> None:
    if out.is_symlink():
        target = str(out.readlink())
        if not _built_folder(out.name).fullmatch(target):
            raise OutputError(
                f"this is a link to {target}, which is no release built here",
                where=Location(out),
                hint="choose another --out, or remove the link",
            )
    elif out.is_dir():
        if any(out.iterdir()):
            raise OutputError(
                "this folder holds something else",
                where=Location(out),
                expected="a path that does not exist, an empty folder, or an earlier release",
                hint="choose another --out, or move the folder away",
            )
    elif out.exists():
        raise OutputError(
            "this is a file",
            where=Location(out),
            expected="a path that does not exist, an empty folder, or an earlier release",
            hint="choose another --out, or move the file away",
        )


def _unwritable(out: Path, error: OSError) -> OutputError:
    return OutputError(
        f"the release cannot be written ({error.strerror})",
        where=Location(out),
        hint="choose another --out, or free the place",
    )


def _built_folder(name: str) -> re.Pattern[str]:
    return re.compile(rf"\.{re.escape(name)}-[0-9a-f]{{{_DIGITS}}}(?:-\d+)?/?")


def _leftover(name: str) -> re.Pattern[str]:
    return re.compile(rf"\.{re.escape(name)}-(?:[0-9a-f]{{{_DIGITS}}}(?:-\d+)?|\d+\.partial|\d+\.link|\w+\.probe)")


@contextlib.contextmanager
def claim(out: Path) -> Iterator[None]:
    """Hold the folder above `out` for one writer at a time; a killed writer's hold ends with it.

    Raises:
        OutputError: That folder cannot be made or opened.
    """
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(out.parent, os.O_RDONLY)
    except OSError as error:
        raise _unwritable(out, error) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@contextlib.contextmanager
def staging(out: Path) -> Iterator[Path]:
    """Give an empty folder to build a release in; it is removed if the work fails. The place must be claimed.

    Raises:
        OutputError: It cannot be written.
    """
    folder = out.parent / f".{out.name}-{os.getpid()}.partial"
    try:
        # a killed build may have had this process's number; the place is claimed, so it is nobody's now
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        yield folder
    except OSError as error:
        raise _unwritable(out, error) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def install(partial: Path, out: Path) -> bool:
    """Give a complete folder its final name and let the link `out` lead to it.

    Must be called while the place is claimed. Every file is on disk before the link changes.

    Args:
        partial: The complete folder, with its manifest.
        out: The link.

    Returns:
        False if the same release was there already, byte for byte; nothing is touched then.
    """
    name = out.name
    if out.is_symlink() and _same_content(partial, out):
        clear_leftovers(out)
        return False
    for path in sorted(partial.rglob("*")):
        sync(path)
    digest = file_sha256(partial / MANIFEST)[:_DIGITS]
    final = out.parent / f".{name}-{digest}"
    number = 0
    while final.exists():  # the same release, damaged since: it is replaced, not repaired in place
        number += 1
        final = out.parent / f".{name}-{digest}-{number}"
    sync(partial)
    partial.rename(final)
    link = out.parent / f".{name}-{os.getpid()}.link"
    link.unlink(missing_ok=True)
    link.symlink_to(final.name, target_is_directory=True)
    if out.is_dir() and not out.is_symlink():
        out.rmdir()  # an empty folder, as require_free has seen
    link.replace(out)
    sync(out.parent)
    clear_leftovers(out)
    return True


def clear_leftovers(out: Path) -> None:
    """Remove what earlier runs left beside the link: folders of killed runs and of releases it no longer leads to."""
    current = str(out.readlink()) if out.is_symlink() else None
    pattern = _leftover(out.name)
    for path in out.parent.iterdir():
        if path.name != current and pattern.fullmatch(path.name):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def _same_content(left: Path, right: Path) -> bool:
    files = [sorted(path.relative_to(top) for path in top.rglob("*") if path.is_file()) for top in (left, right)]
    return files[0] == files[1] and all(file_sha256(left / path) == file_sha256(right / path) for path in files[0])


def sync(path: Path) -> None:
    """See that a file or folder is on disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
