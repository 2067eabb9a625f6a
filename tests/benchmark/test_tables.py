"""Tests of `queries`, `corpus` and `qrels`: they follow from the papers, and more papers only add to them."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.benchmark import tables
from curation.benchmark.leaks import leaking_papers, query_in_document
from curation.benchmark.sentences import sentence_spans
from curation.benchmark.tables import Paper, benchmark_papers, task_tables
from curation.benchmark.texts import sentences_taken
from curation.schemas.tables import TABLES
from tests.benchmark.helpers import invented, paper_id, papers_table
from tests.profiles import examples

Rows = list[dict[str, Any]]

PLAIN = invented(14, seed=1)
FIRST, SECOND, THIRD = PLAIN[:3]
SPECIAL = [
    replace(FIRST, paper_id=paper_id("copy"), title="A copy under another name", split="test"),
    replace(SECOND, paper_id=paper_id("second part"), title="Second part", abstract=f"As {SECOND.title} has it. Go."),
    replace(THIRD, paper_id=paper_id("own title"), title="Wholly new thing", abstract="A wholly new thing is here."),
    replace(
        THIRD,
        paper_id=paper_id("no topic"),
        title="Nobody knows why",
        topics=(),
        abstract=invented(1, 1, 8)[0].abstract,
    ),
    replace(THIRD, paper_id=paper_id("one sentence"), title="Short one", abstract=" ".join(f"z{n}" for n in range(20))),
    replace(
        FIRST,
        paper_id=paper_id("signs"),
        title="Œuvre “α”\t1",
        abstract=invented(1, 1, 9)[0].abstract,
        split="validation",
    ),
    replace(
        FIRST, paper_id=paper_id("lone"), title="Lonely", topics=("quantum",), abstract=invented(1, 1, 7)[0].abstract
    ),
]
POOL = [*PLAIN, *SPECIAL]


def made(papers: list[Paper]) -> dict[str, Rows]:
    return {name: table.to_pylist() for name, table in task_tables(papers_table(papers)).items()}


def keyed(name: str, rows: Rows) -> dict[tuple[str, ...], dict[str, Any]]:
    return {tuple(row[part] for part in TABLES[name].sort_key): row for row in rows}


@st.composite
def growing(draw: st.DrawFn) -> tuple[list[Paper], list[Paper]]:
    more = draw(st.lists(st.sampled_from(POOL), unique_by=lambda one: one.paper_id, min_size=1))
    return [one for one in more if draw(st.booleans())], more


@examples(60)
@given(growing())
def test_more_papers_only_add_rows_but_for_what_they_make_leak(two: tuple[list[Paper], list[Paper]]) -> None:
    fewer, more = two
    before, after = made(fewer), made(more)
    leaking = leaking_papers(more)
    known = {one.paper_id: one for one in more}
    dropped = set()
    for row in before["queries"]:
        paper = known[row["paper_id"]]
        told_elsewhere = row["task"] == "related-papers" and any(
            query_in_document(paper.title, one.abstract, own=False)
            for one in more
            if one.topics[:1] == paper.topics[:1] and one not in fewer
        )
        if paper.paper_id in leaking or told_elsewhere:
            dropped.add((row["task"], row["query_id"]))
        else:
            assert row in after["queries"]
    assert all(row in after["corpus"] for row in before["corpus"] if row["document_id"] not in leaking)
    for row in before["qrels"]:
        if (row["task"], row["query_id"]) not in dropped and row["document_id"] not in leaking:
            assert row in after["qrels"]


@examples(20)
@given(st.permutations(POOL))
def test_the_order_of_papers_does_not_matter(papers: list[Paper]) -> None:
    assert made(papers) == made(POOL)


@examples(40)
@given(growing())
def test_rows_are_unique_and_belong_together(two: tuple[list[Paper], list[Paper]]) -> None:
    _, papers = two
    found = made(papers)
    splits = {one.paper_id: one.split for one in papers}
    for name, rows in found.items():
        assert len(keyed(name, rows)) == len(rows)
    texts = {(row["task"], row["document_id"]): row["text"] for row in found["corpus"]}
    relevant = defaultdict(set)
    for row in found["qrels"]:
        assert (row["task"], row["document_id"]) in texts
        relevant[row["task"], row["query_id"]].add(row["document_id"])
    assert relevant.keys() == {(row["task"], row["query_id"]) for row in found["queries"]}
    for row in found["queries"]:
        documents = relevant[row["task"], row["query_id"]]
        assert row["split"] == splits[row["paper_id"]]
        own = row["task"] != "related-papers"
        assert documents == {row["paper_id"]} if own else row["paper_id"] not in documents
        assert not any(query_in_document(row["text"], texts[row["task"], one], own=own) for one in documents)
    assert all(row["split"] == splits[row["query_id"][:16]] for row in found["qrels"])


def test_the_tables_have_the_published_columns() -> None:
    found = task_tables(papers_table(POOL))
    assert list(found) == ["queries", "corpus", "qrels"]
    for name, table in found.items():
        assert set(table.column_names) - {"split"} == set(TABLES[name].columns)
        assert ("split" in table.column_names) == (len(TABLES[name].splits) > 1)
    assert not any(table.num_rows for table in task_tables(papers_table([])).values())


def test_an_abstract_is_given_back_by_its_document_and_its_sentences() -> None:
    found = made(PLAIN)
    taken: dict[str, dict[int, str]] = defaultdict(dict)
    for row in found["queries"]:
        if row["task"] == "sentence-to-abstract":
            taken[row["paper_id"]][int(row["query_id"].rpartition("-")[2])] = row["text"]
    documents = {row["document_id"]: row["text"] for row in found["corpus"] if row["task"] == "sentence-to-abstract"}
    assert documents.keys() == {one.paper_id for one in PLAIN} == taken.keys()
    for one in PLAIN:
        sentences = [one.abstract[start:end] for start, end in sentence_spans(one.abstract)]
        own, document = taken[one.paper_id], documents[one.paper_id]
        assert len(own) == 2  # of five
        rest = [text for number, text in enumerate(sentences) if number not in own]
        assert [own.get(number, text) for number, text in enumerate(sentences)] == sentences
        assert document == " ".join(rest)
        assert not any(text in document for text in own.values())
    assert len({tuple(own) for own in taken.values()}) > 5  # the choice is each paper's own


def test_at_most_three_sentences_are_taken_and_only_those_that_tell() -> None:
    long = [f"Sentence {n} has {' '.join(f'w{n}x{m}' for m in range(5 + n))}." for n in range(9)]
    short = [f"Only {n} and six words here." for n in range(5)]
    for fit in (long, [*long[:3], *[f"Too {'long ' * 60}{n}." for n in range(4)]]):
        paper = replace(FIRST, abstract=" ".join([*short, *fit]))
        texts = {row["text"] for row in made([paper])["queries"] if row["task"] == "sentence-to-abstract"}
        assert len(texts) == 3
        assert texts <= set(long)
    assert texts == set(long[:3])
    alone = replace(FIRST, abstract=long[0])
    assert not [row for row in made([alone])["queries"] if row["task"] == "sentence-to-abstract"]
    assert [row["text"] for row in made([alone])["corpus"]] == [long[0]] * 3


def test_a_title_in_its_own_abstract_is_no_query() -> None:
    ids = {row["paper_id"] for row in made(POOL)["queries"] if row["task"] == "title-to-abstract"}
    assert paper_id("own title") not in ids
    assert ids >= {one.paper_id for one in PLAIN}


@examples(40)
@given(st.lists(st.tuples(*(st.lists(st.sampled_from(["A", "b", "c.", "é"]), max_size=40),) * 2), max_size=5))
def test_a_query_is_left_out_only_where_it_stands_in_its_document(words: list[tuple[list[str], list[str]]]) -> None:
    papers = [
        replace(FIRST, paper_id=paper_id(str(at)), title=" ".join(title), abstract=" ".join(text), topics=topics)
        for at, (title, text) in enumerate(words)
        for topics in [("quantum",) if at % 2 else ()]
    ]
    found = made(papers)
    kept = {(row["task"], row["query_id"]) for row in found["queries"]}
    rest = {row["document_id"]: row["text"] for row in found["corpus"] if row["task"] == "sentence-to-abstract"}
    for one in papers:
        others = [other for other in papers if other is not one and one.topics and other.topics == one.topics]
        told = any(query_in_document(one.title, other.abstract, own=False) for other in others)
        assert (("related-papers", one.paper_id) in kept) == (bool(others) and not told)
        told = bool(query_in_document(one.title, one.abstract))
        assert (("title-to-abstract", one.paper_id) in kept) == (not told)
        said = [one.abstract[start:end] for start, end in sentence_spans(one.abstract)]
        for at in sentences_taken(one.paper_id, said):
            told = bool(query_in_document(said[at], rest[one.paper_id]))
            assert (("sentence-to-abstract", f"{one.paper_id}-{at}") in kept) == (not told)


def test_a_title_finds_the_papers_of_its_primary_topic() -> None:
    found = made(PLAIN)
    rows = [row for row in found["qrels"] if row["task"] == "related-papers"]
    expected = {
        (one.paper_id, other.paper_id)
        for one in PLAIN
        for other in PLAIN
        if one is not other and one.topics[0] == other.topics[0]
    }
    assert {(row["query_id"], row["document_id"]) for row in rows} == expected
    corpus = {row["document_id"] for row in made(POOL)["corpus"] if row["task"] == "related-papers"}
    assert paper_id("no topic") not in corpus
    assert paper_id("lone") in corpus
    queries = {row["query_id"] for row in made(POOL)["queries"] if row["task"] == "related-papers"}
    assert paper_id("lone") not in queries


def test_a_title_that_stands_in_another_abstract_of_its_topic_is_no_query() -> None:
    title = "How seven or eight words make one title"
    told = replace(FIRST, title=title)
    teller = replace(SPECIAL[1], topics=told.topics, abstract=f"We read {title.lower()} again. It was good.")
    other = replace(PLAIN[3], topics=told.topics)
    queries = {row["query_id"] for row in made([told, teller, other])["queries"] if row["task"] == "related-papers"}
    assert queries == {teller.paper_id, other.paper_id}


def test_a_paper_of_test_that_resembles_one_of_train_is_left_out() -> None:
    assert FIRST.split == "train"
    assert paper_id("copy") not in {one.paper_id for one in benchmark_papers(papers_table(POOL))}
    without = [one for one in POOL if one.paper_id != FIRST.paper_id]
    assert paper_id("copy") in {one.paper_id for one in benchmark_papers(papers_table(without))}


@pytest.mark.parametrize(("most", "share"), [(200, 1.0), (199, 0.5), (100, 0.5), (99, 0.25), (20, 0.0625)])
def test_too_many_papers_are_halved_by_hash(monkeypatch: pytest.MonkeyPatch, most: int, share: float) -> None:
    monkeypatch.setattr(tables, "MOST_PAPERS", most)
    papers = papers_table([replace(one, split="train") for one in invented(200, seed=3)])
    kept = {one.paper_id for one in benchmark_papers(papers)}
    limit = pa.array(papers["paper_id"]).to_pylist()
    expected = {one for one in limit if int(hashlib.sha256(one.encode()).hexdigest()[:16], 16) / 2**64 < share}
    assert kept == expected
    assert len(kept) == pytest.approx(200 * share, abs=20)
