"""Every error a user can meet, in one hierarchy.

CurationError                    exit code 2
├── SourceError                  a source file that cannot be read as what it should be
│   ├── SourceNotFoundError      no such file, or a folder where a file was expected
│   ├── SourceEncodingError      bytes that are not UTF-8 text
│   └── NotAListingError         text, but no captured listing page
├── RecipeError                  a recipe that cannot be followed (unknown key, wrong type, missing file)
├── OutputError                  a place that cannot be written, or holds something else
├── InputFileError               a Parquet or CSV file given to a command that does not fit it
├── ReleaseError                 a folder that is no release, or one whose parts contradict each other
├── LookupFailedError            a name that matches nothing, or too much
├── BenchmarkError               results that do not belong together, or not to the data at hand
│   └── ModelError               a model that fails, or gives something that no score can be made of
├── VersionError                 a version that cannot be had or made
│   ├── VersionNotFoundError     no such version at that place
│   ├── VersionExistsError       the version is published already, with other content
│   └── OutdatedBaseError        exit code 3: the place has moved on since the release was built
├── HubError                     the Hub refuses
│   ├── HubUnavailableError      it cannot be reached, or does not answer as it should
│   ├── AuthenticationError      no token, one it does not know, or one without the right
│   └── RepositoryError          a repository that is not there, is closed, or is of another kind
└── StageError                   a broken promise of our own code (a stage lost a row, a schema was not met)
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

__all__ = [
    "AuthenticationError",
    "BenchmarkError",
    "CurationError",
    "HubError",
    "HubUnavailableError",
    "InputFileError",
    "Location",
    "LookupFailedError",
    "ModelError",
    "NotAListingError",
    "OutdatedBaseError",
    "OutputError",
    "RecipeError",
    "ReleaseError",
    "RepositoryError",
    "SourceEncodingError",
    "SourceError",
    "SourceNotFoundError",
    "StageError",
    "VersionError",
    "VersionExistsError",
    "VersionNotFoundError",
]


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a file.

    Attributes:
        file: The file as the user named it.
        line: 1-based line, where one is known.
        byte: 0-based byte offset, where one is known.
    """

    file: str | Path
    line: int | None = None
    byte: int | None = None

    def __str__(self) -> str:
        text = str(self.file)
        if self.line is not None:
            text += f":{self.line}"
        if self.byte is not None:
            text += f" (byte {self.byte})"
        return text


class CurationError(Exception):
    """Base of all errors of this package.

    Args:
        what: What is wrong, in one sentence without a full stop.
        where: The file (and line) it was found in.
        expected: What would have been right.
        hint: What to do about it.
    """

    exit_code = 2

    def __init__(
        self,
        what: str,
        *,
        where: Location | None = None,
        expected: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.expected = expected
        self.hint = hint

    def __str__(self) -> str:
        lines = [self.what if self.where is None else f"{self.where}: {self.what}"]
        if self.expected:
            lines.append(f"expected: {self.expected}")
        if self.hint:
            lines.append(f"what to do: {self.hint}")
        return "\n".join(lines)


class SourceError(CurationError):
    """A source file cannot be read as what it should be."""


class SourceNotFoundError(SourceError):
    """There is no such file, or it is a folder."""


class SourceEncodingError(SourceError):
    """The bytes are not UTF-8 text."""


class NotAListingError(SourceError):
    """The text is not a captured listing page."""


class RecipeError(CurationError):
    """The recipe cannot be followed."""


class OutputError(CurationError):
    """The output cannot be written, or its place holds something else."""


class InputFileError(CurationError):
    """A table file does not fit the command it was given to."""


class ReleaseError(CurationError):
    """A folder is no release, or its parts contradict each other."""


class LookupFailedError(CurationError):
    """A name matches nothing, or more than one thing."""


class BenchmarkError(CurationError):
    """Results do not belong together, or not to the data at hand."""


class ModelError(BenchmarkError):
    """A model fails, or gives something that no score can be made of."""


class VersionError(CurationError):
    """A version cannot be had or made."""


class VersionNotFoundError(VersionError):
    """There is no such version at that place."""


class VersionExistsError(VersionError):
    """The version is published already, with other content; a version never changes."""


class OutdatedBaseError(VersionError):
    """The place has moved on since the release was built; a program can build again on its newest version."""

    exit_code = 3


class HubError(CurationError):
    """The Hub refuses."""


class HubUnavailableError(HubError):
    """The Hub cannot be reached, or does not answer as it should."""


class AuthenticationError(HubError):
    """There is no token, the Hub does not know it, or it lacks the right."""


class RepositoryError(HubError):
    """The repository is not there, is closed, or is of another kind."""


class StageError(CurationError):
    """A stage broke its contract; this is a bug in the package, not in the input."""
