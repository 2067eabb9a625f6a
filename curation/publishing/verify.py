"""Whether what was published loads as what was built, before it becomes a version."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from functools import partial
from typing import Any

from curation.errors import HubUnavailableError, Location, ReleaseError
from curation.hub.fresh import rows_sha256
from curation.release.card import published_configs
from curation.release.folder import MANIFEST, file_sha256
from curation.release.reader import Release

__all__ = ["rows_sha256", "verify_loads"]

# Seconds, and bytes that must come in each: far longer and slower than loading is, unless the Hub hangs.
_PATIENCE, _SLOWEST = 300.0, 200_000


def expectations(release: Release) -> dict[str, Any]:
    """Return what loading must give: rows and hash of every split of every config, and the sha256 of every file."""
    configs = {
        config: {
            split: rows_sha256([batch for path in paths for batch in release.read_file(path).to_batches()])
            for split, paths in splits.items()
        }
        for config, splits in published_configs(release.manifest).items()
    }
    files = {entry["path"]: entry["sha256"] for entry in release.manifest["files"]}
    return {"configs": configs, "files": {**files, MANIFEST: file_sha256(release.folder / MANIFEST)}}


def verify_loads(
    release: Release,
    path: str,
    *,
    commit: str | None = None,
    token: str | None = None,
    endpoint: str | None = None,
) -> None:
    """Check that what stands somewhere loads as the release does: every file, every config, plain and streaming.

    Args:
        release: The release as it was built.
        path: A dataset's name on the Hub, or a folder.
        commit: The commit, for the Hub.
        token: The token, handed on in the environment of the process alone.
        endpoint: The Hub's address; the client's own setting if missing.

    Raises:
        ReleaseError: It loads as something else.
        HubUnavailableError: It could not be loaded.
    """
    with tempfile.TemporaryDirectory(prefix="curate-verify-") as home:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
        environment |= {"HF_HOME": home, "HF_HUB_DISABLE_PROGRESS_BARS": "1", "HF_DATASETS_DISABLE_PROGRESS_BARS": "1"}
        environment |= {"HF_UPDATE_DOWNLOAD_COUNTS": "0"}  # a check is no use of the dataset
        kept = ("HF_HUB_DISABLE_XET", "HF_HUB_ETAG_TIMEOUT", "HF_HUB_DOWNLOAD_TIMEOUT", "HF_ENDPOINT")
        environment |= {name: os.environ[name] for name in kept if name in os.environ}
        environment |= {"HF_TOKEN": token} if token else {}
        environment |= {"HF_ENDPOINT": endpoint} if endpoint else {}
        environment |= {} if commit else {"HF_HUB_OFFLINE": "1"}
        answer = _answer(json.dumps({"path": path, "commit": commit, **expectations(release)}), environment, release)
    where = Location(path if commit is None else f"{path}@{commit}")
    if "failed" in answer:
        raise HubUnavailableError(
            f"what was published could not be loaded to check it ({answer['failed'][:300]})",
            where=where,
            hint="publish again: the commit is there, and only the check and the tag are left to do",
        )
    if answer["wrong"]:
        raise ReleaseError(
            f"what was published loads as something else: {answer['wrong'][0]}",
            where=where,
            expected="what the release holds",
            hint="it was not tagged; look at the commit on the Hub, take it back there and publish again",
        )


def _answer(asked: str, environment: dict[str, str], release: Release) -> dict[str, Any]:
    size = sum(entry["bytes"] for entry in release.manifest["files"])
    load = partial(
        subprocess.run,
        [sys.executable, "-P", "-m", "curation.hub.fresh"],
        input=asked,
        capture_output=True,
        text=True,
        env=environment,
        timeout=_PATIENCE + size / _SLOWEST,
        check=False,
    )
    try:
        done = load()
        if done.returncode < 0:  # a signal says nothing of what was published; Arrow's threads abort now and then
            done = load()
    except subprocess.TimeoutExpired:
        return {"failed": "loading it did not end"}
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        # it did not come as far as to answer, or to use the token
        return {"failed": (done.stderr.strip().splitlines() or ["no answer"])[-1]}
    return answer
