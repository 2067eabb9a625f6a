"""A hub with some users, and a client of one of them."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from tests.hub import Client, LoopbackHub, online


@pytest.fixture
def hub() -> Iterator[LoopbackHub]:
    before = set(threading.enumerate())
    with LoopbackHub(multipart_from=4000, chunk_size=1500) as made:
        made.add_user("ada", "hf_ada", orgs=("lab",))
        made.add_user("ada", "hf_ada_reads", write=False)
        made.add_user("bob", "hf_bob")
        yield made
    left = [thread.name for thread in set(threading.enumerate()) - before]
    assert [name for name in left if "loopback" in name or "process_request" in name] == []


@pytest.fixture
def client(hub: LoopbackHub) -> Iterator[Client]:
    with online(hub, "hf_ada") as made:
        yield made
