"""What a validation finds."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["MOST_PER_RULE", "Finding", "Validation"]

# A broken column would otherwise give a finding for each of a million rows.
MOST_PER_RULE = 20


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong.

    Attributes:
        check: Which check found it: `manifest`, `files`, `schema`, `ledger`, `edits`, `labels`,
            `benchmark`, `card`, `croissant` or `viewer`.
        where: The file or table.
        message: What is wrong.
        row: Row number in the table, from 0, where one is to blame.
    """

    check: str
    where: str
    message: str
    row: int | None = None


@dataclass(frozen=True, slots=True)
class Validation:
    """The outcome of a validation.

    Attributes:
        target: What was validated.
        kind: `release` or `parquet`.
        checks: The checks that were made.
        findings: What is wrong; empty if nothing is.
    """

    target: str
    kind: str
    checks: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings

    def as_json(self) -> dict[str, Any]:
        """Return the outcome as plain values."""
        return {
            "target": self.target,
            "kind": self.kind,
            "ok": self.ok,
            "checks": list(self.checks),
            "findings": [asdict(finding) for finding in self.findings],
        }
