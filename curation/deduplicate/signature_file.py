"""The file of one batch: its sets of hashes, a digest of each, and their band keys.

All numbers are little-endian and eight bytes wide:

    mark        "NEARSET2"; another one where hashes, keys or the order of the parts change
    header      words per n-gram, bands, rows of a band, n = sets, total = hashes
    offsets     [n + 1]
    digests     [n]
    keys        [bands, n]: one band is read with one seek
    hashes      [total]
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curation.atomic import write_whole
from curation.deduplicate.hashing import ShingleSets
from curation.deduplicate.minhash import band_keys, set_digests

__all__ = ["Layout", "SignatureFile", "read_at", "write_signatures"]

_MARK = b"NEARSET2"
_HEADER = struct.Struct("<8s5Q")
_WIDTH = 8  # bytes


@dataclass(frozen=True, slots=True)
class Layout:
    """What all files of a store have in common.

    Attributes:
        size: Words per n-gram.
        bands: Keys for each set.
        rows: Permutations for each key.
    """

    size: int
    bands: int
    rows: int


def write_signatures(path: Path, sets: ShingleSets, layout: Layout) -> None:
    """Write the file of a batch, whole or not at all; the same sets give the same bytes.

    Raises:
        OutputError: The file cannot be written.
    """
    header = _HEADER.pack(_MARK, layout.size, layout.bands, layout.rows, len(sets), len(sets.hashes))
    parts = (sets.offsets, set_digests(sets), band_keys(sets, layout.bands, layout.rows), sets.hashes)

    def write(partial: Path) -> None:
        with partial.open("wb") as file:
            file.write(header)
            for part in parts:
                # not `tofile`, which does not say why it fails
                file.write(np.ascontiguousarray(part, f"<{part.dtype.kind}{_WIDTH}").data)

    write_whole(path, write)


def read_at(file: int, start: int, kind: str, count: int) -> NDArray[Any]:
    """Read numbers from a place of an open file.

    Args:
        file: Its descriptor.
        start: Bytes before the first number.
        kind: The numbers' type.
        count: How many.

    Raises:
        OSError: The file ends before them.
    """
    wanted = count * np.dtype(kind).itemsize
    data = os.pread(file, wanted, start)
    while len(data) < wanted:  # one call gives 2 GiB at most
        more = os.pread(file, wanted - len(data), start + len(data))
        if not more:
            raise OSError("a signature file has become shorter while it was read")
        data += more
    return np.frombuffer(data, kind)


class SignatureFile:
    """Reads the file of a batch, part by part.

    Args:
        path: A file of `write_signatures`.
        layout: What it was written with.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is no such file, a torn one, or was written with another layout.
    """

    def __init__(self, path: Path, layout: Layout) -> None:
        self.path = path
        with path.open("rb") as file:
            header = file.read(_HEADER.size)
            length = os.fstat(file.fileno()).st_size
        if len(header) < _HEADER.size or not header.startswith(_MARK):
            raise ValueError(f"{path.name} is no file of signatures, or of another version")
        _, size, bands, rows, self.rows, self.total = _HEADER.unpack(header)
        if layout != Layout(size, bands, rows):
            raise ValueError(f"{path.name} holds {size}-grams in {bands} bands of {rows}, not {layout}")
        self._digests = _HEADER.size + _WIDTH * (self.rows + 1)
        self._keys = self._digests + _WIDTH * self.rows
        self._hashes = self._keys + _WIDTH * self.rows * bands
        whole = self._hashes + _WIDTH * self.total
        if length != whole:
            raise ValueError(f"{path.name} is torn: {length} bytes of {whole}")

    @contextmanager
    def _opened(self) -> Iterator[int]:
        with self.path.open("rb", buffering=0) as file:
            yield file.fileno()

    def lengths(self) -> NDArray[np.int64]:
        """Return the size of each set; shape [rows].

        Raises:
            ValueError: The sizes do not fit the file.
        """
        with self._opened() as file:
            offsets = read_at(file, _HEADER.size, "<i8", self.rows + 1).astype(np.int64, copy=False)
        lengths = np.diff(offsets)
        if offsets[0] != 0 or offsets[-1] != self.total or (lengths < 0).any():
            raise ValueError(f"{self.path.name} is torn: its sets do not fit its length")
        return lengths

    def digests(self) -> NDArray[np.uint64]:
        """Return the digest of each set; shape [rows]."""
        with self._opened() as file:
            return read_at(file, self._digests, "<u8", self.rows).astype(np.uint64, copy=False)

    def keys(self, band: int) -> NDArray[np.uint64]:
        """Return the keys of one band; shape [rows]."""
        with self._opened() as file:
            start = self._keys + _WIDTH * self.rows * band
            return read_at(file, start, "<u8", self.rows).astype(np.uint64, copy=False)

    def hashes(self, runs: list[tuple[int, int]]) -> Iterator[NDArray[np.uint64]]:
        """Yield runs of hashes.

        Args:
            runs: First and last + 1 of the hashes of each run.
        """
        with self._opened() as file:
            for first, last in runs:
                start = self._hashes + _WIDTH * first
                yield read_at(file, start, "<u8", last - first).astype(np.uint64, copy=False)
