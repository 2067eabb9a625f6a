"""Releases to forge."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.releases import copy_of


@pytest.fixture
def copy(release: Path, tmp_path: Path) -> Path:
    return copy_of(release, tmp_path)


@pytest.fixture
def page_copy(page_release: Path, tmp_path: Path) -> Path:
    """A copy of a release whose papers nobody annotated."""
    return copy_of(page_release, tmp_path)
