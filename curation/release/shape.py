"""The shape of a manifest, so that a damaged or foreign one is told in one message instead of tripping its readers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

__all__ = [
    "FORMAT",
    "VERSION",
    "asks_for_topics",
    "is_record_file",
    "latex_sources",
    "leaderboard_tasks",
    "manifest_faults",
]

# of a release: major, minor and patch number
_NUMBER = "(0|[1-9][0-9]{0,8})"
VERSION = rf"^{_NUMBER}\.{_NUMBER}\.{_NUMBER}$"

FORMAT = "paper-abstracts-release/1"

# Paths stay inside the release.
_Path = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$")]
_Count = Annotated[int, Field(ge=0)]
_Version = Annotated[str, Field(pattern=VERSION)]
_Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_Number = Annotated[float, Field(allow_inf_nan=False)]


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, extra="allow")


class _Columns(_Part):
    """What a file of records calls our columns."""

    model_config = ConfigDict(extra="forbid")

    title: str | None = None
    abstract: str | None = None
    arxiv_id: str | None = None
    categories: str | None = None


class _Source(_Part):
    """A captured page, or a file of records, which alone has columns and says whether its math was stripped."""

    source_id: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    name: str
    sha256: _Sha256
    bytes: _Count
    format: Literal["listing", "jsonl", "csv", "parquet"]
    layout: str
    records: _Count
    rejected: _Count
    columns: _Columns | None = None
    math: Literal["latex", "stripped"] | None = None

    @model_validator(mode="after")
    def _is_of_one_kind(self) -> _Source:
        of_records = self.format != "listing"
        told = (self.layout == "records", self.columns is not None, self.math is not None)
        if told != (of_records,) * 3:
            kind = "a file of records has" if of_records else "a captured page has not"
            raise ValueError(f"{kind} the layout `records`, `columns` and `math`")
        return self


class _IdTable(_Part):
    name: str
    sha256: _Sha256
    bytes: _Count
    titles: _Count


class _Enrichment(_Part):
    arxiv_ids: _IdTable


class _Stage(_Part):
    stage: str
    rows_in: Annotated[int, Field(ge=0, alias="in")]
    kept: _Count
    merged: _Count
    rejected: _Count


class _Split(_Part):
    rows: _Count
    uncompressed_bytes: _Count
    files: Annotated[list[_Path], Field(min_length=1)]


class _File(_Part):
    path: _Path
    bytes: _Count
    sha256: _Sha256


class _Named(_Part):
    name: str
    version: str


class _Voice(_Part):
    annotator: str
    round: str
    name: str
    sha256: _Sha256
    bytes: _Count
    papers: _Count


class _Labels(_Part):
    labeler: str
    labeling_functions: str
    annotations: list[_Voice]


class _EarlyLabels(_Part):
    """Labels as they were stated before there was a labeler."""

    annotator: str
    version: str


class _TaskEntry(_Part):
    version: _Version
    type: str
    main_score: str
    data_sha256: _Sha256
    sizes: dict[str, _Count]
    left_out: dict[str, str]


class _Row(_Part):
    model_config = ConfigDict(extra="ignore")

    model: Annotated[str, Field(min_length=1)]
    score: _Number
    low: _Number
    high: _Number
    interval_method: str
    rank: Annotated[int, Field(ge=1)]
    better_than: _Count
    worse_than: _Count
    scores: dict[str, _Number]


class _TaskBoard(_Part):
    """Scores of models on a task; what is said of every two models is left out."""

    model_config = ConfigDict(extra="ignore")

    task: str
    version: _Version
    data_sha256: _Sha256
    main_score: str
    sizes: dict[str, _Count]
    units: _Count
    width: _Number
    units_to_halve: _Count
    rows: Annotated[list[_Row], Field(min_length=1)]

    @field_validator("rows")
    @classmethod
    def _each_model_once(cls, rows: list[_Row]) -> list[_Row]:
        if len({row.model for row in rows}) < len(rows):
            raise ValueError("a model has two rows")
        return rows


class _LeaderboardFile(_Part):
    format: Literal["paper-abstracts-leaderboard/1"]
    tasks: list[_TaskBoard]

    @field_validator("tasks")
    @classmethod
    def _each_task_once(cls, tasks: list[_TaskBoard]) -> list[_TaskBoard]:
        if len({one.task for one in tasks}) < len(tasks):
            raise ValueError("a task stands there twice")
        return tasks


class _Leaderboard(_Part):
    name: str
    sha256: _Sha256
    bytes: _Count
    tasks: list[_TaskBoard]


class _Base(_Part):
    version: _Version
    manifest_sha256: _Sha256


class _Manifest(_Part):
    format: Literal["paper-abstracts-release/1"]
    name: str
    version: _Version
    version_reason: str
    base: _Base | None = None
    date: str | None
    schema_version: str
    generator: _Named
    labels: _Labels | _EarlyLabels
    recipe: dict[str, Any]
    sources: Annotated[list[_Source], Field(min_length=1)]
    enrichment: _Enrichment | None = None
    stages: Annotated[list[_Stage], Field(min_length=1)]
    statistics: dict[str, Any]
    benchmark: dict[str, _TaskEntry] = {}
    leaderboard: _Leaderboard | None = None
    tables: dict[str, dict[str, _Split]]
    files: list[_File]


def is_record_file(source: Mapping[str, Any]) -> bool:
    """Tell by its entry in a manifest whether a source is a file of records; else it is a captured page."""
    return bool(source["format"] != "listing")


def latex_sources(manifest: Mapping[str, Any]) -> frozenset[str]:
    """Return the ids of the sources whose texts still have their LaTeX."""
    return frozenset(source["source_id"] for source in manifest["sources"] if source.get("math") == "latex")


def asks_for_topics(manifest: Mapping[str, Any]) -> bool:
    """Tell whether the recipe of a release asks for topics; it says nothing of it where it does."""
    section = manifest["recipe"].get("label")
    return not (isinstance(section, dict) and section.get("topics") is False)


def manifest_faults(data: Any) -> list[str]:
    """Return what keeps data from being a manifest, one sentence for each fault; empty if nothing does."""
    try:
        _Manifest.model_validate(data)
    except ValidationError as error:
        return _sentences(error, "manifest")
    return []


def leaderboard_tasks(data: Any) -> list[dict[str, Any]]:
    """Return the tasks of a leaderboard, as `curate leaderboard --format json` prints it, with what a manifest states.

    Raises:
        ValueError: It is none; the message names the first fault.
    """
    try:
        found = _LeaderboardFile.model_validate(data)
    except ValidationError as error:
        raise ValueError(_sentences(error, "leaderboard")[0]) from error
    return [one.model_dump() for one in found.tasks]


def _sentences(error: ValidationError, whole: str) -> list[str]:
    return [f"`{'.'.join(map(str, fault['loc'])) or whole}`: {fault['msg']}" for fault in error.errors()]
