"""The published tables: one model each, with its key, its order and the meaning of a row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandera.pandas as pan
from pandera.typing import Series

from curation.schemas.columns import Binary, Boolean, Integer, String, column, count, identifier
from curation.schemas.stages import (
    SPLITS,
    CapturedText,
    EditColumns,
    LabelledPapers,
    LabelVotes,
    Occurrence,
    RemovedRows,
)

__all__ = [
    "SCHEMA_VERSION",
    "TABLES",
    "TEXT_ROLES",
    "Annotations",
    "Corpus",
    "Edits",
    "Listings",
    "Papers",
    "Qrels",
    "Queries",
    "Removed",
    "Segments",
    "Table",
]

# MAJOR a column removed or retyped, MINOR a column or table added, PATCH a description.
SCHEMA_VERSION = "1.3.0"

TEXT_ROLES = ("title", "abstract")
ROLES = (*TEXT_ROLES, "boilerplate", "separator", "rejected")


class Papers(LabelledPapers):
    """A distinct paper."""

    class Config:
        strict = True
        unique = ["paper_id"]


class Listings(CapturedText, Occurrence):
    """One occurrence of a paper in one source, as captured."""

    paper_id: Series[String] = identifier(
        "The paper this occurrence belongs to; missing when the row was rejected (see `removed`).",
        nullable=True,
    )
    is_survivor: Series[Boolean] = column("Whether `papers` took its text from this occurrence.")

    class Config:
        strict = True
        unique = ["source_id", "position"]

    @pan.dataframe_check()
    def survivor_has_paper(cls, frame: Any) -> Any:
        """An occurrence whose text is published belongs to a paper."""
        return ~frame["is_survivor"] | frame["paper_id"].notna()


class Segments(pan.DataFrameModel):
    """A run of bytes of a text source; together they are the whole source."""

    source_id: Series[String] = identifier("Source: first 16 hex digits of the sha256 of its content.")
    start: Series[Integer] = count("First byte in the source.")
    end: Series[Integer] = column("Byte after the last one.", ge=1)
    role: Series[String] = column(
        "What the bytes are: `title` and `abstract` of a record (their text stands in `listings`), `boilerplate`"
        " of the page, `separator` between lines, `rejected` where a record is broken.",
        isin=list(ROLES),
    )
    position: Series[Integer] = count(
        "The record's place on the page, for `title`, `abstract` and `rejected`.", nullable=True
    )
    raw: Series[Binary] = column("The bytes, where no other table holds them.", nullable=True)

    class Config:
        strict = True
        unique = ["source_id", "start"]

    @pan.dataframe_check()
    def span_not_empty(cls, frame: Any) -> Any:
        """A segment has at least one byte."""
        return frame["start"] < frame["end"]

    @pan.dataframe_check()
    def raw_where_no_text(cls, frame: Any) -> Any:
        """The bytes stand here unless they are text of a record."""
        return frame["raw"].isna() == frame["role"].isin(TEXT_ROLES)

    @pan.dataframe_check()
    def raw_fits_span(cls, frame: Any) -> Any:
        """There are as many bytes as the span says."""
        lengths = frame["raw"].map(len, na_action="ignore").astype("Int64")
        return lengths.isna() | (lengths == frame["end"] - frame["start"])

    @pan.dataframe_check()
    def position_where_record(cls, frame: Any) -> Any:
        """Parts of a record, and only they, have its place."""
        return frame["position"].notna() == frame["role"].isin((*TEXT_ROLES, "rejected"))


class Edits(EditColumns):
    """One change to one text; undone from the last step to the first they give the captured text."""

    paper_id: Series[String] = identifier("The paper whose text was changed.")

    class Config:
        strict = True
        unique = ["paper_id", "field", "step"]


class Removed(RemovedRows):
    """A row that left the flow, and why."""

    class Config:
        strict = True
        unique = ["source_id", "position"]


class Annotations(LabelVotes):
    """One annotator's or one model's label of one paper."""

    class Config:
        strict = True
        unique = ["paper_id", "annotator", "version", "topic"]


_TASK = "The retrieval task of the benchmark, by name."
_TASK_NAME = r"^[a-z0-9]+(-[a-z0-9]+)*$"
_QUERY = "The query: a paper's id, with the number of a sentence where several are taken from one, or a topic."


class Queries(pan.DataFrameModel):
    """One query of one retrieval task of the benchmark; the split is that of its paper."""

    task: Series[String] = column(_TASK, str_matches=_TASK_NAME)
    query_id: Series[String] = column(_QUERY, str_length={"min_value": 1})
    paper_id: Series[String] = identifier("The paper it was taken from; missing for a topic.", nullable=True)
    text: Series[String] = column("What is searched for.", str_length={"min_value": 1})

    class Config:
        strict = True
        unique = ["task", "query_id"]


class Corpus(pan.DataFrameModel):
    """One document of one retrieval task of the benchmark."""

    task: Series[String] = column(_TASK, str_matches=_TASK_NAME)
    document_id: Series[String] = identifier("The document: the id of its paper.")
    title: Series[String] = column("Title that stands before the text; empty where it would give the answer away.")
    text: Series[String] = column("The text, without what was taken out of it as a query.", str_length={"min_value": 1})

    class Config:
        strict = True
        unique = ["task", "document_id"]


class Qrels(pan.DataFrameModel):
    """One document that is relevant for one query (query relevance); all others are not."""

    task: Series[String] = column(_TASK, str_matches=_TASK_NAME)
    query_id: Series[String] = column(_QUERY, str_length={"min_value": 1})
    document_id: Series[String] = identifier("The document: the id of its paper.")
    relevance: Series[Integer] = column("How relevant it is; 1 in all tasks so far.", ge=1)

    class Config:
        strict = True
        unique = ["task", "query_id", "document_id"]


@dataclass(frozen=True, slots=True)
class Table:
    """A published table.

    Attributes:
        name: Folder and config name.
        model: The Pandera model.
        sort_key: Columns that order the rows and name each one.
        columns: All columns, in the published order.
        splits: Split names; `("train",)` but for `papers` and the queries of the benchmark.
        row: What a row is.
    """

    name: str
    model: type[pan.DataFrameModel]
    sort_key: tuple[str, ...]
    columns: tuple[str, ...]
    splits: tuple[str, ...]
    row: str


def _table(
    model: type[pan.DataFrameModel], sort_key: tuple[str, ...], first: tuple[str, ...] = (), **more: Any
) -> Table:
    declared = tuple(model.to_schema().columns)
    columns = first + tuple(name for name in declared if name not in first)
    return Table(
        name=model.__name__.lower(),
        model=model,
        sort_key=sort_key,
        columns=columns,
        splits=more.get("splits", ("train",)),
        row=(model.__doc__ or "").strip(),
    )


TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        _table(
            Papers,
            ("paper_id",),
            (
                "paper_id",
                "title",
                "abstract",
                "arxiv_id",
                "categories",
                "year",
                "urls",
                "code_urls",
                "primary_topic",
                "topics",
                "primary_topic_name",
                "topic_names",
                "label_source",
                "topic_scores",
                "math_damage",
                "math_damage_spans",
                "possibly_truncated",
            ),
            splits=SPLITS,
        ),
        _table(Listings, ("source_id", "position"), ("source_id", "position", "paper_id")),
        _table(Segments, ("source_id", "start")),
        _table(Edits, ("paper_id", "field", "step"), ("paper_id",)),
        _table(Removed, ("source_id", "position")),
        _table(Annotations, ("paper_id", "annotator", "version", "topic")),
        _table(Queries, ("task", "query_id"), splits=SPLITS),
        _table(Corpus, ("task", "document_id")),
        _table(Qrels, ("task", "query_id", "document_id"), splits=SPLITS),
    )
}
