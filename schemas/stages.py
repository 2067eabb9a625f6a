"""Models of the tables between two stages of the pipeline; each stage adds its columns to what it was given."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd
import pandera.pandas as pan
from pandera.typing import Series

from curation.schemas.columns import (
    Boolean,
    Float,
    Integer,
    Integers,
    String,
    Strings,
    column,
    count,
    identifier,
)
from curation.schemas.taxonomy import TOPIC_IDS
from curation.schemas.text_checks import PublishedText

__all__ = [
    "ABSTAINED",
    "LABEL_SOURCES",
    "MAX_TOPICS",
    "SPLITS",
    "AssignedPapers",
    "CapturedText",
    "DistinctPapers",
    "EditColumns",
    "LabelVotes",
    "LabelledPapers",
    "NormalizedRecords",
    "Occurrence",
    "ParsedRecords",
    "RemovedRows",
    "TextEdits",
]

SPLITS = ("train", "validation", "test")
ABSTAINED = "abstained"
LABEL_SOURCES = ("labeling-functions", ABSTAINED)
MAX_TOPICS = 4
FIELDS = ("title", "abstract")
STAGES = ("parse", "normalize", "deduplicate", "label", "split")
REASONS = ("rejected", "merged")


class Occurrence(pan.DataFrameModel):
    """Where a row was captured."""

    source_id: Series[String] = identifier("Source: first 16 hex digits of the sha256 of its content.")
    position: Series[Integer] = count("Place on the page, from 0: the page's own relevance order.")

    class Config:
        strict = True
        unique = ["source_id", "position"]


class CapturedText(pan.DataFrameModel):
    """Text as it stands on the page."""

    title: Series[String] = column("Captured title, as on the page.", str_length={"min_value": 1})
    abstract: Series[String] = column("Captured abstract, as on the page.", str_length={"min_value": 1})
    title_line: Series[Integer] = column("1-based line of the title in its source.", ge=1)
    abstract_line: Series[Integer] = column("1-based line of the abstract in its source.", ge=1)
    possibly_truncated: Series[Boolean] = column(
        "Last abstract of its source, without a sentence's end: the capture may have cut it off."
    )


class ParsedRecords(CapturedText, Occurrence):
    """Records as they stand on the page."""

    class Config:
        strict = True
        unique = ["source_id", "position"]


class NormalizedRecords(PublishedText, Occurrence):
    """Records with normalized text and the keys of the captured text."""

    possibly_truncated: Series[Boolean] = column("The capture may have cut the abstract off.")
    title_key: Series[String] = column("Letters and digits of the captured title, NFKD, casefolded.")
    abstract_key: Series[String] = column("Letters and digits of the captured abstract, NFKD, casefolded.")


class DistinctPapers(PublishedText, Occurrence):
    """Papers, each once."""

    paper_id: Series[String] = identifier("The paper: first 16 hex digits of the sha256 of its title key.")
    possibly_truncated: Series[Boolean] = column("The capture may have cut the abstract off.")

    class Config:
        strict = True
        unique = ["paper_id"]


class LabelledPapers(DistinctPapers):
    """Papers with topics."""

    primary_topic: Series[Integer] = column(
        "What the paper's own contribution is about; missing when no label was given.",
        class_names=TOPIC_IDS,
        nullable=True,
        in_range={"min_value": 0, "max_value": len(TOPIC_IDS) - 1},
    )
    topics: Series[Integers] = column(
        "All topics of the paper, the primary one first, one to four; empty when no label was given.",
        class_names=TOPIC_IDS,
    )
    primary_topic_name: Series[String] = column(
        "Name of `primary_topic`, for readers that do not see ClassLabel names.",
        nullable=True,
        isin=list(TOPIC_IDS),
    )
    topic_names: Series[Strings] = column("Names of `topics`, in the same order.")
    label_source: Series[String] = column(
        "Who gave the labels: `labeling-functions`, or `abstained` when no function fired.",
        isin=list(LABEL_SOURCES),
    )

    @pan.check("topics")
    def topics_from_taxonomy(cls, series: Any) -> Any:
        """Up to `MAX_TOPICS` different codes of the taxonomy."""
        return _each(series, _valid_topics)

    @pan.dataframe_check()
    def topic_names_agree(cls, frame: Any) -> Any:
        """Names and codes say the same, the primary topic first."""
        columns = (frame[name] for name in ("primary_topic", "topics", "primary_topic_name", "topic_names"))
        verdicts = [_names_agree(*row) for row in zip(*columns, strict=True)]
        return pd.Series(verdicts, index=frame.index, dtype=bool)


class AssignedPapers(LabelledPapers):
    """Papers with their split."""

    split: Series[String] = column("Split of the paper.", isin=list(SPLITS))


class RemovedRows(pan.DataFrameModel):
    """Rows that left the flow."""

    stage: Series[String] = column("Stage at which the row left.", isin=list(STAGES))
    reason: Series[String] = column(
        "`merged`: the same paper as another row; `rejected`: not fit to be published.", isin=list(REASONS)
    )
    rule: Series[String] = column("The rule that removed it.", str_length={"min_value": 1})
    value: Series[String] = column(
        "What broke the rule, or the title of a merged row; at most 200 characters.", nullable=True
    )
    source_id: Series[String] = identifier("Source of the row.")
    position: Series[Integer] = count("Place of the row on its page.")
    line: Series[Integer] = column(
        "1-based line in the source, for what was rejected while parsing.", nullable=True, ge=1
    )
    survivor: Series[String] = identifier("For a merge, `paper_id` of the row that stays.", nullable=True)
    similarity: Series[Float] = column(
        "For a merge, exact Jaccard similarity to the survivor (word 5-grams).",
        nullable=True,
        in_range={"min_value": 0.0, "max_value": 1.0},
    )

    class Config:
        strict = True
        unique = ["source_id", "position"]

    @pan.dataframe_check()
    def merge_names_survivor(cls, frame: Any) -> Any:
        """A merge, and only a merge, names survivor and similarity."""
        merged = frame["reason"] == "merged"
        return (frame["survivor"].notna() == merged) & (frame["similarity"].notna() == merged)


class EditColumns(pan.DataFrameModel):
    """One change to one text."""

    field: Series[String] = column("Which text: `title` or `abstract`.", isin=list(FIELDS))
    step: Series[Integer] = count("Order in which the edits of one text were made, from 0.")
    rule: Series[String] = column("The rule that made the edit.", str_length={"min_value": 1})
    start: Series[Integer] = count("First changed character, in the text as it stood before this step.")
    end: Series[Integer] = count("Character after the last changed one, in the same text.")
    before: Series[String] = column("What stood there.")
    after: Series[String] = column("What stands there now.")

    @pan.dataframe_check()
    def span_fits_before(cls, frame: Any) -> Any:
        """The span is as long as what stood there."""
        return frame["end"] - frame["start"] == frame["before"].str.len()


class TextEdits(EditColumns, Occurrence):
    """Edits of normalized text, by occurrence."""

    class Config:
        strict = True
        unique = ["source_id", "position", "field", "step"]


class LabelVotes(pan.DataFrameModel):
    """Votes on topics, by paper."""

    paper_id: Series[String] = identifier("The paper.")
    annotator: Series[String] = column(
        "Who says so: `labeling-functions` for the combined label, `labeling-functions/<name>` for one function.",
        str_length={"min_value": 1},
    )
    version: Series[String] = column("Version of the annotator.", str_length={"min_value": 1})
    topic: Series[Integer] = column(
        "The topic.",
        class_names=TOPIC_IDS,
        in_range={"min_value": 0, "max_value": len(TOPIC_IDS) - 1},
    )
    is_primary: Series[Boolean] = column("Whether the annotator calls it the primary topic.")
    score: Series[Float] = column("Strength of the vote, where the annotator has one.", nullable=True, ge=0.0)

    class Config:
        strict = True
        unique = ["paper_id", "annotator", "version", "topic"]


# A missing value is another check's failure (`not_nullable`), so these let it pass.


def _each(series: Any, verdict: Any) -> Any:
    return pd.Series([verdict(value) for value in series], index=series.index, dtype=bool)


def _is_list(value: Any) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, str)


def _valid_topics(topics: Any) -> bool:
    if not _is_list(topics):
        return True
    codes = list(topics)
    known = all(0 <= code < len(TOPIC_IDS) for code in codes)
    return known and len(codes) <= MAX_TOPICS and len(set(codes)) == len(codes)


def _names_agree(primary: Any, topics: Any, primary_name: Any, names: Any) -> bool:
    if not _is_list(topics) or not _is_list(names) or not _valid_topics(topics):
        return True
    codes = list(topics)
    if pd.isna(primary):
        return not codes and not list(names) and bool(pd.isna(primary_name))
    expected = [TOPIC_IDS[code] for code in codes]
    if pd.isna(primary_name) or codes[:1] != [primary]:
        return False
    return list(names) == expected and primary_name == expected[0]
