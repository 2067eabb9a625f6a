"""Symbols are put back where their reading is certain, and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import given

from curation.normalize.edits import apply
from curation.normalize.math_reading import read_math
from curation.normalize.rules import RULES
from tests.normalize.test_damage import MIXED
from tests.profiles import examples

MATH_RULES = {rule.id for rule in RULES if rule.of == "math"}


def read(text: str) -> tuple[str, list[str]]:
    """The text after one reading, and the rules that had a part in it."""
    after, edits = apply(text, "none", read_math(text))
    return after, [edit.rule for edit in edits]


@pytest.mark.parametrize(
    ("text", "expected", "rules"),
    [
        ("at 64times64, 20times faster", "at 64×64, 20× faster", ["math-times", "math-times"]),
        ("an n times m matrix", "an n × m matrix", ["math-times"]),
        ("about 10{times} faster", "about 10× faster", ["math-times"]),
        ("with approx 10 or sim 20 steps", "with ≈ 10 or ∼ 20 steps", ["math-approximately", "math-approximately"]),
        ("mgg 1 and n geq 3", "m≫ 1 and n ≥ 3", ["math-relation", "math-relation"]),
        ("RGBrightarrowDepth", "RGB→Depth", ["math-arrow"]),
        ("as n toinfty", "as n →∞", ["math-arrow", "math-symbol"]),
        ("step alphabeta", "step αβ", ["math-greek", "math-greek"]),
        ("in O(mepsilon) for epsilon", "in O(mε) for ε", ["math-greek", "math-greek"]),
        ("when B=Omega(T)", "when B=Ω(T)", ["math-greek"]),
        ("is N_E sum_{i=1}^N f_i of ell_2", "is N_E ∑_{i=1}^N f_i of ℓ_2", ["math-symbol", "math-symbol"]),
        ("with A^top A and", "with A^⊤ A and", ["math-symbol"]),
        ("a 360^circ or 45^{circ} view", "a 360° or 45° view", ["math-degree", "math-degree"]),
        ("noise boldsymbol{epsilon}(z)", "noise ε(z)", ["math-font"]),
        ("{({bf A}_n, {bf b}_n)}", "{(A_n, b_n)}", ["math-font", "math-font"]),
        ("x_{bf A} there", "x_{A} there", ["math-font"]),
        ("in mathbb R^d", "in ℝ^d", ["math-font"]),
        ("in mathcal X there", "in X there", ["math-font"]),
        ("is tilde Omega(T)", "is Ω̃(T)", ["math-accent"]),
        ("of overline X there", "of X̄ there", ["math-accent"]),
        ("at https://a.org/b{here}.", "at https://a.org/b here.", ["math-link", "math-link"]),
    ],
)
def test_what_is_certain_is_read(text: str, expected: str, rules: list[str]) -> None:
    assert read(text) == (expected, rules)


@pytest.mark.parametrize(
    "text",
    [
        # what was deleted leaves no trace to read: a root, a fraction, an argument
        "a bound of sqrt{n} or frac{a}{b}",
        "is O(m^{-3}{II} + m)",
        "needs mathcal{O}(n) steps",
        "left(a + bright)",
        "the loss L_text{total}",
        # one reading of several
        "the optimum x^star and y_dagger",
        "where x in [0,1] holds",
        # without evidence a Greek name may be a word
        "weights alpha_1 are",
        "under the comonad (Omega x -)",
        "a grid of 3 times 3 cells",
        "speed approx 10 steps",
    ],
)
def test_what_is_not_certain_is_left(text: str) -> None:
    assert read(text) == (text, [])


@examples(300)
@given(MIXED)
def test_what_is_read_is_in_order_and_of_a_rule_of_math(text: str) -> None:
    end = 0
    for one in read_math(text):
        assert end <= one.start < one.end <= len(text)
        assert one.rule in MATH_RULES
        assert len(one.after) <= max(1, one.end - one.start)
        end = one.end


def test_every_rule_of_math_names_itself() -> None:
    for rule in RULES:
        if rule.of == "math":
            assert {one.rule for one in read_math(rule.example[0])} >= {rule.id}
            assert rule.trigger == next(one.trigger for one in RULES if one.of == "math")
