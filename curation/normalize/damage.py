"""Damage to math: where a text shows what the page's stripping left behind, and how sure that is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from curation.normalize.bounds import BOUND_PRECISION, find_equal_bounds
from curation.normalize.braces import BRACE_SIGNS, find_braces
from curation.normalize.signs import OTHER_SIGNS, PLAIN_MATH, SIGNS, Reads, Sign
from curation.normalize.symbols import GREEK

__all__ = ["SUSPECTED", "VISIBLE", "Damage", "DamageSpan", "find_damage", "find_signs"]

# From these precisions on a sign makes an abstract `visible`ly damaged, or only `suspected` of it.
VISIBLE = 0.85
SUSPECTED = 0.7
# A sign as good as certain lends its certainty to weaker ones beside it.
_CERTAIN = 0.97

_LINK = re.compile(r"(?:https?://|www\.)[^\s{}]+")
_ADDRESS_END = re.compile(r"\w\.(?:com|org|io|net|ai|py|git|md)\b[^\s{}]*")
_IS_LATEX = re.compile(r"\$[^$]*\\[A-Za-z]+[^$]*\$")
# How far back what stands before a name may reach.
_REACH = 48


@dataclass(frozen=True, slots=True)
class DamageSpan:
    """A place of damage.

    Attributes:
        start: First character.
        end: Character after the last one.
        kind: One of `DAMAGE_KINDS`.
        sign: Id of the sign that tells of it.
        precision: The sign's precision.
        reads: When its name can be read back into a symbol.
    """

    start: int
    end: int
    kind: str
    sign: str
    precision: float
    reads: Reads = "never"


@dataclass(frozen=True, slots=True)
class Damage:
    """What is known of a text.

    Attributes:
        level: `none`, `suspected` or `visible`.
        spans: The places, from left to right, without overlap; empty exactly when the level is `none`. What is not
            certain of itself is here only beside something that is.
        readings: The names and braces that can be read back, from left to right, without overlap.
        score: Precision of the best sign, 0 where there is none.
    """

    level: str
    spans: tuple[DamageSpan, ...] = ()
    readings: tuple[DamageSpan, ...] = ()
    score: float = 0.0


@lru_cache(maxsize=1 << 12)
def find_damage(text: str) -> Damage:
    """Look for every sign of stripped math.

    Args:
        text: A title or abstract in which TeX outside math is rendered already. Links are not looked into; a text that
            still has commands between dollars was never stripped.
    """
    if _IS_LATEX.search(text):
        return Damage("none")
    found = list(find_signs(text))
    score = max((span.precision for span in found), default=0.0)
    if score < SUSPECTED:
        return Damage("none", score=score)
    certain = score >= _CERTAIN
    known = {text[span.start : span.end] for span in found if span.precision >= _CERTAIN}
    spans = [span for span in found if span.precision >= (0.0 if certain else SUSPECTED)]
    readings = [span for span in spans if _can_be_read(span, text, certain, known)]
    level = "visible" if score >= VISIBLE else "suspected"
    return Damage(level, tuple(_without_overlap(spans)), tuple(_without_overlap(readings)), score)


def _can_be_read(span: DamageSpan, text: str, certain: bool, known: set[str]) -> bool:
    """Decide a reading that needs evidence; a Greek name's is a certain sign of the same name."""
    if span.reads != "with evidence":
        return span.reads == "always"
    name = text[span.start : span.end]
    return name in known if name in GREEK else certain


def find_signs(text: str) -> Iterator[DamageSpan]:
    """Yield every sign, overlapping ones too, in no order."""
    places = list(_find_places(text))
    if places:
        links = [match.span() for match in _LINK.finditer(text)]
        links += [(text.rfind(" ", 0, match.start()) + 1, match.end()) for match in _ADDRESS_END.finditer(text)]
        yield from (span for span in places if not any(first <= span.start < last for first, last in links))
    if "{" in text:
        for name, start, end in find_braces(text):
            reads: Reads = "always" if name == "brace-after-link" else "never"
            yield DamageSpan(start, end, "braces", name, BRACE_SIGNS[name], reads)
    for start, end in find_equal_bounds(text):
        yield DamageSpan(start, end, "bound", "equal-bounds", BOUND_PRECISION)


def _by_name() -> dict[str, list[Sign]]:
    signs: dict[str, list[Sign]] = {}
    for sign in SIGNS:
        for name in sign.names:
            signs.setdefault(name, []).append(sign)
    return signs


_SIGNS_OF = _by_name()


_WORD = re.compile(r"[A-Za-z]+")
_GLUED_ANYWHERE = tuple(
    sorted(
        {
            name
            for sign in SIGNS
            if sign.id in ("glued-name", "plus-minus-glued", "times-after-number")
            for name in sign.names
        }
        | {name for name in GREEK if len(name) > 4}
    )
)


def _by_length() -> dict[int, list[str]]:
    lengths: dict[int, list[str]] = {}
    for name in _SIGNS_OF:
        for more in range(3):
            lengths.setdefault(len(name) + more, []).append(name)
    return lengths


# A name stands alone or with a letter or two glued to it, the long ones and those in `CamelCase` anywhere in a word.
_NAMES_NEAR = _by_length()


# Short names glued to others: `alphabeta`, `ntoinfty`.
_GLUED_TOGETHER = re.compile(rf"(?:{'|'.join(sorted(GREEK, key=len, reverse=True))}|approx)+|[a-z]?toinfty")


@lru_cache(maxsize=1 << 16)
def _names_in(word: str) -> tuple[str, ...]:
    """List the names that a run of letters may hold where some sign could match; texts share most of their words."""
    if not word[1:].islower() or _GLUED_TOGETHER.fullmatch(word):
        return tuple(name for name in _SIGNS_OF if name in word)
    near = _NAMES_NEAR.get(len(word), ())
    return tuple(name for name in dict.fromkeys((*near, *_GLUED_ANYWHERE)) if name in word)


def _find_places(text: str) -> Iterator[DamageSpan]:
    plain: bool | None = None
    for name in dict.fromkeys(name for word in sorted(set(_WORD.findall(text))) for name in _names_in(word)):
        start = text.find(name)
        while start >= 0:
            for sign in _SIGNS_OF[name]:
                match = sign.pattern.match(text, start)
                if match is None or match[1] != name:
                    continue
                if sign.before is not None and not sign.before.search(text, max(0, start - _REACH), start):
                    continue
                if not sign.in_plain:
                    plain = PLAIN_MATH.search(_LINK.sub("", text)) is not None if plain is None else plain
                    if plain:
                        continue
                yield DamageSpan(start, start + len(name), "command", sign.id, sign.precision, sign.reads)
            start = text.find(name, start + 1)
    for other in OTHER_SIGNS:
        if other.needs in text:
            for found in other.pattern.finditer(text):
                yield DamageSpan(*found.span(), other.kind, other.id, other.precision)


def _without_overlap(spans: list[DamageSpan]) -> list[DamageSpan]:
    chosen: list[DamageSpan] = []
    for span in sorted(
        spans, key=lambda span: (span.start, -span.precision, span.reads == "never", span.start - span.end)
    ):
        if not chosen or span.start >= chosen[-1].end:
            chosen.append(span)
    return chosen
