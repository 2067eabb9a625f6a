"""The leaderboard: which models can be told apart on which task."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path
from typing import Any, Final

from curation.benchmark.compare import holm, rank_ranges, shared_ranks
from curation.benchmark.evidence import compare, units_needed
from curation.benchmark.results import Result, read_results
from curation.benchmark.task import tasks
from curation.errors import BenchmarkError, Location

__all__ = ["FORMAT", "Leaderboard", "Pair", "Row", "TaskBoard", "as_markdown", "board_of", "leaderboard"]

FORMAT: Final = "paper-abstracts-leaderboard/1"


@dataclass(frozen=True, slots=True)
class Row:
    """A model on a task.

    Attributes:
        model: Its name.
        score: The main score.
        low: Lower end of its 95 % interval.
        high: Upper end.
        interval_method: How the interval was made.
        rank: From 1; models that cannot be told apart share one.
        better_than: How many models of the task it is told apart from and ahead of.
        worse_than: How many are told apart from it and ahead.
        scores: All scores by name.
    """

    model: str
    score: float
    low: float
    high: float
    interval_method: str
    rank: int
    better_than: int
    worse_than: int
    scores: dict[str, float]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two models on a task: the better one first, the difference of their scores, and its p-value after Holm."""

    better: str
    worse: str
    difference: float
    p: float


@dataclass(frozen=True, slots=True)
class TaskBoard:
    """A task's part of the leaderboard.

    Attributes:
        task: Its name.
        version: Its version.
        data_sha256: Hash of the data.
        main_score: Name of the main score.
        sizes: How many texts of each kind the data have.
        units: How many independent things a score rests on.
        width: Of the interval in the middle of the models'.
        units_to_halve: How many units it would take to halve that; as many papers where a unit is a paper.
        rows: Models, the best first.
        pairs: Every two of them.
    """

    task: str
    version: str
    data_sha256: str
    main_score: str
    sizes: dict[str, int]
    units: int
    width: float
    units_to_halve: int
    rows: tuple[Row, ...]
    pairs: tuple[Pair, ...]

    @property
    def best_from_median(self) -> Pair | None:
        """The best model against the one in the middle (the lower of two); None with fewer than three."""
        if len(self.rows) < 3:
            return None
        names = (self.rows[0].model, self.rows[len(self.rows) // 2].model)
        return next(pair for pair in self.pairs if (pair.better, pair.worse) == names)


@dataclass(frozen=True, slots=True)
class Leaderboard:
    """All tasks of a folder of results.

    Attributes:
        source: What the data were taken from.
        tasks: A board for each task, in the order of the tasks.
    """

    source: str
    tasks: tuple[TaskBoard, ...]

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {"format": FORMAT, "source": self.source, "tasks": [asdict(board) for board in self.tasks]}

    @property
    def models(self) -> list[str]:
        """All models, by their mean rank over the tasks they were scored on, then by name."""
        ranks: dict[str, list[float]] = defaultdict(list)
        for board in self.tasks:
            for row in board.rows:
                # a task with fewer models must not make its ranks look better
                ranks[row.model].append(row.rank / len(board.rows))
        return sorted(ranks, key=lambda model: (sum(ranks[model]) / len(ranks[model]), model))


def leaderboard(folder: Path, progress: Callable[[str], None] = lambda task: None) -> Leaderboard:
    """Read a folder of results and compare the models on each task.

    Args:
        folder: As `curate benchmark` keeps it.
        progress: Called with the name of each task before its models are compared.

    Raises:
        BenchmarkError: There are no results, one is damaged, or some of one task are of other data than the rest.
    """
    found = read_results(folder)
    by_task: dict[str, list[Result]] = defaultdict(list)
    for result in found:
        by_task[result.task].append(result)
    for task, results in by_task.items():
        _require_same(folder, task, results)
    known = list(tasks())
    order = sorted(by_task, key=lambda name: (known.index(name) if name in known else len(known), name))
    sources = dict.fromkeys(result.source for result in found)
    boards = []
    for name in order:
        progress(name)
        boards.append(board_of(by_task[name]))
    return Leaderboard(", ".join(sources), tuple(boards))


def _require_same(folder: Path, task: str, results: Sequence[Result]) -> None:
    models = [one.model for one in results]
    if twice := [model for model in dict.fromkeys(models) if models.count(model) > 1]:
        raise BenchmarkError(
            f"there are several results of {twice[0]} on {task}",
            where=Location(folder),
            expected="one result of each model on each task",
            hint="remove copies of results",
        )
    for what, value in (
        ("data", lambda one: one.data_sha256[:12]),
        ("task version", lambda one: one.version),
        ("seed", lambda one: str(one.seed)),
    ):
        values = {one.model: value(one) for one in results}
        if len(set(values.values())) > 1:
            told = ", ".join(f"{model}: {found}" for model, found in sorted(values.items()))
            raise BenchmarkError(
                f"the results of {task} are not of the same {what} ({told})",
                where=Location(folder),
                expected="results of one version of the data, which alone can be compared",
                hint="run `curate benchmark` on the same release for all models, into a new folder",
            )


def board_of(results: Sequence[Result]) -> TaskBoard:
    """Compare results of one task on the same data.

    Raises:
        BenchmarkError: Two of them rest on other units although their data are the same.
    """
    ordered = sorted(results, key=lambda one: (-one.score, one.model))
    pairs = list(combinations(ordered, 2))
    try:
        p_values = holm([compare(one.evidence, other.evidence) for one, other in pairs])
    except ValueError as error:
        raise BenchmarkError(
            f"the results of {ordered[0].task} cannot be compared: {error}", hint="run `curate benchmark` again"
        ) from error
    names, scores = [one.model for one in ordered], [one.score for one in ordered]
    adjusted = {(one.model, other.model): p for (one, other), p in zip(pairs, p_values, strict=True)}
    ranks = shared_ranks(names, scores, adjusted)
    ranges = rank_ranges(names, scores, adjusted)
    first = ordered[0]
    middle = sorted(ordered, key=lambda one: one.interval.width)[len(ordered) // 2]
    return TaskBoard(
        task=first.task,
        version=first.version,
        data_sha256=first.data_sha256,
        main_score=first.main_score,
        sizes=dict(first.sizes),
        units=first.evidence.units,
        width=middle.interval.width,
        units_to_halve=units_needed(middle.evidence, middle.interval, _mean(middle)),
        rows=tuple(_row(one, ranks[one.model], ranges[one.model], len(ordered)) for one in ordered),
        pairs=tuple(
            Pair(one.model, other.model, one.score - other.score, adjusted[one.model, other.model])
            for one, other in pairs
        ),
    )


def _mean(one: Result) -> float | None:
    """Return the score where it is a mean, whose interval is one of Wilson's."""
    return one.score if one.evidence.kind in {"papers", "queries"} else None


def _row(one: Result, rank: int, places: tuple[int, int], models: int) -> Row:
    return Row(
        model=one.model,
        score=one.score,
        low=one.interval.low,
        high=one.interval.high,
        interval_method=one.interval.method,
        rank=rank,
        better_than=models - places[1],
        worse_than=places[0] - 1,
        scores=dict(one.scores),
    )


def as_markdown(board: Leaderboard) -> str:
    """Return the leaderboard as Markdown: models by task, then what each task can tell."""
    told = "the rank in brackets is shared by models that cannot be told apart"
    lines = [f"Scores with 95 % intervals on {board.source}; {told}.", ""]
    lines += ["| model | " + " | ".join(one.task for one in board.tasks) + " |"]
    lines += ["|---|" + "---:|" * len(board.tasks)]
    cells: dict[str, Mapping[str, Row]] = {one.task: {row.model: row for row in one.rows} for one in board.tasks}
    for model in board.models:
        shown = [_cell(cells[one.task].get(model)) for one in board.tasks]
        lines.append(f"| `{model}` | " + " | ".join(shown) + " |")
    lines += ["", "| task | score | units | median width | units for half of it | best from median | p |"]
    lines += ["|---|---|---:|---:|---:|---|---:|"]
    for one in board.tasks:
        pair = one.best_from_median
        told = f"`{pair.better}` from `{pair.worse}`" if pair else ""
        p = f"{pair.p:.4f}" if pair else ""
        figures = f"{one.units:,} | {one.width:.3f} | {one.units_to_halve:,}"
        lines.append(f"| {one.task} | {one.main_score} | {figures} | {told} | {p} |")
    return "\n".join(lines) + "\n"


def _cell(row: Row | None) -> str:
    return "" if row is None else f"{row.score:.3f} [{row.low:.3f}, {row.high:.3f}] ({row.rank})"
