#!/usr/bin/env python3
"""Train the labeler on the `train` and `validation` papers of data/recipe.toml and its invented ones; takes seconds.

Writes `labeler.npz` (plain arrays) and `labeler.json` into `curation/label/model`. Raise `LABELER_VERSION` in
`curation/label/version.py` when its labels can change.
"""

import argparse
from pathlib import Path

from curation.cli.guard import guarded
from curation.label.corpus import read_corpus, write_labeler

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--recipe", type=Path, default=Path("data/recipe.toml"))
parser.add_argument("--out", type=Path, default=Path("curation/label/model"))

with guarded():
    options = parser.parse_args()
    facts = write_labeler(read_corpus(options.recipe), options.out)
    print(f"{options.out}: trained on {facts['captured']} captured and {facts['invented']} invented papers")
