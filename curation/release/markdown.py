"""Text from outside in Markdown."""

from __future__ import annotations

import re

__all__ = ["escaped"]


def escaped(text: str) -> str:
    """Return text in one line that Markdown shows as it is and that stays inside its cell of a table.

    Control characters are spelled out. A dollar sign is escaped, too: the Hub takes what stands between two for math.
    """
    shown = "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in " ".join(text.split()))
    # inside a word an underscore is one
    return re.sub(r"([\\`*~&$\[\]<>|]|(?<![^\W_])_|_(?![^\W_]))", r"\\\1", shown)
