"""Validation: is a release what it says it is, is a Parquet file what its table's schema says."""

from curation.validation.findings import Finding, Validation
from curation.validation.target import validate

__all__ = ["Finding", "Validation", "validate"]
