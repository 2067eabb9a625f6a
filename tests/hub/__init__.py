"""A Hugging Face Hub on this machine, for tests with the real clients.

It speaks the part of the Hub's API that huggingface_hub, datasets and `hf://` use to create, fill, tag, list and read
repositories. There is no Xet (clients need HF_HUB_DISABLE_XET=1, which `online` and `environment` set), no search and
no viewer; metadata of cards is judged only by `check_card`; who may do what is decided by namespace and token alone.

Example:
    with LoopbackHub() as hub:
        hub.add_user("ada", "hf_ada")
        hub.fail("preupload", status=429, headers=rate_limited(0))
        with online(hub, "hf_ada") as client:
            client.api.create_repo("ada/papers", repo_type="dataset")
        assert hub.repo("ada/papers").commits
"""

from __future__ import annotations

from tests.hub.client import Client, online
from tests.hub.faults import FAULT_KINDS, ROUTES, Call, Fault, FaultKind, Route, rate_limited
from tests.hub.hub import LoopbackHub
from tests.hub.objects import Commit, Entry, Pull
from tests.hub.repo import Repo

__all__ = [
    "FAULT_KINDS",
    "ROUTES",
    "Call",
    "Client",
    "Commit",
    "Entry",
    "Fault",
    "FaultKind",
    "LoopbackHub",
    "Pull",
    "Repo",
    "Route",
    "online",
    "rate_limited",
]
