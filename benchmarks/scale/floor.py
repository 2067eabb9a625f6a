"""The floor: pyarrow alone reads the JSON lines and writes Parquet (zstd), nothing else.

    python benchmarks/scale/floor.py INPUT.jsonl.gz OUT [--variant columns|release]

`columns` writes id, title, abstract and categories once. `release` writes as many bytes of text as a release has, which
keeps title and abstract as captured beside the published ones: a second file with both again. It streams, and writes in
a thread while it reads, so that two cores are used. Prints one line of JSON, like the runners in `peers/`.
"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "peers"))

from outcome import Outcome, empty

COLUMNS = ("id", "title", "abstract", "categories")
VARIANTS = {"columns": (COLUMNS,), "release": (COLUMNS, COLUMNS[:3])}
BLOCK, GROUP = 1 << 20, 20_000


def convert(source: Path, folder: Path, variant: str) -> int:
    """Read a file of JSON lines, write the variant's files meanwhile; return how many records there are."""
    import pyarrow as pa
    import pyarrow.json as pj
    import pyarrow.parquet as pq

    schema = pa.schema([(name, pa.string()) for name in COLUMNS])
    read = pj.ReadOptions(block_size=BLOCK)
    parse = pj.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore")
    count = 0
    with ExitStack() as stack:
        lines = stack.enter_context(pa.input_stream(str(source), compression="detect"))
        batches = stack.enter_context(pj.open_json(lines, read_options=read, parse_options=parse))
        writers = []
        for number, names in enumerate(VARIANTS[variant]):
            part = pa.schema([schema.field(name) for name in names])
            writers.append(
                stack.enter_context(pq.ParquetWriter(folder / f"{number}.parquet", part, compression="zstd"))
            )
        worker = stack.enter_context(ThreadPoolExecutor(1))

        def write(held: list[pa.RecordBatch]) -> None:
            table = pa.Table.from_batches(held, schema)
            for names, writer in zip(VARIANTS[variant], writers, strict=True):
                writer.write_table(table.select(names), row_group_size=GROUP)

        waiting: Future[None] | None = None
        held: list[pa.RecordBatch] = []
        for batch in batches:
            held.append(batch)
            count += len(batch)
            if sum(map(len, held)) >= GROUP:
                if waiting:
                    waiting.result()
                waiting = worker.submit(write, held)
                held = []
        if waiting:
            waiting.result()
        write(held)
    return count


def main() -> None:
    """Measure one run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("input", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--variant", choices=VARIANTS, default="columns")
    options = parser.parse_args()
    folder = empty(options.out.with_suffix(".folder"))
    outcome = Outcome(f"floor, {options.variant}", "whole", ["pyarrow"])
    with outcome.timed("imports"):
        import pyarrow.json
        import pyarrow.parquet  # noqa: F401
    with outcome.timed("work"):
        count = convert(options.input, folder, options.variant)
    outcome.values["bytes_written"] = sum(file.stat().st_size for file in folder.iterdir())
    outcome.tell(count, kept=count)


if __name__ == "__main__":
    main()
