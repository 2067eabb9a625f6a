"""`croissant.json` against the release, and against what Croissant 1.1 requires and its readers do not check."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from importlib import metadata
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from curation.recipe import Recipe
from curation.release.croissant import CONFORMS_TO, CROISSANT, croissant
from curation.release.reader import Release
from curation.schemas.croissant import SPLIT_FIELD, Node
from curation.schemas.stages import SPLITS
from curation.schemas.tables import SCHEMA_VERSION
from curation.validation.findings import Finding

__all__ = ["check_croissant"]

# The table "Required" of the specification's dataset-level information, and `distribution`, which it makes required.
_REQUIRED = (
    "@context",
    "@type",
    "name",
    "description",
    "conformsTo",
    "url",
    "license",
    "creator",
    "datePublished",
    "distribution",
)
_SHOWN = 80


def check_croissant(release: Release) -> Iterator[Finding]:
    """Yield what `croissant.json` lacks or says that the release does not: properties, ids, files, tables, columns.

    The whole document is compared with the one derived again, where this is the version of the package that derived it.
    A release whose manifest does not list the file was built before there was one.
    """
    if CROISSANT not in {entry["path"] for entry in release.manifest["files"]}:
        return
    try:
        text = (release.folder / CROISSANT).read_text(encoding="utf-8")
        document = json.loads(text)
    except (OSError, ValueError, RecursionError) as error:
        yield _finding(f"the file cannot be read as JSON ({type(error).__name__})")
        return
    if not isinstance(document, dict):
        yield _finding(f"a JSON object is expected, not {type(document).__name__}")
        return
    messages = [*_properties(release, document), *_ids(document), *_files(release, document)]
    messages += _record_sets(release, document)
    yield from map(_finding, messages)
    generator = release.manifest["generator"]["version"], release.manifest["schema_version"]
    if not messages and generator == (metadata.version("paper-abstracts"), SCHEMA_VERSION):
        yield from map(_finding, _derived(release, document))


def _finding(message: str) -> Finding:
    return Finding("croissant", CROISSANT, message)


def _properties(release: Release, document: Node) -> Iterator[str]:
    date = release.manifest["date"]
    for name in _REQUIRED:
        if not document.get(name) and (name != "datePublished" or date):
            yield f"{name} is missing, which Croissant requires"
    if document.get("@type") not in (None, "sc:Dataset"):
        yield f"@type is {_shown(document['@type'])}, not 'sc:Dataset'"
    declared = _listed(document.get("conformsTo"))
    for wanted in CONFORMS_TO:
        if declared and wanted not in declared:
            yield f"conformsTo lacks {wanted}"
    for name, wanted in (("version", release.manifest["version"]), ("datePublished", date)):
        found = document.get(name)
        if found != wanted and (found or name not in _REQUIRED):
            yield f"{name} is {_shown(found)}, the manifest says {wanted!r}"


def _ids(document: Node) -> Iterator[str]:
    for name, count in Counter(_defined(document)).items():
        if count > 1:
            yield f"the id {name!r} is given {count} times"


def _defined(value: Any) -> Iterator[str]:
    """Yield the id of every node that is more than a reference."""
    if isinstance(value, list):
        for one in value:
            yield from _defined(one)
    elif isinstance(value, dict):
        if isinstance(value.get("@id"), str) and len(value) > 1:
            yield value["@id"]
        for key, inner in value.items():
            if key not in ("@context", "data"):  # neither holds nodes
                yield from _defined(inner)


def _files(release: Release, document: Node) -> Iterator[str]:
    wanted = {entry["path"]: entry for entry in release.manifest["files"] if entry["path"].endswith(".parquet")}
    described: dict[str, Node] = {}
    for node in _nodes(document.get("distribution"), "cr:FileObject"):
        path = node.get("contentUrl")
        if not isinstance(path, str) or path not in wanted:
            yield f"the distribution has the file {_shown(path)}, which is none of the release's Parquet files"
            continue
        described[path] = node
        if node.get("sha256") != wanted[path]["sha256"]:
            yield f"{path}: the sha256 is {_shown(node.get('sha256'))}, the manifest says {wanted[path]['sha256']!r}"
        if node.get("contentSize") != f"{wanted[path]['bytes']} B":
            yield f"{path}: the size is {_shown(node.get('contentSize'))}, the manifest says {wanted[path]['bytes']} B"
        if not node.get("encodingFormat"):
            yield f"{path}: encodingFormat is missing"
    for path in wanted:
        if path not in described:
            yield f"the distribution lacks the file {path}"


def _record_sets(release: Release, document: Node) -> Iterator[str]:
    found = {str(node.get("@id")): node for node in _nodes(document.get("recordSet"), "cr:RecordSet")}
    ids = set(_defined(document))
    sets = {str(node.get("@id")): node for node in _nodes(document.get("distribution"), "cr:FileSet")}
    for name in release.manifest["tables"]:
        if name not in found:
            yield f"table {name} has no record set"
    for name, node in found.items():
        fields = _nodes(node.get("field"), "cr:Field")
        known = {str(field.get("@id")) for field in fields}
        for key in _nodes(node.get("key")):
            if str(key.get("@id")) not in known:
                yield f"{name}: the key {_shown(key.get('@id'))} is no field"
        if not node.get("key"):
            yield f"{name}: the record set has no key"
        if name in release.manifest["tables"]:
            yield from _table(release, name, fields, sets, ids)
        elif not node.get("data"):
            yield f"the record set {name} is no table and has no data of its own"


def _table(release: Release, name: str, fields: list[Node], sets: Mapping[str, Node], ids: set[str]) -> Iterator[str]:
    columns = _columns(release, name)
    wanted = {f"{name}/{column}" for column in columns}
    split = {f"{name}/{SPLIT_FIELD}"} if tuple(release.manifest["tables"][name]) == SPLITS else set()
    found = {str(field.get("@id")) for field in fields}
    if columns:
        yield from (
            f"{name}: the column {missing.partition('/')[2]} has no field" for missing in sorted(wanted - found)
        )
        yield from (f"{name}: the field {more!r} is no column" for more in sorted(found - wanted - split))
    yield from (f"{name}: the split has no field" for _ in split - found)
    for field in _leaves(fields):
        where = str(field.get("@id"))
        source = _node(field.get("source"))
        origin = str(_node(source.get("fileSet")).get("@id"))
        column = _node(source.get("extract")).get("column")
        if not field.get("dataType"):
            yield f"{where}: dataType is missing"
        if origin not in sets:
            yield f"{where}: the source {origin!r} is no file set"
        elif not _holds(release, name, sets[origin]):
            yield f"{where}: the file set {origin!r} does not have the files of table {name}"
        if where not in split and columns and column not in columns:
            yield f"{where}: the source's column {_shown(column)} is not in the files"
        elif where not in split and column and where.split("/")[:2] != [name, column]:
            yield f"{where}: the source is another column, {column}"
        target = _node(_node(field.get("references")).get("field")).get("@id")
        if "references" in field and str(target) not in ids:
            yield f"{where}: the reference {_shown(target)} leads nowhere"


def _columns(release: Release, table: str) -> list[str]:
    """Return the columns of a table's files; none where they cannot be read, which is reported elsewhere."""
    try:
        return list(pq.read_schema(release.folder / release.files(table)[0]).names)
    except (OSError, pa.ArrowException):
        return []


def _holds(release: Release, table: str, file_set: Node) -> bool:
    """Tell whether the patterns of a file set choose the files of a table and no others."""
    patterns = [pattern for pattern in _listed(file_set.get("includes")) if isinstance(pattern, str)]
    paths = [entry["path"] for entry in release.manifest["files"]]
    return {path for path in paths for pattern in patterns if fnmatchcase(path, pattern)} == set(release.files(table))


def _leaves(fields: list[Node]) -> Iterator[Node]:
    for field in fields:
        parts = _nodes(field.get("subField"), "cr:Field")
        yield from _leaves(parts) if parts else [field]


def _derived(release: Release, document: Node) -> Iterator[str]:
    try:
        wanted = croissant(release.manifest, Recipe.model_validate(release.manifest["recipe"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        yield f"the manifest does not give a {CROISSANT}: {type(error).__name__}: {error}"
        return
    difference = next(_differences(document, json.loads(json.dumps(wanted)), ""), None)
    if difference:
        yield difference


def _differences(found: Any, wanted: Any, where: str) -> Iterator[str]:
    if isinstance(found, dict) and isinstance(wanted, dict):
        for key in sorted(set(found) | set(wanted)):
            yield from _differences(found.get(key), wanted.get(key), f"{where}.{key}" if where else key)
    elif isinstance(found, list) and isinstance(wanted, list) and len(found) == len(wanted):
        for number, pair in enumerate(zip(found, wanted, strict=True)):
            yield from _differences(*pair, f"{where}[{number}]")
    elif found != wanted or type(found) is not type(wanted):
        yield f"{where} is {_shown(found)}, the release says {_shown(wanted)}"


def _listed(value: Any) -> list[Any]:
    """Return the values of a property, which JSON-LD lets stand alone if there is one."""
    return value if isinstance(value, list) else [] if value is None else [value]


def _nodes(value: Any, kind: str | None = None) -> list[Node]:
    return [one for one in _listed(value) if isinstance(one, dict) and kind in (None, one.get("@type"))]


def _node(value: Any) -> Node:
    return value if isinstance(value, dict) else {}


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
