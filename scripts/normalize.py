#!/usr/bin/env python3
"""Normalize captured records: `normalize.py release/listings/train-00000-of-00001.parquet normalized.parquet`."""

from curation.cli.guard import guarded
from curation.normalize import NormalizeStage
from curation.stage_files import stage_command

with guarded():
    stage_command(NormalizeStage())
