"""Near-duplicates among millions of texts: signatures on disk, candidates by band, each verified exactly."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from curation.deduplicate.candidates import bucketed, pairs_within
from curation.deduplicate.hashing import shingle_sets
from curation.deduplicate.minhash import banding
from curation.deduplicate.segments import offsets_of
from curation.deduplicate.set_reader import SetReader
from curation.deduplicate.signature_file import Layout, SignatureFile, read_at, write_signatures

__all__ = ["Pairs", "SignatureStore"]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Near-duplicates among n rows.

    Rows with the same set are a group, and only its representative stands in pairs: a thousand copies are one group,
    not half a million pairs. Two rows are near where their group is the same, with similarity 1, or where their groups'
    representatives are a pair. A row with an empty set is alone in its group and near to none.

    Attributes:
        left: Lower row of each pair, ascending; shape [pairs].
        right: Higher row of each pair, ascending for each left one; shape [pairs].
        similarity: Exact Jaccard similarity, the float that `similarity.jaccard` gives; shape [pairs].
        group: Representative of each row: the first with the same set; shape [n].
    """

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    similarity: NDArray[np.float64]
    group: NDArray[np.int64]


def _say_nothing(_done: int, _of: int) -> None:
    """Take progress and tell nobody."""


class SignatureStore:
    """Sets and band keys of batches on disk: one file for each batch.

    Batches can be written by any number of processes. What `near_pairs` finds does not depend on how the rows were
    divided. A pair at the threshold is found with a chance of 99.7 % (`minhash.banding`), one above it with a greater
    one; what is found has its exact similarity, but for collisions of 64-bit hashes.

    Args:
        folder: Where the files are; it must exist.
        size: Words per n-gram.
        threshold: Jaccard similarity of near-duplicates, 0 < threshold <= 1.
    """

    def __init__(self, folder: Path, *, size: int, threshold: float) -> None:
        self.folder = folder
        self.threshold = threshold
        self._layout = Layout(size, *banding(threshold))

    def path(self, number: int) -> Path:
        """Return the place of a batch's file."""
        return self.folder / f"signatures-{number:06d}.bin"

    def write(self, number: int, texts: pa.Array | pa.ChunkedArray) -> None:
        """Write the file of a batch, whole or not at all; the same texts give the same bytes.

        Args:
            number: The batch.
            texts: Its texts.

        Raises:
            OutputError: The file cannot be written.
        """
        write_signatures(self.path(number), shingle_sets(texts, self._layout.size), self._layout)

    def near_pairs(self, numbers: Sequence[int], *, tell: Callable[[int, int], None] = _say_nothing) -> Pairs:
        """Find the pairs of rows whose similarity reaches the threshold.

        Memory: about 110 bytes for each row and 50 for each pair that is found, and 100 MiB, whatever the sizes of sets
        and buckets. The files are read, never mapped, since mapped pages count as memory in use. Distinct texts that
        are all near to one another are still m * (m - 1) / 2 pairs: all of them are verified and returned.

        Args:
            numbers: Batches; rows are numbered through in this order.
            tell: Called after each band with the bands that are done and the bands there are.

        Raises:
            FileNotFoundError: A batch was not written.
            ValueError: A file is torn, or of a store with other n-grams or bands.
        """
        sets = SetReader([SignatureFile(self.path(number), self._layout) for number in numbers])
        group = _groups(sets.digests(), sets.lengths)
        rows = np.flatnonzero((group == np.arange(len(group))) & (sets.lengths > 0))
        # pairs as left * n + right: one number each, that sorts as they do
        codes, similarity = [np.empty(0, np.int64)], [np.empty(0)]
        with tempfile.TemporaryFile(dir=self.folder) as labels:
            for band in range(self._layout.bands):
                buckets = bucketed(sets.keys(band)[rows])
                label = np.zeros(len(rows), np.int32)
                label[buckets.rows] = np.repeat(np.arange(1, len(buckets.counts) + 1, dtype=np.int32), buckets.counts)
                labels.write(label.data)  # not `tofile`, which does not say why it fails
                labels.flush()
                for portion in pairs_within(buckets):
                    left, right = (rows[side] for side in _unseen(labels.fileno(), band, len(rows), *portion))
                    left, right, near = self._near(sets, left, right)
                    codes.append(left * len(group) + right)
                    similarity.append(near)
                tell(band + 1, self._layout.bands)
        return _sorted(codes, similarity, group)

    def _near(
        self, sets: SetReader, left: NDArray[np.int64], right: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Return the pairs that reach the threshold, with their similarity."""
        one, other = sets.lengths[left], sets.lengths[right]
        # no more can be common than the smaller set has
        possible = np.minimum(one, other) / np.maximum(one, other) >= self.threshold
        left, right, both = left[possible], right[possible], (one + other)[possible]
        common = sets.common(left, right, self.threshold)
        similarity = common / (both - common)
        near = similarity >= self.threshold
        return left[near], right[near], similarity[near]


def _sorted(codes: list[NDArray[np.int64]], similarity: list[NDArray[np.float64]], group: NDArray[np.int64]) -> Pairs:
    """Put the pairs into order; portions are given up as soon as they are joined."""
    code = np.concatenate(codes)
    codes.clear()
    order = np.argsort(code)
    code = code[order]
    near = np.concatenate(similarity)
    similarity.clear()
    near = near[order]
    del order
    left = code // len(group)
    code -= left * len(group)
    return Pairs(left, code, near, group)


def _groups(digests: NDArray[np.uint64], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for each row the first one with the same set; an empty set is alone."""
    group = np.arange(len(digests))
    rows = np.flatnonzero(lengths > 0)
    buckets = bucketed(digests[rows])
    if len(buckets.counts):
        members = rows[buckets.rows]
        group[members] = np.repeat(members[offsets_of(buckets.counts)[:-1]], buckets.counts)
    return group


def _unseen(
    labels: int, band: int, count: int, left: NDArray[np.int64], right: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Leave out the pairs that met in an earlier band.

    The buckets of earlier bands are read again for each portion: the pairs met so far would have no bound.

    Args:
        labels: Descriptor of a file with the bucket of each row, 0 for none, for one band after the other.
        band: Bands before this one are looked at.
        count: Rows.
        left: Lower row of each pair.
        right: Higher row of each pair.
    """
    for earlier in range(band if len(left) else 0):
        label = read_at(labels, 4 * count * earlier, "i4", count)
        one = label[left]
        unseen = (one != label[right]) | (one == 0)
        if not unseen.all():
            left, right = left[unseen], right[unseen]
    return left, right
