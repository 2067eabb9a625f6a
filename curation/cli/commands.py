"""What the commands do; every library is loaded here."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from curation.cli import report
from curation.cli.build_progress import BuildProgress
from curation.cli.build_report import build_report, rejected_report
from curation.errors import Location, LookupFailedError

__all__ = ["build", "explain", "print_json", "restore", "schema", "validate"]


def print_json(value: Any) -> None:
    """Print a value as JSON."""
    print(json.dumps(value, ensure_ascii=False, indent=2))


def build(
    sources: list[str],
    recipe: Path | None,
    out: Path,
    previous: str | None,
    *,
    labels: bool | None = None,
    jobs: int | None = None,
    as_json: bool,
) -> None:
    """Build a release and report what happened to every row.

    Args:
        sources: Captured pages and record files: paths, and URLs as they are.
        recipe: The recipe.
        out: Where to put the release.
        previous: The release before.
        labels: Whether to give topics; as the recipe says if missing.
        jobs: Processes of a streamed build; one for each core if missing.
        as_json: Whether to print the manifest instead of a report.
    """
    with BuildProgress() as shown:
        from curation.engines import LocalEngine
        from curation.release.build import build as run
        from curation.sources.kinds import is_url

        try:
            result = run(
                [source if is_url(source) else Path(source) for source in sources],
                recipe=recipe,
                out=out,
                previous=previous,
                labels=labels,
                engine=None if jobs is None else LocalEngine(processes=jobs),
                progress=shown.stage,
                watch=shown.watch,
            )
        except KeyboardInterrupt:
            if not shown.streamed:
                raise
            from curation.streaming.workspace import work_folder

            kept = report.visible(str(work_folder(out)))
            raise KeyboardInterrupt(
                f"interrupted; nothing was released. Run the same command again: it goes on from what is done ({kept})"
            ) from None
    if as_json:
        print_json({"out": str(out), "changed": result.changed, "manifest": result.manifest})
        return
    console = report.console()
    for line in build_report(str(out), result.manifest, result.changed):
        console.print(line)
    for line in rejected_report(list(result.rejected), result.manifest):
        console.print(line)


def validate(target: str, form: str) -> int:
    """Validate and report; return the exit code."""
    from curation.validation import validate as run

    result = run(target)
    if form == "json":
        print_json(result.as_json())
    elif form == "junit":
        from curation.validation.ci_formats import as_junit

        print(as_junit(result), end="")
    elif form == "github":
        from curation.validation.ci_formats import as_github

        print(*as_github(result), sep="\n")
    else:
        console = report.console()
        for line in report.validation_report(result):
            console.print(line)
    return 0 if result.ok else 1


def restore(release: Path, source: str, out: Path | None) -> None:
    """Write a source's bytes; a file is written whole or not at all."""
    import hashlib

    from curation.atomic import write_whole
    from curation.errors import ReleaseError
    from curation.release.reader import open_release
    from curation.release.shape import is_record_file

    opened = open_release(release)
    entry = opened.source(source)
    if is_record_file(entry):
        raise LookupFailedError(
            f"{entry['name']} is a file of records, of which a release keeps each record, not the bytes",
            where=Location(release),
            expected="a captured page",
            hint=f"look for the file with sha256 {entry['sha256']}; its records are the rows of `listings` and"
            f" `removed` with source_id {entry['source_id']}",
        )
    content = opened.restore(entry["source_id"])
    if hashlib.sha256(content).hexdigest() != entry["sha256"]:
        raise ReleaseError(
            f"what the tables give back is not source {entry['source_id']}",
            where=Location(release),
            expected=f"sha256 {entry['sha256']}",
            hint="run `curate validate` on the release; fetch or build it again",
        )
    if out is None:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    write_whole(out, lambda partial: partial.write_bytes(content))


def explain(release: Path, paper: str, *, as_json: bool) -> None:
    """Show everything a release knows about a paper."""
    from curation.cli.explanation import explanation
    from curation.explain import explain as run
    from curation.release.reader import open_release

    facts = run(open_release(release), paper)
    if as_json:
        print_json(facts)
        return
    console = report.console()
    for line in explanation(facts, colour=console.color_system is not None):
        console.print(line)


def schema(table: str | None, form: str) -> None:
    """Show the data dictionary."""
    import difflib

    from curation.schemas.derive import arrow_schema, as_json, as_markdown
    from curation.schemas.tables import TABLES

    if table is not None and table not in TABLES:
        close = difflib.get_close_matches(table, TABLES, n=1)
        raise LookupFailedError(
            f"there is no table {table!r}",
            expected=f"one of {', '.join(TABLES)}",
            hint=f"did you mean `{close[0]}`?" if close else "name one of them, or none for all",
        )
    wanted = [TABLES[table]] if table is not None else list(TABLES.values())
    if form == "json":
        print_json(as_json(wanted))
    elif form == "markdown":
        print(as_markdown(wanted), end="")
    else:
        for one in wanted:
            if table is None:
                print(f"# {one.name}")
            print(arrow_schema(one).to_string(show_field_metadata=False, show_schema_metadata=False))
