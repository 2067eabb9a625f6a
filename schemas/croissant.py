"""Record sets of Croissant, derived from the models: one per table, one for the splits, one per list of class names.

Terms and shapes are those of the Croissant format specification 1.1 (http://mlcommons.org/croissant/1.1), chapters
"RecordSets", "Categorical Data", "Splits" and "Label Data".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from curation.schemas.columns import CLASS_NAMES
from curation.schemas.derive import plain_schema
from curation.schemas.stages import DAMAGE_LEVELS, SPLITS
from curation.schemas.tables import TABLES, Table
from curation.schemas.taxonomy import TOPIC_IDS

__all__ = ["SPLIT_FIELD", "Node", "file_set_id", "record_sets"]

Node = dict[str, Any]

# A paper's split is no column: the field that tells it is read from the path of the file.
SPLIT_FIELD = "split"

# The atomic types of the specification's table. It has none for bytes; as text they are read unchanged.
_DATA_TYPES = {
    pa.string(): "sc:Text",
    pa.binary(): "sc:Text",
    pa.int64(): "sc:Integer",
    pa.float64(): "sc:Float",
    pa.bool_(): "sc:Boolean",
}

# Individuals of the Croissant vocabulary, as in the example of the chapter "Splits".
_SPLIT_URLS = {"train": "cr:TrainingSplit", "validation": "cr:ValidationSplit", "test": "cr:TestSplit"}

# What the record set is called that spells out a list of class names.
_ENUMERATIONS = {tuple(TOPIC_IDS): "topic", tuple(DAMAGE_LEVELS): "math_damage_level"}


def file_set_id(table: str) -> str:
    """Return the id of the set of a table's Parquet files."""
    return f"{table}-files"


def record_sets() -> list[Node]:
    """Return every record set: the splits, the names behind codes, the tables in their order."""
    return [_splits(), *_enumerations(), *(_record_set(table) for table in TABLES.values())]


def _record_set(table: Table) -> Node:
    fields = [_split_field(table)] if table.splits == SPLITS else []
    return {
        "@type": "cr:RecordSet",
        "@id": table.name,
        "name": table.name,
        "description": table.row,
        "key": [_reference(f"{table.name}/{key}") for key in table.sort_key],
        "field": fields + [_column_field(table, name) for name in table.columns],
    }


def _column_field(table: Table, name: str) -> Node:
    column = table.model.to_schema().columns[name]
    labels = CLASS_NAMES in (column.metadata or {})
    return _field(table, (name,), plain_schema(table.model).field(name).type, column.description or "", labels=labels)


def _field(table: Table, path: tuple[str, ...], arrow: pa.DataType, description: str = "", *, labels: bool) -> Node:
    """Return the field of a column or of a part of its structs.

    The codes of class names have no `references` to the record set of the names: mlcroissant 1.1.1 makes that a join,
    after which it cannot select a split and reads the records only once.

    Args:
        table: Its table.
        path: The column, then the part of each struct.
        arrow: Its type.
        description: What it means.
        labels: Whether its values are codes of class names.
    """
    node: Node = {"@type": "cr:Field", "@id": "/".join((table.name, *path)), "name": path[-1]}
    if description:
        node["description"] = description
    if pa.types.is_list(arrow):
        arrow = arrow.value_type
        node["isArray"] = True
    if pa.types.is_struct(arrow):
        return {**node, "subField": [_field(table, (*path, part.name), part.type, labels=False) for part in arrow]}
    source: Node = {"fileSet": _reference(file_set_id(table.name)), "extract": {"column": path[0]}}
    if len(path) > 1:
        source["transform"] = {"jsonPath": ".".join(path[1:])}
    data_type = _DATA_TYPES[arrow]
    return {**node, "dataType": [data_type, "cr:Label"] if labels else data_type, "source": source}


def _split_field(table: Table) -> Node:
    return {
        "@type": "cr:Field",
        "@id": f"{table.name}/{SPLIT_FIELD}",
        "name": SPLIT_FIELD,
        "description": "The split, from the path of the file.",
        "dataType": "sc:Text",
        "source": {
            "fileSet": _reference(file_set_id(table.name)),
            "extract": {"fileProperty": "fullpath"},
            # the bare name matches too: mlcroissant applies the expression again to what it gave
            "transform": {"regex": rf"^(?:{table.name}/)?({'|'.join(table.splits)})(?:-.+\.parquet)?$"},
        },
        "references": {"field": _reference(f"{SPLIT_FIELD}/name")},
    }


def _splits() -> Node:
    rows = [{"name": split, "url": _SPLIT_URLS[split]} for split in SPLITS]
    types = {"name": "sc:Text", "url": ["sc:URL", "cr:Split"]}
    return _inline(SPLIT_FIELD, "The splits of `papers`.", "cr:Split", types, rows)


def _enumerations() -> Iterator[Node]:
    columns: dict[tuple[str, ...], list[str]] = {}
    for table in TABLES.values():
        declared = table.model.to_schema().columns
        for name in table.columns:
            if names := (declared[name].metadata or {}).get(CLASS_NAMES):
                columns.setdefault(tuple(names), []).append(f"`{table.name}/{name}`")
    for names, fields in columns.items():
        rows = [{"code": code, "name": name} for code, name in enumerate(names)]
        types = {"code": "sc:Integer", "name": "sc:Text"}
        what = f"The names behind the codes of {', '.join(fields)}."
        yield _inline(_ENUMERATIONS[names], what, "sc:Enumeration", types, rows)


def _inline(name: str, description: str, kind: str, types: dict[str, Any], rows: list[Node]) -> Node:
    """Return a record set that holds its rows itself; the first column is the key."""
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": description,
        "dataType": kind,
        "key": _reference(f"{name}/{next(iter(types))}"),
        "field": [
            {"@type": "cr:Field", "@id": f"{name}/{part}", "name": part, "dataType": data_type}
            for part, data_type in types.items()
        ],
        "data": [{f"{name}/{part}": value for part, value in row.items()} for row in rows],
    }


def _reference(name: str) -> Node:
    return {"@id": name}
