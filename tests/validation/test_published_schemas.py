"""Every schema version that was ever published is read, validated, explained, restored, compared and built on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import curation
from curation.diff import ReleaseDiff, diff_releases
from curation.release.build import build
from curation.release.manifest import add_files
from curation.release.reader import open_release
from curation.schemas.derive import arrow_schema
from curation.schemas.history import EARLIER, schema_versions
from curation.schemas.tables import SCHEMA_VERSION, TABLES
from tests.commands import ROOT, curate
from tests.releases import copy_of, edit_manifest, manifest_of, read_rows

PUBLISHED = ROOT / "tests" / "published"
VERSIONS = tuple(EARLIER)
SPLITS = ("train", "validation", "test")
SNAPSHOT = PUBLISHED / f"schema-{SCHEMA_VERSION}.json"


def fixture(version: str) -> Path:
    return PUBLISHED / f"schema-{version}"


def current_columns() -> dict[str, dict[str, str]]:
    """Column and type of every table, as they are written."""
    found = {}
    for name, spec in TABLES.items():
        schema = arrow_schema(spec)
        features = json.loads((schema.metadata or {})[b"huggingface"])["info"]["features"]
        found[name] = {
            column.name: f"{column.type} {json.dumps(features[column.name], sort_keys=True)}" for column in schema
        }
    return found


def test_every_published_schema_version_has_its_release_and_the_history_knows_it() -> None:
    folders = {path.name.removeprefix("schema-") for path in PUBLISHED.iterdir() if path.is_dir()}
    assert {*folders, SCHEMA_VERSION} == set(schema_versions())
    assert [manifest_of(fixture(version))["schema_version"] for version in VERSIONS] == list(VERSIONS)
    numbers = [tuple(map(int, version.split("."))) for version in schema_versions()]
    assert numbers == sorted(set(numbers))


def test_the_columns_of_the_current_schema_version_are_those_on_record() -> None:
    assert SNAPSHOT.exists(), f"write current_columns() of this file to {SNAPSHOT}"
    assert current_columns() == json.loads(SNAPSHOT.read_text(encoding="utf-8")), (
        f"the columns are not those of schema version {SCHEMA_VERSION}. Once it was published: raise SCHEMA_VERSION in"
        " schemas/tables.py, say in schemas/history.py what the version before did not have, keep a release of it under"
        f" tests/published, and put current_columns() of this file into a {SNAPSHOT.name} of the new version."
    )


@pytest.mark.parametrize("version", VERSIONS)
def test_the_history_says_which_columns_each_version_had(version: str) -> None:
    release = open_release(fixture(version))
    assert set(release.manifest["tables"]) == set(TABLES) - set(EARLIER[version].later_tables)
    for name in release.manifest["tables"]:
        spec, later = TABLES[name], EARLIER[version].columns.get(name, ())
        stored = release.read_as_stored(name).column_names
        assert stored == [column for column in spec.columns if column not in later]


# --- validate


@pytest.mark.parametrize("version", VERSIONS)
def test_a_published_release_is_valid(version: str) -> None:
    assert curation.validate(fixture(version)).findings == ()


def rewrite(release: Path, table: str, change: Callable[[list[dict[str, Any]]], list[dict[str, Any]] | None]) -> None:
    """Change rows of a table in the columns its files have, and make the manifest agree again."""
    split = next(name for name in manifest_of(release)["tables"][table] if read_rows(release, table, name))
    (path,) = manifest_of(release)["tables"][table][split]["files"]
    content = pq.read_table(release / path, partitioning=None)
    rows = content.to_pylist()
    rows = rows if (other := change(rows)) is None else other
    pq.write_table(pa.Table.from_pylist(rows, schema=content.schema), release / path)

    def agree(manifest: dict[str, Any]) -> None:
        manifest["tables"][table][split]["rows"] = len(rows)
        manifest.update(add_files(manifest, release))

    edit_manifest(release, agree)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("table", "change", "check"),
    [
        ("papers", lambda rows: rows[0].update(title="Another Title"), "edits"),
        ("papers", lambda rows: rows[0].update(abstract="x"), "schema"),
        ("papers", lambda rows: rows[1:], "ledger"),
        ("papers", lambda rows: [*rows, rows[0]], "schema"),
        ("papers", lambda rows: rows[0].update(paper_id="f" * 16), "ledger"),
        ("listings", lambda rows: rows[0].update(abstract=rows[0]["abstract"] + " And more."), "ledger"),
        ("listings", lambda rows: rows[1:], "ledger"),
        ("segments", lambda rows: rows[1:], "ledger"),
        ("segments", lambda rows: [*rows, rows[0]], "schema"),
        ("edits", lambda rows: rows[1:], "edits"),
    ],
)
def test_damage_to_a_published_release_is_found(
    tmp_path: Path, version: str, table: str, change: Callable[[list[dict[str, Any]]], Any], check: str
) -> None:
    copy = copy_of(fixture(version), tmp_path)
    rewrite(copy, table, lambda rows: None)
    assert check not in {finding.check for finding in curation.validate(copy).findings}
    rewrite(copy, table, change)
    assert check in {finding.check for finding in curation.validate(copy).findings}


@pytest.mark.parametrize("version", VERSIONS)
def test_one_byte_of_a_published_release_changed_is_found(tmp_path: Path, version: str) -> None:
    copy = copy_of(fixture(version), tmp_path)
    file = copy / "papers/train-00000-of-00001.parquet"
    content = bytearray(file.read_bytes())
    content[50] ^= 1
    file.write_bytes(content)
    assert "files" in {finding.check for finding in curation.validate(copy).findings}


@pytest.mark.parametrize("version", [one for one in VERSIONS if "papers" in EARLIER[one].columns])
def test_a_column_that_came_later_is_found(tmp_path: Path, version: str) -> None:
    copy = copy_of(fixture(version), tmp_path)
    for split in SPLITS:
        (path,) = manifest_of(copy)["tables"]["papers"][split]["files"]
        content = pq.read_table(copy / path, partitioning=None)
        scores = pa.array([None] * content.num_rows, pa.list_(pa.float64()))
        pq.write_table(content.append_column("topic_scores", scores), copy / path)
    edit_manifest(copy, lambda manifest: manifest.update(add_files(manifest, copy)))
    messages = [finding.message for finding in curation.validate(copy).findings]
    assert f"topic_scores: schema version {version} has no such column" in messages


# --- explain, restore


@pytest.mark.parametrize("version", VERSIONS)
def test_each_paper_of_a_published_release_is_explained(version: str) -> None:
    for split in SPLITS:
        for row in read_rows(fixture(version), "papers", split):
            told = curate("explain", fixture(version), row["paper_id"], "--format", "json")
            assert (told.code, told.err) == (0, "")
            facts = json.loads(told.out)
            assert (facts["title"], facts["split"]) == (row["title"], split)
            assert facts["texts"]["abstract"]["published"] == row["abstract"]
            assert facts["math_damage"] is None or version != "1.0.0"
    told = curate("explain", fixture(version), row["paper_id"])
    assert (told.code, told.err) == (0, "")
    assert row["title"] in told.out


@pytest.fixture(scope="module", params=VERSIONS)
def page_of(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A published release, and its page as it was restored from it."""
    release = fixture(request.param)
    (source,) = manifest_of(release)["sources"]
    page = tmp_path_factory.mktemp("restored") / source["name"]
    ended = curate("restore", release, source["source_id"], "--out", page)
    assert (ended.code, ended.err) == (0, "")
    return release, page


def test_the_source_is_restored_byte_for_byte(page_of: tuple[Path, Path]) -> None:
    release, page = page_of
    (source,) = manifest_of(release)["sources"]
    assert hashlib.sha256(page.read_bytes()).hexdigest() == source["sha256"]


# --- diff, build


def facts(release: Path) -> dict[str, tuple[str, str]]:
    rows = [(split, row) for split in SPLITS for row in read_rows(release, "papers", split)]
    return {row["title"]: (row["paper_id"], split) for split, row in rows}


def check_difference(diff: ReleaseDiff, version: str) -> None:
    later = {(table, name) for table, names in EARLIER[version].columns.items() for name in names}
    assert {(one.table, one.column) for one in diff.columns if one.old is None} == later
    assert [one for one in diff.columns if one.new is None] == []
    assert (diff.added, diff.removed, diff.moved, diff.retaken) == ([], [], [], [])
    assert (diff.sources_added, diff.sources_removed) == ([], [])
    assert not [change for paper in diff.edited for change in paper.changes if change.field == "title"]


def test_a_build_on_a_published_release_keeps_ids_and_splits_and_tells_the_new_columns(
    page_of: tuple[Path, Path], tmp_path: Path
) -> None:
    release, page = page_of
    version = manifest_of(release)["schema_version"]
    result = build([page], out=tmp_path / "next", previous=release)
    assert curation.validate(result.out).findings == ()
    assert facts(result.out) == facts(release)
    assert result.diff is not None
    check_difference(result.diff, version)
    assert result.manifest["base"]["version"] == "1.0.0"
    assert result.manifest["version"] == ("2.0.0" if result.diff.breaking() else "1.1.0")
    again = build([page], out=tmp_path / "again", previous=result.out)
    assert again.manifest == result.manifest
    fresh = build([page], out=tmp_path / "fresh")
    check_difference(diff_releases(open_release(release), open_release(fresh.out)), version)
    ended = curate("diff", release, fresh.out, "--format", "markdown")
    assert ended.code == 0
    assert ("- column `papers.topic_scores` added (list of float64)" in ended.out) == (version in {"1.0.0", "1.1.0"})
    assert "- table `queries` added" in ended.out
    assert f"- schema version {version} → {SCHEMA_VERSION}" in ended.out
