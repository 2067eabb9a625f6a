"""The local engine: one process, row stages batch by batch."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from curation.stage import Stage, StageResult

__all__ = ["LocalEngine"]


@dataclass(frozen=True, slots=True)
class LocalEngine:
    """Runs stages in this process.

    Attributes:
        batch_rows: Most rows that a row stage is given at once; the result does not depend on it.
    """

    batch_rows: int = 10_000

    def __post_init__(self) -> None:
        if self.batch_rows < 1:
            raise ValueError(f"batch_rows must be at least 1, not {self.batch_rows}")

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
