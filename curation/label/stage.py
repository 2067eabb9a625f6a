"""Labelling as a stage: adjudicated labels where there are any, else the labeler's; every voice is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from curation.annotate.voices import Voices
from curation.label.functions import LABELING_FUNCTIONS, Evidence, gather
from curation.recipe import Label
from curation.schemas.derive import plain_schema
from curation.schemas.stages import ABSTAINED, ADJUDICATED, MODEL, EnrichedPapers, LabelledPapers, LabelVotes
from curation.schemas.taxonomy import code_of
from curation.stage import Stage, StageResult, empty_removed

__all__ = ["FUNCTIONS_ANNOTATOR", "FUNCTIONS_VERSION", "LabelStage", "WithoutLabels", "labelling"]

FUNCTIONS_ANNOTATOR = "labeling-functions"
# Raised with every change of a function or a weight that can change a vote.
FUNCTIONS_VERSION = "2"


class WithoutLabels(Stage):
    """Leave labels out: they are missing, and nobody was asked for them."""

    name = "label"
    kind = "row"
    input_model = EnrichedPapers
    output_model = LabelledPapers
    log_model = LabelVotes

    def __call__(self, table: pa.Table) -> StageResult:
        """Give a batch of `EnrichedPapers` the columns of labels, without values; the log is empty."""
        for column in plain_schema(LabelledPapers):
            if column.name not in table.column_names:
                table = table.append_column(column, _without_values(column.type, table.num_rows))
        kept = table.select(plain_schema(LabelledPapers).names)
        return StageResult(kept, empty_removed(), plain_schema(LabelVotes).empty_table())


def _without_values(kind: pa.DataType, rows: int) -> pa.Array:
    if pa.types.is_list(kind):
        return pa.ListArray.from_arrays([0] * (rows + 1), pa.array([], kind.value_type)).cast(kind)
    return pa.nulls(rows, kind)


def labelling(label: Label, voices: Voices) -> Stage:
    """Return the stage that a recipe asks for."""
    return LabelStage(voices) if label.topics else WithoutLabels()


@dataclass(frozen=True, slots=True)
class _Given:
    source: str
    topics: tuple[str, ...]
    scores: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class LabelStage(Stage):
    """Label papers: the adjudicated label of those that were annotated, the labeler's of the others.

    The labeler abstains where it is not sure enough; such a paper keeps no label and says so.

    Attributes:
        voices: What annotators said.
    """

    voices: Voices = field(default_factory=Voices)

    name = "label"
    kind = "row"
    input_model = EnrichedPapers
    output_model = LabelledPapers
    log_model = LabelVotes

    def __call__(self, table: pa.Table) -> StageResult:
        """Label a batch of `EnrichedPapers`; the log holds what every annotator, function and the labeler said."""
        ids = table["paper_id"].to_pylist()
        texts = list(zip(table["title"].to_pylist(), table["abstract"].to_pylist(), strict=True))
        evidence = [gather(title, abstract) for title, abstract in texts]
        labels: list[_Given | None] = [self._adjudicated(paper) for paper in ids]
        log = [row for paper, found in zip(ids, evidence, strict=True) for row in self._voices(paper, found)]
        if rest := [number for number, given in enumerate(labels) if given is None]:
            categories = table["categories"].to_pylist()
            for number, given in zip(rest, _by_model([(*texts[at], categories[at]) for at in rest]), strict=True):
                labels[number] = given
                log += _model_rows(ids[number], given)
        columns: dict[str, Any] = {name: table[name] for name in table.column_names}
        given_labels = [given for given in labels if given is not None]
        columns["primary_topic"] = [code_of(one.topics[0]) if one.topics else None for one in given_labels]
        columns["topics"] = [[code_of(topic) for topic in one.topics] for one in given_labels]
        columns["primary_topic_name"] = [one.topics[0] if one.topics else None for one in given_labels]
        columns["topic_names"] = [list(one.topics) for one in given_labels]
        columns["label_source"] = [one.source for one in given_labels]
        columns["topic_scores"] = [list(one.scores) for one in given_labels]
        kept = pa.table(columns, schema=plain_schema(LabelledPapers))
        return StageResult(kept, empty_removed(), pa.Table.from_pylist(log, schema=plain_schema(LabelVotes)))

    def _adjudicated(self, paper: str) -> _Given | None:
        final = self.voices.final.get(paper)
        if final is None:
            return None
        further = sorted(set(final.topics) - {final.primary}, key=code_of)
        return _Given(ADJUDICATED, (final.primary, *further))

    def _voices(self, paper: str, evidence: Evidence) -> list[dict[str, Any]]:
        votes = [
            {
                "paper_id": paper,
                "annotator": f"{FUNCTIONS_ANNOTATOR}/{function.name}",
                "version": FUNCTIONS_VERSION,
                "topic": code_of(function.topic),
                "is_primary": False,
                "score": score,
            }
            for function, score in zip(LABELING_FUNCTIONS, evidence.scores(), strict=True)
            if score is not None
        ]
        return self.voices.rows(paper) + votes


def _by_model(papers: Sequence[tuple[str, str, Sequence[str]]]) -> list[_Given]:
    # loaded here: a dataset whose papers are all annotated does without the model and its libraries
    from curation.label.labeler import load_labeler

    answers = load_labeler().label(papers)
    return [_Given(MODEL if one.topics else ABSTAINED, one.topics, one.scores) for one in answers]


def _model_rows(paper: str, given: _Given) -> list[dict[str, Any]]:
    from curation.label.labeler import load_labeler

    version = load_labeler().version
    return [
        {
            "paper_id": paper,
            "annotator": MODEL,
            "version": version,
            "topic": code_of(topic),
            "is_primary": number == 0,
            "score": given.scores[code_of(topic)],
        }
        for number, topic in enumerate(given.topics)
    ]
