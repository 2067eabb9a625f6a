"""Promise 4: the same recipe and sources give the same papers and the same bytes, whatever else is different."""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.deduplicate import DeduplicateStage
from curation.engines import LocalEngine
from curation.enrich import EnrichStage
from curation.label.stage import LabelStage
from curation.normalize import NormalizeStage
from curation.parse import Listing, parse_listing, record_table
from curation.pipeline import Run, run_pipeline
from curation.recipe import read_recipe
from curation.release.assemble import published_tables
from curation.release.build import build
from curation.release.writer import write_parquet
from curation.schemas.derive import arrow_schema
from curation.schemas.tables import TABLES
from curation.split import SplitStage
from curation.stage import Stage, run_checked
from tests.captures import CAPTURES, DATA, RAW, ROOT, real_recipe, real_run, real_splits
from tests.listing_pages import Page, pages, source_of
from tests.profiles import examples
from tests.stress.folders import contents

RECIPE = read_recipe(None)
SOME_PAGES = st.lists(pages(), min_size=1, max_size=3, unique_by=lambda page: page.content())

# What a child process runs: build, and say the sha256 of every file.
CHILD = """
import json, sys
from pathlib import Path
from curation.release.build import build
from tests.stress.folders import contents
build(sys.argv[2:], out=Path(sys.argv[1]) / "release")
print(json.dumps(contents((Path(sys.argv[1]) / "release").resolve())))
"""


def parse(page: Page) -> Listing:
    return parse_listing(source_of(page.content()))


def files_of(release: Path) -> dict[str, str]:
    """The sha256 of each file of a release."""
    found = contents(release.resolve())
    assert {"manifest.json", "README.md", "papers/train-00000-of-00001.parquet"} <= set(found)
    return found


def parquet_of(run: Run) -> dict[tuple[str, str], str]:
    """The sha256 of each file that a run is published as."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.parquet"
        hashes: dict[tuple[str, str], str] = {}
        for name, parts in published_tables(run).items():
            for split, part in parts.items():
                write_parquet(part, path)
                hashes[name, split] = hashlib.sha256(path.read_bytes()).hexdigest()
        return hashes


@examples(10)
@given(SOME_PAGES, st.integers(1, 7), st.randoms(use_true_random=False))
def test_any_order_of_sources_and_any_batch_gives_the_same_bytes(
    some: list[Page], batch_rows: int, rng: random.Random
) -> None:
    listings = [parse(page) for page in some]
    expected = parquet_of(run_pipeline(listings, RECIPE))
    rng.shuffle(listings)
    assert parquet_of(run_pipeline(listings, RECIPE, engine=LocalEngine(batch_rows))) == expected


@pytest.mark.parametrize("batch_rows", [7, 100])
def test_the_real_listings_give_the_same_bytes_in_any_batch(batch_rows: int) -> None:
    listings = real_run().listings[::-1]
    run = run_pipeline(listings, real_recipe(), assigned=real_splits(), engine=LocalEngine(batch_rows))
    assert parquet_of(run) == parquet_of(real_run())


def test_the_shorter_real_listing_gives_the_same_bytes_in_batches_of_one_row() -> None:
    listing = min(real_run().listings, key=lambda one: len(one.records))
    run = run_pipeline([listing], RECIPE, engine=LocalEngine(1))
    assert parquet_of(run) == parquet_of(run_pipeline([listing], RECIPE))


STAGES: tuple[Stage, ...] = (
    NormalizeStage(),
    DeduplicateStage(),
    EnrichStage(),
    LabelStage(),
    SplitStage(shares=(0.6, 0.1, 0.3), assigned={}),
)


Results = list[tuple[pa.Table, pa.Table, pa.Table | None]]


def through_stages(records: pa.Table, shuffle: random.Random | None) -> Results:
    """Run the stages one after the other, shuffling what goes into each, and sort what comes out."""

    def ordered(table: pa.Table | None) -> pa.Table | None:
        if table is None:
            return None
        flat = [name for name in table.column_names if not pa.types.is_list(table.schema.field(name).type)]
        return table.sort_by([(name, "ascending") for name in flat]).combine_chunks()

    results: Results = []
    table = records
    for stage in STAGES:
        if shuffle is not None:
            rows = list(range(table.num_rows))
            shuffle.shuffle(rows)
            table = table.take(rows)
        result = run_checked(stage, table, LocalEngine(3 if shuffle else 10_000))
        results.append((ordered(result.kept), ordered(result.removed), ordered(result.log)))
        table = result.kept
    return results


@examples(12)
@given(SOME_PAGES, st.randoms(use_true_random=False))
def test_any_order_of_rows_into_the_stages_gives_the_same_rows(some: list[Page], rng: random.Random) -> None:
    records = record_table([parse(page) for page in some])
    assert through_stages(records, rng) == through_stages(records, None)


@pytest.mark.parametrize("rows", [7, 1000, 5999])
def test_rows_cut_into_chunks_are_written_as_the_same_bytes(tmp_path: Path, rows: int) -> None:
    # more distinct text than a column's dictionary holds: Arrow ends a page where a chunk ends, if it is given chunks
    rng = random.Random(0)
    texts = [" ".join(str(rng.random()) for _ in range(60)) for _ in range(6000)]
    table = pa.table({"number": list(range(6000)), "text": texts, "list": [[number % 3] * 2 for number in range(6000)]})
    pieces = pa.concat_tables([table.slice(start, rows) for start in range(0, table.num_rows, rows)])
    assert pieces["text"].num_chunks > 1
    write_parquet(table, tmp_path / "whole.parquet")
    write_parquet(pieces, tmp_path / "pieces.parquet")
    assert (tmp_path / "whole.parquet").read_bytes() == (tmp_path / "pieces.parquet").read_bytes()


def test_the_published_schema_does_not_depend_on_the_rows() -> None:
    for name, parts in published_tables(real_run()).items():
        for part in parts.values():
            assert part.schema.equals(arrow_schema(TABLES[name]), check_metadata=True)


def test_two_builds_give_the_same_files(tmp_path: Path, release: Path) -> None:
    build(recipe=DATA / "recipe.toml", out=tmp_path / "elsewhere" / "other-name")
    assert files_of(tmp_path / "elsewhere" / "other-name") == files_of(release)


def test_a_second_build_in_the_same_place_with_the_sources_in_another_order_changes_nothing(tmp_path: Path) -> None:
    sources = [capture.path for capture in CAPTURES]
    first = build(sources, out=tmp_path / "release")
    before = contents(tmp_path)
    second = build(sources[::-1], out=tmp_path / "release")
    assert (first.changed, second.changed) == (True, False)
    assert contents(tmp_path) == before


def test_neither_the_engine_s_batches_nor_the_working_directory_change_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build([CAPTURES[1].path], out=tmp_path / "one")
    build([CAPTURES[1].path], out=tmp_path / "other", engine=LocalEngine(4))
    monkeypatch.chdir(RAW)
    build([CAPTURES[1].name], out=tmp_path / "third")
    assert files_of(tmp_path / "one") == files_of(tmp_path / "other") == files_of(tmp_path / "third")


def test_another_process_with_other_hashes_and_surroundings_gives_the_same_files(tmp_path: Path) -> None:
    sources = [str(capture.path) for capture in CAPTURES]
    build(sources, out=tmp_path / "here" / "release")
    more = {"PYTHONHASHSEED": "4242", "TZ": "Pacific/Kiritimati", "LC_ALL": "C", "OMP_NUM_THREADS": "3"}
    command = [sys.executable, "-c", CHILD, str(tmp_path), *sources[::-1]]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=os.environ | more)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == files_of(tmp_path / "here" / "release")
