"""Turning our errors into a message and an exit code, in one place for the command and the scripts."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["guarded"]


@contextmanager
def guarded() -> Iterator[None]:
    """Run a command; an error of ours is printed without a traceback and ends the process with its exit code."""
    try:
        yield
    except KeyboardInterrupt as stop:
        # whoever can say more does so in it
        print(*(stop.args or ("interrupted; nothing was left half-written",)), file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        # whoever read our output has had enough; nothing more can be printed, not even at the end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except Exception as error:
        from curation.errors import CurationError

        if not isinstance(error, CurationError):
            raise
        from curation.cli.report import print_error

        print_error(error)
        sys.exit(error.exit_code)
