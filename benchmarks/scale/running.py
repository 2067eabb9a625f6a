"""Running the runners: each repetition in a fresh process, in alternating order, its memory watched from outside."""

from __future__ import annotations

import json
import os
import platform
import re
import statistics
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

__all__ = ["HERE", "Runner", "RunnerError", "last_line", "machine", "measured", "run", "save", "summary"]

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results"
_EVERY = 0.2
_FOLDERS = re.compile(r"(?:/[-\w.@]+)+/")


class RunnerError(Exception):
    """A runner failed, or printed no result."""


@dataclass(frozen=True, slots=True)
class Runner:
    """A command that prints a result, without its input and output.

    Attributes:
        name: What it is called in the tables.
        command: Interpreter and script.
        options: What comes after input and output.
        rounds: How often it is run at most; None for as often as asked for.
        needs: File without which it cannot be run, such as a peer's interpreter.
    """

    name: str
    command: tuple[str, ...]
    options: tuple[str, ...] = ()
    rounds: int | None = None
    needs: Path | None = None

    @property
    def available(self) -> bool:
        """Whether it can be run."""
        return self.needs is None or self.needs.exists()


def run(runner: Runner, source: Path, out: Path, *, timeout: float | None = None) -> dict[str, Any]:
    """Run a runner once and return what it printed, with the memory of all its processes.

    Raises:
        RunnerError: It failed or took too long.
    """
    command = [*runner.command, str(source), str(out), *runner.options]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "TOKENIZERS_PARALLELISM": "false"}
    errors = out.with_suffix(".stderr")
    with errors.open("wb") as told:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=told, env=environment)
        watch = _Watch(process.pid)
        try:
            output, _ = process.communicate(timeout=timeout)
        except BaseException as error:
            _end(process)
            if isinstance(error, subprocess.TimeoutExpired):
                raise RunnerError(f"{runner.name}: not done after {timeout} s") from None
            raise
        finally:
            watch.stop()
    if process.returncode:
        text = errors.read_text(encoding="utf-8", errors="replace")
        # results are published: names of files will do, where they are is nobody's business
        raise RunnerError(f"{runner.name}: {_FOLDERS.sub('', text)[-800:]}")
    result = last_line(output.decode("utf-8", "replace"))
    return result | {"peak_kib": max(result["peak_kib"], watch.peak), "peak_sum_kib": watch.total}


def last_line(output: str) -> dict[str, Any]:
    """Return the result that a runner printed last.

    Raises:
        RunnerError: There is none.
    """
    for line in reversed(output.splitlines()):
        if line.startswith("{"):
            try:
                result = json.loads(line)
            except ValueError:
                break
            if isinstance(result, dict) and {"peer", "task", "records", "seconds", "peak_kib"} <= result.keys():
                return result
            break
    raise RunnerError(f"no line with a result in: {output[-400:]!r}")


def measured(
    runners: Sequence[Runner],
    source: Path,
    folder: Path,
    *,
    rounds: int,
    timeout: float | None = None,
    tell: Callable[[str], None] = print,
) -> tuple[dict[str, list[dict[str, Any]]], dict[str, str]]:
    """Run all runners `rounds` times, every other round from the last to the first.

    Returns:
        The results of each, and why some have none.
    """
    found: dict[str, list[dict[str, Any]]] = {runner.name: [] for runner in runners if runner.available}
    missing = {one.name: "its environment could not be had" for one in runners if not one.available}
    for turn in range(rounds):
        for number, runner in list(enumerate(runners))[:: 1 if turn % 2 == 0 else -1]:
            if runner.name in missing or turn >= (runner.rounds or rounds):
                continue
            try:
                result = run(runner, source, folder / f"{number}.json", timeout=timeout)
            except RunnerError as error:
                missing[runner.name] = str(error)
                tell(str(error))
                continue
            found[runner.name].append(result)
            tell(f"{runner.name}: {result['seconds']:.2f} s, {result['peak_kib'] / 1024:,.0f} MiB")
    return {name: results for name, results in found.items() if results}, missing


def summary(results: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return least and median seconds of the repetitions, the records per second of the median, and the most memory."""
    seconds = [result["seconds"] for result in results]
    middle = statistics.median(seconds)
    records = results[0]["records"]
    return {
        "records": records,
        "rounds": len(results),
        "seconds_min": min(seconds),
        "seconds_median": middle,
        "total_seconds_median": statistics.median(result["total_seconds"] for result in results),
        "records_per_second": records / middle,
        "peak_kib": max(result["peak_kib"] for result in results),
        "peak_sum_kib": max(result.get("peak_sum_kib", result["peak_kib"]) for result in results),
        "kept": results[0]["kept"],
        "removed": results[0]["removed"],
        "workers": results[0].get("workers", 1),
        "versions": results[0].get("versions", {}),
    }


def machine() -> dict[str, Any]:
    """Return what a reader must know of the machine; no name, no path."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        models = [line for line in info.read_text(encoding="utf-8").splitlines() if line.startswith("model name")]
        cpu = models[0].partition(":")[2].strip() if models else cpu
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cpu": cpu,
        "cores": os.cpu_count(),
        "memory_gib": round(memory / 2**30),
        "system": platform.system(),
        "python": platform.python_version(),
        "libraries": {name: metadata.version(name) for name in ("pyarrow", "numpy", "pandas", "datasets")},
        "date": datetime.now(UTC).date().isoformat(),
    }


def save(name: str, result: Mapping[str, Any], to: Path | None = None) -> Path:
    """Write a result file; return where it is."""
    path = to or RESULTS / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return path


def command(script: str, python: Path | None = None) -> tuple[str, ...]:
    """Return how a script of this folder is run, by our own Python unless another one is named."""
    return (str(python or sys.executable), str(HERE / script))


class _Watch:
    """Looks at a process and all below it several times a second."""

    def __init__(self, pid: int) -> None:
        self.peak = self.total = 0
        self._pid = pid
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._done.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._done.wait(_EVERY):
            family = _family(self._pid)
            sizes = [_memory(pid) for pid in family]
            self.peak = max([self.peak, *(high for high, _ in sizes)])
            self.total = max(self.total, sum(now for _, now in sizes))


def _family(pid: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            continue
        children.setdefault(parent, []).append(int(folder.name))
    found = [pid]
    for one in found:
        found += children.get(one, [])
    return found


def _memory(pid: int) -> tuple[int, int]:
    """Return the highest resident memory of a process so far and its own share of it now, in KiB."""
    high = now = 0
    try:
        for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                high = int(line.split()[1])
            elif line.startswith("RssAnon:"):
                now = int(line.split()[1])
    except OSError:
        return 0, 0
    return high, now


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a runner and the processes below it that are still there."""
    for pid in reversed(_family(process.pid)):
        try:
            os.kill(pid, 9)
        except ProcessLookupError:
            continue
    with process:  # closes its pipe
        process.wait()
