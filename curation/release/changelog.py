"""The changelog of a release: what changed in each version, newest first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from curation.diff.release import ReleaseDiff
from curation.diff.render import as_markdown, coded

__all__ = ["CHANGELOG", "render_changelog"]

CHANGELOG = "CHANGELOG.md"
_TITLE = "# Changelog\n\n"


def render_changelog(manifest: Mapping[str, Any], diff: ReleaseDiff | None = None, before: str = "") -> str:
    """Render the changelog of a release.

    Args:
        manifest: Its manifest.
        diff: What changed since the release before; None for the first one.
        before: The changelog of that release.
    """
    heading = " – ".join(filter(None, (manifest["version"], manifest["date"])))
    if diff is None:
        papers = sum(part["rows"] for part in manifest["tables"]["papers"].values())
        sources = [
            f"- {coded(one['name'])} (`{one['source_id']}`): {one['records']} records" for one in manifest["sources"]
        ]
        entry = f"First release: {papers} papers.\n\n" + "\n".join(sources) + "\n"
    else:
        reason = manifest["version_reason"]
        entry = f"{reason[0].upper()}{reason[1:]}.\n\n{as_markdown(diff)}"
    earlier = before.removeprefix(_TITLE)
    return f"{_TITLE}## {heading}\n\n{entry}" + (f"\n{earlier}" if earlier else "")
