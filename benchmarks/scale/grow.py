"""Grow any number of records of the arXiv metadata layout from a sample of real ones.

    python benchmarks/scale/grow.py SAMPLE.jsonl.gz N OUT.jsonl.gz [--seed 0] [--duplicates 0.05] [--with-sample]

**The rule.** Every record is made, also where N is no more than the sample has, so that a file of 30,000 records and
one of 3,000,000 differ in nothing but their length, and the shorter one is the beginning of the longer one. An abstract
is recombined from sentences of the sample so that two share at most one sentence (`pools.py`), a title from the halves
of two titles, the categories are those of a real record. Half of them are wrapped at 79 columns and some 7 % have
LaTeX, as in the sample. Ids go on after the sample's last month, 20,000 a month. With `--with-sample` the sample's
records stand first, as they are, and pairs among them are listed too.

Of all records `--duplicates` are changed copies of an earlier record with a similarity of 0.75 to 1, and half as many
are decoys at 0.60 to 0.74 (`planting.py`). Each record is copied at most once, at any distance up to nearly the whole
file. `OUT.truth.parquet` lists every such pair by number of record from 0, with its exact Jaccard: `left`, `right`,
`jaccard`, `kind` (planted, decoy, natural). No other two records reach 0.75: `python benchmarks/scale/exact.py OUT`
compares all with all. The bytes follow from sample, N, seed and shares (and from the version of zlib).
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.scale.exact import exact_pairs
from benchmarks.scale.planting import DECOY, PLANTED, change
from benchmarks.scale.pools import Material, mix, read_records

__all__ = ["Grower", "Pair", "grow", "truth_path"]

PER_MONTH, MONTHS = 20_000, 1_200
TRUTH = pa.schema([("left", pa.int64()), ("right", pa.int64()), ("jaccard", pa.float64()), ("kind", pa.string())])
_LINE = re.compile(r"(.{1,79}|\S+)(?: +|$)")
_CHUNK = 2_000
_NEAREST = 5  # classes of copies, by how far back they reach


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records by number, how similar their abstracts are, and why."""

    left: int
    right: int
    jaccard: float
    kind: str


class Grower:
    """Makes record after record; each follows from its number alone, so that nothing made has to be kept.

    Args:
        material: What records are made of.
        seed: Another seed gives other records.
        duplicates: Share of planted near-duplicates; half as many decoys come with them.
        first: Number of the first record made.
    """

    def __init__(self, material: Material, *, seed: int = 0, duplicates: float = 0.05, first: int = 0) -> None:
        if not 0 <= duplicates <= 0.2:
            raise ValueError(f"{duplicates} is no share of near-duplicates between 0 and 0.2")
        self._material = material
        self._seed = seed
        self._first = first
        self._derived = duplicates * 1.5
        # how many records of their own stand between two copies, less a tenth so that a copy never comes before
        self._stride = int(0.9 * (1 - self._derived) / self._derived) if duplicates else 0

    def record(self, number: int) -> tuple[dict[str, str], Pair | None]:
        """Return record `number` and, if it is a copy, what it is a copy of; `number` counts from 0."""
        copies = int(number * self._derived)
        drawn = mix(number, self._seed + 1)
        pair = None
        title = self._material.title(number)
        if int((number + 1) * self._derived) == copies:
            text, categories = self._material.abstract(number - copies, self._seed)
        else:
            text, categories = self._material.spare(copies, self._seed)
            if made := self._copy(number, copies, drawn):
                text, pair, original = made
                if drawn & 1:
                    title = self._material.title(original)
        if (drawn >> 8) % 1_000_003 < self._material.wrapped_share * 1_000_003:
            text = "\n".join(line.rstrip() for line in _LINE.findall(text))
        return {"id": self._id(number), "title": title, "abstract": text, "categories": categories}, pair

    def _copy(self, number: int, copies: int, drawn: int) -> tuple[str, Pair, int] | None:
        """Return a changed copy of an earlier record that no other copy is of."""
        turn, reach = divmod(copies, _NEAREST)
        step = reach + 1
        place = self._stride * (turn * step + (drawn >> 40) % step) + reach
        original = _number_of(place, self._derived)
        if original >= number:
            return None
        kind = "decoy" if copies % 3 == 2 else "planted"
        donor, _ = self._material.abstract(place + 1, self._seed)
        text, _ = self._material.abstract(place, self._seed)
        changed = change(text, donor, DECOY if kind == "decoy" else PLANTED, random.Random(drawn))  # noqa: S311
        if not changed:
            return None
        return changed[0], Pair(self._first + original, self._first + number, changed[1], kind), original

    def _id(self, number: int) -> str:
        month = self._material.last_month + 1 + number // PER_MONTH
        year, month = divmod(month % MONTHS, 12)
        return f"{(year + 91) % 100:02d}{month + 1:02d}.{number % PER_MONTH + 1:05d}"


def _number_of(place: int, derived: float) -> int:
    """Return the number of the record that is the `place`-th of those that are no copies."""
    number = int(place / (1 - derived))
    while number - int(number * derived) > place:
        number -= 1
    while number - int(number * derived) < place or int((number + 1) * derived) > int(number * derived):
        number += 1
    return number


def truth_path(out: Path) -> Path:
    """Return where the pairs of a grown file are listed."""
    return out.with_name(out.name.removesuffix(".gz").removesuffix(".jsonl") + ".truth.parquet")


def grow(sample: Path, count: int, out: Path, *, seed: int = 0, duplicates: float = 0.05, natural: bool = False) -> int:
    """Write `count` records and the pairs among them; return how many pairs.

    Raises:
        ValueError: The sample is too small for so many records.
    """
    records = list(read_records(sample))
    material = Material(records, seed)
    first = min(len(records), count) if natural else 0
    if count - first > (capacity := min(material.capacity, PER_MONTH * MONTHS // 2)):
        raise ValueError(f"{len(records)} records give {capacity} others, not {count - first}")
    grower = Grower(material, seed=seed, duplicates=duplicates, first=first)
    found: list[Pair] = []
    if natural:
        pairs = exact_pairs([record["abstract"] for record in records[:first]], DECOY[0])
        found += [Pair(left, right, similarity, "natural") for left, right, similarity in pairs]

    def made() -> Iterator[str]:
        for record in records[:first]:
            yield _spell({name: record[name] for name in ("id", "title", "abstract", "categories")})
        for number in range(count - first):
            record, pair = grower.record(number)
            if pair:
                found.append(pair)
            yield _spell(record)

    _write_lines(made(), out)
    columns = {name: [getattr(pair, name) for pair in found] for name in TRUTH.names}
    pq.write_table(pa.table(columns, schema=TRUTH), truth_path(out), compression="zstd")
    return len(found)


_spell = json.JSONEncoder(ensure_ascii=False).encode


def _write_lines(lines: Iterator[str], out: Path) -> None:
    """Write lines, compressed by a thread if the name ends in .gz, while the next ones are made."""
    packer = zlib.compressobj(1, zlib.DEFLATED, 31) if out.suffix == ".gz" else None
    pack = packer.compress if packer else bytes
    with out.open("wb") as file, ThreadPoolExecutor(1) as worker:
        waiting: Future[int] | None = None
        chunk: list[str] = []
        for line in lines:
            chunk.append(line)
            if len(chunk) == _CHUNK:
                data = ("\n".join(chunk) + "\n").encode()
                chunk.clear()
                if waiting:
                    waiting.result()
                waiting = worker.submit(lambda data: file.write(pack(data)), data)
        if waiting:
            waiting.result()
        file.write(pack("".join(f"{line}\n" for line in chunk).encode()))
        if packer:
            file.write(packer.flush())


def main() -> None:
    """Grow a file and say how long it took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sample", type=Path)
    parser.add_argument("records", type=int)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--duplicates", type=float, default=0.05, help="share of planted near-duplicates")
    parser.add_argument("--with-sample", action="store_true", help="the sample's records first, as they are")
    options = parser.parse_args()
    start = time.perf_counter()
    pairs = grow(
        options.sample,
        options.records,
        options.out,
        seed=options.seed,
        duplicates=options.duplicates,
        natural=options.with_sample,
    )
    seconds = time.perf_counter() - start
    print(f"{options.records:,} records, {pairs:,} pairs, {seconds:.1f} s, {options.records / seconds:,.0f} records/s")


if __name__ == "__main__":
    main()
