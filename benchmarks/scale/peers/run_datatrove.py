"""datatrove: JSON lines -> FTFY -> MinHash signatures, buckets, clusters, filter -> Parquet; or near-duplicates alone.

As in its own example of a large dataset, the repaired records are written once in between, here uncompressed, so that
nothing is repaired twice. Each of the tasks that run at a time takes one file; the input is dealt out to as many files
before the clock starts. The abstract is the text; titles pass through untouched.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import os
import struct
from pathlib import Path
from typing import Any

from outcome import Outcome, clusters_of, empty


def main() -> None:
    """Measure one run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("input", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--task", choices=("whole", "near"), default="whole")
    parser.add_argument("--words", choices=("default", "split"), default="default", help="what finds the words")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    folder = empty(options.out.with_suffix(".folder"))
    os.environ |= {"HF_HUB_OFFLINE": "1", "HF_HOME": str(folder / "home"), "DATATROVE_COLORIZE_LOGS": "0"}
    packages = ["datatrove", "ftfy", "pyarrow", "spacy"]
    outcome = Outcome(f"datatrove, {options.words} words", options.task, packages)
    with outcome.timed("output"):
        counts = deal(options.input, empty(folder / "input"), options.workers)
    with outcome.timed("imports"):
        from datatrove.executor import LocalPipelineExecutor
        from datatrove.pipeline.dedup import minhash
        from datatrove.pipeline.formatters import FTFYFormatter
        from datatrove.pipeline.readers import JsonlReader
        from datatrove.pipeline.writers import JsonlWriter, ParquetWriter
        from datatrove.utils.word_tokenizers import WordTokenizer

    class SplitAtBlanks(WordTokenizer):  # type: ignore[misc, unused-ignore]
        def word_tokenize(self, text: str) -> list[str]:
            return text.split()

        def sent_tokenize(self, text: str) -> list[str]:
            return [text]

        def span_tokenize(self, text: str) -> list[tuple[int, int]]:
            return [(0, len(text))]

    steps = itertools.count()

    def run(pipeline: list[Any], tasks: int) -> None:
        LocalPipelineExecutor(
            pipeline, tasks=tasks, workers=min(options.workers, tasks), logging_dir=str(folder / f"logs{next(steps)}")
        ).run()

    whole = options.task == "whole"
    config = minhash.MinhashConfig()
    language = "eng" if options.words == "default" else SplitAtBlanks()
    places = {name: str(folder / name) for name in ("input", "repaired", "signatures", "buckets", "clusters", "kept")}
    with outcome.timed("work"):
        repair = [FTFYFormatter(), JsonlWriter(places["repaired"], compression=None)] if whole else []
        signature = minhash.MinhashDedupSignature(places["signatures"], config=config, language=language)
        run([JsonlReader(places["input"], text_key="abstract"), *repair, signature], options.workers)
        run([minhash.MinhashDedupBuckets(places["signatures"], places["buckets"], config=config)], config.num_buckets)
        run([minhash.MinhashDedupCluster(places["buckets"], places["clusters"], config, save_cluster_id=True)], 1)
        if whole:
            again = JsonlReader(places["repaired"])
            rest = [minhash.MinhashDedupFilter(places["clusters"]), ParquetWriter(places["kept"], compression="zstd")]
            run([again, *rest], options.workers)
    firsts = [sum(counts[:file]) for file in range(len(counts))]
    found = {
        "clusters": clusters_of(_clusters(folder / "clusters", firsts)),
        "removed": sorted(_numbers(folder / "clusters", firsts)),
    }
    outcome.values |= {"workers": options.workers, "permutations": config.num_buckets * config.hashes_per_bucket}
    outcome.values["bands"] = config.num_buckets
    outcome.tell(sum(counts), kept=sum(counts) - len(found["removed"]), found=found, to=options.out)


def deal(path: Path, folder: Path, files: int) -> list[int]:
    """Cut a file of lines into so many files; return how many lines each has."""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as lines:
        total = sum(1 for _ in lines)
    counts = [total * (file + 1) // files - total * file // files for file in range(files)]
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as lines:
        for file, count in enumerate(counts):
            with gzip.open(folder / f"{file:05d}.jsonl.gz", "wb", compresslevel=1) as part:
                part.writelines(itertools.islice(lines, count))
    return counts


def _numbers(folder: Path, firsts: list[int]) -> list[int]:
    """Return the numbers of the records that it removed."""
    return [firsts[int(file.stem)] + row for file in folder.glob("*.remove") for (row,) in _integers(file, 1)]


def _clusters(folder: Path, firsts: list[int]) -> list[tuple[int, int]]:
    """Return pairs of records that belong to one cluster."""
    first: dict[int, int] = {}
    rows = [
        (firsts[int(file.stem)] + row, cluster)
        for file in folder.glob("*.clusters")
        for row, cluster in _integers(file, 2)
    ]
    return [(first.setdefault(cluster, row), row) for row, cluster in sorted(rows)]


def _integers(file: Path, columns: int) -> list[tuple[int, ...]]:
    return list(struct.iter_unpack(f"<{columns}I", file.read_bytes()))


if __name__ == "__main__":
    main()
