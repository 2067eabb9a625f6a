"""datasets: load_dataset of JSON lines -> map in batches -> to_parquet; near-duplicates it does not know.

The map is `ftfy.fix_text` and one blank for any run of white space, or our rules (`curation.normalize`) on the batch.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from outcome import Outcome, empty


def with_ftfy(batch: dict[str, list[str]]) -> dict[str, list[str]]:
    """Repair titles and abstracts with ftfy."""
    import ftfy

    return {name: [" ".join(ftfy.fix_text(text).split()) for text in batch[name]] for name in ("title", "abstract")}


def with_rules(batch: dict[str, list[str]]) -> dict[str, list[str]]:
    """Repair titles and abstracts with our rules."""
    import pyarrow as pa

    from curation.normalize import normalize_texts

    return {name: normalize_texts(pa.array(batch[name]))[0].to_pylist() for name in ("title", "abstract")}


def main() -> None:
    """Measure one run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("input", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--functions", choices=("ftfy", "ours"), default="ftfy")
    options = parser.parse_args()
    folder = empty(options.out.with_suffix(".folder"))
    os.environ |= {"HF_HUB_OFFLINE": "1", "HF_HOME": str(folder / "home"), "HF_DATASETS_DISABLE_PROGRESS_BARS": "1"}
    outcome = Outcome(f"datasets, {options.functions}", "whole", ["datasets", "ftfy", "pyarrow"])
    function: Any = with_ftfy
    with outcome.timed("imports"):
        from datasets import load_dataset

        if options.functions == "ours":
            sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
            import curation.normalize  # noqa: F401

            function = with_rules
        else:
            import ftfy  # noqa: F401
    with outcome.timed("work"):
        rows = load_dataset("json", data_files=str(options.input), split="train", cache_dir=str(folder / "cache"))
        workers = options.workers if options.workers > 1 else None
        mapped = rows.map(function, batched=True, num_proc=workers)
        mapped.to_parquet(str(folder / "records.parquet"))
    outcome.values["workers"] = options.workers
    outcome.tell(len(rows), kept=len(mapped))


if __name__ == "__main__":
    main()
