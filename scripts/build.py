#!/usr/bin/env python3
"""Build a release, as `curate build` does."""

import sys

from curation.cli import main

sys.argv.insert(1, "build")
main()
