"""The stage: adjudicated labels first, the labeler's for others, every voice on record."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pytest

from curation.annotate import Annotation
from curation.annotate.adjudicate import Final as Label
from curation.annotate.voices import ADJUDICATOR, FIRST_ROUND, Voice, Voices
from curation.engines import LocalEngine
from curation.identity import paper_id
from curation.label import labeler as labeler_module
from curation.label.labeler import load_labeler
from curation.label.stage import FUNCTIONS_ANNOTATOR, FUNCTIONS_VERSION, LabelStage
from curation.label.version import LABELER_VERSION
from curation.schemas.derive import plain_schema
from curation.schemas.stages import ABSTAINED, ADJUDICATED, MODEL, EnrichedPapers, LabelledPapers
from curation.schemas.taxonomy import TOPIC_IDS, code_of
from curation.stage import StageResult, require_valid, run_checked
from tests.labelling import EXAMPLES, UNRELATED, scores_of

ADDED: Final = ("primary_topic", "topics", "primary_topic_name", "topic_names", "label_source", "topic_scores")
VAGUE: Final = ("A Note", "We note what has been said of the matter by others, and that it is of no use to them.")
TEXTS: Final = (
    *(
        (title, f"{abstract} We show that the method is better than those of the past.")
        for title, abstract in EXAMPLES.values()
    ),
    VAGUE,
    UNRELATED,
)


def table(texts: Sequence[tuple[str, str]]) -> pa.Table:
    rows = [
        {
            "source_id": "0" * 16,
            "position": position,
            "title": title,
            "abstract": abstract,
            "math_damage": 0,
            "math_damage_spans": [],
            "paper_id": paper_id(title),
            "possibly_truncated": False,
            "arxiv_id": "2403.03900" if position % 3 == 0 else None,
            "categories": ["cs.CV", "cs.LG"] if position % 3 == 0 else [],
            "year": 2024 if position % 3 == 0 else None,
            "urls": [],
            "code_urls": [],
        }
        for position, (title, abstract) in enumerate(texts)
    ]
    return pa.Table.from_pylist(rows, schema=plain_schema(EnrichedPapers))


def voices(**labels: Sequence[str]) -> Voices:
    """One annotator and the adjudicator, both of the same mind; labels by the name of the example."""
    ids = {name: paper_id(EXAMPLES[name.replace("_", "-")][0]) for name in labels}
    given = {ids[name]: Annotation(ids[name], name, topics[0], tuple(topics), "") for name, topics in labels.items()}
    people = tuple(Voice(who, FIRST_ROUND, Path("there.csv"), given) for who in ("annotator-a", ADJUDICATOR))
    final = {paper: Label(one.primary, one.topics, None, agreed=True) for paper, one in given.items()}
    return Voices(people, final)


ANNOTATED: Final = voices(
    bandits_and_regret=["statistics", "generative-models", "state-space-models"], causality=["computer-vision"]
)


def run(stage: LabelStage, papers: pa.Table, size: int = 1000) -> StageResult:
    result = run_checked(stage, papers, LocalEngine(size))
    assert result.removed.num_rows == 0
    assert result.log is not None
    return result


@pytest.fixture(scope="module")
def labelled() -> StageResult:
    return run(LabelStage(ANNOTATED), table(TEXTS))


def rows_of(result: StageResult) -> dict[str, dict[str, Any]]:
    return {row["title"]: row for row in result.kept.to_pylist()}


def test_adjudicated_labels_win_with_the_primary_topic_first(labelled: StageResult) -> None:
    rows = rows_of(labelled)
    row = rows[EXAMPLES["bandits-and-regret"][0]]
    assert row["label_source"] == ADJUDICATED
    assert row["topic_names"] == ["statistics", "state-space-models", "generative-models"]
    assert row["topics"] == [code_of(topic) for topic in row["topic_names"]]
    assert (row["primary_topic"], row["primary_topic_name"]) == (code_of("statistics"), "statistics")
    assert row["topic_scores"] == []
    assert rows[EXAMPLES["causality"][0]]["topic_names"] == ["computer-vision"]
    assert sum(row["label_source"] == ADJUDICATED for row in rows.values()) == 2


def test_papers_that_nobody_annotated_get_the_labels_of_the_labeler(labelled: StageResult) -> None:
    rows = [row for row in labelled.kept.to_pylist() if row["label_source"] != ADJUDICATED]
    answers = load_labeler().label([(row["title"], row["abstract"], row["categories"]) for row in rows])
    for row, answer in zip(rows, answers, strict=True):
        assert row["topic_names"] == list(answer.topics)
        assert row["topic_scores"] == list(answer.scores)
        assert row["label_source"] == (MODEL if answer.topics else ABSTAINED)
    assert {row["label_source"] for row in rows} == {MODEL, ABSTAINED}


def test_papers_without_a_label_are_empty(labelled: StageResult) -> None:
    empty = [row for row in labelled.kept.to_pylist() if row["label_source"] == ABSTAINED]
    assert empty
    for row in empty:
        assert row["primary_topic"] is row["primary_topic_name"] is None
        assert row["topics"] == row["topic_names"] == []
        assert len(row["topic_scores"]) == len(TOPIC_IDS)
    assert labelled.log is not None
    said = {row["paper_id"] for row in labelled.log.to_pylist() if row["annotator"] == MODEL}
    assert not said & {row["paper_id"] for row in empty}


def test_an_abstract_that_is_not_read_has_no_scores_either() -> None:
    german = ("Brot", "Wir backen Brot und erzählen, wer es gekauft hat, und warum es allen schmeckt.")
    (row,) = run(LabelStage(), table([german])).kept.to_pylist()
    assert row["label_source"] == ABSTAINED
    assert row["topics"] == row["topic_scores"] == []


def test_what_came_in_stays_as_it_was(labelled: StageResult) -> None:
    papers = table(TEXTS)
    assert labelled.kept.drop_columns(list(ADDED)).to_pylist() == papers.to_pylist()
    assert labelled.kept.column_names == plain_schema(LabelledPapers).names


@pytest.mark.parametrize("size", [1, 5, 32])
def test_batches_do_not_matter(labelled: StageResult, size: int) -> None:
    other = run(LabelStage(ANNOTATED), table(TEXTS), size)
    assert other.kept.equals(labelled.kept)
    assert votes(other) == votes(labelled)


def votes(result: StageResult) -> list[tuple[Any, ...]]:
    assert result.log is not None
    return sorted((tuple(row.items()) for row in result.log.to_pylist()), key=repr)


def test_the_log_holds_every_voice(labelled: StageResult) -> None:
    assert labelled.log is not None
    require_valid(labelled.log, LabelStage.log_model, "votes")
    log = labelled.log.to_pylist()
    for row in labelled.kept.to_pylist():
        said = [one for one in log if one["paper_id"] == row["paper_id"]]
        functions = {
            one["annotator"].removeprefix(f"{FUNCTIONS_ANNOTATOR}/"): one["score"]
            for one in said
            if one["annotator"].startswith(FUNCTIONS_ANNOTATOR)
        }
        assert functions == scores_of(row["title"], row["abstract"])
        for who in ("annotator-a", ADJUDICATOR):
            mine = [one for one in said if one["annotator"] == who]
            expected = row["topics"] if row["label_source"] == ADJUDICATED else []
            assert {one["topic"] for one in mine} == set(expected)
            assert [one["topic"] for one in mine if one["is_primary"]] == expected[:1]
            assert all(one["score"] is None and one["version"] == FIRST_ROUND for one in mine)
        model = [one for one in said if one["annotator"] == MODEL]
        assert [one["topic"] for one in model] == (row["topics"] if row["label_source"] == MODEL else [])
        assert [one["is_primary"] for one in model] == [number == 0 for number in range(len(model))]
        assert [one["score"] for one in model] == [row["topic_scores"][one["topic"]] for one in model]


def test_votes_name_the_version_of_who_says_so(labelled: StageResult) -> None:
    assert labelled.log is not None
    versions = {(row["annotator"].partition("/")[0], row["version"]) for row in labelled.log.to_pylist()}
    assert versions == {
        ("annotator-a", FIRST_ROUND),
        (ADJUDICATOR, FIRST_ROUND),
        (MODEL, LABELER_VERSION),
        (FUNCTIONS_ANNOTATOR, FUNCTIONS_VERSION),
    }


def test_a_dataset_that_is_annotated_in_full_does_without_the_labeler(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise AssertionError("the labeler was loaded")

    monkeypatch.setattr(labeler_module, "load_labeler", refuse)
    names = {EXAMPLES["bandits-and-regret"][0], EXAMPLES["causality"][0]}
    papers = table([text for text in TEXTS if text[0] in names])
    assert run(LabelStage(ANNOTATED), papers).kept["label_source"].to_pylist() == [ADJUDICATED] * 2
    with pytest.raises(AssertionError, match="was loaded"):
        run(LabelStage(), papers)


def test_no_rows_stay_no_rows() -> None:
    result = run(LabelStage(ANNOTATED), table([]))
    assert result.kept.num_rows == 0
    assert result.log is not None
    assert result.log.num_rows == 0
