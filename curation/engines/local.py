"""The local engine: row stages batch by batch, and where records come by the million, a process for each core."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from curation.stage import Stage, StageResult

__all__ = ["LocalEngine"]


@dataclass(frozen=True, slots=True)
class LocalEngine:
    """Runs stages on this machine. No result depends on either attribute.

    Attributes:
        batch_rows: Most rows that a row stage is given at once.
        processes: How many processes a streamed build has (see `curation.streaming`); None for one a core. A build of
            captured pages alone is streamed only where a number is given.
    """

    batch_rows: int = 7_500
    processes: int | None = None

    def __post_init__(self) -> None:
        for name in ("batch_rows", "processes"):
            if (value := getattr(self, name)) is not None and value < 1:
                raise ValueError(f"{name} must be at least 1, not {value}")

    def run(self, stage: Stage, table: pa.Table) -> StageResult:
        """Run a stage on a whole table."""
        if stage.kind == "table" or table.num_rows <= self.batch_rows:
            return stage(table)
        starts = range(0, table.num_rows, self.batch_rows)
        results = [stage(table.slice(start, self.batch_rows)) for start in starts]
        logs = [result.log for result in results if result.log is not None]
        return StageResult(
            kept=pa.concat_tables([result.kept for result in results]),
            removed=pa.concat_tables([result.removed for result in results]),
            log=pa.concat_tables(logs) if logs else None,
        )
