#!/usr/bin/env python3
"""List papers whose label may be wrong: cleanlab over probabilities from models that did not see the paper.

Prints CSV: `paper_id`, `title`, `kind` (`primary`, or the topic that may be missing or too much), `given`, `likely`,
`probability` of what is given. What became of each is kept in `data/annotations/read-again.csv`.
"""

import argparse
import csv
import sys
from pathlib import Path

from curation.cli.guard import guarded
from curation.label.corpus import read_corpus
from curation.label.errors import find_label_errors

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--recipe", type=Path, default=Path("data/recipe.toml"))

with guarded():
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["paper_id", "title", "kind", "given", "likely", "probability"])
    writer.writerows(find_label_errors(read_corpus(parser.parse_args().recipe)))
