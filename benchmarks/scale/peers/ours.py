"""This project: the whole way from a file of records to a release, or near-duplicates alone.

`whole` and `near` are the only places that call the project; what they call is what a user calls.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from types import SimpleNamespace

from outcome import Outcome, count_lines, empty, read_abstracts

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

THRESHOLD, NGRAM, BATCH = 0.75, 5, 2_000


def whole(source: Path, out: Path, workers: int | None) -> int:
    """Build a release without labels; return how many papers came out.

    Args:
        source: The file of records.
        out: The release.
        workers: Processes; None for one to a core.
    """
    from curation import build
    from curation.engines.local import LocalEngine

    build([source], labels=False, out=out, engine=LocalEngine(processes=workers))
    import pyarrow.parquet as pq

    return sum(pq.read_metadata(file).num_rows for file in (out / "papers").glob("*.parquet"))


def _write(folder: Path, number: int, texts: list[str]) -> None:
    import pyarrow as pa

    from curation.deduplicate.store import SignatureStore

    SignatureStore(folder, size=NGRAM, threshold=THRESHOLD).write(number, pa.array(texts, pa.large_string()))


def _warm(_number: int) -> None:
    import curation.deduplicate.store  # noqa: F401


def near(
    texts: list[str], folder: Path, pool: ProcessPoolExecutor | None
) -> tuple[list[list[int]], list[tuple[int, int]], list[int]]:
    """Return the clusters of equal texts, the pairs of near-duplicates and the rows that go."""
    import numpy as np

    from curation.deduplicate.decide import SURVIVES, decide
    from curation.deduplicate.store import SignatureStore

    batches = [texts[start : start + BATCH] for start in range(0, len(texts), BATCH)]
    write: Callable[[int, list[str]], None] = partial(_write, folder)
    list((pool or SimpleNamespace(map=map)).map(write, range(len(batches)), batches))
    found = SignatureStore(folder, size=NGRAM, threshold=THRESHOLD).near_pairs(range(len(batches)))
    # the first one stays, and no two are the same paper by title
    rows = np.arange(len(texts))
    decision = decide(rows, (rows + 1).astype(np.uint64), found)
    groups: dict[int, list[int]] = {}
    for row, group in enumerate(found.group.tolist()):
        groups.setdefault(group, []).append(row)
    clusters = [group for group in groups.values() if len(group) > 1]
    pairs = list(zip(found.left.tolist(), found.right.tolist(), strict=True))
    return clusters, pairs, np.flatnonzero(decision.rule != SURVIVES).tolist()


def main() -> None:
    """Measure one run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("input", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--task", choices=("whole", "near"), default="whole")
    parser.add_argument("--workers", type=int, help="processes; without it as many as the project takes by itself")
    options = parser.parse_args()
    folder = empty(options.out.with_suffix(".folder"))
    os.environ |= {"HF_HUB_OFFLINE": "1", "HF_HOME": str(folder / "home")}
    outcome = Outcome("ours", options.task, ["pyarrow", "numpy", "pandas", "datasets"])
    outcome.values["workers"] = options.workers or os.cpu_count()
    if options.task == "whole":
        with outcome.timed("imports"):
            import curation.release.build
            import curation.streaming  # noqa: F401
        with outcome.timed("work"):
            kept = whole(options.input, folder / "release", options.workers)
        outcome.tell(count_lines(options.input), kept=kept)
        return
    workers = options.workers or 1
    texts = read_abstracts(options.input)
    # processes are started once in a build, not for each file: their start is an import
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as started:
        with outcome.timed("imports"):
            _warm(0)
            list(started.map(_warm, range(workers if workers > 1 else 0)))
        with outcome.timed("work"):
            clusters, pairs, gone = near(texts, empty(folder / "signatures"), started if workers > 1 else None)
    found = {"clusters": clusters, "pairs": pairs, "removed": gone}
    outcome.tell(len(texts), kept=len(texts) - len(gone), found=found, to=options.out)


if __name__ == "__main__":
    main()
