"""Labelling as a stage: labeling functions vote, their votes are combined, every vote is kept."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from curation.label.combine import Labels, combine
from curation.schemas.derive import plain_schema
from curation.schemas.stages import ABSTAINED, EnrichedPapers, LabelledPapers, LabelVotes
from curation.schemas.taxonomy import code_of
from curation.stage import Stage, StageResult, empty_removed

__all__ = ["ANNOTATOR", "ANNOTATOR_VERSION", "LabelStage"]

ANNOTATOR = "labeling-functions"
# Raised with every change of a function, a weight or the combination that can change a label.
ANNOTATOR_VERSION = "1"


class LabelStage(Stage):
    """Label papers with the labeling functions; a paper on which all abstain keeps no label and says so."""

    name = "label"
    kind = "row"
    input_model = EnrichedPapers
    output_model = LabelledPapers
    log_model = LabelVotes

    def __call__(self, table: pa.Table) -> StageResult:
        """Label a batch of `EnrichedPapers`; the log holds the combined label and each function's vote."""
        texts = zip(table["title"].to_pylist(), table["abstract"].to_pylist(), strict=True)
        labels = [combine(title, abstract) for title, abstract in texts]
        columns: dict[str, Any] = {name: table[name] for name in table.column_names}
        columns["primary_topic"] = [None if one.primary is None else code_of(one.primary) for one in labels]
        columns["topics"] = [[code_of(topic) for topic in one.topics] for one in labels]
        columns["primary_topic_name"] = [one.primary for one in labels]
        columns["topic_names"] = [list(one.topics) for one in labels]
        columns["label_source"] = [ABSTAINED if one.primary is None else ANNOTATOR for one in labels]
        kept = pa.table(columns, schema=plain_schema(LabelledPapers))
        ids = table["paper_id"].to_pylist()
        log = [vote for paper, one in zip(ids, labels, strict=True) for vote in _votes(paper, one)]
        return StageResult(kept, empty_removed(), pa.Table.from_pylist(log, schema=plain_schema(LabelVotes)))


def _votes(paper: str, labels: Labels) -> list[dict[str, Any]]:
    common = {"paper_id": paper, "version": ANNOTATOR_VERSION}
    combined = [
        {
            **common,
            "annotator": ANNOTATOR,
            "topic": code_of(topic),
            "is_primary": topic == labels.primary,
            "score": None,
        }
        for topic in labels.topics
    ]
    single = [
        {
            **common,
            "annotator": f"{ANNOTATOR}/{vote.function}",
            "topic": code_of(vote.topic),
            "is_primary": False,
            "score": vote.score,
        }
        for vote in labels.votes
    ]
    return combined + single
