"""Engines: what runs the stages. Every engine gives the same rows in the same order."""

from curation.engines.local import LocalEngine

__all__ = ["LocalEngine"]
