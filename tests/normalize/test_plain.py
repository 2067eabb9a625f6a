"""Repairs of plain text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.normalize.edits import Replacement, apply
from curation.normalize.plain import (
    find_blanks,
    find_decomposed,
    find_glued_sentences,
    find_joined_links,
    find_line_breaks,
    find_mojibake,
)
from curation.normalize.prose import Finder
from tests.profiles import examples


@pytest.mark.parametrize(
    ("find", "text", "expected"),
    [
        (find_line_breaks, "one\ntwo\nthree", "one two three"),
        (find_line_breaks, "one  \r\n  two", "one two"),
        (find_line_breaks, "a paragraph\n\nand another", "a paragraph\n\nand another"),
        (find_line_breaks, "\nat the edges\n", "\nat the edges\n"),
        (find_line_breaks, "one line", "one line"),
        (find_decomposed, "Schro\u0308dinger of A\u030angstro\u0308m", "Schr\u00f6dinger of \u00c5ngstr\u00f6m"),
        (find_decomposed, "na\u00efve \ufb01ne \u00b2 ö", "na\u00efve \ufb01ne \u00b2 ö"),
        (find_blanks, " a\u00a0b  c\td\n", "a b c d"),
        (find_blanks, "a b", "a b"),
        (find_mojibake, "the SchrÃ¶dinger bridge", "the Schrödinger bridge"),
        (find_mojibake, "itâ€™s so â€œgoodâ€\x9d", "it’s so “good”"),
        (find_mojibake, "Schrödinger, “quoted” – ÃO and São", "Schrödinger, “quoted” – ÃO and São"),
        (find_mojibake, "a control \x85 character", "a control \x85 character"),
        (find_joined_links, "at [https://a.org/b||https://a.org/b].", "at https://a.org/b."),
        (find_joined_links, "at [https://a.org||https://b.org]", "at https://a.org https://b.org"),
        (find_joined_links, "at [https://a.org|b], p(a||b) and [a||b]", "at [https://a.org|b], p(a||b) and [a||b]"),
        (find_glued_sentences, "best performance.We show", "best performance. We show"),
        (find_glued_sentences, "is it well-posed?However, we", "is it well-posed? However, we"),
        (find_glued_sentences, "Averaging (ASWA)and more", "Averaging (ASWA) and more"),
        *(
            (find_glued_sentences, text, text)
            for text in (
                "in Node.js and ASP.Net",
                "many of them, e.g.the first",
                "the map f(x)and its inverse",
                "models like model.The.Great",
                "the module torch.We",
                "see a.org/code.The rest",
                "of v1.We and x.In all",
                "an array.In(x)",
            )
        ),
    ],
)
def test_plain_text_is_repaired_where_it_is_certain(find: Finder, text: str, expected: str) -> None:
    assert apply(text, "rule", find(text))[0] == expected


@examples(150)
@given(st.lists(st.text(alphabet="ab.", min_size=1, max_size=6), min_size=2, max_size=30))
def test_lines_are_joined_by_one_edit_whatever_their_number(lines: list[str]) -> None:
    text = "\n".join(lines)
    joined, (edit,) = apply(text, "unwrap", find_line_breaks(text))
    assert joined == " ".join(lines)
    assert len(edit.offsets) == len(lines) - 2
    assert (edit.before, edit.after) == ("\n", " ")


def test_of_line_breaks_that_differ_the_commonest_are_joined_first() -> None:
    assert list(find_line_breaks("a\nb \nc\nd")) == [Replacement(1, 2, " ", (6,))]
