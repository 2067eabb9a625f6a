"""The contract of a stage.

A stage is a pure function from an Arrow table to a `StageResult`: rows that go on, rows that leave with their
reason, and what was done to the rows that stay. It reads and writes no file and knows no engine. It names the models
of the tables it takes and gives; whoever runs it checks them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol

import pandera.pandas as pan
import pyarrow as pa

from curation.errors import StageError
from curation.schemas.check import check_table, shorten
from curation.schemas.derive import plain_schema
from curation.schemas.stages import RemovedRows

__all__ = [
    "Engine",
    "Stage",
    "StageCount",
    "StageResult",
    "check_rows",
    "empty_removed",
    "removed_rows",
    "require_valid",
    "run_checked",
]

# Columns that name a row.
_PLACE = ("source_id", "position")


@dataclass(frozen=True, slots=True)
class StageResult:
    """What a stage made of a table.

    Attributes:
        kept: Rows that go on, in the order they came.
        removed: Rows that leave; model `RemovedRows`.
        log: What was done to the rows that stay; the stage's `log_model`, or None if it keeps no log.
    """

    kept: pa.Table
    removed: pa.Table
    log: pa.Table | None = None


class Stage(ABC):
    """A step of the flow.

    Attributes:
        name: The stage's verb, as reports show it.
        kind: `row` if any batch gives the same rows, `table` if it must see all rows at once.
        group_by: For a table stage, the columns whose values decide which rows meet; empty for a row stage.
        input_model: Model of the rows it takes. More columns may come; they are not looked at and do not go on.
        output_model: Model of the rows that go on.
        log_model: Model of its log, if it keeps one.
    """

    name: ClassVar[str]
    kind: ClassVar[Literal["row", "table"]]
    group_by: ClassVar[tuple[str, ...]] = ()
    input_model: ClassVar[type[pan.DataFrameModel]]
    output_model: ClassVar[type[pan.DataFrameModel]]
    log_model: ClassVar[type[pan.DataFrameModel] | None] = None

    @abstractmethod
    def __call__(self, table: pa.Table) -> StageResult:
        """Run the stage on a table of `input_model`."""


class Engine(Protocol):
    """What runs stages: here in one process, elsewhere on many machines, always with the same result."""

    def run(self, stage: Stage, table: pa.Table) -> StageResult:
        """Run a stage on a whole table; a row stage may be given batches of it."""
        ...


@dataclass(frozen=True, slots=True)
class StageCount:
    """How many rows a stage took, kept and let go."""

    stage: str
    rows_in: int
    kept: int
    merged: int
    rejected: int

    def __post_init__(self) -> None:
        if self.rows_in != self.kept + self.merged + self.rejected:
            raise StageError(
                f"stage {self.stage} lost count of its rows: {self.rows_in} in,"
                f" {self.kept} kept + {self.merged} merged + {self.rejected} rejected out"
            )

    @classmethod
    def of(cls, stage: str, rows_in: int, kept: int, removed: pa.Table) -> StageCount:
        """Count a stage's result.

        Raises:
            StageError: In is not kept + removed.
        """
        reasons = removed["reason"].to_pylist()
        return cls(stage, rows_in, kept, reasons.count("merged"), reasons.count("rejected"))


def removed_rows(rows: Iterable[dict[str, Any]]) -> pa.Table:
    """Build a table of removed rows; columns that a row leaves out are missing values."""
    complete = [{**row, "value": shorten(row["value"])} if row.get("value") is not None else row for row in rows]
    return pa.Table.from_pylist(complete, schema=plain_schema(RemovedRows))


def empty_removed() -> pa.Table:
    """Return a table of no removed rows."""
    return removed_rows([])


def run_checked(stage: Stage, table: pa.Table, engine: Engine) -> StageResult:
    """Run a stage and move the rows that break its output model to the removed ones.

    Args:
        stage: The stage.
        table: Its input; columns beyond the input model are left behind.
        engine: What runs it.

    Raises:
        StageError: The stage's input or output lacks columns or has others than declared, its log breaks its model,
            or a row that came in is not kept or removed exactly once.
    """
    result = engine.run(stage, _select(table, stage.input_model, f"input of {stage.name}"))
    require_valid(result.removed, RemovedRows, f"removed rows of {stage.name}")
    _require_same_rows(table, result, stage.name)
    kept, rejected = check_rows(result.kept, stage.output_model, stage.name)
    removed = pa.concat_tables([result.removed, rejected])
    if (result.log is None) != (stage.log_model is None):
        raise StageError(f"the log of {stage.name} is {'missing' if result.log is None else 'not declared'}")
    if stage.log_model is not None:
        require_valid(result.log, stage.log_model, f"log of {stage.name}")
    StageCount.of(stage.name, table.num_rows, kept.num_rows, removed)
    return StageResult(kept, removed, result.log)


def _require_same_rows(table: pa.Table, result: StageResult, stage: str) -> None:
    """Check that every row that came in is kept or removed, once, and that no other is."""
    if not result.removed.num_rows and _have_same_places(table, result.kept):
        return
    taken = Counter(_places(table))
    given = Counter(_places(result.kept)) + Counter(_places(result.removed))
    if given != taken:
        lost, invented = taken - given, given - taken
        raise StageError(
            f"stage {stage} lost {lost.total()} rows and invented {invented.total()}"
            f" (the first: {next(iter(lost or invented))})"
        )


def _have_same_places(table: pa.Table, other: pa.Table) -> bool:
    """Tell whether two tables have the same rows in the same order."""
    places = [one.select([name for name in _PLACE if name in one.column_names]) for one in (table, other)]
    return all(one.num_columns == len(_PLACE) for one in places) and bool(places[0].equals(places[1]))


def _places(table: pa.Table) -> list[tuple[str, int]]:
    missing = set(_PLACE) - set(table.column_names)
    if missing:
        raise StageError(f"a table lacks {', '.join(sorted(missing))}, which name its rows")
    return list(zip(*(table[name].to_pylist() for name in _PLACE), strict=True))


def check_rows(table: pa.Table, model: type[pan.DataFrameModel], stage: str) -> tuple[pa.Table, pa.Table]:
    """Split a stage's rows into those that meet the model and removed rows for those that do not.

    Raises:
        StageError: The table as a whole does not fit the model.
    """
    check = check_table(table, model)
    if check.table_failures:
        failure = check.table_failures[0]
        raise StageError(f"{stage} gave a table that is not {model.__name__}: {failure.rule}, found {failure.value}")
    rows = table.select(_PLACE)
    rejected = [
        {
            "stage": stage,
            "reason": "rejected",
            "rule": failure.rule,
            "value": failure.value,
            **rows.slice(row, 1).to_pylist()[0],
        }
        for row, failure in check.first_by_row().items()
    ]
    return check.valid, removed_rows(rejected)


def require_valid(table: pa.Table, model: type[pan.DataFrameModel], what: str) -> None:
    """Check a table whose rows are our own doing, so that a broken rule is a bug.

    Raises:
        StageError: A row or the table breaks its model.
    """
    failures = check_table(table, model).failures
    if failures:
        first = failures[0]
        where = "" if first.row is None else f" in row {first.row}"
        raise StageError(f"the {what} break {model.__name__}{where}: {first.rule}, found {first.value!r}")


def _select(table: pa.Table, model: type[pan.DataFrameModel], what: str) -> pa.Table:
    wanted = plain_schema(model)
    missing = [name for name in wanted.names if name not in table.column_names]
    if missing:
        raise StageError(f"the {what} lacks {', '.join(missing)}")
    return table.select(wanted.names).cast(wanted)
