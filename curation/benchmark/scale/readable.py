r"""LaTeX math in plain Unicode, where every command is known: `$\alpha_{t} \leq \frac{1}{n}$` becomes `α_{t} ≤ 1/n`.

Anything else gives nothing at all, so that no half-read formula gets into a task. `benchmarks/rendering.py`, the
reference for repairs, reads more and drops what it does not know.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from curation.normalize.symbols import ACCENTS, DOUBLE_STRUCK, OPERATORS, SIZES, STYLES, SYMBOLS

__all__ = ["readable_math"]

# Private characters stand for braces that are printed, and for a font.
_OPEN, _CLOSE, _FONT = "\ue000", "\ue001", "\ue002"
_SPACES: Final = {",": " ", ";": " ", ":": " ", " ": " ", "!": "", "quad": " ", "qquad": " "}
_PRINTED: Final = {"{": _OPEN, "}": _CLOSE, "%": "%", "&": "&", "#": "#", "_": "_", "|": "‖"}
_TAKES: Final = ("frac", "tfrac", "dfrac", "sqrt")

_DEGREE = re.compile(r"\^\s?(?:\\circ(?![A-Za-z])|\{\s?\\circ\s?\})")
_STRUCK = re.compile(r"\\mathbb\s?(?:\{([A-Z])\}|([A-Z]))")
_COMMAND = re.compile(r"\\(?:([A-Za-z]+)(\s*)|(.))", re.DOTALL)
# Innermost groups, whose inside holds no brace and no command that still takes something.
_GROUPS = (
    (re.compile(r"\\[td]?frac\s?\{([^{}\\]*)\}\s?\{([^{}\\]*)\}"), lambda match: f"{_one(match[1])}/{_one(match[2])}"),
    (re.compile(r"\\sqrt\s?\{([^{}\\]*)\}"), lambda match: f"√{_one(match[1])}"),
    (
        re.compile(rf"\\({'|'.join(ACCENTS)})(?:\s?\{{([^{{}}\\]*)\}}|\s([^\W_]))"),
        lambda match: (match[2] or match[3] or "") + ACCENTS[match[1]],
    ),
    (re.compile(r"([_^])\s?\{([^{}\\]*)\}"), lambda match: f"{match[1]}{_OPEN}{match[2]}{_CLOSE}"),
    # after a letter or a brace it may be the argument of a command
    (re.compile(rf"(?:{_FONT}\s?|(?<![A-Za-z}}]))\{{([^{{}}\\]*)\}}"), lambda match: match[1]),
)


def readable_math(math: str) -> str | None:
    """Return what a formula prints, None where something in it is not known.

    Subscripts and superscripts stay as `_{…}` and `^{…}`, fonts vanish but for double-struck letters: the style of the
    listings.

    Args:
        math: What stands between dollars.
    """
    if any(char in math for char in (_OPEN, _CLOSE, _FONT)):
        return None
    text = _DEGREE.sub("°", math)
    text = _STRUCK.sub(lambda match: DOUBLE_STRUCK.get(match[1] or match[2], match[1] or match[2]), text)
    unknown = False

    def printed(match: re.Match[str]) -> str:
        nonlocal unknown
        name = match[1] or match[3]
        if name in ACCENTS or name in _TAKES:
            return match[0]
        if name in STYLES or name in SIZES:
            return _FONT if name in STYLES else ""
        if name in OPERATORS:
            return name + match[2]
        known = SYMBOLS if match[1] else _PRINTED
        if name not in known and name not in _SPACES:
            unknown = True
        return known.get(name, _SPACES.get(name, "")) + (match[2] or "")

    text = _COMMAND.sub(printed, text)
    before = ""
    while text != before:
        before = text
        for pattern, print_group in _GROUPS:
            text = pattern.sub(print_group, text)
    text = text.replace(_FONT, "")
    if unknown or any(char in text for char in "\\{}$"):
        return None
    return unicodedata.normalize("NFC", text.replace(_OPEN, "{").replace(_CLOSE, "}").replace("~", " "))


def _one(printed: str) -> str:
    """Put parentheses around what is more than one number or letter."""
    return printed if printed.isalnum() or len(printed) == 1 else f"({printed})"
