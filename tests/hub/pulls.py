"""Routes of discussions; all discussions here are pull requests."""

from __future__ import annotations

from typing import Any

from tests.hub.objects import Pull
from tests.hub.replies import HubError, Reply, Request, json_reply
from tests.hub.repo import Repo
from tests.hub.state import State

__all__ = ["create", "details", "listing", "merge", "status"]

_PAGE = 50


def _pull(repo: Repo, request: Request) -> Pull:
    pull = repo.pulls.get(int(request.parts["num"]))
    if pull is None:
        raise HubError(404, "Discussion not found")
    return pull


def _described(repo: Repo, pull: Pull) -> dict[str, Any]:
    return {
        "num": pull.num,
        "title": pull.title,
        "author": {"name": pull.author, "type": "user"},
        "createdAt": pull.date,
        "status": pull.status,
        "isPullRequest": True,
        "numComments": 1,
        "repo": {"name": repo.id, "type": repo.kind},
    }


def _open(pull: Pull) -> bool:
    return pull.status in {"open", "draft"}


def listing(state: State, request: Request) -> Reply:
    """List pull requests, newest first."""
    repo = state.readable(request)
    wanted, author = request.query("status", "all"), request.query("author")
    with repo.lock:
        pulls = [
            pull
            for pull in reversed(repo.pulls.values())
            if wanted == "all" or _open(pull) == (wanted == "open")
            if not author or pull.author == author
        ]
        if request.query("type", "all") == "discussion":
            pulls = []
        start = int(request.query("p", "0")) * _PAGE
        shown = [_described(repo, pull) for pull in pulls[start : start + _PAGE]]
    return json_reply({"count": len(pulls), "start": start, "discussions": shown, "numClosedDiscussions": 0})


def details(state: State, request: Request) -> Reply:
    """Describe one pull request."""
    repo = state.readable(request)
    with repo.lock:
        return json_reply(_detailed(repo, _pull(repo, request)))


def _detailed(repo: Repo, pull: Pull) -> dict[str, Any]:
    commits = [made for made in repo.history(pull.ref) if made.oid not in {c.oid for c in repo.history(pull.base)}]
    comment = {
        "id": f"{pull.num}-0",
        "type": "comment",
        "createdAt": pull.date,
        "author": {"name": pull.author},
        "data": {"edited": False, "hidden": False, "latest": {"raw": pull.description}},
    }
    events = [
        {
            "id": f"{pull.num}-{number}",
            "type": "commit",
            "createdAt": made.date,
            "author": {"name": made.author},
            "data": {"subject": made.message, "oid": made.oid},
        }
        for number, made in enumerate(reversed(commits), start=1)
    ]
    return {
        **_described(repo, pull),
        "events": [comment, *events],
        "filesWithConflicts": [],
        "changes": {"base": f"refs/heads/{pull.base}", "mergeCommitId": pull.merge_oid},
        "diff": "",
    }


def create(state: State, request: Request) -> Reply:
    """Open a draft pull request without a commit."""
    repo = state.readable(request)
    user = state.accounts.signed_in(request.call)
    value = request.json()
    if not value.get("pullRequest"):
        raise HubError(400, "Discussions are not kept here")
    pull, _ = repo.open_pull(
        "main", None, title=str(value["title"]), description=str(value.get("description", "")), author=user.name
    )
    return json_reply({"num": pull.num, "pullRequest": True, "url": f"{state.url(repo)}/discussions/{pull.num}"})


def merge(state: State, request: Request) -> Reply:
    """Merge a pull request."""
    repo = state.readable(request)
    user = state.accounts.check_write(repo, request.call)
    with repo.lock:
        made = repo.merge(_pull(repo, request).num, user.name)
    return json_reply({"oid": made.oid})


def status(state: State, request: Request) -> Reply:
    """Close or open a pull request."""
    repo = state.readable(request)
    user = state.accounts.check_write(repo, request.call)
    wanted = request.json().get("status")
    with repo.lock:
        pull = _pull(repo, request)
        if wanted not in {"open", "closed"} or pull.status == "merged":
            raise HubError(400, "Cannot change the status")
        pull.status = "open" if wanted == "open" else "closed"
        event = {"id": f"{pull.num}-s", "type": "status-change", "createdAt": pull.date, "author": {"name": user.name}}
        return json_reply({"newStatus": {**event, "data": {"status": pull.status}}})
