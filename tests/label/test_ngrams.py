"""The text classifier: leave-one-out scores are those of really leaving one out; reading it back changes nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import hstack

from curation.label.labeler import Labeler
from curation.label.ngrams import ANALYZERS, NgramClassifier
from curation.label.training import Papers, Training
from curation.schemas.taxonomy import TOPIC_IDS
from tests.labelling import EXAMPLES, UNRELATED

RIDGE = 0.5


@pytest.fixture(scope="module")
def small(few: Papers) -> Papers:
    return few.take(np.arange(0, len(few.texts), 3))


def written(papers: Papers) -> list[str]:
    return [f"{title} . {title} . {abstract}" for title, abstract in papers.texts]


def targets_of(papers: Papers) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    targets = papers.members.copy()
    for paper, topic in enumerate(papers.primary):
        targets[paper, topic] = 1.5
    return targets


@pytest.mark.parametrize("weighted", [False, True])
def test_leave_one_out_scores_are_those_of_a_classifier_without_the_paper(small: Papers, weighted: bool) -> None:
    count = len(small.texts)
    weights = np.linspace(0.5, 3.0, count) if weighted else np.ones(count)
    classifier, left_out = NgramClassifier.fit(small.texts, small.primary, small.members, weights)
    matrix = hstack([one.transform(written(small)) for one in classifier.vectorizers]).toarray()
    targets = targets_of(small)
    centred = targets - targets.mean(axis=0)
    for paper in range(0, count, 4):
        rest = np.arange(count) != paper
        x, w = matrix[rest], weights[rest]
        # weighted ridge regression, solved in its primal form on the span of the papers that are left
        basis = np.linalg.qr(x.T)[0]
        z = x @ basis
        system = z.T @ (w[:, None] * z) + RIDGE * np.eye(z.shape[1])
        coefficients = basis @ np.linalg.solve(system, z.T @ (w[:, None] * centred[rest]))
        np.testing.assert_allclose(left_out[paper], targets.mean(axis=0) + matrix[paper] @ coefficients, atol=1e-8)


def test_a_classifier_scores_its_own_papers_better_than_those_left_out(small: Papers) -> None:
    classifier, left_out = NgramClassifier.fit(small.texts, small.primary, small.members, np.ones(len(small.texts)))
    rows = np.arange(len(small.texts))
    own = classifier.scores(small.texts)
    assert own.shape == left_out.shape == (len(small.texts), len(TOPIC_IDS))
    assert own[rows, small.primary].mean() > left_out[rows, small.primary].mean() + 0.2
    np.testing.assert_array_equal(classifier.bias, targets_of(small).mean(axis=0))


def test_scores_are_the_bias_and_the_weights_of_what_is_known(small: Papers) -> None:
    classifier, _ = NgramClassifier.fit(small.texts, small.primary, small.members, np.ones(len(small.texts)))
    matrix = hstack([one.transform(written(small)[:3]) for one in classifier.vectorizers]).toarray()
    expected = classifier.bias + matrix @ classifier.weights
    np.testing.assert_allclose(classifier.scores(small.texts[:3]), expected, atol=1e-12)


def test_scores_do_not_depend_on_the_papers_beside(trained: Training) -> None:
    classifier = trained.labeler.classifier
    texts = [*EXAMPLES.values(), UNRELATED]
    together = classifier.scores(texts)
    np.testing.assert_allclose(np.concatenate([classifier.scores([text]) for text in texts]), together, atol=1e-12)
    np.testing.assert_allclose(classifier.scores(texts[::-1])[::-1], together, atol=1e-12)


def test_a_classifier_that_was_read_back_gives_the_same_scores(trained: Training, tmp_path: Path) -> None:
    classifier = trained.labeler.classifier
    trained.labeler.save(tmp_path, {})
    again = Labeler.load(tmp_path).classifier
    texts = [*EXAMPLES.values(), UNRELATED, ("Schrödinger’s Brücken", "Größe\nΣ ß İ — naïve\u2028Café"), ("", "")]
    np.testing.assert_array_equal(again.scores(texts), classifier.scores(texts))
    np.testing.assert_array_equal(again.weights, classifier.weights)
    for one, other, options in zip(again.vectorizers, classifier.vectorizers, ANALYZERS, strict=True):
        assert one.get_feature_names_out().tolist() == other.get_feature_names_out().tolist()
        assert one.get_params()["ngram_range"] == options["ngram_range"]
        np.testing.assert_array_equal(one.idf_, other.idf_)
