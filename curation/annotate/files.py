"""Topic labels that one annotator gave, as a file."""

from __future__ import annotations

import csv
import difflib
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from curation.atomic import write_whole
from curation.csv_file import open_csv, require_whole
from curation.errors import InputFileError, Location
from curation.identity import title_key
from curation.schemas.stages import MAX_TOPICS
from curation.schemas.taxonomy import TOPIC_IDS

__all__ = ["Annotation", "csv_bytes", "named", "read_annotations", "read_cells", "write_annotations"]

_COLUMNS = ("paper_id", "title", "primary", "topics", "note")
_PAPER_ID = re.compile(r"[0-9a-f]{16}")
_BETWEEN_TOPICS = re.compile(r"[\s,;]+")
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Annotation:
    """The label that one annotator gave one paper.

    Attributes:
        paper_id: The paper.
        title: Its title, for the reader's eye.
        primary: Id of the primary topic.
        topics: Ids of all topics, the primary one first.
        note: What else was considered, or the reason of a decision; empty if nothing was noted.
    """

    paper_id: str
    title: str
    primary: str
    topics: tuple[str, ...]
    note: str


def read_annotations(path: Path, *, papers: Mapping[str, str] | None = None) -> dict[str, Annotation]:
    """Read the labels of one annotator.

    Args:
        path: CSV with the columns `paper_id`, `title`, `primary`, `topics` (separated by blanks, commas or semicolons)
            and `note`, in any order; others are for the reader's eye.
        papers: Titles of the dataset's papers by `paper_id`; where they are given, the file must label each of them
            and no other. Without them it may label any papers.

    Returns:
        The annotations by `paper_id`, in the order of the file.

    Raises:
        InputFileError: The file is missing or not of that form.
    """
    return read_cells(path, papers, str.strip)


def write_annotations(path: Path, annotations: Mapping[str, Annotation]) -> None:
    """Write labels in their canonical form: sorted by paper, quotation marks only where they are needed.

    Args:
        path: Where to; a file there is replaced.
        annotations: The annotations by `paper_id`.

    Raises:
        OutputError: It cannot be written; what stood there still does.
    """
    ordered = sorted(annotations.values(), key=lambda one: one.paper_id)
    rows = ((one.paper_id, one.title, one.primary, " ".join(one.topics), one.note) for one in ordered)
    data = csv_bytes(_COLUMNS, rows)
    write_whole(path, lambda partial: partial.write_bytes(data))


def csv_bytes(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Return a table as CSV in UTF-8; every line ends with a line feed, those inside of fields too."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([re.sub(r"\r\n?", "\n", cell) for cell in row] for row in rows)
    # encoded here, so that a text that cannot be fails before there is a file
    return out.getvalue().encode()


def named(papers: Mapping[str, str], ids: Iterable[str]) -> str:
    """Return the first few of some papers by id and title, and how many more there are."""
    ordered = sorted(ids)
    names = "; ".join(f"{paper} ({papers[paper]})" for paper in ordered[:_NAMED])
    return names if len(ordered) <= _NAMED else f"{names}; and {len(ordered) - _NAMED} more"


def read_cells(path: Path, papers: Mapping[str, str] | None, clean: Callable[[str], str]) -> dict[str, Annotation]:
    """Read labels from cells that need cleaning.

    Args:
        path: The file.
        papers: The dataset's papers, as for `read_annotations`.
        clean: Makes the text of a cell what it stands for.

    Raises:
        InputFileError: The file is missing or not of that form.
    """
    with open_csv(path, "the table of annotations", InputFileError, hint="check the path") as reader:
        return _annotations(reader, path, papers, clean)


def _annotations(
    reader: csv.DictReader[str], path: Path, papers: Mapping[str, str] | None, clean: Callable[[str], str]
) -> dict[str, Annotation]:
    _check_header(reader, path)
    annotations: dict[str, Annotation] = {}
    for row in reader:
        where = Location(path, line=reader.line_num)
        # a spreadsheet may leave lines of empty cells below the table
        if not any("".join(cell or "").strip() for cell in row.values()):
            continue
        require_whole(row, reader, where)
        cells = {column: clean(row[column]) for column in _COLUMNS}
        _check_paper(cells["paper_id"], cells["title"], papers, where)
        if cells["paper_id"] in annotations:
            raise InputFileError(
                f"paper {cells['paper_id']} ({cells['title']}) stands in two lines",
                where=where,
                expected="each paper once",
                hint="keep one of the two",
            )
        primary, topics = _topics(cells["primary"], cells["topics"], where)
        annotations[cells["paper_id"]] = Annotation(cells["paper_id"], cells["title"], primary, topics, cells["note"])
    if papers is not None and (missing := papers.keys() - annotations.keys()):
        raise InputFileError(
            f"papers without a label: {len(missing)} of {len(papers)}: {named(papers, missing)}",
            where=Location(path, line=reader.line_num),
            expected="a line for each paper of the dataset",
            hint="label the missing papers, too",
        )
    return annotations


def _check_header(reader: csv.DictReader[str], path: Path) -> None:
    names = [name.strip() for name in reader.fieldnames or ()]
    reader.fieldnames = names
    missing = [column for column in _COLUMNS if column not in names]
    twice = [column for column in _COLUMNS if names.count(column) > 1]
    if not missing and not twice:
        return
    hint = "name the columns in the first line"
    if len(names) == 1 and re.search("[;\t]", names[0]):
        hint = "save the table with commas between the fields"
    elif not missing:
        hint = "delete or rename one of the two"
    raise InputFileError(
        f"the table of annotations lacks the column `{missing[0]}`"
        if missing
        else f"the table of annotations has the column `{twice[0]}` twice",
        where=Location(path, line=1),
        expected=f"a header with {', '.join(f'`{column}`' for column in _COLUMNS)}",
        hint=hint,
    )


def _check_paper(paper: str, title: str, papers: Mapping[str, str] | None, where: Location) -> None:
    if not _PAPER_ID.fullmatch(paper):
        raise InputFileError(
            f"{paper!r} is no paper id",
            where=where,
            expected="16 hex digits, such as 019d11f8d0d13677",
            hint="copy the id from the dataset; a spreadsheet may have read it as a number",
        )
    if papers is None:
        return
    if paper not in papers:
        raise InputFileError(
            f"paper {paper} ({title}) is not in the dataset",
            where=where,
            expected=f"one of its {len(papers)} papers",
            hint="correct the id, or delete the line",
        )
    if title_key(title) != title_key(papers[paper]):
        raise InputFileError(
            f"{title!r} is not the title of paper {paper}",
            where=where,
            expected=repr(papers[paper]),
            hint="see whether cells slipped into another line; then correct the title, or the id",
        )


def _topics(primary_cell: str, topics_cell: str, where: Location) -> tuple[str, tuple[str, ...]]:
    """Return the primary topic, and all topics with that one first."""
    primaries, topics = _words(primary_cell), _words(topics_cell)
    for word in (*primaries, *topics):
        if word not in TOPIC_IDS:
            close = difflib.get_close_matches(word.lower(), TOPIC_IDS, n=1)
            raise InputFileError(
                f"there is no topic {word!r}",
                where=where,
                expected=f"one of {', '.join(TOPIC_IDS)}",
                hint=f"write `{close[0]}`, if that is meant" if close else "take an id from the taxonomy",
            )
    if len(primaries) != 1:
        raise InputFileError(
            f"the line has {len(primaries)} primary topics: {' '.join(primaries)}"
            if primaries
            else "the line has no primary topic",
            where=where,
            expected="one topic in the field `primary`",
            hint="choose by the labelling guide; what else applies belongs into `topics`",
        )
    (often, count), *_ = Counter(topics).most_common(1) or [("", 0)]
    if count > 1:
        raise InputFileError(
            f"the topic {often} is given twice", where=where, expected="each topic once", hint="delete one of the two"
        )
    primary = primaries[0]
    ordered = (primary, *(topic for topic in topics if topic != primary))
    if len(ordered) > MAX_TOPICS:
        raise InputFileError(
            f"the line has {len(ordered)} topics, the primary one among them",
            where=where,
            expected=f"one to {MAX_TOPICS}",
            hint="keep those whose followers would want the paper in their feed",
        )
    return primary, ordered


def _words(cell: str) -> list[str]:
    return [word for word in _BETWEEN_TOPICS.split(cell) if word]
