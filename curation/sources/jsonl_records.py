"""JSON lines: an object on each line.

The reader only counts lines; they are split and decoded where the chunk is parsed. White space between records, blank
lines and CRLF are accepted. A line that is no object, or that spells a name twice of those that are read, is one
rejected row; what else is in an object is not looked at.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import chain
from typing import Any, Final

import numpy as np
import pyarrow as pa

from curation.errors import Location, SourceError
from curation.sources.record_columns import missing_columns, refuse_same
from curation.sources.record_rows import Rows
from curation.sources.record_source import CHUNK_BYTES, Chunk, Columns, RecordSource
from curation.sources.unpacking import Lines, LongLine, UnpackError, broken, split_run

__all__ = ["check_jsonl", "chunk_jsonl", "parse_jsonl"]

# Records at the start of a file of which one must have our columns.
_SEEN_FIRST: Final = 1000
# How deep objects and lists may stand in each other: the decoder's own limit depends on who calls it.
_DEEPEST: Final = 400
# White space that JSON knows; a line feed ends the line.
_BLANKS: Final = " \t\r"
_NOT_BRACKETS: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[^]["{}]++', re.DOTALL)

# Objects become lists of pairs, which tell names that are there twice. Python refuses to read whole numbers of very
# many digits, so that a line with one is decoded again, with such numbers as floats.
_PAIRS: Final = (json.JSONDecoder(object_pairs_hook=list), json.JSONDecoder(object_pairs_hook=list, parse_int=float))
_PLAIN: Final = (json.JSONDecoder(), json.JSONDecoder(parse_int=float))


class _Fault(Exception):  # noqa: N818  # it never leaves this module
    """A line is not what it should be.

    Args:
        rule: The rule that it breaks.
    """

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


def check_jsonl(source: RecordSource) -> None:
    """See that the first records have our columns.

    Raises:
        SourceError: None of them has, or the file is a JSON array, or has no record at all.
    """
    where = Location(source.shown)
    refuse_same(source.columns, where)
    wanted = _names(source.columns)
    missing = dict(wanted)
    found: dict[str, None] = {}
    first = count = 0
    opens_array = False
    try:
        for number, line in enumerate(Lines(source), start=1):
            if _is_blank(line):
                continue
            count += 1
            try:
                names = dict.fromkeys(name for name, _ in _pairs(line))
                is_object = True
            except _Fault:
                names, is_object = {}, False
            if count == 1:
                first, opens_array = number, _opens_array(line)
            elif count == 2 and opens_array and not is_object:
                break
            found |= names if len(found) < _SEEN_FIRST else {}
            missing = {ours: options for ours, options in missing.items() if not any(name in names for name in options)}
            if not missing or count == _SEEN_FIRST:
                break
    except UnpackError as error:
        raise broken(source, error, count) from error
    if not count:
        raise SourceError(
            "the file holds no records", where=where, expected="an object on each line", hint="check the path"
        )
    if opens_array and count <= 2 and missing:
        raise SourceError(
            "this is a JSON array",
            where=Location(source.shown, line=first),
            expected='an object on each line, for example {"title": "…", "abstract": "…"}',
            hint="write its parts as lines: jq -c '.[]'",
        )
    if missing:
        raise _lacking(missing, found, Location(source.shown, line=first), count)


def _names(columns: Columns) -> dict[str, tuple[str, ...]]:
    """Return the names of the columns that some record must have, by our name of them."""
    wanted = {"title": (columns.title or "title",), "abstract": (columns.abstract or "abstract",)}
    return wanted | {
        ours: (name,) for ours in ("arxiv_id", "categories") if (name := getattr(columns, ours)) is not None
    }


def _opens_array(line: bytes | LongLine) -> bool:
    """Tell whether a line opens an array that goes on in the next ones, or is a whole one of objects."""
    beginning = line.beginning if isinstance(line, LongLine) else line
    if not beginning.lstrip().startswith(b"["):
        return False
    try:
        value = [] if isinstance(line, LongLine) else json.loads(line)
    except (ValueError, RecursionError):
        return True
    return not value or any(isinstance(one, dict) for one in value)


def _lacking(missing: dict[str, tuple[str, ...]], found: dict[str, None], where: Location, count: int) -> SourceError:
    several = "the record" if count == 1 else f"none of the first {count:,} records"
    if not found:
        return SourceError(
            f"{several} is {'no JSON object' if count == 1 else 'a JSON object'}",
            where=where,
            expected='an object on each line, for example {"title": "…", "abstract": "…"}',
            hint="write each object on a line of its own, for example with `jq -c`",
        )
    lacked = {ours: options[0] for ours, options in missing.items()}
    verb = "lacks" if count == 1 else "has"
    return missing_columns(lacked, found, where, f"{several} {verb} {' and '.join(map(repr, lacked.values()))}")


def _is_blank(line: bytes | LongLine) -> bool:
    return not isinstance(line, LongLine) and (not line or line.isspace())


def chunk_jsonl(source: RecordSource, rows: int) -> Iterator[Chunk]:
    """Split a source into chunks of lines.

    Args:
        source: The source.
        rows: Records of a chunk; fewer where they are long.

    Raises:
        SourceError: The file breaks off, is damaged, or was changed.
    """
    lines = Lines(source)
    held: list[bytes | LongLine] = []
    number = first = position = size = 0
    start = line_number = 1
    try:
        for run in lines.runs():
            for portion, records, count in _portions(run, rows - (position - first), rows):
                held.append(portion)
                # what holds a portion fills memory too
                size += 1024 if isinstance(portion, LongLine) else len(portion) + 64
                position += records
                line_number += count
                if position - first >= rows or size >= CHUNK_BYTES:
                    if position > first:
                        yield Chunk(number, first, lines.consumed, (start, held))
                        number += 1
                    held, first, size, start = [], position, 0, line_number
    except UnpackError as error:
        raise broken(source, error, position) from error
    if position > first:
        yield Chunk(number, first, lines.consumed, (start, held))


def _portions(run: bytes | LongLine, room: int, rows: int) -> Iterator[tuple[bytes | LongLine, int, int]]:
    """Divide a run of lines between chunks.

    Args:
        run: The lines.
        room: Records that the first chunk has room for.
        rows: Records that each further one has room for.

    Yields:
        Lines of a chunk, how many records they are, and how many lines.
    """
    if isinstance(run, LongLine):
        yield run, 1, 1
        return
    content = np.frombuffer(run, np.uint8)
    starts = np.append(0, np.flatnonzero(content == ord("\n")) + 1)
    records = np.arange(len(starts))
    # a line that begins with no blank is not blank; an empty last one begins, so to say, with the line feed before
    if not run or (content.take(starts, mode="clip") <= ord(" ")).any():
        records = np.flatnonzero([not _is_blank(line) for line in split_run(run)])
    begun = done = 0
    while len(records) - done > room:
        end = int(records[done + room])
        yield run[starts[begun] : starts[end] - 1], room, end - begun
        begun, done, room = end, done + room, rows
    yield run[starts[begun] :], len(records) - done, len(starts) - begun


def parse_jsonl(source: RecordSource, chunk: Chunk) -> tuple[pa.Table, pa.Table]:
    """Decode the lines of a chunk; the records and the rejected rows."""
    line_number, runs = chunk.payload
    columns, rows, position = source.columns, Rows(source.source_id), chunk.first
    title, abstract = columns.title or "title", columns.abstract or "abstract"
    categories = columns.categories or "categories"
    ours = {title, abstract, categories, *((columns.arxiv_id,) if columns.arxiv_id else ("arxiv_id", "id"))}
    own_id = columns.arxiv_id
    for number, line in enumerate(chain.from_iterable(map(split_run, runs)), start=line_number):
        if _is_blank(line):
            continue
        try:
            pairs = _pairs(line)
            value = dict(pairs)
            if len(value) < len(pairs):
                _refuse_twice(pairs, ours)
        except _Fault as fault:
            rows.reject(position, number, fault.rule, line.beginning if isinstance(line, LongLine) else line)
        else:
            get = value.get
            arxiv_id = get(own_id) if own_id else get("arxiv_id" if "arxiv_id" in value else "id")
            if not rows.add(position, number, get(title), get(abstract), (arxiv_id, get(categories))):
                assert isinstance(line, bytes)
                # once more, for what is shown: in `value`, objects are lists of pairs
                plain = _decoded(line.decode("utf-8").strip(_BLANKS), _PLAIN)
                named = {"title": title, "abstract": abstract}
                rows.reject_texts(
                    position, number, {ours: plain[name] for ours, name in named.items() if name in plain}
                )
        position += 1
    return rows.tables()


def _refuse_twice(pairs: list[tuple[str, Any]], ours: set[str]) -> None:
    names = [name for name, _ in pairs if name in ours]
    if len(set(names)) < len(names):
        raise _Fault("json: each name once")


def _pairs(line: bytes | LongLine) -> list[tuple[str, Any]]:
    """Return the names and values of the object of a line."""
    if isinstance(line, LongLine):
        raise _Fault("line: at most 16 MiB")
    try:
        text = line.decode("utf-8").strip(_BLANKS)
    except UnicodeDecodeError as error:
        raise _Fault("encoding: utf-8") from error
    if not text.startswith("{"):
        raise _Fault("json: object")
    try:
        pairs: list[tuple[str, Any]] = _decoded(text, _PAIRS)
    except (json.JSONDecodeError, RecursionError) as error:
        _refuse_deep(line)
        raise _Fault("json: object") from error
    for _, value in pairs:
        # to count brackets costs half of what decoding does, and texts and numbers have no depth
        if type(value) is list:
            _refuse_deep(line)
            break
    return pairs


def _refuse_deep(line: bytes) -> None:
    if line.count(b"{") + line.count(b"[") > _DEEPEST and _depth(line) > _DEEPEST:
        raise _Fault(f"json: at most {_DEEPEST} deep")


def _decoded(text: str, decoders: tuple[json.JSONDecoder, json.JSONDecoder]) -> Any:
    try:
        value, end = decoders[0].raw_decode(text)
    except json.JSONDecodeError:
        raise
    except ValueError:
        value, end = decoders[1].raw_decode(text)
    if end < len(text):
        raise json.JSONDecodeError("Extra data", text, end)
    return value


def _depth(line: bytes) -> int:
    depth = deepest = 0
    for bracket in _NOT_BRACKETS.sub(b"", line):
        depth += 1 if bracket in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest
