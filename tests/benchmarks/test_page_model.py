"""The model of how the page strips LaTeX: the captured lines it must give, and what it says was left behind."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.benchmark.page_model import GREEK_COMMANDS, find_remnants, spell_greek, strip_page
from tests.captures import CAPTURES
from tests.profiles import examples

# Which listing, which line, the LaTeX an author typed, and what the captured line has of it.
KNOWN = [
    (0, 18, r"which involve $m\gg 1$ lower level problems", "which involve mgg 1 lower level problems"),
    (
        0,
        18,
        r"$O(\frac{m\epsilon^{-3}\mathbb{I}(I<m)}{I\sqrt{I}} + \frac{m\epsilon^{-3}}{I\sqrt{B}})$ for finding",
        "O(mepsilon^{-3I(I<m)}{II} + mepsilon^{-3}{IB}) for finding",
    ),
    (0, 68, r"achieving a $20\times$ speedup", "achieving a 20times speedup"),
    (0, 72, r"$\bar{A}\theta = \bar{b}$ for which $\bar{A}$ and", "Atheta = b for which A and"),
    (
        0,
        72,
        r"estimates $\{({\bf A}_n, {\bf b}_n): n \in \mathbb{N}^*\}$.",
        "estimates {({bf A}_n, {bf b}_n): n in N^*}.",
    ),
    (0, 72, r"matrices $\{{\bf A}_n: n \in \mathbb{N}^*\}$,", "matrices {{bf A}_n: n in N^*},"),
    (0, 116, r"an $\tilde{O}(\sqrt{d}/\epsilon)$ mixing time", "an O(d/epsilon) mixing time"),
    (0, 116, r"known $\tilde{O}(d/\epsilon)$ result", "known O(d/epsilon) result"),
    (0, 134, r"FFHQ dataset ($256\times256$).", "FFHQ dataset (256times256)."),
    (0, 228, r"accommodates $\ell_2$-accurate score", "accommodates ell_2-accurate score"),
    (1, 25, r"noise $\hat{\boldsymbol{\epsilon}}(z_i,i)$, and", "noise boldsymbol{epsilon}(z_i,i), and"),
    (1, 113, r"algorithm is $\tilde \Omega(T^{1/3})$ times", "algorithm is tilde Omega(T^{1/3}) times"),
    (
        1,
        173,
        r"requires $\widetilde{\mathcal{O}}(1/\epsilon^4)$ iterations to find an $\epsilon$-stationary point",
        "requires mathcal{O}(1/epsilon^4) iterations to find an epsilon-stationary point",
    ),
    (
        1,
        197,
        r"(s): $$L(s) = L_0 + A\cdot S_1^{-\alpha} - C\cdot S_2$$ Where $S_1$ is forward area and $S_2$ is learning",
        "(s): $L(s) = L_0 + Acdot S_1^{-alpha} - Ccdot S_2 Where S_1 is forward area and S_2$ is learning",
    ),
]

# Outside math a backslash survives, but for emphasis.
OUTSIDE = [
    (1, 197, r"less than 1\% of", r"less than 1\% of"),
    (0, 126, r"positive scalar {\alpha}, is", r"positive scalar {\alpha}, is"),
    (0, 74, r"\texttt{Avg-K}", r"\texttt{Avg-K}"),
    (1, 149, r"(i.\,i.\,d) data", r"(i.\,i.\,d) data"),
    (1, 173, r"variable using \textit{normalized momentum}", "variable using normalized momentum"),
]

SCRAPS = st.sampled_from(
    [
        *("$", "$$", "\\$", "{", "}", "\\{", "\\}", "\\", "_", "^", " ", "5", "a", "x y", "ö", "%"),
        *("\\frac{", "\\sqrt{x}", "\\hat{", "\\epsilon", "\\log", "\\textit{", "\\emph{so}", "\\mathbb{R}", "$n$"),
    ]
)
TEX = st.lists(SCRAPS, max_size=25).map("".join)


def remnants(source: str) -> list[str]:
    stripped = strip_page(source)
    return [stripped.text[one.start : one.end] for one in find_remnants(stripped)]


@pytest.mark.parametrize(("page", "line", "source", "shown"), KNOWN)
def test_the_page_shows_the_known_cases(page: int, line: int, source: str, shown: str) -> None:
    assert strip_page(source).text == shown
    assert shown in CAPTURES[page].lines()[line - 1]


def test_fourteen_cases_are_known() -> None:
    assert len(KNOWN) == 14


@pytest.mark.parametrize(("page", "line", "source", "shown"), OUTSIDE)
def test_outside_math_only_emphasis_vanishes(page: int, line: int, source: str, shown: str) -> None:
    assert strip_page(source).text == shown
    assert shown in CAPTURES[page].lines()[line - 1]


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (r"\emph{so} and \textit{so}", "so and so"),
        (r"\textit{a $\alpha$ b}", r"\textit{a alpha b}"),  # math cuts the braces apart
        (r"$\frac{a}{b}$", "a{b}"),
        (r"$\mathbf{x}_{1}$ and $\left\{a\right\}$", "x_{1} and left{aright}"),
        ("costs $5 and $9", "costs 5 and 9"),  # the page takes prices for math
        ("costs $5 in all", "costs $5 in all"),
        (r"$a$\epsilon$b$", r"a\epsilonb"),
        ("", ""),
    ],
)
def test_what_is_stripped(source: str, text: str) -> None:
    assert strip_page(source).text == text


@pytest.mark.parametrize(
    ("source", "left"),
    [
        (r"at $m\gg 1$", ["gg"]),
        (r"$\epsilon$ and $\ell_2$", ["epsilon", "ell"]),
        (r"$\frac{m\epsilon}{n}$", ["epsilon", "{", "}"]),
        (r"$\hat{\boldsymbol{\epsilon}}(z)$", ["boldsymbol", "{", "epsilon", "}"]),
        (r"$$A = \alpha$$ for $S_2$ areas", ["$", "alpha", "$"]),
        (r"a lone $ sign", ["$"]),
        (r"${a}$ and $x}y$", ["{", "}", "}"]),
        # the name is what prints, or nothing was left
        (r"$O(\log n + \max_i x_i)$", []),
        (r"$x_{1}$, $x^{2}$ and $x_i$", []),
        (r"$\{a, b\}$", []),
        (r"$\tilde{O}(\sqrt{d})$", []),
        (r"in $\mathbb{R}^d$", []),
        (r"{\alpha} and \texttt{code} outside", []),
        # prices
        ("from $5 and $9", []),
        ("only $5 a head", []),
        ("only $ 5 a head", []),
        ("only $.50 a head", []),
        ("at $5 apiece, $x$ in all", ["$"]),  # the price took the sign that opens
        (r"an escaped \$ sign", []),
    ],
)
def test_remnants(source: str, left: list[str]) -> None:
    assert remnants(source) == left


@examples(500)
@given(TEX)
def test_every_kept_character_is_the_one_it_came_from(source: str) -> None:
    stripped = strip_page(source)
    assert stripped.source == source
    assert "".join(source[origin] for origin in stripped.origins) == stripped.text
    assert list(stripped.origins) == sorted(set(stripped.origins))


@examples(500)
@given(TEX)
def test_remnants_are_what_they_say(source: str) -> None:
    stripped = strip_page(source)
    found = find_remnants(stripped)
    assert [stripped.text[one.start : one.end] for one in found] == [one.what for one in found]
    assert all(one.start < one.end for one in found)
    if "\\" not in source and not set(source) & set("{}$"):
        assert not found


@examples(300)
@given(TEX)
def test_no_backslash_stays_in_math(source: str) -> None:
    stripped = strip_page(source)
    kept = set(stripped.origins)
    assert not any(source[at] == "\\" and at in kept for start, end in stripped.math for at in range(start, end))


@pytest.mark.parametrize(
    ("source", "spelled"),
    [
        ("an $ε$-optimal α", r"an $\epsilon$-optimal α"),
        ("$αx + β_1 ≤ Ω$", r"$\alpha x + \beta_1 ≤ \Omega$"),
        ("$ϵ$ and $ϑ$", r"$\epsilon$ and $\vartheta$"),
        ("$λ2$", r"$\lambda2$"),
        ("no math, μ and σ stay", "no math, μ and σ stay"),
    ],
)
def test_greek_letters_of_math_are_spelled(source: str, spelled: str) -> None:
    assert spell_greek(source) == spelled


def test_spelled_greek_leaves_names_behind() -> None:
    for letter, name in GREEK_COMMANDS.items():
        assert strip_page(spell_greek(f"at ${letter}$")).text == f"at {name}"
        assert remnants(spell_greek(f"${letter}n$")) == [name]
