"""Where the time of a streamed build goes: CPU seconds of each part of each pass, in one process.

    python benchmarks/scale/stages.py INPUT.jsonl.gz [--labels]

Parts are timed by wrapping the functions that do them; what a pass does besides stands as "the rest".
"""

from __future__ import annotations

import argparse
import gc
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from curation.deduplicate.store import SignatureStore
from curation.engines import LocalEngine
from curation.enrich import EnrichStage
from curation.label.stage import LabelStage
from curation.normalize import NormalizeStage
from curation.release import build as release
from curation.streaming import papers, rows, run
from curation.streaming.workspace import Workspace

# Pass, and the parts that are timed within it: owner, function, what it does.
PARTS: dict[tuple[Any, str, str], list[tuple[Any, str, str]]] = {
    (run, "take_batch", "1. rows"): [
        (rows, "parse_chunk", "parse JSON"),
        (rows, "require_valid", "check captured rows"),
        (NormalizeStage, "__call__", "normalize"),
        (sys.modules["curation.stage"], "check_rows", "check normalized rows"),
        (rows, "require_undoable", "undo every edit"),
        (SignatureStore, "write", "shingles and MinHash"),
        (Workspace, "write", "put the part down"),
    ],
    (run, "merge_rows", "2. merging"): [],
    (run, "take_papers", "3. papers"): [
        (EnrichStage, "__call__", "links and arXiv columns"),
        (LabelStage, "__call__", "labels"),
        (papers, "check_table", "check papers"),
    ],
    (run, "gather_tables", "4. sort and write tables"): [],
    (run, "make_tasks", "4. tables of the benchmark"): [],
    (release, "_finish", "5. card, Croissant, manifest"): [],
}


def main() -> None:
    """Build once and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("input", type=Path)
    parser.add_argument("--labels", action="store_true", help="with labels")
    options = parser.parse_args()
    spent: Counter[str] = Counter()
    inside: list[str] = []

    def timed(owner: Any, name: str, label: str, parent: str | None) -> None:
        function: Callable[..., Any] = getattr(owner, name)

        def wrapper(*arguments: Any, **named: Any) -> Any:
            if parent is not None and parent not in inside:
                return function(*arguments, **named)
            inside.append(label)
            begun = time.process_time()
            try:
                return function(*arguments, **named)
            finally:
                spent[label if parent is None else f"{parent}: {label}"] += time.process_time() - begun
                inside.remove(label)

        setattr(owner, name, wrapper)

    for (owner, name, label), parts in PARTS.items():
        timed(owner, name, label, None)
        for part in parts:
            timed(*part, label)
    gc.freeze()
    with tempfile.TemporaryDirectory() as folder:
        begun = time.process_time()
        out = Path(folder) / "release"
        result = release.build([options.input], out=out, labels=options.labels, engine=LocalEngine(processes=1))
        total = time.process_time() - begun
    records = result.manifest["stages"][0]["in"]
    print(f"{records:,} records, {total:.2f} s of CPU, {total / records * 1e6:.0f} µs a record\n")
    print("| pass | part | µs a record | share |\n|---|---|--:|--:|")

    def line(label: str, part: str, seconds: float) -> None:
        print(f"| {label} | {part} | {seconds / records * 1e6:.0f} | {seconds / total:.0%} |")

    for (_, _, label), parts in PARTS.items():
        of_parts = {part: spent[f"{label}: {part}"] for _, _, part in parts if spent[f"{label}: {part}"]}
        for part, seconds in of_parts.items():
            line(label, part, seconds)
        line(label, "the rest" if of_parts else "", spent[label] - sum(of_parts.values()))
    line("around them", "", total - sum(spent[label] for _, _, label in PARTS))


if __name__ == "__main__":
    main()
