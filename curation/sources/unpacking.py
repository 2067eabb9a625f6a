"""The lines of a text file, packed or not, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa
from isal import igzip, isal_zlib

from curation.errors import Location, SourceError, SourceNotFoundError
from curation.sources.record_source import LONGEST_RECORD, RecordSource

__all__ = ["Lines", "LongLine", "UnpackError", "broken", "split_run", "unchanged", "unpacked_head"]

# Bytes that are read at once; where a packed file breaks off, what comes out of the last of them is lost.
_BLOCK: Final = 1 << 16
_MARK: Final = b"\xef\xbb\xbf"
# Bytes that are kept of a line that is too long; enough for the characters that a removed row shows.
_KEPT: Final = 1024
_InflateError: type[Exception] = isal_zlib.error  # type: ignore[assignment]  # to its types it is an instance


class UnpackError(Exception):
    """The file ends too early, or its bytes are not what was packed."""


@dataclass(frozen=True, slots=True)
class LongLine:
    """A line of more than `LONGEST_RECORD` bytes.

    Attributes:
        beginning: Its first bytes.
    """

    beginning: bytes


def broken(source: RecordSource, error: UnpackError, records: int) -> SourceError:
    """Return the error for a packed file that breaks off after so many records."""
    what = f"the {source.compression} file" if source.compression else "the file"
    return SourceError(
        f"{what} is cut off or damaged, after {records:,} {'record' if records == 1 else 'records'} ({error})",
        where=Location(source.shown),
        expected="a whole file",
        hint="fetch or pack it again",
    )


@contextmanager
def unchanged(source: RecordSource) -> Iterator[None]:
    """See that a file is not changed while it is read, as far as its size and time tell.

    Raises:
        SourceNotFoundError: It is gone.
        SourceError: It was changed.
    """
    before = _state(source)
    if before[0] != source.bytes:
        raise _changed(source)
    yield
    if _state(source) != before:
        raise _changed(source)


def _state(source: RecordSource) -> tuple[int, int]:
    try:
        found = source.path.stat()
    except OSError as error:
        raise SourceNotFoundError(
            f"the file cannot be read any more ({error.strerror})", where=Location(source.shown), hint="put it back"
        ) from error
    return found.st_size, found.st_mtime_ns


def _changed(source: RecordSource) -> SourceError:
    return SourceError(
        "the file was changed while it was read",
        where=Location(source.shown),
        expected=f"the {source.bytes:,} bytes with sha256 {source.sha256}",
        hint="wait until it is written, then run again",
    )


def unpacked_head(source: RecordSource, size: int) -> bytes:
    """Return the first bytes of a text file, unpacked.

    Raises:
        SourceError: They cannot be unpacked.
    """
    try:
        with _Unpacked(source) as stream:
            return stream.read(size)
    except UnpackError as error:
        raise broken(source, error, 0) from error


class _Unpacked:
    """A file as a stream of its unpacked bytes."""

    def __init__(self, source: RecordSource) -> None:
        self._source = source
        self._stack = ExitStack()

    def __enter__(self) -> _Unpacked:
        try:
            self._raw: Any = self._stack.enter_context(pa.OSFile(str(self._source.path)))
        except OSError as error:
            raise SourceNotFoundError(
                f"the file cannot be read ({error.strerror or error})",
                where=Location(self._source.shown),
                hint="check its permissions",
            ) from error
        self._stream: Any = self._raw
        # both take files of several parts, and say so when the last one is cut off
        if self._source.compression == "gzip":
            # in half of the time that Arrow takes
            unpacking = igzip.IGzipFile(fileobj=self._raw, mode="rb")  # type: ignore[no-untyped-call]  # it has no types
            self._stream = self._stack.enter_context(unpacking)
        elif self._source.compression:
            self._stream = self._stack.enter_context(pa.CompressedInputStream(self._raw, self._source.compression))
        return self

    def __exit__(self, *raised: object) -> None:
        self._stack.close()

    def read(self, size: int) -> bytes:
        try:
            return bytes(self._stream.read(size))
        except (OSError, EOFError, _InflateError, pa.ArrowException) as error:
            raise UnpackError(str(error).splitlines()[0]) from error

    @property
    def consumed(self) -> int:
        return int(self._raw.tell())


class Lines:
    """The lines of a text source without their line feeds; a byte order mark at the start is left out.

    A line of more than `LONGEST_RECORD` bytes comes as a `LongLine`, and is never held whole.

    Attributes:
        consumed: Bytes of the (packed) file that were read so far.
    """

    def __init__(self, source: RecordSource) -> None:
        self._source = source
        self.consumed = 0

    def __iter__(self) -> Iterator[bytes | LongLine]:
        """Read the file from its start, line by line.

        Raises:
            UnpackError: It is cut off or damaged.
            SourceError: It is gone, or was changed since it was opened.
        """
        for run in self.runs():
            yield from split_run(run)

    def runs(self) -> Iterator[bytes | LongLine]:
        """Read the file from its start, in runs of one or more lines with line feeds between them.

        Raises:
            UnpackError: It is cut off or damaged.
            SourceError: It is gone, or was changed since it was opened.
        """
        with unchanged(self._source):
            runs = self._marked_runs()
            first = next(runs, None)
            if first is None:
                return
            if isinstance(first, LongLine):
                yield LongLine(first.beginning.removeprefix(_MARK))
            else:
                yield first.removeprefix(_MARK)
            yield from runs

    def _marked_runs(self) -> Iterator[bytes | LongLine]:
        line = _Growing()
        with _Unpacked(self._source) as stream:
            while block := stream.read(_BLOCK):
                self.consumed = stream.consumed
                first, last = block.find(b"\n"), block.rfind(b"\n")
                if first < 0:
                    line.add(block)
                    continue
                line.add(block[:first])
                yield line.end()
                if first < last:
                    # a block is shorter than the longest line
                    yield block[first + 1 : last]
                line.add(block[last + 1 :])
            if line:
                yield line.end()


def split_run(run: bytes | LongLine) -> Sequence[bytes | LongLine]:
    """Return the lines of a run."""
    return [run] if isinstance(run, LongLine) else run.split(b"\n")


class _Growing:
    """A line that comes in pieces."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0

    def __bool__(self) -> bool:
        return self._size > 0

    def add(self, piece: bytes) -> None:
        too_long = self._size > LONGEST_RECORD
        self._size += len(piece)
        if not too_long:
            self._pieces.append(piece)
            if self._size > LONGEST_RECORD:
                self._pieces = [b"".join(self._pieces)[:_KEPT]]

    def end(self) -> bytes | LongLine:
        line = b"".join(self._pieces)
        result = LongLine(line) if self._size > LONGEST_RECORD else line
        self._pieces, self._size = [], 0
        return result
