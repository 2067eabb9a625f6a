"""What a validation found, in the forms that continuous integration reads: JUnit XML and GitHub's workflow commands."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

from curation.release.folder import MANIFEST
from curation.validation.findings import Finding, Validation

__all__ = ["as_github", "as_junit"]

# What XML 1.0 allows of Unicode (its production `Char`), turned round.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# How a finding of the card names its line.
_CARD_LINE = re.compile(r"line (\d+) has ")
# What ends a workflow command or a property of it.
_IN_MESSAGES = "%\r\n"
_IN_PROPERTIES = "%\r\n:,"


def as_junit(result: Validation) -> str:
    """Return the outcome as JUnit XML: one suite for the target, one case for each check, without times.

    Elements and attributes are those of `junit-10.xsd` of Jenkins' xUnit plugin; GitLab reads them, too. A failing case
    has one `failure`, which lists all findings of the check, because pages show the first failure of a case.
    """
    by_check: dict[str, list[Finding]] = {check: [] for check in result.checks}
    for finding in result.findings:
        by_check.setdefault(finding.check, []).append(finding)
    failures = sum(bool(found) for found in by_check.values())
    counts = {"tests": str(len(by_check)), "failures": str(failures), "errors": "0"}
    root = ET.Element("testsuites", {"name": "curate validate", **counts})
    suite = ET.SubElement(root, "testsuite", {"name": _spelled(result.target), **counts})
    for check, found in by_check.items():
        case = ET.SubElement(suite, "testcase", {"name": _spelled(check), "classname": f"curate.{result.kind}"})
        if found:
            lines = [_spelled(f"{_place(finding)}: {finding.message}") for finding in found]
            message = lines[0] if len(lines) == 1 else f"{len(lines)} findings, the first: {lines[0]}"
            failure = ET.SubElement(case, "failure", {"type": "Finding", "message": message})
            failure.text = "\n".join(lines)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def as_github(result: Validation) -> list[str]:
    """Return the outcome as workflow commands of GitHub Actions: an `error` for each finding, then a `notice`.

    Files are named from the working directory, so that annotations land on the files of a pull request when the command
    runs at the root of the repository. GitHub shows ten errors of a step; the notice counts all of them.
    """
    lines = []
    for finding in result.findings:
        properties = {"title": f"curate validate: {finding.check} {_place(finding)}"}
        if (file := _file(result, finding)) is not None:
            properties = {"file": file, **properties}
            if line := _CARD_LINE.match(finding.message):
                properties["line"] = line[1]
        lines.append(_command("error", properties, finding.message))
    checks = ", ".join(result.checks)
    count = len(result.findings)
    outcome = "valid" if result.ok else f"wrong, {count} finding{'' if count == 1 else 's'}"
    lines.append(_command("notice", {"title": "curate validate"}, f"{result.target}: {outcome} (checked {checks})"))
    return lines


def _place(finding: Finding) -> str:
    return finding.where if finding.row is None else f"{finding.where} row {finding.row}"


def _spelled(text: str) -> str:
    """Spell the characters that XML forbids; a log must not have them either, and lone surrogates cannot be printed."""
    return _NOT_XML.sub(lambda char: f"\\u{ord(char[0]):04x}", text)


def _file(result: Validation, finding: Finding) -> str | None:
    """Return the file to blame, from the working directory; None if it is elsewhere.

    A finding about a table or a split is shown at the manifest, which changes with each of them.
    """
    target = Path(result.target)
    if not target.exists():
        return None  # a release on the Hub
    # the folder may be a link, and a pull request has the files that it leads to
    target = target.resolve()
    file = target if target.is_file() else target / finding.where
    if not file.is_file():
        file = target / MANIFEST
    here = Path.cwd().resolve()
    return file.relative_to(here).as_posix() if file.is_file() and file.is_relative_to(here) else None


def _command(name: str, properties: dict[str, str], message: str) -> str:
    """Return a workflow command, escaped as `escapeData` and `escapeProperty` of actions/toolkit do it."""
    given = ",".join(f"{key}={_escape(value, _IN_PROPERTIES)}" for key, value in properties.items())
    return f"::{name} {given}::{_escape(message, _IN_MESSAGES)}"


def _escape(text: str, characters: str) -> str:
    return "".join(f"%{ord(char):02X}" if char in characters else char for char in _spelled(text))
