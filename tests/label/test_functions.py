"""Tests of the labeling functions: their form, what makes them vote, what silences them."""

from __future__ import annotations

import re
from typing import Final

import numpy as np
import pytest

from curation.label.functions import LABELING_FUNCTIONS, LabelingFunction, gather
from curation.label.words import LONGEST_TERM, PARTS, tokenize
from curation.schemas.taxonomy import TOPIC_IDS
from tests.commands import ROOT
from tests.labelling import EXAMPLES, UNRELATED, score_of, scores_of

NUMBERS: Final = {function.name: number for number, function in enumerate(LABELING_FUNCTIONS)}
BY_NAME: Final = {function.name: function for function in LABELING_FUNCTIONS}

each_function = pytest.mark.parametrize("function", LABELING_FUNCTIONS, ids=lambda function: function.name)


def normal(term: str) -> str:
    return " ".join(tokenize(term))


def loud_terms(function: LabelingFunction) -> list[str]:
    """Terms that make the function vote when they are all a title has, but for one of `needs`."""
    needed = "".join(f" : {term}" for term in function.needs[:1])
    return [term for term in function.terms if score_of(function, term + needed) is not None]


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_function_votes_on_its_example_and_abstains_on_unrelated_text(name: str) -> None:
    score = score_of(BY_NAME[name], *EXAMPLES[name])
    assert score is not None
    assert score > 0
    assert score == round(score, 4)
    assert name not in scores_of(*UNRELATED)


@pytest.mark.parametrize("text", [UNRELATED, ("", ""), ("state", "")])
def test_all_abstain_where_there_is_no_term(text: tuple[str, str]) -> None:
    evidence = gather(*text)
    assert evidence.scores() == [None] * len(LABELING_FUNCTIONS)


def test_names_are_unique_and_in_kebab_case() -> None:
    assert len(NUMBERS) == len(LABELING_FUNCTIONS)
    assert [name for name in NUMBERS if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)] == []


def test_topics_are_those_of_the_taxonomy_in_its_order_each_with_functions() -> None:
    topics = [function.topic for function in LABELING_FUNCTIONS]
    assert tuple(dict.fromkeys(topics)) == TOPIC_IDS
    assert topics == sorted(topics, key=TOPIC_IDS.index)


@each_function
def test_one_of_its_terms_in_a_title_makes_a_function_vote(function: LabelingFunction) -> None:
    (loud, *_) = loud_terms(function)
    score = score_of(function, " : ".join((loud, *function.needs[:1])))
    assert score is not None
    assert score >= function.title_weight


@each_function
def test_every_term_counts_in_an_abstract(function: LabelingFunction) -> None:
    needed = "".join(f"; {term}" for term in function.needs[:1])
    before = gather("", needed).abstract_hits[NUMBERS[function.name]]
    for term in function.terms:
        assert gather("", f"{term}{needed}").abstract_hits[NUMBERS[function.name]] >= before + 1, term


@pytest.mark.parametrize(
    ("name", "term"),
    [
        ("image-generation", "text to image"),
        ("recommendation-and-search", "learning to rank"),
        ("rl-methods", "sim to real"),
    ],
)
def test_a_term_with_a_preposition_counts_in_a_title(name: str, term: str) -> None:
    assert term in BY_NAME[name].terms
    assert score_of(BY_NAME[name], f"Lazy {term} at Home") is not None


@pytest.mark.parametrize(
    "function", [one for one in LABELING_FUNCTIONS if one.unless], ids=lambda function: function.name
)
def test_a_term_of_unless_in_the_title_silences_a_function_and_one_in_the_abstract_does_not(
    function: LabelingFunction,
) -> None:
    needed = "".join(f" : {term}" for term in function.needs[:1])
    (loud, *_) = loud_terms(function)
    assert [term for term in function.unless if score_of(function, f"{loud}{needed} : {term}") is not None] == []
    assert [term for term in function.unless if score_of(function, loud + needed, term) is None] == []


@pytest.mark.parametrize(
    "function", [one for one in LABELING_FUNCTIONS if one.needs], ids=lambda function: function.name
)
def test_a_function_with_needs_abstains_without_them_and_takes_them_from_title_or_abstract(
    function: LabelingFunction,
) -> None:
    needs = {normal(term) for term in function.needs}
    lone = [term for term in loud_terms(function) if not any(f" {need} " in f" {normal(term)} " for need in needs)]
    assert lone
    assert [term for term in lone if score_of(function, term) is not None] == []
    assert [term for term in function.needs if score_of(function, lone[0], term) is None] == []


@each_function
def test_terms_are_short_lower_case_ascii(function: LabelingFunction) -> None:
    terms = [*function.terms, *function.unless, *function.needs]
    assert [term for term in terms if not re.fullmatch(r"[a-z0-9]+( [a-z0-9]+)*", term)] == []
    assert [term for term in terms if not 1 <= len(tokenize(term)) <= LONGEST_TERM] == []
    for role in (function.terms, function.unless, function.needs):
        assert len({normal(term) for term in role}) == len(role)


@pytest.mark.parametrize("topic", TOPIC_IDS)
def test_no_term_stands_twice_within_a_topic(topic: str) -> None:
    owners: dict[str, list[str]] = {}
    for function in LABELING_FUNCTIONS:
        if function.topic == topic:
            for term in function.terms:
                owners.setdefault(normal(term), []).append(function.name)
    assert {term: names for term, names in owners.items() if len(names) > 1} == {}


@each_function
def test_why_names_a_row_or_a_rule_of_the_guide(function: LabelingFunction) -> None:
    guide = (ROOT / "docs" / "labelling-guide.md").read_text(encoding="utf-8")
    rules = {int(number) for number in re.findall(r"^([0-9]+)\. ", guide, re.MULTILINE)}
    cited = {
        kind: {
            int(number)
            for group in re.findall(rf"\b{kind}s? ([0-9]+(?:(?:, | and )[0-9]+)*)", function.why)
            for number in re.findall("[0-9]+", group)
        }
        for kind in ("row", "rule")
    }
    assert cited["row"] | cited["rule"]
    assert cited["row"] <= set(range(1, len(TOPIC_IDS) + 1))
    assert cited["rule"] <= rules
    assert function.why.endswith(".")
    assert cited["rule"] or TOPIC_IDS.index(function.topic) + 1 in cited["row"]


@pytest.mark.parametrize(
    ("title_terms", "abstract_hits", "score"),
    [
        (0, 0, None),
        (0, 1, None),
        (0, 2, 1.0),
        (0, 5, 2.5),
        (0, 99, 2.5),
        (1, 0, 4.0),
        (1, 3, 5.5),
        (2, 0, 6.0),
        (9, 9, 8.5),
    ],
)
def test_a_title_weighs_once_and_a_half_and_an_abstract_up_to_five_times(
    title_terms: int, abstract_hits: int, score: float | None
) -> None:
    assert LabelingFunction("a", "statistics", "Why.", 4.0, 0.5, ("x",)).score(title_terms, abstract_hits) == score


def test_evidence_counts_terms_by_the_part_they_stand_in() -> None:
    title = "Normalizing Flows for Normalizing Flows as Such"
    abstract = "Normalizing flows are old. We propose normalizing flows again. They last."
    evidence = gather(title, abstract)
    number = NUMBERS["flows-gans-vaes"]
    assert "normalizing flow" in {normal(term) for term in BY_NAME["flows-gans-vaes"].terms}
    counts = dict(zip(PARTS, evidence.parts[number].tolist(), strict=True))
    assert counts == {"object": 1, "purpose": 1, "means": 0, "opening": 1, "contribution": 1, "context": 1, "ending": 0}
    assert evidence.title_terms[number] == 1
    assert evidence.abstract_hits[number] == 2


@pytest.mark.parametrize("name", ["diffusion-family", "diffusion-in-title", "classical-state-space", "flows-gans-vaes"])
def test_a_term_that_ends_a_text_counts_once(name: str) -> None:
    term = BY_NAME[name].terms[0]
    inside, ending = (gather(f"Why {term}{rest}", f"See {term}{rest}") for rest in (" of all things I ask", ""))
    number = NUMBERS[name]
    assert ending.parts[number].tolist() == inside.parts[number].tolist()
    assert ending.abstract_hits[number] == inside.abstract_hits[number] == 1


def test_a_silent_function_leaves_no_evidence() -> None:
    number = NUMBERS["diffusion-in-title"]
    loud, silent = (gather(f"{word} of Diffusion as Drawn", "See above.") for word in ("Pictures", "Graphs"))
    assert loud.parts[number].sum() == loud.title_terms[number] == 1
    assert not silent.parts[number].any()
    assert silent.title_terms[number] == silent.abstract_hits[number] == 0


def test_evidence_has_a_row_for_every_function() -> None:
    evidence = gather("A", "B")
    assert evidence.parts.shape == (len(LABELING_FUNCTIONS), len(PARTS))
    assert evidence.title_terms.shape == evidence.abstract_hits.shape == (len(LABELING_FUNCTIONS),)
    assert np.array([evidence.parts.dtype.kind, evidence.title_terms.dtype.kind]).tolist() == ["i", "i"]
