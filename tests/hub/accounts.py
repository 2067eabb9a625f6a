"""Users, their tokens, and what they may do."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.hub.faults import Call
from tests.hub.replies import HubError

if TYPE_CHECKING:
    from tests.hub.repo import Repo

__all__ = ["Accounts", "User"]


@dataclass(frozen=True, slots=True)
class User:
    """A user with one token."""

    name: str
    token: str
    write: bool = True
    orgs: tuple[str, ...] = ()

    def owns(self, repo_id: str) -> bool:
        """Whether the repository is in a namespace of this user."""
        return repo_id.split("/", maxsplit=1)[0] in {self.name, *self.orgs}


class Accounts:
    """The users of the Hub."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_token: dict[str, User] = {}
        self._organisations: set[str] = set()

    def add(self, user: User) -> User:
        """Add a user, or another token of one."""
        with self._lock:
            self._by_token[user.token] = user
            self._organisations.update(user.orgs)
        return user

    def revoke(self, token: str) -> None:
        """Make a token invalid."""
        with self._lock:
            self._by_token.pop(token, None)

    def namespaces(self) -> set[str]:
        """Return all names a repository can be under."""
        with self._lock:
            return {user.name for user in self._by_token.values()} | self._organisations

    def caller(self, call: Call) -> User | None:
        """Return who is calling; a wrong token is an error, none is not."""
        if call.token is None:
            return None
        with self._lock:
            user = self._by_token.get(call.token)
        if user is None:
            raise HubError(401, "Invalid credentials in Authorization header")
        return user

    def signed_in(self, call: Call) -> User:
        """Return who is calling, who must have a token."""
        user = self.caller(call)
        if user is None:
            # The client takes a bare 401 from https://…/api/… for a missing repository. It looks for https only, so
            # that over http the code says what the client would have concluded.
            raise HubError(401, "Invalid username or password.", "RepoNotFound" if _about_repo(call) else None)
        return user

    def check_read(self, repo: Repo | None, call: Call) -> Repo:
        """Return the repository if the caller may see it."""
        user = self.caller(call)
        if repo is not None and (not repo.private or (user is not None and user.owns(repo.id))):
            return repo
        if user is None:
            raise HubError(401, "Invalid username or password.", "RepoNotFound")
        raise HubError(404, "Repository not found", "RepoNotFound")

    def check_content(self, repo: Repo, call: Call) -> None:
        """Refuse the files of a gated repository to those who have no access."""
        user = self.caller(call)
        if not repo.gated or (user is not None and (user.owns(repo.id) or user.name in repo.granted)):
            return
        kind = repo.kind
        if user is None:
            raise HubError(
                401,
                f"Access to {kind} {repo.id} is restricted. You must have access to it and be authenticated to"
                " access it. Please log in.",
                "GatedRepo",
            )
        raise HubError(
            403, f"Access to {kind} {repo.id} is restricted and you are not in the authorized list.", "GatedRepo"
        )

    def check_write(self, repo: Repo, call: Call) -> User:
        """Return the caller, who must be allowed to change the repository."""
        user = self.signed_in(call)
        self.check_token_writes(user)
        if not user.owns(repo.id):
            raise HubError(403, f'You don\'t have the required permissions to write to "{repo.id}"')
        return user

    def check_token_writes(self, user: User) -> None:
        """Refuse a token that may only read."""
        if not user.write:
            raise HubError(403, "Forbidden: you must use a write token to upload to a repository")


def _about_repo(call: Call) -> bool:
    return call.path.startswith(("/api/models/", "/api/datasets/", "/api/spaces/")) or "/resolve/" in call.path
