"""What kind of file this is: by its name, and by its first bytes."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import urlsplit

from curation.errors import Location, SourceError
from curation.sources.record_source import FORMATS

__all__ = ["HEAD_BYTES", "compression_of", "format_of", "is_record_file", "is_url", "last_part", "refuse_foreign"]

# First bytes of a file that tell its kind; an archive of tar shows only behind 256 of them.
HEAD_BYTES: Final = 512

_SUFFIXES: Final = {".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl", ".csv": "csv", ".parquet": "parquet"}
_PACKED: Final = (".gz", ".zst")
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|[A-Za-z][A-Za-z0-9+.-]*::")
# What a file may turn out to be, with what to do about it.
_FOREIGN: Final = (
    (re.compile(rb"PK\x03\x04|PK\x05\x06"), "a zip archive", "unzip it, and name the file inside"),
    (re.compile(rb"\xfd7zXZ\0"), "an xz file", "unpack it with `xz -d`, or pack it with gzip or zstd"),
    (re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8)"), "a bzip2 file", "unpack it with `bunzip2`, or pack it with gzip"),
    (re.compile(rb"7z\xbc\xaf\x27\x1c"), "a 7z archive", "unpack it, and name the file inside"),
    (re.compile(rb"%PDF"), "a PDF", "name a file of records"),
    (re.compile(rb"ARROW1\0\0"), "an Arrow file", "write it as Parquet"),
    (re.compile(rb"\xff\xfe|\xfe\xff|\0[\x01-\x7f]|[\x01-\x7f]\0"), "UTF-16 text", "convert it with `iconv -f UTF-16`"),
    (re.compile(rb"(?s).{257}ustar"), "a tar archive", "unpack it with `tar -x`, and name the file inside"),
    (re.compile(rb"(?i)\s*<(?:!doctype html|html)"), "an HTML page", "check the address it was fetched from"),
    (re.compile(rb"version https://git-lfs"), "a pointer of Git LFS", "fetch the file itself: git lfs pull"),
)  # fmt: skip


def is_url(path: str) -> bool:
    """Tell whether this is a URL (`s3://…`, also chained ones) and no path."""
    return _SCHEME.match(path) is not None and "://" in path


def last_part(path: str) -> str:
    """Return the file name at the end of a path or URL, without what a URL has behind `?` or `#`."""
    if not is_url(path):
        return PurePosixPath(path).name
    innermost = path.partition("::")[0]
    try:
        parts = urlsplit(innermost if "://" in innermost else path.rpartition("::")[2])
    except ValueError:  # whoever fetches it says what is wrong
        return PurePosixPath(path).name
    return PurePosixPath(parts.path).name or parts.netloc


def is_record_file(path: str) -> bool:
    """Tell by its name whether a path or URL is of a record file.

    These are `.jsonl`, `.ndjson`, `.json`, `.csv` (all of them also with `.gz` or `.zst`) and `.parquet`.
    """
    return _format_by_name(path) is not None


def _format_by_name(path: str) -> str | None:
    name = last_part(path).lower()
    for packed in _PACKED:
        if name.endswith(packed):
            name = name.removesuffix(packed)
            return None if name.endswith(".parquet") else _SUFFIXES.get(PurePosixPath(name).suffix)
    return _SUFFIXES.get(PurePosixPath(name).suffix)


def format_of(path: str, told: str | None) -> str:
    """Return the format of a record file.

    Args:
        path: Its path or URL.
        told: What the recipe says; None if it says nothing, and the name has to.

    Raises:
        SourceError: There is no such format, or the name tells none.
    """
    expected = f"one of {', '.join(FORMATS)}"
    if told is not None and told not in FORMATS:
        hint = "jsonl is also the format of .json and .ndjson files with an object on each line"
        raise SourceError(f"there is no format {told!r}", where=Location(path), expected=expected, hint=hint)
    found = told or _format_by_name(path)
    if found is None:
        raise SourceError(
            "the name does not tell the format of the file",
            where=Location(path),
            expected="a name that ends in .jsonl, .ndjson, .json or .csv (also with .gz or .zst), or in .parquet",
            hint=f'rename it, or say it in the recipe: format = "{FORMATS[0]}" ({expected})',
        )
    return found


def compression_of(head: bytes) -> str | None:
    """Tell the compression of a file by its first bytes: `gzip`, `zstd` or None."""
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    # a frame of data, or one that is to be skipped, as parallel packers write in front
    if head.startswith(b"\x28\xb5\x2f\xfd") or (head[1:4] == b"\x2a\x4d\x18" and head[0] >> 4 == 5):
        return "zstd"
    return None


def refuse_foreign(head: bytes, format: str, where: Location, *, inside: str | None = None) -> None:
    """Refuse a file whose first bytes are those of another kind.

    Args:
        head: Its first bytes (`HEAD_BYTES` of them), unpacked if it is packed.
        format: What it should be.
        where: What errors call it.
        inside: The compression it was unpacked from.

    Raises:
        SourceError: It is of another kind.
    """
    within = f" inside a {inside} file" if inside else ""
    expected = {"jsonl": "JSON lines", "csv": "CSV", "parquet": "Parquet"}[format]
    is_parquet = head.startswith(b"PAR1")
    if is_parquet and (inside or format != "parquet"):
        hint = "unpack it first" if inside else 'name it .parquet, or say so in the recipe: format = "parquet"'
        raise SourceError(f"this is a Parquet file{within}", where=where, expected=expected, hint=hint)
    if (packed := compression_of(head)) and (inside or format == "parquet"):
        raise SourceError(f"this is a {packed} file{within}", where=where, expected=expected, hint="unpack it first")
    for signature, kind, hint in _FOREIGN:
        if signature.match(head):
            raise SourceError(f"this is {kind}{within}", where=where, expected=expected, hint=hint)
    if format == "parquet" and not is_parquet:
        raise SourceError(
            "this is no Parquet file (it does not begin with PAR1)",
            where=where,
            expected=expected,
            hint=f"say in the recipe what it is: format = {' or '.join(repr(one) for one in FORMATS[:2])}",
        )
