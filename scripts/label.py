#!/usr/bin/env python3
"""Label papers with topics: `label.py enriched.parquet labelled.parquet --recipe data/recipe.toml`."""

import argparse
from pathlib import Path

from curation.annotate.voices import Voices, read_voices
from curation.cli.guard import guarded
from curation.label.stage import LabelStage
from curation.recipe import read_recipe
from curation.stage_files import stage_command

own = argparse.ArgumentParser(add_help=False)
own.add_argument(
    "--recipe", metavar="FILE", type=Path, help="recipe that names annotations; without it the labeler labels all"
)

with guarded():
    recipe = own.parse_known_args()[0].recipe
    voices = Voices() if recipe is None else read_voices(read_recipe(recipe).annotations, recipe.parent)
    stage_command(LabelStage(voices), parents=[own])
