"""Normalization: certain repairs of captured text, each change on record."""

from curation.normalize.edits import Edit, undo
from curation.normalize.rules import RULES, Rule
from curation.normalize.stage import NormalizeStage, normalize_texts

__all__ = ["RULES", "Edit", "NormalizeStage", "Rule", "normalize_texts", "undo"]
