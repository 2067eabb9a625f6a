"""The rules for texts that still have their LaTeX, in the order they run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from curation.normalize.edits import Replacement
from curation.normalize.latex_math import LATEX_TRIGGER, find_formulas, formula_spans, may_hold_formulas, overlaps
from curation.normalize.prose import Finder
from curation.normalize.rules import RULES, Rule

__all__ = ["ALL_RULES", "LATEX_MATH", "LATEX_RULES"]

LATEX_MATH = Rule(
    id="latex-math",
    of="certain",
    why="Math between dollars is read where every part of it is known.",
    trigger=LATEX_TRIGGER,
    find=find_formulas,
    needs=may_hold_formulas,
    example=("an $O(n^2)$ bound with $\\alpha\\in(0,1)$", "an O(n²) bound with α ∈ (0,1)"),
)


def _off_formulas(find: Finder) -> Finder:
    """Keep a finder out of the formulas that stay as they are; `in_prose` pairs dollars more simply.

    Where that leaves half a pair of braces or quotation marks, nothing is found.
    """

    def find_off_formulas(text: str) -> Iterator[Replacement]:
        found = list(find(text))
        spans = formula_spans(text) if found else []
        if not spans:
            return iter(found)
        kept = [one for one in found if not overlaps(one.start, one.end, spans)]
        return iter(kept if _is_balanced(text, kept) else [])

    return find_off_formulas


def _is_balanced(text: str, found: list[Replacement]) -> bool:
    removed = "".join(text[one.start : one.end] for one in found)
    added = "".join(one.after for one in found)
    braces = removed.count("{") == removed.count("}") or "}" not in text
    return braces and added.count("“") == added.count("”") and added.count("‘") == added.count("’")


def _order() -> Iterator[Rule]:
    """Yield the rules: lines are joined before formulas are read, and formulas before prose is looked at."""
    for rule in RULES:
        if rule.id == "tex-accent":
            yield LATEX_MATH
        if rule.of == "certain" and rule.id != "mojibake":
            yield replace(rule, find=_off_formulas(rule.find))
        elif rule.of != "math":
            yield rule


# Without class `math`: a text with its LaTeX holds no names that a page left behind.
LATEX_RULES: tuple[Rule, ...] = tuple(_order())

ALL_RULES: tuple[Rule, ...] = (*RULES, LATEX_MATH)
"""Every rule that an edit may name, each once."""
