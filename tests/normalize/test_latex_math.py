"""Formulas are told from money and prose, rendered in their place, and each is on record."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.normalize import RULES, Edit, Rule, normalize_texts, undo
from curation.normalize.latex_math import LATEX_TRIGGER, find_formulas, formulas, overlaps
from curation.normalize.latex_rules import LATEX_MATH, LATEX_RULES
from tests.profiles import examples


def run(text: str, rules: Sequence[Rule] = LATEX_RULES) -> tuple[str, list[Edit]]:
    texts, edits = normalize_texts(pa.array([text], pa.string()), rules)
    return texts[0].as_py(), edits.get(0, [])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We prove an $O(n^2)$ bound with $\\alpha\\in(0,1)$.", "We prove an O(n²) bound with α ∈ (0,1)."),
        ("by \\(x_i\\), $$x^2$$ and \\[ y \\leq z \\]", "by xᵢ, x² and y ≤ z"),
        # glue
        ("$k$-means, $\\ell_1$-norm, top-$k$, $k$NN", "k-means, ℓ₁-norm, top-k, kNN"),
        ("about $\\sim$10 and $\\approx$ 5 of $5\\%$", "about ∼10 and ≈ 5 of 5%"),
        ("$2\\times$ faster, 512$\\times$512$\\times$3", "2× faster, 512×512×3"),
        ("at 10$^{-3}$, 20$^{\\circ}$C, H$_2$O, AP$_{50}$", "at 10⁻³, 20°C, H₂O, AP₅₀"),
        ("the 4$^{th}$ and 98$^{\\text{th}}$", "the 4th and 98th"),
        ("5$-$10, ($-$3.2), a$=$1, $<$5%", "5-10, (−3.2), a=1, <5%"),
        ("$2$--$10\\times$ and $0.02$--$0.04\\%$", "2–10× and 0.02–0.04%"),
        ("$\\textbf{A}$ctor and $\\texttt{<eos>}$", "Actor and <eos>"),
        ("5$\\,$mm, $\\sim\\,$3", "5 mm, ∼ 3"),
        ("\\textbf{top-$k$} and {\\em $x$}", "top-k and x"),
        ("a line $a +\nb$ broken", "a line a + b broken"),
        ("$$x$$$y$ and $a$$b$", "xy and ab"),
        ("and$/$or", "and/or"),
        # a percent sign is never a comment
        ("from $90%$ to $95\\%$ of $x$ % of all", "from 90% to 95% of x % of all"),
        # a price beside math
        ("costs $5 for $n$ and $10 for $\\alpha$", "costs $5 for n and $10 for α"),
        ("a $42 cost at 2$\\times$ speed", "a $42 cost at 2× speed"),
        ("(USD$\\sim$340,000)", "(USD∼340,000)"),
        # what is rendered is not misread
        ("$\\{a, b\\}$ of $\\text{it's}$ -- so", "{a, b} of it's – so"),
    ],
)
def test_a_text_is_rendered(text: str, expected: str) -> None:
    rendered, edits = run(text)
    assert rendered == unicodedata.normalize("NFC", expected)
    assert undo(rendered, edits) == text
    assert run(rendered) == (rendered, [])


@pytest.mark.parametrize(
    "text",
    [
        "between $5 million and $10 million",
        "costs $3, then $4.50 (US$5, US$ 6)",
        "costs US$5M/US$ 10M and A$7-A$ 9",
        "from $5-$10 to $20/$30 or $1,000",
        "5$/10$ and 10K$-20K$ and 5$, 10$ more",
        "about 5$ or 10$ each",
        "a fee of $50/FN, $0.42/FP and more",
        "$9 per month and no more than 12$",
        "the variables $HOME/$USER and $a,$b",
        "priced in $US$ only",
        "costs $5 and \\alpha costs $7, they say",
        "for $5 or x^2 for $10, of $3 if x_1 $4",
        "costs 5$ at x^2, 7$ at y",
        "an escaped \\$5 and \\$p\\$ of it",
        "only one $x of them",
        "empty $$ and $ $ and $$$$",
        "$5 of it is \\alpha, they say for $x",
        "a footnote \\[1\\] and \\(see below\\) and \\(2\\)",
        "a link https://a.org/$x$ and www.b.org/$y_1$",
    ],
)
def test_money_and_prose_are_no_math(text: str) -> None:
    assert list(find_formulas(text)) == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("the group $\\Sn(x)$ is", "\\Sn"),
        ("by $\\href{https://a.org}{here}$", "\\href"),
        ("in $\\textbf{5%$ of", "unbalanced"),
        ("$\\begin{matrix} a & b \\end{matrix}$", "\\begin"),
        ("an accent \\'$e$", "after a command"),
        ("an own \\foo$x$", "after a command"),
        ("set $\\{$a", "braces that read as prose"),
        ("a pair $\\{\\text{so it is.}\\}$", "braces that read as prose"),
        ("a $\\hat{A}\\pm 1$", "reads as wrongly decoded"),
        ("in $x^{}_{}\\!{}$", ""),
        ("none ${}$ here", "nothing to see"),
    ],
)
def test_a_formula_is_left_whole(text: str, reason: str) -> None:
    (formula,) = formulas(text)
    assert formula.reason == reason
    assert (formula.after is None) == bool(reason)


@pytest.mark.parametrize(
    "text",
    [
        "the group $\\Sn(x) \\% \\texttt{a}$ stays, 10$\\foo\\_10{,}000$5",
        "$\\foo \\alpha~b --c ``d''$ and \\(\\foo \\& \\#\\)",
        "$\\foo \\text{ where $b$ is}$",
        "$a \\text{ where $b$ is}$ and $\\textbf{5%$ or $6%}$",
        "``a $\\foo'' b$ and \\emph{a $\\foo} b$",
    ],
)
def test_a_formula_that_is_left_is_touched_by_no_rule(text: str) -> None:
    assert run(text) == (text, [])


def test_each_formula_is_one_edit() -> None:
    text = "a $x^2$ and $\\foo$ and $\\alpha$"
    rendered, edits = run(text)
    assert rendered == "a x² and $\\foo$ and α"
    assert edits == [Edit("latex-math", 2, 7, "$x^2$", "x²"), Edit("latex-math", 20, 28, "$\\alpha$", "α")]


def test_the_rule_and_its_order() -> None:
    before, after = LATEX_MATH.example
    assert run(before)[0] == after
    ids = [rule.id for rule in LATEX_RULES]
    assert ids.index("unwrap") < ids.index("latex-math") < ids.index("tex-accent")
    assert [id_ for id_ in ids if id_ != "latex-math"] == [rule.id for rule in RULES if rule.of != "math"]
    assert LATEX_MATH.of == "certain"


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.of != "math"], ids=lambda rule: rule.id)
def test_the_other_rules_do_in_prose_what_they_did(rule: Rule) -> None:
    assert run(rule.example[0])[0] == run(rule.example[0], RULES)[0]


_PIECES = st.sampled_from(
    [
        *"ab09 $\\{}()[]^_%&#~`'\"-+=<>,.;/|\n",
        *("$$", "\\(", "\\)", "\\[", "\\]", "$x^2$", "$\\alpha$", "\\frac", "\\text{", "\\$", "\\%", "--", "``", "''"),
        *(" and ", " US$5", "https://a.org/", "\\'", "\\hat", "\\times", "é", "Â", "\u0302", "\u00a0", "±"),
    ]
)


@examples(500)
@given(st.lists(_PIECES, max_size=24).map("".join))
def test_any_text_can_be_undone_and_is_settled(text: str) -> None:
    rendered, edits = run(text)
    assert undo(rendered, edits) == text
    assert run(rendered) == (rendered, [])
    assert unicodedata.is_normalized("NFC", rendered)
    assert not re.search(r"[\x00-\x1f\x7f-\x9f]|  ", rendered)
    if "mojibake" not in {edit.rule for edit in edits}:
        assert rendered.count("%") == text.count("%")


@examples(300)
@given(st.lists(_PIECES, max_size=24).map("".join))
def test_formulas_are_in_order_and_the_trigger_finds_them(text: str) -> None:
    found = list(formulas(text))
    assert all(one.end <= other.start for one, other in itertools.pairwise(found))
    if found:
        assert pc.match_substring_regex(pa.array([text]), LATEX_TRIGGER)[0].as_py()
    for one in found:
        assert text[one.start] in "$\\"
        assert one.after is None or not set(one.after) & set("$\\`")


@examples(200)
@given(st.text(max_size=60))
def test_no_text_breaks_it(text: str) -> None:
    rendered, edits = run(text)
    assert undo(rendered, edits) == text


@pytest.mark.parametrize(
    "text",
    [
        "$" * 50_000,
        "{" * 50_000,
        "$" + "{" * 10_000 + "}" * 10_000 + "$",
        "$" + "\\frac" * 10_000 + "$",
        "\\(" * 25_000,
        "\\[x" * 20_000,
        "$x " * 20_000,
        "$$x " * 15_000,
        "$a$" * 10_000,
        "$\\foo$ ``a'' " * 1_000,
        "www.a $x$ " * 5_000,
        "\\" * 50_000 + "$x$",
        "$" + "a " * 25_000 + "$",
        "$" + "\\text{a" * 5_000 + "$",
        "$" + "x^{" * 600 + "$",
    ],
    ids=lambda text: text[:12],
)
def test_hostile_text_ends(text: str) -> None:
    for formula in formulas(text):
        assert formula.end > formula.start


def test_overlap() -> None:
    spans = [(2, 5), (7, 9)]
    hits = [at for at in range(11) if overlaps(at, at + 1, spans)]
    assert hits == [2, 3, 4, 7, 8]
    assert overlaps(3, 3, spans)
    assert not overlaps(5, 5, spans)
    assert not overlaps(0, 1, [])
