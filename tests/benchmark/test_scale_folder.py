"""The folder of tasks made from a large source: its place, and what is found when it is damaged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from curation.benchmark.scale import is_task_folder, make_tasks, read_task_folder
from curation.errors import InputFileError, OutputError
from tests.benchmark.test_scale_records import about, content

# --- the place


def test_an_earlier_folder_is_replaced(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()  # an empty one may be there
    make_tasks(source, out, pairs=20, queries=5)
    make_tasks(source, out, pairs=0, queries=6)
    assert read_task_folder(out).keys() == {"math-repair"}
    assert not (out / "near-duplicate").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("what", ["file", "foreign", "foreign-json", "added", "added-below", "link", "below-a-file"])
def test_another_ones_place_is_refused_and_stays(source: Path, tmp_path: Path, what: str) -> None:
    out = tmp_path / "out"
    if what == "file":
        out.write_text("mine")
    elif what == "link":
        (tmp_path / "real").mkdir()
        out.symlink_to(tmp_path / "real")
    elif what == "below-a-file":
        (tmp_path / "file").write_text("mine")
        out = tmp_path / "file" / "out"
    elif what.startswith("foreign"):
        out.mkdir()
        (out / "tasks.json").write_text("[]" if what == "foreign-json" else '{"format": "another"}')
    else:
        make_tasks(source, out, pairs=20, queries=5)
        (out / "math-repair" / "notes.txt" if what == "added-below" else out / "notes.txt").write_text("mine")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(OutputError):
        make_tasks(source, out, pairs=20, queries=5)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_fault_while_writing_leaves_the_earlier_folder(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    make_tasks(source, out, pairs=20, queries=5)
    before = content(out)

    def fail(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(pq, "write_table", fail)
        with pytest.raises(OutputError, match="No space left"):
            make_tasks(source, out, pairs=30, queries=5)
    assert content(out) == before
    replace = Path.replace

    def fail_once(path: Path, target: Path) -> Path:
        if path.name.endswith(".partial"):
            fail()
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", fail_once)
    with pytest.raises(OutputError, match="No space left"):
        make_tasks(source, out, pairs=30, queries=5)
    assert content(out) == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


# --- a damaged folder


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    for name, data in content(folder).items():
        (tmp_path / "copy" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "copy" / name).write_bytes(data)
    return tmp_path / "copy"


def test_other_rows_are_found(copy: Path) -> None:
    for path in copy.rglob("*.parquet"):
        before = path.read_bytes()
        table = pq.read_table(path)
        pq.write_table(table.slice(1), path)
        with pytest.raises(InputFileError, match="not those that were written"):
            read_task_folder(copy)
        path.write_bytes(before)
    pairs = copy / "near-duplicate" / "pairs.parquet"
    table = pq.read_table(pairs)
    label = table.column_names.index("label")
    turned = [1 - one for one in table.column("label").to_pylist()]
    pq.write_table(table.set_column(label, table.schema.field(label), [turned]), pairs)
    with pytest.raises(InputFileError, match="near-duplicate are not those"):
        read_task_folder(copy)


def test_files_that_are_missing_cut_or_of_other_columns_are_found(copy: Path) -> None:
    for path in copy.rglob("*.parquet"):
        before = path.read_bytes()
        path.unlink()
        with pytest.raises(InputFileError, match="missing"):
            read_task_folder(copy)
        path.write_bytes(before[: len(before) // 2])
        with pytest.raises(InputFileError, match="no whole Parquet file"):
            read_task_folder(copy)
        path.write_bytes(before)
        pq.write_table(pq.read_table(path).drop_columns(pq.read_table(path).column_names[:1]), path)
        with pytest.raises(InputFileError, match="other columns"):
            read_task_folder(copy)
        path.write_bytes(before)
    assert read_task_folder(copy).keys() == {"near-duplicate", "math-repair"}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"format": "paper-abstracts-tasks/2"}, "the format is"),
        ({"format": "other/1"}, "no folder of tasks"),
        ({"format": None}, "no folder of tasks"),
        ({"tasks": {}}, "not listed"),
        ({"tasks": {"math-repair": []}}, "not listed"),
        ({"tasks": {"none": {}}}, "no such task"),
        ({"tasks": {"topics": {}}}, "no such task"),
        ({"tasks": {"math-repair": {"version": "0.1.0"}}}, "of version 0.1.0"),
        ({"tasks": {"math-repair": {"version": "1.0.0"}}}, "not those that were written"),
    ],
)
def test_another_tasks_json_is_a_clear_error(copy: Path, change: dict[str, Any], told: str) -> None:
    (copy / "tasks.json").write_text(json.dumps({**about(copy), **change}))
    with pytest.raises(InputFileError, match=told):
        read_task_folder(copy)


def test_what_is_no_task_folder_is_told(tmp_path: Path) -> None:
    assert not is_task_folder(tmp_path)
    assert not is_task_folder(tmp_path / "none")
    (tmp_path / "tasks.json").write_text("{")
    assert not is_task_folder(tmp_path)
    with pytest.raises(InputFileError, match="no folder of tasks"):
        read_task_folder(tmp_path)
