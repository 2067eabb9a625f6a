"""Features: the same for every topic, for a paper whatever papers stand beside it."""

from __future__ import annotations

from math import log1p

import numpy as np
import pytest

from curation.label.features import FEATURE_NAMES, Array, ngram_features, vote_features
from curation.label.functions import LABELING_FUNCTIONS, Evidence, gather
from curation.label.words import PARTS
from curation.schemas.taxonomy import TOPIC_IDS
from tests.labelling import EXAMPLES, UNRELATED

NGRAMS = 3
PLACES = (*PARTS, "title", "abstract")


@pytest.fixture(scope="module")
def evidence() -> list[Evidence]:
    return [gather(*text) for text in (*EXAMPLES.values(), UNRELATED)]


@pytest.fixture(scope="module")
def categories(evidence: list[Evidence]) -> list[tuple[str, ...]]:
    kinds: tuple[tuple[str, ...], ...] = ((), ("cs.LG",), ("cs.CV", "cs.CL"), ("stat.ML", "stat.ME"))
    return [kinds[number % len(kinds)] for number in range(len(evidence))]


@pytest.fixture(scope="module")
def features(evidence: list[Evidence], categories: list[tuple[str, ...]]) -> Array:
    return vote_features(evidence, categories)


def slow_row(one: Evidence, categories: tuple[str, ...], topic: str) -> dict[str, float]:
    """Describe a paper and a topic function by function, without a matrix."""
    from curation.label.categories import topic_of_category

    scores = [score or 0.0 for score in one.scores()]
    named = list(zip(LABELING_FUNCTIONS, scores, strict=True))

    def of(topic: str, kind: bool | None = None) -> float:
        return sum(s for f, s in named if f.topic == topic and kind in {None, f.title_weight >= 3.0})

    def count(topic: str, place: str) -> int:
        total = 0
        for number, function in enumerate(LABELING_FUNCTIONS):
            if function.topic == topic:
                if place == "abstract":
                    total += int(one.abstract_hits[number])
                else:
                    inside = ("object", "purpose", "means") if place == "title" else (place,)
                    total += sum(int(one.parts[number, PARTS.index(part)]) for part in inside)
        return total

    row: dict[str, float] = {}
    for place in PLACES:
        here, everywhere = count(topic, place), sum(count(other, place) for other in TOPIC_IDS)
        row[f"present-in-{place}"] = float(here > 0)
        row[f"log-count-in-{place}"] = log1p(here)
        row[f"share-of-{place}"] = here / everywhere if everywhere else 0.0
    own = of(topic)
    others = [of(other) for other in TOPIC_IDS if other != topic]
    better = sum(value > own for value in others)
    better += sum(of(other) == own for other in TOPIC_IDS[: TOPIC_IDS.index(topic)])
    row["log-sum-of-votes"] = log1p(own)
    row["sum-of-best"] = own / max(own, *others) if max(own, *others) else 0.0
    row["log-best-other"] = log1p(max(others))
    row["lead"] = own - max(others)
    row["silent"] = float(own == 0)
    row |= {f"rank-{rank}": float(own > 0 and better == rank) for rank in range(3)}
    row["functions-voting"] = min(4, sum(s > 0 for f, s in named if f.topic == topic))
    topics = [topic_of_category(category) for category in categories]
    row["primary-category"] = float(topics[:1] == [topic])
    row["any-category"] = float(topic in topics)
    for kind, strong in (("strong", True), ("weak", False)):
        best = max(of(other, strong) for other in TOPIC_IDS)
        row[f"log-{kind}-sum"] = log1p(of(topic, strong))
        row[f"{kind}-of-best"] = of(topic, strong) / best if best else 0.0
    row |= {f"vote-of-{f.name}": s / 4.0 if f.topic == topic else 0.0 for f, s in named}
    return row


def test_names_are_unique_and_as_many_as_the_features(features: Array, evidence: list[Evidence]) -> None:
    assert len(set(FEATURE_NAMES)) == len(FEATURE_NAMES)
    assert features.shape == (len(evidence), len(TOPIC_IDS), len(FEATURE_NAMES) - NGRAMS)
    assert [name for name in FEATURE_NAMES if name.startswith("ngram")] == list(FEATURE_NAMES[-NGRAMS:])
    assert features.dtype == np.float64
    assert np.isfinite(features).all()


def test_features_are_those_of_a_slow_loop(
    features: Array, evidence: list[Evidence], categories: list[tuple[str, ...]]
) -> None:
    for number in range(0, len(evidence), 7):
        for topic in TOPIC_IDS[number % 2 :: 2]:
            slow = slow_row(evidence[number], categories[number], topic)
            assert set(slow) == set(FEATURE_NAMES[:-NGRAMS])
            fast = dict(zip(FEATURE_NAMES, features[number, TOPIC_IDS.index(topic)].tolist(), strict=False))
            assert fast == pytest.approx(slow, abs=1e-12), (number, topic)


@pytest.mark.parametrize("size", [1, 3, 8])
def test_a_paper_has_the_same_features_whatever_stands_beside_it(
    features: Array, evidence: list[Evidence], categories: list[tuple[str, ...]], size: int
) -> None:
    batches = [slice(start, start + size) for start in range(0, len(evidence), size)]
    parts = [vote_features(evidence[batch], categories[batch]) for batch in batches]
    np.testing.assert_array_equal(np.concatenate(parts), features)


def test_without_evidence_a_topic_is_silent_and_nothing_else() -> None:
    features = vote_features([gather("", "")], [()])
    assert (features == features[:, :1]).all()
    assert {FEATURE_NAMES[at] for at in np.flatnonzero(features[0, 0])} == {"silent"}


def test_categories_without_evidence_speak_for_their_topics_only() -> None:
    features = vote_features([gather("", "")], [("cs.CL", "cs.CV")])[0]
    told = {
        (TOPIC_IDS[topic], FEATURE_NAMES[at])
        for topic, at in zip(*np.nonzero(features), strict=True)
        if FEATURE_NAMES[at] != "silent"
    }
    assert told == {
        ("language-models", "primary-category"),
        ("language-models", "any-category"),
        ("computer-vision", "any-category"),
    }


def test_scores_of_the_classifier_are_told_beside_the_best() -> None:
    scores = np.array([[0.5, 1.5, -0.25], [0.0, 0.0, 0.0]])
    expected = [
        [[0.5, -1.0, 0.0], [1.5, 0.0, 1.0], [-0.25, -1.75, 0.0]],
        [[0.0, 0.0, 1.0]] * 3,
    ]
    assert ngram_features(scores).tolist() == expected
