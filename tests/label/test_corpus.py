"""The labelled papers that the labeler is trained and measured on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from curation.annotate.voices import read_voices
from curation.deduplicate.similarity import jaccard, shingles
from curation.errors import InputFileError, RecipeError
from curation.identity import paper_id, title_key
from curation.label.corpus import Corpus, _groups, read_corpus, read_invented
from curation.recipe import read_recipe
from curation.schemas.stages import MAX_TOPICS
from curation.schemas.taxonomy import TOPIC_IDS
from curation.split import read_splits
from tests.commands import ROOT

DATA: Final = ROOT / "data"
RELATED: Final = 0.2
NGRAM: Final = 5
GOOD: Final = {"title": "Bread", "abstract": "We bake.", "topics": ["statistics", "time-series"]}


def line(**changes: object) -> str:
    entry = {**GOOD, **changes}
    return json.dumps({name: value for name, value in entry.items() if value is not ...})


def test_the_corpus_is_that_of_the_recipe(corpus: Corpus) -> None:
    assert len(corpus.ids) == len(corpus.papers.texts) == len(corpus.titles) == len(corpus.splits) == 244
    assert list(corpus.ids) == sorted(set(corpus.ids))
    assert corpus.titles == tuple(title for title, _ in corpus.papers.texts)
    assert corpus.papers.real.all()
    assert not corpus.invented.real.any()
    assert len(corpus.invented.texts) > 0
    assigned = read_splits(DATA / "splits.csv")
    assert dict(zip(corpus.ids, corpus.splits, strict=True)) == {paper: assigned[paper] for paper in corpus.ids}


def test_labels_are_the_adjudicated_ones(corpus: Corpus) -> None:
    final = read_voices(read_recipe(DATA / "recipe.toml").annotations, DATA).final
    assert set(final) == set(corpus.ids)
    for number, paper in enumerate(corpus.ids):
        assert TOPIC_IDS[corpus.papers.primary[number]] == final[paper].primary
        members = {TOPIC_IDS[at] for at in np.flatnonzero(corpus.papers.members[number])}
        assert members == set(final[paper].topics)


@pytest.mark.parametrize("kind", ["captured", "invented"])
def test_papers_have_their_primary_topic_among_few(corpus: Corpus, kind: str) -> None:
    papers = corpus.papers if kind == "captured" else corpus.invented
    assert (papers.members[np.arange(len(papers.texts)), papers.primary] == 1).all()
    assert set(np.unique(papers.members).tolist()) == {0.0, 1.0}
    assert 1 <= papers.members.sum(axis=1).min() <= papers.members.sum(axis=1).max() <= MAX_TOPICS
    assert set(papers.primary.tolist()) == set(range(len(TOPIC_IDS)))


def test_some_categories_are_known_and_none_of_invented_papers(corpus: Corpus) -> None:
    assert any(corpus.papers.categories)
    assert all(isinstance(one, tuple) for one in corpus.papers.categories)
    assert not any(corpus.invented.categories)


def test_related_papers_and_no_others_are_of_one_group(corpus: Corpus) -> None:
    sets = [shingles(abstract, NGRAM) for _, abstract in corpus.papers.texts]
    pairs = [(i, j) for i in range(len(sets)) for j in range(i) if jaccard(sets[i], sets[j]) >= RELATED]
    groups = corpus.papers.groups.tolist()
    assert all(groups[i] == groups[j] for i, j in pairs)
    # groups are what these pairs connect, and nothing more
    reached = {number: {number} for number in range(len(sets))}
    for i, j in pairs:
        joined = reached[i] | reached[j]
        for number in joined:
            reached[number] = joined
    for number, group in enumerate(groups):
        assert {other for other, one in enumerate(groups) if one == group} == reached[number]


def test_groups_join_what_is_related_also_through_a_third() -> None:
    words = [f"word{number}" for number in range(60)]
    chain = [" ".join(words[start : start + 20]) for start in (0, 26, 13)]
    assert jaccard(shingles(chain[0], NGRAM), shingles(chain[1], NGRAM)) == 0
    near = [jaccard(shingles(chain[at], NGRAM), shingles(chain[2], NGRAM)) for at in (0, 1)]
    assert all(0 < one < RELATED for one in near)
    close = [" ".join(words[start : start + 20]) for start in (0, 16, 8)]
    assert jaccard(shingles(close[0], NGRAM), shingles(close[1], NGRAM)) == 0
    assert all(jaccard(shingles(close[at], NGRAM), shingles(close[2], NGRAM)) >= RELATED for at in (0, 1))
    recipe = read_recipe(DATA / "recipe.toml")
    assert _groups([*chain, "nothing of this kind"], recipe) == [0, 1, 2, 3]
    assert _groups([close[0], "nothing of this kind", close[1], close[2]], recipe) == [0, 1, 0, 0]


def test_invented_papers_are_no_captured_ones(corpus: Corpus) -> None:
    ids = {paper_id(title) for title, _ in corpus.invented.texts}
    assert not ids & set(corpus.ids)
    keys = [title_key(title) for title, _ in corpus.invented.texts]
    assert not set(keys) & {title_key(title) for title in corpus.titles}
    captured = [shingles(abstract, NGRAM) for _, abstract in corpus.papers.texts]
    owners: dict[tuple[str, ...], set[int]] = {}
    for number, grams in enumerate(captured):
        for gram in grams:
            owners.setdefault(gram, set()).add(number)
    alike = []
    for title, abstract in corpus.invented.texts:
        grams = shingles(abstract, NGRAM)
        near = {number for gram in grams for number in owners.get(gram, ())}
        alike += [(title, corpus.titles[at]) for at in near if jaccard(grams, captured[at]) >= RELATED]
    assert alike == []


def test_no_paper_is_invented_twice(corpus: Corpus) -> None:
    keys = [title_key(title) for title, _ in corpus.invented.texts]
    assert sorted({key for key in keys if keys.count(key) > 1}) == []
    assert len({abstract for _, abstract in corpus.invented.texts}) == len(keys)


def test_invented_papers_are_read_in_their_order(tmp_path: Path) -> None:
    path = tmp_path / "invented.jsonl"
    path.write_text(line() + "\n" + line(title="Größe", topics=["learning-methods"]) + "\n", encoding="utf-8")
    papers = read_invented(path)
    assert papers.texts == (("Bread", "We bake."), ("Größe", "We bake."))
    assert [TOPIC_IDS[at] for at in papers.primary] == ["statistics", "learning-methods"]
    assert papers.members.sum(axis=1).tolist() == [2, 1]
    assert not papers.real.any()
    path.write_text("", encoding="utf-8")
    assert read_invented(path).members.shape == (0, len(TOPIC_IDS))


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ("", "no invented paper"),
        ("{", "no invented paper"),
        ("[]", "no invented paper"),
        ("null", "no invented paper"),
        (line(title=...), "no invented paper"),
        (line(abstract=...), "no invented paper"),
        (line(topics=...), "no invented paper"),
        (line(title=""), "no invented paper"),
        (line(abstract=""), "no invented paper"),
        (line(title=7), "no invented paper"),
        (line(topics=[]), "no invented paper"),
        (line(topics="statistics"), "no invented paper"),
        (line(topics=list(TOPIC_IDS[: MAX_TOPICS + 1])), "no invented paper"),
        (line(note="more"), "no invented paper"),
        (line(topics=["bread"]), "the topics are wrong: bread"),
        (line(topics=["statistics", "bread"]), "the topics are wrong: statistics, bread"),
        (line(topics=["statistics", "statistics"]), "the topics are wrong: statistics, statistics"),
    ],
)
@pytest.mark.parametrize("before", [0, 2])
def test_a_bad_line_is_one_clear_error(tmp_path: Path, bad: str, message: str, before: int) -> None:
    path = tmp_path / "invented.jsonl"
    path.write_text("\n".join([*[line()] * before, bad, line()]), encoding="utf-8")
    with pytest.raises(InputFileError, match=message) as caught:
        read_invented(path)
    assert caught.value.where is not None
    assert (caught.value.where.file, caught.value.where.line) == (path, before + 1)
    assert caught.value.hint
    assert caught.value.exit_code == 2


def test_a_line_separator_inside_a_text_does_not_end_the_line(tmp_path: Path) -> None:
    path = tmp_path / "invented.jsonl"
    abstract = "We\u2028bake\x85bread."
    path.write_text(json.dumps({**GOOD, "abstract": abstract}, ensure_ascii=False) + "\n", encoding="utf-8")
    assert read_invented(path).texts == (("Bread", abstract),)


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_one_clear_error(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "invented.jsonl"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputFileError, match="cannot be read") as caught:
        read_invented(path)
    assert caught.value.where is not None
    assert caught.value.where.file == path


def test_a_recipe_without_annotations_is_one_clear_error(tmp_path: Path) -> None:
    text = (DATA / "recipe.toml").read_text(encoding="utf-8")
    start, end = text.index("[annotations]"), text.index("[card]")
    path = tmp_path / "recipe.toml"
    path.write_text(text[:start] + text[end:], encoding="utf-8")
    with pytest.raises(RecipeError, match="no annotations") as caught:
        read_corpus(path)
    assert caught.value.where is not None
    assert caught.value.where.file == path
