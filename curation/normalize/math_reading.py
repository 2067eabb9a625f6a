r"""Readable math: symbols whose names the page left behind, put back where the reading is certain.

`64times64` becomes `64×64`, `ell_2` becomes `ℓ_2`, `boldsymbol{epsilon}` becomes `ε`. What was deleted without a trace
(`\sqrt{…}`, `\hat{…}`, the bar of a fraction) nobody can put back: no rule tries.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator

from curation.normalize.damage import DamageSpan, find_damage
from curation.normalize.edits import Replacement
from curation.normalize.symbols import DOUBLE_STRUCK, GREEK, STYLES, SYMBOLS

__all__ = ["read_math"]

_RELATIONS = frozenset(
    {
        "leq", "le", "leqslant", "geq", "ge", "geqslant", "neq", "ne", "ll", "gg", "simeq", "cong", "equiv",
        "propto", "lesssim", "gtrsim", "lessapprox", "gtrapprox", "prec", "succ", "preceq", "succeq", "in", "notin",
        "subset", "subseteq", "subsetneq", "supset", "supseteq", "perp", "mid", "models", "vdash", "vDash",
        "triangleq", "coloneqq", "pm", "mp",
    }
)  # fmt: skip
_NEVER = frozenset(
    ("binom", "sqrt", "frac", "left", "right", "text", "angle", "square", "models", "ast", "prime", "nrightarrow")
)

_FONT_GROUP = re.compile(r"\{(?:bf|rm|it|sf|tt|em|cal|sc) +([A-Za-z0-9]+)\}")
# In braces the name was the argument of another command, which is lost: only a bold Greek letter is worth reading.
_FONT = re.compile(r"(?P<font>[a-z]+)(?:(?<=boldsymbol)\{(?P<argument>[a-z]+)\}|\s(?P<letter>[A-Z](?![A-Za-z])))")
_ACCENTED = re.compile(
    r"(?P<accent>tilde|widetilde|overline)[ ](?P<base>[A-Z](?![A-Za-z])|Omega(?![A-Za-z])|Theta(?![A-Za-z]))"
)
_COMBINING = {"tilde": "\u0303", "widetilde": "\u0303", "overline": "\u0304"}
_DEGREE = re.compile(r"(?<=[\d)}])(?:\^circ(?![a-z])|\^\{circ\})")


def read_math(text: str) -> Iterator[Replacement]:
    """Yield the symbols that can be put back, from left to right, each with the rule that does it."""
    done = 0
    for span in find_damage(text).readings:
        replacement = _read_brace(text, span) if span.kind == "braces" else _read(text, span)
        if replacement is not None and replacement.start >= done:
            done = replacement.end
            yield replacement


def _read_brace(text: str, span: DamageSpan) -> Replacement:
    """Set a link's text off from it: `…/repo{here}` becomes `…/repo here`."""
    return Replacement(span.start, span.end, " " if text[span.start] == "{" else "", rule="math-link")


def _read(text: str, span: DamageSpan) -> Replacement | None:
    if span.sign in _READERS:
        return _READERS[span.sign](text, span)
    start, end, name = span.start, span.end, text[span.start : span.end]
    if span.sign == "braced-name":
        start, end = text.rindex("{", 0, span.start), text.index("}", span.end) + 1
    if name not in SYMBOLS or name in _NEVER or name in STYLES:
        return None
    return Replacement(start, end, SYMBOLS[name], rule=_rule_of(name))


def _read_degree(text: str, span: DamageSpan) -> Replacement | None:
    match = _DEGREE.match(text, text.rindex("^", 0, span.start))
    return match and Replacement(*match.span(), "°", rule="math-degree")


def _read_font_group(text: str, span: DamageSpan) -> Replacement | None:
    match = _FONT_GROUP.match(text, span.start - 1)
    if match is None:
        return None
    if text[match.start() - 1 : match.start()] in ("_", "^"):
        return Replacement(span.start, match.start(1), "", rule="math-font")
    return Replacement(*match.span(), match[1], rule="math-font")


def _read_font(text: str, span: DamageSpan) -> Replacement | None:
    match = _FONT.match(text, span.start)
    if match is None:
        return None
    inner = match["argument"] or match["letter"]
    if match["argument"] and inner not in GREEK:
        return None
    if match["font"] == "mathbb":
        if inner not in DOUBLE_STRUCK:
            return None
        inner = DOUBLE_STRUCK[inner]
    elif match["font"].startswith("text") and match["letter"]:
        return None
    return Replacement(*match.span(), GREEK.get(inner, inner), rule="math-font")


def _read_accent(text: str, span: DamageSpan) -> Replacement | None:
    match = _ACCENTED.match(text, span.start)
    if match is None:
        return None
    after = GREEK.get(match["base"], match["base"]) + _COMBINING[match["accent"]]
    return Replacement(*match.span(), unicodedata.normalize("NFC", after), rule="math-accent")


_READERS: dict[str, Callable[[str, DamageSpan], Replacement | None]] = {
    "degree": _read_degree,
    "font-group": _read_font_group,
    "font": _read_font,
    "accent": _read_accent,
}


def _rule_of(name: str) -> str:
    if name == "times":
        return "math-times"
    if name in ("approx", "sim"):
        return "math-approximately"
    if name in GREEK:
        return "math-greek"
    if name in _RELATIONS:
        return "math-relation"
    return "math-arrow" if "arrow" in name or name in ("to", "mapsto", "implies", "iff") else "math-symbol"
