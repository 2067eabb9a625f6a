"""Make the environments of the peers, each with the versions pinned in `peers/<name>.txt`, beside the project's own.

    python benchmarks/scale/environments.py [--only NAME …] [--again]

They stand in `.venv-peers/<name>` and are made with the Python that runs this script. One that is there is left alone
while its pins are the same. One that cannot be had is told at the end; the benchmarks leave its peer out and say so.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PINS = Path(__file__).resolve().parent / "peers"
FOLDER = ROOT / ".venv-peers"
NAMES = tuple(sorted(file.stem for file in PINS.glob("*.txt")))


def python_of(name: str) -> Path:
    """Return the interpreter of a peer's environment."""
    return FOLDER / name / "bin" / "python"


def is_ready(name: str) -> bool:
    """Tell whether a peer's environment holds what is pinned now."""
    mark = FOLDER / name / ".pins"
    return mark.exists() and mark.read_text(encoding="utf-8") == (PINS / f"{name}.txt").read_text(encoding="utf-8")


def make(name: str) -> str | None:
    """Make an environment; return what went wrong."""
    pip = [str(python_of(name)), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    for command in (
        [] if python_of(name).exists() else [sys.executable, "-m", "venv", str(FOLDER / name)],
        [*pip, "--requirement", str(PINS / f"{name}.txt")],
    ):
        if command and (done := subprocess.run(command, capture_output=True, text=True, check=False)).returncode:
            return "\n".join(line for line in done.stderr.splitlines() if not line.startswith("WARNING"))[-600:]
    pins = (PINS / f"{name}.txt").read_text(encoding="utf-8")
    (FOLDER / name / ".pins").write_text(pins, encoding="utf-8")
    return None


def main() -> int:
    """Make what is missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=NAMES, default=NAMES, metavar="NAME")
    parser.add_argument("--again", action="store_true", help="install also where the pins are the same")
    options = parser.parse_args()
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / ".gitignore").write_text("*\n", encoding="utf-8")
    failed = {}
    for name in options.only:
        if is_ready(name) and not options.again:
            print(f"{name}: there already")
        elif wrong := make(name):
            failed[name] = wrong
        else:
            print(f"{name}: ready", flush=True)
    for name, wrong in failed.items():
        print(f"{name}: could not be had\n{wrong}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
