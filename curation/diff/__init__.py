"""What changed between two releases, and which version number that makes."""

from curation.diff.release import ReleaseDiff, diff_releases
from curation.diff.version import Decision, Version, decide_version

__all__ = ["Decision", "ReleaseDiff", "Version", "decide_version", "diff_releases"]
