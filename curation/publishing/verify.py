"""Loading a commit as a user would, in a process and a cache of its own, before it becomes a version.

Run as `python -m curation.publishing.verify`: it reads what to expect from standard input as JSON and answers in JSON.
The process of its own is what makes the cache fresh: the Hub's client settles its cache when it is imported.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from curation.errors import HubUnavailableError, Location, ReleaseError
from curation.hub.session import limited_waiting
from curation.release.card import published_configs
from curation.release.folder import MANIFEST, file_sha256
from curation.release.reader import Release

__all__ = ["rows_sha256", "verify_loads"]

# Seconds, and bytes that must come in each: far longer and slower than loading is, unless the Hub hangs.
_PATIENCE, _SLOWEST = 300.0, 200_000


def rows_sha256(batches: Iterator[pa.RecordBatch] | list[pa.RecordBatch]) -> tuple[int, str]:
    """Return the number of rows and a hash of their values, the same for any batches."""
    digest, rows = hashlib.sha256(), 0
    for batch in batches:
        for row in batch.to_pylist():
            digest.update(repr(row).encode())
            rows += 1
    return rows, digest.hexdigest()


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
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "curation.publishing.verify"],
            input=asked,
            capture_output=True,
            text=True,
            env=environment,
            timeout=_PATIENCE + size / _SLOWEST,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {"failed": "loading it did not end"}
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        # it did not come as far as to answer, or to use the token
        return {"failed": (done.stderr.strip().splitlines() or ["no answer"])[-1]}
    return answer


def _main() -> None:
    asked = json.load(sys.stdin)
    try:
        with limited_waiting():
            answer = {"wrong": list(_differences(asked))}
    except Exception as error:  # noqa: BLE001 (whatever keeps it from loading is the answer)
        text = f"{type(error).__name__}: {error}"
        token = os.environ.get("HF_TOKEN")
        answer = {"failed": text.replace(token, "***") if token else text}  # type: ignore[dict-item]
    json.dump(answer, sys.stdout)


def _differences(asked: dict[str, Any]) -> Iterator[str]:
    from datasets import load_dataset
    from huggingface_hub import snapshot_download

    path, commit = asked["path"], asked["commit"]
    folder = Path(snapshot_download(path, revision=commit, repo_type="dataset") if commit else path)
    for file, wanted in asked["files"].items():
        found = file_sha256(folder / file) if (folder / file).is_file() else "missing"
        if found != wanted:
            yield f"{file}: sha256 {found}, not {wanted}"
    ways: dict[str, Callable[[Any], Iterator[pa.RecordBatch]]] = {
        "plain": lambda loaded: loaded.with_format("arrow").iter(1000),
        "streaming": lambda loaded: loaded.with_format("arrow").iter(1000),
    }
    for config, splits in asked["configs"].items():
        for way, batches in ways.items():
            loaded: Any = load_dataset(path, config, revision=commit, streaming=way == "streaming")
            if sorted(loaded) != sorted(splits):
                yield f"config {config}, {way}: the splits are {', '.join(loaded)}"
                continue
            for split, (rows, digest) in splits.items():
                tables = (batch for table in batches(loaded[split]) for batch in table.to_batches())
                if (found_rows := rows_sha256(tables)) != (rows, digest):
                    yield f"config {config}, split {split}, {way}: {found_rows[0]} rows of other content, not {rows}"


if __name__ == "__main__":
    _main()
