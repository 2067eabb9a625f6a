"""Results: one JSON file for each model and task, enough to compare models without running them again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from curation.atomic import write_whole
from curation.benchmark.evidence import Evidence
from curation.benchmark.intervals import Interval
from curation.errors import BenchmarkError, Location, OutputError

__all__ = ["FORMAT", "Result", "read_result", "read_results", "result_path", "write_result"]

FORMAT: Final = "paper-abstracts-benchmark/1"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class _TaskPart(_Part):
    name: str
    version: str
    type: str
    data_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    source: str
    sizes: dict[str, int]


class _ModelPart(_Part):
    name: Annotated[str, Field(min_length=1)]
    packages: dict[str, str]


class _EvidencePart(_Part):
    kind: Literal["papers", "queries", "subsets", "pairs"]
    units: int
    values: Annotated[list[float], Field(min_length=1)]
    groups: list[str] = []
    labels: list[int] = []
    taken: int = 0
    seed: int = 0


class _File(_Part):
    format: Literal["paper-abstracts-benchmark/1"]
    task: _TaskPart
    model: _ModelPart
    packages: dict[str, str]
    seed: int
    main_score: str
    score: float
    low: float
    high: float
    interval_method: str
    scores: dict[str, float]
    details: dict[str, Any]
    evidence: _EvidencePart
    seconds: float

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.scores.get(self.main_score) != self.score:
            raise ValueError("the main score is not among the scores")
        one = self.evidence
        if not one.groups or len(set(one.groups)) != one.units:
            raise ValueError("the units are not those of the evidence")
        if one.kind == "subsets":
            if not 0 < one.taken < one.units:
                raise ValueError("subsets need papers that are left out")
        elif len(one.groups) != len(one.values):
            raise ValueError("there are not as many groups as values")
        if len(one.labels) != (len(one.values) if one.kind == "pairs" else 0):
            raise ValueError("there are not as many labels as pairs")
        return self


@dataclass(frozen=True, slots=True)
class Result:
    """What a model reached on a task, and on what.

    Attributes:
        task: Name of the task.
        version: Of the task.
        type: Of the task.
        data_sha256: Hash of the data it was scored on.
        source: Where these come from, such as a release and its version.
        sizes: How many texts of each kind they have.
        model: Name of the model.
        model_packages: Versions of the packages that the model names.
        packages: Versions of the packages that scores are made with.
        seed: Of training draws and clusterings.
        main_score: Name of the main score.
        scores: All scores by name.
        interval: 95 % interval of the main score.
        details: What else is worth knowing.
        evidence: What the main score is made of.
        seconds: How long it took; the one thing that differs between two runs.
    """

    task: str
    version: str
    type: str
    data_sha256: str
    source: str
    sizes: Mapping[str, int]
    model: str
    model_packages: Mapping[str, str]
    packages: Mapping[str, str]
    seed: int
    main_score: str
    scores: Mapping[str, float]
    interval: Interval
    details: Mapping[str, Any] = field(default_factory=dict)
    evidence: Evidence = field(default_factory=lambda: Evidence("papers", ()))
    seconds: float = 0.0

    @property
    def score(self) -> float:
        """The main score."""
        return self.scores[self.main_score]

    def as_json(self) -> dict[str, Any]:
        """Return it as it is written."""
        one = self.evidence
        evidence = {
            "kind": one.kind,
            "units": one.units,
            "values": list(one.values),
            **({"groups": list(one.groups)} if one.groups else {}),
            **({"labels": list(one.labels)} if one.labels else {}),
            **({"taken": one.taken, "seed": one.seed} if one.taken else {}),
        }
        return {
            "format": FORMAT,
            "task": {
                "name": self.task,
                "version": self.version,
                "type": self.type,
                "data_sha256": self.data_sha256,
                "source": self.source,
                "sizes": dict(self.sizes),
            },
            "model": {"name": self.model, "packages": dict(self.model_packages)},
            "packages": dict(self.packages),
            "seed": self.seed,
            "main_score": self.main_score,
            "score": self.score,
            "low": self.interval.low,
            "high": self.interval.high,
            "interval_method": self.interval.method,
            "scores": dict(self.scores),
            "details": dict(self.details),
            "evidence": evidence,
            "seconds": self.seconds,
        }


def result_path(folder: Path, model: str, task: str) -> Path:
    """Return where the result of a model on a task stands; signs that no file name should have become `-`."""
    return folder / (re.sub(r"[^A-Za-z0-9._]+", "-", model).strip("-.") or "model") / f"{task}.json"


def write_result(folder: Path, result: Result) -> None:
    """Write a result, whole or not at all.

    Raises:
        OutputError: The folder cannot be written.
    """
    path = result_path(folder, result.model, result.task)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"the folder cannot be made ({error.strerror})", where=Location(path.parent), hint="choose another --out"
        ) from error
    text = json.dumps(result.as_json(), ensure_ascii=False, indent=1) + "\n"
    write_whole(path, lambda partial: partial.write_text(text, encoding="utf-8"))


def read_result(path: Path) -> Result:
    """Read a result.

    Raises:
        BenchmarkError: It cannot be read, or is none.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"), parse_constant=_no_number)
        found = _File.model_validate(data)
    except (OSError, ValueError, RecursionError) as error:
        raise BenchmarkError(
            f"this is no result: {_told(error)}",
            where=Location(path),
            expected="a JSON file as `curate benchmark` writes it",
            hint="remove it and run `curate benchmark` again",
        ) from error
    return Result(
        task=found.task.name,
        version=found.task.version,
        type=found.task.type,
        data_sha256=found.task.data_sha256,
        source=found.task.source,
        sizes=found.task.sizes,
        model=found.model.name,
        model_packages=found.model.packages,
        packages=found.packages,
        seed=found.seed,
        main_score=found.main_score,
        scores=found.scores,
        interval=Interval(found.low, found.high, found.interval_method),
        details=found.details,
        evidence=Evidence(
            found.evidence.kind,
            tuple(found.evidence.values),
            tuple(found.evidence.groups),
            tuple(found.evidence.labels),
            found.evidence.taken,
            found.evidence.seed,
        ),
        seconds=found.seconds,
    )


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _told(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"`{'.'.join(map(str, first['loc'])) or 'result'}`: {first['msg']}"
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def read_results(folder: Path) -> Sequence[Result]:
    """Read all results below a folder, by task and model.

    Raises:
        BenchmarkError: There are none, or a file is no result.
    """
    found = [read_result(path) for path in _files(folder)]
    if not found:
        raise BenchmarkError(
            "there are no results",
            where=Location(folder),
            expected="a folder as `curate benchmark --out DIR` makes it",
            hint="check the path, or run `curate benchmark`",
        )
    return sorted(found, key=lambda one: (one.task, one.model))


def _files(folder: Path) -> Iterator[Path]:
    yield from sorted(path for path in folder.glob("*/*.json") if not path.name.startswith("."))
