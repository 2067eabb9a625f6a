"""Loading what was published as a user would, in a process and a cache of its own.

Run as `python -m curation.hub.fresh`: it reads what to expect from standard input as JSON and answers in JSON. The
process of its own is what makes the cache fresh: the Hub's client settles its cache when it is imported. Little is
imported here, so that a check costs little more than the loading.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from curation.hub.session import limited_waiting

__all__ = ["rows_sha256"]

# Rows that are taken at once.
_BATCH = 1000


def rows_sha256(batches: Iterable[pa.RecordBatch]) -> tuple[int, str]:
    """Return the number of rows and a hash of their values, the same for any batches."""
    digest, rows = hashlib.sha256(), 0
    for batch in batches:
        for row in batch.to_pylist():
            digest.update(repr(row).encode())
            rows += 1
    return rows, digest.hexdigest()


def _sha256(path: Path) -> str:
    if not path.is_file():
        return "missing"
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _differences(asked: dict[str, Any]) -> Iterator[str]:
    from huggingface_hub import snapshot_download

    path, commit = asked["path"], asked["commit"]
    folder = Path(snapshot_download(path, revision=commit, repo_type="dataset") if commit else path)
    other = {file: found for file, wanted in asked["files"].items() if (found := _sha256(folder / file)) != wanted}
    yield from (f"{file}: sha256 {found}, not {asked['files'][file]}" for file, found in other.items())
    if other:
        return  # other files may not load at all, which would look as if the Hub could not be reached
    from datasets import load_dataset

    for config, splits in asked["configs"].items():
        for streaming in (False, True):
            way = "streaming" if streaming else "plain"
            loaded: Any = load_dataset(path, config, revision=commit, streaming=streaming)
            if sorted(loaded) != sorted(splits):
                yield f"config {config}, {way}: the splits are {', '.join(loaded)}"
                continue
            for split, (rows, digest) in splits.items():
                tables = loaded[split].with_format("arrow").iter(_BATCH)
                count, values = rows_sha256(batch for table in tables for batch in table.to_batches())
                if (count, values) != (rows, digest):
                    yield f"config {config}, split {split}, {way}: {count} rows of other content, not {rows}"


def main() -> None:
    """Answer what differs, or what kept it from loading."""
    asked = json.load(sys.stdin)
    answer: dict[str, Any]
    try:
        with limited_waiting():
            answer = {"wrong": list(_differences(asked))}
    except Exception as error:  # noqa: BLE001 (whatever keeps it from loading is the answer)
        text = f"{type(error).__name__}: {error}"
        token = os.environ.get("HF_TOKEN")
        answer = {"failed": text.replace(token, "***") if token else text}
    json.dump(answer, sys.stdout)
    sys.stdout.flush()
    # Arrow's threads may abort or hang a process that ends the common way (https://github.com/apache/arrow/issues/45214),
    # and there the answer was lost with it
    os._exit(0)


if __name__ == "__main__":
    main()
