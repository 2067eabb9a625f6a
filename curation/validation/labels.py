"""Labels: what is published is what the annotators, the adjudicator or the labeler said, on record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from curation.annotate import Annotation
from curation.annotate.voices import ADJUDICATOR
from curation.release.agreement import annotators_of, first_round, labels_of
from curation.schemas.stages import ABSTAINED, MODEL
from curation.validation.findings import Finding

__all__ = ["check_labels"]


def check_labels(tables: Mapping[str, pa.Table]) -> Iterator[Finding]:
    """Yield labels that are not those on record, and votes on unknown papers."""
    annotations = tables["annotations"]
    papers = set(tables["papers"]["paper_id"].to_pylist())
    for paper in sorted(set(annotations["paper_id"].to_pylist()) - papers):
        yield Finding("labels", "annotations", f"labels of {paper}, which is not published")
    people = annotators_of(annotations)
    decisions = next((given for (name, _), given in people.items() if name == ADJUDICATOR), {})
    annotators = list(first_round(people).values())
    model = labels_of(annotations.filter(pc.equal(annotations["annotator"], MODEL)))
    for number, row in enumerate(tables["papers"].to_pylist()):
        paper, source = row["paper_id"], row["label_source"]
        # an adjudicator's decision, where there is one, comes before what the annotators agreed on
        voices = [model] if source == MODEL else [decisions] if paper in decisions else annotators
        if source == ABSTAINED:
            agree = row["primary_topic"] is None and not row["topics"] and paper not in model
        else:
            agree = bool(voices) and all(_gave(voice, paper, row["topic_names"]) for voice in voices)
        if not agree:
            yield Finding("labels", "papers", f"the topics of paper {paper} are not those on record ({source})", number)


def _gave(voice: Mapping[str, Annotation], paper: str, topics: list[str]) -> bool:
    given = voice.get(paper)
    return given is not None and given.primary == next(iter(topics), None) and set(given.topics) == set(topics)
