"""Each construct of LaTeX's math has one rendering, and what is not known has none."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.normalize.latex_parse import MAX_LENGTH, render
from curation.normalize.latex_reader import MAX_DEPTH
from tests.profiles import examples


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        # letters and symbols
        ("\\alpha\\in(0,1)", "α ∈ (0,1)"),
        ("\\alpha x + \\beta\\gamma", "αx + βγ"),
        ("\\forall x \\in \\mathbb{R}^d", "∀x ∈ ℝᵈ"),
        ("\\mathbb F_4, \\mathbb{E}[x], \\mathbb{1}", "𝔽₄, 𝔼[x], 𝟙"),
        ("\\mathcal{O}(n), \\mathbf{x}, \\mathfrak{g}, {\\cal L}, \\bm{K}", "O(n), x, g, L, K"),
        ("a \\not= b \\not\\in C", "a ≠ b ∉ C"),
        # scripts
        ("x^2 + x_i + n^{-1}", "x² + xᵢ + n⁻¹"),
        ("x^{n+1}, x^{(t)}, L_\\infty", "xⁿ⁺¹, x⁽ᵗ⁾, L_∞"),
        ("x_{max}, k_{B}T, M_{\\mathrm{eff}}", "x_max, k_B T, M_eff"),
        ("e^{-(a+b)/c}, x_{i,j}, mAP_{50:95}", "e^(−(a+b)/c), x_(i,j), mAP_50:95"),
        ("x_i^2, x_{max}^2, x^{A,B}_{foo}", "xᵢ², x²_max, x_foo^(A,B)"),
        ("x'^2, f''(x), x^{\\prime}", "x′², f″(x), x′"),
        ("x^*, a^*b, R^\\star, 360^\\circ, A^\\dagger", "x*, a* b, R⋆, 360°, A†"),
        ("K^{*0}, D^{(*)}_s, \\mu^{+}\\mu^{-}, Ca^{2+}", "K*⁰, Dₛ⁽*⁾, μ⁺μ⁻, Ca²⁺"),
        ("4^{th}, 1^{\\text{st}}, k^{th}", "4th, 1st, kᵗʰ"),
        ("{}^{13}C, _{50}", "¹³C, ₅₀"),
        ("\\mathrm{H_2O}, e^{i\\pi}, x_{i_1}", "H₂O, e^(iπ), x_(i₁)"),
        # fractions and roots
        ("\\frac{a}{b}, \\frac{a+b}{c}, \\frac{1}{2k}", "a/b, (a+b)/c, 1/(2k)"),
        ("\\frac12 x, -\\frac{1}{2}, a/\\frac{b}{c}", "(1/2) x, −1/2, a/(b/c)"),
        ("\\frac{1}{n}\\sum_{i=1}^n x_i", "(1/n) ∑ᵢ₌₁ⁿ xᵢ"),
        ("\\log\\frac{a}{b}, \\left(\\frac{a}{b}\\right)^2", "log(a/b), (a/b)²"),
        ("\\frac{\\log n}{\\log\\log n}", "(log n)/(log log n)"),
        ("\\sqrt{x}, \\sqrt{x+1}, \\sqrt[3]{x}, \\sqrt[n]{x}, \\sqrt 2", "√x, √(x+1), ∛x, ⁿ√x, √2"),
        ("\\sqrt{n}m", "√n m"),
        ("\\frac{a}{bc}, \\frac{d}{dt}x, \\frac{\\partial u}{\\partial t}", "a/(bc), (d/dt)x, ∂u/∂t"),
        ("\\frac{x}{y_1^2}, \\frac{a}{\\text{size}}, \\frac{\\hat x}{\\hat y}", "x/y₁², a/size, x̂/ŷ"),
        ("\\binom{n}{2}", "(n choose 2)"),
        # accents
        ("\\hat{x}, \\tilde O, \\bar{\\theta}, \\vec v, \\dot{q}", "x̂, Õ, θ̄, v⃗, q̇"),
        ("\\hat\\imath", "î"),
        # names
        ("n \\log n, \\log_2 n, 2\\log\\log n, \\max\\{a,b\\}", "n log n, log₂ n, 2 log log n, max{a,b}"),
        ("\\arg\\min_x f(x), \\Pr[A], \\operatorname{rank}(A)", "arg minₓ f(x), Pr[A], rank(A)"),
        ("\\lim_{n\\to\\infty} a_n", "lim_(n→∞) aₙ"),
        ("a \\bmod b, p \\equiv 1 \\pmod{4}", "a mod b, p ≡ 1 (mod 4)"),
        # delimiters and sizes
        ("\\left(\\frac{a}{b}\\right], \\bigl[x\\bigr], \\left.x\\right|", "(a/b], [x], x|"),
        ("\\{a\\}, \\|x\\|_2, \\langle x,y\\rangle, \\lfloor x\\rfloor", "{a}, ‖x‖₂, ⟨x,y⟩, ⌊x⌋"),
        ("\\left< x \\right>, <x,y>", "⟨x⟩, <x,y>"),
        # relations, operators, signs
        ("a\\leq b, a=b, a \\to b, R:=S", "a ≤ b, a = b, a → b, R := S"),
        ("f\\colon X\\to Y, f : X \\to Y, \\log n / \\log m, 1/\\log n", "f: X → Y, f : X → Y, log n / log m, 1/log n"),
        ("\\sim 10, \\geq5, <3, x=-1, (-1,1)", "∼10, ≥5, <3, x = −1, (−1,1)"),
        ("256\\times256, 256 \\times 256, 2\\times 10^{-5}, 2 \\times", "256×256, 256 × 256, 2×10⁻⁵, 2×"),
        ("n-1, n - 1, top-k, X-ray", "n−1, n − 1, top-k, X-ray"),
        ("70-80\\%", "70-80%"),
        ("{\\sim}10{\\times}, κ{=}0.7, a\\!=\\!b", "∼10×, κ=0.7, a = b"),
        ("f(\\cdot, y), \\pm 1, a \\pm b, a\\pm b", "f(·, y), ±1, a ± b, a±b"),
        ("P(a \\mid b), P(a|b), P(a | b)", "P(a | b), P(a|b), P(a | b)"),
        # spaces, escapes, text
        ("5\\,\\mathrm{ms}, a\\quad b, 5~kg, a\\!b", "5 ms, a b, 5 kg, ab"),
        ("90\\%, 90%, 5 \\%, \\#P, a\\_b, J\\&F", "90%, 90%, 5%, #P, a_b, J&F"),
        ("10{,}000, 1,000, .05", "10,000, 1,000, .05"),
        ("x \\text{ if } y, \\textbf{a \\emph{b} c}, \\texttt{a_b-c}", "x if y, a b c, a_b-c"),
        ("\\unicode{x2014}", "—"),
        ("1,\\ldots,n, a + \\cdots + b", "1,…,n, a + ⋯ + b"),
        ("\\int_0^1 f(x)\\,dx", "∫₀¹ f(x) dx"),
    ],
)
def test_a_construct(formula: str, expected: str) -> None:
    text, reason = render(formula)
    assert (text, reason) == (unicodedata.normalize("NFC", expected), "")


@pytest.mark.parametrize(
    ("formula", "reason"),
    [
        ("\\begin{cases} a \\end{cases}", "\\begin"),
        ("\\newcommand{\\x}{y}", "\\newcommand"),
        ("\\R^d", "\\R"),
        ("a & b", "the character '&'"),
        ("a \\\\ b", "a line break"),
        ("{a", "unbalanced"),
        ("a}", "unbalanced"),
        ("\\text{a", "unbalanced"),
        ("\\text{a^2}", "math in text"),
        ("x^", "nothing follows"),
        ("x^2^3", "two superscripts"),
        ("x_1_2", "two subscripts"),
        ("\\hat{xy}", "an accent over more than a letter"),
        ("\\overline{F_1}", "an accent over more than a letter"),
        ("\\underbrace{a}_{b}", "\\underbrace"),
        ("\\xrightarrow{f}", "\\xrightarrow"),
        ("\\color{red} x", "\\color"),
        ("2\\frac{1}{3}", "a number before a fraction"),
        ("\\$5", "\\$"),
        ("a # b", "the character '#'"),
        ("a\x00b", "the character '\\x00'"),
        ("\\left x", "a delimiter"),
        ("\\frac{a}", "nothing follows"),
        ("\\", "the character '\\\\'"),
        ("\\hspace{1em}x", "\\hspace"),
        ("\\phantom{x}", "\\phantom"),
        ("\\mathbb{\\alpha}", "\\mathbb of a symbol"),
        ("\\sqrt[q]{x}", "a root"),
        ("\\unicode{x0}", "\\unicode"),
        ("a" * (MAX_LENGTH + 1), "too long"),
        ("{" * (MAX_DEPTH + 2), "too deep"),
        ("{" * 1000 + "}" * 1000, "too deep"),
        ("\\hat" * 400 + " x", "too deep"),
        ("\\frac" * 300, "too deep"),
        ("x^{" * 300, "too deep"),
        ("\\sqrt[" * 300, "too deep"),
        ("\\not" * 400, "too deep"),
    ],
)
def test_what_is_not_known_has_no_rendering(formula: str, reason: str) -> None:
    assert render(formula) == (None, reason)


_PIECES = st.sampled_from(
    [
        *"abxy019 +-=<>()[]|/,.:;!*'~%_^{}",
        *(
            "\\alpha",
            "\\frac",
            "\\sqrt",
            "\\hat",
            "\\left",
            "\\right",
            "\\text{a b}",
            "\\mathbb",
            "\\log",
            "\\leq",
            "\\,",
        ),
        *("{a}", "_{i}", "^{n+1}", "^\\circ", "\\%", "\\{", "\\}", "\\sum", "\\mathrm{ab}", "\\\\", "&", "é", "\u0302"),
    ]
)


@examples(600)
@given(st.lists(_PIECES, max_size=14).map("".join))
def test_a_rendering_is_tidy_and_keeps_percent_signs_and_digits(formula: str) -> None:
    text, reason = render(formula)
    assert (text is None) == bool(reason)
    if text is not None:
        assert text == unicodedata.normalize("NFC", text).strip()
        assert "  " not in text
        assert not set(text) & set('$\\`"~')
        assert text.count("%") == formula.count("%")
        plain = unicodedata.normalize("NFKC", text)
        assert sorted(char for char in plain if char in "019") == sorted(char for char in formula if char in "019")
