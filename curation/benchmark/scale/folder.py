"""A folder of tasks: `tasks.json`, and a folder of Parquet files for each task."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from curation.benchmark.data import TaskData, data_sha256, sizes
from curation.errors import InputFileError, Location, OutputError

__all__ = ["FORMAT", "is_task_folder", "read_task_folder", "require_free", "write_task_folder"]

FORMAT: Final = "paper-abstracts-tasks/1"
_ABOUT: Final = "tasks.json"
_AGAIN: Final = "make the tasks again"


def is_task_folder(path: Path) -> bool:
    """Whether a path is a folder of tasks, of this format or another version of it."""
    try:
        about = json.loads((path / _ABOUT).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    told = about.get("format") if isinstance(about, dict) else None
    return isinstance(told, str) and told.split("/")[0] == FORMAT.split("/")[0]


def require_free(out: Path) -> None:
    """Check, before any long work, that tasks may be written to a folder.

    Raises:
        OutputError: Something else stands there, or the folder above cannot be written.
    """
    _require_replaceable(out)
    try:
        above = next(folder for folder in out.absolute().parents if folder.exists())
        with tempfile.TemporaryDirectory(prefix=".tasks-", suffix=".probe", dir=above):
            pass
    except OSError as error:
        raise _unwritable(out, error) from error


def _require_replaceable(out: Path) -> None:
    expected = "a path that does not exist, an empty folder, or a folder of tasks and nothing else"
    if out.is_symlink():
        raise OutputError("this is a link", where=Location(out), expected=expected, hint="choose another folder")
    if not out.is_dir():
        if out.exists():
            raise OutputError("this is a file", where=Location(out), expected=expected, hint="choose another folder")
        return
    try:
        foreign = _foreign(out)
    except OSError as error:
        raise _unwritable(out, error) from error
    if foreign is not None:
        raise OutputError(
            f"this folder holds something else ({foreign.name})",
            where=Location(out),
            expected=expected,
            hint="choose another folder, or move that away",
        )


def _foreign(out: Path) -> Path | None:
    from curation.benchmark.scale.tables import COLUMNS

    ours = is_task_folder(out)
    for path in sorted(out.iterdir()):
        if not ours or path.is_symlink() or (path.is_file() and path.name != _ABOUT):
            return path
        if path.is_dir():
            for inner in sorted(path.iterdir()):
                if not inner.is_file() or inner.suffix != ".parquet" or inner.stem not in COLUMNS:
                    return inner
    return None


def write_task_folder(
    out: Path, data: Mapping[str, TaskData], about: Mapping[str, Any], taken: Mapping[str, Mapping[str, Any]]
) -> None:
    """Write a folder of tasks, whole or not at all; an earlier one there is replaced.

    Args:
        out: The folder.
        data: By name of the task.
        about: What `tasks.json` says of the source.
        taken: What it says of the records of each task.

    Raises:
        OutputError: The folder cannot be written, or something else stands there.
    """
    from curation.benchmark.scale.tables import write_data
    from curation.benchmark.task import tasks

    _require_replaceable(out)
    partial, old = (out.absolute().parent / f".{out.absolute().name}.{os.getpid()}.{end}" for end in ("partial", "old"))
    told = {
        name: {
            "version": tasks()[name].version,
            "data_sha256": data_sha256(data[name]),
            "sizes": sizes(data[name]),
            **taken[name],
        }
        for name in sorted(data)
    }
    try:
        partial.mkdir(parents=True)
        for name, one in data.items():
            write_data(one, partial / name)
        text = json.dumps({"format": FORMAT, **about, "tasks": told}, ensure_ascii=False, indent=2)
        (partial / _ABOUT).write_text(text + "\n", encoding="utf-8")
        _swap(partial, out, old)
    except OSError as error:
        raise _unwritable(out, error) from error
    finally:  # also where somebody interrupts
        shutil.rmtree(partial, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def _swap(partial: Path, out: Path, old: Path) -> None:
    if not out.is_dir() or not any(out.iterdir()):
        partial.replace(out)
        return
    out.replace(old)
    try:
        partial.replace(out)
    except BaseException:
        old.replace(out)
        raise


def _unwritable(out: Path, error: OSError) -> OutputError:
    return OutputError(
        f"the tasks cannot be written ({error.strerror})", where=Location(out), hint="choose another folder"
    )


def read_task_folder(folder: Path) -> dict[str, TaskData]:
    """Read the tasks of a folder, by name.

    Raises:
        InputFileError: It is no folder of tasks, or one of another format or version; a file is missing or damaged; the
            data are not those it was written with.
    """
    from curation.benchmark.scale.tables import read_data
    from curation.benchmark.task import tasks

    where = Location(folder / _ABOUT)
    if not is_task_folder(folder):
        raise InputFileError(
            "this is no folder of tasks",
            where=Location(folder),
            expected=f"a folder with {_ABOUT} of the format {FORMAT}",
            hint="check the path, or make one from arXiv metadata",
        )
    about = json.loads((folder / _ABOUT).read_text(encoding="utf-8"))
    if about["format"] != FORMAT:
        raise InputFileError(f"the format is {about['format']}", where=where, expected=FORMAT, hint=_AGAIN)
    told = about.get("tasks")
    if not isinstance(told, dict) or not told or not all(isinstance(one, dict) for one in told.values()):
        raise InputFileError("the tasks are not listed", where=where, expected='"tasks": {…}', hint=_AGAIN)
    found: dict[str, TaskData] = {}
    for name in told:
        task = tasks().get(name)
        if task is None or task.from_release:
            raise InputFileError(f"there is no such task: {name!r}", where=where, hint=_AGAIN)
        if told[name].get("version") != task.version:
            raise InputFileError(
                f"{name} is of version {told[name].get('version')}", where=where, expected=task.version, hint=_AGAIN
            )
        found[name] = read_data(task.type, folder / name)
        if data_sha256(found[name]) != told[name].get("data_sha256"):
            raise InputFileError(
                f"the data of {name} are not those that were written",
                where=Location(folder / name),
                expected=f"the data_sha256 of {_ABOUT}",
                hint=f"fetch the folder again, or {_AGAIN}",
            )
    return found
