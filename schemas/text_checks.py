"""Checks on published text, as a mixin for every model that holds normalized titles and abstracts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pan
import pyarrow as pa
import pyarrow.compute as pc
from pandera.typing import Series

from curation.schemas.columns import ABSTRACT_LENGTH, TITLE_LENGTH, String, column

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
    return _verdict(series, pc.invert(pc.match_substring_regex(array, pattern)))


def _verdict(series: Any, good: Any) -> Any:
    return pd.Series(pc.fill_null(good, True).to_numpy(zero_copy_only=False), index=series.index)


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

    @pan.check("title", "abstract")
    def no_control_characters(cls, series: Any) -> Any:
        """No control characters."""
        return _free_of(series, _CONTROL_PATTERN)

    @pan.check("title", "abstract")
    def tidy_whitespace(cls, series: Any) -> Any:
        """Single blanks between words, none at the ends."""
        return _free_of(series, _UNTIDY_PATTERN)

    @pan.check("title", "abstract")
    def no_boilerplate(cls, series: Any) -> Any:
        """None of the page's own lines."""
        return _free_of(series, BOILERPLATE_PATTERN)

    @pan.check("title", "abstract")
    def nfc(cls, series: Any) -> Any:
        """Unicode normal form C."""
        array = pa.array(series.array, type=pa.string())
        good = np.ones(len(array), dtype=bool)
        rows = pc.indices_nonzero(pc.invert(pc.string_is_ascii(array)))  # ASCII is composed
        texts = array.take(rows)
        good[rows.to_numpy()] = pc.equal(texts, pc.utf8_normalize(texts, form="NFC")).to_numpy(zero_copy_only=False)
        return pd.Series(good, index=series.index)
