"""Words meet whatever their spelling, and every word knows the part of the paper it stands in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.label.words import LONGEST_TERM, PARTS, PartedText, TermIndex, part_abstract, part_title, tokenize
from tests.profiles import examples

# They only part a title, so that they may stand on either side or nowhere.
PREPOSITIONS = ("for", "to", "in", "on", "at", "toward", "under", "via", "with", "using", "by", "through", "from")


def words_in(text: PartedText, part: str) -> str:
    number = PARTS.index(part)
    return " ".join(word for word, where in zip(text.words, text.parts, strict=True) if number in where)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("State-Space Models", "state space model"),
        ("Schrödinger bridges", "schrodinger bridge"),
        ("GAUSSIAN PROCESSES", "gaussian process"),
        ("modelling and quantisation", "modeling and quantization"),
        ("image labelling", "image labeling"),
        ("queries", "query"),
        ("searches over boxes", "search over box"),
        ("ﬁne ﬂows", "fine flow"),
        ("Kullback–Leibler, state‐space", "Kullback-Leibler, state-space"),
        ("diffusion models—such as these", "diffusion models - such as these"),
    ],
)
def test_spellings_agree(left: str, right: str) -> None:
    assert tokenize(left) == tokenize(right)


@pytest.mark.parametrize("word", ["loss", "bus", "analysis", "gas", "us", "is", "s", "3d", "x"])
def test_a_word_that_is_no_plural_stays(word: str) -> None:
    assert tokenize(word) == ["ga" if word == "gas" else word]


@pytest.mark.parametrize("text", ["", " ", "?! …", "№"])
def test_a_text_without_letters_has_few_words(text: str) -> None:
    assert tokenize(text) == (["no"] if text == "№" else [])


@given(st.text(max_size=60))
@examples(200)
def test_words_are_lower_case_ascii_and_stay_as_they_are(text: str) -> None:
    words = tokenize(text)
    assert all(word.isascii() and word.isalnum() and word == word.lower() for word in words)
    assert tokenize(" ".join(words)) == words


@pytest.mark.parametrize(
    ("title", "goal", "purpose", "means"),
    [
        ("A Sampler for Diffusion Models", "a sampler", "diffusion model", ""),
        ("Clustering Papers via Random Walks", "clustering paper", "", "random walk"),
        ("Forecasting with Trees for Markets", "forecasting", "market", "tree"),
        ("Lazy Trees: Learning to Wait by Chance", "lazy tree learning", "wait", "chance"),
        ("For Whom the Bell Tolls", "", "whom the bell toll", ""),
        ("What Do Forests Learn? A Study", "what do forest learn a study", "", ""),
        ("Sleeping Bandits - A Survey", "sleeping bandit a survey", "", ""),
        ("Sleeping Bandits — A Survey under Noise", "sleeping bandit a survey", "noise", ""),
        ("Information Intoxicates", "information intoxicate", "", ""),
        ("TOWARDS Calm Nets USING Sand", "", "calm net", "sand"),
        ("", "", "", ""),
    ],
)
def test_a_title_is_parted_by_its_prepositions(title: str, goal: str, purpose: str, means: str) -> None:
    parted = part_title(title)
    for part, expected in (("object", goal), ("purpose", purpose), ("means", means)):
        assert [word for word in words_in(parted, part).split() if word not in PREPOSITIONS] == expected.split()
    assert all(len(where) == 1 for where in parted.parts)


def test_an_abstract_is_parted_into_first_last_own_and_other_sentences() -> None:
    parted = part_abstract("Rivers flow. We propose dams. Earlier, e.g. in 1990, none stood. Fish disagree.")
    assert words_in(parted, "opening") == "river flow"
    assert words_in(parted, "contribution") == "we propose dam"
    assert words_in(parted, "ending") == "fish disagree"
    assert words_in(parted, "context") == "river flow earlier e g in 1990 none stood fish disagree"


@pytest.mark.parametrize(
    ("sentence", "own"),
    [
        ("We introduce a dam.", True),
        ("In this paper a dam is built.", True),
        ("Our method builds dams.", True),
        ("A dam is proposed.", True),
        ("Here, we build it.", True),
        ("We wonder about dams.", False),
        ("Dams were proposed long ago.", False),
        ("Our river is long.", False),
    ],
)
def test_a_sentence_of_the_authors_own_work_is_known_by_its_words(sentence: str, own: bool) -> None:
    parted = part_abstract(sentence)
    kind = PARTS.index("contribution" if own else "context")
    assert set(parted.parts) == {(kind, PARTS.index("opening"), PARTS.index("ending"))}


@given(st.text(alphabet=st.sampled_from("ab AB.!?:-–\nwefor"), max_size=80))
@examples(150)
def test_every_word_of_an_abstract_is_of_the_contribution_or_of_the_context(text: str) -> None:
    parted = part_abstract(text)
    assert list(parted.words) == tokenize(text)
    assert all(len({PARTS.index("contribution"), PARTS.index("context")} & set(where)) == 1 for where in parted.parts)


def test_terms_are_found_wherever_they_begin_also_inside_one_another() -> None:
    index = TermIndex({"a": [1], "a b": [2, 3], "b c a b": [4], "c": []})
    assert sorted(index.find(["a", "b", "c", "a", "b"])) == [
        (0, "a", (1,)),
        (0, "a b", (2, 3)),
        (1, "b c a b", (4,)),
        (2, "c", ()),
        (3, "a", (1,)),
        (3, "a b", (2, 3)),
    ]
    assert list(index.find([])) == []


_WORDS = st.lists(st.sampled_from("abc"), min_size=1, max_size=LONGEST_TERM)


@given(st.sets(_WORDS.map(" ".join), max_size=12), st.lists(st.sampled_from("abcd"), max_size=20))
@examples(200)
def test_terms_are_those_that_a_search_place_by_place_finds(terms: set[str], words: list[str]) -> None:
    numbered = {term: [number] for number, term in enumerate(sorted(terms))}
    expected = {
        (start, term, tuple(owners))
        for term, owners in numbered.items()
        for start in range(len(words))
        if words[start : start + len(term.split())] == term.split()
    }
    found = list(TermIndex(numbered).find(words))
    assert set(found) == expected
    assert len(found) == len(expected)
