"""Routes that read: repository info, references, commits, trees and files."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, quote, urlencode

from tests.hub.objects import Commit, Entry
from tests.hub.replies import HubError, Reply, Request, entry_not_found, json_reply
from tests.hub.repo import Repo
from tests.hub.state import State

__all__ = ["auth_check", "commits", "content", "harnesses", "paths_info", "refs", "repo_info", "resolve", "tree"]

_EXPANDED_PAGE = 50


def harnesses(_state: State, _request: Request) -> Reply:
    """Answer the client's look for tools that run it: there are none."""
    return json_reply({"standardEnvVars": [], "harnesses": {}})


def auth_check(state: State, request: Request) -> Reply:
    """Say whether the caller has access to the files."""
    repo = state.readable(request)
    state.accounts.check_content(repo, request.call)
    if request.parts.get("write"):
        state.accounts.check_write(repo, request.call)
    return json_reply({"ok": True})


def repo_info(state: State, request: Request) -> Reply:
    """Describe a repository at a revision."""
    repo = state.readable(request)
    with repo.lock:
        commit = repo.resolve(request.parts.get("revision") or "main")
        blobs = request.flag("blobs")
        value: dict[str, Any] = {
            "_id": hashlib.sha1(f"{repo.kind} {repo.id}".encode()).hexdigest()[:24],
            "id": repo.id,
            "author": repo.id.split("/")[0],
            "sha": commit.oid,
            "lastModified": commit.date,
            "createdAt": repo.all_commits[0].date,
            "private": repo.private,
            "gated": "manual" if repo.gated else False,
            "disabled": False,
            "tags": [],
            "downloads": 0,
            "likes": 0,
            "siblings": [_sibling(path, entry, blobs) for path, entry in commit.files.items()],
            "usedStorage": sum(entry.size for entry in commit.files.values()),
        }
        if repo.kind == "model":
            value["modelId"] = repo.id
    if wanted := request.call.query.get("expand"):
        value = {name: value.get(name) for name in ["_id", "id", *wanted]}
    return json_reply(value)


def _sibling(path: str, entry: Entry, blobs: bool) -> dict[str, Any]:
    if not blobs:
        return {"rfilename": path}
    value: dict[str, Any] = {"rfilename": path, "size": entry.size, "blobId": entry.oid}
    if entry.sha256 is not None:
        value["lfs"] = {"sha256": entry.sha256, "size": entry.size, "pointerSize": entry.pointer_size}
    return value


def refs(state: State, request: Request) -> Reply:
    """List branches, tags and, on request, pull requests."""
    repo = state.readable(request)
    with repo.lock:
        everything = repo.refs()

    def under(prefix: str, cut: str) -> list[dict[str, str]]:
        return [
            {"name": ref.removeprefix(cut), "ref": ref, "targetCommit": oid}
            for ref, oid in everything.items()
            if ref.startswith(prefix)
        ]

    value = {
        "branches": under("refs/heads/", "refs/heads/"),
        "converts": [],
        "tags": under("refs/tags/", "refs/tags/"),
    }
    if request.flag("include_prs"):
        value["pullRequests"] = under("refs/pr/", "refs/pr/")
    return json_reply(value)


def commits(state: State, request: Request) -> Reply:
    """List the commits of a revision, newest first."""
    repo = state.readable(request)
    history = repo.history(request.parts["revision"])
    items = [
        {
            "id": commit.oid,
            "title": commit.message,
            "message": commit.description,
            "date": commit.date,
            "authors": [{"user": commit.author}],
        }
        for commit in history
    ]
    return _page(state, request, items, 50, {"X-Total-Count": str(len(items))})


def tree(state: State, request: Request) -> Reply:
    """List a folder, or all below it."""
    repo = state.readable(request)
    commit = repo.resolve(request.parts["revision"])
    folder = (request.parts.get("path") or "").strip("/")
    listed = _entries(commit)
    if folder and listed.get(folder, Entry("", 0)) is not None:
        raise entry_not_found(f'{folder} does not exist on "{request.parts["revision"]}"')
    prefix = f"{folder}/" if folder else ""
    names = [
        name
        for name in listed
        if name.startswith(prefix) and (request.flag("recursive") or "/" not in name[len(prefix) :])
    ]
    expand = request.flag("expand")
    items = [_described(repo, commit, name, listed[name], expand) for name in sorted(names)]
    return _page(state, request, items, min(_EXPANDED_PAGE, state.page_size) if expand else state.page_size)


def paths_info(state: State, request: Request) -> Reply:
    """Describe given paths; those that do not exist are left out."""
    repo = state.readable(request)
    commit = repo.resolve(request.parts["revision"])
    if "json" in request.call.headers.get("content-type", ""):
        value = request.json()
        wanted, expand = [str(path) for path in value.get("paths", [])], bool(value.get("expand"))
    else:
        form = parse_qs(request.call.body.decode())
        wanted, expand = form.get("paths", []), form.get("expand", ["false"])[-1].lower() == "true"
    if len(wanted) > 1000:
        raise HubError(413, "too many parameters")
    listed = _entries(commit)
    names = [path.strip("/") for path in wanted]
    return json_reply([_described(repo, commit, name, listed[name], expand) for name in names if name in listed])


def _entries(commit: Commit) -> dict[str, Entry | None]:
    """Return all paths of a commit; folders have no entry."""
    listed: dict[str, Entry | None] = {}
    for path, entry in commit.files.items():
        parts = path.split("/")
        for depth in range(1, len(parts)):
            listed["/".join(parts[:depth])] = None
        listed[path] = entry
    return listed


def _described(repo: Repo, commit: Commit, path: str, entry: Entry | None, expand: bool) -> dict[str, Any]:
    value: dict[str, Any]
    if entry is None:
        inside = "".join(f"{name} {e.oid}\n" for name, e in commit.files.items() if name.startswith(f"{path}/"))
        value = {"type": "directory", "oid": hashlib.sha1(inside.encode()).hexdigest(), "size": 0, "path": path}
    else:
        value = {"type": "file", "oid": entry.oid, "size": entry.size, "path": path}
        if entry.sha256 is not None:
            value["lfs"] = {"oid": entry.sha256, "size": entry.size, "pointerSize": entry.pointer_size}
    if expand:
        last = repo.last_change(commit, path)
        value["lastCommit"] = {"id": last.oid, "title": last.message, "date": last.date}
        if entry is not None:
            value["securityFileStatus"] = {"status": "safe", "avScan": None, "pickleImportScan": None}
    return value


def _page(
    state: State, request: Request, items: Sequence[object], size: int, headers: Mapping[str, str] | None = None
) -> Reply:
    """Return one page; the next one's address is in the Link header, as on GitHub."""
    start = int(request.query("cursor", "0"))
    size = min(size, int(request.query("limit", str(size))))
    all_headers = dict(headers or {})
    if start + size < len(items):
        again = {name: values for name, values in request.call.query.items() if name != "cursor"}
        query = urlencode({**again, "cursor": [str(start + size)]}, doseq=True)
        all_headers["Link"] = f'<{state.endpoint}{request.call.path}?{query}>; rel="next"'
    return json_reply(items[start : start + size], headers=all_headers)


def resolve(state: State, request: Request) -> Reply:
    """Give a file; a large one is at the storage."""
    repo = state.readable(request)
    revision, path = request.parts["revision"], request.parts["path"]
    state.accounts.check_content(repo, request.call)
    commit = repo.resolve(revision)
    entry = commit.files.get(path)
    if entry is None:
        raise entry_not_found(X_Repo_Commit=commit.oid)
    name = path.rsplit("/", 1)[-1]
    headers = {
        "X-Repo-Commit": commit.oid,
        "Accept-Ranges": "bytes",
        "Content-Disposition": f'inline; filename="{quote(name)}"',
    }
    if entry.sha256 is None:
        return _ranged(request, repo.content(entry), entry.oid, {**headers, "ETag": f'"{entry.oid}"'})
    place = f"{state.storage}/content/{repo.kind}/{repo.id}/{entry.sha256}?{urlencode({'filename': name})}"
    return Reply(
        302,
        {
            **headers,
            "Location": place,
            "X-Linked-Size": str(entry.size),
            "X-Linked-Etag": f'"{entry.sha256}"',
            "Content-Type": "text/plain; charset=utf-8",
        },
        f"Found. Redirecting to {place}".encode(),
    )


def content(state: State, request: Request) -> Reply:
    """Give a large file from the storage, where the address alone is the permission."""
    sha256 = request.parts["sha256"]
    kind = request.parts["kind"]
    if kind not in {"dataset", "model", "space"}:
        raise HubError(404, "NoSuchKey")
    repo = state.find(request.parts["id"], kind)  # type: ignore[arg-type]
    if repo is None or sha256 not in repo.lfs:
        raise HubError(404, "NoSuchKey")
    return _ranged(request, repo.lfs[sha256], sha256, {"ETag": f'"{sha256}"', "Accept-Ranges": "bytes"})


def _ranged(request: Request, data: bytes, etag: str, headers: Mapping[str, str]) -> Reply:
    """Return a file, or the part of it that is asked for."""
    base = {"Content-Type": "application/octet-stream", **headers}
    match = re.fullmatch(r"bytes=(\d*)-(\d*)", request.call.headers.get("range", "").replace(" ", ""))
    condition = request.call.headers.get("if-range")
    if match is None or match.group() == "bytes=-" or (condition is not None and condition.strip('"') != etag):
        return Reply(200, base, data)
    first, last = match.groups()
    start = int(first) if first else max(len(data) - int(last), 0)
    end = min(int(last), len(data) - 1) if first and last else len(data) - 1
    if start > end:
        raise HubError(416, "Range Not Satisfiable", Content_Range=f"bytes */{len(data)}")
    return Reply(206, {**base, "Content-Range": f"bytes {start}-{end}/{len(data)}"}, data[start : end + 1])
