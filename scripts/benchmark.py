#!/usr/bin/env python3
"""Score models on the tasks of a release, as `curate benchmark` does."""

import sys

from curation.cli import main

sys.argv.insert(1, "benchmark")
main()
