"""What several tests of the benchmark share."""

from __future__ import annotations

from pathlib import Path

import pytest

from curation.benchmark.scale import make_tasks
from tests.benchmark.leaking import Paper
from tests.benchmark.test_scale_records import record_lines, write
from tests.releases import read_rows


@pytest.fixture(scope="session")
def published(release: Path) -> list[Paper]:
    """The papers of the project's own release."""
    return [
        Paper(one["paper_id"], one["title"], one["abstract"], split)
        for split in ("train", "validation", "test")
        for one in read_rows(release, "papers", split)
    ]


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of invented records."""
    return write(tmp_path_factory.mktemp("source") / "records.jsonl", record_lines(60))


@pytest.fixture(scope="session")
def folder(source: Path) -> Path:
    """The tasks made of it; never change them."""
    out = source.parent / "tasks"
    make_tasks(source, out, pairs=80, queries=40)
    return out
