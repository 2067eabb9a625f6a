"""The command line: `curate`. Libraries are loaded by the command that needs them, so that help is quick."""

from curation.cli.app import main

__all__ = ["main"]
