"""Training: the same every time, from papers of train and validation only, folds by group."""

from __future__ import annotations

import json
import os
import runpy
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from curation.label import training as module
from curation.label.corpus import Corpus, development, write_labeler
from curation.label.labeler import Labeler
from curation.label.pooled import PooledModel
from curation.label.training import Papers, Training, out_of_fold, train
from curation.schemas.taxonomy import TOPIC_IDS
from tests.commands import ROOT

TEXTS: Final = [("One", "First."), ("Two", "Second."), ("Three", "Third.")]
TOPICS: Final = [["statistics"], ["computer-vision", "statistics"], ["diffusion-models"]]


def assert_same(one: Labeler, other: Labeler, tolerance: float = 0.0) -> None:
    for left, right in zip(one.classifier.vectorizers, other.classifier.vectorizers, strict=True):
        assert left.get_feature_names_out().tolist() == right.get_feature_names_out().tolist()
        np.testing.assert_allclose(left.idf_, right.idf_, rtol=0, atol=tolerance)
    np.testing.assert_allclose(one.classifier.weights, other.classifier.weights, rtol=0, atol=tolerance)
    np.testing.assert_allclose(one.classifier.bias, other.classifier.bias, rtol=0, atol=tolerance)
    for part in fields(PooledModel):
        left, right = getattr(one.model, part.name), getattr(other.model, part.name)
        np.testing.assert_allclose(left, right, rtol=0, atol=tolerance, err_msg=part.name)
    assert asdict(one.calibration) == pytest.approx(asdict(other.calibration), rel=0, abs=tolerance)


def test_training_twice_gives_equal_weights(few: Papers, trained: Training) -> None:
    again = train(few)
    assert_same(again.labeler, trained.labeler)
    np.testing.assert_array_equal(again.choice, trained.choice)
    np.testing.assert_array_equal(again.member, trained.member)


def test_it_is_calibrated_on_captured_papers_by_models_that_did_not_see_them(few: Papers, trained: Training) -> None:
    captured = int(few.real.sum())
    assert trained.choice.shape == trained.member.shape == (captured, len(TOPIC_IDS))
    assert np.isfinite(trained.choice).all()
    fitted = trained.labeler.probabilities(few.texts[:captured], few.categories[:captured])[0].argmax(axis=1)
    held = trained.choice.argmax(axis=1)
    assert (fitted == few.primary[:captured]).mean() > (held == few.primary[:captured]).mean()


def test_papers_of_test_are_no_part_of_what_is_learnt_from(corpus: Corpus) -> None:
    papers = development(corpus)
    test = {text for text, split in zip(corpus.papers.texts, corpus.splits, strict=True) if split == "test"}
    rest = [text for text, split in zip(corpus.papers.texts, corpus.splits, strict=True) if split != "test"]
    assert test
    assert not test & set(papers.texts)
    assert papers.texts == (*rest, *corpus.invented.texts)
    assert int(papers.real.sum()) == len(rest)
    assert set(papers.groups[papers.real].tolist()).isdisjoint(papers.groups[~papers.real].tolist())


def test_papers_of_test_leave_no_trace_in_what_is_written(
    corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    which = np.arange(0, len(corpus.ids), 6)
    splits = tuple(corpus.splits[at] for at in which)
    assert {"test", "train"} <= set(splits)
    captured = corpus.papers.take(which)
    marked = tuple(
        (f"Zzyzx {title}", f"Zzyzx wibble. {abstract}") if split == "test" else (title, abstract)
        for (title, abstract), split in zip(captured.texts, splits, strict=True)
    )
    changed = replace(captured, texts=marked)
    ids, titles = (tuple(column[at] for at in which) for column in (corpus.ids, corpus.titles))
    invented = corpus.invented.take(np.arange(0, len(corpus.invented.texts), 30))
    seen: list[Papers] = []
    work = module.train

    def spy(papers: Papers, **options: Any) -> Training:
        seen.append(papers)
        return work(papers, **options)

    monkeypatch.setattr("curation.label.corpus.train", spy)
    facts = write_labeler(Corpus(ids, titles, splits, changed, invented), tmp_path / "new" / "model")
    assert facts == {"captured": len(splits) - splits.count("test"), "invented": len(invented.texts)}
    assert json.loads((tmp_path / "new" / "model" / "labeler.json").read_text())["trained_on"] == facts
    words = Labeler.load(tmp_path / "new" / "model").classifier.vectorizers[0].get_feature_names_out()
    assert len(words) > 100
    assert not {"zzyzx", "wibble"} & set(words)
    assert not any("Zzyzx" in title for papers in seen for title, _ in papers.texts)


def test_groups_do_not_straddle_folds_of_calibration(corpus: Corpus) -> None:
    papers = development(corpus)
    grouped = replace(papers, groups=papers.groups // 3)
    held_once = np.zeros(len(papers.texts), dtype=np.int64)
    for one in (papers, grouped):
        held_once[:] = 0
        for seen, held in module._folds(one):
            assert not set(one.groups[seen].tolist()) & set(one.groups[held].tolist())
            assert sorted([*seen.tolist(), *held.tolist()]) == list(range(len(papers.texts)))
            held_once[held] += 1
        assert (held_once == 1).all()


@pytest.mark.parametrize(("folds", "seed"), [(10, 0), (4, 1)])
def test_groups_do_not_straddle_folds_of_measuring_and_invented_papers_are_never_held(
    corpus: Corpus, folds: int, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = corpus.papers + corpus.invented
    papers = replace(together, groups=np.where(together.real, together.groups // 2, together.groups))
    given: list[Papers] = []

    def note(some: Papers, *, precision: float) -> tuple[Papers, float]:
        given.append(some)
        return some, precision

    monkeypatch.setattr(module, "train", note)
    found = out_of_fold(papers, precision=0.8, folds=folds, seed=seed)
    assert [training for _, training in found] == [(some, 0.8) for some in given]  # type: ignore[comparison-overlap]
    held_out = [at for held, _ in found for at in held.tolist()]
    assert sorted(held_out) == np.flatnonzero(papers.real).tolist()
    assert len(found) == folds
    for (held, _), some in zip(found, given, strict=True):
        assert not set(papers.groups[held].tolist()) & set(some.groups[some.real].tolist())
        assert not {papers.texts[at] for at in held} & set(some.texts[: int(some.real.sum())])
        assert int((~some.real).sum()) == len(corpus.invented.texts)
        assert len(some.texts) + len(held) == len(papers.texts)


def test_papers_are_gathered_from_lists() -> None:
    papers = Papers.of(TEXTS, TOPICS, categories=[["cs.CV", "cs.LG"], [], ["stat.ML"]])
    assert papers.texts == tuple(TEXTS)
    assert [TOPIC_IDS[at] for at in papers.primary] == [topics[0] for topics in TOPICS]
    told = [{TOPIC_IDS[at] for at in np.flatnonzero(row)} for row in papers.members]
    assert told == [set(topics) for topics in TOPICS]
    assert papers.categories == (("cs.CV", "cs.LG"), (), ("stat.ML",))
    assert papers.groups.tolist() == [0, 1, 2]
    assert papers.real.all()
    assert Papers.of([], []).members.shape == (0, len(TOPIC_IDS))


def test_papers_are_taken_and_joined_as_different_groups() -> None:
    papers = Papers.of(TEXTS, TOPICS, groups=[5, 0, 5])
    some = papers.take(np.array([2, 1]))
    assert some.texts == (TEXTS[2], TEXTS[1])
    assert some.groups.tolist() == [5, 0]
    both = some + Papers.of(TEXTS[:2], TOPICS[:2], groups=[0, 3], real=False)
    assert both.texts == (TEXTS[2], TEXTS[1], *TEXTS[:2])
    assert both.groups.tolist() == [5, 0, 6, 9]
    assert both.real.tolist() == [True, True, False, False]
    assert both.members.shape == (4, len(TOPIC_IDS))
    assert both.categories == ((),) * 4
    assert (Papers.of([], []) + papers).groups.tolist() == [5, 0, 5]


@pytest.mark.skipif(not os.environ.get("TESTS_TRAIN"), reason="a quarter of a minute: make labeler-check")
def test_the_shipped_labeler_is_what_the_script_makes_of_the_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    script = ROOT / "scripts" / "train_labeler.py"
    recipe = ROOT / "data" / "recipe.toml"
    monkeypatch.setattr("sys.argv", [script.name, "--recipe", str(recipe), "--out", str(tmp_path)])
    runpy.run_path(str(script))
    shipped = ROOT / "curation" / "label" / "model"
    assert_same(Labeler.load(tmp_path), Labeler.load(shipped), 1e-3)
    made, told = (json.loads((folder / "labeler.json").read_text(encoding="utf-8")) for folder in (tmp_path, shipped))
    assert {**made, "calibration": None} == {**told, "calibration": None}
    assert f"{told['trained_on']['captured']} captured" in capsys.readouterr().out
