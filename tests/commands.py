"""Running the command line: in this process where a new one would add nothing, else in one of its own."""

from __future__ import annotations

import contextlib
import io
import os
import runpy
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from curation.cli import main

__all__ = [
    "ROOT",
    "Outcome",
    "clean_environment",
    "curate",
    "curate_process",
    "python_process",
    "script",
    "shown_on",
    "tree",
]

ROOT = Path(__file__).resolve().parent.parent

Argument = str | Path


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a command ended and what it printed."""

    code: int
    raw: bytes
    err: str

    @property
    def out(self) -> str:
        """Standard output as text."""
        return self.raw.decode("utf-8")


def curate(*arguments: Argument, cwd: Path | None = None, stdin: bytes = b"") -> Outcome:
    """Run `curate` in this process, as the installed command runs it."""
    return _in_this_process(main, ["curate", *map(str, arguments)], cwd, stdin)


def script(path: Path, *arguments: Argument, cwd: Path | None = None) -> Outcome:
    """Run a script in this process, as Python runs a file that is named to it."""
    return _in_this_process(
        lambda: runpy.run_path(str(path), run_name="__main__"), [str(path), *map(str, arguments)], cwd
    )


def _in_this_process(
    run: Callable[[], object], arguments: list[str], cwd: Path | None = None, stdin: bytes = b""
) -> Outcome:
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    before = sys.argv, sys.stdin
    sys.argv = arguments
    sys.stdin = io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8")
    code = 0
    try:
        with contextlib.chdir(cwd or Path()), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                run()
            except SystemExit as leaving:
                code = leaving.code if isinstance(leaving.code, int) else 1
    finally:
        sys.argv, sys.stdin = before
    return Outcome(code, out.buffer.getvalue(), err.buffer.getvalue().decode())


def clean_environment(home: Path, **more: str) -> dict[str, str]:
    """Return an environment without settings of this process, offline, with its caches below `home`."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "HF_", "COLUMNS", "SOURCE_DATE", "COV_", "COVERAGE"))
    }
    return {**kept, "HF_HOME": str(home / "hf"), "HF_HUB_OFFLINE": "1", "PYTHONPATH": str(ROOT), **more}


def python_process(*arguments: Argument, cwd: Path, env: dict[str, str] | None = None) -> Outcome:
    """Run Python in a process of its own, away from the checkout."""
    done = subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=cwd,
        env=env or clean_environment(cwd),
        capture_output=True,
        check=False,
        timeout=120,
    )
    return Outcome(done.returncode, done.stdout, done.stderr.decode())


def curate_process(*arguments: Argument, cwd: Path, env: dict[str, str] | None = None) -> Outcome:
    """Run `curate` in a process of its own."""
    return python_process("-m", "curation.cli", *arguments, cwd=cwd, env=env)


def shown_on(terminal: int) -> bytes:
    """Read what is printed on a terminal until it ends, and close our side of it."""
    shown = b""
    try:
        while chunk := os.read(terminal, 4096):
            shown += chunk
    except OSError:  # how a terminal ends on Linux
        pass
    finally:
        os.close(terminal)
    return shown


def tree(folder: Path) -> dict[str, bytes | None]:
    """Return everything below a folder: the bytes of files, None for folders, the target of links."""
    found: dict[str, bytes | None] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            found[name] = b"-> " + os.fsencode(path.readlink())
        else:
            found[name] = path.read_bytes() if path.is_file() else None
    return found
