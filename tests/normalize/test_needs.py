"""What rules look at before they look closely: nothing is missed."""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from ftfy.badness import is_bad
from hypothesis import given
from hypothesis import strategies as st

from curation.normalize.latex_rules import ALL_RULES, LATEX_RULES
from curation.normalize.plain import find_glued_sentences, find_line_breaks, is_badly_decoded
from curation.normalize.rules import Rule
from curation.normalize.tex_prose import find_ties
from tests.captures import CAPTURES
from tests.profiles import examples
from tests.promises.edited_texts import TEXTS

_ASKED = [rule for rule in (*ALL_RULES, *LATEX_RULES) if rule.needs is not None]
# Pieces of what `ftfy` knows, between letters and signs that it does not.
_DECODED = st.lists(
    st.sampled_from([*"aZ .,!?'\n\x1a\x85\x93", *"ÂÃâ€œŒ™×²³°à¼√±‚Äì‡вЂВГўØÙ¢¦¯fiıβΓΞā", "é", "漢", "some words "]),
    max_size=14,
).map("".join)


def _change_something(rule: Rule, text: str) -> bool:
    return any(text[one.start : one.end] != one.after for one in rule.find(text))


@examples(400)
@given(st.one_of(TEXTS, _DECODED))
def test_a_text_without_what_a_rule_needs_has_nothing_for_it(text: str) -> None:
    column = pa.array([text], pa.string())
    for rule in _ASKED:
        assert rule.needs is not None
        has_trigger = pc.match_substring_regex(column, rule.trigger)[0].as_py()
        if not (rule.needs(text) and has_trigger):
            assert not _change_something(rule, text), rule.id


@pytest.mark.parametrize("rule", _ASKED, ids=lambda rule: rule.id)
def test_an_example_has_what_its_rule_needs(rule: Rule) -> None:
    assert rule.needs is not None
    assert rule.needs(rule.example[0])


def test_real_lines_without_what_a_rule_needs_have_nothing_for_it() -> None:
    lines = [
        line for capture in CAPTURES for line in capture.path.read_text(encoding="utf-8").splitlines()[::7] if line
    ]
    for rule in _ASKED:
        assert rule.needs is not None
        triggered = pc.match_substring_regex(pa.array(lines, pa.string()), rule.trigger).to_pylist()
        for line, has_trigger in zip(lines, triggered, strict=True):
            if rule.needs(line) != has_trigger:
                assert not _change_something(rule, line), rule.id


@examples(600)
@given(st.one_of(_DECODED, TEXTS))
def test_wrongly_decoded_text_is_what_ftfy_says(text: str) -> None:
    assert is_badly_decoded(text) == is_bad(text)


# The patterns as one would write them; the finders look for what is rare first.
_BREAK = re.compile(r"(?<=\S)[ \t]*(?:\r\n|\r|\n)[ \t]*(?=\S)")
_TIE = re.compile(
    r"(?:[A-Za-z]{2}|\b[aAI]|[.,;:)\]}%”’])~(?=[A-Za-z]{2}(?![A-Za-z]*\()|a\b|[(\[{\\“‘])"
    r"|(?:\b(?:[Ff]igs?|[Ff]igures?|[Tt]ables?|[Ss]ecs?|[Ss]ections?|[Ee]qs?|[Ee]quations?|[Tt]heorems?|[Ll]emma"
    r"|[Cc]hapters?|[Aa]lgorithms?|[Aa]ppendix|al)\.?)~(?=\d)|[\w ]~(?=https?://|www\.)"
)
_GLUED = re.compile(
    r"(?<![\w/.@-])(?:[a-z]{3,}|[a-z]+-[a-z]{3,})[.!?](?=(?:We|The|In)(?:, | [a-z]))"
    r"|\([A-Z]{2,}\)(?=(?:and|or|is|are) )"
)
_SCRAPS = st.lists(
    st.sampled_from(
        [
            *"~~~.,) \t\r\nxaI1_-/(é",
            "de",
            "Fig",
            "figs.",
            "Algorithms.",
            "al.",
            "xal",
            "www.",
            "http://",
            "(F",
            "a",
            "method",
            "ab",
            "-posed",
            ".We ",
            "?The, ",
            "!In ",
            "(AB)",
            "(A)",
            "B)",
            "and ",
            "is ",
            "show",
            "\r\n",
            "\n ",
        ]
    ),
    max_size=12,
).map("".join)


@examples(1000)
@given(_SCRAPS)
def test_finders_find_what_their_patterns_say(text: str) -> None:
    ties = [(match.end() - 1, "" if match[0] == " ~" else " ") for match in _TIE.finditer(text)]
    assert [(one.start, one.after) for one in find_ties(text)] == ties
    assert [one.start for one in find_glued_sentences(text)] == [match.end() for match in _GLUED.finditer(text)]
    breaks = list(_BREAK.finditer(text))
    for one in find_line_breaks(text):
        same = [match.start() for match in breaks if match[0] == text[one.start : one.end]]
        assert [one.start, *one.offsets] == same
        assert all(sum(match[0] == other[0] for match in breaks) <= len(same) for other in breaks)
    assert any(find_line_breaks(text)) == bool(breaks)
