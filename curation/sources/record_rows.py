"""Records and rejected rows of a record file as Arrow tables, by the same rules for every format."""

from __future__ import annotations

import json
import re
from typing import Any, Final

import pyarrow as pa

from curation.schemas.derive import plain_schema
from curation.schemas.stages import ParsedRecords
from curation.stage import removed_rows

__all__ = ["RECORD_SCHEMA", "Rows", "categories_of", "id_and_year", "readable"]

# A record as the parsers of captured pages give it, and what a record file says beyond.
RECORD_SCHEMA: Final = pa.schema([
    *plain_schema(ParsedRecords),
    pa.field("arxiv_id", pa.string()),
    pa.field("categories", pa.list_(pa.string())),
    pa.field("year", pa.int64()),
])  # fmt: skip

# What is held of a record until the table is made.
_TAKEN: Final = ("position", "title", "abstract", "title_line", "arxiv_id", "categories", "year")

# The form that `EnrichedPapers` demands, with the two digits of the year; prefix and version are not part of the id.
_ID: Final = re.compile(
    r"(?:[Aa][Rr][Xx][Ii][Vv]:)?"
    r"(([0-9]{2})[0-9]{2}\.[0-9]{4,5}|[a-z]+(?:-[a-z]+)*(?:\.[A-Z]{2})?/([0-9]{2})[0-9]{5})"
    r"(?:v[0-9]+)?"
)
# arXiv began in 1991.
_FIRST_YEAR: Final = 91
_UNREADABLE: Final = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
# Characters of a broken value that are looked at; more than a removed row shows.
_LOOKED_AT: Final = 1000


def readable(value: object) -> str:
    """Spell what stood in a file so that any reader can show it."""
    if isinstance(value, bytes):
        value = value[:_LOOKED_AT].decode("utf-8", "backslashreplace")
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return _UNREADABLE.sub(_spelled, text[:_LOOKED_AT])


def _spelled(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode()


def id_and_year(value: object) -> tuple[str, int] | None:
    """Return the arXiv id that a value is, without prefix and version, and the year of it; None if it is no such id."""
    match = _ID.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    year = int(match[2] or match[3])
    return match[1], year + (1900 if year >= _FIRST_YEAR else 2000)


def categories_of(value: object) -> list[str]:
    """Return categories, each once, of a text with blanks between them or a list of such texts; else none."""
    if isinstance(value, str):
        found = value.split()
    elif isinstance(value, list) and all(isinstance(one, str) for one in value if one is not None):
        found = [name for one in value if one is not None for name in one.split()]
    else:
        return []
    if len(found) > 1:
        found = list(dict.fromkeys(found))
    return found if all(map(str.isascii, found)) and "\0" not in "".join(found) else list(filter(_is_whole, found))


def _is_whole(text: str) -> bool:
    """Tell whether Parquet takes a text, and whoever reads it in C."""
    if "\0" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


class Rows:
    """The records and the rejected rows of a chunk, as they are found."""

    def __init__(self, source_id: str) -> None:
        self._source_id = source_id
        self._taken: list[tuple[Any, ...]] = []
        self._removed: list[dict[str, Any]] = []

    def add(self, position: int, line: int, title: object, abstract: object, told: tuple[object, object]) -> bool:
        """Take a record, if its texts are fit to be published.

        Args:
            position: Its number in the file, from 0.
            line: Its line, from 1.
            title: What stands in the column of titles.
            abstract: That of abstracts.
            told: What stands in those of ids and of categories; anything that is no arXiv id, or names no category, is
                passed over.

        Returns:
            False if it was not taken, for `reject_texts` to say why.
        """
        for text in (title, abstract):
            if not isinstance(text, str) or not text or text.isspace() or "\0" in text:
                return False
            if not text.isascii() and not _is_whole(text):
                return False
        arxiv_id, named = told
        known = id_and_year(arxiv_id)
        found, year = known or (None, None)
        categories = [] if known is None else categories_of(named)
        self._taken.append((position, title, abstract, line, found, categories, year))
        return True

    def reject_texts(self, position: int, line: int, texts: dict[str, object]) -> None:
        """Reject a record for the first of its texts that is not fit to be published.

        Args:
            position: Its number in the file, from 0.
            line: Its line, from 1.
            texts: What stands there for `title` and `abstract`; what is not there at all is left out.
        """
        for field in ("title", "abstract"):
            text = texts.get(field)
            if not isinstance(text, str) or not text or text.isspace():
                # blanks are shown within quotation marks
                value = json.dumps(text, ensure_ascii=False) if field in texts else "(missing)"
                self.reject(position, line, f"{field}: text", value)
            elif "\0" in text:
                self.reject(position, line, f"{field}: no NUL", text)
            elif not _is_whole(text):
                self.reject(position, line, f"{field}: whole characters", text)
            else:
                continue
            return

    def reject(self, position: int, line: int, rule: str, value: object) -> None:
        """Reject a record, with the rule it breaks and what stood there."""
        self._removed.append(
            {
                "stage": "parse",
                "reason": "rejected",
                "rule": rule,
                "value": readable(value),
                "source_id": self._source_id,
                "position": position,
                "line": line,
            }
        )

    def tables(self) -> tuple[pa.Table, pa.Table]:
        """Return the records (`RECORD_SCHEMA`) and the rejected rows (model `RemovedRows`), each by position."""
        rows = len(self._taken)
        columns = zip(*self._taken, strict=True) if rows else ((),) * len(_TAKEN)
        arrays: dict[str, pa.Array] = {
            name: pa.array(values, RECORD_SCHEMA.field(name).type) for name, values in zip(_TAKEN, columns, strict=True)
        }
        arrays |= {
            "source_id": pa.repeat(self._source_id, rows),
            "abstract_line": arrays["title_line"],
            "possibly_truncated": pa.repeat(False, rows),
        }
        records = pa.Table.from_arrays([arrays[name] for name in RECORD_SCHEMA.names], schema=RECORD_SCHEMA)
        return records, removed_rows(self._removed)
