"""MinHash of sets of hashes, in bands: which texts may be near-duplicates.

Two sets have the same least value under a random permutation with a chance of their Jaccard similarity s (Broder,
1997). `rows` permutations make a band; a pair is a candidate where it agrees in all of one band at least. Of pairs at s
that finds 1 - (1 - s^rows)^bands (Leskovec, Rajaraman, Ullman, "Mining of Massive Datasets", ch. 3.4.2), and what more
rows cost in permutations they save in candidates that are none.

Each permutation goes over each hash (no one-permutation hashing, which loses pairs of short texts): x -> x * a modulo
2^32 of the hash's lower half, with odd a, a bijection. The greatest value is the least one of the same permutation
reversed, so one pass gives two (Ji et al., "Min-max hash for Jaccard similarity", 2013). As the least and the greatest
are drawn without replacement, two sets agree in both less often than in two independent ones. The least stands in band
b and the greatest in band b + bands / 2 (rounded up), so that each band finds what the formula says, and all bands
together no less.

Such maps alone would not do for numbers with a pattern, but the hashes have none: on pairs at 0.71 to 0.75 of 4 to
1,000 hashes, the agreements of 64 of them had the mean of independent ones within 0.1 %, and their variance within 1 %
or less than that (two thirds of it for 4 hashes), and found as many pairs as the formula says within 0.04 %, or more.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from curation.deduplicate.hashing import ShingleSets, constants, mix

__all__ = ["BANDS", "NO_KEY", "ROWS", "band_keys", "banding", "set_digests"]

#: The key of an empty set in every band; no other set has it.
NO_KEY = 0

_FOUND = 0.997
_MOST_PERMUTATIONS = 256
_MOST_ROWS = 4

#: Hashes that are permuted at once: 256 KiB, which stay in the cache of a core (measured: the best of 2^13 to 2^18).
_BLOCK = 1 << 16


def banding(threshold: float) -> tuple[int, int]:
    """Choose bands and rows so that 99.7 % of the pairs at a similarity are found, and more of those above it.

    The most rows (4, 3 or 2) for which 256 permutations suffice, and as few bands as suffice: 16 of 4 for 0.75, 44 of
    3 for 0.5, 62 of 2 for 0.3. Below 0.211 they do not suffice: 128 bands of 2 then find 1 - (1 - threshold^2)^128,
    that is 99.5 % at 0.2 and 72 % at 0.1. One row is never enough, as every text that has a frequent n-gram as the
    least would be compared with every other.

    Args:
        threshold: Jaccard similarity, 0 < threshold <= 1.

    Returns:
        Bands, and rows of each.
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"a threshold of {threshold}")
    for rows in range(_MOST_ROWS, 1, -1):
        # products, not powers and logarithms: those differ between machines in the last digit
        agree = 1.0
        for _ in range(rows):
            agree *= threshold
        missed, bands = 1.0, 0
        while 1 - missed < _FOUND and bands <= _MOST_PERMUTATIONS:
            missed *= 1 - agree
            bands += 1
        if bands * rows <= _MOST_PERMUTATIONS:
            return bands, rows
    return _MOST_PERMUTATIONS // 2, 2


BANDS, ROWS = banding(0.75)


def band_keys(sets: ShingleSets, bands: int = BANDS, rows: int = ROWS) -> NDArray[np.uint64]:
    """Return a key of each set for each band; sets whose keys agree in a band may be near-duplicates.

    Args:
        sets: n sets of hashes.
        bands: Keys for each set.
        rows: Permutations for each key.

    Returns:
        Shape [bands, n]; `NO_KEY` for empty sets.
    """
    # of each permutation the least value goes into one band and the greatest into another
    halves = (bands + 1) // 2
    factors = np.array(constants("permutation factor", halves * rows), np.uint64).astype(np.uint32)
    salts = np.array(constants("band", bands), np.uint64)[:, None]
    keys = np.full((bands, len(sets)), NO_KEY, np.uint64)
    for filled, starts, whole in _blocks(sets):
        hashes = whole.astype(np.uint32)
        permuted = np.empty_like(hashes)
        extremes = np.empty((2, halves * rows, len(filled)), np.uint32)
        for number, factor in enumerate(factors):
            np.multiply(hashes, factor, out=permuted)
            np.minimum.reduceat(permuted, starts, out=extremes[0, number])
            np.maximum.reduceat(permuted, starts, out=extremes[1, number])
        # [row of a band, band, set]
        values = extremes.reshape(-1, rows, len(filled)).transpose(1, 0, 2)[:, :bands]
        key = np.repeat(salts, len(filled), axis=1)
        for value in values:
            key += value
            mix(key)
        keys[:, filled] = np.maximum(key, NO_KEY + 1)
    return keys


def set_digests(sets: ShingleSets) -> NDArray[np.uint64]:
    """Return a 64-bit hash of each whole set: the mixed sum of its hashes, which are mixed themselves.

    Two different ones of 3 million sets have the same with a chance of (3 * 10^6)^2 / 2^65 = 3 * 10^-7.

    Args:
        sets: n sets of hashes.

    Returns:
        Shape [n]; 0 for empty sets.
    """
    found = np.zeros(len(sets), np.uint64)
    for filled, starts, hashes in _blocks(sets):
        found[filled] = mix(np.add.reduceat(hashes, starts))
    return found


def _blocks(sets: ShingleSets) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint64]]]:
    """Yield runs of sets that are not empty: their numbers, where each begins in the run's hashes, and those."""
    filled = np.flatnonzero(np.diff(sets.offsets))
    # their hashes lie one after the other, as empty sets have none
    edges = np.append(sets.offsets[filled], sets.offsets[-1])
    first = 0
    while first < len(filled):
        last = int(np.searchsorted(edges, edges[first] + _BLOCK, side="right")) - 1
        last = max(last, first + 1)
        yield filled[first:last], edges[first:last] - edges[first], sets.hashes[edges[first] : edges[last]]
        first = last
