"""Made-up record files for real builds, and what a release holds by a reading that does not use the flow."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from curation.engines import LocalEngine
from curation.identity import source_id
from curation.release.build import BuildResult, build
from tests.promises.accounts import assert_edits
from tests.releases import manifest_of, read_rows
from tests.stress.folders import contents

__all__ = [
    "WORDS_OF_ABSTRACT",
    "Record",
    "Rows",
    "all_rows",
    "assert_accounted",
    "hashes",
    "jaccard_of",
    "near",
    "record",
    "records",
    "removed_rows",
    "source_of",
    "streamed",
    "write",
]

Record = dict[str, Any]
Rows = list[dict[str, Any]]

WORDS_OF_ABSTRACT = 60
_NGRAM = 5
_SHINGLES = WORDS_OF_ABSTRACT - _NGRAM + 1
_SYLLABLES = [f"{one}{two}" for one in ("b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t") for two in "aeiou"]
_draw = random.Random(7)
_WORDS = sorted({"".join(_draw.choices(_SYLLABLES, k=_draw.randint(2, 4))) for _ in range(4000)})


def record(number: int, **more: Any) -> Record:
    """A record of its own: no other number has its title, its abstract or its arXiv id."""
    draw = random.Random(number)
    title = " ".join(draw.choices(_WORDS, k=5))
    text = " ".join(draw.choices(_WORDS, k=WORDS_OF_ABSTRACT))
    return {
        "title": f"{title.capitalize()} {number}",
        "abstract": f"{text.capitalize()}.",
        "id": f"{1501 + 100 * (number // 10_000)}.{number % 10_000:05d}",
        "categories": draw.choice(("cs.LG", "cs.LG stat.ML", "math.ST")),
    } | more


def records(count: int, first: int = 0, **more: Any) -> list[Record]:
    """So many records, by number."""
    return [record(number, **more) for number in range(first, first + count)]


def near(original: Record, words: int, number: int, **more: Any) -> Record:
    """A record with another title and id, and the abstract of another one but for its last words.

    Args:
        original: The other one.
        words: How many words are other ones; the similarity is `jaccard_of(words)`.
        number: Whose title and id it has.
        more: Other values.
    """
    kept = original["abstract"].removesuffix(".").split(" ")[: WORDS_OF_ABSTRACT - words]
    other = record(number)
    rest = other["abstract"].removesuffix(".").lower().split(" ")[:words]
    return other | {"abstract": " ".join([*kept, *rest]) + "."} | more


def jaccard_of(words: int) -> float:
    """The similarity of an abstract to one whose last words are others: each of these is the end of an n-gram."""
    return (_SHINGLES - words) / (_SHINGLES + words)


def write(path: Path, lines: Iterable[Record | bytes]) -> Path:
    """Write a record file in the format that its name tells; bytes stand for a line of JSON lines as they are."""
    lines = list(lines)
    inner = path.name.removesuffix(".gz").removesuffix(".zst")
    if inner.endswith(".parquet"):
        pq.write_table(pa.Table.from_pylist([one for one in lines if isinstance(one, dict)]), path)
        return path
    if inner.endswith(".csv"):
        text = io.StringIO()
        rows = [one for one in lines if isinstance(one, dict)]
        writer = csv.DictWriter(text, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
        content = text.getvalue().encode()
    else:
        content = b"".join(
            (one if isinstance(one, bytes) else json.dumps(one, ensure_ascii=False).encode()) + b"\n" for one in lines
        )
    if path.name.endswith(".gz"):
        content = gzip.compress(content, mtime=0)
    elif path.name.endswith(".zst"):
        content = pa.compress(content, "zstd", asbytes=True)
    path.write_bytes(content)
    return path


def source_of(path: Path) -> str:
    """The `source_id` of a file."""
    return source_id(path.read_bytes())


def streamed(
    sources: Sequence[str | Path] = (),
    *,
    out: Path,
    rows: int = 5_000,
    processes: int = 1,
    labels: bool | None = False,
    **more: Any,
) -> BuildResult:
    """Build, without topics unless they are asked for."""
    return build(sources, out=out, labels=labels, engine=LocalEngine(rows, processes), **more)


def hashes(release: Path) -> dict[str, str]:
    """The sha256 of each file of a release."""
    found = contents(release.resolve())
    assert {"manifest.json", "README.md", "papers/train-00000-of-00001.parquet"} <= set(found)
    return found


def all_rows(release: Path, table: str) -> Rows:
    """The rows of a table, all splits together."""
    return [row for split in manifest_of(release)["tables"][table] for row in read_rows(release, table, split)]


def removed_rows(release: Path, *columns: str) -> list[tuple[Any, ...]]:
    """Some columns of `removed`, in its order."""
    return [tuple(row[column] for column in columns) for row in all_rows(release, "removed")]


def assert_accounted(release: Path, found: Mapping[str, int]) -> None:
    """Check that nothing is lost between the records of the sources and the published tables.

    Args:
        release: The release.
        found: How many records each source holds, malformed ones too, by `source_id`.
    """
    tables = {name: all_rows(release, name) for name in ("papers", "listings", "edits", "removed")}
    listings, removed = tables["listings"], tables["removed"]
    parse_rejected = [row for row in removed if row["stage"] == "parse"]
    # every record is captured or was rejected as it was read
    places = sorted((row["source_id"], row["position"]) for row in [*listings, *parse_rejected])
    assert places == sorted((source, position) for source, count in found.items() for position in range(count))
    # every record is a paper's text or left, exactly one of the two
    texts = [(row["source_id"], row["position"]) for row in listings if row["is_survivor"]]
    left = [(row["source_id"], row["position"]) for row in removed]
    assert sorted(texts + left) == places
    _assert_counts(release, tables, sum(found.values()))
    _assert_survivors(tables)
    assert_edits(tables)


def _assert_counts(release: Path, tables: Mapping[str, Rows], rows_in: int) -> None:
    manifest = manifest_of(release)
    gone = Counter((row["stage"], row["reason"]) for row in tables["removed"])
    for stage in manifest["stages"]:
        assert stage["in"] == rows_in, stage
        assert stage["in"] == stage["kept"] + stage["merged"] + stage["rejected"], stage
        assert stage["merged"] == gone[stage["stage"], "merged"], stage
        assert stage["rejected"] == gone[stage["stage"], "rejected"], stage
        rows_in = stage["kept"]
    assert rows_in == len(tables["papers"])
    for source in manifest["sources"]:
        own = [row for row in tables["listings"] if row["source_id"] == source["source_id"]]
        assert source["records"] == len(own)
        if source["layout"] == "records":
            rejected = [row for row in tables["removed"] if row["source_id"] == source["source_id"]]
            assert source["rejected"] == sum(row["stage"] == "parse" for row in rejected)


def _assert_survivors(tables: Mapping[str, Rows]) -> None:
    papers = {row["paper_id"] for row in tables["papers"]}
    assert len(papers) == len(tables["papers"])
    owners = {(row["source_id"], row["position"]): row["paper_id"] for row in tables["listings"]}
    assert Counter(row["paper_id"] for row in tables["listings"] if row["is_survivor"]) == Counter(papers)
    for row in tables["removed"]:
        if row["reason"] == "merged":
            assert row["survivor"] in papers
            assert owners[row["source_id"], row["position"]] == row["survivor"]
            assert 0 <= row["similarity"] <= 1
            assert (row["rule"] == "exact") <= (row["similarity"] == 1)
            assert row["rule"] in {"exact", "near", "arxiv-id"}
        else:
            assert row["survivor"] is None
            assert owners.get((row["source_id"], row["position"])) is None
