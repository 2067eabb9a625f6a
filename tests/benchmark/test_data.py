"""Tests of what a task gives a model: which topics are scored, which papers are left out, and the hash of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import count

import pyarrow as pa
import pytest

from curation.benchmark.data import LabelledData, PairData, RetrievalData, TaskData, Texts, data_sha256, sizes
from curation.benchmark.read import joined, task_data, task_entries
from curation.benchmark.tables import Paper, task_tables
from curation.benchmark.task import tasks
from curation.schemas.taxonomy import TOPIC_IDS
from tests.benchmark.helpers import benchmark_of, invented, paper_id, papers_table, some_pairs

ONE, TWO, THREE, FOUR = TOPIC_IDS[:4]


def papers_of(counts: Mapping[tuple[str, ...], tuple[int, int]]) -> list[Paper]:
    """As many papers of topics in `train` and in `test` as are wanted, each of words of its own."""
    numbers = count()
    return [
        Paper(paper_id(number), f"title{number}", " ".join(f"w{number}x{one}" for one in range(9)), topics, split)
        for topics, wanted in counts.items()
        for split, papers in zip(("train", "test"), wanted, strict=True)
        for number in (next(numbers) for _ in range(papers))
    ]


def labelled(task: str, counts: Mapping[tuple[str, ...], tuple[int, int]]) -> LabelledData:
    found = benchmark_of(papers_of(counts)).tasks[task]
    assert isinstance(found, LabelledData)
    return found


def names(data: LabelledData, part: str) -> list[tuple[str, ...]]:
    return sorted(tuple(data.names[label] for label in labels) for labels in getattr(data, part).labels)


def test_a_topic_is_scored_from_eight_papers_in_train_and_four_in_test() -> None:
    data = labelled("topic-primary", {(ONE,): (8, 4), (TWO, ONE): (7, 9), (THREE,): (9, 3), (FOUR, TWO): (8, 5)})
    assert data.names == (ONE, FOUR)
    assert data.left_out[TWO] == "7 in train, 9 in test"
    assert data.left_out[THREE] == "9 in train, 3 in test"
    assert data.left_out[TOPIC_IDS[4]] == "0 in train, 0 in test"
    assert {*data.names, *data.left_out} == set(TOPIC_IDS)
    assert names(data, "train") == sorted([(ONE,)] * 8 + [(FOUR,)] * 8)
    assert names(data, "test") == sorted([(ONE,)] * 4 + [(FOUR,)] * 5)


def test_of_several_topics_each_counts_and_papers_without_a_scored_one_are_dropped() -> None:
    data = labelled("topics", {(ONE,): (8, 4), (TWO, ONE): (7, 9), (THREE,): (9, 3), (FOUR, TWO): (8, 5)})
    assert data.names == (ONE, TWO, FOUR)
    assert data.left_out[THREE] == "9 in train, 3 in test"
    assert names(data, "test") == sorted([(ONE,)] * 4 + [(ONE, TWO)] * 9 + [(TWO, FOUR)] * 5)
    assert len(data.train) == 8 + 7 + 8
    assert all(list(labels) == sorted(set(labels)) for labels in data.train.labels)


def test_papers_are_clustered_by_primary_topics_with_four_in_test() -> None:
    data = labelled("topic-clustering", {(ONE,): (8, 4), (TWO, ONE): (0, 4), (THREE,): (9, 3)})
    assert data.names == (ONE, TWO)
    assert data.left_out[THREE] == "3 in test"
    assert names(data, "test") == sorted([(ONE,)] * 4 + [(TWO,)] * 4)
    assert len(data.train) == 0


def test_a_task_with_one_topic_is_none() -> None:
    found = benchmark_of(papers_of({(ONE,): (8, 4), (TWO,): (8, 3)})).tasks
    assert not {"topic-primary", "topics", "topic-clustering"} & found.keys()
    assert {"title-to-abstract", "related-papers"} <= found.keys()
    assert not set(benchmark_of([]).tasks) - {"near-duplicate"}


def test_validation_papers_and_those_without_topics_are_neither_learned_from_nor_scored() -> None:
    papers = papers_of({(ONE,): (8, 4), (TWO,): (8, 4)})
    more = [replace(one, paper_id=paper_id(one.title), title=f"{one.title} x") for one in papers[:6]]
    unused = [replace(one, split="validation", abstract=f"v {one.title} v") for one in more[:3]]
    unused += [replace(one, topics=(), abstract=f"n {one.title} n") for one in more[3:]]
    before, after = benchmark_of(papers).tasks, benchmark_of([*papers, *unused]).tasks
    for task in ("topic-primary", "topics", "topic-clustering"):
        assert data_sha256(before[task]) == data_sha256(after[task])


def test_texts_are_title_and_abstract_by_id() -> None:
    papers = papers_of({(ONE,): (8, 4), (TWO,): (8, 4)})
    data = benchmark_of(papers).tasks["topic-primary"]
    assert isinstance(data, LabelledData)
    known = {one.paper_id: f"{one.title}\n\n{one.abstract}" for one in papers}
    for part in (data.train, data.test):
        assert list(part.ids) == sorted(part.ids)
        assert [known[name] for name in part.ids] == list(part.texts)


@pytest.mark.parametrize("task", ["title-to-abstract", "sentence-to-abstract", "related-papers"])
def test_queries_of_test_search_the_documents_of_all_splits(task: str) -> None:
    papers = invented(24)
    table = papers_table(papers)
    tables = task_tables(table)
    data = task_data(table, tables)[task]
    assert isinstance(data, RetrievalData)
    rows = [row for row in tables["queries"].to_pylist() if row["task"] == task and row["split"] == "test"]
    wanted = sorted((row["query_id"], row["text"], row["paper_id"]) for row in rows)
    assert list(zip(data.queries.ids, data.queries.texts, data.queries.groups, strict=True)) == wanted
    assert list(data.corpus.ids) == sorted(one.paper_id for one in papers)
    assert data.qrels.keys() == set(data.queries.ids)
    assert data.skip_identical == (task == "related-papers")
    assert sizes(data)["units"] == len({row["paper_id"] for row in rows})


def test_titles_stand_before_texts_and_queries_without_a_paper_are_their_own_group() -> None:
    task = {"task": "title-to-abstract"}
    tables = {
        "queries": [{**task, "query_id": "b", "paper_id": None, "text": "who", "split": "test"}],
        "corpus": [
            {**task, "document_id": "2", "title": "", "text": "no"},
            {**task, "document_id": "1", "title": "T", "text": "a"},
        ],
        "qrels": [{**task, "query_id": "b", "document_id": "1", "relevance": 2, "split": "test"}],
    }
    data = task_data(papers_table([]), {name: pa.Table.from_pylist(rows) for name, rows in tables.items()})
    (found,) = data.values()
    assert isinstance(found, RetrievalData)
    assert found.corpus == Texts(("1", "2"), ("T a", "no"))
    assert found.queries.groups == ("b",)
    assert found.qrels == {"b": {"1": 2}}


def test_a_hash_changes_with_anything_that_a_score_depends_on() -> None:
    found = benchmark_of(invented(72)).tasks
    primary, search, pairs = found["topic-primary"], found["related-papers"], found["near-duplicate"]
    assert isinstance(primary, LabelledData)
    assert isinstance(search, RetrievalData)
    assert isinstance(pairs, PairData)
    test, queries = primary.test, search.queries
    query, documents = next(iter(search.qrels.items()))
    changed: list[TaskData] = [
        replace(primary, names=primary.names[::-1]),
        replace(primary, train=test, test=primary.train),
        replace(primary, test=replace(test, texts=(test.texts[0] + " ", *test.texts[1:]))),
        replace(primary, test=replace(test, labels=((2,), *test.labels[1:]))),
        replace(primary, test=replace(test, ids=("x", *test.ids[1:]))),
        replace(search, skip_identical=False),
        replace(search, queries=replace(queries, texts=("x", *queries.texts[1:]))),
        replace(search, queries=replace(queries, groups=("x", *queries.groups[1:]))),
        replace(search, corpus=replace(search.corpus, texts=("x", *search.corpus.texts[1:]))),
        replace(search, qrels={**search.qrels, query: {**documents, min(documents): 2}}),
        replace(pairs, labels=(1, *pairs.labels[1:])),
        replace(pairs, similarities=(0.2, *pairs.similarities[1:])),
        replace(pairs, groups=("x", *pairs.groups[1:])),
        replace(pairs, left=pairs.right, right=pairs.left),
    ]
    hashes = [data_sha256(data) for data in (*found.values(), *changed)]
    assert len(set(hashes)) == len(hashes)
    assert data_sha256(replace(primary, left_out={})) == data_sha256(primary)
    turned = {name: dict(reversed(list(search.qrels[name].items()))) for name in reversed(list(search.qrels))}
    assert data_sha256(replace(search, qrels=turned)) == data_sha256(search)


def test_sizes_count_what_is_there() -> None:
    assert sizes(some_pairs(30)) == {"pairs": 30, "positive": 15, "units": 10}
    data = benchmark_of(papers_of({(ONE,): (8, 4), (TWO,): (9, 6)})).tasks
    assert sizes(data["topic-primary"]) == {"labels": 2, "train": 17, "test": 10, "units": 10}
    assert sizes(data["title-to-abstract"]) == {"queries": 10, "documents": 27, "judgments": 10, "units": 10}
    assert sizes(data["related-papers"])["judgments"] == 4 * 11 + 6 * 14


def test_a_manifest_says_of_each_task_what_its_data_are() -> None:
    papers = invented(72)
    whole = {"papers": papers_table(papers), **task_tables(papers_table(papers))}
    whole["corpus"] = whole["corpus"].append_column("split", pa.array(["train"] * whole["corpus"].num_rows))
    cut = {
        name: {
            split: table.filter(pa.compute.equal(table["split"], split)).drop_columns("split")
            for split in ("train", "validation", "test")
        }
        for name, table in whole.items()
    }
    assert joined(cut["papers"]).num_rows == len(papers)
    found = task_data(whole["papers"], whole)
    entries = task_entries(cut)
    assert list(entries) == sorted(found)
    for name, entry in entries.items():
        assert entry["data_sha256"] == data_sha256(found[name])
        assert entry["sizes"] == sizes(found[name])
        assert (entry["version"], entry["main_score"]) == (tasks()[name].version, tasks()[name].main_score)
    assert set(entries["topic-primary"]["left_out"]) == set(TOPIC_IDS[3:])
    assert entries["related-papers"]["left_out"] == {}
