"""Final labels: what two annotators agree on, and an adjudicator's decision where they do not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from curation.annotate.comparison import require_same_papers, same_label
from curation.annotate.files import Annotation, named
from curation.errors import InputFileError, Location
from curation.identity import title_key

__all__ = ["Final", "adjudicated"]


@dataclass(frozen=True, slots=True)
class Final:
    """The final label of a paper.

    Attributes:
        primary: Id of the primary topic.
        topics: Ids of all topics, the primary one first.
        note: The adjudicator's reason; None where the label is the annotators' own.
        agreed: Whether the annotators gave the same primary topic and the same set of topics. With a note it is a paper
            that was read again: the label is the adjudicator's all the same.
    """

    primary: str
    topics: tuple[str, ...]
    note: str | None
    agreed: bool


def adjudicated(
    first: Mapping[str, Annotation], second: Mapping[str, Annotation], decisions: Mapping[str, Annotation], path: Path
) -> dict[str, Final]:
    """Settle the labels of two annotators.

    Where they agree, their label is final, with the topics in the first one's order. A decision comes before what they
    gave, whether they agree (a paper that was read again) or not.

    Args:
        first: Annotations by `paper_id`.
        second: The other annotator's, of the same papers.
        decisions: The adjudicator's, of some of these papers, each with its reason as note.
        path: The file the decisions come from, for messages.

    Returns:
        The final labels by `paper_id`, sorted.

    Raises:
        InputFileError: The annotators labelled different papers, a difference has no decision, or a decision has no
            reason or is about another paper.
    """
    require_same_papers({"the first annotator": first, "the second annotator": second})
    titles = {paper: one.title for paper, one in first.items()}
    _check_decisions(decisions, titles, path)
    agreed = {paper for paper in first if same_label(first[paper], second[paper])}
    if open_papers := first.keys() - agreed - decisions.keys():
        raise InputFileError(
            f"the annotators differ and no decision is given, papers: {len(open_papers)}: {named(titles, open_papers)}",
            where=Location(path),
            expected="a decision for each paper on which they differ",
            hint="add a line with primary topic, topics and the reason as note",
        )
    final = {}
    for paper in sorted(first):
        decision = decisions.get(paper)
        label = decision or first[paper]
        final[paper] = Final(label.primary, label.topics, decision.note if decision else None, paper in agreed)
    return final


def _check_decisions(decisions: Mapping[str, Annotation], titles: Mapping[str, str], path: Path) -> None:
    where = Location(path)
    for paper, decision in decisions.items():
        name = f"the decision on paper {paper} ({decision.title})"
        if paper not in titles:
            raise InputFileError(
                f"{name} is about a paper that the annotators did not label",
                where=where,
                expected=f"one of their {len(titles)} papers",
                hint="correct the id, or delete the line",
            )
        if title_key(decision.title) != title_key(titles[paper]):
            raise InputFileError(
                f"{name} has another paper's title",
                where=where,
                expected=repr(titles[paper]),
                hint="correct the title, or the id",
            )
        if not decision.note:
            raise InputFileError(
                f"{name} has no reason",
                where=where,
                expected="the reason in the field `note`",
                hint="say which rule of the labelling guide decides, or what in the abstract",
            )
