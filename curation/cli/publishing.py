"""What `curate diff` and `curate publish` do."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from curation.cli import report
from curation.cli.commands import print_json
from curation.errors import CurationError, Location

__all__ = ["diff", "place", "publish"]

# validate, plan, commit, check, tag
_STEPS = 5


def diff(old: str, new: str, form: str) -> None:
    """Show what changed between two releases."""
    from curation.cli.difference import difference, header
    from curation.diff import Version, decide_version, diff_releases
    from curation.diff.render import as_markdown
    from curation.references import open_reference
    from curation.release.markdown import escaped

    with report.progress(3) as step:
        step("open the older")
        before = open_reference(old)
        step("open the newer")
        after = open_reference(new)
        step("compare")
        found = diff_releases(before, after)
    base = Version.parse(before.manifest["version"])
    assert base is not None  # the shape of the manifest asks for one
    decision = decide_version(base, found)
    if form == "json":
        # the same release needs no other version
        made = None if before.manifest_sha256 == after.manifest_sha256 else decision
        kind, number = (None, None) if made is None else (made.kind, str(made.version))
        print_json({**found.as_json(), "kind": kind, "next_version": number})
        return
    if form == "markdown":
        body = as_markdown(found)
        print(f"## {escaped(header(found))}\n\n{body or 'Nothing changed.'}", end="" if body else "\n")
        return
    console = report.console()
    for line in difference(found, decision, colour=console.color_system is not None):
        console.print(line)


def place(repo: str | None, to: str | None) -> str:
    """Return where to publish to.

    Raises:
        CurationError: It was named twice or not at all.
    """
    if (repo is None) == (to is None):
        raise CurationError(
            "name one place to publish to",
            expected="owner/name for the Hub, or --to folder:PATH",
            hint="see `curate publish --help`",
        )
    if to is not None and not to.startswith("folder:"):
        raise CurationError("this is no folder of versions", where=Location(to), expected="--to folder:PATH")
    return repo or str(to)


def publish(release: Path, to: str, *, dry_run: bool, create_pr: bool, private: bool, yes: bool, as_json: bool) -> None:
    """Publish a release; show the plan, ask, do it, show the receipt."""
    from curation.cli.difference import plan_report, receipt_report
    from curation.publishing import Plan
    from curation.publishing import publish as run

    console = report.console()
    asks = not (dry_run or yes)
    if asks and (as_json or not (sys.stdin.isatty() and sys.stdout.isatty())):
        raise CurationError(
            "nobody can be asked here", expected="a terminal, or --yes, or --dry-run", hint="add --yes to publish"
        )

    def confirm(plan: Plan) -> bool:
        if not as_json:
            _print(console, plan_report(plan))
        return yes or _agreed(console)

    # the bar and a question would be on the same line
    with report.progress(0 if asks else _STEPS) as step:
        plan, receipt = run(
            release, to, private=private, create_pr=create_pr, dry_run=dry_run, confirm=confirm, progress=step
        )
    if as_json:
        print_json({"plan": plan.as_json(), "receipt": None if receipt is None else receipt.as_json()})
        return
    if dry_run:
        _print(console, plan_report(plan))
        console.print("[dim]dry run: nothing was changed[/]")
    elif receipt is None:
        console.print("nothing was published")
    else:
        _print(console, receipt_report(receipt))


def _agreed(console: Any) -> bool:
    try:
        return console.input("publish this? \\[y/N] ").strip().casefold() in ("y", "yes")
    except EOFError:
        console.print()
        return False


def _print(console: Any, lines: Any) -> None:
    for line in lines:
        console.print(line)
