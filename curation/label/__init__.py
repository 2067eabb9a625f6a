"""Labels: topics for papers, with who gave them."""

from curation.label.stage import LabelStage

__all__ = ["LabelStage"]
