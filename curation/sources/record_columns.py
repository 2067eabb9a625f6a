"""Which of a file's columns are ours, and errors that say which it might be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from curation.errors import Location, SourceError
from curation.sources.record_source import Columns

__all__ = ["Found", "find_columns", "missing_columns", "refuse_same"]

# What others call our columns.
_ALIASES: Final = {
    "title": ("title", "name", "heading"),
    "abstract": ("abstract", "summary", "description", "text"),
    "arxiv_id": ("arxiv_id", "id", "paper_id"),
    "categories": ("categories", "subjects", "tags"),
}
# Names of a file that an error shows.
_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Found:
    """The names of our columns in a file whose columns are known; None for one that it does not have."""

    title: str
    abstract: str
    arxiv_id: str | None
    categories: str | None

    @property
    def names(self) -> list[str]:
        """All that are there, each once."""
        found = (self.title, self.abstract, self.arxiv_id, self.categories)
        return list(dict.fromkeys(name for name in found if name is not None))


def find_columns(names: Sequence[str], columns: Columns, where: Location) -> Found:
    """Find our columns among those of a file.

    Args:
        names: The file's columns.
        columns: What it is said to call ours.
        where: The header.

    Raises:
        SourceError: Title or abstract or a column that was named is missing, or one of ours is there twice.
    """
    refuse_same(columns, where)
    wanted = {"title": columns.title or "title", "abstract": columns.abstract or "abstract"}
    wanted |= {ours: name for ours in ("arxiv_id", "categories") if (name := getattr(columns, ours)) is not None}
    if missing := {ours: name for ours, name in wanted.items() if name not in names}:
        raise missing_columns(missing, names, where)
    usual = next((name for name in ("arxiv_id", "id") if name in names), None)
    found = Found(
        title=wanted["title"],
        abstract=wanted["abstract"],
        arxiv_id=columns.arxiv_id or usual,
        categories=columns.categories or ("categories" if "categories" in names else None),
    )
    for name in found.names:
        if names.count(name) > 1:
            hint = "rename or drop one of them"
            raise SourceError(f"the column {name!r} is there twice", where=where, expected="it once", hint=hint)
    return found


def refuse_same(columns: Columns, where: Location) -> None:
    """Refuse names by which title and abstract would be the same column.

    Raises:
        SourceError: They would.
    """
    if (columns.title or "title") == (columns.abstract or "abstract"):
        raise SourceError(
            f"title and abstract are both said to be the column {columns.title or columns.abstract!r}",
            where=where,
            expected="a column for each",
            hint='name both in the recipe: columns = { title = "…", abstract = "…" }',
        )


def missing_columns(
    missing: dict[str, str], names: Iterable[str], where: Location, what: str | None = None
) -> SourceError:
    """Return the error for columns that a file lacks.

    Args:
        missing: Names that were looked for, by our name of the column.
        names: The file's columns.
        where: The header, or the first record.
        what: What is wrong, if more is to be said than that the column is missing.
    """
    there = list(dict.fromkeys(names))
    close = {ours: match for ours, name in missing.items() if (match := _closest(ours, name, there)) is not None}
    shown = ", ".join(map(repr, there[:_SHOWN])) + (", …" if len(there) > _SHOWN else "")
    named = ", ".join(f'{ours} = "{close.get(ours, "…")}"' for ours in missing)
    hint = f"say in the recipe what {'it is' if len(missing) == 1 else 'they are'} called: columns = {{ {named} }}"
    if close:
        hint = f"did you mean {' and '.join(map(repr, close.values()))}? {hint}"
    elif len(there) == 1 and (separator := next((one for one in ";\t|" if one in there[0]), None)):
        hint = f"save it with commas between the cells; the header has {separator!r}"
    one = len(missing) == 1
    lacked = " and ".join(map(repr, missing.values()))
    return SourceError(
        what or f"the {f'column {lacked} is' if one else f'columns {lacked} are'} missing",
        where=where,
        expected=f"the {'column' if one else 'columns'} {' and '.join(missing.values())}; found {shown or 'none'}",
        hint=hint,
    )


def _closest(ours: str, name: str, there: Iterable[str]) -> str | None:
    """Return the column that was probably meant, if any looks like it and is none of our other columns."""
    folded = {other.strip().lower(): other for other in there if other == ours or other not in _ALIASES}
    close = (match for alias in (name.lower(), *_ALIASES[ours]) for match in get_close_matches(alias, folded, 1, 0.75))
    return next((folded[match] for match in close), None)
