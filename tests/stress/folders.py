"""What stands in a folder, and tables of figures for people."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

__all__ = ["contents", "show_table"]


def contents(folder: Path) -> dict[str, str]:
    """Everything below a folder: each file's sha256, each link's target, each folder, by path."""
    found: dict[str, str] = {}
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            found[name] = f"link to {path.readlink()}"
        elif path.is_dir():
            found[name] = "folder"
        else:
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def show_table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table in columns: the first to the left, figures to the right, zeros as dots."""
    cells = [list(heads), *[["." if value == 0 else str(value) for value in row] for row in rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(heads))]
    lines = [
        "  ".join(cell.rjust(width) if column else cell.ljust(width) for column, (cell, width) in enumerate(pairs))
        for pairs in (list(zip(row, widths, strict=True)) for row in cells)
    ]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])
