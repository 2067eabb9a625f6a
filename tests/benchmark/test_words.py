"""Words in one spelling, and finding texts that have words in common, against plain definitions of both."""

from __future__ import annotations

import random
import re
import unicodedata
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.benchmark.leaks import may_stand, query_in_document
from curation.benchmark.words import GRAM, Words, grams, number, row, sharing, spelled, standing
from tests.profiles import examples

# scripts without blanks, as in `curation/benchmark/words.py`
SPACELESS = "\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
PIECES = [
    "a",
    "B",
    " ",
    ".",
    "_",
    "-",
    "é",
    "e\u0301",
    "\u0338",
    "\u00ad",
    "™",
    "½",
    "ﬁ",
    "ß",
    "İ",
    "\u3000",
    "漢",
    "가",
    "ไทย",
]
TEXTS = st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
#: Few words, so that texts have many n-grams in common, and some several times.
SENTENCES = st.lists(st.sampled_from(["a", "b", "É", "漢字", "x-y"]), max_size=16).map(" ".join)


def plainly_spelled(text: str) -> Words:
    """The whole text at once: fold it, take marks and what is not seen out of it, and find the words."""
    folded = unicodedata.normalize("NFKD", text).casefold()
    seen = "".join(one for one in folded if unicodedata.category(one) not in {"Mn", "Mc", "Me", "Cf"})
    return tuple(re.findall(rf"[{SPACELESS}]|[^\W_{SPACELESS}]+", seen))


@examples(300)
@given(TEXTS)
def test_a_text_is_spelled_in_pieces_as_in_one(text: str) -> None:
    assert spelled(text) == plainly_spelled(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ()),
        ("The _BERT_-like model's F1", ("the", "bert", "like", "model", "s", "f1")),
        ("Schrödinger\u00a0Bru\u0308cken", ("schrodinger", "brucken")),
        ("in\u00advisible\u200b marks", ("invisible", "marks")),
        ("漢字 and ﬁne", ("漢", "字", "and", "fine")),
        ("\ud800a lone surrogate", ("a", "lone", "surrogate")),
    ],
)
def test_words_of_known_texts(text: str, expected: Words) -> None:
    assert spelled(text) == expected


@examples(100)
@given(st.lists(TEXTS, max_size=6))
def test_equal_words_have_equal_numbers(texts: list[str]) -> None:
    found = number(texts)
    words = [spelled(text) for text in texts]
    assert np.diff(found.offsets).tolist() == [len(one) for one in words]
    assert found.texts.tolist() == [at for at, one in enumerate(words) for _ in one]
    pairs = set(zip(found.numbers.tolist(), (word for one in words for word in one), strict=True))
    assert len(pairs) == len({left for left, _ in pairs}) == len({right for _, right in pairs})


@examples(100)
@given(st.lists(st.tuples(SENTENCES, st.integers(-1, 2), st.integers(-1, 2)), max_size=8))
def test_how_much_of_a_text_stands_in_its_group(texts: list[tuple[str, int, int]]) -> None:
    asked, known = (np.array([text[at] for text in texts], np.int64) for at in (1, 2))
    shares = standing(number([text for text, _, _ in texts]), asked, known)
    for (text, group, _), share in zip(texts, shares, strict=True):
        there = {word for other, _, part in texts if part == group for word in spelled(other)} if group >= 0 else set()
        words = spelled(text)
        assert share == sum(word in there for word in words) / max(len(words), 1)


@examples(100)
@given(SENTENCES, st.lists(SENTENCES, max_size=3))
def test_no_query_that_stands_in_a_document_is_missed(query: str, parts: list[str]) -> None:
    maybe = may_stand(number([query, *parts]), np.array([0] + [-1] * len(parts)), np.array([-1] + [0] * len(parts)))
    assert maybe == {0} or not query_in_document(query, " ".join(parts))


def shared(left: Words, right: Words) -> int:
    """How often an n-gram of the one is one of the other."""
    counts = [Counter(zip(*(words[start:] for start in range(GRAM)), strict=False)) for words in (left, right)]
    return sum(times * counts[1][gram] for gram, times in counts[0].items())


@examples(100)
@given(st.lists(st.tuples(st.integers(0, 2), SENTENCES), max_size=8), st.integers(1, 9))
def test_texts_of_different_sides_that_share_n_grams(texts: list[tuple[int, str]], least: int) -> None:
    texts = sorted(texts)
    sides, words = [side for side, _ in texts], [spelled(text) for _, text in texts]
    found = sharing(number([text for _, text in texts]), np.array(sides, np.int64), least)
    expected = [
        (left, right)
        for left in range(len(texts))
        for right in range(len(texts))
        if sides[left] < sides[right]
        and shared(words[left], words[right])
        >= max(min(least, *(max(len(words[one]) - GRAM + 1, 1) for one in (left, right))), 1)
    ]
    assert found == expected
    for left, right in ((left, right) for left in range(len(texts)) for right in range(len(texts))):
        if sides[left] < sides[right] and len(grams(words[left]) & grams(words[right])) >= least:
            assert (left, right) in found


def test_two_of_many_texts_that_share_a_run_are_found() -> None:
    chance = random.Random(0)
    texts = [" ".join(f"w{chance.randint(0, 10**6)}" for _ in range(40)) for _ in range(300)]
    texts[200] = " ".join([*texts[200].split()[:20], *texts[7].split()[10:18], *texts[200].split()[20:]])
    sides = np.repeat([0, 1], [100, 200])
    assert sharing(number(texts), sides, 4) == [(7, 200)]
    assert sharing(number(texts), sides, 5) == []


def test_words_in_a_row_have_blanks_around() -> None:
    assert row(("a", "b")) == " a b "
    assert row(()) == "  "
    assert grams(("a",) * 4) == frozenset()
    assert grams(("a",) * 7) == {("a",) * 5}
