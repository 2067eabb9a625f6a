"""The version of the labeler, by itself so that a manifest can name it without loading the model."""

__all__ = ["LABELER_VERSION"]

# Raised with every training that can change a label; 1 was never published.
LABELER_VERSION = "2"
