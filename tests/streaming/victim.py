"""Builds in processes of their own that are stopped at a chosen moment, and what they did until then."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from curation.engines import LocalEngine
from curation.errors import CurationError
from curation.release.build import build
from curation.streaming.workspace import work_folder
from tests.forkserver import CONTEXT

# a build loads these when it needs them; here once for all, before the processes are forked
import curation.charts  # isort: skip
import curation.streaming  # noqa: F401  isort: skip

__all__ = ["PASSES", "Parts", "Stop", "child_build", "done_parts", "running_in", "steps_of", "until"]

# Folders of parts, in the order of the passes.
PASSES = ("rows", "merged", "papers", "tables")

Parts = dict[str, tuple[int, int]]
"""Inode and time of each part that is done, as `rows/000003`."""


@dataclass(frozen=True, slots=True)
class Stop:
    """When a build is stopped: as something is about to appear, or to go away, that fits a pattern.

    Attributes:
        at: What the path of a renamed or removed file or folder must contain; a regular expression.
        after: How many of them must stand beside it already.
        how: `group` kills all processes of the build, `parent` the one that was started, `worker` the one that does it,
            `interrupt` is Ctrl-C, `interrupt twice` too, `wait` goes on when there is a file `go` beside the release.
    """

    at: str
    after: int = 0
    how: str = "group"


class _Hook:
    """Writes down each part that appears, and stops the build.

    Args:
        out: Where the release is to be.
        steps: Where the names of parts go.
        stop: When to stop; None for never.
    """

    def __init__(self, out: Path, steps: Path, stop: Stop | None) -> None:
        self._top = str(out.parent.absolute())
        self._steps = os.open(steps, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._stop = stop
        self._parent = os.getpid()

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event not in {"os.rename", "os.remove", "os.rmdir", "shutil.rmtree"}:
            return
        path = Path(os.fsdecode(arguments[1 if event == "os.rename" else 0])).absolute()
        if event == "os.rename" and path.name.isdigit() and path.parent.name in PASSES:
            os.write(self._steps, f"{path.parent.name}/{path.name}\n".encode())
        stop = self._stop
        if stop is None or not str(path).startswith(self._top):
            return
        if not re.search(stop.at, str(path).removeprefix(self._top)):
            return
        if sum(beside.name.isdigit() for beside in path.parent.iterdir()) < stop.after:
            return
        if stop.how == "wait":
            Path(self._top, "waiting").touch()
            while not Path(self._top, "go").exists():
                time.sleep(0.01)
            self._stop = None
        elif stop.how.startswith("interrupt"):
            self._interrupt(2 if stop.how == "interrupt twice" else 1)
        else:
            whom = {"group": -os.getpgid(0), "parent": self._parent, "worker": os.getpid()}[stop.how]
            os.kill(whom, signal.SIGKILL)
            time.sleep(60 if stop.how == "group" else 0)

    def _interrupt(self, times: int) -> None:
        """Tell the parent, so many times whatever process this is, the later ones while it ends."""
        for number in range(times):
            with contextlib.suppress(FileExistsError):
                Path(self._top, f"interrupt-{number}").touch(exist_ok=False)
                time.sleep(0.2 * number)
                os.kill(self._parent, signal.SIGINT)


def _build(sources: list[Path], out: Path, stop: Stop | None, engine: LocalEngine, more: Mapping[str, Any]) -> None:
    os.setsid()
    sys.addaudithook(_Hook(out, out.parent / "steps", stop))
    with (out.parent / "said").open("w", encoding="utf-8") as said, contextlib.redirect_stderr(said):
        try:
            build(sources, out=out, engine=engine, **{"labels": False, **more})
        except KeyboardInterrupt:
            sys.exit(130)
        except CurationError as error:
            print(error, file=said)
            sys.exit(error.exit_code)


@contextlib.contextmanager
def child_build(
    sources: list[Path],
    out: Path,
    *,
    stop: Stop | None = None,
    rows: int = 5,
    processes: int = 2,
    join: bool = True,
    seconds: float = 60,
    **more: Any,
) -> Iterator[BaseProcess]:
    """Start a build in a process that leads a group of its own, and see that none of the group is left behind.

    Args:
        sources: Record files and pages.
        out: Where the release is to be; what the build says goes into `said` beside it, the parts it makes into
            `steps`.
        stop: When it is stopped.
        rows: Of a batch.
        processes: Of the build.
        join: Whether to wait for its end first.
        seconds: How long it may take.
        more: Other arguments of `build`.
    """
    (out.parent / "steps").unlink(missing_ok=True)
    child = CONTEXT.Process(target=_build, args=(sources, out, stop, LocalEngine(rows, processes), more))
    child.start()
    assert child.pid is not None
    try:
        if join:
            child.join(seconds)
            assert child.exitcode is not None, "the build does not end"
        yield child
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.join()


def steps_of(out: Path) -> list[str]:
    """The parts that the last build made, in the order they appeared."""
    return (out.parent / "steps").read_text(encoding="utf-8").split()


def done_parts(out: Path) -> Parts:
    """The parts that are done: inode and time of each one's folder and files."""
    found: Parts = {}
    for kind in PASSES:
        folder = work_folder(out) / kind
        for part in sorted(folder.iterdir()) if folder.is_dir() else []:
            if part.name.isdigit():
                for path in (part, *part.rglob("*")):
                    name = f"{kind}/{path.relative_to(folder)}"
                    found[name] = (path.stat().st_ino, path.stat().st_mtime_ns)
    return found


def running_in(group: int) -> list[int]:
    """The processes of a group that run, by the kernel's own list."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(fields[2]) == group and fields[0] != "Z":
                    found.append(int(entry.name))
    return found


def until(holds: Any, seconds: float = 30.0) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it does not come"
        time.sleep(0.01)
