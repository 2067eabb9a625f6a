"""The groups of commands: `curate tasks …` and `curate annotate …`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from curation.cli.options import DEFAULT_RECIPE, HELP, Format, FormatOption, Guarded

__all__ = ["annotate", "tasks"]

tasks = typer.Typer(
    cls=Guarded,
    name="tasks",
    help="Show the benchmark's tasks, take them elsewhere, make larger ones.",
    no_args_is_help=True,
    context_settings=HELP,
)


@tasks.command("list")
def tasks_list(
    target: Annotated[
        str | None, typer.Argument(metavar="RELEASE", help="Show how large each task is in a release.")
    ] = None,
    format: FormatOption = Format.text,
) -> None:
    """Show the tasks: what each asks and how it is scored."""
    from curation.cli import benchmarking

    benchmarking.tasks_list(target, as_json=format is Format.json)


@tasks.command("export")
def tasks_export(
    target: Annotated[
        str, typer.Argument(metavar="RELEASE", help="A release's folder, owner/name[@version], or a folder of tasks.")
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where to write a folder for each task.")],
    tasks: Annotated[
        list[str] | None, typer.Option(metavar="TASK", help="Tasks of retrieval, separated by commas; all without it.")
    ] = None,
    format: FormatOption = Format.text,
) -> None:
    """Write retrieval tasks as BEIR has them: corpus.jsonl, queries.jsonl, qrels/*.tsv."""
    from curation.cli import benchmarking

    benchmarking.tasks_export(target, out, tasks or [], as_json=format is Format.json)


@tasks.command("make")
def tasks_make(
    source: Annotated[
        Path, typer.Argument(metavar="FILE", help="arXiv metadata as JSON lines (gzip too): id, title, abstract.")
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where to write the folder of tasks.")],
    pairs: Annotated[int, typer.Option(metavar="N", min=2, help="Pairs of the task near-duplicate.")] = 2000,
    queries: Annotated[int, typer.Option(metavar="N", min=1, help="Queries of the task math-repair.")] = 1000,
    seed: Annotated[int, typer.Option(metavar="N", help="Of every choice that is made.")] = 0,
    format: FormatOption = Format.text,
) -> None:
    """Make the tasks near-duplicate and math-repair from a large file of papers with their LaTeX."""
    from curation.cli import benchmarking

    benchmarking.tasks_make(source, out, pairs, queries, seed, as_json=format is Format.json)


annotate = typer.Typer(
    cls=Guarded,
    name="annotate",
    help="Have people label papers, and see how far they agree.",
    no_args_is_help=True,
    context_settings=HELP,
)


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
    ] = DEFAULT_RECIPE,
    format: FormatOption = Format.text,
) -> None:
    """Show how far annotators agree, where they differ, and what was decided."""
    from curation.cli import annotating

    annotating.agreement(files or [], recipe, as_json=format is Format.json)
