"""Validating whatever a user names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from curation.errors import InputFileError, Location, ReleaseError
from curation.references import open_reference
from curation.release.folder import MANIFEST
from curation.release.reader import open_release, require_release
from curation.schemas.check import check_table
from curation.schemas.derive import arrow_schema, table_of
from curation.schemas.history import earlier, with_current_columns
from curation.schemas.tables import SCHEMA_VERSION, TABLES, Table
from curation.validation.benchmark import check_benchmark
from curation.validation.card import check_card
from curation.validation.croissant import check_croissant
from curation.validation.files import check_files, check_manifest, check_statements
from curation.validation.findings import MOST_PER_RULE, Finding, Validation
from curation.validation.identities import check_identities
from curation.validation.labels import check_labels
from curation.validation.ledger import check_edits, check_ledger
from curation.validation.viewer import check_viewer

__all__ = ["validate"]

_MAGIC = b"PAR1"
_CHECKS = ("manifest", "files", "schema", "ledger", "edits", "labels", "benchmark", "card", "croissant", "viewer")
_OF_PAPERS = frozenset({"schema", "ledger", "edits", "labels"})


def validate(target: str | Path) -> Validation:
    """Validate a release or a Parquet file of one of the published tables.

    A release is checked against its manifest (every file and hash), its schemas, its ledger (every byte of every
    source, every row of every stage, every edit undone), its labels, its tasks, its card, its Croissant description,
    and what the Hub's viewer needs.

    Args:
        target: A release's folder, a Parquet file, a dataset on the Hub (`hf://datasets/owner/name[@1.2.0]`), or a
            version of a folder of versions (`folder:PATH[@1.2.0]`).

    Returns:
        Everything that is wrong.

    Raises:
        ReleaseError: The target is no release at all.
        InputFileError: The target is no Parquet file at all.
        VersionNotFoundError: There is no such version.
        HubError: The Hub refuses, or cannot be reached.
    """
    if isinstance(target, str) and target.startswith(("hf://", "folder:")):
        return replace(_validate_release(open_reference(target).folder), target=target)
    path = Path(target)
    try:
        if path.is_file():
            return _validate_file(path)
    except OSError as error:
        raise InputFileError(
            f"the target cannot be read ({error.strerror})", where=Location(path), hint="check the path"
        ) from error
    require_release(path)
    return _validate_release(path)


def _validate_file(path: Path) -> Validation:
    with path.open("rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            raise InputFileError(
                "not a Parquet file",
                where=Location(path),
                expected="a release's folder or a Parquet file",
                hint="check the path",
            )
    checks = ("schema",)
    try:
        content = pq.read_table(path, partitioning=None)
    except (OSError, pa.ArrowException) as error:
        damage = Finding("schema", str(path), f"the file is damaged: {str(error).splitlines()[0]}")
        return Validation(str(path), "parquet", checks, (damage,))
    spec = table_of(content.column_names)
    if spec is None:
        return Validation(str(path), "parquet", checks, (Finding("schema", str(path), _closest(content)),))
    return Validation(str(path), "parquet", checks, tuple(_check_schema(content, spec, str(path))))


def _closest(content: pa.Table) -> str:
    message = f"the columns {', '.join(content.column_names)} match no table (of {', '.join(TABLES)})"
    found = set(content.column_names)
    spec = max(TABLES.values(), key=lambda table: len(found & set(table.columns)))
    if not found & set(spec.columns):
        return message
    missing = [name for name in spec.columns if name not in found]
    unknown = [name for name in content.column_names if name not in spec.columns]
    parts = [
        f"it lacks {', '.join(missing)}" if missing else "",
        f"has the extra {', '.join(unknown)}" if unknown else "",
    ]
    return f"{message}; closest is {spec.name}: {' and '.join(filter(None, parts))}"


def _validate_release(folder: Path) -> Validation:
    def outcome(findings: list[Finding], checks: tuple[str, ...] = _CHECKS) -> Validation:
        return Validation(str(folder), "release", checks, tuple(findings))

    try:
        release = open_release(folder)
    except ReleaseError as error:
        return outcome([Finding("manifest", MANIFEST, error.what)], _CHECKS[:1])
    findings = list(check_manifest(release))
    if findings:
        return outcome(findings, _CHECKS[:1])
    findings += check_files(release)
    tables: dict[str, pa.Table] = {}
    version = release.manifest["schema_version"]
    present = {name: spec for name, spec in TABLES.items() if name not in earlier(version).later_tables}
    for name, spec in present.items():
        try:
            content = release.read_as_stored(name)
        except ReleaseError as error:
            where = "" if error.where is None else str(Path(error.where.file).relative_to(folder))
            findings.append(Finding("schema", where, error.what))
            continue
        found = list(_check_schema(content, spec, name, version))
        findings += found
        if not any(finding.row is None for finding in found):
            tables[name] = with_current_columns(content, name)
    findings += check_card(release)
    findings += check_croissant(release)
    findings += check_viewer(release)
    checks: tuple[str, ...] = _CHECKS
    if set(tables) == set(present):  # the rest compares tables with each other
        findings += check_ledger(release, tables)
        findings += check_identities(release, tables)
        findings += check_edits(release, tables)
        if version == SCHEMA_VERSION:  # figures, labels and tasks were others in earlier ones
            findings += check_statements(release, tables)
            findings += check_labels(release, tables)
            if {finding.check for finding in findings} & _OF_PAPERS:
                # what follows from papers that are wrong would be told as wrong row by row
                checks = tuple(check for check in _CHECKS if check != "benchmark")
            else:
                findings += check_benchmark(release, tables)
    return outcome(findings, checks)


def _check_schema(content: pa.Table, spec: Table, where: str, version: str = SCHEMA_VERSION) -> Iterator[Finding]:
    before = earlier(version)
    later = before.columns.get(spec.name, ())
    wanted = arrow_schema(spec)
    names = [name for name in wanted.names if name not in later]
    if content.column_names != names and set(content.column_names) == set(names):
        yield Finding("schema", where, f"the columns are not in their order: {', '.join(names)}")
    for name in set(later) & set(content.column_names):
        yield Finding("schema", where, f"{name}: schema version {version} has no such column")
    found = (content.schema.metadata or {}).get(b"huggingface")
    if version == SCHEMA_VERSION and found != (wanted.metadata or {}).get(b"huggingface"):
        yield Finding("schema", where, "the Hugging Face features in the metadata are not this schema's")
    seen: dict[str, int] = {}
    if later and set(names) <= set(content.column_names):
        content = with_current_columns(content, spec.name)
    for failure in check_table(content.replace_schema_metadata(None), spec.model).failures:
        if failure.column in later or failure.rule in before.rules:
            continue
        seen[failure.rule] = seen.get(failure.rule, 0) + 1
        if seen[failure.rule] <= MOST_PER_RULE:
            yield Finding("schema", where, f"{failure.rule}: found {failure.value!r}", failure.row)
    for rule, count in seen.items():
        if count > MOST_PER_RULE:
            yield Finding("schema", where, f"{rule}: {count - MOST_PER_RULE} more rows")
