"""The Parquet files of a task of a folder."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from curation.benchmark.data import PairData, Queries, RetrievalData, TaskData, Texts
from curation.benchmark.task import TaskType
from curation.errors import InputFileError, Location

__all__ = ["COLUMNS", "read_data", "write_data"]

_TEXT: Final = pa.string()
COLUMNS: Final = MappingProxyType(
    {
        "pairs": pa.schema(
            [
                *((name, _TEXT) for name in ("pair_id", "paper_id", "sentence1", "sentence2")),
                ("label", pa.int64()),
                ("similarity", pa.float64()),
            ]
        ),
        "queries": pa.schema([(name, _TEXT) for name in ("query_id", "paper_id", "text")]),
        "corpus": pa.schema([(name, _TEXT) for name in ("document_id", "text")]),
        "qrels": pa.schema([("query_id", _TEXT), ("document_id", _TEXT), ("relevance", pa.int64())]),
    }
)
"""The files of tasks by name, and their columns. Those of pairs have the names of MTEB."""


def write_data(data: TaskData, folder: Path) -> None:
    """Write the data of a task to a new folder; the same data give the same bytes.

    Args:
        data: Pairs, or queries with their corpus.
        folder: The folder.
    """
    folder.mkdir()
    for name, columns in _columns(data).items():
        table = pa.table([list(column) for column in columns], schema=COLUMNS[name])
        pq.write_table(table, folder / f"{name}.parquet", compression="zstd", version="2.6", write_page_index=True)


def _columns(data: TaskData) -> dict[str, list[Any]]:
    if isinstance(data, PairData):
        return {"pairs": [data.ids, data.groups, data.left, data.right, data.labels, data.similarities]}
    assert isinstance(data, RetrievalData)
    judged = [(query, *one) for query, found in sorted(data.qrels.items()) for one in sorted(found.items())]
    return {
        "queries": [data.queries.ids, data.queries.groups, data.queries.texts],
        "corpus": [data.corpus.ids, data.corpus.texts],
        "qrels": list(zip(*judged, strict=True)) or [(), (), ()],
    }


def read_data(type_: TaskType, folder: Path) -> TaskData:
    """Read the data of a task.

    Args:
        type_: Of the task: pairs or retrieval.
        folder: Where its files are.

    Raises:
        InputFileError: A file is missing, is no whole Parquet file, or has other columns.
    """
    if type_ is TaskType.pair_classification:
        ids, groups, left, right, labels, similarities = _read("pairs", folder)
        return PairData(ids, left, right, labels, similarities, groups)
    query_ids, groups, texts = _read("queries", folder)
    qrels: dict[str, dict[str, int]] = defaultdict(dict)
    for query, document, relevance in zip(*_read("qrels", folder), strict=True):
        qrels[query][document] = relevance
    return RetrievalData(Queries(query_ids, texts, groups), Texts(*_read("corpus", folder)), dict(qrels))


def _read(name: str, folder: Path) -> list[tuple[Any, ...]]:
    path = folder / f"{name}.parquet"
    hint = "fetch the folder again, or make the tasks again"
    try:
        table = pq.read_table(path, partitioning=None)
        columns = [tuple(column.to_pylist()) for column in table.columns]
    except FileNotFoundError as error:
        raise InputFileError("the file is missing", where=Location(path), hint=hint) from error
    except (OSError, pa.ArrowException, UnicodeDecodeError) as error:
        raise InputFileError("the file is no whole Parquet file", where=Location(path), hint=hint) from error
    if not table.schema.equals(COLUMNS[name]):
        raise InputFileError(
            f"the file has other columns: {', '.join(table.column_names)}",
            where=Location(path),
            expected=", ".join(f"{field.name} ({field.type})" for field in COLUMNS[name]),
            hint=hint,
        )
    return columns
