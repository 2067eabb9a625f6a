"""Reading a captured text file and saying clearly why one cannot be read."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from curation.errors import Location, NotAListingError, SourceEncodingError, SourceNotFoundError
from curation.identity import source_id

__all__ = ["BYTE_ORDER_MARK", "TextSource", "read_text_source"]

BYTE_ORDER_MARK = "\ufeff"

_LISTING = "a captured listing page, UTF-8 text"
# First bytes of formats that people are likely to pass by mistake.
_SIGNATURES = {
    b"PAR1": "a Parquet file",
    b"\x1f\x8b": "a gzip file",
    b"\x28\xb5\x2f\xfd": "a zstd file",
    b"PK\x03\x04": "a zip file",
    b"%PDF": "a PDF",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
}


@dataclass(frozen=True, slots=True)
class TextSource:
    """A captured text, decoded, with its exact bytes.

    Attributes:
        name: What the recipe calls it; a file name without its folder.
        content: The bytes.
        text: The same, decoded.
        source_id: First 16 hex digits of the sha256 of the bytes.
    """

    name: str
    content: bytes = field(repr=False)
    text: str = field(repr=False)
    source_id: str

    @property
    def sha256(self) -> str:
        """The sha256 of the content, 64 hex digits."""
        return hashlib.sha256(self.content).hexdigest()

    @classmethod
    def of(cls, content: bytes, name: str, where: str | Path | None = None) -> TextSource:
        """Decode captured bytes.

        Args:
            content: The bytes.
            name: What to call the source.
            where: What to call it in an error; the name when missing.

        Raises:
            NotAListingError: There are no bytes, or only blanks, or they are of a binary format.
            SourceEncodingError: They are not UTF-8.
        """
        where = name if where is None else where
        for signature, kind in _SIGNATURES.items():
            if content.startswith(signature):
                raise NotAListingError(
                    f"this is {kind}",
                    where=Location(where),
                    expected=_LISTING,
                    hint="capture the page as plain text (select all, copy, save as UTF-8)",
                )
        zero = content.find(b"\0")
        if zero >= 0:
            raise NotAListingError(
                "this is a binary file (it holds a zero byte)",
                where=Location(where, byte=zero),
                expected=_LISTING,
                hint="capture the page as plain text (select all, copy, save as UTF-8)",
            )
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            raise SourceEncodingError(
                f"byte 0x{content[error.start]:02x} is not valid UTF-8",
                where=Location(where, line=line, byte=error.start),
                expected="UTF-8 text",
                hint="save the capture as UTF-8; `iconv -f WINDOWS-1252 -t UTF-8` converts the usual other encoding",
            ) from error
        if not text.strip().strip(BYTE_ORDER_MARK):
            raise NotAListingError(
                "the file is empty" if not content else "the file holds only blanks",
                where=Location(where),
                expected="a captured listing page",
                hint="capture the page again",
            )
        return cls(name=name, content=content, text=text, source_id=source_id(content))


def read_text_source(path: Path, name: str | None = None) -> TextSource:
    """Read a captured text file.

    Args:
        path: The file.
        name: What to call the source; the file's name when missing.

    Raises:
        SourceNotFoundError: There is no such file, it is a folder, or it cannot be opened.
        NotAListingError: It is empty or of a binary format.
        SourceEncodingError: It is not UTF-8.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise SourceNotFoundError("there is no such file", where=Location(path), hint="check the path") from error
    except IsADirectoryError as error:
        raise SourceNotFoundError(
            "this is a folder",
            where=Location(path),
            expected="a file",
            hint=f"name the files in it, for instance {path}/*.txt",
        ) from error
    except OSError as error:
        raise SourceNotFoundError(
            f"the file cannot be read ({error.strerror})", where=Location(path), hint="check its permissions"
        ) from error
    return TextSource.of(content, name or path.name, where=path)
