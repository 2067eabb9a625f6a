"""Scoring models on the tasks of a release; what is done is kept, and a second run goes on from there."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

from curation.benchmark.data import LabelledData, PairData, TaskData, data_sha256, sizes
from curation.benchmark.evaluate import SEED, can_do, evaluate
from curation.benchmark.evidence import interval_of
from curation.benchmark.models.base import Model, described
from curation.benchmark.models.external import open_model
from curation.benchmark.read import LEAST_TEST, LEAST_TRAIN, BenchmarkData
from curation.benchmark.results import Result, read_result, result_path, write_result
from curation.benchmark.task import Task, pick_tasks
from curation.errors import BenchmarkError, Location, OutputError

__all__ = ["Done", "run_benchmark", "score", "texts_of"]

# What scores are made with, whatever the model.
PACKAGES: Final = ("paper-abstracts", "numpy", "scipy", "scikit-learn", "ir-measures", "pytrec-eval-terrier")

Progress = Callable[[str, str, int], None]
"""Called with model, task and the number of texts done since the last call."""


@dataclass(frozen=True, slots=True)
class Done:
    """A result, and whether it was there before.

    Attributes:
        result: The result.
        kept: True if an earlier run had scored it on the same data with the same packages.
    """

    result: Result
    kept: bool


def texts_of(data: TaskData) -> int:
    """Return how many texts a model is given for a task."""
    if isinstance(data, LabelledData):
        return len(data.train) + len(data.test)
    if isinstance(data, PairData):
        return 2 * len(data)
    return len(data.queries) + len(data.corpus)


def score(task: Task, data: TaskData, model: Model, source: str, *, progress: Callable[[int], None]) -> Result:
    """Score one model on one task.

    Raises:
        ModelError: The model fails, or gives something that no score can be made of.
    """
    started = time.perf_counter()
    outcome = evaluate(task, data, model, progress=progress)
    return Result(
        task=task.name,
        version=task.version,
        type=task.type.value,
        data_sha256=data_sha256(data),
        source=source,
        sizes=sizes(data),
        model=model.name,
        model_packages=described(model),
        packages={name: version(name) for name in PACKAGES},
        seed=SEED,
        main_score=task.main_score,
        scores=outcome.scores,
        interval=interval_of(outcome.evidence),
        details=outcome.details,
        evidence=outcome.evidence,
        seconds=round(time.perf_counter() - started, 3),
    )


def run_benchmark(
    benchmark: BenchmarkData,
    models: Sequence[str],
    out: Path,
    *,
    tasks: Iterable[str] = (),
    again: bool = False,
    progress: Progress = lambda model, task, texts: None,
) -> list[Done]:
    """Score models on tasks; each result is written as soon as it is there.

    Args:
        benchmark: The tasks at hand.
        models: Names, as `open_model` takes them.
        out: Folder of results.
        tasks: Names of tasks; all that are at hand without any. What a model cannot do is left out for it.
        again: Whether to score what an earlier run has scored.
        progress: Called as texts get done.

    Raises:
        LookupFailedError: A task or model does not exist.
        ModelError: A model fails, or can do none of the tasks; what was done before is kept.
        BenchmarkError: There is no task; the folder holds results of other data, or a damaged one; two models have one
            folder.
        OutputError: The folder cannot be written.
    """
    if not benchmark.tasks:
        raise BenchmarkError(
            f"{benchmark.source} has no task",
            expected=f"papers of `test`, or topics with {LEAST_TRAIN} papers in `train` and {LEAST_TEST} in `test`",
            hint="build the release from more papers",
        )
    wanted = pick_tasks(tasks, benchmark.tasks)
    opened = [open_model(name) for name in dict.fromkeys(models)]
    _require_own_folders(out, opened)
    hashes = {task.name: data_sha256(benchmark.tasks[task.name]) for task in wanted}
    _require_same_data(out, opened, wanted, hashes)
    done = []
    for model in opened:
        for task in wanted:
            if not can_do(model, task) and any(can_do(model, other) for other in wanted):
                continue  # a model that can do none of them is told so when it is asked
            data = benchmark.tasks[task.name]
            earlier = None if again else _earlier(out, model, task, hashes[task.name])
            if earlier is None:
                reported = 0

                def advance(texts: int, model: Model = model, task: Task = task) -> None:
                    nonlocal reported
                    reported += texts
                    progress(model.name, task.name, texts)

                progress(model.name, task.name, 0)
                result = score(task, data, model, benchmark.source, progress=advance)
                write_result(out, result)
                progress(model.name, task.name, texts_of(data) - reported)
            else:
                result = earlier
                progress(model.name, task.name, texts_of(data))
            done.append(Done(result, earlier is not None))
    return done


def _require_own_folders(out: Path, models: Sequence[Model]) -> None:
    """Refuse, before any work is done, a place that is no folder and models that would overwrite each other there."""
    if out.exists() and not out.is_dir():
        raise OutputError(
            "this is a file", where=Location(out), expected="a folder of results", hint="choose another --out"
        )
    owners: dict[Path, Model] = {}
    for model in models:
        folder = result_path(out, model.name, "task").parent
        if owners.setdefault(folder, model) is not model:
            raise BenchmarkError(
                f"the models {owners[folder].name} and {model.name} would have the same folder of results",
                where=Location(folder),
                hint="score them one after the other, each with an --out of its own",
            )


def _require_same_data(out: Path, models: Sequence[Model], tasks: Sequence[Task], hashes: Mapping[str, str]) -> None:
    """Refuse a folder with results of other data before any work is done: they could not be compared."""
    for model in models:
        for task in tasks:
            path = result_path(out, model.name, task.name)
            if not path.exists():
                continue
            found = read_result(path)
            if found.model != model.name:
                raise BenchmarkError(
                    f"this is the result of the model {found.model}",
                    where=Location(path),
                    hint="choose another --out",
                )
            if (found.data_sha256, found.version) != (hashes[task.name], task.version):
                raise BenchmarkError(
                    f"this result is of other data ({found.source}, task version {found.version}, data"
                    f" {found.data_sha256[:12]})",
                    where=Location(path),
                    expected=f"task version {task.version}, data {hashes[task.name][:12]}",
                    hint="choose another --out for these data, or remove the old results",
                )


def _earlier(out: Path, model: Model, task: Task, data: str) -> Result | None:
    """Return the result of an earlier run that would come out the same; None where there is none."""
    path = result_path(out, model.name, task.name)
    if not path.exists():
        return None
    found = read_result(path)
    now = ({name: version(name) for name in PACKAGES}, dict(described(model)), SEED, data)
    same = (dict(found.packages), dict(found.model_packages), found.seed, found.data_sha256) == now
    return found if same else None
