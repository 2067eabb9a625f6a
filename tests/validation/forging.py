"""What validation finds in a release that was forged."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from curation.release.folder import file_sha256
from curation.validation import Finding
from tests.commands import curate
from tests.releases import Rows, forge, manifest_of, read_rows


def findings(release: Path) -> tuple[Finding, ...]:
    """Validate a forged release: wrong, though no hash, no size and no card figure is."""
    for entry in manifest_of(release)["files"]:
        assert file_sha256(release / entry["path"]) == entry["sha256"]
    ended = curate("validate", release, "--format", "json")
    assert ended.code == 1, ended.out
    found = tuple(Finding(**finding) for finding in json.loads(ended.out)["findings"])
    assert not {finding.check for finding in found} & {"manifest", "files", "card"}, found
    return found


def only(release: Path) -> Finding:
    (finding,) = findings(release)
    return finding


def split_with(release: Path, wanted: Callable[[dict[str, Any]], bool]) -> tuple[str, dict[str, Any]]:
    """Return the first paper that is as wanted, and its split."""
    for split in manifest_of(release)["tables"]["papers"]:
        for row in read_rows(release, "papers", split):
            if wanted(row):
                return split, row
    raise AssertionError


def change_paper(release: Path, wanted: Callable[[dict[str, Any]], bool], **values: Any) -> dict[str, Any]:
    """Change columns of the first paper that is as wanted."""
    split, paper = split_with(release, wanted)

    def change(rows: Rows) -> None:
        next(row for row in rows if row["paper_id"] == paper["paper_id"]).update(values)

    forge(release, "papers", change, split)
    return paper
