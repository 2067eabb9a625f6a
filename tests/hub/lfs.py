"""Routes of large files: where to send them, the sending, and what comes after."""

from __future__ import annotations

import hashlib
from typing import Any

from tests.hub.replies import HubError, Reply, Request, json_reply
from tests.hub.state import State, Upload

__all__ = ["batch", "complete", "put", "verify"]


def batch(state: State, request: Request) -> Reply:
    """Say for each object where to send it; one that is there needs nothing."""
    repo = state.readable(request)
    value = request.json()
    if value.get("operation") != "upload" or value.get("hash_algo", "sha256") != "sha256":
        raise HubError(400, "Only uploads named by sha256 are supported")
    # Without a reference the upload is for a pull request, which needs no right to write.
    if value.get("ref"):
        state.accounts.check_write(repo, request.call)
    else:
        state.accounts.signed_in(request.call)
    large = "multipart" in value.get("transfers", ["basic"])
    objects: list[dict[str, Any]] = []
    for item in value.get("objects", []):
        sha256, size = str(item["oid"]), int(item["size"])
        known: dict[str, Any] = {"oid": sha256, "size": size, "authenticated": True}
        if sha256 not in repo.lfs:
            chunk = state.chunk_size if large and size >= state.multipart_from else None
            key = state.start_upload(Upload(repo, sha256, size, chunk))
            known["actions"] = {
                "upload": _upload_action(state, key, size, chunk),
                "verify": {"href": f"{state.url(repo)}.git/info/lfs/objects/verify", "header": {}},
            }
        objects.append(known)
    multipart = any("chunk_size" in item.get("actions", {}).get("upload", {}).get("header", {}) for item in objects)
    return json_reply({"transfer": "multipart" if multipart else "basic", "objects": objects})


def _upload_action(state: State, key: str, size: int, chunk: int | None) -> dict[str, Any]:
    if chunk is None:
        return {"href": f"{state.storage}/upload/{key}", "header": {}}
    parts = {
        f"{number:05d}": f"{state.storage}/upload/{key}?partNumber={number}"
        for number in range(1, -(-size // chunk) + 1)
    }
    # The parts go to the storage, but the Hub is told when they are complete.
    return {"href": f"{state.endpoint}/api/complete_multipart/{key}", "header": {"chunk_size": str(chunk), **parts}}


def put(state: State, request: Request) -> Reply:
    """Take a large file, or one part of it, at the storage."""
    upload = state.upload(request.parts["key"])
    body = request.call.body
    number = request.query("partNumber")
    etag = hashlib.md5(body).hexdigest()  # the ETag of an object in S3
    with upload.repo.lock:
        if number:
            upload.parts[int(number)] = body
        else:
            _store(upload, body)
    return Reply(200, {"ETag": f'"{etag}"'})


def complete(state: State, request: Request) -> Reply:
    """Put the parts of a large file together."""
    upload = state.upload(request.parts["key"])
    with upload.repo.lock:
        if upload.sha256 not in upload.repo.lfs:
            named = {int(part["partNumber"]): str(part["etag"]).strip('"') for part in request.json().get("parts", [])}
            have = {number: hashlib.md5(part).hexdigest() for number, part in upload.parts.items()}
            if named != have:
                raise HubError(400, "InvalidPart")
            _store(upload, b"".join(part for _, part in sorted(upload.parts.items())))
            upload.parts.clear()
    return json_reply({"success": True})


def _store(upload: Upload, body: bytes) -> None:
    if len(body) != upload.size or hashlib.sha256(body).hexdigest() != upload.sha256:
        raise HubError(400, "BadDigest")
    upload.repo.lfs[upload.sha256] = body


def verify(state: State, request: Request) -> Reply:
    """Say whether a large file arrived."""
    repo = state.readable(request)
    state.accounts.signed_in(request.call)
    value = request.json()
    found = repo.lfs.get(str(value.get("oid")))
    if found is None or len(found) != value.get("size"):
        raise HubError(404, "Object does not exist")
    return json_reply({"success": True})
