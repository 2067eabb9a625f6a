"""Small made-up record files: sixteen records of twelve papers, and three more papers in two other formats."""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

__all__ = [
    "IDENTIFIED",
    "NEAR",
    "REJECTED",
    "abstract",
    "record",
    "records",
    "write_csv",
    "write_jsonl",
    "write_parquet",
]

Record = dict[str, Any]

_WORDS = [f"{one}{two}{three}" for one in "bdfgk" for two in ("al", "en", "ir", "os") for three in "mnpst"]

# Positions of the records that are merged by similarity and by identifier, and of the one that is rejected.
NEAR, IDENTIFIED, REJECTED = 13, 14, 15


def abstract(number: int) -> str:
    """Return an abstract with a formula that resembles no other."""
    drawn = random.Random(number).choices(_WORDS, k=40)
    return f"We show $O(n^{number % 7 + 2})$ for {' '.join(drawn)}."


def record(number: int, **more: Any) -> Record:
    """Return a record of a paper of its own."""
    title = " ".join(random.Random(-number).choices(_WORDS, k=4)).title()
    known = {"id": f"2501.{10000 + number}", "categories": "cs.LG stat.ML"}
    return {**known, "title": f"{title} {number}", "abstract": abstract(number), **more}


def records() -> list[Record]:
    """Return twelve papers, then one of them again, one with a longer abstract, one with another, and no record."""
    return [
        *map(record, range(12)),
        record(3),
        record(5, id="2502.00001", title="Another Title", abstract=f"{abstract(5)} With $\\alpha$ more."),
        record(4, title="Its Other Title", abstract="What the journal printed years later has other words altogether."),
        record(99, title=""),
    ]


def write_jsonl(path: Path, rows: list[Record]) -> Path:
    """Write JSON lines."""
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path


def write_csv(path: Path, rows: list[Record]) -> Path:
    """Write CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_parquet(path: Path, rows: list[Record]) -> Path:
    """Write Parquet."""
    pq.write_table(pa.Table.from_pylist(rows), path)
    return path
