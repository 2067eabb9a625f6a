"""Version numbers of releases, by rule from what changed.

The rule is Croissant's (its specification, "Dataset versioning"): PATCH if the same data is serialised again, MINOR if
everything earlier can still be retrieved as it was, MAJOR otherwise.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from curation.release.shape import VERSION

if TYPE_CHECKING:
    from curation.diff.release import ReleaseDiff

__all__ = ["FIRST", "Decision", "Version", "decide_version"]


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """A version number; they are ordered as numbers, not as text.

    Attributes:
        major: Raised when something earlier is no longer as it was.
        minor: Raised when something is added.
        patch: Raised when the same data is written in another way.
    """

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"

    @classmethod
    def parse(cls, text: str) -> Version | None:
        """Read `1.2.3`; None for anything else."""
        found = re.fullmatch(VERSION, text)
        return cls(*map(int, found.groups())) if found else None

    def raised(self, kind: str) -> Version:
        """Return the next version.

        Args:
            kind: `major`, `minor` or `patch`.
        """
        if kind == "major":
            return Version(self.major + 1, 0, 0)
        if kind == "minor":
            return Version(self.major, self.minor + 1, 0)
        return Version(self.major, self.minor, self.patch + 1)


@dataclass(frozen=True, slots=True)
class Decision:
    """A version number and why it is that one.

    Attributes:
        version: The number.
        kind: `first`, `major`, `minor` or `patch`.
        reason: In words, for manifest, card and changelog.
    """

    version: Version
    kind: str
    reason: str


FIRST = Decision(Version(1, 0, 0), "first", "first release: no earlier one was named")


def decide_version(before: Version, diff: ReleaseDiff) -> Decision:
    """Decide the version of a release from its difference to the one before.

    Args:
        before: The version of that one.
        diff: What changed since.
    """
    for kind, reasons in (("major", diff.breaking()), ("minor", diff.additions())):
        if reasons:
            return Decision(before.raised(kind), kind, f"{kind} change since {before}: {', '.join(reasons)}")
    return Decision(before.raised("patch"), "patch", f"patch since {before}: the same rows, written in another way")
