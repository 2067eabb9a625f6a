"""Records and rejected rows of a record file as Arrow tables, by the same rules for every format."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

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

# What is held of a record until the table is made, and what it says of its id and its categories.
_TAKEN: Final = ("position", "title", "abstract", "title_line")

# The form that `EnrichedPapers` demands, with the two digits of the year; prefix and version are not part of the id.
_ID: Final = re.compile(
    r"(?:[Aa][Rr][Xx][Ii][Vv]:)?"
    r"(([0-9]{2})[0-9]{2}\.[0-9]{4,5}|[a-z]+(?:-[a-z]+)*(?:\.[A-Z]{2})?/([0-9]{2})[0-9]{5})"
    r"(?:v[0-9]+)?"
)
# Nearly all of them; the year stands first.
_USUAL_ID: Final = r"^[0-9]{4}\.[0-9]{4,5}$"
_NO_TEXT: Final = pa.scalar(None, pa.string())
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
            if not isinstance(text, str) or not text or text.isspace():
                return False
            if "\0" in text if text.isascii() else not _is_whole(text):
                return False
        self._taken.append((position, title, abstract, line, *told))
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
        *columns, ids, named = zip(*self._taken, strict=True) if rows else ((),) * (len(_TAKEN) + 2)
        arrays: dict[str, pa.Array] = {
            name: pa.array(values, RECORD_SCHEMA.field(name).type) for name, values in zip(_TAKEN, columns, strict=True)
        }
        arrays |= _told(ids, named)
        arrays |= {
            "source_id": pa.repeat(self._source_id, rows),
            "abstract_line": arrays["title_line"],
            "possibly_truncated": pa.repeat(False, rows),
        }
        records = pa.Table.from_arrays([arrays[name] for name in RECORD_SCHEMA.names], schema=RECORD_SCHEMA)
        return records, removed_rows(self._removed)


def _told(ids: Sequence[object], named: Sequence[object]) -> dict[str, pa.Array]:
    """Return the columns of what `id_and_year` and `categories_of` find; there are no categories without an id."""
    given = _texts(ids)
    usual = pc.fill_null(pc.match_substring_regex(given, _USUAL_ID), False)
    found = pc.if_else(usual, given, _NO_TEXT)
    years = pc.add(pc.cast(pc.utf8_slice_codeunits(found, 0, 2), pa.int64()), 2000)
    years = pc.if_else(pc.greater_equal(years, 2000 + _FIRST_YEAR), pc.subtract(years, 100), years)
    if usual.true_count < len(usual):
        odd = pc.invert(usual)
        known = [id_and_year(ids[row]) or (None, None) for row in pc.indices_nonzero(odd).to_pylist()]
        found = pc.replace_with_mask(found, odd, pa.array([name for name, _ in known], pa.string()))
        years = pc.replace_with_mask(years, odd, pa.array([year for _, year in known], pa.int64()))
    if found.null_count:
        named = [one if is_known else None for one, is_known in zip(named, found.is_valid().to_pylist(), strict=True)]
    return {"arxiv_id": found, "categories": _categories(named), "year": years}


def _categories(named: Sequence[object]) -> pa.ListArray:
    kind = RECORD_SCHEMA.field("categories").type
    texts = _texts(named)
    if texts.null_count == len(texts) and any(one is not None for one in named):
        return pa.array([categories_of(one) for one in named], kind)
    # many records have the same
    encoded = texts.dictionary_encode("encode")
    return pa.array([categories_of(one) for one in encoded.dictionary.to_pylist()], kind).take(encoded.indices)


def _texts(values: Sequence[object]) -> pa.StringArray:
    """Return a column of texts; all missing if some value is no text that Arrow takes."""
    try:
        return pa.array(values, pa.string())
    except (TypeError, ValueError):
        return pa.nulls(len(values), pa.string())
