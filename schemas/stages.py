"""Models of the tables between two stages of the pipeline; each stage adds its columns to what it was given."""

from __future__ import annotations

from typing import Any

import pandera.pandas as pan
from pandera.typing import Series

from curation.schemas.columns import (
    ABSTAINED,
    ADJUDICATED,
    LABEL_SOURCES,
    MAX_TOPICS,
    MODEL,
    Boolean,
    Float,
    Floats,
    Integer,
    Integers,
    Spans,
    String,
    Strings,
    column,
    count,
    identifier,
)
from curation.schemas.row_checks import (
    each,
    each_row,
    has_only_texts,
    is_part_of,
    labels_fit_source,
    names_agree,
    offsets_ascend,
    scores_are_valid,
    spans_are_ordered,
    spans_end_by,
    spans_fit_level,
    topics_are_valid,
    urls_occur,
    year_fits_id,
)
from curation.schemas.taxonomy import TOPIC_IDS
from curation.schemas.text_checks import PublishedText

__all__ = [
    "ABSTAINED",
    "ADJUDICATED",
    "DAMAGE_KINDS",
    "DAMAGE_LEVELS",
    "LABEL_SOURCES",
    "MAX_TOPICS",
    "MODEL",
    "SPLITS",
    "AssignedPapers",
    "CapturedText",
    "DistinctPapers",
    "EditColumns",
    "EnrichedPapers",
    "LabelVotes",
    "LabelledPapers",
    "MathDamage",
    "NamedPapers",
    "NormalizedRecords",
    "Occurrence",
    "ParsedRecords",
    "RemovedRows",
    "TextEdits",
]

SPLITS = ("train", "validation", "test")
FIELDS = ("title", "abstract")
STAGES = ("parse", "normalize", "deduplicate", "enrich", "label", "split")
REASONS = ("rejected", "merged")
DAMAGE_LEVELS = ("none", "suspected", "visible")
DAMAGE_KINDS = ("command", "braces", "dollar", "spacing", "bound")

# Since April 2007 an id is year, month and number; before, an archive stood in front of them.
_ARXIV_ID = r"^(?:[0-9]{4}\.[0-9]{4,5}|[a-z]+(?:-[a-z]+)*(?:\.[A-Z]{2})?/[0-9]{7})$"
# The year arXiv began.
_FIRST_YEAR = 1991


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


class MathDamage(pan.DataFrameModel):
    """What the page's stripping of math left of an abstract."""

    math_damage: Series[Integer] = column(
        "Whether the page's stripping of `$…$` visibly damaged the math of the captured abstract: `none` where"
        " nothing shows it, `suspected` where something may, `visible` where something does.",
        class_names=DAMAGE_LEVELS,
        in_range={"min_value": 0, "max_value": len(DAMAGE_LEVELS) - 1},
    )
    math_damage_spans: Series[Spans] = column(
        "The damaged places, in characters of the published abstract: `start` the first one, `end` the one after the"
        f" last, `kind` one of {', '.join(DAMAGE_KINDS)}, `repaired` whether an edit put the symbol back. Empty where"
        " `math_damage` is `none`."
    )

    @pan.check("math_damage_spans")
    def spans_in_order(cls, series: Any) -> Any:
        """Spans of known kinds, from left to right, none of them empty, without overlap."""
        return each(series, lambda spans: spans_are_ordered(spans, DAMAGE_KINDS))

    @pan.dataframe_check()
    def spans_inside_abstract(cls, frame: Any) -> Any:
        """No span reaches beyond the abstract."""
        return each_row(frame, ("math_damage_spans", "abstract"), spans_end_by)

    @pan.dataframe_check()
    def spans_where_damage(cls, frame: Any) -> Any:
        """There are spans exactly where the abstract is damaged."""
        return spans_fit_level(frame)


class NormalizedRecords(MathDamage, PublishedText, Occurrence):
    """Records with normalized text and the keys of the captured text."""

    possibly_truncated: Series[Boolean] = column("The capture may have cut the abstract off.")
    title_key: Series[String] = column("Letters and digits of the captured title, NFKD, casefolded.")
    abstract_key: Series[String] = column("Letters and digits of the captured abstract, NFKD, casefolded.")


class NamedPapers(MathDamage, PublishedText, Occurrence):
    """Papers, each once, by name."""

    paper_id: Series[String] = identifier("The paper: first 16 hex digits of the sha256 of its title key.")
    possibly_truncated: Series[Boolean] = column("The capture may have cut the abstract off.")

    class Config:
        strict = True
        unique = ["paper_id"]


class DistinctPapers(NamedPapers):
    """Papers, each once, with the key of the captured title."""

    title_key: Series[String] = column("Letters and digits of the captured title, NFKD, casefolded.")


class EnrichedPapers(NamedPapers):
    """Papers with what their links and a table of arXiv ids say of them."""

    arxiv_id: Series[String] = column(
        "Identifier on arXiv, without a version, found by the exact title; missing where none is known.",
        nullable=True,
        str_matches=_ARXIV_ID,
    )
    categories: Series[Strings] = column(
        "Categories on arXiv, the primary one first; empty where they are not known.",
    )
    year: Series[Integer] = column(
        "Year of the first submission to arXiv; missing where no `arxiv_id` is known.", nullable=True, ge=_FIRST_YEAR
    )
    urls: Series[Strings] = column("Links in the abstract, each once, in order of appearance.")
    code_urls: Series[Strings] = column("Those of `urls` that lead to source code, in the same order.")

    @pan.check("categories", "urls", "code_urls")
    def different_texts(cls, series: Any) -> Any:
        """Different texts, none of them empty or missing."""
        return has_only_texts(series)

    @pan.dataframe_check()
    def arxiv_columns_agree(cls, frame: Any) -> Any:
        """Categories and year stand beside an id only, and the year is that of the id."""
        return year_fits_id(frame)

    @pan.dataframe_check()
    def urls_from_abstract(cls, frame: Any) -> Any:
        """Every link stands in the abstract."""
        return each_row(frame, ("urls", "abstract"), urls_occur)

    @pan.dataframe_check()
    def code_urls_from_urls(cls, frame: Any) -> Any:
        """Links to code are links, in their order."""
        return each_row(frame, ("code_urls", "urls"), is_part_of)


class LabelledPapers(EnrichedPapers):
    """Papers with topics."""

    primary_topic: Series[Integer] = column(
        "What the paper's own contribution is about; missing when no label was given.",
        class_names=TOPIC_IDS,
        nullable=True,
        in_range={"min_value": 0, "max_value": len(TOPIC_IDS) - 1},
    )
    topics: Series[Integers] = column(
        "All topics of the paper, one to four: the primary one, then the others in the order of the taxonomy; empty"
        " when no label was given.",
        class_names=TOPIC_IDS,
    )
    primary_topic_name: Series[String] = column(
        "Name of `primary_topic`, for readers that do not see ClassLabel names.",
        nullable=True,
        isin=list(TOPIC_IDS),
    )
    topic_names: Series[Strings] = column("Names of `topics`, in the same order.")
    label_source: Series[String] = column(
        "Who gave the labels: `adjudicated` for annotators who agreed or whose difference was decided, `model` for the"
        " labeler, `abstained` where nobody annotated the paper and the labeler was not sure.",
        isin=list(LABEL_SOURCES),
        nullable=True,
    )
    topic_scores: Series[Floats] = column(
        "Probability of each topic of the taxonomy, in the order of its codes and to three digits, where the labeler"
        " was asked; empty where `label_source` is `adjudicated`."
    )

    @pan.check("topics")
    def topics_from_taxonomy(cls, series: Any) -> Any:
        """Up to `MAX_TOPICS` different codes of the taxonomy."""
        return each(series, lambda topics: topics_are_valid(topics, MAX_TOPICS))

    @pan.check("topic_scores")
    def scores_for_every_topic(cls, series: Any) -> Any:
        """No score, or one from 0 to 1 for every topic."""
        return each(series, lambda scores: scores_are_valid(scores, len(TOPIC_IDS)))

    @pan.dataframe_check()
    def source_fits_labels(cls, frame: Any) -> Any:
        """A paper has topics unless its label was abstained; the labeler's have scores, adjudicated ones none."""
        return labels_fit_source(frame)

    @pan.dataframe_check()
    def topic_names_agree(cls, frame: Any) -> Any:
        """Names and codes say the same, the primary topic first."""
        return names_agree(frame)


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
    offsets: Series[Integers] = column(
        "Further places of the same change, as first characters in the text before this step; used where one rule"
        " makes the same change in many places, such as unwrapping lines."
    )

    @pan.dataframe_check()
    def span_fits_before(cls, frame: Any) -> Any:
        """The span is as long as what stood there."""
        return frame["end"] - frame["start"] == frame["before"].str.len()

    @pan.dataframe_check()
    def offsets_after_span(cls, frame: Any) -> Any:
        """Further places come after the first one, from left to right."""
        return offsets_ascend(frame)


class TextEdits(EditColumns, Occurrence):
    """Edits of normalized text, by occurrence."""

    class Config:
        strict = True
        unique = ["source_id", "position", "field", "step"]


class LabelVotes(pan.DataFrameModel):
    """Votes on topics, by paper."""

    paper_id: Series[String] = identifier("The paper.")
    annotator: Series[String] = column(
        "Who says so: `annotator-a` and so on, `adjudicator` where they differed or a paper was read again, `model` for"
        " the labeler, `labeling-functions/<name>` for one function.",
        str_length={"min_value": 1},
    )
    version: Series[String] = column(
        "The round of annotation, for annotators and the adjudicator; else the version of who says so.",
        str_length={"min_value": 1},
    )
    topic: Series[Integer] = column(
        "The topic.",
        class_names=TOPIC_IDS,
        in_range={"min_value": 0, "max_value": len(TOPIC_IDS) - 1},
    )
    is_primary: Series[Boolean] = column("Whether the annotator calls it the primary topic.")
    score: Series[Float] = column(
        "Probability of the topic, for `model`; strength of the vote, for a function.", nullable=True, ge=0.0
    )

    class Config:
        strict = True
        unique = ["paper_id", "annotator", "version", "topic"]
