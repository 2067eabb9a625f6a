"""Places of damage follow the edits into the published text."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.normalize.edits import Edit
from curation.normalize.marking import Mark, Marks, mark_column, mark_text
from curation.normalize.rules import RULES
from curation.normalize.stage import normalize_texts
from tests.normalize.test_damage import MIXED
from tests.profiles import examples

MATH_RULES = {rule.id for rule in RULES if rule.of == "math"}


def marked(*texts: str) -> tuple[list[str], list[Marks], dict[int, list[Edit]]]:
    """What texts are published as, and the marks on them."""
    published, edits = normalize_texts(pa.array(texts, pa.string()))
    return published.to_pylist(), mark_column(published, edits), edits


@pytest.mark.parametrize(
    ("captured", "published", "places"),
    [
        ("at 64times64, up\n to 20times", "at 64×64, up to 20×", [("command", "×", True)] * 2),
        # edits before and behind a place move it
        (
            "a ``fast'' 2times -- or \\%  64times64 ",
            "a “fast” 2× – or % 64×64",
            [("command", "×", True)] * 2,
        ),
        ("noise boldsymbol{epsilon}(z)", "noise ε(z)", [("command", "ε", True)]),
        ("is tilde Omega(T)", "is Ω̃(T)", [("command", "Ω̃", True)]),
        ("{({bf A}_n, x)}", "{(A_n, x)}", [("command", "A", True)]),
        ("a 360^circ view", "a 360° view", [("command", "°", True)]),
        ("about 10{times} faster", "about 10× faster", [("command", "×", True)]),
        ("at https://a.org/b{here}.", "at https://a.org/b here.", [("braces", " ", True), ("braces", ".", True)]),
        # what nobody can put back
        (
            "a bound of sqrt{n} and",
            "a bound of sqrt{n} and",
            [("command", "sqrt", False), ("braces", "{", False), ("braces", "}", False)],
        ),
        # a symbol inside a longer place does not bring back what that has lost
        (
            "an O(d/epsilon) bound improves the O(d/epsilon) result",
            "an O(d/ε) bound improves the O(d/ε) result",
            [("bound", "O(d/ε)", False)] * 2,
        ),
        ("plain -- words", "plain – words", []),
    ],
)
def test_a_place_is_where_its_symbol_stands_now(
    captured: str, published: str, places: list[tuple[str, str, bool]]
) -> None:
    (text,), (marks,), _ = marked(captured)
    assert text == published
    assert [(place.kind, text[place.start : place.end], place.repaired) for place in marks.places] == places


def test_a_level_is_that_of_the_text_before_its_math_was_read() -> None:
    texts = ("at 64times64", "the weights alpha_i are", "plain", "")
    assert [marks.level for marks in marked(*texts)[1]] == ["visible", "suspected", "none", "none"]


def test_a_text_of_another_normalization_is_marked_by_its_own_edits() -> None:
    assert mark_text("20× faster", [Edit("math-times", 2, 7, "times", "×")]) == Marks(
        "visible", (Mark(2, 3, "command", repaired=True),)
    )
    assert mark_text("20× faster", []) == Marks()


@examples(150)
@given(st.lists(MIXED, min_size=1, max_size=12))
def test_places_are_in_order_not_empty_and_inside_the_text(texts: list[str]) -> None:
    published, marks, edits = marked(*texts)
    for row, (text, one) in enumerate(zip(published, marks, strict=True)):
        end = 0
        for place in one.places:
            assert end <= place.start < place.end <= len(text)
            end = place.end
        assert (one.level == "none") == (one.places == ())
        if any(place.repaired for place in one.places):
            assert {edit.rule for edit in edits[row]} & MATH_RULES
