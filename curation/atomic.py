"""Writing a file whole or not at all."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

from curation.errors import Location, OutputError

__all__ = ["write_whole"]


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file beside its place and move it there in one step.

    Args:
        path: The place; a file there is replaced.
        write: Writes the content to the path it is given.

    Raises:
        OutputError: The file cannot be written; what stood there still does.
    """
    partial = path.parent / f".{path.name}.{os.getpid()}.partial"
    try:
        write(partial)
        partial.replace(path)
    except OSError as error:
        raise OutputError(
            f"the file cannot be written ({error.strerror or error})", where=Location(path), hint="choose another place"
        ) from error
    finally:  # also where somebody interrupts, or `write` fails in a way of its own
        with contextlib.suppress(OSError):
            partial.unlink()
