"""Labelling a file of papers: Parquet, CSV or JSON lines in, the same with four more columns out.

A CSV row or JSON line goes out as the text it came in as, its labels put at the end, so that quotes, numbers and escapes
stay what they are. A text file is read twice: every error is found before a row is labelled. Memory holds one batch.
"""

from __future__ import annotations

import csv
import gzip
import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, BinaryIO, Final

import pyarrow as pa
import pyarrow.parquet as pq

from curation.atomic import write_whole
from curation.errors import InputFileError, Location
from curation.label.labeler import Answer, load_labeler
from curation.release.writer import ROWS_PER_GROUP
from curation.schemas.stages import ABSTAINED, MODEL

__all__ = ["ADDED", "FORMATS", "Watch", "form_of", "label_file"]

BATCH_ROWS = 1024
# Characters after which a batch ends and bytes after which a row group does, where rows are long.
_BATCH_SIZE: Final = 1 << 24
_GROUP_SIZE: Final = 1 << 26
# Characters of a CSV cell; one with more is an unclosed quotation mark, which must not fill the memory.
_LONGEST_CELL: Final = 1 << 28

FORMATS: Final = {".parquet": "Parquet", ".csv": "CSV"} | dict.fromkeys((".jsonl", ".ndjson", ".json"), "JSON lines")
_TEXT: Final = {"dtype": "string", "_type": "Value"}
_NUMBER: Final = {"dtype": "float64", "_type": "Value"}
# Each added column with its type, for Arrow and for Hugging Face.
_COLUMNS: Final[dict[str, tuple[pa.DataType, Any]]] = {
    "primary_topic": (pa.string(), _TEXT),
    "topics": (pa.list_(pa.string()), {"feature": _TEXT, "_type": "List"}),
    "topic_scores": (pa.list_(pa.float64()), {"feature": _NUMBER, "_type": "List"}),
    "label_source": (pa.string(), _TEXT),
}
ADDED: Final = tuple(_COLUMNS)
# The columns that are read, with what others call them.
_NEEDED: Final = {"title": ("title", "name", "heading"), "abstract": ("abstract", "summary", "description", "text")}
_READ: Final = (*_NEEDED, "categories")

_Paper = tuple[str | None, str | None, Sequence[str]]
# Takes a row's place (its first line, or in Parquet its number from 1) and the answer to it.
Tell = Callable[[int, Answer], None]
Watch = Callable[[int], AbstractContextManager[Tell]]


def form_of(path: Path) -> tuple[str | None, bool]:
    """Return the format that a file's name ends in, one of `FORMATS` if any, and whether it is packed with gzip."""
    packed = path.suffix.lower() == ".gz"
    form = FORMATS.get((path.with_suffix("") if packed else path).suffix.lower())
    return (None if packed and form == "Parquet" else form), packed


def label_file(
    source: Path,
    out: Path | BinaryIO,
    *,
    threshold: float | None = None,
    watch: Watch = lambda rows: nullcontext(lambda place, answer: None),
) -> int:
    """Label the papers of a file.

    Args:
        source: Its rows have `title` and `abstract`, and perhaps `categories`; its name ends in one of `FORMATS`.
        out: A file of the same format, another one than `source`, which is written whole or not at all; for text also
            a stream, where it goes unpacked.
        threshold: Probability of the primary topic below which the labeler abstains; its own when missing.
        watch: Is given the number of rows, and then the answer to each.

    Returns:
        How many blank lines were left out.

    Raises:
        InputFileError: The file cannot be labelled; nothing was written.
        OutputError: The output cannot be written.
    """
    form, packed = form_of(source)
    if form == "Parquet":
        assert isinstance(out, Path)
        with _opened_parquet(source) as file, watch(file.metadata.num_rows) as tell:
            _write(out, lambda partial: _label_parquet(file, source, partial, threshold, tell))
        return 0
    text = _TextFile(source, form == "CSV", packed)
    with _long_cells():
        rows = sum(row.paper is not None for row in text.rows())
        with watch(rows) as tell:
            labelled = (line.encode() for line in _labelled(text, threshold, tell))
            if isinstance(out, Path):
                _write(out, lambda partial: _write_text(labelled, partial, packed=form_of(out)[1]))
            else:
                out.writelines(labelled)
    return text.blank


def _write(out: Path, write: Callable[[Path], None]) -> None:
    def tidily(partial: Path) -> None:
        try:
            write(partial)
        except BaseException:
            with suppress(OSError):
                partial.unlink()
            raise

    write_whole(out, tidily)


def _write_text(lines: Iterable[bytes], path: Path, *, packed: bool) -> None:
    with path.open("wb") as file:
        if not packed:
            file.writelines(lines)
            return
        # neither name nor time: the same rows give the same bytes
        with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as packing:
            packing.writelines(lines)


@contextmanager
def _long_cells() -> Iterator[None]:
    before = csv.field_size_limit(_LONGEST_CELL)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _check_columns(names: Sequence[str], where: Location, *, missing: Iterable[str] | None = None) -> None:
    """Refuse columns that are missing, there twice, or already those of a labelled file."""
    if taken := [name for name in ADDED if name in names]:
        told = f"no columns {', '.join(ADDED)}, which are added"
        raise InputFileError(f"there is {', '.join(taken)} already", where=where, expected=told, hint="rename or drop it")
    if twice := [name for name in _READ if names.count(name) > 1]:
        raise InputFileError(f"the column {twice[0]} is there twice", where=where, hint="rename or drop one of them")
    for name in (name for name in _NEEDED if name not in names) if missing is None else missing:
        folded = {other.strip().lower(): other for other in names if other not in _NEEDED}
        close = [match for alias in _NEEDED[name] for match in get_close_matches(alias, folded, n=1, cutoff=0.75)]
        raise InputFileError(
            f"the column {name} is missing",
            where=where,
            expected=f"the columns title and abstract; found {', '.join(map(repr, names)) or 'none'}",
            hint=f"rename {folded[close[0]]!r} to {name!r}" if close else f"add or rename a column, to {name!r}",
        )


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of a text file: its first line, its paper (None for a CSV header), its text and the end of that."""

    place: int
    paper: _Paper | None
    text: str
    end: str


class _TextFile:
    """A CSV or JSON lines file, which can be read more than once."""

    def __init__(self, path: Path, is_csv: bool, packed: bool) -> None:
        self.path, self.is_csv, self.packed = path, is_csv, packed
        self.marked, self.line, self.blank = False, 0, 0

    def rows(self) -> Iterator[_Row]:
        self.marked, self.line, self.blank = False, 0, 0
        found = False
        for row in self._csv() if self.is_csv else self._json():
            found = True
            yield row
        if not found:
            raise InputFileError("the file is empty", where=Location(self.path), expected="papers", hint="check the path")

    def _lines(self) -> Iterator[str]:
        try:
            with gzip.open(self.path) if self.packed else self.path.open("rb") as stream:
                for line in stream:
                    self.line += 1
                    yield self._decoded(line)
        except gzip.BadGzipFile as error:
            raise InputFileError(f"broken gzip ({error})", where=Location(self.path), hint="rename or pack it again") from error
        except (EOFError, zlib.error) as error:
            raise InputFileError("the gzip is broken", where=Location(self.path), hint="fetch it again") from error
