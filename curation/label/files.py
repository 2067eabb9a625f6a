"""Labelling a file of papers: Parquet, CSV or JSON lines in, the same with four more columns out.

A CSV row or JSON line goes out as the text it came in as, its labels put at the end, so that quotes, numbers and
escapes stay what they are. A text file is read twice: every error is found before a row is labelled. Memory holds a
batch, and of Parquet a row group.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from typing import BinaryIO, Final

from curation.atomic import write_whole
from curation.label.file_columns import Tell
from curation.label.parquet_files import label_parquet, opened_parquet
from curation.label.text_files import TextFile, labelled_lines, long_cells

__all__ = ["FORMATS", "Watch", "form_of", "label_file"]

FORMATS: Final = {".parquet": "Parquet", ".csv": "CSV"} | dict.fromkeys((".jsonl", ".ndjson", ".json"), "JSON lines")
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
        with opened_parquet(source) as file, watch(file.metadata.num_rows) as tell:
            _write(out, lambda partial: label_parquet(file, source, partial, threshold, tell))
        return 0
    text = TextFile(source, is_csv=form == "CSV", packed=packed)
    with long_cells():
        rows = sum(row.paper is not None for row in text.rows())
        with watch(rows) as tell:
            labelled = (line.encode() for line in labelled_lines(text, threshold, tell))
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
