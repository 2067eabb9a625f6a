"""Running one stage on Parquet files, for people who script the flow step by step."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from curation.atomic import write_whole
from curation.engines import LocalEngine
from curation.errors import InputFileError, Location
from curation.release.writer import write_parquet
from curation.schemas.derive import plain_schema
from curation.stage import Stage, StageCount, StageResult, run_checked

__all__ = ["read_rows", "run_stage_file", "stage_command", "write_rows"]


def read_rows(path: Path, stage: Stage) -> pa.Table:
    """Read the rows a stage takes.

    Args:
        path: A Parquet file; columns that the stage does not take are left out.
        stage: The stage.

    Raises:
        InputFileError: It is no Parquet file, or lacks a column, or has one of a type that does not fit.
    """
    try:
        table = pq.read_table(path, partitioning=None)
    except FileNotFoundError as error:
        raise InputFileError("there is no such file", where=Location(path), hint="check the path") from error
    except (OSError, pa.ArrowException) as error:
        raise InputFileError(
            f"this is no Parquet file that can be read ({str(error).splitlines()[0]})", where=Location(path)
        ) from error
    wanted = plain_schema(stage.input_model)
    missing = [name for name in wanted.names if name not in table.column_names]
    if missing:
        raise InputFileError(
            f"the file lacks {', '.join(missing)}",
            where=Location(path),
            expected=f"the columns {', '.join(wanted.names)}",
            hint=f"give the output of the stage before {stage.name}",
        )
    try:
        return table.select(wanted.names).replace_schema_metadata(None).cast(wanted)
    except (pa.ArrowException, ValueError) as error:
        raise InputFileError(
            f"a column has a type that does not fit ({str(error).splitlines()[0]})", where=Location(path)
        ) from error


def write_rows(table: pa.Table, path: Path) -> None:
    """Write rows to a Parquet file, whole or not at all.

    Raises:
        OutputError: It cannot be written.
    """
    write_whole(path, lambda partial: write_parquet(table, partial))


def run_stage_file(
    stage: Stage, source: Path, out: Path, *, removed: Path | None = None, log: Path | None = None
) -> StageResult:
    """Run a stage on a Parquet file.

    Args:
        stage: The stage.
        source: Its input.
        out: Where the kept rows go.
        removed: Where the removed rows go, if anywhere.
        log: Where the stage's log goes, if anywhere.

    Raises:
        InputFileError: The input does not fit the stage.
        OutputError: A file cannot be written.
    """
    result = run_checked(stage, read_rows(source, stage), LocalEngine())
    write_rows(result.kept, out)
    if removed is not None:
        write_rows(result.removed, removed)
    if log is not None and result.log is not None:
        write_rows(result.log, log)
    return result


def stage_command(
    stage: Stage, arguments: Sequence[str] | None = None, *, parents: Sequence[argparse.ArgumentParser] = ()
) -> None:
    """Run a stage from the command line: `IN.parquet OUT.parquet [--removed FILE]`, and `--log FILE` if it keeps one.

    Args:
        stage: The stage.
        arguments: The command line; the process's own when missing.
        parents: Parsers of options that whoever made the stage has read already; they are shown and allowed.
    """
    description = f"Run the stage {stage.name} on a Parquet file."
    parser = argparse.ArgumentParser(description=description, parents=list(parents))
    parser.add_argument("source", metavar="IN.parquet", type=Path)
    parser.add_argument("out", metavar="OUT.parquet", type=Path)
    parser.add_argument("--removed", metavar="FILE", type=Path, help="write the rows that left to this file")
    if stage.log_model is not None:
        parser.add_argument("--log", metavar="FILE", type=Path, help="write what was done to the rows that stay")
    options = parser.parse_args(arguments)
    log = getattr(options, "log", None)
    result = run_stage_file(stage, options.source, options.out, removed=options.removed, log=log)
    rows_in = result.kept.num_rows + result.removed.num_rows
    count = StageCount.of(stage.name, rows_in, result.kept.num_rows, result.removed)
    print(f"{count.stage}: {count.rows_in} in, {count.kept} kept, {count.merged} merged, {count.rejected} rejected")
