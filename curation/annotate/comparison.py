"""When annotations can be compared, and when they say the same."""

from __future__ import annotations

from collections.abc import Mapping

from curation.annotate.files import Annotation, named
from curation.errors import InputFileError

__all__ = ["require_same_papers", "same_label"]


def same_label(first: Annotation, second: Annotation) -> bool:
    """Return whether two annotations have the same primary topic and the same set of topics."""
    return first.primary == second.primary and set(first.topics) == set(second.topics)


def require_same_papers(annotators: Mapping[str, Mapping[str, Annotation]]) -> None:
    """Check that there are two annotators or more, and that they labelled the same papers.

    Args:
        annotators: Annotations by `paper_id`, by the name that messages call the annotator.

    Raises:
        InputFileError: They did not.
    """
    if len(annotators) < 2:
        raise InputFileError(
            f"agreement needs two annotators, not {len(annotators)}",
            expected="two or more",
            hint="name the annotations of another annotator, too",
        )
    every = {paper: one.title for given in annotators.values() for paper, one in given.items()}
    if not every:
        raise InputFileError(
            "the annotators labelled no paper", expected="one paper or more", hint="check the files of annotations"
        )
    for name, given in annotators.items():
        if missing := every.keys() - given.keys():
            raise InputFileError(
                f"{name} did not label what another annotator did, papers: {len(missing)}: {named(every, missing)}",
                expected="the same papers from each annotator",
                hint="label the missing papers, or take them out of the other files",
            )
