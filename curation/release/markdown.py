"""Text from outside in Markdown."""

from __future__ import annotations

import re

__all__ = ["escaped"]


def escaped(text: str) -> str:
    """Return text in one line that Markdown shows as it is and that stays inside its cell of a table."""
    return re.sub(r"([\\`*\[\]<>|])", r"\\\1", " ".join(text.split()))
