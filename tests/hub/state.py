"""All that the Hub knows, and its settings."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.hub.accounts import Accounts
from tests.hub.faults import Call
from tests.hub.objects import Kind
from tests.hub.replies import HubError, Request
from tests.hub.repo import Repo

__all__ = ["PREFIXES", "State", "Upload"]

KINDS: dict[str, Kind] = {"datasets": "dataset", "models": "model", "spaces": "space"}
PREFIXES: dict[Kind, str] = {"dataset": "datasets/", "model": "", "space": "spaces/"}


@dataclass(slots=True)
class Upload:
    """A large file on its way into a repository."""

    repo: Repo
    sha256: str
    size: int
    chunk: int | None
    parts: dict[int, bytes] = field(default_factory=dict)


class State:
    """Accounts, repositories, uploads under way, and settings."""

    def __init__(self) -> None:
        self.accounts = Accounts()
        self.endpoint = ""
        self.storage = ""
        self.page_size = 1000
        self.multipart_from = 5 * 1024 * 1024 * 1024
        self.chunk_size = 16 * 1024 * 1024
        self.check_card: Callable[[str], list[str]] = lambda _content: []
        self.uploads: dict[str, Upload] = {}
        self._repos: dict[tuple[Kind, str], Repo] = {}
        self._lock = threading.RLock()
        self._keys = itertools.count(1)

    def create(
        self, repo_id: str, kind: Kind = "dataset", private: bool = False, gated: bool = False, owner: str = "system"
    ) -> tuple[Repo, bool]:
        """Return a repository and whether it is new."""
        with self._lock:
            known = self._repos.get((kind, repo_id))
            if known is not None:
                return known, False
            made = self._repos[kind, repo_id] = Repo(repo_id, kind, private, gated, owner)
            return made, True

    def delete(self, repo_id: str, kind: Kind) -> None:
        """Forget a repository."""
        with self._lock:
            del self._repos[kind, repo_id]

    def find(self, repo_id: str, kind: Kind) -> Repo | None:
        """Return a repository if there is one."""
        with self._lock:
            return self._repos.get((kind, repo_id))

    def start_upload(self, upload: Upload) -> str:
        """Return the key under which a large file may be sent."""
        with self._lock:
            key = f"{next(self._keys):06d}-{upload.sha256[:16]}"
            self.uploads[key] = upload
            return key

    def upload(self, key: str) -> Upload:
        """Return an upload under way."""
        with self._lock:
            found = self.uploads.get(key)
        if found is None:
            raise HubError(403, "Request has expired")
        return found

    def readable(self, request: Request) -> Repo:
        """Return the repository of a request, which the caller must be allowed to see."""
        kind = KINDS[request.parts.get("kind") or "models"]
        return self.accounts.check_read(self.find(request.parts["id"], kind), request.call)

    def url(self, repo: Repo) -> str:
        """Return the address of a repository's page."""
        return f"{self.endpoint}/{PREFIXES[repo.kind]}{repo.id}"

    def name_caller(self, call: Call) -> None:
        """Note in a call who made it."""
        try:
            user = self.accounts.caller(call)
        except HubError:
            user = None
        call.user = None if user is None else user.name
