"""Deduplication: each paper once, every merge with its survivor and similarity."""

from curation.deduplicate.stage import DeduplicateStage

__all__ = ["DeduplicateStage"]
