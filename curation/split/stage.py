"""Splits as a stage, and the first assignment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curation.identity import hash_fractions
from curation.recipe import Recipe
from curation.schemas.derive import plain_schema
from curation.schemas.stages import SPLITS, AssignedPapers, LabelledPapers
from curation.split.quotas import divide
from curation.stage import Stage, StageResult, empty_removed

__all__ = ["MOST_STRATIFIED", "SplitStage", "draw_splits", "first_assignment", "with_assigned"]

_SALT = "split"
MOST_STRATIFIED = 100_000
"""Papers up to which a first assignment is stratified."""


@dataclass(frozen=True, slots=True)
class SplitStage(Stage):
    """Give every paper its split: the assigned one, or by hash of its id where none is assigned.

    Neither depends on the other papers, so adding papers moves none.

    Attributes:
        shares: Share of each split, in the order of `SPLITS`; they add up to 1.
        assigned: Splits already given, by `paper_id`.
    """

    shares: tuple[float, float, float]
    assigned: Mapping[str, str]

    name = "split"
    kind = "row"
    input_model = LabelledPapers
    output_model = AssignedPapers

    def __call__(self, table: pa.Table) -> StageResult:
        """Split a batch of `LabelledPapers`."""
        drawn = np.searchsorted(np.cumsum(self.shares[:-1]), hash_fractions(table["paper_id"], _SALT), side="right")
        kept = with_assigned(table.append_column("split", pa.array(SPLITS).take(pa.array(drawn))), self.assigned)
        return StageResult(kept.select(plain_schema(AssignedPapers).names), empty_removed())


def with_assigned(papers: pa.Table, assigned: Mapping[str, str]) -> pa.Table:
    """Give papers the split that is assigned to them; others keep theirs.

    Args:
        papers: Columns `paper_id` and `split`, and maybe others.
        assigned: Splits, by `paper_id`.
    """
    if not assigned:
        return papers
    given = pa.array(map(assigned.get, papers["paper_id"].to_pylist()), pa.string())
    column = papers.schema.get_field_index("split")
    return papers.set_column(column, "split", pc.coalesce(given, papers["split"]))


def first_assignment(papers: pa.Table, recipe: Recipe) -> dict[str, str]:
    """Return the first assignment of a release; a paper that it leaves out goes by hash.

    It is stratified by primary topic. Without topics there is nothing to stratify by, and of more than
    `MOST_STRATIFIED` papers a hash gives every topic its shares to within half a percent or so.

    Args:
        papers: Columns `paper_id` and `primary_topic_name`.
        recipe: Shares, and whether papers have topics.
    """
    if not recipe.label.topics or papers.num_rows > MOST_STRATIFIED:
        return {}
    return draw_splits(papers, recipe.split.shares)


def draw_splits(papers: pa.Table, shares: tuple[float, float, float]) -> dict[str, str]:
    """Draw a first assignment, stratified by primary topic.

    Every topic, and the whole, is divided as the shares say, to within one paper (see `curation.split.quotas`). Inside
    a topic papers go to the splits in the order of a hash of their id.

    Args:
        papers: Columns `paper_id` and `primary_topic_name`; papers without a topic are a stratum of their own.
        shares: Share of each split, in the order of `SPLITS`.

    Returns:
        The split of each paper, by id.
    """
    strata: dict[str, list[str]] = defaultdict(list)
    names = papers["paper_id"].to_pylist()
    fractions = dict(zip(names, hash_fractions(papers["paper_id"], _SALT).tolist(), strict=True))
    for paper, topic in zip(names, papers["primary_topic_name"].to_pylist(), strict=True):
        strata[topic or ""].append(paper)
    quotas = divide({topic: len(members) for topic, members in strata.items()}, shares)
    drawn: dict[str, str] = {}
    for topic, members in strata.items():
        ordered = iter(sorted(members, key=lambda paper: (fractions[paper], paper)))
        for split, quota in zip(SPLITS, quotas[topic], strict=True):
            drawn.update((paper, split) for paper in islice(ordered, quota))
    return drawn
