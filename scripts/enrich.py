#!/usr/bin/env python3
"""Add links and arXiv ids: `enrich.py distinct.parquet enriched.parquet --arxiv-ids data/enrichment/arxiv-ids.csv`."""

import argparse
from pathlib import Path

from curation.cli.guard import guarded
from curation.enrich import EnrichStage, read_arxiv_ids
from curation.stage_files import stage_command

own = argparse.ArgumentParser(add_help=False)
own.add_argument("--arxiv-ids", metavar="FILE", type=Path, help="CSV of arXiv ids by title; without it none is known")

with guarded():
    table = own.parse_known_args()[0].arxiv_ids
    stage_command(EnrichStage({} if table is None else read_arxiv_ids(table)), parents=[own])
