#!/usr/bin/env python3
"""Label papers with topics: `label.py enriched.parquet labelled.parquet`."""

from curation.cli.guard import guarded
from curation.label import LabelStage
from curation.stage_files import stage_command

with guarded():
    stage_command(LabelStage())
