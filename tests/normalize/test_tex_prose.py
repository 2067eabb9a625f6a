"""TeX in prose: each construct is found in its own places only."""

from __future__ import annotations

import pytest

from curation.normalize.edits import apply
from curation.normalize.prose import Finder, outside_prose
from curation.normalize.rules import RULES

FINDERS: dict[str, Finder] = {rule.id: rule.find for rule in RULES if rule.of == "certain"}


@pytest.mark.parametrize(
    ("rule", "text", "expected"),
    [
        ("tex-font", "called \\texttt{Avg-K} and \\emph {so}", "called Avg-K and so"),
        ("tex-font", "is {\\em so} and {\\bf thus}", "is so and thus"),
        # the innermost first, the next in another round
        ("tex-font", "\\textbf{a \\emph{b} c}", "\\textbf{a b c}"),
        ("tex-symbol", "O(1/{\\alpha}^2), \\alpha{} and 3\\pm1, \\times", "O(1/α^2), α and 3±1, ×"),
        ("escaped-percent", "by 5\\% and 6%", "by 5% and 6%"),
        ("escaped-sign", "Q\\&A, \\#1, a\\_b, don\\'t, author\\'s", "Q&A, #1, a_b, don't, author's"),
        ("tex-space", "i.\\,i.\\,d, a\\;b and et al.\\ say", "i. i. d, a b and et al.  say"),
        ("tex-tie", "de~novo in Fig.~3 of al.~(2020)", "de novo in Fig. 3 of al. (2020)"),
        (
            "tex-tie",
            "available~https://a.org and site ~https://b.org",
            "available https://a.org and site https://b.org",
        ),
        ("tex-quotes", "``deep'' and ``mixed\" and `old'", "“deep” and “mixed” and ‘old’"),
        ("tex-dash", "Feynman--Kac -- and---more", "Feynman–Kac – and—more"),
        ("orphan-brace", "is {an augmented space.} Then {de~novo}", "is an augmented space. Then de~novo"),
        ("orphan-brace", "of 10{,}000 steps", "of 10,000 steps"),
        ("orphan-brace", "ends. {Firstly, we say", "ends. Firstly, we say"),
    ],
)
def test_what_the_page_left_is_repaired(rule: str, text: str, expected: str) -> None:
    assert apply(text, rule, FINDERS[rule](text))[0] == expected


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("tex-font", "an own \\textmethod{x}, \\\\texttt{x} and open \\texttt{x"),
        ("tex-font", "in $\\mathbf{x} \\texttt{y}$ and x_{\\rm max}"),
        ("tex-symbol", "an own \\alphabet, \\Ours and \\\\alpha"),
        ("tex-symbol", "in $\\alpha$ and \\(\\pm\\) and https://a.org/\\alpha"),
        ("tex-symbol", "words like \\in, \\emph and \\top"),
        ("escaped-percent", "a line \\\\% and $5\\%$ or https://a.org/5\\%"),
        ("escaped-sign", "in $a\\_b$, \\\\& and r\\'esum\\'e"),
        ("tex-space", "10\\,000 and $a\\,b$ and \\\\, there"),
        ("tex-tie", "about ~40 and X~N(0,1), k~3, https://a.org/~user/x"),
        ("tex-quotes", "the pattern `a, rock 'n' roll, the 5' mark, ```code```"),
        ("tex-quotes", "the code `x` and ``y``"),
        ("tex-dash", "the option --flag, a rule of ----, in $a--b$, https://a.org/a--b, a-b"),
        ("orphan-brace", "a set {a, b}, x_{ij}, \\cmd{an augmented space.}, f{x}, {0, 1}, {word}"),
        ("orphan-brace", "of 10{,}00 and {,} and {Two Words}"),
    ],
)
def test_what_only_looks_alike_is_left(rule: str, text: str) -> None:
    assert apply(text, rule, FINDERS[rule](text)) == (text, [])


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("a $x$ b", ["$x$"]),
        ("a $$x$$ b \\(y\\) \\[z\\]", ["$$x$$", "\\(y\\)", "\\[z\\]"]),
        ("see https://a.org/b, www.c.org", ["https://a.org/b,", "www.c.org"]),
        ("from $5 to $10 and $900, $1,000", []),
        ("plain", []),
    ],
)
def test_where_prose_is_not(text: str, spans: list[str]) -> None:
    assert [text[start:end] for start, end in outside_prose(text)] == spans
