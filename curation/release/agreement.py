"""How far the annotators of a release agree, from its published table."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from curation.annotate import Annotation, measure_agreement
from curation.annotate.voices import ADJUDICATOR, FIRST_ROUND
from curation.errors import InputFileError
from curation.schemas.stages import MODEL
from curation.schemas.taxonomy import TOPIC_IDS

__all__ = ["agreement_figures", "annotators_of", "first_round", "labels_of", "of_people"]


def annotators_of(annotations: pa.Table) -> dict[tuple[str, str], dict[str, Annotation]]:
    """Return what every annotator and the adjudicator gave, by name and round.

    Args:
        annotations: The published table; votes of functions and of the labeler are passed over.
    """
    people = _readable(of_people(annotations))
    voices = sorted(set(zip(people["annotator"].to_pylist(), people["version"].to_pylist(), strict=True)))
    return {
        (name, version): labels_of(
            people.filter(pc.and_(pc.equal(people["annotator"], name), pc.equal(people["version"], version)))
        )
        for name, version in voices
    }


def of_people(annotations: pa.Table) -> pa.Table:
    """Return what annotators and the adjudicator gave, without the votes of functions and of the labeler."""
    names = annotations["annotator"]
    return annotations.filter(pc.invert(pc.or_(pc.equal(names, MODEL), pc.match_substring(names, "/"))))


def _readable(annotations: pa.Table) -> pa.Table:
    """Leave out rows that break their schema, which is a finding of its own."""
    fit = pc.and_(pc.greater_equal(annotations["topic"], 0), pc.less(annotations["topic"], len(TOPIC_IDS)))
    for name in ("paper_id", "annotator", "version", "is_primary"):
        fit = pc.and_(fit, pc.is_valid(annotations[name]))
    return annotations.filter(fit)


def labels_of(rows: pa.Table) -> dict[str, Annotation]:
    """Return the labels of one voice by `paper_id`; a paper without exactly one primary topic is left out."""
    given: dict[str, list[dict[str, Any]]] = {}
    for row in _readable(rows).select(["paper_id", "topic", "is_primary"]).sort_by("topic").to_pylist():
        given.setdefault(row["paper_id"], []).append(row)
    labels = {}
    for paper, votes in given.items():
        primary = [TOPIC_IDS[vote["topic"]] for vote in votes if vote["is_primary"]]
        if len(primary) == 1:
            further = [TOPIC_IDS[vote["topic"]] for vote in votes if not vote["is_primary"]]
            labels[paper] = Annotation(paper, "", primary[0], (primary[0], *further), "")
    return labels


def first_round(annotators: Mapping[tuple[str, str], dict[str, Annotation]]) -> dict[str, dict[str, Annotation]]:
    """Return the annotators of the first round by name, without the adjudicator."""
    return {
        name: given for (name, version), given in annotators.items() if version == FIRST_ROUND and name != ADJUDICATOR
    }


def agreement_figures(annotations: pa.Table) -> dict[str, Any] | None:
    """Return the figures of the first round that the manifest states, None where nobody annotated."""
    annotators = first_round(annotators_of(annotations))
    if len(annotators) < 2:
        return None
    try:
        return copy.deepcopy(_figures(tuple((name, tuple(given.values())) for name, given in annotators.items())))
    except InputFileError:
        return None  # a damaged table, where not every annotator labelled every paper


# the intervals are a bootstrap; a build and a check in one process measure the same labels again and again
@lru_cache(maxsize=4)
def _figures(labels: tuple[tuple[str, tuple[Annotation, ...]], ...]) -> dict[str, Any]:
    annotators = {name: {one.paper_id: one for one in given} for name, given in labels}
    told = measure_agreement(annotators).as_json()
    pair = told["pairs"][0]
    return {
        "annotators": told["annotators"],
        "papers": told["papers"],
        "kappa_primary": pair["primary_kappa"],
        "alpha_jaccard": told["alpha_jaccard"],
        "alpha_masi": told["alpha_masi"],
        "same_primary": told["same_primary"],
        "same_set": told["same_set"],
        "papers_that_differ": len(told["differences"]),
        "topics": pair["topics"],
    }
