"""The rules of normalization, in the order they run.

A rule says where a text is certainly not what its author meant to show, and what stands there instead. Authors'
spelling, names, numbers and words are no rule's business.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

from curation.normalize import plain, tex_prose
from curation.normalize.math_reading import read_math
from curation.normalize.math_trigger import MATH_TRIGGER
from curation.normalize.prose import Finder, always, in_prose
from curation.normalize.tex import ACCENT_TRIGGER, find_accents
from curation.normalize.wrapped import JoinedLines, join_lines

__all__ = ["RULES", "RULE_CLASSES", "Rule", "RuleClass", "class_of"]

RuleClass = Literal["layout", "certain", "math"]
RULE_CLASSES: dict[RuleClass, str] = {
    "layout": "white space and Unicode form: no character of the text is in question",
    "certain": "TeX and slips in prose, where only one reading is possible",
    "math": "names of symbols that the page left behind, where the reading is certain",
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes:
        id: Stable name, as `edits` and reports show it.
        of: The class it belongs to.
        why: Why the rule exists, in one line.
        trigger: RE2 pattern; a text without it is never changed by the rule, so whole columns are searched at once.
        find: What to replace, from left to right, without overlap. Neighbors that share it are found in one go.
        example: A text and what the rule makes of it.
        needs: Tells a single text in which `find` has nothing to find, often no more than by one character that it
            lacks; asked instead of the trigger. None if only the trigger can tell.
        whole: Does the usual case to a whole column at once, with the very edits that `find` leads to; one rule at
            most has it. None if there is no such way.
    """

    id: str
    of: RuleClass
    why: str
    trigger: str
    find: Finder
    example: tuple[str, str]
    needs: Callable[[str], bool] | None = None
    whole: Callable[[pa.Array], JoinedLines] | None = None


def _math(id_: str, why: str, before: str, after: str) -> Rule:
    return Rule(id=id_, of="math", why=why, trigger=MATH_TRIGGER, find=read_math, example=(before, after))


def _behind_backslash(pattern: str) -> Callable[[str], bool]:
    """Make what a rule needs of a pattern that starts with a backslash, which most texts do not have."""
    search = re.compile(pattern).search
    return lambda text: "\\" in text and search(text) is not None


_FONT_TRIGGER = r"\\(?:text|emph|underline|uline|mbox|url|bf|em|it|tt|sf|sc|rm|sl)"

RULES: tuple[Rule, ...] = (
    Rule(
        id="mojibake",
        of="certain",
        why="Characters decoded with the wrong encoding are read back as `ftfy` finds them.",
        # what ftfy's own test for bad encoding needs at least: two characters beyond ASCII side by side, or a control
        trigger=r"[\x{80}-\x{9f}]|[^\x00-\x7f][^\x00-\x7f]|[\x{c2}\x{c3}\x{e2}][ \x{a0}-\x{ff}]|\x{fffd}|\x{1a}",
        find=plain.find_mojibake,
        needs=plain.may_be_mojibake,
        example=("the SchrÃ¶dinger bridge", "the Schrödinger bridge"),
    ),
    Rule(
        id="unwrap",
        of="layout",
        why="Lines that a source broke at a fixed width are one paragraph.",
        trigger=r"[\r\n]",
        find=plain.find_line_breaks,
        example=("one line\nand the next", "one line and the next"),
        needs=lambda text: "\n" in text or "\r" in text,
        whole=join_lines,
    ),
    Rule(
        id="nfc",
        of="layout",
        why="The same letter has one spelling in Unicode: composed (NFC).",
        trigger=r"[^\x00-\x7f]",
        find=plain.find_decomposed,
        needs=plain.is_decomposed,
        example=("Schro\u0308dinger", "Schr\u00f6dinger"),
    ),
    Rule(
        id="tex-accent",
        of="certain",
        why="A TeX accent outside math is a letter that the source did not render.",
        trigger=ACCENT_TRIGGER,
        find=in_prose(find_accents),
        needs=_behind_backslash(ACCENT_TRIGGER),
        example=('the Schr\\"odinger bridge', "the Schrödinger bridge"),
    ),
    Rule(
        id="escaped-percent",
        of="certain",
        why="`\\%` is how TeX spells a percent sign.",
        trigger=r"\\%",
        find=in_prose(always(r"\\%(?<!\\\\%)", "%")),
        needs=_behind_backslash(r"\\%"),
        example=("by 5.2\\% on average", "by 5.2% on average"),
    ),
    Rule(
        id="escaped-sign",
        of="certain",
        why="`\\&`, `\\#` and `\\_` are how TeX spells these signs, an apostrophe needs no backslash.",
        trigger=r"\\[&#_']",
        find=in_prose(always(r"\\(?<!\\\\)(?:([&#_])|(')(?=(?:s|t|re|ve|ll|d|m)\b))", r"\1\2")),
        needs=_behind_backslash(r"\\[&#_']"),
        example=("question \\& answer", "question & answer"),
    ),
    Rule(
        id="tex-space",
        of="certain",
        why="`\\,` and its kin are TeX's small spaces.",
        trigger=r"\\[,;: !]",
        find=in_prose(always(r"\\(?<!\\\\)(?:[,;:]|(?= ))(?!\d{3}\b)", " ")),
        needs=_behind_backslash(r"\\[,;: ]"),
        example=("i.\\,i.\\,d data", "i. i. d data"),
    ),
    Rule(
        id="tex-font",
        of="certain",
        why="A command that sets a font prints its argument.",
        trigger=_FONT_TRIGGER,
        find=in_prose(tex_prose.find_fonts),
        needs=_behind_backslash(_FONT_TRIGGER),
        example=("called \\texttt{Avg-K} here", "called Avg-K here"),
    ),
    Rule(
        id="tex-symbol",
        of="certain",
        why="A symbol's command outside math is the symbol that the source did not render.",
        trigger=r"\\[A-Za-z]",
        find=in_prose(tex_prose.find_symbols),
        needs=_behind_backslash(r"\\[A-Za-z]"),
        example=("decreases as O(1/{\\alpha}^2)", "decreases as O(1/α^2)"),
    ),
    Rule(
        id="orphan-brace",
        of="certain",
        why="Braces around prose or in a number print nothing.",
        trigger=r"\{",
        find=tex_prose.find_braces_around,
        needs=lambda text: "{" in text,
        example=("defined as {an augmented space.} Then", "defined as an augmented space. Then"),
    ),
    Rule(
        id="tex-tie",
        of="certain",
        why="A tie between words is an unbreakable blank; before a number alone it means about.",
        trigger="~",
        find=in_prose(tex_prose.find_ties),
        needs=lambda text: "~" in text,
        example=("is de~novo design of ~40 drugs", "is de novo design of ~40 drugs"),
    ),
    Rule(
        id="tex-quotes",
        of="certain",
        why="Backticks and apostrophes in pairs are TeX's quotation marks.",
        trigger="`",
        find=tex_prose.find_quotes,
        needs=lambda text: "`" in text,
        example=("first ``deep'' methods for `old' tasks", "first “deep” methods for ‘old’ tasks"),
    ),
    Rule(
        id="tex-dash",
        of="certain",
        why="Two or three hyphens are TeX's en and em dash.",
        trigger="--",
        find=in_prose(tex_prose.find_dashes),
        needs=lambda text: "--" in text,
        example=("Feynman--Kac models -- and more", "Feynman–Kac models – and more"),
    ),
    Rule(
        id="joined-link",
        of="certain",
        why="A wiki link, `[a||a]`, shows its address once.",
        trigger=r"\|\|http",
        find=plain.find_joined_links,
        needs=lambda text: "|" in text and "||http" in text,
        example=("at [https://a.org/b||https://a.org/b].", "at https://a.org/b."),
    ),
    Rule(
        id="glued-sentence",
        of="certain",
        why="A blank is missing between two sentences, or after a parenthesis.",
        trigger=r"[a-z][.!?][A-Z]|\)(?:and|or|is|are) ",
        find=in_prose(plain.find_glued_sentences),
        example=("better performance.We also", "better performance. We also"),
    ),
    _math(
        "math-times",
        "`times` where numbers or letters are multiplied.",
        "at 64times64, 20times faster",
        "at 64×64, 20× faster",
    ),
    _math("math-approximately", "`approx` and `sim` before a number.", "FID with approx 10 NFE", "FID with ≈ 10 NFE"),
    _math("math-relation", "Names of relations between numbers or letters.", "for all n geq 3", "for all n ≥ 3"),
    _math("math-arrow", "Names of arrows.", "RGBrightarrowDepth", "RGB→Depth"),
    _math(
        "math-greek",
        "Names of Greek letters, where one of the same name stands in math.",
        "at O(mepsilon^{-3}) for epsilon",
        "at O(mε^{-3}) for ε",
    ),
    _math("math-symbol", "Names of other symbols.", "of the ell_2 norm", "of the ℓ_2 norm"),
    _math("math-degree", "A raised circle after a number is a degree sign.", "a 360^circ view", "a 360° view"),
    _math("math-font", "A font's name before its letters prints nothing.", "noise boldsymbol{epsilon}", "noise ε"),
    _math("math-link", "A link's own text, in braces glued to it.", "https://a.org/b{here}.", "https://a.org/b here."),
    _math("math-accent", "An accent's name before its letter.", "is tilde Omega(T)", "is Ω̃(T)"),
    Rule(
        id="whitespace",
        of="layout",
        why="Words are separated by single blanks.",
        trigger=(r"[\x00-\x1f\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]|  |^ | $"),
        find=plain.find_blanks,
        example=("two\u00a0 blanks ", "two blanks"),
    ),
)


def class_of(rule: str) -> RuleClass | None:
    """Return the class of a rule by its id, or None if there is no such rule."""
    return _classes().get(rule)


@functools.cache
def _classes() -> dict[str, RuleClass]:
    # the rule for LaTeX is made with those above
    from curation.normalize.latex_rules import ALL_RULES

    return {rule.id: rule.of for rule in ALL_RULES}
