"""Tests of MinHash: bands by threshold, keys that never change, and how many pairs they find."""

from __future__ import annotations

import numpy as np
import pytest

from curation.deduplicate import minhash
from curation.deduplicate.hashing import ShingleSets, constants
from curation.deduplicate.minhash import BANDS, NO_KEY, ROWS, band_keys, banding, set_digests
from curation.deduplicate.segments import offsets_of


def sets_of(rows: list[list[int]]) -> ShingleSets:
    hashes = np.array([value for row in rows for value in sorted(row)], np.uint64)
    return ShingleSets(offsets_of(np.array([len(row) for row in rows], np.int64)), hashes)


def drawn(rng: np.random.Generator, count: int) -> list[int]:
    return [int(value) for value in rng.integers(0, 2**64, count, np.uint64)]


@pytest.mark.parametrize(
    ("threshold", "expected"), [(0.2, (128, 2)), (0.3, (62, 2)), (0.5, (44, 3)), (0.75, (16, 4)), (1.0, (1, 4))]
)
def test_bands_by_threshold(threshold: float, expected: tuple[int, int]) -> None:
    assert banding(threshold) == expected


def test_a_pair_at_the_threshold_is_found_at_least_997_times_of_1000() -> None:
    for threshold in np.linspace(0.22, 1, 157).tolist():
        bands, rows = banding(threshold)
        assert 1 - (1 - threshold**rows) ** bands >= 0.997 - 1e-12
        assert bands * rows <= 256
        # and one band less would not do
        assert bands == 1 or 1 - (1 - threshold**rows) ** (bands - 1) < 0.997
    assert banding(0.75) == (BANDS, ROWS)


@pytest.mark.parametrize("threshold", [0.0, -1.0, 1.01, float("nan")])
def test_a_threshold_is_above_0_and_at_most_1(threshold: float) -> None:
    with pytest.raises(ValueError, match="a threshold of"):
        banding(threshold)


def test_keys_and_digests_never_change() -> None:
    sets = sets_of([[1, 2, 3], [], [2**64 - 1]])
    keys = band_keys(sets, 2, 3)
    assert keys.tolist() == GOLDEN_KEYS
    assert set_digests(sets).tolist() == GOLDEN_DIGESTS


GOLDEN_KEYS: list[list[int]] = [
    [17699853133707494455, 0, 17110841355116920313],
    [13514221865290398350, 0, 4363825548188102506],
]
GOLDEN_DIGESTS: list[int] = [15093541023163888492, 0, 13029008266876403067]


def test_of_each_permutation_the_least_and_the_greatest_value_stand_in_two_bands() -> None:
    # one set without, one with another hash: the keys that differ are those in which that one is an extreme
    hashes = np.random.default_rng(4).integers(0, 2**32, 50, np.uint64)
    factors = [value % 2**32 for value in constants("permutation factor", 3)]
    ranks = np.array([[value * factor % 2**32 for value in hashes.tolist()] for factor in factors])
    for left_out in range(50):
        rest = np.delete(hashes, left_out).tolist()
        keys = band_keys(sets_of([hashes.tolist(), rest]), 5, 1)
        least, greatest = ranks.argmin(axis=1) == left_out, ranks.argmax(axis=1) == left_out
        assert (keys[:, 0] != keys[:, 1]).tolist() == [*least.tolist(), *greatest.tolist()][:5]


def test_an_empty_set_has_no_key_and_any_other_one() -> None:
    keys = band_keys(sets_of([[], [5], [], [], [0], []]))
    assert keys.shape == (BANDS, 6)
    assert (keys[:, [0, 2, 3, 5]] == NO_KEY).all()
    assert (keys[:, [1, 4]] != NO_KEY).all()
    assert band_keys(sets_of([])).shape == (BANDS, 0)
    assert band_keys(sets_of([[]])).tolist() == [[NO_KEY]] * BANDS


def test_keys_do_not_depend_on_what_stands_beside(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    rows = [drawn(rng, count) for count in (3, 0, 50, 1, 7, 0, 20)]
    keys, digests = band_keys(sets_of(rows)), set_digests(sets_of(rows))
    for number, row in enumerate(rows):
        assert band_keys(sets_of([row]))[:, 0].tolist() == keys[:, number].tolist()
        assert set_digests(sets_of([row])).tolist() == [digests[number]]
    monkeypatch.setattr(minhash, "_BLOCK", 10)
    assert np.array_equal(band_keys(sets_of(rows)), keys)
    assert np.array_equal(set_digests(sets_of(rows)), digests)


def test_equal_sets_agree_in_all_bands_and_others_in_none() -> None:
    rng = np.random.default_rng(2)
    rows = [drawn(rng, 100) for _ in range(200)]
    keys = band_keys(sets_of([*rows, *rows]))
    assert np.array_equal(keys[:, :200], keys[:, 200:])
    assert len(np.unique(keys)) == BANDS * 200
    digests = set_digests(sets_of([*rows, *rows]))
    assert np.array_equal(digests[:200], digests[200:])
    assert len(np.unique(digests)) == 200


@pytest.mark.parametrize(("union", "common"), [(8, 6), (100, 75), (300, 225), (100, 50), (100, 30)])
def test_pairs_are_found_as_often_as_the_formula_says(union: int, common: int) -> None:
    rng = np.random.default_rng(3)
    rows = []
    for _ in range(2000):
        values = drawn(rng, union)
        middle = (union + common) // 2
        rows += [values[:middle], values[middle - common :]]
    keys = band_keys(sets_of(rows))
    agree = keys[:, ::2] == keys[:, 1::2]
    # four standard deviations
    band = (common / union) ** ROWS
    assert agree.mean() == pytest.approx(band, abs=4 * (band * (1 - band) / agree.size) ** 0.5)
    found = 1 - (1 - band) ** BANDS
    assert agree.any(axis=0).mean() == pytest.approx(found, abs=4 * (found * (1 - found) / 2000) ** 0.5)
