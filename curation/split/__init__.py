"""Splits: train, validation and test, drawn once and never moved."""

from curation.split.assignments import read_splits, write_splits
from curation.split.stage import SplitStage, draw_splits

__all__ = ["SplitStage", "draw_splits", "read_splits", "write_splits"]
