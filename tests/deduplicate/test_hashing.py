"""Tests of n-gram sets by hash: the same sets as those of tuples of words, and the same hashes for good."""

from __future__ import annotations

import itertools
import random
import unicodedata
from collections import defaultdict
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.deduplicate import characters, hashing
from curation.deduplicate.hashing import ShingleSets, constants, shingle_sets
from curation.deduplicate.segments import alike, positions
from curation.deduplicate.similarity import Shingle, shingles
from tests.profiles import examples


def rows_of(sets: ShingleSets) -> list[list[int]]:
    return [part.tolist() for part in np.split(sets.hashes, sets.offsets[1:-1])] if len(sets) else []


def assert_same_sets(texts: list[str], size: int) -> None:
    """Hashes and n-grams are one to one, over all texts: so are sizes and all similarities."""
    found = rows_of(shingle_sets(pa.array(texts, pa.string()), size))
    expected = [shingles(text, size) for text in texts]
    assert [len(row) for row in found] == [len(grams) for grams in expected]
    assert all(row == sorted(set(row)) for row in found)
    # an n-gram is told by the texts it is in, so its hash must be in the same ones
    for count in (1, 2):
        for chosen in itertools.combinations(range(len(texts)), count):
            common = set.intersection(*(set(found[number]) for number in chosen))
            assert len(common) == len(frozenset.intersection(*(expected[number] for number in chosen)))
    assert len(set().union(*found)) == len(frozenset[Shingle]().union(*expected))


# combining marks, sharp s, dotted I, ligatures, digits and numbers of other scripts, emoji, letters beyond the BMP,
# characters that NFKC takes apart into words, a zero byte, separators
AWKWARD = (
    "aAbZz09_ \n-'.ßẞİıſKﬁﬃéÉ\u0301\u0308\u0345ǅΣςσ٣७²½Ⅷ①㎏漢字かナｱﾞ"
    "한글\u1100\u1161😀👩\u200d🔬\u0000\ufe0f𝒜𝟗𐐀𐐨𠀋\U000e0001ﷺ…·\u00a0\u2028\x7f\x80"
)
WORDS = [
    "the",
    "The",
    "straße",
    "STRASSE",
    "ﬁrst",
    "first",
    "e\u0301t",
    "ét",
    "x_1",
    "漢字",
    "\U0001d400b",
    "longerthaneight",
]

TEXTS = st.lists(
    st.one_of(
        st.text(max_size=40),
        st.text(alphabet=AWKWARD, max_size=40),
        st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join),
        st.lists(st.text(alphabet="ab", min_size=1, max_size=20), max_size=9).map("-".join),
    ),
    max_size=6,
)


@examples(400)
@given(TEXTS, st.integers(1, 6))
def test_the_sets_are_those_of_words(texts: list[str], size: int) -> None:
    assert_same_sets(texts, size)


def test_every_character_is_a_word_or_none_as_it_is_for_words() -> None:
    characters = [chr(point) for point in range(0x110000) if not 0xD800 <= point < 0xE000]
    texts = [
        f"a{''.join(f'{one}b' for one in characters[first : first + 64])}" for first in range(0, len(characters), 64)
    ]
    sizes = np.diff(shingle_sets(pa.array(texts), 1).offsets).tolist()
    assert sizes == [len(shingles(text, 1)) for text in texts]


def test_a_text_of_steady_characters_is_what_it_becomes() -> None:
    # all that Unicode has assigned, but for private use
    points = [*range(0x80, 0xD800), *range(0xF900, 0x34000), *range(0xE0000, 0xE0200)]
    steady = {chr(point) for point in points if characters._kind(chr(point)) & characters._STEADY}
    assert {*"–’éß²ﬁΣ漢\u0301\u1161ﾞ"} & steady == {*"–’é"}
    assert all(unicodedata.normalize("NFKC", one).casefold() == one for one in steady)
    # none is put in order by its class, and none is the second part of a character that has two
    assert not any(unicodedata.combining(one) for one in steady)
    parts = [unicodedata.decomposition(chr(point)).split() for point in points]
    assert steady.isdisjoint(chr(int(part[1], 16)) for part in parts if len(part) == 2 and part[0][0] != "<")
    assert steady.isdisjoint(map(chr, (*range(0x1161, 0x1176), *range(0x11A8, 0x11C3))))
    # nor does any change beside another one
    everything = "a".join(sorted(steady)) + "".join(sorted(steady))
    assert unicodedata.normalize("NFKC", everything).casefold() == everything


def test_each_character_of_the_awkward_is_told_from_the_others() -> None:
    assert_same_sets([f"x {one} {one}y z{one}z" for one in AWKWARD], 2)


def thue_morse(order: int) -> str:
    word = "a"
    for _ in range(order):
        word += word.translate(str.maketrans("ab", "ba"))
    return word


def test_words_on_which_polynomials_modulo_powers_of_two_collide_are_told_apart() -> None:
    words = [thue_morse(order) for order in range(14)]
    words += [word.translate(str.maketrans("ab", "ba")) for word in words]
    assert len(set(rows_of(shingle_sets(pa.array([" ".join(words)]), 1))[0])) == len(words)
    assert_same_sets([f"{one} {other}" for one, other in itertools.product(words[10:14], repeat=2)], 5)


def test_words_that_differ_in_one_place_or_in_the_order_of_their_parts_are_told_apart() -> None:
    parts = ["aaaaaaaa", "bbbbbbbb", "abababab", "aaaaaaab"]
    words = {"".join(chosen) + end for chosen in itertools.product(parts, repeat=4) for end in ("", "a", "aa")}
    words |= {"a" * place + "b" + "a" * (70 - place) for place in range(71)} | {"a" * length for length in range(1, 99)}
    assert shingle_sets(pa.array([" ".join(sorted(words))]), 1).offsets.tolist() == [0, len(words)]


def test_n_grams_that_differ_in_order_or_length_are_told_apart() -> None:
    texts = [" ".join(chosen) for length in range(1, 6) for chosen in itertools.product("abc", repeat=length)]
    sets = shingle_sets(pa.array(texts), 5)
    assert len(np.unique(sets.hashes)) == len(texts) == len(sets.hashes)


def test_a_word_ends_with_its_text() -> None:
    assert_same_sets(["ab", "", "cd", "é", "é", "", "", "f"], 1)
    assert_same_sets(["", ""], 5)


def test_a_text_is_as_long_as_it_likes() -> None:
    rng = random.Random(3)
    long = " ".join(str(rng.randrange(5000)) for _ in range(20000))
    assert_same_sets(["short one", long, "x" * 300_000, long[:60000], "漢" * 1000], 3)


# --- what the hashes are


def test_the_hashes_never_change() -> None:
    texts = pa.array(["We study lazy forests of straße and ΣΊΣΥΦΟΣ", "Two words", "…"])
    assert rows_of(shingle_sets(texts, 5)) == GOLDEN
    assert rows_of(shingle_sets(pa.array(["an internationalization"]), 1)) == GOLDEN_WORDS


def test_the_hashes_are_those_that_the_module_describes() -> None:
    text = "an internationalization of straße"
    factors, salts = constants("n-gram factor", 3), constants("n-gram length", 4)
    hashes = [token_by_hand(word.encode()) for word in ("an", "internationalization", "of", "strasse")]
    expected = [mixed(salts[3] + sum(hashes[at + k] * factors[k] for k in range(3))) for at in range(2)]
    assert rows_of(shingle_sets(pa.array([text]), 3)) == [sorted(expected)]
    short = mixed(salts[2] + sum(hashes[k] * factors[k] for k in range(2)))
    assert rows_of(shingle_sets(pa.array(["AN internationalization"]), 3)) == [[short]]


def mixed(value: int) -> int:
    value %= 2**64
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 % 2**64
    value = (value ^ value >> 27) * 0x94D049BB133111EB % 2**64
    return value ^ value >> 31


def token_by_hand(token: bytes) -> int:
    words = [int.from_bytes(token[at : at + 8], "little") for at in range(0, len(token), 8)]
    return sum(mixed(word) * (mixed(number) | 1 if number else 1) for number, word in enumerate(words)) % 2**64


GOLDEN: list[list[int]] = [
    [2739066886416518523, 4946263900767472185, 9530584626949794504, 14793054911212911656],
    [11810701325403418386],
    [],
]
GOLDEN_WORDS: list[list[int]] = [[9213849977643144682, 17760262414899704075]]


@examples(150)
@given(TEXTS, st.integers(1, 5), st.integers(1, 60))
def test_a_text_has_the_same_hashes_whatever_stands_beside_it(texts: list[str], size: int, block: int) -> None:
    whole = rows_of(shingle_sets(pa.array(texts, pa.string()), size))
    assert whole == [rows_of(shingle_sets(pa.array([text]), size))[0] for text in texts]
    chunks: Any = pa.chunked_array([texts[:2], [], texts[2:]], pa.large_string())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hashing, "_BLOCK", block)
        patch.setattr(hashing, "_PIECE", 3 * block)
        assert rows_of(shingle_sets(chunks, size)) == whole
        assert rows_of(shingle_sets(pa.array(["é before", *texts, "after"]).slice(1, len(texts)), size)) == whole


def test_any_kind_of_string_will_do_and_a_null_has_no_words() -> None:
    texts = ["one two", None, "three é", "", "one two"]
    expected = rows_of(shingle_sets(pa.array(["one two", "", "three é", "", "one two"]), 2))
    for array in (
        pa.array(texts),
        pa.array(texts, pa.large_string()),
        pa.array(texts, pa.string_view()),
        pa.array(texts).dictionary_encode(),
        pa.array(["x", *texts, "y"]).slice(1, 5),
    ):
        assert rows_of(shingle_sets(array, 2)) == expected
    # a null may have bytes
    hidden = pa.Array.from_buffers(
        pa.string(), 2, [pa.py_buffer(b"\x02"), pa.array([0, 3, 6], pa.int32()).buffers()[1], pa.py_buffer(b"abcdef")]
    )
    assert rows_of(shingle_sets(hidden, 1)) == [[], rows_of(shingle_sets(pa.array(["def"]), 1))[0]]


def test_no_texts_have_no_sets() -> None:
    for none in (pa.array([], pa.string()), pa.chunked_array([], pa.string())):
        sets = shingle_sets(none, 5)
        assert (sets.offsets.tolist(), sets.hashes.tolist(), len(sets)) == ([0], [], 0)


def test_n_grams_need_a_word() -> None:
    with pytest.raises(ValueError, match="n-grams of 0 words"):
        shingle_sets(pa.array(["a"]), 0)


# --- rows in one array


def test_rows_of_similar_lengths_come_together_and_every_row_once() -> None:
    lengths = np.array([0, 3, 100_000, 7, 8191, 8193, 5, 0, 60_000, 8192] + [200] * 2000)
    groups = list(alike(lengths))
    assert sorted(np.concatenate(groups).tolist()) == np.flatnonzero(lengths).tolist()
    by_width: dict[bool, list[int]] = defaultdict(list)
    for group in groups:
        by_width[len(group) > 1].append(len(group) * int(lengths[group].max()))
    assert max(by_width[True]) <= 1 << 16
    assert max(by_width[False]) == 100_000


def test_positions_of_rows() -> None:
    assert positions(np.array([5, 0, 9]), np.array([2, 0, 3])).tolist() == [5, 6, 9, 10, 11]
