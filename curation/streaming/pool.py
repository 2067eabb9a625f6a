"""A process for each core: the same function over many parts, with few of them in memory at a time."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import multiprocessing
import os
import pickle
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa

from curation.errors import CurationError

__all__ = ["Pool", "available_cores", "open_pool"]

Item = TypeVar("Item")
Result = TypeVar("Result")
Work = Callable[[Any, Item], Result]

# Parts handed out beyond those being worked on, so that no process waits for the next one.
_AHEAD = 1
# Of `mallopt`: how much free memory a process keeps, and how large a column is that gets memory of its own, which is
# given back at once (the largest that can be set). Fresh memory costs as much as what is done with it.
_TRIM_THRESHOLD = (-1, 256 << 20)
_MMAP_THRESHOLD = (-3, 32 << 20)
_context: Any = None


def available_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Pool:
    """Runs a function over parts, in this process or in several.

    Args:
        context: What every call is given beside its part.
        executor: The processes; None to work in this one.
        processes: How many there are.
    """

    def __init__(self, context: Any, executor: ProcessPoolExecutor | None, processes: int) -> None:
        self._context, self._executor, self._processes = context, executor, processes

    def run(
        self, work: Work[Item, Result], items: Iterable[Item], *, spool: Path | None = None
    ) -> Iterator[tuple[Item, Result]]:
        """Yield each part with what the function made of it, as they are done.

        Args:
            work: A function of a module, given the context and a part.
            items: The parts; they are taken one by one as there is room.
            spool: A folder that parts of megabytes go through: a pipe takes several times as long.

        Raises:
            CurationError: A process died (others' errors are raised as they are).
        """
        if self._executor is None:
            for item in items:
                yield item, work(self._context, item)
            return
        waiting: dict[Future[Result], Item] = {}
        try:
            for item in items:
                if spool is None:
                    future = self._executor.submit(_call, work, item)
                else:
                    future = self._executor.submit(_call_spooled, work, _spooled(item, spool))
                waiting[future] = item
                if len(waiting) > self._processes + _AHEAD:
                    yield from _finished(waiting)
        except BrokenProcessPool as error:
            raise _killed() from error
        yield from self._collect(waiting)

    def start(self, work: Work[Item, Result], items: Sequence[Item]) -> Iterator[tuple[Item, Result]]:
        """Hand out a few parts at once, and yield them as `run` does, so that this process can work meanwhile."""
        if self._executor is None:
            return self.run(work, items)
        waiting = {self._executor.submit(_call, work, item): item for item in items}
        return self._collect(waiting)

    def _collect(self, waiting: dict[Future[Result], Item]) -> Iterator[tuple[Item, Result]]:
        try:
            while waiting:
                yield from _finished(waiting)
        except BrokenProcessPool as error:
            raise _killed() from error
        finally:
            for future in waiting:
                future.cancel()


def _killed() -> CurationError:
    return CurationError(
        "a worker process was killed, perhaps because memory ran out",
        hint="run the same command again: it goes on from what is done; fewer processes need less memory",
    )


def _finished(waiting: dict[Future[Any], Any]) -> Iterator[tuple[Any, Any]]:
    for future in wait(waiting, return_when=FIRST_COMPLETED).done:
        item = waiting.pop(future)
        yield item, future.result()


def _call(work: Work[Item, Result], item: Item) -> Result:
    try:
        return work(_context, item)
    finally:
        gc.collect()


def _spooled(item: Any, folder: Path) -> Path:
    """Put a part into a file, hidden as what a killed build leaves behind is."""
    with tempfile.NamedTemporaryFile(prefix=".", dir=folder, delete=False, buffering=0) as file:
        pickle.dump(item, file)
    return Path(file.name)


def _call_spooled(work: Work[Item, Result], path: Path) -> Result:
    with path.open("rb", buffering=0) as file:
        item = pickle.load(file)  # noqa: S301  written by this build a moment ago
    path.unlink(missing_ok=True)  # nor is it there when the build has failed
    return _call(work, item)


@contextlib.contextmanager
def open_pool(context: Any, processes: int) -> Iterator[Pool]:
    """Start the processes; they end with this, and with the process that started them however it ends.

    Args:
        context: What every call is given beside its part.
        processes: How many; with 1 the work is done in this process.
    """
    if processes < 2:
        before = _keep_memory()
        try:
            yield Pool(context, None, 1)
        finally:
            pa.set_memory_pool(before)
        return
    # a forked process has all libraries and the context at once; elsewhere than on Linux forking is not safe
    processes_of = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    theirs, ours = processes_of.Pipe(duplex=False)
    with theirs, ours:
        executor = ProcessPoolExecutor(processes, processes_of, initializer=_begin, initargs=(context, theirs, ours))
        try:
            yield Pool(context, executor, processes)
        except KeyboardInterrupt:
            ours.close()  # they end in the middle of a part: a second Ctrl-C while they are waited for would hang
            raise
        finally:
            executor.shutdown(wait=True, cancel_futures=True)


def _begin(context: Any, theirs: Connection, ours: Connection) -> None:
    global _context  # noqa: PLW0603  one for the life of a worker process
    _context = context
    ours.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent is told, and ends the workers
    pa.set_cpu_count(1)  # the cores are taken by processes
    _keep_memory()
    with contextlib.suppress(AttributeError, OSError, TypeError):  # elsewhere than in glibc there is no such thing
        libc = ctypes.CDLL(None)
        for option in (_TRIM_THRESHOLD, _MMAP_THRESHOLD):
            libc.mallopt(*option)
    # what was there before the work is no garbage, and what a part leaves behind is collected when it is done
    gc.freeze()
    gc.disable()
    threading.Thread(target=_end_with, args=(theirs,), daemon=True).start()


def _keep_memory() -> pa.MemoryPool:
    """Have one step take what another gave back, where Arrow's own pool gives it to the system; return the old pool."""
    before = pa.default_memory_pool()
    pa.set_memory_pool(pa.system_memory_pool())
    return before


def _end_with(theirs: Connection) -> None:
    """End this process when the other end of the pipe is closed, or gone with the process that had it."""
    with contextlib.suppress(EOFError, OSError):
        theirs.recv_bytes()
    os._exit(1)
