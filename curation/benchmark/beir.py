"""Retrieval tasks in the files of BEIR, which many retrieval tools read.

Layout of Thakur et al., "BEIR: A Heterogeneous Benchmark for Zero-shot Evaluation of IR Models" (2021).
"""

from __future__ import annotations

import csv
import json
import os
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from curation.benchmark.data import RetrievalData
from curation.benchmark.read import open_benchmark
from curation.benchmark.task import pick_tasks
from curation.errors import Location, OutputError

__all__ = ["export_beir"]

_FILES = ("corpus.jsonl", "queries.jsonl", "qrels")


def export_beir(target: str | Path, out: Path, tasks: Sequence[str] = ()) -> dict[str, dict[str, int]]:
    """Write `corpus.jsonl`, `queries.jsonl` and `qrels/test.tsv` of each task into a folder of its name.

    A title of a document is part of its text, as models get it. Tools that leave a document with the query's own id out
    of its ranking have to be told to for tasks with `skip_identical` (BEIR's evaluator does so unasked).

    Args:
        target: A release or a folder of tasks.
        out: Where to; a task's folder of an earlier export is replaced.
        tasks: Names of retrieval tasks, each possibly several with commas between; all of them without any.

    Returns:
        Counts by task: `documents`, `queries`, `judgments`.

    Raises:
        ReleaseError: The target is neither.
        LookupFailedError: A task does not exist here, or is not one of retrieval.
        OutputError: The place cannot be written, or holds something else.
    """
    found = open_benchmark(target).tasks
    retrieval = {name: data for name, data in found.items() if isinstance(data, RetrievalData)}
    wanted = pick_tasks([part for names in tasks for part in names.split(",") if part], retrieval)
    written = {}
    for task in wanted:
        data = retrieval[task.name]
        _write(data, out / task.name)
        judgments = sum(map(len, data.qrels.values()))
        written[task.name] = {"documents": len(data.corpus), "queries": len(data.queries), "judgments": judgments}
    return written


def _write(data: RetrievalData, folder: Path) -> None:
    partial = folder.parent / f".{folder.name}.{os.getpid()}.partial"
    try:
        if folder.is_symlink() or (folder.is_dir() and not _is_export(folder)):
            raise OutputError(
                "this folder holds something else",
                where=Location(folder),
                expected="a folder that does not exist, or an earlier export",
                hint="choose another --out",
            )
        (partial / "qrels").mkdir(parents=True)
        documents = zip(data.corpus.ids, data.corpus.texts, strict=True)
        _lines(partial / _FILES[0], ({"_id": name, "title": "", "text": text} for name, text in documents))
        queries = zip(data.queries.ids, data.queries.texts, strict=True)
        _lines(partial / _FILES[1], ({"_id": name, "text": text} for name, text in queries))
        with (partial / "qrels" / "test.tsv").open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file, delimiter="\t", lineterminator="\n")
            rows.writerow(["query-id", "corpus-id", "score"])
            rows.writerows((query, one, grade) for query, all_of in data.qrels.items() for one, grade in all_of.items())
        if folder.is_dir():
            shutil.rmtree(folder)
        partial.rename(folder)
    except OSError as error:
        raise OutputError(
            f"the folder cannot be written ({error.strerror})", where=Location(folder), hint="choose another --out"
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _is_export(folder: Path) -> bool:
    """Whether a folder holds nothing but the files that are written here."""
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*")}
    return found <= {*_FILES, f"{_FILES[2]}/test.tsv"}


def _lines(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
