"""What a listing page prints around its records."""

from __future__ import annotations

import re

from curation.schemas.text_checks import GLUED_TITLE_START

__all__ = ["GLUED_SUBSCRIBE", "is_boilerplate", "is_signature"]

# Lines that only these pages have; one of them tells a listing from any other text.
_SIGNATURE = re.compile(
    r"Get trending papers in your email inbox(?: once a day)?!|by ?AK and the research community|Daily Papers"
)
# Lines that belong to the page but could stand in other texts as well.
_PLAIN = re.compile(r"new|Subscribe|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) (?:[12][0-9]|3[01]|[1-9])")
# The button's word runs into the first title where the page's lines are adjacent.
GLUED_SUBSCRIBE = re.compile(f"Subscribe(?={GLUED_TITLE_START})")


def is_signature(text: str) -> bool:
    """Tell whether a line can stand only on a listing page."""
    return _SIGNATURE.fullmatch(text) is not None


def is_boilerplate(text: str) -> bool:
    """Tell whether a whole line is the page's and no record's."""
    return is_signature(text) or _PLAIN.fullmatch(text) is not None
