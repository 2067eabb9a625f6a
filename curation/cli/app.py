"""The commands and their options; what they do and how it looks is loaded when one is run."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from curation.cli.guard import guarded

__all__ = ["app", "main"]


class _Guarded(TyperGroup):
    """Ends a command that fails with our message; typer would take an interrupt for its own and say nothing."""

    def invoke(self, ctx: Any) -> Any:
        with guarded():
            return super().invoke(ctx)


app = typer.Typer(
    cls=_Guarded,
    name="curate",
    help="Curate captured paper listings into a versioned, validated, topic-labelled dataset.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_DEFAULT_RECIPE = Path("data/recipe.toml")


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


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"curate {version('paper-abstracts')}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    pass


@app.command()
def build(
    sources: Annotated[
        list[Path] | None,
        typer.Argument(metavar="SOURCE", help="Captured pages; without any, the recipe's sources."),
    ] = None,
    recipe: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The recipe. Without it: data/recipe.toml if no source is named, else the built-in one.",
        ),
    ] = None,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where to put the release.")] = Path("release"),
    previous: Annotated[
        str | None,
        typer.Option(
            metavar="OLD",
            help="The release before: a folder, or owner/name[@version] on the Hub. Decides the version.",
        ),
    ] = None,
    format: FormatOption = Format.text,
) -> None:
    """Build a release: parse, normalize, deduplicate, enrich, label, split, write. Whole or not at all."""
    from curation.cli import commands

    if recipe is None and not sources and _DEFAULT_RECIPE.is_file():
        recipe = _DEFAULT_RECIPE
    commands.build(sources or [], recipe, out, previous, as_json=format is Format.json)


@app.command()
def validate(
    target: Annotated[
        str,
        typer.Argument(
            metavar="TARGET", help="A release's folder, a Parquet file, or hf://datasets/owner/name[@version]."
        ),
    ],
    format: Annotated[
        ValidationFormat,
        typer.Option("--format", help="For people, as JSON, as JUnit XML, or as annotations of GitHub Actions."),
    ] = ValidationFormat.text,
) -> None:
    """Check a release or a Parquet file. Exit code 1 if something is wrong, 2 if it is neither of the two."""
    from curation.cli import commands

    raise typer.Exit(commands.validate(target, format.value))


@app.command()
def diff(
    old: Annotated[
        str, typer.Argument(metavar="OLD", help="The earlier release: a folder, or owner/name[@version] on the Hub.")
    ],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The later release, named in the same way.")],
    format: Annotated[
        DiffFormat, typer.Option("--format", help="For people, as Markdown for a pull request, or as JSON.")
    ] = DiffFormat.text,
) -> None:
    """Show what changed between two releases, and which version that makes."""
    from curation.cli import publishing

    publishing.diff(old, new, format.value)


@app.command()
def publish(
    release: Annotated[Path, typer.Argument(metavar="RELEASE", help="A release's folder.")],
    repo: Annotated[
        str | None,
        typer.Argument(metavar="REPO", help="The dataset on the Hub, owner/name; made if it is not there."),
    ] = None,
    to: Annotated[
        str | None, typer.Option(metavar="folder:PATH", help="Publish into a folder of versions instead.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan and change nothing.")] = False,
    create_pr: Annotated[bool, typer.Option("--create-pr", help="Open a pull request instead.")] = False,
    private: Annotated[bool, typer.Option("--private", help="Make the repository private if it is made.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    format: FormatOption = Format.text,
) -> None:
    """Publish a release as a version: one commit, loaded and compared, then one tag. Exit code 3 if it is outdated."""
    from curation.cli import publishing

    publishing.publish(
        release,
        publishing.place(repo, to),
        dry_run=dry_run,
        create_pr=create_pr,
        private=private,
        yes=yes,
        as_json=format is Format.json,
    )


@app.command()
def restore(
    release: Annotated[Path, typer.Argument(metavar="RELEASE", help="A release's folder.")],
    source: Annotated[
        str, typer.Argument(metavar="SOURCE_ID", help="A source's id, its first digits (4 or more), or its name.")
    ],
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to write it; standard output if missing.")
    ] = None,
) -> None:
    """Restore a captured source, byte for byte, from the release alone."""
    from curation.cli import commands

    commands.restore(release, source, out)


@app.command()
def explain(
    release: Annotated[Path, typer.Argument(metavar="RELEASE", help="A release's folder.")],
    paper: Annotated[str, typer.Argument(metavar="PAPER", help="A paper's id or a part of its title.")],
    format: FormatOption = Format.text,
) -> None:
    """Show where a paper was captured, each change to its text, its arXiv id and links, its labels, its split."""
    from curation.cli import commands

    commands.explain(release, paper, as_json=format is Format.json)


@app.command()
def repair(
    source: Annotated[
        str, typer.Argument(metavar="FILE", help="Text to repair, or gzip of it; `-` for standard input.")
    ] = "-",
    format: Annotated[
        RepairFormat,
        typer.Option("--format", help="Paragraphs of text, all as one JSON object, or JSON lines in and out."),
    ] = RepairFormat.text,
) -> None:
    """Repair any text by the rules of a build, and report each edit and the damage to its math."""
    from curation.cli import repairing

    repairing.repair(source, format.value)


@app.command()
def label(
    source: Annotated[
        Path, typer.Argument(metavar="FILE", help="Parquet, CSV or JSON lines (gzip too) with `title` and `abstract`.")
    ],
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to write it; standard output if missing (not Parquet).")
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(metavar="P", help="Abstain where the primary topic is less probable than this (0 to 1)."),
    ] = None,
    format: FormatOption = Format.text,
) -> None:
    """Label a file of papers with topics; where the labeler is not sure, or cannot read a text, it abstains."""
    from curation.cli import labelling

    labelling.label(source, out, threshold, as_json=format is Format.json)


annotate = typer.Typer(
    cls=_Guarded,
    name="annotate",
    help="Have people label papers, and see how far they agree.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(annotate)


@annotate.command("export")
def annotate_export(
    release: Annotated[Path, typer.Argument(metavar="RELEASE", help="A release's folder.")],
    annotator: Annotated[
        str, typer.Argument(metavar="NAME", help="Who will fill it in; decides the order of the papers.")
    ],
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where to write the CSV; it must not exist.")],
) -> None:
    """Write a spreadsheet of all papers for one annotator to fill in."""
    from curation.cli import annotating

    annotating.export(release, annotator, out)


@annotate.command("import")
def annotate_import(
    release: Annotated[Path, typer.Argument(metavar="RELEASE", help="The release the sheet was made from.")],
    sheet: Annotated[Path, typer.Argument(metavar="SHEET", help="The filled-in spreadsheet, saved as CSV.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where to write the checked labels.")],
) -> None:
    """Check a filled-in spreadsheet and write its labels in the form of data/annotations."""
    from curation.cli import annotating

    annotating.import_sheet(release, sheet, out)


@annotate.command("agreement")
def annotate_agreement(
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILE", help="Two or more files of labels; the recipe's first round without any."),
    ] = None,
    recipe: Annotated[
        Path, typer.Option(metavar="FILE", help="The recipe that names annotators and adjudicator.")
    ] = _DEFAULT_RECIPE,
    format: FormatOption = Format.text,
) -> None:
    """Show how far annotators agree, where they differ, and what was decided."""
    from curation.cli import annotating

    annotating.agreement(files or [], recipe, as_json=format is Format.json)


@app.command()
def schema(
    table: Annotated[str | None, typer.Argument(metavar="TABLE", help="The table to show; all by default.")] = None,
    format: Annotated[
        SchemaFormat, typer.Option("--format", help="As a page, as JSON, or as the Arrow schema.")
    ] = SchemaFormat.markdown,
) -> None:
    """Show the columns of the published tables: types, bounds, meaning."""
    from curation.cli import commands

    commands.schema(table, format.value)


def main() -> None:
    """Run the command line."""
    app(prog_name="curate")
