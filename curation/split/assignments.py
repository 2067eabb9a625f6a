"""Split assignments as files."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from curation.atomic import write_whole
from curation.csv_file import open_csv
from curation.errors import Location, RecipeError
from curation.schemas.stages import SPLITS

__all__ = ["read_splits", "write_splits"]


def read_splits(path: Path) -> dict[str, str]:
    """Read an assignment.

    Args:
        path: CSV with the columns `paper_id` and `split`; others are for the reader's eye.

    Raises:
        RecipeError: The file is missing or not of that form.
    """
    hint = "check `split.assignments` in the recipe"
    with open_csv(path, "the split assignment", RecipeError, hint=hint) as reader:
        return _assigned(reader, path)


def _assigned(reader: csv.DictReader[str], path: Path) -> dict[str, str]:
    if not {"paper_id", "split"} <= set(reader.fieldnames or ()):
        raise RecipeError(
            "the split assignment lacks a column",
            where=Location(path, line=1),
            expected="a header with `paper_id` and `split`",
            hint="name the columns in the first line",
        )
    assigned: dict[str, str] = {}
    for row in reader:
        where = Location(path, line=reader.line_num)
        if row["split"] not in SPLITS:
            raise RecipeError(
                f"there is no split {row['split'] or ''!r}",
                where=where,
                expected=f"one of {', '.join(SPLITS)}",
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

    Raises:
        OutputError: It cannot be written.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["paper_id", "split", "title"])
    writer.writerows(sorted(rows))
    write_whole(path, lambda partial: partial.write_text(out.getvalue(), encoding="utf-8"))
