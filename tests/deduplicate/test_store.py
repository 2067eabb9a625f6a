"""Tests of near-duplicates by signatures on disk, against comparing every text with every other."""

from __future__ import annotations

import itertools
import random
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.deduplicate import candidates, set_reader
from curation.deduplicate.candidates import bucketed, pairs_within
from curation.deduplicate.similarity import jaccard, shingles
from curation.deduplicate.store import Pairs, SignatureStore
from tests.profiles import examples

Found = dict[tuple[int, int], float]


def written(folder: Path, batches: list[list[str]], size: int = 5, threshold: float = 0.75) -> SignatureStore:
    store = SignatureStore(folder, size=size, threshold=threshold)
    for number, texts in enumerate(batches):
        store.write(number, pa.array(texts, pa.string()))
    return store


def near_pairs(folder: Path, texts: list[str], size: int = 5, threshold: float = 0.75) -> Pairs:
    return written(folder, [texts], size, threshold).near_pairs([0])


def found_in(pairs: Pairs) -> Found:
    columns = (pairs.left.tolist(), pairs.right.tolist(), pairs.similarity.tolist())
    found = {(left, right): similarity for left, right, similarity in zip(*columns, strict=True)}
    assert list(found) == sorted(found)
    assert len(found) == len(pairs.left)
    assert all(left < right for left, right in found)
    return found


def by_hand(texts: list[str], size: int, threshold: float) -> tuple[Found, list[int]]:
    sets = [shingles(text, size) for text in texts]
    group = [sets.index(grams) if grams else number for number, grams in enumerate(sets)]
    pairs = {
        (one, other): similarity
        for one, other in itertools.combinations(sorted(set(group)), 2)
        if (similarity := jaccard(sets[one], sets[other])) >= threshold
    }
    return pairs, group


def changed(words: list[str], count: int, rng: random.Random) -> list[str]:
    """The same words with one run of them replaced by new ones: count + 4 of the 5-grams are lost."""
    first = rng.randrange(4, len(words) - count - 3)
    return [*words[:first], *(f"new{rng.randrange(10**9)}" for _ in range(count)), *words[first + count :]]


def test_pairs_from_75_percent_on_are_found_and_no_others(tmp_path: Path) -> None:
    rng = random.Random(0)
    texts = []
    for number in range(2000):
        words = [f"w{rng.randrange(20000)}" for _ in range(104)]
        # of 100 5-grams each: 88 to 86 are common, 0.786 to 0.754 of all; every fourth time 85 or 84, 0.739 and 0.724
        count = rng.choice([10, 9, 8]) if number % 4 else rng.choice([11, 12])
        texts += [" ".join(words), " ".join(changed(words, count, rng))]
    order = rng.sample(range(len(texts)), len(texts))
    place = {text: number for number, text in enumerate(order)}
    expected: Found = {}
    for text in range(0, len(texts), 2):
        similarity = jaccard(shingles(texts[text], 5), shingles(texts[text + 1], 5))
        assert similarity == pytest.approx(0.755, abs=0.032)
        if similarity >= 0.75:
            one, other = sorted((place[text], place[text + 1]))
            expected[one, other] = similarity
    assert len(expected) == 1500
    found = found_in(near_pairs(tmp_path, [texts[number] for number in order]))
    assert found.items() <= expected.items()
    assert len(found) >= 0.99 * len(expected)


SHORT = st.lists(st.lists(st.sampled_from(["a", "B", "c", "é", "-"]), max_size=7).map(" ".join), max_size=12)


@examples(150)
@given(SHORT, st.integers(1, 3), st.sampled_from([0.3, 1 / 3, 0.5, 2 / 3, 0.75, 1.0]), st.integers(0, 12))
def test_what_is_found_is_exact_however_rows_are_divided(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], size: int, threshold: float, cut: int
) -> None:
    folder = tmp_path_factory.mktemp("store")
    pairs = near_pairs(folder, texts, size, threshold)
    expected, group = by_hand(texts, size, threshold)
    found = found_in(pairs)
    assert pairs.group.tolist() == group
    assert found.items() <= expected.items()
    # the chance to find a pair is 99.7 % at the threshold, and its examples are the same on every run
    assert len(expected) - len(found) <= 1 + len(expected) // 10
    divided = written(folder, [texts[:cut], [], texts[cut:]], size, threshold).near_pairs([0, 1, 2])
    assert found_in(divided) == found
    assert divided.group.tolist() == group


def test_thousands_of_copies_are_one_group(tmp_path: Path) -> None:
    withdrawn = "This paper has been withdrawn by the author due to an error in the main theorem of it"
    texts = [f"{withdrawn} now", *[withdrawn] * 5000, *["..."] * 5000, f"{withdrawn.upper()}!"]
    pairs = near_pairs(tmp_path, texts)
    assert found_in(pairs) == {(0, 1): 14 / 15}
    assert pairs.group.tolist() == [0, *[1] * 5000, *range(5001, 10001), 1]


def template(number: int, length: int) -> str:
    """Texts that differ in their last words: of 21 words, 17 - length 5-grams are common."""
    common = [f"common{place}" for place in range(21 - length)]
    return " ".join([*common, *(f"own{number}x{place}" for place in range(length))])


@pytest.mark.parametrize("portion", [1 << 19, 1000])
def test_every_pair_of_a_large_bucket_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, portion: int) -> None:
    monkeypatch.setattr(candidates, "_PORTION", portion)
    monkeypatch.setattr(set_reader, "_COMPARED", 10 * portion)
    texts = [template(number, 1) for number in range(300)]
    assert found_in(near_pairs(tmp_path, texts)) == dict.fromkeys(itertools.combinations(range(300), 2), 16 / 18)
    texts = [template(number, 4) for number in range(300)]
    assert found_in(near_pairs(tmp_path, texts)) == {}


@pytest.mark.parametrize("threshold", [0.4, 0.75])
def test_the_near_ones_of_many_similar_texts_are_found(tmp_path: Path, threshold: float) -> None:
    rng = random.Random(4)
    words = [f"common{place}" for place in range(60)]
    texts = [" ".join([*words, *(f"own{rng.randrange(9)}" for _ in range(rng.randrange(30)))]) for _ in range(250)]
    expected, group = by_hand(texts, 5, threshold)
    pairs = near_pairs(tmp_path, texts, 5, threshold)
    assert pairs.group.tolist() == group
    found = found_in(pairs)
    assert found.items() <= expected.items()
    assert len(found) >= 0.99 * len(expected)


def test_a_long_text_is_compared_too(tmp_path: Path) -> None:
    words = [str(number) for number in range(30_000)]
    texts = [" ".join(words), " ".join(words[:26_000]), " ".join(words[:12_000]), "short"]
    assert found_in(near_pairs(tmp_path, texts)) == {(0, 1): 25_996 / 29_996}


@examples(100)
@given(st.lists(st.integers(0, 5), max_size=40), st.integers(1, 5), st.integers(1, 30))
def test_every_pair_with_a_key_comes_once(keys: list[int], side: int, portion: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(candidates, "_SIDE", side)
        patch.setattr(candidates, "_PORTION", portion)
        portions = list(pairs_within(bucketed(np.array(keys, np.uint64))))
    pairs = [pair for left, right in portions for pair in zip(left.tolist(), right.tolist(), strict=True)]
    expected = [(one, other) for one, other in itertools.combinations(range(len(keys)), 2) if keys[one] == keys[other]]
    assert sorted(pairs) == expected


def test_progress_is_told_by_band(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    written(tmp_path, [["a b"], ["a c"]]).near_pairs([0, 1], tell=lambda done, of: told.append((done, of)))
    assert told == [(band, 16) for band in range(1, 17)]


def test_no_batches_and_no_texts_have_no_pairs(tmp_path: Path) -> None:
    store = written(tmp_path, [[], ["one two three"]])
    for numbers, group in (([], []), ([0], []), ([0, 1, 0], [0])):
        pairs = store.near_pairs(numbers)
        assert (found_in(pairs), pairs.group.tolist()) == ({}, group)
        assert [part.dtype.str for part in (pairs.left, pairs.similarity, pairs.group)] == ["<i8", "<f8", "<i8"]


# --- files


def test_a_file_has_the_same_bytes_each_time_in_any_process(tmp_path: Path) -> None:
    texts = pa.array([f"text {number} of {number % 7} é" for number in range(50)])
    store = SignatureStore(tmp_path, size=2, threshold=0.5)
    store.write(3, texts)
    first = store.path(3).read_bytes()
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        pool.submit(store.write, 3, pa.chunked_array([texts.slice(0, 20), texts.slice(20)])).result()
    assert store.path(3).read_bytes() == first
    assert [path.name for path in tmp_path.iterdir()] == [store.path(3).name]


def test_a_torn_file_is_refused(tmp_path: Path) -> None:
    store = written(tmp_path, [["one two three four five six"] * 3, ["seven eight"]])
    whole = store.path(0).read_bytes()
    for length in (0, 5, 40, 48, 100, len(whole) - 8, len(whole) - 1):
        store.path(0).write_bytes(whole[:length])
        with pytest.raises(ValueError, match=r"signatures-000000\.bin (is torn|is no file of signatures)"):
            store.near_pairs([0, 1])
    store.path(0).write_bytes(whole + b"x")
    with pytest.raises(ValueError, match="is torn"):
        store.near_pairs([1, 0])
    store.path(0).write_bytes(whole[:48] + b"\1" + whole[49:])
    with pytest.raises(ValueError, match="is torn: its sets"):
        store.near_pairs([0])
    store.path(0).write_bytes(b"PAR1" + whole[4:])
    with pytest.raises(ValueError, match="is no file of signatures, or of another version"):
        store.near_pairs([0])
    store.path(0).write_bytes(whole)
    assert store.near_pairs([0]).group.tolist() == [0, 0, 0]


def test_a_file_that_shrinks_while_it_is_read_is_refused(tmp_path: Path) -> None:
    store = written(tmp_path, [[template(0, 1), template(1, 1)]])

    def cut(done: int, _of: int) -> None:
        if done == 1:
            store.path(0).write_bytes(store.path(0).read_bytes()[:60])

    with pytest.raises(OSError, match="has become shorter"):
        store.near_pairs([0], tell=cut)


def test_files_of_other_n_grams_or_bands_and_missing_ones_are_refused(tmp_path: Path) -> None:
    written(tmp_path, [["one two"]])
    others: list[dict[str, Any]] = [{"size": 4, "threshold": 0.75}, {"size": 5, "threshold": 0.5}]
    for other in others:
        with pytest.raises(ValueError, match="holds 5-grams in 16 bands of 4"):
            SignatureStore(tmp_path, **other).near_pairs([0])
    with pytest.raises(FileNotFoundError):
        SignatureStore(tmp_path, size=5, threshold=0.75).near_pairs([0, 1])
