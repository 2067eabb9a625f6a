"""Releases that are built once, and a Hub for each test."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest

from curation.publishing import to_hub
from tests.hub import Client, LoopbackHub
from tests.publishing.places import Built, Waits, another_hub, build_all, compare, connected, drop_waits


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Releases; never change them, copy them with `tests.releases.copy_of`."""
    return build_all(tmp_path_factory.mktemp("built"))


@pytest.fixture
def hub() -> Iterator[LoopbackHub]:
    with another_hub() as made:
        yield made


@pytest.fixture
def client(hub: LoopbackHub) -> Iterator[Client]:
    with connected(hub) as made:
        yield made


@pytest.fixture
def quick(hub: LoopbackHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Check a commit by what the Hub holds, without the process that loads it; other tests have that process."""
    monkeypatch.setattr(to_hub, "verify_loads", partial(compare, hub))


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> Waits:
    """What would have been waited for; nothing is."""
    return drop_waits(monkeypatch)
