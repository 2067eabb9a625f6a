"""Checks on published text, as a mixin for every model that holds normalized titles and abstracts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pan
import pyarrow as pa
import pyarrow.compute as pc
from pandera.typing import Series

from curation.schemas.arrow_text import are_ascii, beyond_ascii
from curation.schemas.columns import ABSTRACT_LENGTH, TITLE_LENGTH, String, column
from curation.schemas.doubt import FORBIDDEN

__all__ = ["BOILERPLATE_PATTERN", "GLUED_TITLE_START", "PublishedText"]

# All patterns are RE2, whose \s is ASCII only; the other Unicode spaces are spelled out.
# What the listing pages print around the records; none of it may end up in a title or an abstract.
# The button's word, where it may run into a title: before a capital, a digit, an opening mark, a letter that is not
# ASCII, or a word such as `iForest` and `k-means`; not in `Subscriber`.
GLUED_TITLE_START = r"(?:[A-Z0-9\"'(\[$]|[^\x00-\x7f]|[a-z]{1,2}(?:[A-Z]|-\w))"
BOILERPLATE_PATTERN = (
    r"Get trending papers in your email inbox|by\s?AK and the research community"
    rf"|^Subscribe{GLUED_TITLE_START}|^(?:Daily Papers|Subscribe|new)$"
)
_CONTROL_PATTERN = r"[\x00-\x1f\x7f-\x{9f}]"
_UNTIDY_PATTERN = r"^ | $|  |[\t-\r\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]"


def _free_of(series: Any, pattern: str) -> Any:
    array = pa.array(series.array, type=pa.string())
    good = pc.fill_null(pc.invert(pc.match_substring_regex(array, pattern)), True)
    return pd.Series(good.to_numpy(zero_copy_only=False), index=series.index)


def _composed(texts: pa.Array) -> Any:
    good = np.ones(len(texts), dtype=bool)
    rows = np.flatnonzero(~are_ascii(texts))  # ASCII is composed
    parts = beyond_ascii(pc.fill_null(texts.take(pa.array(rows)), ""))
    good[rows] = pc.equal(parts, pc.utf8_normalize(parts, form="NFC")).to_numpy(zero_copy_only=False)
    return good


class PublishedText(pan.DataFrameModel):
    """Titles and abstracts after normalization."""

    title: Series[String] = column(
        "Title: the captured one, changed only by the edits on record in `edits`.",
        str_length={"min_value": TITLE_LENGTH[0], "max_value": TITLE_LENGTH[1]},
    )
    abstract: Series[String] = column(
        "Abstract: the captured one, changed only by the edits on record in `edits`.",
        str_length={"min_value": ABSTRACT_LENGTH[0], "max_value": ABSTRACT_LENGTH[1]},
    )

    @pan.check("title", "abstract", statistics={FORBIDDEN: _CONTROL_PATTERN})
    def no_control_characters(cls, series: Any) -> Any:
        """No control characters."""
        return _free_of(series, _CONTROL_PATTERN)

    @pan.check("title", "abstract", statistics={FORBIDDEN: _UNTIDY_PATTERN})
    def tidy_whitespace(cls, series: Any) -> Any:
        """Single blanks between words, none at the ends."""
        return _free_of(series, _UNTIDY_PATTERN)

    @pan.check("title", "abstract", statistics={FORBIDDEN: BOILERPLATE_PATTERN})
    def no_boilerplate(cls, series: Any) -> Any:
        """None of the page's own lines."""
        return _free_of(series, BOILERPLATE_PATTERN)

    @pan.check("title", "abstract")
    def nfc(cls, series: Any) -> Any:
        """Unicode normal form C."""
        array = pa.chunked_array(pa.array(series.array, type=pa.string()))
        good = np.concatenate([_composed(texts) for texts in array.chunks] or [np.ones(0, dtype=bool)])
        return pd.Series(good, index=series.index)
