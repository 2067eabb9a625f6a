"""Splits: train, validation and test, drawn once and never moved."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

import pyarrow as pa

from curation.errors import Location, RecipeError
from curation.identity import hash_fraction
from curation.schemas.derive import plain_schema
from curation.schemas.stages import SPLITS, AssignedPapers, LabelledPapers
from curation.stage import StageResult, empty_removed

__all__ = ["SplitStage", "draw_splits", "read_splits", "write_splits"]

_SALT = "split"


@dataclass(frozen=True, slots=True)
class SplitStage:
    """Give every paper its split: the assigned one, or by hash of its id where none is assigned.

    Neither depends on the other papers, so adding papers moves none.

    Attributes:
        shares: Share of each split, in the order of `SPLITS`; they add up to 1.
        assigned: Splits already given, by `paper_id`.
    """

    shares: tuple[float, float, float]
    assigned: Mapping[str, str]

    name: ClassVar[str] = "split"
    kind: ClassVar[Literal["row", "table"]] = "row"
    group_by: ClassVar[tuple[str, ...]] = ()
    input_model: ClassVar[type[LabelledPapers]] = LabelledPapers
    output_model: ClassVar[type[AssignedPapers]] = AssignedPapers
    log_model: ClassVar[None] = None

    def __call__(self, table: pa.Table) -> StageResult:
        """Split a batch of `LabelledPapers`."""
        splits = [self.assigned.get(paper) or self._by_hash(paper) for paper in table["paper_id"].to_pylist()]
        kept = table.append_column("split", pa.array(splits, type=pa.string()))
        return StageResult(kept.select(plain_schema(AssignedPapers).names), empty_removed())

    def _by_hash(self, paper: str) -> str:
        fraction = hash_fraction(paper, _SALT)
        bound = 0.0
        for split, share in zip(SPLITS, self.shares, strict=True):
            bound += share
            if fraction < bound:
                return split
        return SPLITS[-1]


def draw_splits(papers: pa.Table, shares: tuple[float, float, float]) -> dict[str, str]:
    """Draw a first assignment, stratified by primary topic.

    Inside a topic papers come in the order of a hash of their id. Topic after topic, each paper goes to the split
    that lags furthest behind its share, so that every topic and the whole are divided as the shares say, to within
    one paper.

    Args:
        papers: Columns `paper_id` and `primary_topic_name`.
        shares: Share of each split, in the order of `SPLITS`.

    Returns:
        The split of each paper, by id.
    """
    strata: dict[str, list[str]] = defaultdict(list)
    for row in papers.select(["paper_id", "primary_topic_name"]).to_pylist():
        strata[row["primary_topic_name"] or ""].append(row["paper_id"])
    drawn: dict[str, str] = {}
    given = [0] * len(SPLITS)
    for topic in sorted(strata):
        for paper in sorted(strata[topic], key=lambda paper: (hash_fraction(paper, _SALT), paper)):
            lags = [share * (len(drawn) + 1) - count for share, count in zip(shares, given, strict=True)]
            chosen = max(range(len(SPLITS)), key=lambda index: (lags[index], -index))
            given[chosen] += 1
            drawn[paper] = SPLITS[chosen]
    return drawn


def read_splits(path: Path) -> dict[str, str]:
    """Read an assignment.

    Args:
        path: CSV with the columns `paper_id` and `split`; others are for the reader's eye.

    Raises:
        RecipeError: The file is missing or not of that form.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(
            f"the split assignment cannot be read ({error})", where=Location(path), hint="check `split.assignments`"
        ) from error
    reader = csv.DictReader(io.StringIO(text))
    if not {"paper_id", "split"} <= set(reader.fieldnames or ()):
        raise RecipeError(
            "the split assignment lacks a column",
            where=Location(path, line=1),
            expected="a header with `paper_id` and `split`",
        )
    assigned: dict[str, str] = {}
    for row in reader:
        where = Location(path, line=reader.line_num)
        if row["split"] not in SPLITS:
            raise RecipeError(
                f"there is no split {row['split']!r}", where=where, expected=f"one of {', '.join(SPLITS)}"
            )
        if row["paper_id"] in assigned:
            raise RecipeError(
                f"paper {row['paper_id']} is assigned twice", where=where, hint="keep one of the two lines"
            )
        assigned[row["paper_id"]] = row["split"]
    return assigned


def write_splits(path: Path, rows: Iterable[tuple[str, str, str]]) -> None:
    """Write an assignment, sorted by id.

    Args:
        path: Where to.
        rows: `paper_id`, split and title of each paper.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["paper_id", "split", "title"])
    writer.writerows(sorted(rows))
    path.write_text(out.getvalue(), encoding="utf-8")
