"""Tests of cutting a source into lines."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.parse.lines import ContentLine, content_lines, is_blank_separated
from tests.profiles import examples

# line ends, blanks of all kinds, a byte order mark, letters of one to four bytes
TEXTS = st.text(alphabet="\r\n \t\u00a0\u3000\u2028\x0c\x85\ufeffaB.ö漢😀", max_size=60)


@examples(400)
@given(TEXTS)
def test_a_line_names_the_bytes_it_stands_on(text: str) -> None:
    content = text.encode()
    for line in content_lines(text):
        assert content[line.start : line.end].decode() == line.text
        assert line.text == line.text.strip() != ""


@examples(400)
@given(TEXTS)
def test_nothing_but_blanks_stands_between_lines(text: str) -> None:
    content = text.encode()
    end = 0
    for line in content_lines(text):
        assert line.start >= end
        assert content[end : line.start].decode().strip().strip("\ufeff").strip() == ""
        end = line.end
    assert content[end:].decode().strip().strip("\ufeff").strip() == ""


@examples(400)
@given(TEXTS)
def test_a_line_s_number_is_one_more_than_the_line_ends_before_it(text: str) -> None:
    for line in content_lines(text):
        before = text.encode()[: line.start].decode()
        assert line.number == len(re.findall(r"\r\n|\r|\n", before)) + 1


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_each_kind_of_line_end_gives_the_same_lines(newline: str) -> None:
    lines = list(content_lines(newline.join(["one", "", " two ", "three"])))
    assert [(line.number, line.text) for line in lines] == [(1, "one"), (3, "two"), (4, "three")]


def test_kinds_of_line_ends_may_be_mixed() -> None:
    lines = list(content_lines("one\r\n\rtwo\n\r\nthree"))
    assert [(line.number, line.text) for line in lines] == [(1, "one"), (3, "two"), (5, "three")]


@pytest.mark.parametrize("char", ["\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"])
def test_only_line_ends_end_a_line(char: str) -> None:
    assert [line.text for line in content_lines(f"left{char}right\n")] == [f"left{char}right"]


def test_a_byte_order_mark_at_the_start_belongs_to_no_line() -> None:
    assert list(content_lines("\ufeffone\n")) == [ContentLine(number=1, start=3, end=6, text="one")]
    assert list(content_lines("\ufeff  one")) == [ContentLine(number=1, start=5, end=8, text="one")]


def test_a_byte_order_mark_elsewhere_is_text() -> None:
    assert [line.text for line in content_lines("one\n\ufefftwo")] == ["one", "\ufefftwo"]


@pytest.mark.parametrize("text", ["", "\n", " \n\t\r\n", "\u00a0\n\u3000", "\ufeff", "\ufeff \n"])
def test_blanks_hold_no_line(text: str) -> None:
    assert list(content_lines(text)) == []


def test_offsets_count_bytes_and_not_characters() -> None:
    first, second = content_lines("漢字 \n\u00a0ö")
    assert (first.start, first.end) == (0, 6)
    assert (second.start, second.end) == (10, 12)


@pytest.mark.parametrize(
    ("text", "separated"),
    [
        ("a\nb\nc\nd", False),
        ("a\n\nb\n\nc", True),
        ("a\n \nb\n\u00a0\nc", True),
        ("a\n\nb\nc\nd", False),
        ("a\n\nb\n\nc\nd", True),
        ("a\n\nb\nc", False),
        ("a", False),
    ],
)
def test_a_page_is_blank_separated_if_most_neighbours_are(text: str, separated: bool) -> None:
    assert is_blank_separated(list(content_lines(text))) is separated
