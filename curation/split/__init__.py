"""Splits: train, validation and test, drawn once and never moved."""

from curation.split.assignments import read_splits, write_splits
from curation.split.stage import MOST_STRATIFIED, SplitStage, draw_splits, first_assignment, with_assigned

__all__ = [
    "MOST_STRATIFIED",
    "SplitStage",
    "draw_splits",
    "first_assignment",
    "read_splits",
    "with_assigned",
    "write_splits",
]
