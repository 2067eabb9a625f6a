"""Texts made to be slow to search for links."""

from __future__ import annotations

import pytest

from curation.enrich import find_urls


@pytest.mark.parametrize(
    "text",
    [
        "a." * 20_000,
        "a.com/" * 20_000,
        "www." * 20_000,
        "https://" * 10_000,
        "https://a.org/" + "(" * 20_000,
        "https://" + "a" * 20_000 + "." * 20_000,
        "x\\_" * 20_000 + ".com/",
    ],
    ids=lambda text: text[:14],
)
def test_a_text_made_to_be_slow_is_not(text: str) -> None:
    # Were the time to grow with the square of the length, this would take minutes.
    find_urls(text)
