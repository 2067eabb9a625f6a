"""What arXiv categories say of a topic: a labeling function for papers whose source names them."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib import resources

from curation.schemas.taxonomy import TOPIC_IDS

__all__ = ["category_votes", "topic_of_category"]


@cache
def _maps() -> tuple[dict[str, str], dict[str, str]]:
    tables = tomllib.loads(resources.files("curation.label").joinpath("categories.toml").read_text(encoding="utf-8"))
    return tables["categories"], tables["archives"]


def topic_of_category(category: str) -> str | None:
    """Return the topic that an arXiv category stands for, by `categories.toml`; None where it has no natural one."""
    categories, archives = _maps()
    return categories.get(category) or archives.get(category.partition(".")[0])


def category_votes(categories: Sequence[str]) -> tuple[list[bool], list[bool]]:
    """Vote by a paper's categories.

    Args:
        categories: The primary one first; empty where they are not known.

    Returns:
        For each topic of the taxonomy, whether the primary category stands for it, and whether any one does.
    """
    topics = [topic_of_category(category) for category in categories]
    return [topic in topics[:1] for topic in TOPIC_IDS], [topic in topics for topic in TOPIC_IDS]
