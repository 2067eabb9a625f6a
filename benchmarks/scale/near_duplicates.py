"""Near-duplicates: ours and the peers on the same grown records, with the planted pairs known.

    python benchmarks/scale/near_duplicates.py SAMPLE.jsonl.gz [--records 20000] [--rounds 3] [--format json]

Records per second from texts to rows that go, in one process each and ours in two as well; recall of the pairs at 0.75
and above; rows removed that are in no such pair. datatrove and text-dedup read and write files, and that counts; the
others get the texts in memory. Every repetition is a process of its own, in alternating order; medians are shown. The
result goes to `results/near_duplicates.json`.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.scale.environments import python_of
from benchmarks.scale.running import Runner, command, machine, measured, save, summary

THRESHOLD = 0.75
EDGES = (0.75, 0.80, 0.85, 0.90, 0.95, 1.0)
OURS = "ours, 1 process"


def runners() -> list[Runner]:
    """Return ours and the peers."""

    def peer(name: str, script: str, environment: str, *options: str, rounds: int | None = None) -> Runner:
        python = python_of(environment)
        return Runner(name, command(f"peers/{script}.py", python), options, rounds, python)

    one = ("--task", "near", "--workers", "1")
    return [
        Runner(OURS, command("peers/ours.py"), one),
        Runner("ours, 2 processes", command("peers/ours.py"), ("--task", "near", "--workers", "2")),
        peer("rensa, R-MinHash", "run_rensa", "rensa"),
        peer("rensa, C-MinHash", "run_rensa", "rensa", "--sketch", "cminhash"),
        peer("datasketch", "run_datasketch", "datasketch"),
        peer("text-dedup", "run_text_dedup", "text-dedup", "--workers", "1"),
        peer("datatrove, str.split", "run_datatrove", "datatrove", *one, "--words", "split"),
        peer("datatrove, default", "run_datatrove", "datatrove", *one, "--words", "default", rounds=1),
    ]


def quality(found: Mapping[str, Any], truth: Iterable[tuple[int, int, float]]) -> dict[str, Any]:
    """Compare what a runner found with the pairs that are there.

    Args:
        found: `clusters` of rows that belong together, `pairs` of rows or of first rows of clusters, `removed`.
        truth: All pairs that are near or nearly so, with their exact similarity.
    """
    first = {row: min(rows) for rows in found.get("clusters", ()) for row in rows}
    pairs = {tuple(sorted((first.get(one, one), first.get(other, other)))) for one, other in found.get("pairs", ())}
    hit: dict[str, list[int]] = {name: [0, 0] for name in _bins()}
    near: set[int] = set()
    decoys: set[int] = set()
    for left, right, similarity in truth:
        if similarity < THRESHOLD:
            decoys |= {left, right}
            continue
        near |= {left, right}
        one, other = first.get(left, left), first.get(right, right)
        counts = hit[_bin(similarity)]
        counts[0] += one == other or tuple(sorted((one, other))) in pairs
        counts[1] += 1
    outside = set(found["removed"]) - near
    total = [sum(counts[part] for counts in hit.values()) for part in (0, 1)]
    return {
        "pairs": total[1],
        "pairs_found": total[0],
        "recall": total[0] / total[1] if total[1] else None,
        "recall_by_similarity": {name: {"found": good, "pairs": of} for name, (good, of) in hit.items()},
        "removed_outside": len(outside),
        "removed_outside_decoys": len(outside & decoys),
        "removed_elsewhere": len(outside - decoys),
    }


def _bins() -> list[str]:
    return [*(f"{low:.2f}-{high:.2f}" for low, high in pairwise(EDGES)), "1.00"]


def _bin(similarity: float) -> str:
    if similarity >= 1:
        return "1.00"
    place = max(number for number, edge in enumerate(EDGES) if similarity >= edge)
    return _bins()[place]


def markdown(result: Mapping[str, Any]) -> str:
    """Return the table of a result."""
    bins = _bins()
    lines = [
        f"| near-duplicates of {result['records']:,} records | records/s | ours is faster by | recall | "
        + " | ".join(bins)
        + " | removed below 0.75 | removed else | memory |",
        "|---|--:|--:|--:|" + "--:|" * (len(bins) + 3),
    ]
    base = result["rows"].get(OURS)
    for name, row in result["rows"].items():
        good = row["quality"]
        ratio = f"{base['records_per_second'] / row['records_per_second']:.1f} x" if base else ""
        cells = [
            name,
            f"{row['records_per_second']:,.0f}",
            "" if name.startswith("ours") else ratio,
            f"{good['recall']:.4f}",
            *(_share(good["recall_by_similarity"][one]) for one in bins),
            f"{good['removed_outside_decoys']:,}",
            f"{good['removed_elsewhere']:,}",
            f"{row['peak_kib'] / 1024:,.0f} MiB",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    lines += [f"\n{name} is missing: {reason.strip().splitlines()[-1]}" for name, reason in result["missing"].items()]
    return "\n".join(lines)


def _share(counts: Mapping[str, int]) -> str:
    return f"{counts['found'] / counts['pairs']:.3f}" if counts["pairs"] else "n/a"


def compare(
    chosen: Sequence[Runner], source: Path, folder: Path, truth: Sequence[tuple[int, int, float]], rounds: int
) -> tuple[dict[str, Any], dict[str, str]]:
    """Measure the runners and return their rows and why others have none."""
    results, missing = measured(chosen, source, folder, rounds=rounds, tell=lambda text: print(text, file=sys.stderr))
    rows = {}
    for name, outcomes in results.items():
        found = json.loads(Path(outcomes[-1]["found"]).read_text(encoding="utf-8"))
        settings = {key: outcomes[-1][key] for key in ("permutations", "bands") if key in outcomes[-1]}
        rows[name] = summary(outcomes) | settings | {"quality": quality(found, truth)}
    return rows, missing


def main() -> None:
    """Grow, measure, print, keep."""
    import pyarrow.parquet as pq

    from benchmarks.scale.grow import grow, truth_path

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sample", type=Path)
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="the beginnings of the names of those to measure")
    parser.add_argument("--format", choices=("markdown", "json"), default="markdown")
    parser.add_argument("--out", type=Path, help="where the result goes instead of results/near_duplicates.json")
    options = parser.parse_args()
    chosen = [one for one in runners() if not options.only or one.name.startswith(tuple(options.only))]
    with tempfile.TemporaryDirectory(prefix="near-duplicates-") as name:
        folder = Path(name)
        source = folder / "grown.jsonl.gz"
        grow(options.sample, options.records, source, seed=options.seed)
        table = pq.read_table(truth_path(source))
        columns = (table[column].to_pylist() for column in ("left", "right", "jaccard"))
        truth = list(zip(*columns, strict=True))
        rows, missing = compare(chosen, source, folder, truth, options.rounds)
    result = {
        "kind": "near",
        "machine": machine(),
        "records": options.records,
        "seed": options.seed,
        "rows": rows,
        "missing": missing,
    }
    save("near_duplicates", result, options.out)
    print(json.dumps(result, indent=1) if options.format == "json" else markdown(result))


if __name__ == "__main__":
    main()
