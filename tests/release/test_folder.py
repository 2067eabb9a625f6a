"""A release is put in its place whole or not at all."""

from __future__ import annotations

import json
import os
import platform
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import curation
from curation.engines import LocalEngine
from curation.errors import CurationError, OutputError
from curation.release.build import build
from curation.stage import Stage, StageResult
from tests.commands import ROOT, curate, tree
from tests.forkserver import CONTEXT
from tests.releases import copy_of, files_of, manifest_of
from tests.sample_page import PAPERS, page_text


def built_folders(parent: Path, name: str = "release") -> list[str]:
    return sorted(path.name for path in parent.iterdir() if path.name.startswith(f".{name}-"))


def test_the_release_is_a_link_to_one_hidden_folder_beside_it(page: Path, tmp_path: Path) -> None:
    out = tmp_path / "release"
    assert build([page], out=out).changed
    assert out.is_symlink()
    assert not out.readlink().is_absolute()
    assert built_folders(tmp_path) == [str(out.readlink())]


def test_the_same_release_again_touches_no_file(page: Path, tmp_path: Path) -> None:
    out = tmp_path / "release"
    build([page], out=out)
    before = {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in out.rglob("*")}
    link = out.lstat()
    result = build([page], out=out)
    assert not result.changed
    assert {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in out.rglob("*")} == before
    assert (out.lstat().st_ino, out.lstat().st_mtime_ns) == (link.st_ino, link.st_mtime_ns)
    assert built_folders(tmp_path) == [str(out.readlink())]


def test_another_release_replaces_the_old_one_and_clears_it(page: Path, tmp_path: Path) -> None:
    out = tmp_path / "release"
    build([page], out=out)
    old = out.readlink()
    page.write_text(page_text(PAPERS[:4]), encoding="utf-8")
    assert build([page], out=out).changed
    assert out.readlink() != old
    assert built_folders(tmp_path) == [str(out.readlink())]
    assert curation.validate(out).ok


@pytest.mark.parametrize("damage", ["changed", "cut", "removed", "added"])
def test_a_damaged_release_is_replaced_by_an_intact_one(page: Path, tmp_path: Path, damage: str) -> None:
    out = tmp_path / "release"
    build([page], out=out)
    whole = tree(out.resolve())
    file = out / "listings/train-00000-of-00001.parquet"
    if damage == "changed":
        content = bytearray(file.read_bytes())
        content[100] ^= 1
        file.write_bytes(content)
    elif damage == "cut":
        file.write_bytes(file.read_bytes()[:-10])
    elif damage == "removed":
        file.unlink()
    else:
        (out / "notes.txt").write_text("mine")
    for _ in range(2):  # the second time it is there already
        result = build([page], out=out)
        assert tree(out.resolve()) == whole
        assert built_folders(tmp_path) == [str(out.readlink())]
    assert not result.changed


def test_leftovers_of_killed_runs_are_cleared_and_nothing_else(page: Path, tmp_path: Path) -> None:
    ours = [".release-123.partial", ".release-0123456789abcdef", ".release-0123456789abcdef-2"]
    others = [".release-notes", ".release-123", "release-0123456789abcdef", ".releases-0123456789abcdef", "release.txt"]
    for name in (*ours, *others):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text("x")
    (tmp_path / ".release-77.link").symlink_to("nowhere")
    build([page], out=tmp_path / "release")
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {page.name, "release", str((tmp_path / "release").readlink()), *others}
    build([page], out=tmp_path / "release")
    assert {path.name for path in tmp_path.iterdir()} == left


def test_an_empty_folder_is_accepted_as_the_place(page: Path, tmp_path: Path) -> None:
    out = tmp_path / "release"
    out.mkdir()
    build([page], out=out)
    assert out.is_symlink()
    assert curation.validate(out).ok


def test_folders_above_the_place_are_made(page: Path, tmp_path: Path) -> None:
    out = tmp_path / "a" / "b" / "release"
    build([page], out=out)
    assert curation.validate(out).ok


def test_a_link_whose_release_is_gone_is_replaced(page: Path, tmp_path: Path) -> None:
    out = tmp_path / "release"
    out.symlink_to(".release-0123456789abcdef")
    build([page], out=out)
    assert curation.validate(out).ok


def test_a_link_that_is_not_ours_is_refused_and_left_alone(page: Path, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    out = tmp_path / "release"
    out.symlink_to("photos")
    before = tree(tmp_path)
    with pytest.raises(OutputError, match="link to photos"):
        build([page], out=out)
    assert tree(tmp_path) == before


def test_two_builds_at_once_leave_one_whole_release(page: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text(page_text(PAPERS[:3]), encoding="utf-8")
    out = tmp_path / "release"
    running = [CONTEXT.Process(target=build, args=([source],), kwargs={"out": out}) for source in (page, other, page)]
    for process in running:
        process.start()
    for process in running:
        process.join(120)
    assert [process.exitcode for process in running] == [0, 0, 0]
    assert built_folders(tmp_path) == [str(out.readlink())]
    assert curation.validate(out).ok
    assert manifest_of(out)["sources"][0]["name"] in (page.name, other.name)


class FailingEngine(LocalEngine):
    """Runs out of memory in the third stage."""

    def run(self, stage: Stage, table: pa.Table) -> StageResult:
        if stage.name == "label":
            raise MemoryError
        return super().run(stage, table)


def test_a_failure_in_the_middle_leaves_the_old_release_and_nothing_else(page: Path, tmp_path: Path) -> None:
    out = tmp_path / "release"
    build([page], out=out)
    page.write_text(page_text(PAPERS[:4]), encoding="utf-8")
    before = tree(tmp_path)
    with pytest.raises(MemoryError):
        build([page], out=out, engine=FailingEngine())
    assert tree(tmp_path) == before


@contextmanager
def full(limit: int) -> Iterator[None]:
    """A place that is full: no file of this process may grow beyond this many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("limit", [100, 3000, 9000, 14000])
def test_a_full_disk_is_one_clear_error_and_leaves_nothing_behind(page: Path, tmp_path: Path, limit: int) -> None:
    place = tmp_path / "place"
    place.mkdir()
    with full(limit):
        ended = curate("build", page, "--out", place / "release", cwd=tmp_path)
    assert ended.code == 2
    assert "cannot be written" in ended.err
    assert "File too large" in ended.err
    assert "Traceback" not in ended.err
    assert tree(place) == {}


def test_a_full_disk_leaves_the_old_release(page: Path, tmp_path: Path) -> None:
    place = tmp_path / "place"
    build([page], out=place / "release")
    before = tree(place)
    page.write_text(page_text(PAPERS[:4]), encoding="utf-8")
    with full(9000):
        ended = curate("build", page, "--out", place / "release", cwd=tmp_path)
    assert ended.code == 2
    assert tree(place) == before


def test_source_date_epoch_is_the_date_of_the_release(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    undated = build([page], out=tmp_path / "undated")
    assert undated.manifest["date"] is None
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1760000000")
    dated = build([page], out=tmp_path / "dated")
    assert dated.manifest["date"] == "2025-10-09"
    assert "2025-10-09" in (dated.out / "README.md").read_text(encoding="utf-8")
    assert curation.validate(dated.out).ok
    for name in files_of(dated.out):
        same = (dated.out / name).read_bytes() == (undated.out / name).read_bytes()
        assert same == name.endswith((".parquet", ".png", "taxonomy.json")), name


@pytest.mark.parametrize("value", ["yesterday", "1.5", "9" * 40])
def test_a_bad_source_date_epoch_is_a_clear_error(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", value)
    before = tree(tmp_path)
    with pytest.raises(CurationError, match="SOURCE_DATE_EPOCH") as caught:
        build([page], out=tmp_path / "release")
    assert caught.value.expected
    assert "seconds" in caught.value.expected
    assert tree(tmp_path) == before


def test_no_file_of_a_release_knows_where_it_was_made(page: Path, tmp_path: Path) -> None:
    """Paths, users and machines are no part of the data."""
    ended = curate("build", page, "--out", tmp_path / "release", cwd=tmp_path)
    assert ended.code == 0, ended.err
    traces = {str(tmp_path), str(page), str(ROOT), str(Path.home()), tmp_path.name}
    traces |= {name for name in (platform.node(), os.environ.get("USER", "")) if len(name) > 5}
    traces.discard("/")
    for name in files_of(tmp_path / "release"):
        path = tmp_path / "release" / name
        content = path.read_bytes()
        if path.suffix == ".parquet":  # the columns are compressed
            table = pq.read_table(path, partitioning=None)
            content += json.dumps(table.to_pylist(), default=bytes.decode).encode()
        for trace in traces:
            assert trace.encode() not in content, (name, trace)


def test_a_release_is_the_same_wherever_it_is_built(release: Path, tmp_path: Path) -> None:
    copied = copy_of(ROOT / "data", tmp_path)
    again = build(recipe=copied / "recipe.toml", out=tmp_path / "elsewhere" / "other-name").out
    assert tree(again.resolve()) == tree(release.resolve())
