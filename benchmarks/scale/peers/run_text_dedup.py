"""text-dedup's MinHash script, its defaults but for threshold, 128 permutations and processes: from file to folder.

It reads, compares, filters and saves, and all of it counts. Its n-grams are of the text split at every character that
is no letter or digit, so that its similarities are not quite the ones the pairs are listed with.
"""

from __future__ import annotations

import argparse
import os
import pickle
import sys
from pathlib import Path

from outcome import Outcome, clusters_of, empty

PERMUTATIONS, THRESHOLD = 128, 0.75


def main() -> None:
    """Measure one run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("input", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    folder = empty(options.out.with_suffix(".folder"))
    os.environ |= {"HF_HUB_OFFLINE": "1", "HF_HOME": str(folder / "home"), "HF_DATASETS_DISABLE_PROGRESS_BARS": "1"}
    outcome = Outcome("text-dedup", "near", ["text-dedup", "datasets", "numpy"])
    with outcome.timed("imports"):
        from datasets import load_from_disk
        from text_dedup.minhash import main as minhash
    arguments = {
        "--path": "json",
        "--data_files": options.input,
        "--split": "train",
        "--cache_dir": folder / "cache",
        "--output": folder / "kept",
        "--column": "abstract",
        "--idx_column": "id",
        "--num_perm": PERMUTATIONS,
        "--threshold": THRESHOLD,
        "--num_proc": options.workers,
    }
    spelled = [str(part) for pair in arguments.items() for part in pair]
    standard_output = sys.stdout
    sys.stdout = sys.stderr
    with outcome.timed("work"):
        minhash([*spelled, "--debug"], standalone_mode=False)
    sys.stdout = standard_output
    with outcome.timed("output"):
        from datasets import load_dataset

        ids = load_dataset("json", data_files=str(options.input), split="train", cache_dir=str(folder / "all"))["id"]
        number = {id_: row for row, id_ in enumerate(ids)}
        kept = {number[id_] for id_ in load_from_disk(str(folder / "kept"))["id"]}
        with (folder / "kept" / "uf.pkl").open("rb") as file:
            union = pickle.load(file)  # noqa: S301 - it was written by the lines above
        clusters = clusters_of((number[one], number[other]) for one, other in union.parent.items() if one != other)
    outcome.values |= {"permutations": PERMUTATIONS, "workers": options.workers}
    found = {"clusters": clusters, "removed": sorted(set(range(len(number))) - kept)}
    outcome.tell(len(number), kept=len(kept), found=found, to=options.out)


if __name__ == "__main__":
    main()
