"""The loopback Hub as tests use it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.commands import clean_environment
from tests.hub.accounts import User
from tests.hub.faults import Call, Fault, FaultKind, Route
from tests.hub.objects import Commit, Entry, Kind
from tests.hub.repo import Repo, delete_file
from tests.hub.server import Desk, Server
from tests.hub.state import State

__all__ = ["LoopbackHub"]

_STALL = 60.0


class LoopbackHub:
    """A Hugging Face Hub on this machine, for real clients.

    Two ports: the Hub's own, and the storage of large files, which is another origin as on the real Hub. Everything is
    kept in memory.
    """

    def __init__(
        self,
        *,
        multipart_from: int = 5 * 1024**3,
        chunk_size: int = 16 * 1024**2,
        page_size: int = 1000,
        check_card: Callable[[str], list[str]] | None = None,
    ) -> None:
        self.state = State()
        self.state.multipart_from, self.state.chunk_size, self.state.page_size = multipart_from, chunk_size, page_size
        if check_card is not None:
            self.state.check_card = check_card
        self._desk = Desk(self.state)
        self._servers: list[Server] = []
        self._ports = (0, 0)

    def __enter__(self) -> Self:
        self.up()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.down()
        if error is None and self._desk.errors:
            raise ExceptionGroup(
                "the loopback Hub itself failed", [e for e in self._desk.errors if isinstance(e, Exception)]
            )

    def up(self) -> None:
        """Listen, on the same ports as before."""
        if self._servers:
            return
        self._desk.closing.clear()
        for name, port in zip(("hub", "storage"), self._ports, strict=True):
            self._servers.append(Server(self._desk, "hub" if name == "hub" else "storage", port))
        self._ports = self._servers[0].port, self._servers[1].port
        self.state.endpoint, self.state.storage = (f"http://127.0.0.1:{port}" for port in self._ports)

    def down(self) -> None:
        """Stop listening and end all connections: clients cannot connect. What is stored stays."""
        self._desk.closing.set()
        while self._servers:
            self._servers.pop().stop()

    @property
    def endpoint(self) -> str:
        """The address of the Hub."""
        return self.state.endpoint

    @property
    def storage(self) -> str:
        """The address of the storage of large files."""
        return self.state.storage

    # accounts and repositories

    def add_user(self, name: str, token: str, write: bool = True, orgs: tuple[str, ...] = ()) -> User:
        """Add a user with a token; again with another token for a second one."""
        return self.state.accounts.add(User(name, token, write, tuple(orgs)))

    def revoke(self, token: str) -> None:
        """Make a token invalid."""
        self.state.accounts.revoke(token)

    def add_repo(self, repo_id: str, kind: Kind = "dataset", private: bool = False, gated: bool = False) -> Repo:
        """Add a repository, with the first commit that the Hub gives it."""
        repo, new = self.state.create(repo_id, kind, private, gated)
        if not new:
            raise ValueError(f"{kind} {repo_id} exists")
        return repo

    def repo(self, repo_id: str, kind: Kind = "dataset") -> Repo:
        """Return a repository to look into."""
        repo = self.state.find(repo_id, kind)
        if repo is None:
            raise KeyError(f"no {kind} {repo_id}")
        return repo

    def exists(self, repo_id: str, kind: Kind = "dataset") -> bool:
        """Whether there is such a repository."""
        return self.state.find(repo_id, kind) is not None

    def push(
        self,
        repo_id: str,
        files: Mapping[str, bytes | None],
        message: str = "by somebody else",
        *,
        branch: str = "main",
        kind: Kind = "dataset",
        author: str = "somebody",
    ) -> Commit:
        """Commit files as another writer would; None deletes one. The repository is made if need be."""
        repo, _ = self.state.create(repo_id, kind, owner=author)

        def change(entries: dict[str, Entry]) -> None:
            head = repo.writable_head(branch)
            for path, data in files.items():
                if data is None:
                    delete_file(entries, path)
                else:
                    lfs = repo.upload_mode(head, path, len(data), data[:512]) == "lfs"
                    entries[path] = repo.entry(data, lfs=lfs)

        return repo.commit(branch, change, message=message, author=author)

    # calls and faults

    @property
    def calls(self) -> list[Call]:
        """The calls received since the start or `forget_calls`, in order."""
        return self._desk.calls

    def forget_calls(self) -> None:
        """Empty the log; the next call has number 1."""
        self._desk.forget()

    def count(self, route: Route, *, ok: bool | None = None) -> int:
        """Return how many calls of a route there were, or of those how many (did not) succeed."""
        calls = [call for call in list(self.calls) if call.route == route]
        return len([call for call in calls if ok is None or (call.status is not None and call.status < 400) == ok])

    @property
    def on_call(self) -> Callable[[Call], None] | None:
        """Called with every call before it is handled; it may wait, or kill the client."""
        return self._desk.on_call

    @on_call.setter
    def on_call(self, hook: Callable[[Call], None] | None) -> None:
        self._desk.on_call = hook

    @property
    def unavailable(self) -> bool:
        """Whether every call is answered 503."""
        return self._desk.unavailable

    @unavailable.setter
    def unavailable(self, value: bool) -> None:
        self._desk.unavailable = value

    def fail(
        self,
        route: Route | None,
        kind: FaultKind = "status",
        *,
        nth: int = 1,
        times: int | None = 1,
        status: int = 503,
        headers: Mapping[str, str] | None = None,
        seconds: float = _STALL,
        message: str = "Service Unavailable",
        method: str | None = None,
        path: str | None = None,
    ) -> None:
        """Let calls go wrong: the `nth` from now on of a route (None: of any), and `times` in all (None: for ever).

        `method` and `path` (a part of it) narrow the route down. `seconds` is for delays and timeouts.
        """
        fault = Fault(kind, status, dict(headers or {}), seconds, message)
        self._desk.plan.add(fault, route=route, method=method, path=path, nth=nth, times=times)

    def fail_call(self, number: int, fault: Fault) -> None:
        """Let the call of this number go wrong, whatever its route; see `Call.number` and `forget_calls`."""
        self._desk.plan.add_numbered(number, fault)

    def heal(self) -> None:
        """Forget all faults."""
        self._desk.plan.clear()

    # clients

    def environment(self, home: Path, token: str | None = None, **more: str) -> dict[str, str]:
        """Return the environment of a client process that talks to this Hub, with its caches below `home`."""
        wanted = {
            "HF_ENDPOINT": self.endpoint,
            "HF_HUB_OFFLINE": "0",
            "HF_HUB_DISABLE_XET": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
            "HF_HUB_DISABLE_UPDATE_CHECK": "1",
            "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
            # counted at another address than the Hub's
            "HF_UPDATE_DOWNLOAD_COUNTS": "0",
            "NO_PROXY": "*",
        }
        if token is not None:
            wanted["HF_TOKEN"] = token
        return clean_environment(home, **{**wanted, **more})
