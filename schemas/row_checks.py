"""What the checks ask of one value or of the values of one row.

A missing value is another check's failure (`not_nullable`), so these let it pass.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from curation.schemas.arrow_text import whole
from curation.schemas.columns import ABSTAINED, ADJUDICATED
from curation.schemas.taxonomy import TOPIC_IDS

__all__ = [
    "each",
    "each_row",
    "has_only_texts",
    "is_part_of",
    "labels_fit_source",
    "names_agree",
    "offsets_ascend",
    "scores_are_valid",
    "spans_are_ordered",
    "spans_end_by",
    "spans_fit_level",
    "topics_are_valid",
    "urls_occur",
    "year_fits_id",
]


def each(series: Any, verdict: Callable[[Any], bool]) -> Any:
    """Judge every list of a column; an empty one is right, whatever is asked of its values."""
    values = _arrow(series)
    good = np.ones(len(values), dtype=bool)
    rows = pc.indices_nonzero(pc.not_equal(pc.list_value_length(values), 0))
    for row, value in zip(rows.to_pylist(), values.take(rows).to_pylist(), strict=True):
        good[row] = verdict(value)
    return pd.Series(good, index=series.index)


def each_row(frame: Any, columns: Sequence[str], verdict: Callable[..., bool]) -> Any:
    """Judge every row of a table by the values of some of its columns.

    Args:
        frame: The table.
        columns: The first is a list; a row where it is empty is right, whatever the others hold.
        verdict: Takes the values of these columns.
    """
    arrays = [_arrow(frame[name]) for name in columns]
    good = np.ones(len(frame), dtype=bool)
    rows = pc.indices_nonzero(pc.fill_null(pc.not_equal(pc.list_value_length(arrays[0]), 0), True))
    judged = zip(rows.to_pylist(), *(array.take(rows).to_pylist() for array in arrays), strict=True)
    for row, *values in judged:
        good[row] = verdict(*values)
    return pd.Series(good, index=frame.index)


def _arrow(series: Any) -> Any:
    """Return a column as Arrow has it; looking at Arrow's values one by one through pandas takes ten times as long."""
    values = pa.array(series.array)
    return whole(values) if isinstance(values, pa.ChunkedArray) else values


def _lengths(frame: Any, column: str) -> Any:
    """Return the lengths of lists; a missing list has none."""
    return pc.list_value_length(_arrow(frame[column]))


def _series(frame: Any, good: Any) -> Any:
    """Return a verdict in Arrow, true where it is missing, as pandas has it."""
    return pd.Series(pc.fill_null(good, True).to_numpy(zero_copy_only=False), index=frame.index)


def _is_list(value: Any) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, str)


def topics_are_valid(topics: Any, most: int) -> bool:
    """Tell whether these are different codes of the taxonomy, at most so many."""
    if not _is_list(topics):
        return True
    codes = list(topics)
    known = all(0 <= code < len(TOPIC_IDS) for code in codes)
    return known and len(codes) <= most and len(set(codes)) == len(codes)


def names_agree(frame: Any) -> Any:
    """Tell of every row whether codes and names of topics say the same, the primary first, then in their order.

    Codes outside the taxonomy are not judged.
    """
    columns = ("topics", "primary_topic", "primary_topic_name", "topic_names")
    given = each_row(frame, columns, _names_agree)
    nothing = pc.and_(pc.is_null(_arrow(frame["primary_topic"])), pc.is_null(_arrow(frame["primary_topic_name"])))
    fits = pc.and_kleene(nothing, pc.equal(_lengths(frame, "topic_names"), 0))
    return given & _series(frame, pc.or_kleene(pc.greater(_lengths(frame, "topics"), 0), fits))


def _names_agree(topics: Any, primary: Any, primary_name: Any, names: Any) -> bool:
    if not _is_list(topics) or not _is_list(names) or not topics_are_valid(topics, len(TOPIC_IDS)):
        return True
    codes = list(topics)
    expected = [TOPIC_IDS[code] for code in codes]
    if pd.isna(primary) or pd.isna(primary_name) or codes[:1] != [primary] or codes[1:] != sorted(codes[1:]):
        return False
    return list(names) == expected and primary_name == expected[0]


def scores_are_valid(scores: Any, count: int) -> bool:
    """Tell whether there is no score, or one from 0 to 1, to three digits, for each of so many topics."""
    if not _is_list(scores):
        return True
    values = list(scores)
    fit = all(value is not None and 0 <= value <= 1 and round(value, 3) == value for value in values)
    return not values or (len(values) == count and fit)


def labels_fit_source(frame: Any) -> Any:
    """Tell of every row whether there are topics unless a label was abstained, and scores where the labeler gave it.

    Where nobody was asked there are neither.
    """
    source = _arrow(frame["label_source"])
    no_topics, no_scores = (pc.equal(_lengths(frame, name), 0) for name in ("topics", "topic_scores"))
    abstained = pc.equal(source, ABSTAINED)
    # a text that could not be read has no scores either
    scored = pc.or_kleene(abstained, pc.equal(pc.equal(source, ADJUDICATED), no_scores))
    fits = pc.and_kleene(pc.equal(abstained, no_topics), scored)
    return _series(frame, pc.if_else(pc.is_null(source), pc.and_kleene(no_topics, no_scores), fits))


def has_only_texts(series: Any) -> Any:
    """Tell of every list whether it holds different texts, none of them empty or missing."""
    lists = _arrow(series)
    texts = pc.list_flatten(lists)
    if not texts.null_count and not pc.any(pc.equal(texts, "")).as_py() and _are_distinct_within(lists):
        return pd.Series(np.ones(len(lists), dtype=bool), index=series.index)
    return each(series, _has_only_texts)


def _are_distinct_within(lists: Any) -> bool:
    """Tell whether no list of texts, none of them missing, holds one twice."""
    several = lists.filter(pc.greater(pc.list_value_length(lists), 1))
    texts = pc.list_flatten(several).dictionary_encode()
    pairs = pc.list_parent_indices(several).to_numpy().astype(np.int64) * len(texts) + texts.indices.to_numpy()
    return bool(np.diff(np.sort(pairs)).all())


def _has_only_texts(values: Any) -> bool:
    if not _is_list(values):
        return True
    texts = list(values)
    return all(isinstance(text, str) and text for text in texts) and len(set(texts)) == len(texts)


def is_part_of(part: Any, whole: Any) -> bool:
    """Tell whether a list is another one with values left out."""
    if not _is_list(part) or not _is_list(whole):
        return True
    chosen = list(part)
    return [value for value in whole if value in chosen] == chosen


def urls_occur(urls: Any, abstract: Any) -> bool:
    r"""Tell whether every link stands in the abstract, where TeX may have put a backslash into it (`\_`, `\~{}`)."""
    if not _is_list(urls) or not isinstance(abstract, str):
        return True
    missing = [url for url in urls if isinstance(url, str) and url not in abstract]
    if not missing:
        return True
    plain = abstract.replace("\\~{}", "~").replace("\\", "")
    return all(url in plain for url in missing)


def year_fits_id(frame: Any) -> Any:
    """Tell of every row whether categories and year stand beside an id only, and the year is that of the id."""
    name, year = (_arrow(frame[column]) for column in ("arxiv_id", "year"))
    digits = pc.utf8_slice_codeunits(pc.replace_substring_regex(name, r"(?s)^.*/", ""), 0, 2)
    of_century = pc.subtract(year, pc.multiply(pc.divide(year, 100), 100))
    same = pc.equal(digits, pc.utf8_lpad(of_century.cast(pa.string()), 2, "0"))
    nothing = pc.and_(pc.is_null(year), pc.equal(pc.fill_null(_lengths(frame, "categories"), 0), 0))
    return _series(frame, pc.if_else(pc.is_null(name), nothing, pc.fill_null(same, False)))


def spans_are_ordered(spans: Any, kinds: Container[str]) -> bool:
    """Tell whether spans of damage are complete, not empty, of known kinds, and from left to right without overlap."""
    if not _is_list(spans):
        return True
    end = 0
    for span in spans:
        if span is None or any(value is None for value in span.values()) or span["kind"] not in kinds:
            return False
        if not end <= span["start"] < span["end"]:
            return False
        end = span["end"]
    return True


def spans_end_by(spans: Any, text: Any) -> bool:
    """Tell whether no span reaches beyond the text."""
    if not _is_list(spans) or not isinstance(text, str):
        return True
    return all(span is None or span["end"] is None or span["end"] <= len(text) for span in spans)


def spans_fit_level(frame: Any) -> Any:
    """Tell of every row whether there are spans exactly where the level, of which 0 is none, says so."""
    none = pc.equal(_arrow(frame["math_damage"]), 0)
    return _series(frame, pc.equal(none, pc.equal(_lengths(frame, "math_damage_spans"), 0)))


def offsets_ascend(frame: Any) -> Any:
    """Tell of every row whether further places of an edit come after its first one, from left to right."""
    lists, ends = _arrow(frame["offsets"]), _arrow(frame["end"])
    owners = pc.list_parent_indices(lists).to_numpy()
    # below every other number, so that it does not come after anything
    offsets = pc.fill_null(pc.list_flatten(lists), np.iinfo(np.int64).min).to_numpy()
    further = np.zeros(len(owners), bool)
    further[1:] = owners[1:] == owners[:-1]
    right = np.where(further, offsets > np.roll(offsets, 1), offsets >= pc.fill_null(ends, 0).to_numpy()[owners])
    good = np.ones(len(frame), dtype=bool)
    good[owners[~right]] = False
    return pd.Series(good | ends.is_null().to_numpy(zero_copy_only=False), index=frame.index)
