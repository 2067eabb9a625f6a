#!/usr/bin/env python3
"""Validate a release or a Parquet file, as `curate validate` does."""

import sys

from curation.cli import main

sys.argv.insert(1, "validate")
main()
