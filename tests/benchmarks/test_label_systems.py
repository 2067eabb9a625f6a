"""The labeler's baselines: every system gives each paper a primary topic, and at most four topics with it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks import label_systems as systems
from curation.label.corpus import read_invented
from curation.label.labeler import load_labeler
from curation.label.training import Papers
from curation.schemas.stages import MAX_TOPICS
from curation.schemas.taxonomy import TOPIC_IDS

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def papers() -> Papers:
    every = read_invented(ROOT / "data" / "annotations" / "invented.jsonl")
    return every.take(np.arange(0, len(every.texts), 20))


def test_every_system_gives_a_primary_topic_and_few_others(papers: Papers) -> None:
    real = Papers(
        papers.texts,
        papers.categories,
        papers.primary,
        papers.members,
        papers.groups,
        np.ones(len(papers.texts), dtype=bool),
    )
    fallback = systems.majority(real)
    assert papers.primary.tolist().count(fallback) == max(np.bincount(papers.primary))
    for one in (
        systems.by_majority(papers, fallback),
        systems.by_functions(papers, fallback),
        systems.by_classifier(real, papers),
        systems.by_labeler(load_labeler(), papers),
    ):
        assert one.labels.shape == one.scores.shape == (len(papers.texts), len(TOPIC_IDS))
        assert (one.labels[np.arange(len(papers.texts)), one.primary] == 1).all()
        assert set(one.labels.sum(axis=1)) <= set(range(1, MAX_TOPICS + 1))


def test_functions_that_all_abstain_fall_back_to_the_most_frequent_topic() -> None:
    silent = Papers.of([("A title", "Some words that nobody listens for.")], [["statistics"]])
    assert systems.by_functions(silent, 7).primary.tolist() == [7]
