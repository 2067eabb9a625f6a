"""Wrong values in a manifest and flipped bits in tables: validation tells them, and never trips.

python -m tests.stress.damage --flips 400 --seed 0
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from random import Random
from typing import Any

from curation.release.build import build
from curation.release.folder import MANIFEST
from curation.validation import validate
from tests.releases import copy_of, files_of
from tests.sample_page import page_text
from tests.stress.folders import show_table

__all__ = ["JUNK", "flip_bits", "places_in", "put_junk"]

JUNK: tuple[Any, ...] = (None, "x", [[]], -1)

Keys = tuple[str | int, ...]


def places_in(value: Any) -> list[Keys]:
    """List every key of a JSON value, the first entries of its lists only."""
    found: list[Keys] = []
    keys: list[str | int] = list(value) if isinstance(value, dict) else list(range(min(len(value), 1)))
    for key in keys:
        found.append((key,))
        if isinstance(value[key], dict | list):
            found += [(key, *rest) for rest in places_in(value[key])]
    return found


def _is_read(keys: Keys) -> bool:
    if keys[0] in ("recipe", "generator"):
        return False  # nothing of it is read
    if keys[0] == "statistics" and len(keys) > 2 and (len(keys) > 3 or keys[1] != "agreement"):
        return False  # a figure of one topic is like that of another
    # an entry of one task is like that of another
    return not (keys[0] == "benchmark" and keys[1:] and keys[1] != "topics")


def put_junk(release: Path, junk: Any, *, every: int = 1, first: int = 0) -> tuple[int, list[str]]:
    """Put a value into the places of a manifest, one after the other; return how many they were, and what crashed.

    Args:
        release: A copy of a release.
        junk: The value.
        every: Take each so manieth place only.
        first: The first place that is taken.
    """
    text = (release / MANIFEST).read_text(encoding="utf-8")
    places = [keys for keys in places_in(json.loads(text)) if _is_read(keys)][first::every]
    crashes = []
    for keys in places:
        manifest = json.loads(text)
        part = manifest
        for key in keys[:-1]:
            part = part[key]
        part[keys[-1]] = junk
        (release / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
        try:
            validate(release)
        except Exception as error:  # noqa: BLE001  whatever it is, it is a finding
            crashes.append(f"{'.'.join(map(str, keys))} = {junk!r}: {error!r}")
    (release / MANIFEST).write_text(text, encoding="utf-8")
    return len(places), crashes


def flip_bits(release: Path, count: int, seed: int) -> list[str]:
    """Flip one bit of a Parquet file so many times; return what was not found, or crashed.

    Args:
        release: A copy of a release.
        count: How many times.
        seed: What the drawing begins with.
    """
    draw = Random(seed)
    wrong = []
    for _ in range(count):
        path = release / draw.choice([name for name in files_of(release) if name.endswith(".parquet")])
        whole = path.read_bytes()
        content = bytearray(whole)
        at, bit = draw.randrange(len(content)), draw.randrange(8)
        content[at] ^= 1 << bit
        path.write_bytes(content)
        try:
            found = validate(release).findings
        except Exception as error:  # noqa: BLE001  whatever it is, it is a finding
            wrong.append(f"{path.name}, byte {at}, bit {bit}: {error!r}")
        else:
            wrong += [] if found else [f"{path.name}, byte {at}, bit {bit}: not found"]
        path.write_bytes(whole)
    return wrong


def report(rows: Sequence[Sequence[object]], wrong: Iterable[str]) -> str:
    """Show a table of what was tried, and what is wrong below it."""
    return "\n".join([show_table(["damage", "tried", "WRONG"], [list(row) for row in rows]), *wrong])


def main() -> int:
    """Run the campaign from the command line; 1 if anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--flips", type=int, default=400, help="how many flipped bits")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    started = time.perf_counter()
    rows: list[list[object]] = []
    wrong: list[str] = []
    with tempfile.TemporaryDirectory(prefix="damage-") as name:
        folder = Path(name)
        (folder / "page.txt").write_text(page_text(), encoding="utf-8")
        copy = copy_of(build([folder / "page.txt"], out=folder / "release").out, folder)
        for junk in JUNK:
            count, crashes = put_junk(copy, junk)
            rows.append([f"{junk!r} in the manifest", count, len(crashes)])
            wrong += crashes
        crashes = flip_bits(copy, options.flips, options.seed)
        rows.append(["a flipped bit of a table", options.flips, len(crashes)])
        wrong += crashes
    print(f"damage: seed {options.seed}, {time.perf_counter() - started:.0f} s")
    print(report(rows, wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
