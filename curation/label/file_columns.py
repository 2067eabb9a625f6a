"""The columns of a file of papers that are read and those that are added, and what else all formats share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from typing import Any, Final

import pyarrow as pa

from curation.errors import InputFileError, Location
from curation.label.labeler import Answer
from curation.schemas.stages import ABSTAINED, MODEL

__all__ = [
    "ADDED",
    "ADDED_TYPES",
    "BATCH_ROWS",
    "NEEDED",
    "READ",
    "Paper",
    "Tell",
    "Values",
    "categories_of",
    "check_columns",
    "values_of",
]

# Rows that are labelled at once, in every format.
BATCH_ROWS = 1024

_TEXT: Final = {"dtype": "string", "_type": "Value"}
_NUMBER: Final = {"dtype": "float64", "_type": "Value"}
# Each added column with its type, for Arrow and for Hugging Face.
ADDED_TYPES: Final[dict[str, tuple[pa.DataType, Any]]] = {
    "primary_topic": (pa.string(), _TEXT),
    "topics": (pa.list_(pa.string()), {"feature": _TEXT, "_type": "List"}),
    "topic_scores": (pa.list_(pa.float64()), {"feature": _NUMBER, "_type": "List"}),
    "label_source": (pa.string(), _TEXT),
}
ADDED: Final = tuple(ADDED_TYPES)
# The columns that are read, with what others call them.
NEEDED: Final = {"title": ("title", "name", "heading"), "abstract": ("abstract", "summary", "description", "text")}
READ: Final = (*NEEDED, "categories")

# Title, abstract and categories.
Paper = tuple[str | None, str | None, Sequence[str]]
# What goes into each added column.
Values = tuple[str | None, list[str], list[float], str]
# Takes a row's place (its first line, or in Parquet its number from 1) and the answer to it.
Tell = Callable[[int, Answer], None]


def check_columns(names: Sequence[str], where: Location, *, needed: Iterable[str] = NEEDED) -> None:
    """Refuse columns that are missing, there twice, or already those of a labelled file."""
    if taken := [name for name in ADDED if name in names]:
        told = f"no columns {', '.join(ADDED)}, which are added"
        raise InputFileError(
            f"there is {', '.join(taken)} already", where=where, expected=told, hint="rename or drop it"
        )
    if twice := [name for name in READ if names.count(name) > 1]:
        raise InputFileError(f"the column {twice[0]} is there twice", where=where, hint="rename or drop one of them")
    for name in (name for name in needed if name not in names):
        folded = {other.strip().lower(): other for other in names if other not in NEEDED}
        close = [match for alias in NEEDED[name] for match in get_close_matches(alias, folded, n=1, cutoff=0.75)]
        raise InputFileError(
            f"the column {name} is missing",
            where=where,
            expected=f"the columns title and abstract; found {', '.join(map(repr, names)) or 'none'}",
            hint=f"rename {folded[close[0]]!r} to {name!r}" if close else f"add or rename a column, to {name!r}",
        )


def categories_of(value: object, where: Location) -> list[str]:
    """Return the categories of a paper, which are a list of texts, or one text with blanks between them."""
    if value is None or isinstance(value, str):
        return (value or "").split()
    if isinstance(value, list) and all(one is None or isinstance(one, str) for one in value):
        return [one for one in value if one is not None]
    raise InputFileError(
        "categories are neither a list of texts nor text",
        where=where,
        expected='["cs.LG", "stat.ML"] or "cs.LG stat.ML"',
        hint="write them so, or rename the column",
    )


def values_of(answer: Answer) -> Values:
    """Return what goes into each added column."""
    primary = answer.topics[0] if answer.topics else None
    return primary, list(answer.topics), list(answer.scores), MODEL if answer.topics else ABSTAINED
