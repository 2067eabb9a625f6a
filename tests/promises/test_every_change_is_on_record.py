"""Promise 2: a published text differs from the captured one only by edits on record, and undoing them gives it back."""

from __future__ import annotations

import gzip
import json
import unicodedata
from collections import Counter

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from curation.normalize import RULES, Rule, normalize_texts, undo
from curation.normalize.edits import Replacement, apply
from tests.captures import SHARED
from tests.profiles import examples
from tests.promises.edited_texts import RULE_BY_ID, TEX, TEXTS, normalize, redo

TRAPS = (
    "formulaic alpha generation by a dual-model alpha system",
    "branching diffusions and Gamma processes",
    "with inverse gamma priors",
    "an algorithm named OmegaPRM",
    "tried many times, and sometimes at times of need, 20-times",
    "is 5 times faster than before",
    "the New York Times 2020, lifetimes, runtimes and timestamps",
    "its sum statistics and sum-exp functions",
    "fractal(gen) at https://github.com/LTH14/fractalgen",
    "sim-to-real, sim2real and the sim-2-real gap",
    "closing a sim2real gap",
    "after Gamma correction and alpha blending",
    "Phi-4 on a Raspberry Pi",
    "with Cohen's kappa = 0.8 at alpha = 0.05",
    "beta distributions, chi-squared tests, a pi-calculus, lambda functions",
    "an epsilon-greedy policy with alpha-beta pruning and a beta-VAE",
    "Delta Air Lines, Sigma-Aldrich, omega-3 and AlphaGo",
    "IL-1beta and PGC1alpha in release v0.1beta",
    "took approx. 10 minutes and approximately 20 steps",
    "de novo design of ~40 concepts",
    "where X~N(0,1) is drawn",
    "written in Node.js and ASP.Net",
    "many of them, e.g.the first",
    "the map f(x)and its inverse",
    "to wrangle data, a Wrangler, strangled, a quadrangle",
    "an anecdotal anecdote",
    "a set {a, b} and a dict {'key': 1}",
    "A in B, from A to B, a log in R and in C++",
    "US$5, A$6, $100K and $2M",
    "int main() in a prod environment with the ast module",
    "cells tell of ELL students and a cup of tea",
)

# --- any text


@examples(600)
@given(TEXTS)
def test_undoing_the_edits_gives_the_captured_text(text: str) -> None:
    normalized, edits = normalize(text)
    assert undo(normalized, edits) == text
    assert redo(text, edits) == normalized
    assert all(edit.before != edit.after for edit in edits)


@examples(600)
@given(TEXTS)
def test_normalizing_twice_changes_nothing_the_second_time(text: str) -> None:
    normalized, _ = normalize(text)
    assert normalize(normalized) == (normalized, [])


@examples(300)
@given(TEXTS)
def test_normalized_text_is_composed_and_has_single_blanks(text: str) -> None:
    normalized, _ = normalize(text)
    assert unicodedata.is_normalized("NFC", normalized)
    assert normalized == " ".join(normalized.split())


@examples(200)
@given(text=TEXTS)
def test_every_rule_s_replacements_are_in_order_and_start_only_where_its_trigger_is(text: str) -> None:
    column = pa.array([text], type=pa.string())
    for rule in RULES:
        end = 0
        changes = False
        for found in rule.find(text):
            assert end <= found.start <= found.end <= len(text), rule.id
            end = found.end
            changes |= text[found.start : found.end] != found.after
        if changes:
            assert pc.match_substring_regex(column, rule.trigger).to_pylist() == [True], rule.id


@examples(100)
@given(st.lists(TEXTS, max_size=8))
@example(["plain", '{\\"o}\u0304 needs a second round: the accent is rendered first, then composed with the macron'])
def test_a_text_is_normalized_the_same_in_any_company(texts: list[str]) -> None:
    together, edits = normalize_texts(pa.array(texts, type=pa.string()))
    assert [(text, edits.get(row, [])) for row, text in enumerate(together.to_pylist())] == [*map(normalize, texts)]


@examples(300)
@given(st.text(alphabet="ab ", max_size=20), st.data())
def test_replacements_are_applied_and_undone_whatever_they_are(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    spans = list(zip(cuts[::2], cuts[1::2], strict=False))
    found = [Replacement(start, end, data.draw(st.text("xy ", max_size=3))) for start, end in spans]
    changed, edits = apply(text, "rule", found)
    assert undo(changed, edits) == text
    assert redo(text, edits) == changed


def test_undoing_edits_of_another_text_is_refused() -> None:
    normalized, edits = normalize("by 5\\% and 6\\%")
    assert edits
    with pytest.raises(ValueError, match="escaped-percent"):
        undo(normalized.replace("%", "&"), edits)


def test_nested_quotation_marks_of_any_depth_are_settled_in_one_go() -> None:
    text = "` " * 10 + "x" + " '" * 10
    normalized, _ = normalize(text)
    assert normalize(normalized)[1] == []


@examples(150)
@given(
    st.lists(st.text(alphabet="abc. ", max_size=6).map(lambda text: f"x{text}x"), min_size=2, max_size=40),
    st.sampled_from(["\n", "\r\n", "\n  ", " \n"]),
)
def test_lines_are_joined_by_one_edit_with_all_their_places(lines: list[str], line_break: str) -> None:
    text = line_break.join(lines)
    normalized, edits = normalize(text)
    (edit,) = (edit for edit in edits if edit.rule == "unwrap")
    assert (edit.before, edit.after) == (line_break, " ")
    assert len(edit.offsets) == len(lines) - 2
    assert normalized == " ".join(text.split())
    assert undo(normalized, edits) == text


@pytest.mark.shared
def test_every_abstract_of_a_large_sample_is_given_back_and_settled() -> None:
    path = SHARED / "arxiv" / "arxiv-metadata-sample.jsonl.gz"
    if not path.is_file():
        pytest.skip(f"the maintainers' sample is not here: ../shared/arxiv/{path.name}")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        captured = [json.loads(line)["abstract"] for line in file]
    assert len(captured) == 29_743
    normalized, edits = normalize_texts(pa.array(captured, pa.string()))
    assert sum("\n" in text for text in captured) > 0
    for row, text in enumerate(normalized.to_pylist()):
        assert undo(text, edits.get(row, [])) == captured[row]
        assert sum(edit.rule == "unwrap" for edit in edits.get(row, [])) <= 1
        assert "\n" not in text
    again, more = normalize_texts(normalized)
    assert more == {}
    assert again.equals(normalized)


# --- the rules


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_does_what_its_example_says(rule: Rule) -> None:
    before, after = rule.example
    alone, edits = normalize(before, rule)
    assert alone == after != before
    assert {edit.rule for edit in edits} == {rule.id}
    assert normalize(before)[0] == after


@pytest.mark.parametrize(
    ("captured", "expected"),
    [
        (
            "the author\\'s method, which we don\\'t change, we\\'ll see",
            "the author's method, which we don't change, we'll see",
        ),
        ("\\texttt{code} and {\\em so}, \\alpha and O(1/{\\alpha}^2)", "code and so, α and O(1/α^2)"),
        ("within O(d/epsilon) at 64times64", "within O(d/ε) at 64×64"),
        ("Q\\&A of i.\\,i.\\,d data", "Q&A of i. i. d data"),
        ("for {de~novo} design. {It opens and never closes", "for de novo design. It opens and never closes"),
        ("best performance.We call it (ASWA)and more", "best performance. We call it (ASWA) and more"),
        ("available~https://a.org/b.md{here.}", "available https://a.org/b.md here."),
        ('Schr\\"odinger and Schr\\"{o}dinger and Schr{\\"o}dinger', "Schrödinger and Schrödinger and Schrödinger"),
        ('na\\"ively, na\\"{\\i}vely', "naïvely, naïvely"),
        ("Fr\\'echet, G\\^ateaux, \\`a la, \\~nu", "Fréchet, Gâteaux, à la, ñu"),
        ("Fran{\\c c}ois, Fran\\c{c}ois, \\v{C}ech, Erd\\H{o}s", "François, François, Čech, Erdős"),
        ('{\\O}rsted, \\O{}rsted, \\o re, Stra\\ss e, \\AA ngstr\\"om', "Ørsted, Ørsted, øre, Straße, Ångström"),
        ("5.2\\% of 10%", "5.2% of 10%"),
        ("a ``deep'' one and a ``mixed\" one", "a “deep” one and a “mixed” one"),
        ("the `old' one", "the ‘old’ one"),
        ("Rao--Blackwell -- and more---always", "Rao–Blackwell – and more—always"),
        ("one\u00a0two\u2003three\nfour  five", "one two three four five"),
        ("nai\u0308ve A\u030a", "naïve Å"),
        ('{\\"o}\u0304 after two rounds', "\u022b after two rounds"),
    ],
)
def test_what_the_page_did_not_render_is_rendered(captured: str, expected: str) -> None:
    assert normalize(captured)[0] == expected


@pytest.mark.parametrize(
    "text",
    [
        'so-called \\"old\\" tasks',
        'an inch is 1\\" and \\"a\\" is a letter',
        'a line break \\\\% and \\\\"o',
        "the option --flag, or a rule of ----",
        "https://example.org/a--b_\\%c/`x'",
        "www.example.org/one--two",
        "the value $\\\"o$ and $a--b \\% c$ and \\(x--y\\) and $$\\'e ``z''$$",
        "rates in \\O(n) and \\o(1)",
        "from $5 to $10",
        "it costs $900, or $1,000 with tax",
        "the 5' mark and rock 'n' roll",
        "x_{t-1} and 10^23 and O(d)",
        "straight \"quotes\" and 'single' ones",
        "the pattern `a and no end",
        "an own \\method{code} and \\Ours",
        "math that was never stripped, $\\alpha$ and $64\\times64$, beside 64times64",
        *TRAPS,
    ],
)
def test_what_only_looks_like_damage_is_left_alone(text: str) -> None:
    assert normalize(text) == (text, [])


def test_text_between_two_sums_of_money_is_prose() -> None:
    assert normalize("from $5 by 30\\% to $3")[0] == "from $5 by 30% to $3"


@examples(400)
@given(TEX)
@example("`a $x' y$")
def test_quotation_marks_are_changed_in_pairs_only(text: str) -> None:
    after = Counter(edit.after for edit in normalize(text, RULE_BY_ID["tex-quotes"])[1])
    assert after["“"] == after["”"]
    assert after["‘"] == after["’"]


def test_a_rule_s_name_is_its_own() -> None:
    assert len(RULE_BY_ID) == len(RULES)
