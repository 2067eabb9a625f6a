"""Signs of stripped math: where each is seen, where none is, and what the search of whole columns may leave out."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from curation.normalize.bounds import BOUND_PRECISION
from curation.normalize.braces import BRACE_SIGNS
from curation.normalize.damage import SUSPECTED, VISIBLE, find_damage, find_signs
from curation.normalize.math_trigger import MATH_TRIGGER
from curation.normalize.signs import OTHER_SIGNS, SIGNS
from curation.schemas.stages import DAMAGE_KINDS, DAMAGE_LEVELS
from tests.profiles import examples

# By sign: a text, and what in it is the sign.
EXAMPLES: dict[str, tuple[str, str]] = {
    # names
    "name": ("of the ell_2 norm", "ell"),
    "glued-name": ("a scaling of Acdot S", "cdot"),
    "braced-name": ("about 10{times} faster", "times"),
    "font": ("needs mathcal{O}(n) steps", "mathcal"),
    "text": ("the loss L_text{total} falls", "text"),
    "font-group": ("matrices {bf A}_n and", "bf"),
    "size": ("is left(a + bright) of", "left"),
    "size-close": ("is (a + b)right) of", "right"),
    "root": ("a bound of sqrt{n} and", "sqrt"),
    "big-operator": ("is N_E sum_{i=1}^{N_E} f_i", "sum"),
    "accent": ("is tilde Omega(T^{1/3})", "tilde"),
    "dots": ("for x_1, dots, x_n given", "dots"),
    # times
    "times-after-number": ("at 64times64 pixels", "times"),
    "times-between-numbers": ("a grid of 3 times 3 cells", "times"),
    "times-before-number": ("of size times2 and", "times"),
    "times-in-parenthesis": ("much faster (times 3)", "times"),
    "times-word-number": ("of size H times 3", "times"),
    "times-letters": ("an n times m matrix", "times"),
    "times-capitals": ("of size HtimesW here", "times"),
    "times-inside": ("the spacetimesTime plane", "times"),
    "times-unit": ("reaches 4Ktimes faster", "times"),
    "times-subscript": ("in R_{n times m} for", "times"),
    # relations
    "relation": ("if x le y holds", "le"),
    "relation-number": ("with error le 3 only", "le"),
    "relation-glued": ("for kge3 and", "ge"),
    "relation-letter": ("whenever kge 3", "ge"),
    "much-greater": ("which involve mgg 1 problems", "gg"),
    "leq-glued": ("for nleq 3 and", "leq"),
    "sim-number": ("gains of sim 3 points", "sim"),
    "sim-glued": ("a score of 70%sim5", "sim"),
    "approx-number": ("with approx 10 steps", "approx"),
    "approx-other": ("speed approx 10 steps", "approx"),
    "approx-glued": ("where Tapprox is", "approx"),
    "plus-minus": ("is 5.2 pm 0.1 here", "pm"),
    "plus-minus-glued": ("as meanpmstd of five", "pm"),
    "set-relation": ("of S cup T, and", "cup"),
    "membership": ("where x in [0,1] holds", "in"),
    "membership-tight": ("for kin[K] and", "in"),
    "given": ("is P(X,Y,Zmid W) then", "mid"),
    "to-infinity": ("as n toinfty grows", "to"),
    "to-glued": ("rises 5to7 points", "to"),
    "to-capitals": ("from XtoYZ and", "to"),
    # scripts
    "degree": ("a 360^circ view", "circ"),
    "script": ("the optimum x^star of", "star"),
    "transpose": ("with A^top A full", "top"),
    "micro": ("takes 5 mu s only", "mu"),
    # Greek
    "greek-rare": ("the function xi is", "xi"),
    "greek-applied": ("under the comonad (Omega x -)", "Omega"),
    "greek-brace-script": ("weights alpha_{ij} are", "alpha"),
    "greek-digit-script": ("weights alpha_1 are", "alpha"),
    "greek-letter-script": ("weights alpha_i are", "alpha"),
    "greek-greek-script": ("weights alpha^beta are", "alpha"),
    "greek-in-script": ("falls as n^{-alpha} does", "alpha"),
    "greek-as-script": ("policy p_mu is", "mu"),
    "greek-before-greek": ("step alphabeta is", "alpha"),
    "greek-after-number": ("a 2epsilon margin", "epsilon"),
    "greek-after-greek": ("step alphabeta is", "beta"),
    "greek-after-letter": ("rate mepsilon is", "epsilon"),
    "greek-after-capital": ("the system Atheta = b", "theta"),
    "greek-pair": ("a pair (alpha, beta) of", "alpha"),
    "greek-second": ("is (k, alpha) private", "alpha"),
    "greek-of": ("a map phi(x) of", "phi"),
    "greek-order": ("within O(d/epsilon) steps", "epsilon"),
    "greek-called": ("when B=Omega(T) or", "Omega"),
    "greek-less": ("whenever alpha<1 or", "alpha"),
    "greek-parenthesis": ("the rate (alpha) of", "alpha"),
    "greek-difference": ("falls by 1-beta here", "beta"),
    "greek-suffix": ("module Adaptive-eta is", "eta"),
    "greek-equal": ("set alpha=2 here", "alpha"),
    "greek-hyphen": ("by an f-alpha step", "alpha"),
    "greek-word": ("the angle theta here", "theta"),
    # no names
    "stray-dollar": ("law: $L(s) = L_0 and", "$"),
    "braced-relation": ("if a {<} b holds", "{<}"),
    "braced-variable": ("a tuple {x_i} of", "{x_i}"),
    "negative-space": ("where f!(x) is", "f!"),
    "thin-space": ("of a,,b and", ",,"),
    "lost-dollar": ("about \\5 points", "\\"),
    # braces
    "brace-chain": ("of (m^{-3}{II} + m)", "{"),
    "brace-after-word": ("is 1/T{S} small", "{"),
    "brace-after-link": ("at https://a.org/README.md{here.}", "{"),
    # bounds
    "equal-bounds": ("an O(d/e) bound improves the known O(d/e) result", "O(d/e)"),
}
PRECISION = {
    **{sign.id: sign.precision for sign in SIGNS},
    **{other.id: other.precision for other in OTHER_SIGNS},
    **BRACE_SIGNS,
    "equal-bounds": BOUND_PRECISION,
}


def test_every_sign_has_an_example_and_a_name_of_its_own() -> None:
    assert EXAMPLES.keys() == PRECISION.keys()
    assert len(PRECISION) == len(SIGNS) + len(OTHER_SIGNS) + len(BRACE_SIGNS) + 1


@pytest.mark.parametrize("sign", EXAMPLES)
def test_a_sign_is_seen_in_its_example(sign: str) -> None:
    text, piece = EXAMPLES[sign]
    assert piece in [text[span.start : span.end] for span in find_signs(text) if span.sign == sign]


def test_precisions_are_shares_and_levels_and_kinds_are_those_of_the_schema() -> None:
    assert all(0 < precision <= 1 for precision in PRECISION.values())
    damages = [find_damage(text) for text, _ in EXAMPLES.values()]
    assert {span.kind for damage in damages for span in damage.spans} == set(DAMAGE_KINDS)
    assert {damage.level for damage in damages} == set(DAMAGE_LEVELS)


@pytest.mark.parametrize(
    ("text", "level", "places"),
    [
        ("at 64times64 pixels", "visible", [("command", "times")]),
        ("the mgg 1 lower level problems", "visible", [("command", "gg")]),
        # a sign as good as certain lends its certainty to weaker ones beside it
        ("at O(mepsilon) for epsilon-optimality", "visible", [("command", "epsilon"), ("command", "epsilon")]),
        ("of (m^{-3}{II} + m)", "visible", [("braces", "{"), ("braces", "}")]),
        ("at https://a.org/README.md{here.}", "visible", [("braces", "{"), ("braces", "}")]),
        ("law: $L = Acdot S_2$ is it", "visible", [("dollar", "$"), ("command", "cdot"), ("dollar", "$")]),
        ("of a,,b and f!(x)", "visible", [("spacing", ",,"), ("spacing", "f!")]),
        ("the O(d/e) bound improves O(d/e) of 20times", "visible", [("bound", "O(d/e)")] * 2 + [("command", "times")]),
        ("the weights alpha_i are", "suspected", [("command", "alpha")]),
        # no sign, or one too weak to say anything
        ("plain words", "none", []),
        ("", "none", []),
        ("with inverse gamma priors", "none", []),
        ("the state x_t and 10^23 in O(n)", "none", []),
        # links are not looked into; what has its commands between dollars was never stripped
        ("see https://a.org/64times64/x_alpha and a.github.io/alpha_1", "none", []),
        ("of size $64\\times64$ and ell_2", "none", []),
        # an author's own command
        ("of size 64\\times64 or \\ell_2", "none", []),
        # authors who spell math in plain text spell Greek letters, too
        ("set theta_i >= 0.5 * alpha_1 there", "none", []),
        # names that only end, begin or look like commands
        ("data wrangling: to wrangle, Wrangler, strangled quadrangle", "none", []),
        ("an anecdotal anecdote of timestamps, sometimes, runtimes", "none", []),
        ("IL-1beta, PGC1alpha and release v0.1beta", "none", []),
        ("closing a sim2real gap", "none", []),
    ],
)
def test_level_and_places(text: str, level: str, places: list[tuple[str, str]]) -> None:
    damage = find_damage(text)
    assert damage.level == level
    assert [(span.kind, text[span.start : span.end]) for span in damage.spans] == places


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("at 64times64 pixels", ["times"]),
        ("the weights alpha_1 are", []),
        ("the weights alpha_1 of O(d/alpha)", ["alpha", "alpha"]),
        ("the weights alpha_1 of O(d/beta)", ["beta"]),
        ("a grid of 3 times 3 cells", []),
        ("a grid of 3 times 3 cells in the ell_2 norm", ["times", "ell"]),
        ("a bound of sqrt{n} and", []),
    ],
)
def test_a_name_that_is_no_certain_sign_is_read_with_evidence_only(text: str, read: list[str]) -> None:
    assert [text[span.start : span.end] for span in find_damage(text).readings] == read


# --- any text

_NAMES = sorted({name for sign in SIGNS for name in sign.names})
_SCRAPS = (
    *"0123456789()[]{}_^-+=<>.,;:!|/*~$\\%' abcdefghiknmpqrtxABEIKNOR",
    *(" ", "  ", "\n", "Θ", "ε", "ℓ", "é", "the ", "is ", "of ", "than ", "a ", "std", "word", "mathbb R", "an"),
    *("O(d)", "o(", "(n)", "https://a.org/b", "www.", ".md", "{h", "http", "}{"),
)
MIXED = st.lists(st.one_of(st.sampled_from(_NAMES), st.sampled_from(_SCRAPS)), max_size=9).map("".join)


def triggers(texts: list[str]) -> list[bool]:
    found: list[bool] = pc.match_substring_regex(pa.array(texts, pa.string()), MATH_TRIGGER).to_pylist()
    return found


def test_the_trigger_finds_every_sign_s_example() -> None:
    texts = [text for text, _ in EXAMPLES.values()]
    assert [text for text, hit in zip(texts, triggers(texts), strict=True) if not hit] == []


@examples(150)
@given(st.lists(MIXED, min_size=40, max_size=60))
@example([" ε in [0,1]", "ℓ{n}", "x{h}", "O(1) than O(1)", "Bcdots", "krangle", "2varpi", "_sim0", "7ktimes", "0le8"])
@example(["mathcalK", "x,dotsN", "6Xitheta'", "ℓ veeℓ", "A_otimest", "pmapprox7", "nneqt", "8nin N", "εNll9"])
def test_the_trigger_finds_all_that_the_close_look_finds(mixed: list[str]) -> None:
    texts = [" ".join(text.split()) for text in mixed]
    for text, hit in zip(texts, triggers(texts), strict=True):
        assert hit or find_damage(text).score == 0, text


@examples(400)
@given(MIXED)
def test_places_are_in_order_and_tell_the_level(text: str) -> None:
    damage = find_damage(text)
    for spans in (damage.spans, damage.readings):
        end = 0
        for span in spans:
            assert end <= span.start < span.end <= len(text)
            end = span.end
    assert (damage.level == "none") == (damage.spans == ())
    if damage.level != "none":
        assert damage.level == ("visible" if damage.score >= VISIBLE else "suspected")
        assert damage.score >= SUSPECTED
        assert max(span.precision for span in damage.spans) <= damage.score
