"""Options that several commands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from curation.cli.guard import guarded

__all__ = [
    "DEFAULT_RECIPE",
    "HELP",
    "DiffFormat",
    "Format",
    "FormatOption",
    "Guarded",
    "RepairFormat",
    "SchemaFormat",
    "ValidationFormat",
]

HELP: Final = {"help_option_names": ["-h", "--help"]}
DEFAULT_RECIPE: Final = Path("data/recipe.toml")


class Guarded(TyperGroup):
    """Ends a command that fails with our message; typer would take an interrupt for its own and say nothing."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was named."""
        with guarded():
            return super().invoke(ctx)


class Format(StrEnum):
    """How a command reports."""

    text = "text"
    json = "json"


class SchemaFormat(StrEnum):
    """How a schema is shown."""

    markdown = "markdown"
    json = "json"
    arrow = "arrow"


class DiffFormat(StrEnum):
    """How a difference is shown."""

    text = "text"
    markdown = "markdown"
    json = "json"


class ValidationFormat(StrEnum):
    """How a validation is reported."""

    text = "text"
    json = "json"
    junit = "junit"
    github = "github"


class RepairFormat(StrEnum):
    """How repaired text goes out."""

    text = "text"
    json = "json"
    jsonl = "jsonl"


FormatOption = Annotated[Format, typer.Option("--format", help="Report for people or as JSON.")]
