"""What a repository consists of: files, commits and pull requests."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

__all__ = ["Commit", "Entry", "Kind", "Pull", "git_oid"]

Kind = Literal["dataset", "model", "space"]
PullStatus = Literal["draft", "open", "closed", "merged"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of a commit: `oid` is the git blob's, which for an LFS file is its pointer's."""

    oid: str
    size: int
    sha256: str | None = None
    pointer_size: int = 0


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit and all files it has."""

    oid: str
    parent: str | None
    files: Mapping[str, Entry]
    message: str
    description: str
    author: str
    date: str


@dataclass(slots=True)
class Pull:
    """A pull request; its commits are on refs/pr/`num`."""

    num: int
    title: str
    description: str
    author: str
    date: str
    base: str = "main"
    status: PullStatus = "open"
    merge_oid: str | None = None

    @property
    def ref(self) -> str:
        """The name of its reference."""
        return f"refs/pr/{self.num}"


def git_oid(content: bytes, kind: str = "blob") -> str:
    """Return git's name of an object."""
    return hashlib.sha1(b"%s %d\0" % (kind.encode(), len(content)) + content).hexdigest()
