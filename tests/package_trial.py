"""Try wheel and sdist as a stranger would: a clean environment outside the checkout, nothing but the file.

`python tests/package_trial.py dist` installs the wheel with its own dependencies into a new environment, curates a
captured page in one line there, validates, loads and restores it, and does the same with the sdist.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

_TITLES = ("Counting Sheep with Diffusion Models", "A Bound on the Regret of Napping", "Mamba for Bedtime Stories")
_SENTENCE = "We study how {} behaves when nobody watches, and show in many experiments that it rests by 3.5\\% longer. "

LOAD = """
import sys
import curation
from pathlib import Path
assert Path(curation.__file__).is_relative_to(sys.prefix), curation.__file__
from datasets import load_dataset
papers = load_dataset("my-release")
assert sum(part.num_rows for part in papers.values()) == 3, papers
assert next(iter(papers.values())).features["primary_topic"].names[0] == "diffusion-models"
assert len(list(load_dataset("my-release", "listings", split="train", streaming=True))) == 3
assert curation.validate("my-release").ok
print("loaded 3 papers with datasets, plain and streaming")
"""


_PAPER = (
    '{"title": "Fewer steps for diffusion models", "abstract": "We propose a sampler for score-based diffusion models'
    ' that needs ten steps, and show that its samples are as good as those of a slower one."}\n'
)


def page(papers: dict[str, str]) -> str:
    """Return a captured page of layout B with papers, abstract by title."""
    lines = ["new", "Get trending papers in your email inbox!", "Subscribe", "byAK and the research community"]
    return "\n\n".join([*lines, *(text for paper in papers.items() for text in paper)])


def few() -> dict[str, str]:
    """Return three papers that are much alike."""
    return {
        title: "".join(_SENTENCE.format(f"method {number}{part}") for part in range(5)).strip()
        for number, title in enumerate(_TITLES)
    }


def many() -> dict[str, str]:
    """Return papers of which none is like another, enough for tasks."""

    def words(paper: int, part: int) -> str:
        return " ".join(f"term{paper}of{part}at{place}" for place in range(12))

    return {
        f"Study number {paper} of sheep asleep": " ".join(f"We find {words(paper, part)}." for part in range(5))
        for paper in range(12)
    }


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command away from the checkout and return what it printed."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment |= {"HF_HOME": str(cwd / "hf"), "HF_HUB_OFFLINE": "1"}
    words = [str(part) for part in command]
    done = subprocess.run(words, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"failed: {' '.join(words)}\n{done.stdout}{done.stderr}")
    return done.stdout


def constraints(folder: Path) -> Path:
    """Write the locked versions without their hashes, so that pip may install the built file beside them."""
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    path = folder / "constraints.txt"
    path.write_text("\n".join(re.findall(r"^(\S+==\S+(?: ; [^\\]+)?)", lock, re.MULTILINE)), encoding="utf-8")
    return path


def main() -> None:
    """Try every file of the folder named on the command line."""
    files = sorted(Path(sys.argv[1]).resolve().glob("paper_abstracts-*"))
    wheel = next(file for file in files if file.suffix == ".whl")
    sdist = next(file for file in files if file.name.endswith(".tar.gz"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        venv.create(folder / "env", with_pip=True)
        python, curate = folder / "env/bin/python", folder / "env/bin/curate"
        (folder / "my-page.txt").write_text(page(few()), encoding="utf-8")
        pip = (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        for built in (wheel, sdist):
            again = ("--force-reinstall", "--no-deps") if built is sdist else ("--constraint", constraints(folder))
            run(*pip, *again, built, cwd=folder)
            print(f"{built.name}: installed, {run(curate, '--version', cwd=folder).strip()}")
            out = run(curate, "build", "my-page.txt", "--out", "my-release", cwd=folder)
            print(out.strip().splitlines()[-1])
            print(run(curate, "validate", "my-release", cwd=folder).strip())
            print(run(python, "-c", LOAD, cwd=folder).strip())
            run(curate, "restore", "my-release", "my-page.txt", "--out", "back.txt", cwd=folder)
            if (folder / "back.txt").read_bytes() != (folder / "my-page.txt").read_bytes():
                sys.exit("failed: the page was not given back byte for byte")
            run(curate, "explain", "my-release", "napping", cwd=folder)
            run(curate, "schema", cwd=folder)
            (folder / "more.txt").write_text(page(many()), encoding="utf-8")
            run(curate, "build", "more.txt", "--out", "larger", cwd=folder)
            tasks = json.loads(run(curate, "tasks", "list", "larger", "--format", "json", cwd=folder))
            run(curate, "benchmark", "larger", "--model", "light", cwd=folder)
            compared = json.loads(run(curate, "leaderboard", "results", "--format", "json", cwd=folder))
            assert [one["task"] for one in compared["tasks"]] == [one["name"] for one in tasks] != []
            print(f"light baselines scored on {len(tasks)} tasks")
            (folder / "papers.jsonl").write_text(_PAPER, encoding="utf-8")
            labelled = run(curate, "label", "papers.jsonl", cwd=folder)
            if '"primary_topic": "diffusion-models"' not in labelled:
                sys.exit(f"failed: the labeler of the package says {labelled}")
    print("wheel and sdist work outside the checkout")


if __name__ == "__main__":
    main()
