"""The difference of two texts, word by word."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from curation.diff.words import diff_words, marked
from tests.profiles import examples

TEXTS = st.text("ab .,-\nÜ\u0301[]{}+", max_size=30) | st.lists(st.sampled_from(["one", "two ", " ", ". "])).map(
    "".join
)


@examples(300)
@given(TEXTS, TEXTS)
@example("a " * 1600, "b " * 1600)
@example("a " * 5000, "a " * 4999 + "b")
@example("word " * 300 + "end", "start " + "word " * 300)
@example("", "")
def test_the_pieces_give_both_texts_back(old: str, new: str) -> None:
    pieces = diff_words(old, new)
    assert "".join(before for _, before, _ in pieces) == old
    assert "".join(after for _, _, after in pieces) == new
    assert all((before == after) == (kind == "same") for kind, before, after in pieces)
    kinds = [kind for kind, _, _ in pieces]
    assert all(kind != following for kind, following in itertools.pairwise(kinds))


@pytest.mark.parametrize("words", [10, 400])
def test_one_word_changed_is_one_piece_however_long_the_text(words: int) -> None:
    text = [f"word{number}" for number in range(words)]
    other = [*text[:5], "changed", *text[6:]]
    pieces = diff_words(" ".join(text), " ".join(other))
    assert [piece for piece in pieces if piece[0] == "changed"] == [("changed", "word5", "changed")]


def test_two_words_far_apart_are_two_pieces_in_a_long_text() -> None:
    text = [f"word{number} the" for number in range(300)]
    other = list(text)
    other[20], other[280] = "one the", "two the"
    changed = [piece for piece in diff_words(" ".join(text), " ".join(other)) if piece[0] == "changed"]
    assert changed == [("changed", "word20", "one"), ("changed", "word280", "two")]


def test_in_one_line_the_changes_stand_between_words_that_stayed() -> None:
    assert marked("A naive model", "A naïve model") == "A [-naive-]{+naïve+} model"
    assert marked("A model", "A small model") == "A {+small +}model"
    assert marked("A small model", "A model") == "A [-small -]model"
    assert marked("", "all new") == "{+all new+}"


def test_in_one_line_long_runs_that_stayed_are_cut() -> None:
    stayed = "x" * 100
    line = marked(f"{stayed} old {stayed} old {stayed}", f"{stayed} new {stayed} new {stayed}", around=10)
    assert line == f"…{'x' * 9} [-old-]{{+new+}} {'x' * 9}…{'x' * 9} [-old-]{{+new+}} {'x' * 9}…"
