"""Repairing any text: the rules of normalization outside a build, with a report of what they did."""

from __future__ import annotations

import json
import select
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa

from curation.errors import InputFileError, Location
from curation.normalize import Edit, normalize_texts
from curation.normalize.marking import Marks, mark_column
from curation.normalize.pieces import edits_as_json

__all__ = ["Repaired", "repair", "repair_lines"]

# Bytes read at once from a stream; what has arrived is worked on without waiting for more.
_CHUNK = 1 << 22
# Seconds to wait for more before a line that has arrived is worked on.
_PATIENCE = 0.02


@dataclass(frozen=True, slots=True)
class Repaired:
    """A text and what the rules did to it.

    Attributes:
        before: As it was given.
        text: After all edits.
        edits: In the order they were made.
        marks: Damage to its math.
    """

    before: str
    text: str
    edits: tuple[Edit, ...]
    marks: Marks

    def as_json(self) -> dict[str, Any]:
        """Return plain values: `text`, `edits`, `math_damage`, `math_damage_spans`."""
        return {
            "text": self.text,
            "edits": edits_as_json(self.edits),
            "math_damage": self.marks.level,
            "math_damage_spans": [asdict(place) for place in self.marks.places],
        }


def repair(texts: Sequence[str]) -> list[Repaired]:
    """Repair texts.

    Args:
        texts: Titles, abstracts or paragraphs; lines may be hard-wrapped.
    """
    published, edits = normalize_texts(pa.array(texts, type=pa.string()))
    marks = mark_column(published, edits)
    return [
        Repaired(before, after, tuple(edits.get(row, ())), marks[row])
        for row, (before, after) in enumerate(zip(texts, published.to_pylist(), strict=True))
    ]


def repair_lines(stream: BinaryIO, name: str | Path) -> Iterator[dict[str, Any]]:
    """Repair JSON lines as they arrive: strings, or objects with `abstract` (and `id`, which goes along).

    Args:
        stream: The bytes; empty lines are passed over.
        name: What to call the stream in messages.

    Yields:
        For each line what `Repaired.as_json` gives, after `id` where the line had one.

    Raises:
        InputFileError: A line is no such JSON; the message names it. The lines before it have been given.
    """
    number = 0
    for lines in _batches(stream):
        given: list[tuple[dict[str, Any], str]] = []
        error: InputFileError | None = None
        for line in lines:
            number += 1
            if line.strip():
                try:
                    given.append(_parse(line, Location(name, line=number)))
                except InputFileError as found:
                    error = found
                    break
        for (identity, _), repaired in zip(given, repair([text for _, text in given]), strict=True):
            yield {**identity, **repaired.as_json()}
        if error is not None:
            raise error


def _batches(stream: BinaryIO) -> Iterator[list[bytes]]:
    rest = b""
    while chunk := _read_available(stream):
        *lines, rest = (rest + chunk).split(b"\n")
        yield lines
    if rest:
        yield [rest]


def _read_available(stream: BinaryIO) -> bytes:
    """Read a chunk; from a pipe what is there, since the rules work best on many lines but a line must not wait."""
    read = getattr(stream, "read1", None)
    try:
        handle = stream.fileno() if stream is sys.stdin.buffer else None
    except (AttributeError, OSError):
        handle = None
    if read is None or handle is None:
        return stream.read(_CHUNK)
    chunks = [read(_CHUNK)]
    while chunks[-1] and sum(map(len, chunks)) < _CHUNK and select.select([handle], [], [], _PATIENCE)[0]:
        chunks.append(read(_CHUNK))
    return b"".join(chunks)


def _parse(line: bytes, where: Location) -> tuple[dict[str, Any], str]:
    expected = 'a JSON string, or an object with the string `abstract`, for example {"abstract": "…"}'
    try:
        value = json.loads(line)
    except UnicodeDecodeError as error:
        raise InputFileError("the line is not UTF-8 text", where=where, expected=expected) from error
    except (json.JSONDecodeError, RecursionError) as error:
        raise InputFileError(
            f"the line is not JSON: {error}",
            where=where,
            expected=expected,
            hint="for plain text leave `--format jsonl` out",
        ) from error
    text = value.get("abstract") if isinstance(value, dict) else value
    if not isinstance(text, str):
        found = f"an object without it ({', '.join(value)})" if isinstance(value, dict) else type(value).__name__
        raise InputFileError(f"the line has no text: found {found}", where=where, expected=expected)
    if not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text):
        raise InputFileError("the line has half of a surrogate pair", where=where, expected="text of whole characters")
    return ({"id": value["id"]} if isinstance(value, dict) and "id" in value else {}), text
