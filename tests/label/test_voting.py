"""The sum of the functions' votes: topics by falling sum, few of them, the same every time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.label.functions import LABELING_FUNCTIONS, Evidence, gather
from curation.label.voting import FURTHER_SCORE, FURTHER_SHARE, VotedLabels, vote
from curation.label.words import PARTS
from curation.schemas.stages import MAX_TOPICS
from curation.schemas.taxonomy import TOPIC_IDS
from tests.labelling import EXAMPLES, UNRELATED, scores_of
from tests.profiles import examples

COUNT = len(LABELING_FUNCTIONS)


def evidence(title_terms: dict[int, int], abstract_hits: dict[int, int]) -> Evidence:
    title, abstract = np.zeros(COUNT, dtype=np.int64), np.zeros(COUNT, dtype=np.int64)
    for counts, found in ((title, title_terms), (abstract, abstract_hits)):
        for number, count in found.items():
            counts[number] = count
    return Evidence(np.zeros((COUNT, len(PARTS)), dtype=np.int64), title, abstract)


def sums_of(labels: VotedLabels) -> dict[str, float]:
    topics = [one.topic for one in labels.votes]
    return {topic: sum(one.score for one in labels.votes if one.topic == topic) for topic in topics}


@pytest.mark.parametrize("text", [UNRELATED, ("", "")])
def test_where_all_abstain_there_is_no_label(text: tuple[str, str]) -> None:
    assert vote(gather(*text)) == VotedLabels((), None, ())


@pytest.mark.parametrize("name", EXAMPLES)
def test_votes_are_those_of_the_functions(name: str) -> None:
    labels = vote(gather(*EXAMPLES[name]))
    assert {one.function: one.score for one in labels.votes} == scores_of(*EXAMPLES[name])
    assert labels == vote(gather(*EXAMPLES[name]))


_COUNTS = st.dictionaries(st.integers(0, COUNT - 1), st.integers(1, 7), max_size=12)


@given(_COUNTS, _COUNTS)
@examples(200)
def test_topics_stand_by_falling_sum_and_earn_their_place(title: dict[int, int], abstract: dict[int, int]) -> None:
    labels = vote(evidence(title, abstract))
    sums = sums_of(labels)
    ranked = sorted(sums, key=lambda topic: (-round(sums[topic], 4), TOPIC_IDS.index(topic)))
    assert labels.primary == (ranked[0] if ranked else None)
    floor = max(FURTHER_SCORE, FURTHER_SHARE * sums[ranked[0]]) if ranked else 0.0
    earned = [topic for topic in ranked[1:] if sums[topic] >= floor - 1e-9]
    assert labels.topics == tuple([*ranked[:1], *earned][:MAX_TOPICS])
    order = [one.function for one in labels.votes]
    assert order == [function.name for function in LABELING_FUNCTIONS if function.name in order]


def test_there_are_never_more_topics_than_allowed() -> None:
    text = [" : ".join(part) for part in zip(*EXAMPLES.values(), strict=True)]
    labels = vote(gather(text[0], text[1]))
    assert len(labels.topics) == MAX_TOPICS < len(sums_of(labels))


def test_ties_follow_the_order_of_the_taxonomy() -> None:
    strong = {
        topic: next(n for n, one in enumerate(LABELING_FUNCTIONS) if (one.topic, one.title_weight) == (topic, 4.0))
        for topic in ("graphs-clustering", "bayesian-inference")
    }
    labels = vote(evidence(dict.fromkeys(strong.values(), 1), {}))
    assert [one.score for one in labels.votes] == [4.0, 4.0]
    assert labels.topics == ("bayesian-inference", "graphs-clustering")


@pytest.mark.parametrize(
    ("title", "abstract", "topics"),
    [
        pytest.param("A Sampler for Diffusion Models", "", ("diffusion-models",), id="rule-1-the-new-object"),
        pytest.param(
            "Mamba for Sequential Recommendation",
            "Selective state space models (SSMs) such as Mamba model long user behaviour; the SSM is fast.",
            ("information-systems", "state-space-models"),
            id="rule-2-application",
        ),
        pytest.param(
            "Small One-Step Diffusion Models by Pruning",
            "One-step diffusion models from fewer sampling steps and pruned weights.",
            ("diffusion-models", "efficiency-systems"),
            id="rule-4-both-at-once",
        ),
        pytest.param(
            "A Provable Error Bound for Diffusion Models",
            "A theoretical analysis gives convergence guarantees for DDPM.",
            ("diffusion-models", "learning-theory"),
            id="rule-6-theory-of-a-family",
        ),
        pytest.param(
            "Parallel Bayesian Optimization",
            "An acquisition function for Bayesian optimization: a black-box optimization of a costly objective."
            " Black-box optimization needs few steps.",
            ("bayesian-inference", "optimization"),
            id="rule-6-bayesian-optimisation",
        ),
        pytest.param(
            "Root Causes on Graphs",
            "Root cause analysis with a graph neural network over a causal graph.",
            ("statistics",),
            id="rule-6-root-causes",
        ),
        pytest.param(
            "A Calmer Diffusion Model",
            "A score-based model. We test on image classification.",
            ("diffusion-models",),
            id="last-rule-a-test-bed-earns-no-topic",
        ),
    ],
)
def test_plain_cases_of_the_guide_need_no_trained_labeler(title: str, abstract: str, topics: tuple[str, ...]) -> None:
    assert vote(gather(title, abstract)).topics == topics
