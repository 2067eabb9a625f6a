"""Leaks of queries into their documents, and of pairs."""

from __future__ import annotations

import random

import pytest

from curation.benchmark.leaks import KINDS, Leak, find_leaks, query_in_document
from tests.benchmark.leaking import SEEDS, Paper, pairs, retrieval, row, sentences


def test_a_title_in_its_abstract_is_found_whatever_its_length(published: list[Paper]) -> None:
    papers = [one for one in published if one.split == "test"]
    clean = [one for one in papers if not query_in_document(one.title, one.abstract)]
    corpus = {one.paper_id: one.abstract for one in clean}
    queries = {one.paper_id: (one.title, one.paper_id) for one in clean}
    assert len(clean) == 68
    assert find_leaks(retrieval(queries, corpus)) == []
    for seed in SEEDS:
        chosen = random.Random(seed).sample(clean, 5)
        with_title = {one.paper_id: f"We show this. {one.title.upper()}:\n{one.abstract}" for one in chosen}
        expected = [Leak("query-in-document", name, name, 1.0) for name in sorted(with_title)]
        assert find_leaks(retrieval(queries, {**corpus, **with_title})) == expected


def test_a_sentence_left_in_its_document_is_found(published: list[Paper]) -> None:
    for seed in SEEDS:
        chance = random.Random(seed)
        queries, corpus, expected = {}, {}, []
        for number, one in enumerate(one for one in published if one.split == "test"):
            said = sentences(one.abstract)
            fit = [at for at, text in enumerate(said) if len(text.split()) >= 8]
            at = chance.choice(fit)
            rest = said[:at] + said[at + 1 :]
            if number % 10 == 0:
                rest.insert(chance.randint(0, len(rest)), said[at])
                expected.append((f"{one.paper_id}-{at}", one.paper_id))
            queries[f"{one.paper_id}-{at}"] = (said[at], one.paper_id)
            corpus[one.paper_id] = " ".join(rest)
        found = find_leaks(retrieval(queries, corpus))
        assert [(leak.left, leak.right) for leak in found] == sorted(expected)
        assert all(leak.kind == "query-in-document" and leak.value == 1.0 for leak in found)


@pytest.mark.parametrize(("length", "value"), [(13, 12 / 13), (12, 0.0)])
def test_a_query_with_its_first_word_missing_counts_from_thirteen_words(length: int, value: float) -> None:
    assert query_in_document(row("q", 1, length), row("q", 2, length)) == value


@pytest.mark.parametrize(
    ("length", "first", "second", "value"),
    [(20, 5, 15, 0.75), (19, 5, 14, 0.0), (20, 5, 14, 0.0), (20, 4, 15, 0.0)],
    ids=["three quarters", "14 of 19", "14 of 20", "a run of four does not count"],
)
def test_three_quarters_of_the_words_of_a_query(length: int, first: int, second: int, value: float) -> None:
    """The first words of the query stand in the document, and after another word those up to `second`."""
    document = f"{row('q', 1, first)} some {row('q', first + 1, second)} {row('z', 1, 30)}"
    assert query_in_document(row("q", 1, length), document) == value


def test_a_query_with_every_sixth_word_changed_is_found_and_words_in_another_order_are_not() -> None:
    words = row("q", 1, 30).split()
    changed = ["new" if at % 6 == 5 else word for at, word in enumerate(words)]
    assert query_in_document(" ".join(words), " ".join(changed)) == 25 / 30
    assert query_in_document(" ".join(words), " ".join(reversed(words))) == 0.0


@pytest.mark.parametrize(("length", "value"), [(8, 1.0), (7, 0.0)])
def test_a_short_query_in_a_document_it_was_not_taken_from(length: int, value: float) -> None:
    query, document = row("q", 1, length), f"before {row('q', 1, length)} after"
    assert query_in_document(query, document, own=False) == value
    assert query_in_document(query, document) == 1.0
    expected = [Leak("query-in-document", "query", "document", 1.0)]
    assert find_leaks(retrieval({"query": (query, "document")}, {"document": document})) == (expected if value else [])
    assert find_leaks(retrieval({"query": (query, "document")}, {"document": document}, group="document")) == expected


def test_a_query_of_the_id_of_its_document_is_its_own() -> None:
    data = retrieval({"one": ("Mamba", "one")}, {"one": "We study Mamba."}, group="group")
    assert find_leaks(data) == [Leak("query-in-document", "one", "one", 1.0)]


def test_a_word_is_not_found_within_a_word_and_an_address_is_read() -> None:
    assert query_in_document("Fusion", "We study diffusion.") == 0.0
    assert query_in_document("Big Model", "Code: https://github.com/me/Big_Model") == 1.0
    assert query_in_document("model", "mo\u00addel and mo\u200bdel") == 1.0


@pytest.mark.parametrize("query", ["", " ", "...", "\u200b"])
def test_a_query_without_words_stands_nowhere(query: str) -> None:
    for document in ("", query, "words"):
        assert query_in_document(query, document) == 0.0


def test_a_document_that_is_left_out_of_the_ranking_does_not_leak() -> None:
    queries, corpus = {"one": ("A Long Title", "one")}, {"one": "A long title."}
    assert find_leaks(retrieval(queries, corpus, skip=True)) == []
    assert len(find_leaks(retrieval(queries, corpus))) == 1
    other = retrieval({"one": (row("q", 1, 9), "two")}, {"one": "x", "two": row("q", 1, 9)}, skip=True)
    assert find_leaks(other) == [Leak("query-in-document", "one", "two", 1.0)]


def test_a_query_in_a_document_that_is_not_relevant_is_no_leak() -> None:
    assert find_leaks(retrieval({"one": (row("q", 1, 9), "two")}, {"one": row("q", 1, 9), "two": "y"})) == []


# --- pairs


def test_pairs_that_contradict_themselves_or_stand_twice() -> None:
    data = pairs(
        ("First text", "Second text", 1),
        ("Same text", "same  TEXT!", 0),
        ("Same old text", "same old text", 1),
        ("second text", "FIRST TEXT", 0),
        ("First text", "Third text", 0),
        ("first text", "second text.", 1),
        ("", "", 0),
        ("", "", 0),
    )
    assert find_leaks(data) == [
        Leak("same-pair", "pair0", "pair3", 1.0),
        Leak("same-pair", "pair0", "pair5", 1.0),
        Leak("same-text", "pair1", "pair1", 1.0),
    ]


# --- for people


@pytest.mark.parametrize("kind", KINDS)
def test_a_leak_names_both_sides(kind: str) -> None:
    told = Leak(kind, "one", "one" if kind in {"same-paper", "same-text"} else "two", 0.5).sentence()
    assert told.startswith(f"{kind}: ")
    assert "`one`" in told
    assert kind in {"same-paper", "same-text"} or "`two`" in told
    assert ("50%" in told) == (kind in {"near-duplicate", "reordered", "query-in-document"})
