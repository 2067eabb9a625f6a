"""What the dataset viewer of the Hugging Face Hub needs of a release, beyond what the other checks ask of it.

The viewer is the project huggingface/dataset-viewer. Its limits are quoted below by the names they have there; where
the Hub runs it with another value than the default, `chart/env/prod.yaml` of that project has it.

Some of what the viewer needs is found by other checks and not reported a second time: that paths stay inside the
release (the manifest's shape), that the card's `configs` name these files and one default, that it counts the rows
(`card`), that hashes and sizes agree (`files`), that labels are codes in range and the first file of each table carries
the schema's features (`schema`).
"""

from __future__ import annotations

import base64
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from importlib import metadata
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import yaml
from datasets import ClassLabel, Features
from datasets.config import DATASETDICT_INFOS_FILENAME, DEFAULT_CDC_OPTIONS
from datasets.naming import INVALID_WINDOWS_CHARACTERS_IN_PATH, _split_re

from curation.release.card import CARD, DEFAULT_CONFIG, published_configs
from curation.release.reader import Release
from curation.release.writer import CHUNKING_MARKS, shard_name
from curation.schemas.tables import SCHEMA_VERSION
from curation.validation.card_metadata import card_values
from curation.validation.findings import Finding

__all__ = ["check_viewer"]

# CONFIG_NAMES_MAX_NUMBER and FIRST_ROWS_COLUMNS_MAX_NUMBER of services/worker/src/worker/config.py
MOST_CONFIGS = 3_000
MOST_COLUMNS = 1_000
# SPLIT_NAMES_MAX_NUMBER of the same file (pull request 2776)
MOST_SPLITS = 30
# MAX_COLUMN_NAME_LENGTH and MAX_NUM_ROWS_PER_PAGE of libs/libcommon/src/libcommon/constants.py
LONGEST_COLUMN_NAME = 500
ROWS_PER_PAGE = 100
# parquetAndInfo.maxRowGroupByteSizeForCopy of prod.yaml, uncompressed; docs/source/parquet.md recommends 100 to 300 MB
MOST_ROW_GROUP_BYTES = 300_000_000
# rowsIndex.maxArrowDataInMemory of prod.yaml
MOST_PAGE_BYTES = 300_000_000
# parquetAndInfo.maxDatasetSizeBytes, duckDBIndex.maxDatasetSizeBytes and descriptiveStatistics.maxParquetSizeBytes of
# prod.yaml, uncompressed
MOST_INDEXED_BYTES = 5_000_000_000
# firstRows.maxBytes of prod.yaml; FIRST_ROWS_MIN_NUMBER and FIRST_ROWS_CELL_MIN_BYTES of the worker's config.py
MOST_PREVIEW_BYTES = 200_000
PREVIEW_ROWS = 10
CUT_CELL_BYTES = 100
_FEATURES = b"huggingface"


def check_viewer(release: Release) -> Iterator[Finding]:
    """Yield what the viewer of the Hub would not show, or not as it is; each message ends with what it would do."""
    configs = published_configs(release.manifest)
    if len(configs) > MOST_CONFIGS:
        yield _finding(CARD, f"{len(configs)} configs, more than {MOST_CONFIGS}: the viewer shows none of them")
    yield from _check_names(configs)
    yield from _check_repository(release)
    footers: dict[str, pq.FileMetaData] = {}
    for name, splits in configs.items():
        found = {path: footer for path in release.files(name) if (footer := _footer(release, path)) is not None}
        footers |= found
        yield from _check_columns(release, name, found)
        for split, part in splits.items():
            yield from _check_split(release, name, split, part, found)
        for path, footer in found.items():
            yield from _check_file(release, path, footer)
    yield from _check_card(release, configs, footers)


def _finding(where: str, message: str) -> Finding:
    return Finding("viewer", where, message)


def _footer(release: Release, path: str) -> pq.FileMetaData | None:
    try:
        return pq.read_metadata(release.folder / path)
    except (OSError, pa.ArrowException):
        return None  # reported where the file is read


def _group_bytes(footer: pq.FileMetaData) -> list[int]:
    return [footer.row_group(group).total_byte_size for group in range(footer.num_row_groups)]


def _check_names(configs: Mapping[str, Mapping[str, list[str]]]) -> Iterator[Finding]:
    folded = Counter(name.casefold() for name in configs)
    for name, splits in configs.items():
        if bad := " ".join(char for char in INVALID_WINDOWS_CHARACTERS_IN_PATH if char in name):
            yield _finding(name, f"a config name must not contain {bad}: the viewer shows no config of the dataset")
        if folded[name.casefold()] > 1:
            yield _finding(name, "another config differs in case only: the viewer lists two that readers take for one")
        if name == "default" != DEFAULT_CONFIG:
            message = f"`default` and {DEFAULT_CONFIG} are both the default: the viewer shows no config of the dataset"
            yield _finding(name, message)
        if len(splits) > MOST_SPLITS:
            yield _finding(name, f"{len(splits)} splits, more than {MOST_SPLITS}: the viewer shows none of the config")
        for split in splits:
            if not re.fullmatch(_split_re, split):
                message = f"a split name must match {_split_re}: the viewer cannot read the card's configs"
                yield _finding(f"{name}/{split}", message)
            if split == "all":
                message = "`all` stands for all splits together in `datasets`: the viewer cannot show it as one"
                yield _finding(f"{name}/{split}", message)


def _check_repository(release: Release) -> Iterator[Finding]:
    for entry in release.manifest["files"]:
        path = entry["path"]
        if path.endswith(".py"):
            message = "Python code, which `datasets` refuses if it is named like the dataset: the viewer shows an error"
            yield _finding(path, f"{message} then, no rows")
        elif path == DATASETDICT_INFOS_FILENAME:
            yield _finding(path, "the viewer takes counts and features from it where the card has none, old ones too")


def _check_columns(release: Release, name: str, footers: Mapping[str, pq.FileMetaData]) -> Iterator[Finding]:
    """Yield limits that a table's columns break, and files whose features are not those of the table's first file."""
    (first, footer), *others = list(footers.items()) or [("", None)]
    if footer is None:
        return
    columns = footer.schema.to_arrow_schema().names
    if len(columns) > MOST_COLUMNS:
        yield _finding(
            name, f"{len(columns)} columns, more than {MOST_COLUMNS}: the viewer shows no rows of the config"
        )
    for column in columns:
        if len(column) > LONGEST_COLUMN_NAME:
            message = f"the name of column {column[:30]}… has more than {LONGEST_COLUMN_NAME} characters"
            yield _finding(name, f"{message}: the viewer shows no rows of the config")
    # the features of a first file of the current schema are compared with it by the check of the schema
    if release.manifest["schema_version"] != SCHEMA_VERSION and (fault := _feature_fault(footer)):
        yield _finding(first, fault)
    for path, other in others:
        if _features(other) != _features(footer):
            message = (
                f"the features are not those of {first}: the viewer reads these rows with the features of that file"
            )
            yield _finding(path, _feature_fault(other) or message)


def _features(footer: pq.FileMetaData) -> bytes | None:
    found: bytes | None = (footer.metadata or {}).get(_FEATURES)
    return found


def _feature_fault(footer: pq.FileMetaData) -> str | None:
    """Say what is wrong with the features of a file, if anything is."""
    try:
        features = Features.from_dict(json.loads(_features(footer) or b"")["info"]["features"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        what = str(error).splitlines()[0] if isinstance(error, ValueError) and _features(footer) else "none are there"
        return f"no features can be read ({what}): the viewer may show the codes of labels, not their names"
    types = {field.name: field.type for field in footer.schema.to_arrow_schema()}
    for column, feature in features.items():
        label = getattr(feature, "feature", feature)
        if not isinstance(label, ClassLabel) or column not in types:
            continue
        if "" in (names := [name.strip() for name in label.names]):
            return f"class {names.index('')} of {column} has no name: the viewer shows an empty label and filter"
        if not pa.types.is_integer(getattr(types[column], "value_type", types[column])):
            return f"{column} has labels but holds {types[column]}, not integer codes: the viewer cannot cast its rows"
    return None


def _check_split(
    release: Release, name: str, split: str, paths: list[str], footers: Mapping[str, pq.FileMetaData]
) -> Iterator[Finding]:
    wanted = [f"{name}/{shard_name(split, number, len(paths))}" for number in range(len(paths))]
    for path, right in zip(paths, wanted, strict=True):
        if path != right:
            message = f"the shard should be called {right}: the viewer orders a split's files by name, not as listed"
            yield _finding(path, message)
    size = sum(sum(_group_bytes(footers[path])) for path in paths if path in footers)
    if size > MOST_INDEXED_BYTES:
        message = f"{size:,} bytes uncompressed: the viewer searches, filters and counts the first"
        yield _finding(f"{name}/{split}", f"{message} {MOST_INDEXED_BYTES:,} only")
    if paths[0] in footers:
        yield from _check_preview(release, f"{name}/{split}", paths[0])


def _check_preview(release: Release, where: str, path: str) -> Iterator[Finding]:
    try:
        with pq.ParquetFile(release.folder / path) as file:
            batches = file.iter_batches(batch_size=PREVIEW_ROWS)
            rows: list[Any] = next((batch.to_pylist() for batch in batches), [])
    except (OSError, ValueError, pa.ArrowException):
        return  # reported where the file is read
    answer = [{"row_idx": number, "row": row, "truncated_cells": []} for number, row in enumerate(rows)]
    size = len(json.dumps(answer, ensure_ascii=False, separators=(",", ":"), default=_base64).encode())
    if size >= MOST_PREVIEW_BYTES:
        message = f"the first {len(rows)} rows are {size:,} bytes of JSON, {MOST_PREVIEW_BYTES:,} or more"
        yield _finding(where, f"{message}: the viewer's preview cuts their cells to {CUT_CELL_BYTES} bytes")


def _base64(value: Any) -> str:
    """Spell bytes as the viewer shows them (`orjson_default` in libcommon/utils.py), anything else as text."""
    return base64.b64encode(value).decode("ascii") if isinstance(value, bytes) else str(value)


def _check_file(release: Release, path: str, footer: pq.FileMetaData) -> Iterator[Finding]:
    groups = [footer.row_group(number) for number in range(footer.num_row_groups)]
    chunks = [group.column(number) for group in groups if group.num_rows for number in range(group.num_columns)]
    biggest = max(_group_bytes(footer), default=0)
    if biggest > MOST_ROW_GROUP_BYTES:
        message = f"a row group of {biggest:,} bytes uncompressed, more than {MOST_ROW_GROUP_BYTES:,}"
        yield _finding(path, f"{message}: the viewer shows a copy of the first {MOST_INDEXED_BYTES:,} bytes only")
    # the column index is not asked for: the viewer skips it (libviewer), and Parquet has none where a text is long
    if bare := {chunk.path_in_schema for chunk in chunks if not chunk.has_offset_index}:
        message = f"no page index for {', '.join(sorted(bare))}"
        yield _finding(path, f"{message}: the viewer loads whole row groups to show a page of rows")
    longest = max((chunk.total_uncompressed_size for chunk in chunks), default=0)
    # a smaller column chunk may be one page with or without chunking: nothing can be told of it
    if longest > DEFAULT_CDC_OPTIONS["max_chunk_size"] and not {mark.encode() for mark in CHUNKING_MARKS} & set(
        footer.metadata or {}
    ):
        message = f"a column chunk of {longest:,} bytes and no mark of content-defined chunking in the footer"
        yield _finding(path, f"{message}: the viewer does not count the file as optimized Parquet")
    yield from _check_cells(release, path, footer)


def _check_cells(release: Release, path: str, footer: pq.FileMetaData) -> Iterator[Finding]:
    """Yield texts and bytes so long that a page of such rows cannot be read."""
    most = MOST_PAGE_BYTES // ROWS_PER_PAGE
    suspects = [number for number, size in enumerate(_group_bytes(footer)) if size > most]
    if not suspects:
        return
    try:
        with pq.ParquetFile(release.folder / path) as file:
            for column in [field.name for field in file.schema_arrow if _has_bytes(field.type)]:
                parts = [pc.binary_length(file.read_row_group(number, [column])[column]) for number in suspects]
                longest = max(pc.max(part).as_py() or 0 for part in parts)
                if longest > most:
                    message = f"a cell of {column} has {longest:,} bytes, more than {most:,}: the viewer shows an error"
                    yield _finding(path, f"{message} instead of a page of such rows")
    except (OSError, pa.ArrowException):
        return  # reported where the file is read


def _has_bytes(kind: pa.DataType) -> bool:
    tests = (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary, pa.types.is_large_binary)
    return any(test(kind) for test in tests)


def _check_card(
    release: Release, configs: Mapping[str, Mapping[str, list[str]]], footers: Mapping[str, pq.FileMetaData]
) -> Iterator[Finding]:
    try:
        data = card_values(release.folder / CARD)
    except (OSError, ValueError, yaml.YAMLError):
        return  # reported by the check of the card
    for key in ("configs", "dataset_info"):
        listed = data.get(key) if isinstance(data.get(key), list) else []
        names = Counter(entry.get("config_name") for entry in listed or [])
        for name, count in names.items():
            if count > 1:
                yield _finding(CARD, f"`{key}` has {count} entries for {name}: the viewer reads the last one only")
    infos = data.get("dataset_info") or []
    stated = {info.get("config_name"): info for info in (infos if isinstance(infos, list) else [infos])}
    for name, splits in configs.items():
        paths = [path for part in splits.values() for path in part]
        if name in stated and set(paths) <= set(footers):
            yield from _check_sizes(release, name, splits, stated[name], footers)


def _check_sizes(
    release: Release,
    name: str,
    splits: Mapping[str, list[str]],
    info: Mapping[str, Any],
    footers: Mapping[str, pq.FileMetaData],
) -> Iterator[Finding]:
    right = {split: sum(sum(_group_bytes(footers[path])) for path in paths) for split, paths in splits.items()}
    parts = release.manifest["tables"][name]
    by_manifest = all(parts[split]["uncompressed_bytes"] == size for split, size in right.items())
    built = release.manifest["generator"]["version"], release.manifest["schema_version"]
    if by_manifest and built == (metadata.version("paper-abstracts"), SCHEMA_VERSION):
        return  # the card's text is compared with the one that follows from the manifest
    wanted = {f"num_bytes of {split}": size for split, size in right.items()}
    wanted["dataset_size"] = sum(right.values())
    wanted["download_size"] = sum((release.folder / path).stat().st_size for paths in splits.values() for path in paths)
    found = {f"num_bytes of {split['name']}": split.get("num_bytes") for split in info.get("splits", [])}
    found |= {key: info.get(key) for key in ("dataset_size", "download_size")}
    for key, size in wanted.items():
        if found.get(key) != size:
            message = f"config {name}: {key} is {found.get(key)}, the Parquet files say {size}"
            yield _finding(CARD, f"{message}: the viewer shows the size of the files, not the card's")
