"""The sheet an annotator fills in with a spreadsheet program."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from curation.annotate.files import Annotation, csv_bytes, read_cells
from curation.atomic import write_whole
from curation.identity import hash_fraction

__all__ = ["read_sheet", "write_sheet"]

_COLUMNS = ("paper_id", "title", "abstract", "primary", "topics", "note")
# What a spreadsheet would run as a formula, or read as a number and write back with fewer digits.
_CHANGING = r"[=+\-@\t\r\n]|[0-9]+(?:[eE][0-9]+)?\s*\Z"
# Apostrophes in front count as well, so that taking one off gives every text back.
_NEEDS_GUARD = re.compile(rf"'*(?:{_CHANGING})")
_GUARDED = re.compile(rf"'+(?:{_CHANGING})")


def write_sheet(path: Path, papers: Iterable[Mapping[str, str]], *, order: str | None) -> None:
    """Write the papers with empty cells for their labels.

    Cells that a spreadsheet would run as a formula or read as a number begin with an apostrophe; `read_sheet` takes it
    off again.

    Args:
        path: Where to; a file there is replaced.
        papers: `paper_id`, `title` and `abstract` of each paper.
        order: Name of the annotator; each name reads in an order of its own, the same every time. Without one, the
            papers are sorted by id.

    Raises:
        OutputError: It cannot be written; what stood there still does.
    """

    def place(paper: Mapping[str, str]) -> tuple[float, str]:
        drawn = 0.0 if order is None else hash_fraction(paper["paper_id"], f"reading order of {order}")
        return drawn, paper["paper_id"]

    texts = ("paper_id", "title", "abstract")
    rows = ([*(_guarded(paper[text]) for text in texts), "", "", ""] for paper in sorted(papers, key=place))
    # without the mark, spreadsheets take the text for another encoding
    data = codecs.BOM_UTF8 + csv_bytes(_COLUMNS, rows)
    write_whole(path, lambda partial: partial.write_bytes(data))


def read_sheet(path: Path, papers: Mapping[str, str]) -> dict[str, Annotation]:
    """Read a sheet that was filled in; its abstracts are not looked at.

    Args:
        path: The sheet.
        papers: Titles of the dataset's papers by `paper_id`; each must have a label.

    Returns:
        The annotations by `paper_id`, in the order of the sheet.

    Raises:
        InputFileError: The file is missing, not of that form, or not complete.
    """
    return read_cells(path, papers, _plain)


def _guarded(text: str) -> str:
    return f"'{text}" if _NEEDS_GUARD.match(text) else text


def _plain(cell: str) -> str:
    # blanks are stripped last: one in front of an apostrophe says that it is no guard
    return (cell[1:] if _GUARDED.match(cell) else cell).strip()
