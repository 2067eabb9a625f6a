"""What a call is, and the faults that can be put in its way."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

__all__ = ["FAULT_KINDS", "ROUTES", "Call", "Fault", "FaultKind", "FaultPlan", "Route", "rate_limited"]

Route = Literal[
    "whoami",
    "create_repo",
    "delete_repo",
    "settings",
    "repo_info",
    "auth_check",
    "refs",
    "commits",
    "tree",
    "paths_info",
    "resolve",
    "content",
    "validate_yaml",
    "preupload",
    "lfs_batch",
    "lfs_upload",
    "lfs_complete",
    "lfs_verify",
    "commit",
    "tag_create",
    "tag_delete",
    "branch_create",
    "branch_delete",
    "discussions",
    "pull_create",
    "pull_merge",
    "pull_status",
    "harnesses",
    "other",
]
ROUTES: Final[tuple[Route, ...]] = get_args(Route)

FaultKind = Literal[
    "status",  # answer `status`, no effect
    "status_after",  # the effect, then answer `status`: a gateway that gave up
    "delay",  # wait `seconds`, then go on as usual
    "timeout",  # say nothing for `seconds`, no effect
    "timeout_after",  # the effect, then say nothing for `seconds`
    "drop_before",  # close the connection, no effect
    "drop_after",  # the effect, then close the connection without a reply
    "drop_midway",  # send the head and half of the body, then close
    "corrupt",  # send the body with its middle changed, of the same length
    "reset",  # reset the connection (RST), no effect
]
FAULT_KINDS: Final[tuple[FaultKind, ...]] = get_args(FaultKind)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong with one call."""

    kind: FaultKind = "status"
    status: int = 503
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    message: str = "Service Unavailable"


@dataclass(slots=True)
class Call:
    """One request as it was received, and how it was answered."""

    number: int
    route: Route
    method: str
    port: Literal["hub", "storage"]
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes  # empty once handled if it was long
    size: int
    user: str | None = None
    status: int | None = None
    fault: FaultKind | None = None

    @property
    def token(self) -> str | None:
        """The token the client sent, whether or not it is a good one."""
        scheme, _, value = self.headers.get("authorization", "").partition(" ")
        return value if scheme.lower() == "bearer" else None


@dataclass(slots=True)
class _Rule:
    fault: Fault
    route: Route | None
    method: str | None
    path: str | None
    nth: int
    times: int | None
    seen: int = 0

    def fires(self, call: Call) -> bool:
        """Count a call that matches, and say whether it is one of those to fail."""
        if self.route not in {None, call.route} or self.method not in {None, call.method}:
            return False
        if self.path is not None and self.path not in call.path:
            return False
        self.seen += 1
        return self.seen >= self.nth and (self.times is None or self.seen < self.nth + self.times)


class FaultPlan:
    """Which calls go wrong: by route and count, or by the number of the call."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[_Rule] = []
        self._numbered: dict[int, Fault] = {}

    def add(
        self, fault: Fault, *, route: Route | None, method: str | None, path: str | None, nth: int, times: int | None
    ) -> None:
        """Let the `nth` matching call from now on, and `times` in all (None: every one), go wrong."""
        with self._lock:
            self._rules.append(_Rule(fault, route, method, path, nth, times))

    def add_numbered(self, number: int, fault: Fault) -> None:
        """Let the call of this number go wrong, whatever it is."""
        with self._lock:
            self._numbered[number] = fault

    def clear(self) -> None:
        """Forget all faults."""
        with self._lock:
            self._rules.clear()
            self._numbered.clear()

    def take(self, call: Call) -> Fault | None:
        """Return the fault this call meets, if any; every rule it matches counts it."""
        with self._lock:
            fired = [rule.fault for rule in self._rules if rule.fires(call)]
            return self._numbered.get(call.number) or (fired[0] if fired else None)


def rate_limited(seconds: int, limit: int = 500, window: int = 300) -> dict[str, str]:
    """Return the headers with which the Hub says that the limit is used up for `seconds`."""
    return {"RateLimit": f'"api";r=0;t={seconds}', "RateLimit-Policy": f'"fixed window";"api";q={limit};w={window}'}
