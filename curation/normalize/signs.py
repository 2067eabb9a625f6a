r"""Signs of stripped math: where the name of a deleted command stands in a text.

The page deletes, inside `$…$`, every one-argument command together with its first braces and then every backslash:
`$64\times64$` becomes `64times64`, `$\frac{a}{b}$` becomes `a{b}`. A sign is a set of names and what must stand
before and after them. Its precision is the share, of the abstracts that have it, in which the page really left
something behind. It starts from what `benchmarks/fidelity.py --tune` counts on the tuning half of an arXiv sample
(for Greek names with the letters of the sample's math spelled as commands, as on the captured pages), and is set
lower by hand where the sign was never or hardly seen there, or was wrong in the other half: those values are
judgement, not measurement.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from curation.normalize.symbols import GREEK, SIZES, STYLES

__all__ = ["OTHER_SIGNS", "PLAIN_MATH", "SIGNS", "OtherSign", "Reads", "Sign"]

Reads = Literal["always", "with evidence", "never"]


@dataclass(frozen=True, slots=True)
class Sign:
    """Names of commands in a place where only math has them.

    Attributes:
        id: Stable name.
        precision: Share, 0 to 1, of the abstracts with the sign that are damaged; see above.
        names: The commands.
        pattern: Matches where a name starts; the name is its first group.
        before: Must match what ends where the name starts, if anything must.
        reads: Whether a name found here can be read back into its symbol: always, if another sign of the abstract is as
            good as certain (for a Greek name, a sign of the same name), or never.
        in_plain: Whether the sign counts in an abstract whose authors spell math in plain text themselves.
    """

    id: str
    precision: float
    names: frozenset[str] = field(repr=False)
    pattern: re.Pattern[str]
    before: re.Pattern[str] | None = None
    reads: Reads = "always"
    in_plain: bool = True


@dataclass(frozen=True, slots=True)
class OtherSign:
    """A sign that is no name: a dollar, a brace, what is left of a small space.

    Attributes:
        id: Stable name.
        kind: A value of `DAMAGE_KINDS`.
        precision: As for `Sign`.
        needs: A text without this has no such sign.
        pattern: The damage.
    """

    id: str
    kind: str
    precision: float
    needs: str
    pattern: re.Pattern[str]


# Authors who write math in plain text (`alpha >= 0.5`, `a * b`, `sqrt(n)`) spell Greek letters, too.
PLAIN_MATH = re.compile(
    r" \* |\*\*|sqrt\(|>=|<=|\+/?-|-hat\b|\w\*\w| ~ | = -?\d|->|\bapprox -"
    rf"|[A-Za-z]_(?!(?:{'|'.join(GREEK)})(?![a-z]))[a-z]{{3,}}"
)

# An author's own command keeps its backslash outside math.
_B = r"(?<![A-Za-z\\])"
_E = r"(?![A-Za-z])"
_LETTER = rf"[A-Za-zΑ-ωℓ]{_E}"


def _any(names: Iterable[str]) -> str:
    return "|".join(sorted(names, key=lambda name: (-len(name), name)))


_GREEK = _any(GREEK)
_OPERAND = rf"(?:[\d)\]}}|*+]\s?|{_B}(?:[A-Za-zΑ-ωℓ]|{_GREEK})\s)"
_NEXT_OPERAND = (
    rf"(?=\s?(?:\\?[\d({{\[|+-]|\.\d|{_LETTER}|{_B}(?:{_GREEK}|mathbb|mathcal|infty|ell|log|max|min|poly|langle){_E}))"
)
# What a number stands behind in prose; behind a quantity's name authors spell `approx` themselves.
_BEFORE_NUMBER = (
    r"(?:[(\[~=<>,;:%/)\]}]|\d|\b(?:with|of|to|by|at|in|for|from|on|only|is|are|was|and|or|just|takes|take|using|uses|use|over"
    r"|than|the|an?|has|have|achieves?|requires?|requiring|needs?|down|up|into|per|between|contains?|comprising|on))\s?"
)
_VARIABLE = rf"{_B}(?![aAI] )[A-Za-zΑ-ωℓ]"


def _sign(
    id_: str,
    names: str | Iterable[str],
    around: str,
    *,
    precision: float = 1.0,
    before: str | None = None,
    reads: Reads = "always",
    in_plain: bool = True,
) -> Sign:
    listed = frozenset(names.split() if isinstance(names, str) else names)
    return Sign(
        id_,
        precision,
        listed,
        re.compile(around.replace("NAME", f"({_any(listed)})")),
        None if before is None else re.compile(rf"(?:{before})\Z"),
        reads,
        in_plain,
    )


def _greek(id_: str, precision: float, around: str, *, before: str | None = None, names: str | None = None) -> Sign:
    listed = GREEK if names is None else names
    return _sign(id_, listed, around, precision=precision, before=before, reads="with evidence", in_plain=False)


# No English words, and no name of anything in the tuning half.
_SURE = (
    "varepsilon vartheta varphi varrho varsigma infty langle rangle lfloor rfloor lceil rceil lVert rVert ldots cdots"
    " dotsc vdots ddots cdot nabla hbar ell leq leqslant geq geqslant neq simeq cong equiv propto lesssim gtrsim"
    " lessapprox gtrapprox subseteq supseteq subsetneq notin preceq succeq vdash vDash triangleq coloneqq"
    " otimes oplus odot ominus setminus emptyset varnothing rightarrow leftarrow leftrightarrow longrightarrow"
    " longleftarrow Rightarrow Leftarrow Leftrightarrow Longrightarrow nrightarrow uparrow downarrow updownarrow"
    " Uparrow Downarrow nearrow searrow mapsto hookrightarrow rightleftarrows xrightarrow rightsquigarrow circledR"
    " binom tfrac dfrac bigcup bigcap bigl bigr Bigl Bigr biggl biggr Biggl Biggr"
)
_GLUED = (
    "varepsilon varphi leftrightarrow rightarrow uparrow downarrow infty cdots cdot ldots otimes oplus subseteq lfloor"
    " rfloor lceil rceil mathbb mathcal mathbf langle rangle"
)
_FONTS = ({name for name in STYLES if name.startswith(("math", "text"))} - {"text", "textstyle"}) | {
    "mathbb",
    "boldsymbol",
    "operatorname",
}
_BRACED = "sim pm times to approx rightarrow leq geq le ge circ cdot mu"

_NAMES = (
    # `\le\frac{q+1}{2}` leaves `leq+1{2}`
    _sign("name", _SURE, rf"{_B}NAME{_E}(?!(?<=[lgn]eq)[+*/,)-])"),
    _sign(
        "glued-name",
        _GLUED,
        r"(?<=[A-Za-z])(?<!ane)(?<!Ane)(?!(?:(?<=[Ww])|(?<=[Ss]t)|(?<=quad))rangle)NAME",
        before=rf"{_B}[A-Za-z]+",
    ),
    _sign("braced-name", _BRACED, r"NAME(?=\s?\})", before=r"(?<![\\^_])\{\s?"),
    _sign("font", _FONTS, rf"{_B}NAME(?=\s?[{{A-Z0-9Α-ω]|\s[a-z]{_E}|\{{)", reads="with evidence"),
    _sign("text", "text", r"(?<!\\)NAME(?=\{)", before=r"(?<![\\A-Za-z])[A-Za-z]*", reads="never"),
    _sign("font-group", "bf rm it sf tt em cal small sc", r"NAME(?=\s)", before=r"\{"),
    _sign("size", SIZES, rf"{_B}NAME(?=[\[(|{{)\]}}]|\\[{{}}])(?=.{{0,300}}right[)\]}}|.])", reads="never"),
    _sign("size-close", "right bigr", r"(?<=[)\]}])NAME(?=[)\]}|.])", reads="never"),
    _sign("root", "sqrt frac", r"(?<![A-Za-z\\])NAME(?=[{ \d])", reads="never"),
    _sign("big-operator", "sum prod int", rf"{_B}NAME(?=[_^])", in_plain=False),
    _sign("accent", "tilde widetilde widehat overline", rf"{_B}NAME(?=[ {{](?:{_LETTER}|(?:{_GREEK}){_E}|mathcal))"),
    _sign("dots", "dots", r"(?<=[,;+ ])NAME(?=[,;+_A-Z]| [+,;_A-Z])"),
)

_TIMES = (
    _sign("times-after-number", "times", r"(?<=[\d}%)])NAME"),
    _sign("times-between-numbers", "times", r"(?<=\d )NAME(?= \d)", precision=0.92, reads="with evidence"),
    _sign("times-before-number", "times", rf"{_B}NAME(?=\d)"),
    _sign("times-in-parenthesis", "times", r"(?<=\()NAME(?= ?\d)"),
    _sign("times-word-number", "times", r"(?<=[A-Za-z] )NAME(?= \d)", precision=0.9, reads="with evidence"),
    _sign("times-letters", "times", r"NAME(?= ?(?![aAI] )[A-Za-zΑ-ω](?![A-Za-z']))", before=rf"{_VARIABLE} ?"),
    _sign("times-capitals", "times", r"(?<=[A-Z0-9])NAME(?=[A-Z])"),
    _sign("times-inside", "times", r"(?<=[a-z])NAME(?=[A-Z][a-z])", precision=0.9),
    _sign("times-unit", "times", r"NAME(?![a-z])", before=rf"\d[KMBDkGT]|{_B}(?<![.'-])[NK]"),
    _sign("times-subscript", "times", r"NAME(?= \w+\})", before=r"_\{\w+ "),
)

_RELATIONS = (
    # `a sim2real gap` has no operand, it has an article
    _sign(
        "relation",
        "le ge ne gg ll sim",
        rf"NAME{_E}(?! ?-[a-z])(?!(?<=sim)2[a-z]){_NEXT_OPERAND}",
        before=_OPERAND,
        in_plain=False,
    ),
    _sign("relation-number", "le ge ll gg", rf"{_B}NAME(?= ?\\?\d)"),
    _sign("relation-glued", "le ge ne", r"NAME(?=\d)", before=r"(?<![A-Za-z\\])[kmnpqrtxdjKNT]"),
    _sign("relation-letter", "le ge", r"NAME(?= \d)", before=r"(?<![A-Za-z\\])[jkpqrtnxd]"),
    _sign("much-greater", "gg ll", r"NAME(?= ?\d)", before=r"(?<![A-Za-z\\])[jkpqrtnxdmN]"),
    _sign("leq-glued", "leq geq neq", rf"NAME(?=\s?(?:\d|[a-z]{_E}))", before=r"(?<![A-Za-z\\])[A-Za-z]"),
    _sign("sim-number", "sim", rf"{_B}NAME(?= ?[\d.\\]|\+\d)(?! ?2 ?[a-z])"),
    _sign("sim-glued", "sim", r"(?<=[A-Z%])NAME(?=\d)(?!2[a-z])"),
    _sign("approx-number", "approx", rf"{_B}NAME(?= ?[\d\\])", before=_BEFORE_NUMBER, in_plain=False),
    _sign("approx-other", "approx", rf"{_B}NAME(?= ?[\d+\\-])", precision=0.8, reads="never", in_plain=False),
    _sign("approx-glued", "approx", rf"(?<=[A-Za-zΑ-ω])NAME{_E}"),
    _sign("plus-minus", "pm", rf"{_B}NAME(?=\s?[\d.\\])"),
    _sign("plus-minus-glued", "pm", r"(?<=mean)NAME(?=std|sd)"),
    _sign(
        "set-relation",
        "cup cap wedge vee perp star ast mid supset",
        rf"(?<!\) mid)NAME{_E}(?=\s?(?:{_LETTER}|[A-Z]\w?[(_^ ]|[({{\[\\]))",
        before=rf"[)\]}}]|[\]}}]\s|{_VARIABLE}\s",
        reads="with evidence",
    ),
    _sign(
        "membership",
        "in",
        r"NAME(?=\s?(?:[\[{(]\s?[\w-]+(?:,|\]|\s?,)|(?:mathbb )?[RNZQC](?:[\^_.,) ]|$)|\[[A-Z]\]))",
        precision=0.83,
        before=rf"{_B}[A-Za-zΑ-ω](?:_\w)? ?",
        reads="never",
    ),
    _sign(
        "membership-tight", "in", r"(?<=[)A-Zkijβ])NAME(?=[\[({][\w-]|[A-Z]_|N\b|R\b| [A-Z]\))", reads="with evidence"
    ),
    _sign("given", "mid", r"(?<=[;(,|_][A-Z])NAME(?= [A-Z][,)|}])"),
    _sign("to-infinity", "to", r"NAME(?=\s?infty)"),
    _sign("to-glued", "to", r"NAME(?=[\d.])", before=r"\d[BKM%]?"),
    _sign("to-capitals", "to", r"(?<=[A-Z])NAME(?=[A-Z]{2})", precision=0.9),
)

_SCRIPTS = (
    _sign("degree", "circ", r"(?<=[\^{])NAME(?![a-z])", before=r"\^\{?", reads="always"),
    _sign(
        "script",
        "star ast perp dagger prime bullet circledR times",
        r"NAME(?![a-z])",
        before=r"[_^]\{?[+-]?",
        reads="never",
    ),
    _sign("transpose", "top intercal", r"NAME(?![a-z])", before=r"\^\{?"),
    _sign("micro", "mu", r"NAME(?= ?[mgsLlAVWMF](?![a-z]))", before=r"\d ?"),
)

_GREEK_SIGNS = (
    _greek("greek-rare", 0.9, rf"{_B}NAME{_E}(?!-?\d|-law)", names="iota xi mu"),
    _greek("greek-applied", 0.9, r"(?<=\()NAME(?= [a-z] )", names="Omega Sigma Lambda Phi Psi Theta"),
    _greek("greek-brace-script", 1.0, rf"{_B}NAME(?=[_^]\{{)"),
    _greek("greek-digit-script", 0.82, rf"{_B}NAME(?=[_^]-?\d)"),
    _greek("greek-letter-script", 0.83, rf"{_B}NAME(?=[_^]{_LETTER})"),
    _greek("greek-greek-script", 0.9, rf"{_B}NAME(?=[_^](?:{_GREEK}){_E})"),
    _greek("greek-in-script", 1.0, rf"{_B}NAME{_E}", before=r"[_^]\{[^\s{}]{0,12}"),
    _greek("greek-as-script", 0.9, rf"NAME{_E}", before=rf"{_B}[A-Za-z][_^]"),
    _greek("greek-before-greek", 1.0, rf"{_B}NAME(?=(?:{_GREEK}|approx){_E})"),
    # `IL-1beta` and `v0.1beta` are names
    _greek("greek-after-number", 1.0, rf"NAME{_E}", before=r"(?<![A-Za-z\d.])(?<![A-Z]{2}-)\d[\d.]*"),
    _greek("greek-after-greek", 1.0, rf"NAME{_E}", before=rf"{_B}(?:{_GREEK})"),
    _greek("greek-after-letter", 1.0, rf"NAME{_E}", before=rf"{_B}(?![aA])[A-Za-z]",
           names="alpha gamma delta epsilon lambda sigma kappa Delta omega"),
    _greek("greek-after-capital", 1.0, rf"NAME{_E}", before=rf"{_B}[A-Z]", names="theta"),
    _greek("greek-pair", 1.0, rf"(?<=\()NAME(?=[,+] ?(?:\w|{_GREEK}){_E})"),
    _greek("greek-second", 1.0, r"NAME(?=\))", before=r"\(\w, ?|[a-z][,+]"),
    _greek("greek-of", 1.0, rf"{_B}NAME(?=\([a-zA-Z][,)]|\(n)"),
    _greek("greek-order", 1.0, rf"{_B}NAME{_E}", before=r"\b[OΘΩo]\}?\((?:[^()\s]|\([^()\s]*\)| (?=[a-z])){0,24}"),
    _greek("greek-called", 1.0, rf"{_B}NAME(?=\()", names="Theta Omega"),
    _greek("greek-less", 1.0, rf"{_B}NAME(?=[<>≤≥])"),
    _greek("greek-parenthesis", 0.84, r"(?<=\()NAME(?=\))"),
    _greek("greek-difference", 0.86, rf"(?<=\d-)NAME{_E}"),
    _greek("greek-suffix", 0.9, rf"(?<=[a-z]-)NAME{_E}", names="eta"),
    _greek("greek-equal", 0.76, rf"{_B}NAME(?==)"),
    _greek("greek-hyphen", 0.56, rf"(?<=[A-Za-z]-)NAME{_E}"),
    _greek("greek-word", 0.4, rf"{_B}NAME{_E}"),
)  # fmt: skip

SIGNS: tuple[Sign, ...] = (*_NAMES, *_TIMES, *_RELATIONS, *_SCRIPTS, *_GREEK_SIGNS)

OTHER_SIGNS: tuple[OtherSign, ...] = tuple(
    OtherSign(id_, kind, precision, needs, re.compile(pattern))
    for id_, kind, precision, needs, pattern in (
        ("stray-dollar", "dollar", 1.0, "$", r"(?<![\\SA])\$(?![\d.~]|\\|[A-Z]\d|[A-Z]{2})(?=[A-Za-z( .,;)]|$)"),
        ("braced-relation", "braces", 1.0, "{", r"(?<![\w}\\])\{[<>~=]\}"),
        ("braced-variable", "braces", 0.8, "{", r"(?<![\\\w}_^])\{[A-Za-z]_\w\}"),
        ("negative-space", "spacing", 1.0, "!", r"[=<>A-Za-z)]!(?=[=<>A-Za-z(])"),
        ("thin-space", "spacing", 1.0, ",,", r"(?<=[\w)]) ?,,(?= ?\w)"),
        ("lost-dollar", "spacing", 0.8, "\\", r"\\(?=\d)"),
    )
)
