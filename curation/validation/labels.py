"""Labels: what is published is what the annotators, the adjudicator or the labeler said, on record."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from curation.annotate import Annotation
from curation.annotate.voices import ADJUDICATOR
from curation.release.agreement import annotators_of, first_round, labels_of
from curation.release.reader import Release
from curation.release.shape import asks_for_topics
from curation.schemas.stages import ABSTAINED, MODEL
from curation.validation.findings import MOST_PER_RULE, Finding

__all__ = ["check_labels"]


def check_labels(release: Release, tables: Mapping[str, pa.Table]) -> Iterator[Finding]:
    """Yield labels that are not those on record, voices that are not whole, and votes on unknown papers."""
    annotations = tables["annotations"]
    papers = set(tables["papers"]["paper_id"].to_pylist())
    for paper in sorted(set(filter(None, annotations["paper_id"].to_pylist())) - papers):
        yield Finding("labels", "annotations", f"labels of {paper}, which is not published")
    if not asks_for_topics(release.manifest):
        yield from _check_unlabelled(tables)
        return
    people = annotators_of(annotations)
    yield from _check_voices(release, people, papers)
    decisions = next((given for (name, _), given in people.items() if name == ADJUDICATOR), {})
    annotators = first_round(people)
    votes = annotations.filter(pc.equal(annotations["annotator"], MODEL))
    model = labels_of(votes)
    scores = {(row["paper_id"], row["topic"]): row["score"] for row in votes.to_pylist()}
    columns = ["paper_id", "label_source", "primary_topic", "topics", "topic_names", "topic_scores"]
    for number, row in enumerate(tables["papers"].select(columns).to_pylist()):
        paper, source = row["paper_id"], row["label_source"]
        if source is None:
            yield Finding("labels", "papers", f"nobody was asked for the topics of paper {paper}", number)
            continue
        annotated = any(paper in given for given in annotators.values())
        if source == ABSTAINED:
            agree = not annotated and paper not in model and row["primary_topic"] is None and not row["topics"]
        elif source == MODEL:
            agree = not annotated and _gave(model, paper, row["topic_names"]) and _scored(scores, row)
        else:
            # an adjudicator's decision, where there is one, comes before what the annotators agreed on
            voices = [decisions] if paper in decisions else list(annotators.values())
            agree = bool(voices) and all(_gave(voice, paper, row["topic_names"]) for voice in voices)
        if not agree:
            yield Finding("labels", "papers", f"the topics of paper {paper} are not those on record ({source})", number)


def _check_unlabelled(tables: Mapping[str, pa.Table]) -> Iterator[Finding]:
    """Yield labels in a release whose recipe asks for none."""
    papers, votes = tables["papers"], tables["annotations"]
    none = "the recipe asks for no topics"
    # a paper without a source has no topics, which the schema sees to
    given = pc.indices_nonzero(pc.is_valid(papers["label_source"])).to_pylist()
    for number in given[:MOST_PER_RULE]:
        paper, source = (papers[name][number].as_py() for name in ("paper_id", "label_source"))
        yield Finding("labels", "papers", f"paper {paper} has a label ({source}), but {none}", number)
    if len(given) > MOST_PER_RULE:
        yield Finding("labels", "papers", f"{len(given) - MOST_PER_RULE} more papers have a label, but {none}")
    if votes.num_rows:
        yield Finding("labels", "annotations", f"{votes.num_rows} rows of labels, but {none}")


def _check_voices(
    release: Release, people: Mapping[tuple[str, str], Mapping[str, Annotation]], papers: Collection[str]
) -> Iterator[Finding]:
    """Yield annotators whose labels are not those that the manifest counts."""
    stated = {(one["annotator"], one["round"]): one["papers"] for one in release.manifest["labels"]["annotations"]}
    for annotator, number in sorted(stated.keys() | people.keys()):
        found = len(people.get((annotator, number), {}))
        wanted = stated.get((annotator, number), 0)
        # a file of labels may name papers that this release does not hold
        whole = found == wanted or (found < wanted and wanted > len(papers) and found == len(papers))
        if not whole:
            message = f"{annotator} (round {number}) labels {found} papers, the manifest says {wanted}"
            yield Finding("labels", "annotations", message)


def _gave(voice: Mapping[str, Annotation], paper: str, topics: list[str]) -> bool:
    given = voice.get(paper)
    return given is not None and given.primary == next(iter(topics), None) and set(given.topics) == set(topics)


def _scored(scores: Mapping[tuple[str, int], float | None], row: Mapping[str, Any]) -> bool:
    """Tell whether the scores of the labeler's votes are those of the paper."""
    stated = row["topic_scores"] or []
    return all(
        0 <= topic < len(stated) and scores.get((row["paper_id"], topic)) == stated[topic] for topic in row["topics"]
    )
