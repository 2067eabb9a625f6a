"""The commands and their options; what they do and how it looks is loaded when one is run."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Annotated, Final

import typer

from curation.cli import groups
from curation.cli.options import (
    DEFAULT_RECIPE,
    HELP,
    DiffFormat,
    Format,
    FormatOption,
    Guarded,
    RepairFormat,
    SchemaFormat,
    ValidationFormat,
)

__all__ = ["app", "main"]

# New objects after which garbage is looked for.
_OBJECTS: Final = 100_000

app = typer.Typer(
    cls=Guarded,
    name="curate",
    help="Curate captured paper listings into a versioned, validated, topic-labelled dataset.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings=HELP,
)
app.add_typer(groups.tasks)
app.add_typer(groups.annotate)


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
        list[str] | None,
        typer.Argument(
            metavar="SOURCE",
            help="Captured pages, or record files: .jsonl, .csv (also .gz, .zst) or .parquet, here or as URLs. Without"
            " any, the recipe's sources.",
        ),
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
    labels: Annotated[
        bool | None,
        typer.Option("--labels/--no-labels", help="Whether to give topics; as the recipe says if missing."),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Processes of a build of record files; one for each core if missing."),
    ] = None,
    format: FormatOption = Format.text,
) -> None:
    """Build a release: parse, normalize, deduplicate, enrich, label, split, write. Whole or not at all."""
    from curation.cli import commands

    if recipe is None and not sources and DEFAULT_RECIPE.is_file():
        recipe = DEFAULT_RECIPE
    as_json = format is Format.json
    commands.build(sources or [], recipe, out, previous, labels=labels, jobs=jobs, as_json=as_json)


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
    """Restore a captured page, byte for byte, from the release alone."""
    from curation.cli import commands

    commands.restore(release, source, out)


@app.command()
def explain(
    release: Annotated[Path, typer.Argument(metavar="RELEASE", help="A release's folder.")],
    paper: Annotated[str, typer.Argument(metavar="PAPER", help="A paper's id, its arXiv id or a part of its title.")],
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


@app.command()
def benchmark(
    target: Annotated[
        str,
        typer.Argument(metavar="RELEASE", help="A release's folder, owner/name[@version], or a folder of tasks."),
    ],
    model: Annotated[
        list[str],
        typer.Option(
            metavar="NAME",
            help="random, majority, words, tfidf, chars, lsa, bm25; light for all these; st:NAME; module:function.",
        ),
    ],
    tasks: Annotated[
        list[str] | None, typer.Option(metavar="TASK", help="Tasks, separated by commas; all without it.")
    ] = None,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where results are kept.")] = Path("results"),
    again: Annotated[bool, typer.Option("--again", help="Score also what an earlier run has scored.")] = False,
    format: FormatOption = Format.text,
) -> None:
    """Score models on the tasks of a release, with 95 % intervals. A run that was stopped goes on where it was."""
    from curation.cli import benchmarking

    benchmarking.benchmark(target, model, tasks or [], out, again=again, as_json=format is Format.json)


@app.command()
def leaderboard(
    results: Annotated[Path, typer.Argument(metavar="DIR", help="Results, as `curate benchmark` keeps them.")],
    chart: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw scores and intervals, as .svg or .png.")
    ] = None,
    format: Annotated[
        DiffFormat, typer.Option("--format", help="For people, as Markdown for a page, or as JSON.")
    ] = DiffFormat.text,
) -> None:
    """Compare models: scores with intervals, and ranks that models share which cannot be told apart."""
    from curation.cli import benchmarking

    benchmarking.leaderboard(results, format.value, chart)


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
    # to look through all that libraries make as they are loaded, again and again, is a sixth of a command's start
    gc.set_threshold(_OBJECTS)
    app(prog_name="curate")
