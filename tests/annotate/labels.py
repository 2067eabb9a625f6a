"""Invented labels that several tests share."""

from __future__ import annotations

from curation.annotate import Annotation

__all__ = ["label", "labels", "paper"]


def paper(number: int) -> str:
    return f"{number:015x}a"


def label(number: int, *topics: str, note: str = "") -> Annotation:
    """The label of a paper, the primary topic first."""
    return Annotation(paper(number), f"Paper {number}", topics[0], topics, note)


def labels(*given: str) -> dict[str, Annotation]:
    """Labels of papers 0, 1, 2, …, each with its topics separated by blanks."""
    return {paper(number): label(number, *topics.split()) for number, topics in enumerate(given)}
