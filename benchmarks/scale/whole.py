"""The whole way, from a file of records to Parquet: ours against the floor and the peers, or ours at growing sizes.

    python benchmarks/scale/grow.py SAMPLE.jsonl.gz 3000000 GROWN.jsonl.gz
    python benchmarks/scale/whole.py GROWN.jsonl.gz [--records 30000] [--rounds 3]
    python benchmarks/scale/whole.py GROWN.jsonl.gz --sizes 30000 300000 1000000 3000000 --rounds 1

Takes the first records of a grown file, which are what `grow.py` makes for that number. Every repetition is a process
of its own, in alternating order; medians are shown. What each does: the floor reads and writes; datasets repairs and
writes; datatrove repairs, removes near-duplicates and writes; ours does that with every change on record, the captured
text kept and the release checked. Results go to `results/whole.json` and `results/sizes.json`.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.scale.environments import python_of
from benchmarks.scale.running import Runner, command, machine, measured, save, summary

OURS, FLOOR = "ours", "floor, release"


def runners(*, peers: bool = True) -> list[Runner]:
    """Return ours, the floor and the peers."""

    def peer(name: str, script: str, environment: str, *options: str, rounds: int | None = None) -> Runner:
        python = python_of(environment)
        return Runner(name, command(f"peers/{script}.py", python), options, rounds, python)

    own = [
        Runner(OURS, command("peers/ours.py"), ("--task", "whole")),
        Runner("floor, columns", command("floor.py"), ("--variant", "columns")),
        Runner(FLOOR, command("floor.py"), ("--variant", "release")),
    ]
    others = [
        Runner("ours, 1 process", command("peers/ours.py"), ("--task", "whole", "--workers", "1")),
        peer("datasets, ftfy, 2 processes", "run_datasets", "datasets", "--workers", "2"),
        peer("datasets, ftfy, 1 process", "run_datasets", "datasets", "--workers", "1"),
        peer("datasets, our rules, 2 processes", "run_datasets", "datasets", "--workers", "2", "--functions", "ours"),
        peer("datatrove, str.split, 2 tasks", "run_datatrove", "datatrove", "--words", "split"),
        peer("datatrove, default, 2 tasks", "run_datatrove", "datatrove", "--words", "default", rounds=1),
        # as it runs when nobody says how many tasks
        peer("datatrove, str.split, 1 task", "run_datatrove", "datatrove", "--words", "split", "--workers", "1"),
        peer(
            "datatrove, default, 1 task", "run_datatrove", "datatrove", "--words", "default", "--workers", "1", rounds=1
        ),
    ]
    return own + (others if peers else [])


def head(source: Path, count: int, out: Path) -> None:
    """Write the first records of a file of lines, plain or gzip.

    Raises:
        ValueError: There are not so many.
    """
    with (
        gzip.open(source) if source.suffix == ".gz" else source.open("rb") as lines,
        gzip.open(out, "wb", compresslevel=1) as some,
    ):
        written = 0
        for line in itertools.islice(lines, count):
            some.write(line)
            written += 1
    if written < count:
        raise ValueError(f"{source.name} has {written:,} records, not {count:,}")


def markdown(result: Mapping[str, Any]) -> str:
    """Return the tables of a result."""
    return sizes_table(result) if result["kind"] == "sizes" else "\n\n".join(map(whole_table, result["tables"]))


def whole_table(table: Mapping[str, Any]) -> str:
    """Return the table of one number of records."""
    lines = [
        f"| {table['records']:,} records to Parquet | seconds | records/s | to ours | to the floor | memory | kept |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    rows = table["rows"]
    for name, row in rows.items():
        ratios = [
            f"{row['seconds_median'] / rows[base]['seconds_median']:.2f} x" if base in rows else ""
            for base in (OURS, FLOOR)
        ]
        cells = [
            name,
            f"{row['seconds_median']:.1f} (least {row['seconds_min']:.1f})",
            f"{row['records_per_second']:,.0f}",
            *ratios,
            f"{row['peak_kib'] / 1024:,.0f} MiB",
            f"{row['kept']:,}",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    lines += [f"\n{name} is missing: {reason.strip().splitlines()[-1]}" for name, reason in table["missing"].items()]
    return "\n".join(lines)


def sizes_table(result: Mapping[str, Any]) -> str:
    """Return the table of the cost of a record at growing sizes."""
    lines = [
        "| records | ours, seconds | records/s | cost of a record, to the first row | peak memory | to the floor |",
        "|--:|--:|--:|--:|--:|--:|",
    ]
    costs = [row["seconds_median"] / table["records"] for table in result["tables"] if (row := table["rows"].get(OURS))]
    for table in result["tables"]:
        ours, floor = table["rows"].get(OURS), table["rows"].get(FLOOR)
        if not ours:
            lines.append(f"| {table['records']:,} | n/a | n/a | n/a | n/a | n/a |")
            continue
        cells = [
            f"{table['records']:,}",
            f"{ours['seconds_median']:,.1f}",
            f"{ours['records_per_second']:,.0f}",
            f"{ours['seconds_median'] / table['records'] / costs[0]:.2f} x",
            f"{ours['peak_kib'] / 1024:,.0f} MiB",
            f"{ours['seconds_median'] / floor['seconds_median']:.1f} x" if floor else "n/a",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    lines += [
        f"\n{name} is missing at {table['records']:,}: {reason.strip().splitlines()[-1]}"
        for table in result["tables"]
        for name, reason in table["missing"].items()
    ]
    return "\n".join(lines)


def table_of(
    chosen: Sequence[Runner], source: Path, count: int, place: Path, *, rounds: int, timeout: float | None
) -> dict[str, Any]:
    """Measure the runners on the first records of a file, and leave nothing behind."""
    folder = Path(tempfile.mkdtemp(prefix="whole-", dir=place))
    try:
        some = folder / "records.jsonl.gz"
        head(source, count, some)
        tell = lambda text: print(f"{count:,}: {text}", file=sys.stderr, flush=True)  # noqa: E731
        results, missing = measured(chosen, some, folder, rounds=rounds, timeout=timeout, tell=tell)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return {"records": count, "rows": {name: summary(one) for name, one in results.items()}, "missing": missing}


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("input", type=Path, help="a grown file")
    parser.add_argument("--records", type=int, nargs="+", default=[30_000], metavar="N")
    parser.add_argument("--sizes", type=int, nargs="+", metavar="N", help="ours and the floor alone, at these sizes")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="the beginnings of the names of those to measure")
    parser.add_argument("--timeout", type=float, help="seconds after which a run is given up")
    parser.add_argument("--place", type=Path, default=Path(tempfile.gettempdir()), help="where the files are made")
    parser.add_argument("--format", choices=("markdown", "json"), default="markdown")
    parser.add_argument("--out", type=Path, help="where the result goes instead of results/")
    options = parser.parse_args()
    kind = "sizes" if options.sizes else "whole"
    every = runners(peers=kind == "whole")
    chosen = [one for one in every if not options.only or one.name.startswith(tuple(options.only))]
    result: dict[str, Any] = {"kind": kind, "machine": machine(), "tables": []}
    for count in options.sizes or options.records:
        table = table_of(chosen, options.input, count, options.place, rounds=options.rounds, timeout=options.timeout)
        result["tables"].append(table)
        save(kind, result, options.out)  # what is measured is kept, should a later one fail
    print(json.dumps(result, indent=1) if options.format == "json" else markdown(result))


if __name__ == "__main__":
    main()
