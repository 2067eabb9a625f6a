"""Labelling a file of papers: Parquet, CSV or JSON lines in, the same with four more columns out.

A CSV row or JSON line goes out as the text it came in as, its labels put at the end, so that quotes, numbers and
escapes stay what they are. A text file is read twice: every error is found before a row is labelled. Memory holds a
batch, and of Parquet a row group.
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
_MARK: Final = "\ufeff"
_GZIP: Final = b"\x1f\x8b"
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
    text = _TextFile(source, is_csv=form == "CSV", packed=packed)
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


def _check_columns(names: Sequence[str], where: Location, *, needed: Iterable[str] = _NEEDED) -> None:
    """Refuse columns that are missing, there twice, or already those of a labelled file."""
    if taken := [name for name in ADDED if name in names]:
        told = f"no columns {', '.join(ADDED)}, which are added"
        raise InputFileError(
            f"there is {', '.join(taken)} already", where=where, expected=told, hint="rename or drop it"
        )
    if twice := [name for name in _READ if names.count(name) > 1]:
        raise InputFileError(f"the column {twice[0]} is there twice", where=where, hint="rename or drop one of them")
    for name in (name for name in needed if name not in names):
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
    """A row of a text file.

    Attributes:
        place: Its first line.
        paper: None for the header of a CSV file.
        text: As it stands in the file, without the end of its line.
        end: The end of its line, empty where the file ends without one.
    """

    place: int
    paper: _Paper | None
    text: str
    end: str


class _TextFile:
    """A CSV or JSON lines file, which can be read more than once; errors name the line."""

    def __init__(self, path: Path, *, is_csv: bool, packed: bool) -> None:
        self.path, self.is_csv, self.packed = path, is_csv, packed
        self.marked, self.line, self.blank = False, 0, 0

    def rows(self) -> Iterator[_Row]:
        """Read the file; afterwards it is known what of it is no row."""
        self.marked, self.line, self.blank = False, 0, 0
        yield from self._csv_rows() if self.is_csv else self._json_rows()
        if self.line == self.blank:
            raise InputFileError(
                "the file is empty", where=Location(self.path), expected="papers", hint="check the path"
            )

    def _lines(self) -> Iterator[str]:
        try:
            with gzip.open(self.path) if self.packed else self.path.open("rb") as stream:
                for line in stream:
                    self.line += 1
                    yield self._decoded(line)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise InputFileError(
                f"the file is no whole gzip file ({error})", where=Location(self.path), hint="fetch or pack it again"
            ) from error
        except OSError as error:
            raise InputFileError(
                f"the file cannot be read ({error.strerror})", where=Location(self.path), hint="check the path"
            ) from error

    def _decoded(self, line: bytes) -> str:
        where = Location(self.path, line=self.line)
        if self.line == 1 and line.startswith(_GZIP):
            raise InputFileError("this is a gzip file", where=where, expected="text", hint="add .gz to its name")
        if b"\0" in line:
            raise InputFileError(
                "the line holds a NUL byte",
                where=where,
                expected="text",
                hint="take it out, or convert UTF-16 with iconv",
            )
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError as error:
            hint = "convert it, for example with iconv"
            raise InputFileError("the line is not UTF-8 text", where=where, expected="UTF-8", hint=hint) from error
        if self.line == 1 and text.startswith(_MARK):
            self.marked = True
            return text[1:]
        return text

    def _csv_rows(self) -> Iterator[_Row]:
        taken: list[str] = []

        def recorded() -> Iterator[str]:
            for line in self._lines():
                taken.append(line)
                yield line

        reader = csv.reader(recorded(), strict=True)
        header: list[str] = []
        while True:
            place = self.line + 1
            taken.clear()
            try:
                cells = next(reader, None)
            except csv.Error as error:
                raise InputFileError(
                    f"from here on this is no CSV ({_csv_fault(error)})",
                    where=Location(self.path, line=place),
                    expected="every quotation mark closed, those within a cell doubled, line breaks only within them",
                    hint="write the file again with a CSV library that quotes such cells",
                ) from error
            if cells is None:
                return
            raw = "".join(taken)
            text = raw.rstrip("\r\n")
            if not text.strip():
                self.blank += 1
                continue
            row = _Row(place, self._csv_paper(header, cells, place) if header else None, text, raw[len(text) :])
            if not header:
                header = cells
                _check_columns(header, Location(self.path, line=place))
            yield row

    def _csv_paper(self, header: list[str], cells: list[str], place: int) -> _Paper:
        if len(cells) != len(header):
            raise InputFileError(
                f"the row has {len(cells)} {'cell' if len(cells) == 1 else 'cells'}",
                where=Location(self.path, line=place),
                expected=f"{len(header)}, as in the header",
                hint="quote cells that hold commas or line breaks",
            )
        named = dict(zip(header, cells, strict=True))
        return named["title"], named["abstract"], named.get("categories", "").split()

    def _json_rows(self) -> Iterator[_Row]:
        seen: set[str] = set()
        first: _Row | None = None
        names: list[str] = []
        for line in self._lines():
            text = line.rstrip("\r\n\t ")
            if not text.strip():
                self.blank += 1
                continue
            where = Location(self.path, line=self.line)
            value = _json_object(text, where)
            _check_columns(list(value), where, needed=())
            categories = _categories(value.get("categories"), where)
            paper = _json_text(value, "title", where), _json_text(value, "abstract", where), categories
            row = _Row(self.line, paper, text, line[len(text) :])
            if first is None:
                first, names = row, list(value)
            seen |= value.keys() & _NEEDED.keys()
            yield row
        # one record may lack them, but a file in which none has them holds something else
        if first is not None:
            _check_columns(
                names, Location(self.path, line=first.place), needed=[one for one in _NEEDED if one not in seen]
            )


def _csv_fault(error: csv.Error) -> str:
    told = str(error)
    if told.startswith("new-line"):
        return "a carriage return stands outside quotation marks"
    if told.startswith("field larger"):
        return f"a cell has more than {_LONGEST_CELL:,} characters"
    return "a quotation mark is not closed" if told.startswith("unexpected end") else told


def _json_object(text: str, where: Location) -> dict[str, Any]:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(pairs)
        if len(value) < len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise InputFileError(f"an object has {twice!r} twice", where=where, hint="rename or drop one of them")
        return value

    expected = 'an object on each line, for example {"title": "…", "abstract": "…"}'
    try:
        # whole numbers go out as they came in; read as such, long ones would be refused
        value = json.loads(text, object_pairs_hook=unique, parse_int=float)
    except (json.JSONDecodeError, RecursionError) as error:
        hint = "write each object on a line of its own, for example with `jq -c`"
        raise InputFileError(f"the line is not JSON: {error}", where=where, expected=expected, hint=hint) from error
    if not isinstance(value, dict):
        hint = "write a list as lines, for example with `jq -c '.[]'`"
        raise InputFileError(f"the line is {_named(value)}", where=where, expected=expected, hint=hint)
    return value


def _named(value: object) -> str:
    names = {
        bool: "true or false",
        float: "a number",
        str: "text",
        list: "a list",
        dict: "an object",
        type(None): "null",
    }
    return names[type(value)]


def _json_text(value: dict[str, Any], name: str, where: Location) -> str | None:
    text = value.get(name)
    if text is None:
        return None
    if not isinstance(text, str):
        hint = "write it as text, or null where there is none"
        raise InputFileError(f"{name} is {_named(text)}", where=where, expected="text or null", hint=hint)
    if not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text):
        raise InputFileError(
            f"{name} has half of a surrogate pair", where=where, expected="text of whole characters", hint="repair it"
        )
    return text


def _categories(value: object, where: Location) -> list[str]:
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


def _batches(rows: Iterable[_Row]) -> Iterator[list[_Row]]:
    batch: list[_Row] = []
    size = 0
    for row in rows:
        batch.append(row)
        size += len(row.text)
        if len(batch) >= BATCH_ROWS or size >= _BATCH_SIZE:
            yield batch
            batch, size = [], 0
    yield batch


def _labelled(text: _TextFile, threshold: float | None, tell: Tell) -> Iterator[str]:
    """Label the rows of a text file and yield them as they are to be written."""
    labeler = load_labeler()
    started = False
    for batch in _batches(text.rows()):
        answers = labeler.label([row.paper for row in batch if row.paper is not None], threshold=threshold)
        if text.marked and not started:
            yield _MARK
        started = True
        for row in batch:
            if row.paper is None:
                yield ",".join((row.text, *ADDED)) + row.end
                continue
            answer = next(answers)
            tell(row.place, answer)
            yield (_csv_line if text.is_csv else _json_line)(row.text, _values(answer)) + row.end


def _values(answer: Answer) -> tuple[str | None, list[str], list[float], str]:
    """Return what goes into each added column."""
    primary = answer.topics[0] if answer.topics else None
    return primary, list(answer.topics), list(answer.scores), MODEL if answer.topics else ABSTAINED


def _csv_line(text: str, values: tuple[str | None, list[str], list[float], str]) -> str:
    primary, topics, scores, source = values
    # ids and numbers need no quotation marks
    return ",".join((text, primary or "", " ".join(topics), " ".join(map(str, scores)), source))


def _json_line(text: str, values: tuple[str | None, list[str], list[float], str]) -> str:
    added = json.dumps(dict(zip(ADDED, values, strict=True)), ensure_ascii=False)
    begun = text[:-1]
    return begun + ("" if begun.strip() == "{" else ", ") + added[1:]


@contextmanager
def _opened_parquet(path: Path) -> Iterator[pq.ParquetFile]:
    """Open a Parquet file and check its columns."""
    try:
        # read as a stream, for a row group may be as large as the file
        file = pq.ParquetFile(path, buffer_size=1 << 20)
    except (OSError, pa.ArrowException) as error:
        told = str(error).splitlines()[0]
        raise InputFileError(
            f"this is no Parquet file that can be read ({told})", where=Location(path), hint="check the path"
        ) from error
    with file:
        schema = file.schema_arrow
        _check_columns(schema.names, Location(path))
        for name in (name for name in _READ if name in schema.names):
            kind = schema.field(name).type
            if not (_is_text(kind) or (name == "categories" and _is_list_of_text(kind))):
                expected = "a list of texts, or text" if name == "categories" else "text"
                hint = "cast or rename the column"
                raise InputFileError(f"{name} is of type {kind}", where=Location(path), expected=expected, hint=hint)
        yield file


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    types = pa.types
    return any(test(kind) for test in (types.is_string, types.is_large_string, types.is_string_view, types.is_null))


def _is_list_of_text(kind: pa.DataType) -> bool:
    types = pa.types
    lists = (types.is_list, types.is_large_list, types.is_fixed_size_list, types.is_list_view, types.is_large_list_view)
    return any(test(kind) for test in lists) and _is_text(kind.value_type)


def _parquet_batches(file: pq.ParquetFile, path: Path) -> Iterator[pa.RecordBatch]:
    batches = file.iter_batches(batch_size=BATCH_ROWS)
    while True:
        try:
            batch = next(batches, None)
        except (OSError, pa.ArrowException) as error:
            told = str(error).splitlines()[0]
            raise InputFileError(f"the file is broken ({told})", where=Location(path), hint="fetch it again") from error
        if batch is None:
            return
        yield batch


def _label_parquet(file: pq.ParquetFile, source: Path, out: Path, threshold: float | None, tell: Tell) -> None:
    labeler = load_labeler()
    schema = _extended(file.schema_arrow)
    waiting: list[pa.RecordBatch] = []
    row = 0
    with pq.ParquetWriter(
        out, schema, compression="zstd", use_content_defined_chunking=True, write_page_index=True, version="2.6"
    ) as writer:

        def flush() -> None:
            if waiting:
                writer.write_table(pa.Table.from_batches(waiting))
                waiting.clear()

        for batch in _parquet_batches(file, source):
            answers = list(labeler.label(_parquet_papers(batch, source, row), threshold=threshold))
            for answer in answers:
                row += 1
                tell(row, answer)
            added = zip(*map(_values, answers), strict=True)
            arrays = [pa.array(column, type=_COLUMNS[name][0]) for name, column in zip(ADDED, added, strict=True)]
            waiting.append(pa.RecordBatch.from_arrays([*batch.columns, *arrays], schema=schema))
            if (
                sum(one.num_rows for one in waiting) >= ROWS_PER_GROUP
                or sum(one.nbytes for one in waiting) >= _GROUP_SIZE
            ):
                flush()
        flush()


def _parquet_papers(batch: pa.RecordBatch, source: Path, before: int) -> list[_Paper]:
    given = {name: batch.column(name) for name in _READ if name in batch.schema.names}
    try:
        columns = {name: column.to_pylist() for name, column in given.items()}
    except UnicodeDecodeError as error:
        rows = f"rows {before + 1} to {before + batch.num_rows}"
        hint = "write the file again, as text"
        raise InputFileError(f"a text in {rows} is not UTF-8", where=Location(source), hint=hint) from error
    categories = columns.get("categories", [None] * batch.num_rows)
    return [
        (title, abstract, _categories(named, Location(source)))
        for title, abstract, named in zip(columns["title"], columns["abstract"], categories, strict=True)
    ]


def _extended(schema: pa.Schema) -> pa.Schema:
    """Append the added columns; Hugging Face's features get theirs, and pandas reads what its own do not name."""
    metadata = dict(schema.metadata or {})
    with suppress(KeyError, TypeError, ValueError):
        told = json.loads(metadata[b"huggingface"])
        told["info"]["features"] |= {name: feature for name, (_, feature) in _COLUMNS.items()}
        # it names the content, which is another one now
        told.pop("fingerprint", None)
        metadata[b"huggingface"] = json.dumps(told).encode()
    fields = [*schema, *(pa.field(name, kind) for name, (kind, _) in _COLUMNS.items())]
    return pa.schema(fields, metadata=metadata or None)
