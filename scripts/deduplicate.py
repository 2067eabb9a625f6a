#!/usr/bin/env python3
"""Merge records of the same paper: `deduplicate.py normalized.parquet distinct.parquet`."""

from curation.cli.guard import guarded
from curation.deduplicate import DeduplicateStage
from curation.stage_files import stage_command

with guarded():
    stage_command(DeduplicateStage())
