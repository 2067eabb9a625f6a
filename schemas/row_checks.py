"""What the checks ask of one value or of the values of one row.

A missing value is another check's failure (`not_nullable`), so these let it pass.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from typing import Any

import pandas as pd

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
    """Judge every value of a column."""
    return pd.Series([verdict(value) for value in series], index=series.index, dtype=bool)


def each_row(frame: Any, columns: Sequence[str], verdict: Callable[..., bool]) -> Any:
    """Judge every row of a table by the values of some of its columns."""
    rows = zip(*(frame[name] for name in columns), strict=True)
    return pd.Series([verdict(*row) for row in rows], index=frame.index, dtype=bool)


def _is_list(value: Any) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, str)


def topics_are_valid(topics: Any, most: int) -> bool:
    """Tell whether these are different codes of the taxonomy, at most so many."""
    if not _is_list(topics):
        return True
    codes = list(topics)
    known = all(0 <= code < len(TOPIC_IDS) for code in codes)
    return known and len(codes) <= most and len(set(codes)) == len(codes)


def names_agree(primary: Any, topics: Any, primary_name: Any, names: Any) -> bool:
    """Tell whether codes and names of topics say the same, the primary first, then in order of the taxonomy.

    Codes outside the taxonomy are not judged.
    """
    if not _is_list(topics) or not _is_list(names) or not topics_are_valid(topics, len(TOPIC_IDS)):
        return True
    codes = list(topics)
    if pd.isna(primary):
        return not codes and not list(names) and bool(pd.isna(primary_name))
    expected = [TOPIC_IDS[code] for code in codes]
    if pd.isna(primary_name) or codes[:1] != [primary] or codes[1:] != sorted(codes[1:]):
        return False
    return list(names) == expected and primary_name == expected[0]


def scores_are_valid(scores: Any, count: int) -> bool:
    """Tell whether there is no score, or one from 0 to 1, to three digits, for each of so many topics."""
    if not _is_list(scores):
        return True
    values = list(scores)
    fit = all(value is not None and 0 <= value <= 1 and round(value, 3) == value for value in values)
    return not values or (len(values) == count and fit)


def labels_fit_source(source: Any, topics: Any, scores: Any) -> bool:
    """Tell whether there are topics unless a label was abstained, and scores exactly where the labeler gave it.

    Where nobody was asked there are neither.
    """
    if not _is_list(topics) or not _is_list(scores):
        return True
    if pd.isna(source):
        return not list(topics) and not list(scores)
    if (source == ABSTAINED) != (not list(topics)):
        return False
    # a text that could not be read has no scores either
    return bool(source == ABSTAINED) or (source == ADJUDICATED) == (not list(scores))


def has_only_texts(values: Any) -> bool:
    """Tell whether a list holds different texts, none of them empty or missing."""
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
    plain = abstract.replace("\\~{}", "~").replace("\\", "")
    return all(url in abstract or url in plain for url in urls if isinstance(url, str))


def year_fits_id(arxiv_id: Any, categories: Any, year: Any) -> bool:
    """Tell whether categories and year stand beside an id only, and the year is that of the id."""
    if pd.isna(arxiv_id):
        return bool(pd.isna(year)) and not (_is_list(categories) and list(categories))
    digits = str(arxiv_id).rpartition("/")[2][:2]
    return bool(not pd.isna(year)) and digits.isdecimal() and int(digits) == year % 100


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


def spans_fit_level(level: Any, spans: Any) -> bool:
    """Tell whether there are spans exactly where the level, of which 0 is none, says so."""
    if not _is_list(spans) or pd.isna(level):
        return True
    return bool(level == 0) == (not list(spans))


def offsets_ascend(offsets: Any, end: Any) -> bool:
    """Tell whether further places of an edit come after its first one, from left to right."""
    if not _is_list(offsets) or pd.isna(end):
        return True
    done = end - 1
    for offset in offsets:
        if offset is None or offset <= done:
            return False
        done = offset
    return True
