"""Tests of scores: of models whose scores are known, of measures counted by hand, and of every light model."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.benchmark.data import LabelledData, LabelledTexts, PairData, Queries, RetrievalData, TaskData, Texts
from curation.benchmark.evaluate import SEED, can_do, classification, clustering, evaluate
from curation.benchmark.evidence import Outcome, interval_of
from curation.benchmark.models.base import Model
from curation.benchmark.models.external import FunctionEncoder
from curation.benchmark.models.light import LIGHT, light_model
from curation.benchmark.task import MAIN_SCORES, tasks
from curation.errors import ModelError
from tests.benchmark.helpers import benchmark_of, invented
from tests.profiles import examples

DATA = benchmark_of(invented(72)).tasks
VOCABULARY = [f"{'abc'[topic]}word{topic}x" for topic in range(3)]


@pytest.fixture(autouse=True)
def few_subsets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clustering, "SUBSETS", 12)


def scored(task: str, answer: Callable[[list[str]], Any], data: TaskData | None = None) -> Outcome:
    return evaluate(tasks()[task], DATA[task] if data is None else data, FunctionEncoder("mine", answer))


class Finder:
    name = "finder"
    packages: Sequence[str] = ()

    def __init__(self, scores: Any) -> None:
        self.scores = scores

    def search(self, queries: Sequence[str], documents: Sequence[str]) -> Any:
        return np.array(self.scores)


def topics_of(texts: list[str]) -> Any:
    """Vectors of a model that knows the topic of an invented abstract."""
    counts = np.array([[text.lower().count(word) for word in VOCABULARY] for text in texts])
    return np.eye(3)[counts.argmax(axis=1)]


@pytest.mark.parametrize("task", DATA)
@pytest.mark.parametrize("name", LIGHT)
def test_every_light_model_is_scored_on_what_it_can_do_and_always_alike(name: str, task: str) -> None:
    if not can_do(light_model(name), tasks()[task]):
        assert name == "bm25"
        with pytest.raises(ModelError, match=f"the model bm25 has no vectors, which the task {task} needs"):
            evaluate(tasks()[task], DATA[task], light_model(name))
        return
    done: list[int] = []
    first = evaluate(tasks()[task], DATA[task], light_model(name), progress=done.append)
    assert first == evaluate(tasks()[task], DATA[task], light_model(name))
    main = MAIN_SCORES[tasks()[task].type]
    assert next(iter(first.scores)) == main
    assert all(-1 <= score <= 1 + 1e-9 for score in first.scores.values())
    interval = interval_of(first.evidence)
    assert interval.low <= first.scores[main] <= interval.high
    if first.evidence.kind != "pairs":
        assert np.mean(first.evidence.values) == pytest.approx(first.scores[main])
    assert sum(done) == (0 if name == "bm25" else len(all_texts(DATA[task])))


def all_texts(data: TaskData) -> list[str]:
    if isinstance(data, LabelledData):
        return [*data.train.texts, *data.test.texts]
    if isinstance(data, PairData):
        return [*data.left, *data.right]
    return [*data.queries.texts, *data.corpus.texts]


def test_a_model_that_knows_the_topics_has_a_full_score() -> None:
    assert scored("topic-primary", topics_of).scores == {"accuracy": 1, "f1": 1}
    found = scored("topic-clustering", topics_of)
    assert found.scores == pytest.approx({"ami": 1, "v_measure": 1})
    assert found.evidence.kind == "subsets"
    assert 12 < found.evidence.taken == clustering.subset_size(24) < 24
    assert len(found.evidence.values) == 12
    flat = scored("topic-primary", lambda texts: np.ones((len(texts), 2)))
    assert flat.scores["accuracy"] == pytest.approx(1 / 3, abs=0.01)


def test_one_cluster_for_all_scores_nothing() -> None:
    found = scored("topic-clustering", lambda texts: np.ones((len(texts), 2)))
    assert found.scores == pytest.approx({"ami": 0, "v_measure": 0})


def test_wide_vectors_are_clustered_as_narrow_ones_of_the_same_distances() -> None:
    turned, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(200, 200)))
    noise = np.random.default_rng(1).normal(size=(24, 8))
    texts = list(DATA["topic-clustering"].test.texts)  # type: ignore[union-attr]

    def narrow(batch: list[str]) -> Any:
        return noise[[texts.index(text) for text in batch]]

    def wide(batch: list[str]) -> Any:
        return np.hstack([narrow(batch), np.zeros((len(batch), 192))]) @ turned

    assert scored("topic-clustering", wide).scores == pytest.approx(scored("topic-clustering", narrow).scores, abs=0.05)


def test_hits_of_a_paper_are_its_share_of_ten_draws() -> None:
    found = scored("topic-primary", lambda texts: [[len(text), text.count("a")] for text in texts])
    assert found.evidence.kind == "papers"
    assert found.evidence.groups == DATA["topic-primary"].test.ids  # type: ignore[union-attr]
    assert all(round(10 * value, 9).is_integer() for value in found.evidence.values)
    assert found.details["draws"] == 10
    assert found.details["accuracy_sd_over_draws"] > 0


def test_draws_hold_at_most_eight_of_each_topic() -> None:
    labels = [0] * 30 + [1] * 9 + [2] * 8
    draws = classification.draw_primary(labels, SEED)
    assert len(draws) == 10
    for drawn in draws:
        assert len(set(drawn)) == len(drawn)
        assert sorted(labels[paper] for paper in drawn) == [0] * 8 + [1] * 8 + [2] * 8
    assert len({tuple(drawn) for drawn in draws}) == 10
    several = [(0, 1)] * 10 + [(0,)] * 10 + [(2,)] * 8
    for drawn in classification.draw_several(several, SEED):
        assert len(set(drawn)) == len(drawn)
        for topic in range(3):
            assert sum(topic in several[paper] for paper in drawn) >= 8


def test_topics_that_every_paper_of_a_draw_has_need_no_classifier() -> None:
    def part(count: int) -> LabelledTexts:
        texts = tuple(f"{'odd' if one % 2 else 'even'} {one}" for one in range(count))
        return LabelledTexts(
            tuple(map(str, range(count))), texts, tuple((0, 1) if one % 2 else (0,) for one in range(count))
        )

    data = LabelledData(("all", "odd"), part(20), part(8))
    found = scored("topics", lambda texts: [[float("odd" in text), 1.0] for text in texts], data)
    assert found.scores == pytest.approx({"lrap": 1, "f1": 1, "micro_f1": 1})
    every = replace(data, train=replace(data.train, labels=((0, 1),) * 20))
    assert scored("topics", lambda texts: np.ones((len(texts), 1)), every).scores["f1"] < 1


def test_label_ranking_is_that_of_the_papers_topics() -> None:
    found = scored("topics", lambda texts: [[text.lower().count(word) for word in VOCABULARY] for text in texts])
    assert found.scores["lrap"] > 0.9
    assert 0 < found.scores["micro_f1"] <= 1
    assert found.evidence.groups == DATA["topics"].test.ids  # type: ignore[union-attr]


@st.composite
def searches(draw: st.DrawFn) -> tuple[RetrievalData, list[list[float]]]:
    documents = [f"d{number:02}" for number in range(draw(st.integers(1, 25)))]
    queries = [f"d{number:02}" for number in range(draw(st.integers(1, 4)))]
    skip = draw(st.booleans())
    qrels: dict[str, dict[str, int]] = {}
    for query in queries:
        grades = {one: draw(st.sampled_from((*[0] * 9, 1, 2, 3))) for one in documents}
        qrels[query] = {one: grade for one, grade in grades.items() if grade and not (skip and one == query)}
    scores = [[draw(st.integers(-3, 3)) / 2 for _ in documents] for _ in queries]
    texts = Queries(tuple(queries), tuple(queries), tuple(queries))
    return RetrievalData(texts, Texts(tuple(documents), tuple(documents)), qrels, skip), scores


def by_hand(query: str, scores: Sequence[float], data: RetrievalData) -> dict[str, float]:
    """Measures of one query; equal scores in descending order of the documents' ids."""
    grades: Mapping[str, int] = data.qrels[query]
    if not grades:
        return {"ndcg_at_10": 0, "mrr_at_10": 0, "recall_at_10": 0}
    ranked = sorted(zip(scores, data.corpus.ids, strict=True), reverse=True)
    top = [name for _, name in ranked if not (data.skip_identical and name == query)][:10]
    gains = sum(grades.get(name, 0) / math.log2(2 + at) for at, name in enumerate(top))
    ideal = sum(grade / math.log2(2 + at) for at, grade in enumerate(sorted(grades.values(), reverse=True)[:10]))
    return {
        "ndcg_at_10": gains / ideal,
        "mrr_at_10": max((1 / (1 + at) for at, name in enumerate(top) if name in grades), default=0),
        "recall_at_10": sum(name in grades for name in top) / len(grades),
    }


@examples(60)
@given(searches())
def test_measures_of_retrieval_as_counted_by_hand(made: tuple[RetrievalData, list[list[float]]]) -> None:
    data, scores = made
    found = evaluate(tasks()["related-papers"], data, Finder(scores))
    rows = [by_hand(query, row, data) for query, row in zip(data.queries.ids, scores, strict=True)]
    for name, score in found.scores.items():
        assert score == pytest.approx(np.mean([row[name] for row in rows]))
    assert found.evidence.values == pytest.approx([row["ndcg_at_10"] for row in rows])
    assert found.evidence.groups == data.queries.groups


@pytest.mark.parametrize(("rank", "reciprocal"), [(1, 1), (9, 1 / 9), (10, 0.1), (11, 0)])
def test_a_document_below_rank_ten_counts_for_nothing(rank: int, reciprocal: float) -> None:
    names = tuple(f"d{number:02}" for number in range(20))
    data = RetrievalData(Queries(("q",), ("q",), ("q",)), Texts(names, names), {"q": {names[rank - 1]: 1}})
    found = evaluate(tasks()["related-papers"], data, Finder([range(20, 0, -1)]))
    gain = 1 / math.log2(1 + rank) if rank < 11 else 0
    assert found.scores == pytest.approx(
        {"ndcg_at_10": gain, "mrr_at_10": reciprocal, "recall_at_10": float(rank < 11)}
    )


def test_whole_numbers_rank_where_the_querys_own_document_is_left_out() -> None:
    data = RetrievalData(
        Queries(("a",), ("q",), ("a",)), Texts(("a", "b", "c"), ("x", "y", "z")), {"a": {"b": 1}}, skip_identical=True
    )
    found = evaluate(tasks()["related-papers"], data, Finder([[9, 5, 1]]))
    assert found.scores == {"ndcg_at_10": 1, "mrr_at_10": 1, "recall_at_10": 1}


def test_vectors_of_length_zero_are_like_nothing() -> None:
    found = scored("title-to-abstract", lambda texts: np.zeros((len(texts), 2)))
    assert found.scores["ndcg_at_10"] < 0.3
    assert scored("near-duplicate", lambda texts: np.zeros((len(texts), 2))).scores == {
        "cosine_ap": 0.5,
        "cosine_spearman": 0,
    }


def test_pairs_are_ranked_by_cosine_not_by_length() -> None:
    found = scored("near-duplicate", lambda texts: [[len(text), 0] for text in texts])
    assert found.scores["cosine_ap"] == 0.5
    known = DATA["near-duplicate"]
    assert isinstance(known, PairData)
    near = {text for pair, text in zip(known.labels, known.right, strict=True) if pair}

    def knows(texts: list[str]) -> Any:
        return [[3.0, 0] if text in near or text in known.left else [0, 5.0] for text in texts]

    far = replace(known, right=tuple(text if text in near else f"else {text}" for text in known.right))
    perfect = scored("near-duplicate", knows, far)
    assert perfect.scores == pytest.approx({"cosine_ap": 1, "cosine_spearman": 1})
    assert perfect.evidence.labels == known.labels
    assert perfect.evidence.groups == known.groups


class Neither:
    name = "neither"
    packages: Sequence[str] = ()


def test_a_model_that_can_do_nothing_is_explained() -> None:
    model: Model = Neither()
    with pytest.raises(ModelError, match="neither can neither encode nor search"):
        evaluate(tasks()["title-to-abstract"], DATA["title-to-abstract"], model)
    with pytest.raises(ModelError, match="has no vectors"):
        evaluate(tasks()["near-duplicate"], DATA["near-duplicate"], model)


@pytest.mark.parametrize("task", ["topic-primary", "title-to-abstract", "near-duplicate"])
def test_vectors_of_another_width_for_the_second_texts_are_explained(task: str) -> None:
    seen: list[int] = []

    def answer(texts: list[str]) -> Any:
        seen.append(1)
        return np.ones((len(texts), len(seen)))

    with pytest.raises(ModelError, match="gave vectors of 2 dimensions after some of 1"):
        scored(task, answer)


class Prompted:
    """Encodes queries and documents by methods of their own, and other texts by a third."""

    name = "prompted"
    packages = ("numpy",)

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []

    def prepare(self, texts: Sequence[str]) -> None:
        pass

    def encode(self, texts: Sequence[str]) -> Any:
        return self.said("texts", texts)

    def encode_queries(self, texts: Sequence[str]) -> Any:
        return self.said("queries", texts)

    def encode_documents(self, texts: Sequence[str]) -> Any:
        return self.said("documents", texts)

    def said(self, what: str, texts: Sequence[str]) -> Any:
        self.asked.append((what, len(texts)))
        return np.eye(len(texts), 3) + 0.1


def test_queries_and_documents_go_to_the_methods_that_a_model_has_for_them() -> None:
    data = RetrievalData(Queries(("q",), ("what",), ("q",)), Texts(("a", "b"), ("one", "two")), {"q": {"a": 1}})
    model = Prompted()
    evaluate(tasks()["title-to-abstract"], data, model)
    assert sorted(model.asked) == [("documents", 2), ("queries", 1)]
    model = Prompted()
    pairs = PairData(("p", "r"), ("a", "b"), ("c", "d"), (1, 0), (1.0, 0.0), ("p", "r"))
    evaluate(tasks()["near-duplicate"], pairs, model)
    assert {what for what, _ in model.asked} == {"texts"}
