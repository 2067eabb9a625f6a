"""The labeler: what it answers, when it abstains, and that it can be written and read back."""

from __future__ import annotations

import json
import zipfile
from dataclasses import fields
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from curation.label import labeler as module
from curation.label.features import FEATURE_NAMES
from curation.label.functions import LABELING_FUNCTIONS
from curation.label.labeler import Answer, Labeler, load_labeler
from curation.label.pooled import PooledModel
from curation.label.readable import REASONS
from curation.label.training import Papers, Training
from curation.label.version import LABELER_VERSION
from curation.schemas.stages import MAX_TOPICS
from curation.schemas.taxonomy import TOPIC_IDS
from tests.commands import ROOT
from tests.labelling import UNREADABLE

Paper = tuple[str | None, str | None, tuple[str, ...]]

SHIPPED: Final = ROOT / "curation" / "label" / "model"
KINDS: Final[tuple[tuple[str, ...], ...]] = ((), ("cs.LG",), ("cs.CV", "cs.LG"))


@pytest.fixture(scope="module")
def papers(few: Papers) -> list[Paper]:
    """Papers, every fifth of them unreadable, some of them with categories."""
    found: list[Paper] = [(*text, KINDS[number % 3]) for number, text in enumerate(few.texts[:30])]
    for number, (title, abstract, _) in enumerate(UNREADABLE):
        found.insert(5 * number, (title, abstract, ()))
    return found


@pytest.fixture(scope="module")
def answers(papers: list[Paper]) -> list[Answer]:
    return list(load_labeler().label(papers))


def test_answers_have_the_order_of_papers_and_reasons_for_those_not_read(
    papers: list[Paper], answers: list[Answer]
) -> None:
    assert len(answers) == len(papers)
    reasons = {(title, abstract): reason for title, abstract, reason in UNREADABLE}
    for (title, abstract, _), answer in zip(papers, answers, strict=True):
        assert answer.reason in {None, *REASONS}
        if (title, abstract) in reasons:
            assert answer == Answer((), (), reasons[title, abstract])
        else:
            assert answer.reason in {None, "not sure"}
            assert bool(answer.topics) == (answer.reason is None)
            assert answer.scores
    assert {answer.reason for answer in answers} == {None, *REASONS}


def test_scores_are_nineteen_probabilities_to_three_digits(papers: list[Paper], answers: list[Answer]) -> None:
    read = [at for at, answer in enumerate(answers) if answer.scores]
    for at in read:
        scores = answers[at].scores
        assert len(scores) == len(TOPIC_IDS) == 19
        assert all(type(score) is float and 0 <= score <= 1 and round(score, 3) == score for score in scores)
    texts = [(str(papers[at][0]), str(papers[at][1])) for at in read]
    shares, inside = load_labeler().probabilities(texts, [papers[at][2] for at in read])
    np.testing.assert_allclose([answers[at].scores for at in read], inside, atol=0.0005 + 1e-9)
    np.testing.assert_allclose(shares.sum(axis=1), 1.0)


def test_the_primary_topic_comes_first_then_likely_ones_in_the_order_of_the_taxonomy(papers: list[Paper]) -> None:
    labeler = load_labeler()
    read = [paper for paper, answer in zip(papers, labeler.label(papers), strict=True) if answer.scores]
    shares, inside = labeler.probabilities([(str(one[0]), str(one[1])) for one in read], [one[2] for one in read])
    several = 0
    for answer, share, chances in zip(labeler.label(read, threshold=0.0), shares, inside, strict=True):
        codes = [TOPIC_IDS.index(topic) for topic in answer.topics]
        assert codes[0] == share.argmax()
        assert codes[1:] == sorted(codes[1:])
        assert len(set(codes)) == len(codes) <= MAX_TOPICS
        likely = set(np.flatnonzero(chances >= labeler.calibration.member_threshold).tolist()) - {codes[0]}
        assert set(codes[1:]) <= likely
        assert len(codes) == min(MAX_TOPICS, 1 + len(likely))
        several += len(codes) > 1
    assert several


def test_of_too_many_topics_the_likeliest_are_given() -> None:
    labeler = load_labeler()
    inside = np.full(len(TOPIC_IDS), 0.01)
    inside[[2, 4, 7, 9, 11]] = [0.7, 0.99, 0.8, 0.95, 0.9]
    shares = np.zeros(len(TOPIC_IDS))
    shares[7] = 1.0
    answer = labeler._answer(shares, inside, 0.5)
    assert answer.topics == tuple(TOPIC_IDS[at] for at in (7, 4, 9, 11))
    assert answer.scores == tuple(inside.tolist())


def test_a_threshold_of_zero_labels_all_that_is_read_and_one_of_more_than_one_nothing(papers: list[Paper]) -> None:
    labeler = load_labeler()
    free, strict = (list(labeler.label(papers, threshold=threshold)) for threshold in (0.0, 1.0))
    for one, other in zip(free, strict, strict=True):
        assert one.scores == other.scores
        if one.scores:
            assert one.topics
            assert one.reason is None
            assert (other.topics, other.reason) == ((), "not sure")
        else:
            assert one == other


def test_the_threshold_it_was_trained_for_is_the_usual_one(papers: list[Paper], answers: list[Answer]) -> None:
    labeler = load_labeler()
    least = labeler.calibration.least_confidence
    assert list(labeler.label(papers, threshold=least)) == answers
    read = [paper for paper, answer in zip(papers, answers, strict=True) if answer.scores]
    shares, _ = labeler.probabilities([(str(one[0]), str(one[1])) for one in read], [one[2] for one in read])
    sure = [answer.reason is None for answer in answers if answer.scores]
    assert sure == (shares.max(axis=1) >= least).tolist()


@pytest.mark.parametrize("size", [1, 2, 7, 36])
def test_answers_are_the_same_in_any_batch(
    papers: list[Paper], answers: list[Answer], size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_BATCH", size)
    assert list(load_labeler().label(iter(papers))) == answers


def test_papers_are_taken_a_batch_at_a_time(papers: list[Paper], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BATCH", 4)
    taken: list[Paper] = []

    def source() -> object:
        for paper in papers:
            taken.append(paper)
            yield paper

    found = load_labeler().label(source())  # type: ignore[arg-type]
    assert not taken
    next(found)
    assert len(taken) == 4


def test_without_papers_there_is_no_answer() -> None:
    assert list(load_labeler().label([])) == []
    assert list(load_labeler().label([("", None, ())])) == [Answer((), (), "no title")]
    shares, inside = load_labeler().probabilities([])
    assert shares.shape == inside.shape == (0, len(TOPIC_IDS))


def test_unknown_categories_are_as_none(papers: list[Paper]) -> None:
    read = [(str(title), str(abstract)) for title, abstract, _ in papers[1:5]]
    labeler = load_labeler()
    np.testing.assert_array_equal(labeler.probabilities(read)[0], labeler.probabilities(read, [()] * 4)[0])
    vision = labeler.probabilities(read, [("cs.CV",)] * 4)[0][:, TOPIC_IDS.index("computer-vision")]
    assert (vision > labeler.probabilities(read)[0][:, TOPIC_IDS.index("computer-vision")]).all()


def test_a_labeler_that_was_read_back_answers_the_same(trained: Training, papers: list[Paper], tmp_path: Path) -> None:
    trained.labeler.save(tmp_path, {"note": "größer"})
    again = Labeler.load(tmp_path)
    assert list(again.label(papers)) == list(trained.labeler.label(papers))
    assert again.calibration == trained.labeler.calibration
    for part in fields(PooledModel):
        np.testing.assert_array_equal(getattr(again.model, part.name), getattr(trained.labeler.model, part.name))
    (tmp_path / "again").mkdir()
    again.save(tmp_path / "again", {"note": "größer"})
    for name in ("labeler.npz", "labeler.json"):
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / name).read_bytes()
    assert json.loads((tmp_path / "labeler.json").read_text(encoding="utf-8"))["note"] == "größer"


def test_the_shipped_arrays_are_plain_and_fit_the_code() -> None:
    with np.load(SHIPPED / "labeler.npz", allow_pickle=False) as arrays:
        found = {name: arrays[name] for name in arrays.files}
    assert {array.dtype.kind for array in found.values()} == {"f", "u"}
    with zipfile.ZipFile(SHIPPED / "labeler.npz") as archive:
        assert {name.removesuffix(".npy") for name in archive.namelist()} == set(found)
    assert found["pooled_choice"].shape == found["pooled_member"].shape == (len(FEATURE_NAMES),)
    assert found["pooled_choice_bias"].shape == found["pooled_member_bias"].shape == (len(TOPIC_IDS),)
    assert len(found["idf_0"]) + len(found["idf_1"]) == len(found["ngram_weights"])
    assert all(np.isfinite(array).all() for array in found.values())


def test_the_shipped_facts_are_those_of_the_code() -> None:
    facts = json.loads((SHIPPED / "labeler.json").read_text(encoding="utf-8"))
    assert facts["version"] == LABELER_VERSION == load_labeler().version
    assert facts["topics"] == list(TOPIC_IDS)
    assert facts["features"] == list(FEATURE_NAMES)
    assert facts["labeling_functions"] == len(LABELING_FUNCTIONS)
    assert 0 < facts["calibration"]["least_confidence"] < 1
    assert facts["calibration"]["precision"] >= 0.9


def test_the_shipped_labeler_is_loaded_once() -> None:
    assert load_labeler() is load_labeler()
