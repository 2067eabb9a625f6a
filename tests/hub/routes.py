"""Which address is which route."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, Literal
from urllib.parse import unquote

from tests.hub import lfs, pulls, reading, writing
from tests.hub.faults import Call, Route
from tests.hub.replies import HubError, Reply, Request
from tests.hub.state import State

__all__ = ["answer", "find_route"]

Handler = Callable[[State, Request], Reply]
Port = Literal["hub", "storage"]

_API = r"/api/(?P<kind>models|datasets|spaces)/(?P<id>[^/]+/[^/]+)"
# some clients leave the slashes of `refs/pr/1` unquoted
_PAGE = r"/(?:(?P<kind>datasets|spaces)/)?(?P<id>[^/]+/[^/]+?)"
_REVISION = r"(?P<revision>refs/(?:pr|convert)/[^/]+|[^/]+)"
_LFS = rf"{_PAGE}\.git/info/lfs/objects"

_TABLE: Final[tuple[tuple[Port, str, str, Route, Handler], ...]] = (
    ("hub", "GET", r"/api/whoami-v2", "whoami", writing.whoami),
    ("hub", "GET", r"/api/agent-harnesses", "harnesses", reading.harnesses),
    ("hub", "POST", r"/api/repos/create", "create_repo", writing.create_repo),
    ("hub", "DELETE", r"/api/repos/delete", "delete_repo", writing.delete_repo),
    ("hub", "POST", r"/api/validate-yaml", "validate_yaml", writing.validate_yaml),
    ("hub", "POST", r"/api/complete_multipart/(?P<key>[^/]+)", "lfs_complete", lfs.complete),
    ("hub", "GET", rf"{_API}(?:/revision/{_REVISION})?", "repo_info", reading.repo_info),
    ("hub", "PUT", rf"{_API}/settings", "settings", writing.settings),
    ("hub", "GET", rf"{_API}/auth-check(?P<write>/write)?", "auth_check", reading.auth_check),
    ("hub", "GET", rf"{_API}/refs", "refs", reading.refs),
    ("hub", "GET", rf"{_API}/commits/{_REVISION}", "commits", reading.commits),
    ("hub", "GET", rf"{_API}/tree/{_REVISION}(?:/(?P<path>.*))?", "tree", reading.tree),
    ("hub", "POST", rf"{_API}/paths-info/{_REVISION}", "paths_info", reading.paths_info),
    ("hub", "POST", rf"{_API}/preupload/{_REVISION}", "preupload", writing.preupload),
    ("hub", "POST", rf"{_API}/commit/{_REVISION}", "commit", writing.commit),
    ("hub", "POST", rf"{_API}/tag/{_REVISION}", "tag_create", writing.tag_create),
    ("hub", "DELETE", rf"{_API}/tag/{_REVISION}", "tag_delete", writing.tag_delete),
    ("hub", "POST", rf"{_API}/branch/{_REVISION}", "branch_create", writing.branch_create),
    ("hub", "DELETE", rf"{_API}/branch/{_REVISION}", "branch_delete", writing.branch_delete),
    ("hub", "GET", rf"{_API}/discussions", "discussions", pulls.listing),
    ("hub", "POST", rf"{_API}/discussions", "pull_create", pulls.create),
    ("hub", "GET", rf"{_API}/discussions/(?P<num>\d+)", "discussions", pulls.details),
    ("hub", "POST", rf"{_API}/discussions/(?P<num>\d+)/merge", "pull_merge", pulls.merge),
    ("hub", "POST", rf"{_API}/discussions/(?P<num>\d+)/status", "pull_status", pulls.status),
    ("hub", "POST", rf"{_LFS}/batch", "lfs_batch", lfs.batch),
    ("hub", "POST", rf"{_LFS}/verify", "lfs_verify", lfs.verify),
    ("hub", "GET", rf"{_PAGE}/resolve/{_REVISION}/(?P<path>.+)", "resolve", reading.resolve),
    ("storage", "PUT", r"/upload/(?P<key>[^/]+)", "lfs_upload", lfs.put),
    ("storage", "GET", r"/content/(?P<kind>[^/]+)/(?P<id>[^/]+/[^/]+)/(?P<sha256>[^/]+)", "content", reading.content),
)
_COMPILED: Final = [(port, method, re.compile(path), route, handler) for port, method, path, route, handler in _TABLE]


def find_route(port: Port, method: str, path: str) -> tuple[Route, Handler | None, dict[str, str]]:
    """Return the route of an address (still quoted), who handles it, and its parts."""
    asked = "GET" if method == "HEAD" else method
    for of_port, of_method, pattern, route, handler in _COMPILED:
        if of_port == port and of_method == asked and (match := pattern.fullmatch(path)):
            parts = {name: unquote(value) for name, value in match.groupdict().items() if value is not None}
            return route, handler, parts
    return "other", None, {}


def answer(state: State, call: Call, handler: Handler | None, parts: dict[str, str]) -> Reply:
    """Handle a call, errors included."""
    try:
        if handler is None:
            raise HubError(404, f"Not found: {call.method} {call.path}")
        return handler(state, Request(call, parts))
    except HubError as error:
        return error.reply()
