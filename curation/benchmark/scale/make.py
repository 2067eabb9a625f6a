"""Making the tasks of a large source, from its file to the folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from curation.benchmark.data import TaskData
from curation.benchmark.scale.lowest import Lowest
from curation.errors import InputFileError, Location

__all__ = ["make_tasks"]

# Records after which somebody who waits is told.
_TELL_AFTER: Final = 10_000


def make_tasks(
    source: Path,
    out: Path,
    *,
    pairs: int = 2000,
    queries: int = 1000,
    seed: int = 0,
    progress: Callable[[str, int], None] = lambda step, done: None,
) -> dict[str, TaskData]:
    """Make the tasks `near-duplicate` and `math-repair` of a file of arXiv metadata and write them to a folder.

    The file is read once; of its records those are held whose hashes are lowest, at most `pairs` and three times
    `queries`. The order of its lines does not matter.

    Args:
        source: JSON lines, plain or gzip, with `id`, `abstract` (LaTeX) and `categories`. A line that is not so is
            left out and counted.
        out: The folder; one that was made before is replaced.
        pairs: Pairs of `near-duplicate`; 0 leaves the task out.
        queries: Queries of `math-repair`; 0 leaves the task out.
        seed: Another seed takes other records and changes them in other ways.
        progress: Called with a step and how many records, pairs or queries it has done.

    Returns:
        The data by name of the task. A task for which the file has nothing is not there.

    Raises:
        ValueError: A number is negative, or both are 0.
        InputFileError: The file cannot be read, is empty or not of its format, or gives none of the tasks.
        OutputError: `out` cannot be written, or holds something else.
    """
    from curation.benchmark.scale.folder import require_free, write_task_folder
    from curation.benchmark.scale.math_repair import RECORDS_PER_QUERY, has_damaged_sentence, make_math_repair
    from curation.benchmark.scale.near_duplicates import LEAST_WORDS, make_pairs
    from curation.benchmark.scale.records import RecordFile
    from curation.release.folder import file_sha256

    if min(pairs, queries) < 0 or not pairs + queries:
        raise ValueError(f"{pairs} pairs and {queries} queries")
    require_free(out)
    file = RecordFile(source)
    near = Lowest(pairs, seed, lambda record: True)
    math = Lowest(queries * RECORDS_PER_QUERY, seed, has_damaged_sentence)
    short = plain = 0
    for record in file.records():
        if len(record.abstract.split()) < LEAST_WORDS:
            short += 1
        elif pairs:
            near.offer(record)
        if record.abstract.count("$") < 2:
            plain += 1
        elif queries:
            math.offer(record)
        if file.read % _TELL_AFTER == 0:
            progress("read", file.read)

    made: dict[str, TaskData] = {}
    taken: dict[str, dict[str, Any]] = {}
    found = make_pairs(near.records(), pairs, seed=seed, progress=lambda done: progress("pairs", done))
    if 0 < sum(found.labels) < len(found):  # a ranking needs both
        made["near-duplicate"] = found
        taken["near-duplicate"] = _taken(near, {f"fewer than {LEAST_WORDS} words": short})
    repair = make_math_repair(math.records(), queries, seed=seed, progress=lambda done: progress("queries", done))
    if len(repair.queries):
        made["math-repair"] = repair
        taken["math-repair"] = _taken(math, {"nothing between dollars": plain})
    if not made:
        raise InputFileError(
            "the file gives no task",
            where=Location(source),
            expected=f"abstracts of {LEAST_WORDS} words and more, or such with LaTeX math",
            hint="take a larger file, or ask for more pairs",
        )
    records = {
        "read": file.read,
        "usable": file.read - file.left_out.total(),
        "left_out": dict(sorted(file.left_out.items())),
    }
    about = {"source": {"file": source.name, "sha256": file_sha256(source)}, "seed": seed, "records": records}
    write_task_folder(out, made, about, taken)
    return made


def _taken(lowest: Lowest, left_out: dict[str, int]) -> dict[str, Any]:
    return {"records": len(lowest.records()), "further_with_the_same_id": lowest.copies, "left_out": left_out}
