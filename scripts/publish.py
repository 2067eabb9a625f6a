#!/usr/bin/env python3
"""Publish a release, as `curate publish` does."""

import sys

from curation.cli import main

sys.argv.insert(1, "publish")
main()
