"""Invented records in the form of arXiv's metadata, with no text of anybody's, and how they are read."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from curation.benchmark.scale.records import Record, RecordFile

__all__ = ["about", "content", "record_lines", "write"]

_WORDS = """
    model graph kernel sparse robust estimator sample network margin policy reward agent prior bound learner signal
    image token decoder latent vector matrix sequence speech corpus query index planner robot sensor label noise
    shift domain budget price market auction privacy attack defence proof lemma circuit compiler
""".split()  # noqa: SIM905 (a list would be a line for each)
_MATH = (
    r"with $\alpha \leq 0.05$ throughout", r"in $O(\frac{n}{\epsilon^2})$ steps", r"a $4\times$ gain",
    r"for all $x \in \mathbb{R}^{d}$", r"where $\beta \rightarrow \infty$ holds", r"of $\sim 3$ hours",
    r"under $\|w\|_2 \geq \lambda$ only", r"by $0.93 \pm 0.05$ points", r"from $\hat{\theta}_{t}$ to $\Delta$",
)  # fmt: skip


def record_lines(count: int) -> list[str]:
    """Return lines of JSON, the same ones each time; every third abstract is wrapped, two of three have math."""
    drawn = random.Random(7)
    lines = []
    for number in range(count):
        sentences = []
        for at in range(drawn.randint(5, 9)):
            words = drawn.choices(_WORDS, k=drawn.randint(8, 18))
            if at % 2 and number % 3:
                words.insert(drawn.randint(1, len(words)), drawn.choice(_MATH))
            sentences.append(" ".join(words).capitalize() + ("." if at % 3 else ", really."))
        record = {
            "id": f"2101.{number:05}",
            "title": f"Paper {number}",
            "abstract": ("\n  " if number % 3 == 0 else " ").join(sentences),
            "categories": drawn.choice(["cs.LG stat.ML", "cs.CL", "math.OC"]),
        }
        lines.append(json.dumps(record))
    return lines


def write(path: Path, lines: list[str]) -> Path:
    """Write lines to a file."""
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def content(folder: Path) -> dict[str, bytes]:
    """Return the bytes of all files of a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def about(folder: Path) -> dict[str, Any]:
    """Return what `tasks.json` says."""
    told: dict[str, Any] = json.loads((folder / "tasks.json").read_text(encoding="utf-8"))
    return told


@pytest.mark.parametrize("categories", ["cs.LG stat.ML", ["cs.LG", "stat.ML"], ["cs.LG stat.ML"]])
def test_a_record_has_its_abstract_in_a_line_and_its_primary_category(tmp_path: Path, categories: object) -> None:
    path = tmp_path / "records.jsonl"
    line = json.dumps({"id": " hep-th/9901001", "abstract": "  One\n two.\n", "categories": categories, "more": 1})
    path.write_text("\ufeff" + line, encoding="utf-8")
    assert list(RecordFile(path).records()) == [Record("hep-th/9901001", "One two.", "cs.LG")]
