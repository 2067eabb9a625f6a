"""Tests of pairing titles with abstracts."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.parse.pairing import Pair, Single, is_cut_off, looks_like_abstract, pair_lines
from tests.captures import CAPTURES, Capture
from tests.listing_pages import abstracts, records, titles
from tests.profiles import examples

Records = tuple[tuple[str, str], ...]

TITLE = "Sparse Kernels for Drifting Streams"
OTHER_TITLE = "When Do Forests Help? Evidence from Four Clinics"
# 203 characters, shorter than any real abstract
ONE_SENTENCE = (
    "This note shows that the constant in the bound of the previous paper can be halved, which settles a question that"
    " was left open there and simplifies the proof of its second theorem in every case but one."
)


def flat(pairs: Records) -> list[str]:
    return list(itertools.chain.from_iterable(pairs))


def cut(parts: list[Pair | Single]) -> list[tuple[int, ...]]:
    return [(part.title, part.abstract) if isinstance(part, Pair) else (part.line,) for part in parts]


@examples(300)
@given(st.lists(st.one_of(st.text(min_size=1, max_size=300), titles, abstracts), max_size=12))
def test_every_line_is_used_exactly_once_and_in_order(texts: list[str]) -> None:
    used = [index for part in cut(pair_lines(texts)) for index in part]
    assert used == list(range(len(texts)))


@examples(100)
@given(records(least=1, most=8))
def test_alternating_lines_are_paired(pairs: Records) -> None:
    assert pair_lines(flat(pairs)) == [Pair(2 * number, 2 * number + 1) for number in range(len(pairs))]


@examples(200)
@given(records(least=2, most=8), st.data())
def test_a_missing_line_leaves_its_partner_alone_and_shifts_nothing(pairs: Records, data: st.DataObject) -> None:
    lines = flat(pairs)
    gone = data.draw(st.integers(0, len(lines) - 1))
    expected: list[Pair | Single] = []
    for number in range(len(pairs)):
        first = 2 * number - (gone < 2 * number)
        expected.append(Single(first) if number == gone // 2 else Pair(first, first + 1))
    assert pair_lines(lines[:gone] + lines[gone + 1 :]) == expected


@examples(100)
@given(records(least=2, most=8), st.data())
def test_a_doubled_line_leaves_one_copy_alone(pairs: Records, data: st.DataObject) -> None:
    lines = flat(pairs)
    doubled = data.draw(st.integers(0, len(lines) - 1))
    parts = pair_lines([*lines[: doubled + 1], *lines[doubled:]])
    assert sum(isinstance(part, Single) for part in parts) == 1
    assert len(parts) == len(pairs) + 1


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda capture: capture.layout)
def test_every_real_line_looks_like_what_it_is(capture: Capture) -> None:
    for _, title, abstract, *_ in capture.records():
        assert not looks_like_abstract(title)
        assert looks_like_abstract(abstract)


@pytest.mark.parametrize(
    "abstract",
    [
        ONE_SENTENCE,
        f"{ONE_SENTENCE} See https://example.org/note",
        "Is the constant optimal? We show that it is not, and give a better one.",
    ],
)
def test_a_short_abstract_stays_with_its_title(abstract: str) -> None:
    usual = f"{ONE_SENTENCE} {ONE_SENTENCE}"
    lines = [OTHER_TITLE, usual, TITLE, abstract, OTHER_TITLE, usual]
    assert cut(pair_lines(lines)) == [(0, 1), (2, 3), (4, 5)]


@pytest.mark.parametrize("shown", [5, 20, 60, 120, 200])
def test_a_last_abstract_that_was_cut_off_stays_with_its_title(shown: int) -> None:
    usual = f"{ONE_SENTENCE} {ONE_SENTENCE}"
    assert cut(pair_lines([OTHER_TITLE, usual, TITLE, ONE_SENTENCE[:shown]])) == [(0, 1), (2, 3)]


def test_a_title_at_the_end_stays_alone() -> None:
    usual = f"{ONE_SENTENCE} {ONE_SENTENCE}"
    assert cut(pair_lines([OTHER_TITLE, usual, TITLE])) == [(0, 1), (2,)]


def test_no_lines_give_no_parts() -> None:
    assert pair_lines([]) == []


@pytest.mark.parametrize("end", [".", "?", "!", "…", '."', ".''", ".)", "?”", ".]", "!}"])
def test_a_sentence_s_end_is_seen_through_quotation_marks_and_brackets(end: str) -> None:
    assert not is_cut_off(f"We prove it{end}")


@pytest.mark.parametrize("end", ["", ",", ":", " -", " the", ")", "https://example.org/x"])
def test_a_text_without_a_sentence_s_end_is_cut_off(end: str) -> None:
    assert is_cut_off(f"We prove it{end}")
