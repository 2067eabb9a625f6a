"""The reference that repairs are measured against: what LaTeX prints, in Unicode, and where it came from."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from benchmarks.rendering import render, tokenize
from tests.profiles import examples

SCRAPS = st.sampled_from(
    [
        *("$", "$$", "\\$", "{", "}", "\\{", "\\}", "\\", "_", "^", " ", "5", "a", "xy", "ö", "%", "\\%", "~", "--"),
        *("\\frac", "\\frac{a}{", "\\sqrt", "\\hat{", "\\bar x", "\\epsilon", "\\log", "\\mathbb{R}", "\\,"),
        *('\\"o', "\\'{e}", "\\aa", "``", "''", '"', "`", "'", "\\textbf{", "{\\bf ", "^\\circ", "\\not\\in"),
    ]
)  # fmt: skip
TEX = st.lists(SCRAPS, max_size=25).map("".join)


def published(text: str) -> str:
    return unicodedata.normalize("NFC", " ".join(text.split()))


@examples(600)
@given(st.one_of(TEX, TEX.map(lambda inner: f"a ${inner}$ b"), st.text(max_size=40)))
@example(r"$\frac$")
@example(r"$\sqrt{\frac{a}{b}}$")
def test_tokens_cover_the_source_in_order(source: str) -> None:
    done = 0
    for token in tokenize(source):
        # what prints between two characters, as the bar of a fraction does, takes none of the source
        assert token.start <= token.end
        if token.start < token.end:
            assert token.start == done
            done = token.end
        else:
            assert token.start <= done
            assert token.out
    assert done == len(source)
    assert published("".join(token.out for token in tokenize(source))) == render(source)


MATH = [
    (r"$\alpha$-stable", "α-stable"),
    (r"$256\times256$", "256×256"),
    (r"$m\gg 1$", "m≫ 1"),
    (r"$\tilde{O}(\sqrt{d}/\epsilon)$", "Õ(√d/ε)"),
    (r"$\sqrt{a+b}$", "√(a+b)"),
    (r"$\frac{a}{b}$", "a/b"),
    (r"$\frac{1}{2n}$", "1/2n"),
    (r"$\frac{a+b}{c}$", "(a+b)/c"),
    (r"$\frac{m\epsilon}{I\sqrt{I}}$", "mε/(I√I)"),
    (r"$\bar{A}\theta$", "Āθ"),
    (r"$\hat x$", "x̂"),
    (r"$\mathbb{R}^d$", "ℝ^d"),
    (r"$x_{1}^{2}$", "x_{1}^{2}"),
    (r"$x_i$", "x_i"),
    (r"$90^\circ$ and $45^{\circ}$", "90° and 45°"),
    (r"$x \not\in A$, $a \not= b$", "x ∉ A, a ≠ b"),
    (r"$O(n \log n)$", "O(n log n)"),
    (r"$\mathcal{O}(1)$", "O(1)"),
    (r"$\left(a\right)$", "(a)"),
    (r"$\{a, b\}$", "{a, b}"),
    (r"$\|x\|$", "‖x‖"),
    (r"$5\%$", "5%"),
    (r"$$x = \pi$$", "x = π"),
    (r"$a\,b\quad c$", "a b c"),
    (r"$\unknown$", "unknown"),
    (r"$\{({\bf A}_n, {\bf b}_n): n \in \mathbb{N}^*\}$", "{(A_n, b_n): n ∈ ℕ^*}"),
]
PROSE = [
    (r"Schr\"odinger and na\"{\i}ve", "Schrödinger and naïve"),
    (r"Fr\'echet, Fran{\c c}ois, \O{}re", "Fréchet, François, Øre"),
    (r"author\'s", "author's"),
    (r"Q\&A, a\_b, \#1", "Q&A, a_b, #1"),
    (r"\textbf{bold} and {\alpha}", "bold and α"),
    (r"{\em so} and {\bf\ so}, {\bfseries}", "so and so,"),
    ("``deep'' and `old' tasks", "“deep” and ‘old’ tasks"),
    ('``mixed" marks', "“mixed” marks"),
    ("Rao--Black and more---or less", "Rao–Black and more—or less"),
    ("Table~3 of de~novo", "Table 3 of de novo"),
    (r"i.\,i.\,d.", "i. i. d."),
    ("at https://a.org/~b_c--d.", "at https://a.org/~b_c--d."),
    (r"\mymacro stays", r"\mymacro stays"),
    ("from $5 to $9", "from $5 to $9"),
    ("plain words", "plain words"),
    ("", ""),
]


@pytest.mark.parametrize(("source", "printed"), MATH + PROSE)
def test_what_prints(source: str, printed: str) -> None:
    assert render(source) == printed


@pytest.mark.parametrize(
    ("source", "printed"),
    [
        ("50% of $n$ and more", "50% of n and more"),
        (r"50\% of $\alpha$ % and more", "50% of α % and more"),
        (r"$5\%$ or $x% y$ after", "5% or x% y after"),
        (r"100%\textbf{ all} of it", "100% all of it"),
    ],
)
def test_a_percent_sign_is_never_a_comment(source: str, printed: str) -> None:
    assert render(source) == printed


@examples(200)
@given(TEX)
def test_a_percent_sign_hides_nothing(source: str) -> None:
    before = source.replace("%", "")
    assert render(f"{before} 9%") == render(f"{before} 9") + "%"
