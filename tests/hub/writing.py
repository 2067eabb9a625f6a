"""Routes that write: repositories, commits, tags, branches and pull requests."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from typing import Any

from tests.hub.faults import Call
from tests.hub.objects import Commit, Entry, git_oid
from tests.hub.replies import HubError, Reply, Request, entry_not_found, json_reply, revision_not_found
from tests.hub.repo import Repo, delete_file, delete_folder
from tests.hub.state import KINDS, State

__all__ = [
    "branch_create",
    "branch_delete",
    "commit",
    "create_repo",
    "delete_repo",
    "preupload",
    "settings",
    "tag_create",
    "tag_delete",
    "validate_yaml",
    "whoami",
]


def whoami(state: State, request: Request) -> Reply:
    """Say who is calling."""
    user = state.accounts.signed_in(request.call)
    return json_reply(
        {
            "type": "user",
            "id": git_oid(user.name.encode())[:24],
            "name": user.name,
            "fullname": user.name,
            "isPro": False,
            "orgs": [{"type": "org", "name": org, "fullname": org, "roleInOrg": "write"} for org in user.orgs],
            "auth": {
                "type": "access_token",
                "accessToken": {"displayName": "test", "role": "write" if user.write else "read"},
            },
        }
    )


def _named(request: Request, owner: str) -> tuple[str, str]:
    """Return namespace and name of the repository that a body is about."""
    value = request.json()
    name = str(value.get("name", ""))
    namespace = value.get("organization") or owner
    if "/" in name:
        namespace, name = name.split("/", 1)
    return str(namespace), name


def create_repo(state: State, request: Request) -> Reply:
    """Create a repository."""
    user = state.accounts.signed_in(request.call)
    state.accounts.check_token_writes(user)
    value = request.json()
    namespace, name = _named(request, user.name)
    kind = KINDS[f"{value.get('type') or 'model'}s"]
    repo_id = f"{namespace}/{name}"
    if not user.owns(repo_id):
        raise HubError(403, f'You don\'t have the rights to create a {kind} under the namespace "{namespace}"')
    private = value.get("visibility") == "private" or value.get("private") is True
    repo, new = state.create(repo_id, kind, private, owner=user.name)
    where = {"url": state.url(repo), "name": repo.id, "id": repo.id}
    if not new:
        return HubError(409, f"You already created this {kind} repo: {repo_id}").reply(where)
    return json_reply(where)


def delete_repo(state: State, request: Request) -> Reply:
    """Delete a repository."""
    user = state.accounts.signed_in(request.call)
    namespace, name = _named(request, user.name)
    kind = KINDS[f"{request.json().get('type') or 'model'}s"]
    repo = state.accounts.check_read(state.find(f"{namespace}/{name}", kind), request.call)
    state.accounts.check_write(repo, request.call)
    state.delete(repo.id, kind)
    return Reply(200)


def settings(state: State, request: Request) -> Reply:
    """Change who may see a repository and its files."""
    repo = state.readable(request)
    state.accounts.check_write(repo, request.call)
    value = request.json()
    if "visibility" in value:
        repo.private = value["visibility"] == "private"
    if "gated" in value:
        repo.gated = bool(value["gated"])
    return json_reply({"private": repo.private, "gated": repo.gated})


def validate_yaml(state: State, request: Request) -> Reply:
    """Check the metadata at the top of a card."""
    content = str(request.json().get("content", ""))
    errors = [{"message": message} for message in state.check_card(content)]
    warnings = []
    if not content.startswith("---"):
        warnings.append({"message": "empty or missing yaml metadata in repo card"})
    return json_reply({"errors": errors, "warnings": warnings}, 400 if errors else 200)


def preupload(state: State, request: Request) -> Reply:
    """Say which files to send as large ones, and what is there already."""
    repo = state.readable(request)
    _check_may_commit(state, repo, request)
    with repo.lock:
        head = repo.resolve(request.parts["revision"])
        files = []
        for item in request.json().get("files", []):
            path = str(item["path"])
            known = head.files.get(path)
            mode = repo.upload_mode(head, path, int(item["size"]), base64.b64decode(item.get("sample", "")))
            files.append(
                {
                    "path": path,
                    "uploadMode": mode,
                    "shouldIgnore": False,
                    "oid": None if known is None else known.sha256 or known.oid,
                }
            )
    return json_reply({"files": files})


def _check_may_commit(state: State, repo: Repo, request: Request) -> str:
    """Return the caller's name: whoever sees a repository may open a pull request, only its owners may commit."""
    if request.flag("create_pr"):
        return state.accounts.signed_in(request.call).name
    return state.accounts.check_write(repo, request.call).name


def commit(state: State, request: Request) -> Reply:
    """Make a commit, or a pull request with one."""
    repo = state.readable(request)
    author = _check_may_commit(state, repo, request)
    header, operations = _operations(request.call)
    title, description = str(header.get("summary", "")), str(header.get("description", ""))
    parent = header.get("parentCommit")
    if not title:
        raise HubError(400, '"summary" is required')
    revision = request.parts["revision"]

    def change(files: dict[str, Entry]) -> None:
        for key, value in operations:
            _apply(repo, files, key, value)

    answer: dict[str, Any] = {"success": True, "hookOutput": ""}
    made: Commit
    if request.flag("create_pr"):
        pull, made = repo.open_pull(
            revision, change, title=title, description=description, author=author, parent=parent
        )
        answer["pullRequestUrl"] = f"{state.url(repo)}/discussions/{pull.num}"
    else:
        made = repo.commit(revision, change, message=title, description=description, author=author, parent=parent)
    return json_reply({**answer, "commitOid": made.oid, "commitUrl": f"{state.url(repo)}/commit/{made.oid}"})


def _operations(call: Call) -> tuple[dict[str, Any], list[tuple[str, dict[str, Any]]]]:
    try:
        lines = [json.loads(line) for line in call.body.splitlines() if line.strip()]
        items = [(str(line["key"]), dict(line["value"])) for line in lines]
    except (ValueError, KeyError, TypeError) as error:
        raise HubError(400, "Invalid commit payload") from error
    if not items or items[0][0] != "header":
        raise HubError(400, "The first line must be the header")
    return items[0][1], items[1:]


def _add(repo: Repo, files: dict[str, Entry], value: dict[str, Any]) -> None:
    text = str(value["content"])
    try:
        data = base64.b64decode(text, validate=True) if value.get("encoding") == "base64" else text.encode()
    except binascii.Error as error:
        raise HubError(400, f"Invalid content of {value['path']}") from error
    files[str(value["path"])] = repo.entry(data, lfs=False)


def _add_large(repo: Repo, files: dict[str, Entry], value: dict[str, Any]) -> None:
    files[str(value["path"])] = repo.lfs_entry(str(value["oid"]))


def _copy(repo: Repo, files: dict[str, Entry], value: dict[str, Any]) -> None:
    source = repo.resolve(str(value["srcRevision"])).files if value.get("srcRevision") else files
    found = source.get(str(value["srcPath"]))
    if found is None:
        raise entry_not_found(f"{value['srcPath']} does not exist")
    files[str(value["path"])] = found


_OPERATIONS: dict[str, Callable[[Repo, dict[str, Entry], dict[str, Any]], None]] = {
    "file": _add,
    "lfsFile": _add_large,
    "copyFile": _copy,
    "deletedFile": lambda _repo, files, value: delete_file(files, str(value["path"])),
    "deletedFolder": lambda _repo, files, value: delete_folder(files, str(value["path"])),
}


def _apply(repo: Repo, files: dict[str, Entry], key: str, value: dict[str, Any]) -> None:
    if key not in _OPERATIONS:
        raise HubError(400, f"Unknown operation: {key}")
    path = value.get("path")
    if not isinstance(path, str) or not path or {"", ".", "..", ".git"} & set(path.rstrip("/").split("/")):
        raise HubError(400, f"Invalid path: {path}")
    _OPERATIONS[key](repo, files, value)


def tag_create(state: State, request: Request) -> Reply:
    """Tag a commit."""
    repo = state.readable(request)
    state.accounts.check_write(repo, request.call)
    tag = str(request.json().get("tag", ""))
    if not tag or tag.startswith("refs/"):
        raise HubError(400, f"Invalid tag name: {tag}")
    with repo.lock:
        target = repo.resolve(request.parts["revision"])
        if tag in repo.tags:
            raise HubError(409, "Tag reference exists already")
        repo.tags[tag] = target.oid
    return json_reply({"success": True}, 201)


def tag_delete(state: State, request: Request) -> Reply:
    """Delete a tag; what it pointed to stays."""
    repo = state.readable(request)
    state.accounts.check_write(repo, request.call)
    with repo.lock:
        if repo.tags.pop(request.parts["revision"], None) is None:
            raise revision_not_found(request.parts["revision"])
    return json_reply({"success": True})


def branch_create(state: State, request: Request) -> Reply:
    """Create a branch, from the head of main unless a starting point is given."""
    repo = state.readable(request)
    state.accounts.check_write(repo, request.call)
    name = request.parts["revision"]
    if name.startswith("refs/"):
        raise HubError(400, f"Invalid reference for a branch: {name}")
    with repo.lock:
        start = repo.resolve(str(request.json().get("startingPoint") or "main"))
        if name in repo.branches:
            raise HubError(409, "Reference already exists")
        repo.branches[name] = start.oid
    return json_reply({"success": True}, 201)


def branch_delete(state: State, request: Request) -> Reply:
    """Delete a branch; main cannot be deleted."""
    repo = state.readable(request)
    state.accounts.check_write(repo, request.call)
    name = request.parts["revision"]
    if name == "main":
        raise HubError(403, "Cannot delete the default branch")
    with repo.lock:
        if repo.branches.pop(name, None) is None:
            raise revision_not_found(name)
    return json_reply({"success": True})
