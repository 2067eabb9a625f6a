"""Requests as handlers see them, replies, and the Hub's typed errors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.hub.faults import Call

__all__ = ["HubError", "Reply", "Request", "entry_not_found", "json_reply", "revision_not_found"]


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete HTTP reply."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Request:
    """A call with the parts of its path."""

    call: Call
    parts: Mapping[str, str]

    def query(self, name: str, default: str = "") -> str:
        """Return the last value of a query parameter."""
        return self.call.query.get(name, [default])[-1]

    def flag(self, name: str) -> bool:
        """Whether a query parameter is set."""
        return self.query(name).lower() in {"1", "true"}

    def json(self) -> dict[str, Any]:
        """Return the body, which must be a JSON object."""
        try:
            value = json.loads(self.call.body or b"{}")
        except ValueError as error:
            raise HubError(400, "Invalid JSON body") from error
        if not isinstance(value, dict):
            raise HubError(400, "Expected a JSON object")
        return value


class HubError(Exception):
    """An error the Hub answers with; `code` becomes X-Error-Code."""

    def __init__(self, status: int, message: str, code: str | None = None, **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def reply(self, extra: Mapping[str, Any] | None = None) -> Reply:
        """Return the reply: the message is in a header and in the body."""
        headers = {"Content-Type": "application/json; charset=utf-8", "X-Error-Message": self.message, **self.headers}
        if self.code is not None:
            headers["X-Error-Code"] = self.code
        return Reply(self.status, headers, json.dumps({"error": self.message, **(extra or {})}).encode())


def json_reply(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """Return a value as JSON."""
    return Reply(
        status, {"Content-Type": "application/json; charset=utf-8", **(headers or {})}, json.dumps(value).encode()
    )


def revision_not_found(revision: str) -> HubError:
    """Return the error for a revision the repository does not have."""
    return HubError(404, f"Invalid rev id: {revision}", "RevisionNotFound")


def entry_not_found(message: str = "Entry not found", **headers: str) -> HubError:
    """Return the error for a path the revision does not have."""
    return HubError(404, message, "EntryNotFound", **headers)
