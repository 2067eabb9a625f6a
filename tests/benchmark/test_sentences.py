"""Tests of sentences as spans: nothing is lost, and a full stop inside a sentence ends none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.benchmark.sentences import sentence_spans
from tests.profiles import examples

PIECES = st.sampled_from(
    ["A ", "b", ". ", "! ", "? ", "\n", " ", "e.g. ", "J. ", "Fig. 2", "(", ")", '"', "“", "”", "3", "É", "x.Y ", "…"]
)


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One here. Two there! Three? 4 is it.", ["One here.", "Two there!", "Three?", "4 is it."]),
        (
            "By Fig. 3 and e.g. Smith et al. Then J. Smith came.",
            ["By Fig. 3 and e.g. Smith et al. Then J. Smith came."],
        ),
        ("It is so (see Eq. 2). We go.", ["It is so (see Eq. 2).", "We go."]),
        ("He said “yes.” They left.", ["He said “yes.”", "They left."]),
        ("no capital. after it. And one", ["no capital. after it.", "And one"]),
        ("It ends (“Here”). “There” it begins.", ["It ends (“Here”).", "“There” it begins."]),
        ("Wait... What?! Yes.", ["Wait...", "What?!", "Yes."]),
        ("of 0.5. And so\n\non.\n Next.", ["of 0.5.", "And so\n\non.", "Next."]),
        ("  Blank around.  ", ["Blank around."]),
        (" \n", []),
        ("", []),
        ("v1.Two", ["v1.Two"]),
        ("It is so (as in Fig.) Two more. FIGS. 1 and 2", ["It is so (as in Fig.) Two more.", "FIGS. 1 and 2"]),
        ("The best. 2 x ≤ 3al. A", ["The best.", "2 x ≤ 3al. A"]),
        (f"He came.{'”' * 80} Next", [f"He came.{'”' * 80}", "Next"]),
        ("We thank Dr. Who and Mr. Spock. They came.", ["We thank Dr. Who and Mr. Spock.", "They came."]),
        ("An approx. Gaussian. Compare cf. Others", ["An approx. Gaussian.", "Compare cf. Others"]),
    ],
)
def test_sentences_of_known_texts(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@examples(200)
@given(st.one_of(st.text(), st.lists(PIECES, max_size=30).map("".join)))
def test_what_lies_between_sentences_is_white_space(text: str) -> None:
    spans = sentence_spans(text)
    ends = [0, *(end for _, end in spans)]
    starts = [*(start for start, _ in spans), len(text)]
    for end, start in zip(ends, starts, strict=True):
        assert end <= start
        assert not text[end:start].strip()
    for sentence in sentences(text):
        assert sentence
        assert sentence == sentence.strip()
