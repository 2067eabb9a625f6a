#!/usr/bin/env python3
"""Draw the first split assignment of a recipe's papers: `split.py data/recipe.toml data/splits.csv`.

Run once for a dataset. The file is committed and named in the recipe (`split.assignments`); from then on every paper
keeps its split.
"""

import argparse
from pathlib import Path

from curation.cli.guard import guarded
from curation.first_splits import draw_recipe_splits

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("recipe", type=Path)
parser.add_argument("out", type=Path, help="a file that does not exist yet")

with guarded():
    options = parser.parse_args()
    drawn = draw_recipe_splits(options.recipe, options.out)
    print(f"{options.out}: " + ", ".join(f"{split} {count}" for split, count in drawn.items()))
