"""How long `curate build` on the two listings and `curate --help` take, against importing the build's libraries.

Prints ratios from one run: every round runs the three processes in turn, each ratio is taken inside its round, the
median is what to quote. The import is the floor: no build can be quicker than loading what it needs.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIBRARIES = (
    "altair, datasets, ftfy, huggingface_hub, jinja2, krippendorff, pandas, pandera.pandas, pyarrow.parquet, pydantic,"
    " rich.console, sklearn.metrics, typer, vl_convert"
)


def seconds(arguments: list[str]) -> float:
    """Run a Python process and return its wall time in seconds."""
    environment = {**os.environ, "HF_HUB_OFFLINE": "1"}
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    """Time the rounds and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder) / "release")
        commands = {
            "import of the libraries": ["-c", f"import {LIBRARIES}"],
            "curate build, first time": ["-m", "curation.cli", "build", "--recipe", "data/recipe.toml", "--out", out],
            "curate --help": ["-m", "curation.cli", "--help"],
        }
        for command in commands.values():
            seconds(command)  # warm: bytecode and the file cache
        times: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(rounds):
            for name, command in commands.items():
                Path(out).unlink(missing_ok=True)  # so that the build writes its release every time
                times[name].append(seconds(command))
    floor = times["import of the libraries"]
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, {rounds} rounds\n")
    print(f"{'':<26}{'median s':>9}{'ratio to the import':>34}{'goal':>9}")
    goals = {"curate build, first time": "<= 2", "curate --help": "<= 0.2"}
    for name, values in times.items():
        ratios = [value / base for value, base in zip(values, floor, strict=True)]
        spread = f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
        print(f"{name:<26}{statistics.median(values):>9.2f}{spread:>34}{goals.get(name, ''):>9}")


if __name__ == "__main__":
    main()
