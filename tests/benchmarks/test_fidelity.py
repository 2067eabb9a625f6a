"""The measurement itself: its intervals, the halves of the sample, and one run over invented abstracts."""

from __future__ import annotations

import gzip
import hashlib
import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.fidelity import read_half, share, wilson
from tests.commands import ROOT, python_process

DAMAGED = (
    r"Our solver finds an $\epsilon$-stationary point within $O(n\epsilon^{-2})$ steps of the outer loop.",
    r"The decoder draws images of $64\times64$ pixels and gives a $20\times$ speedup over its teacher.",
    r"We bound the $\ell_2$ distance for every $n \geq 3$ and for all smooth losses.",
    r"A sampler with $\approx 10$ steps keeps the quality of slow ones.",
    r"The noise $\hat{\boldsymbol{\epsilon}}(z_i, i)$ is drawn twice, once for each half of the batch.",
)
SOUND = (
    r"Alpha particles and beta testers meet twice: in physics and in software.",
    r"Sets of size $k$ in $\mathbb{R}^d$ are covered by $k \log k$ balls.",
    r"We count $x_{1}$ and $y^2$ and find nothing to complain about.",
    r"A bridge of Schr\"odinger's stands 4\% of the time, in the town of its maker.",
    r"A method called \textbf{Pond} reads ``muddy'' water -- and more -- at low cost.",
)
CLEAN = (
    "Plain words describe the garden, the pond and a bench\n  beside the old gate.",
    "The last of the dozen is a short one, with 12 cats and 3 dogs.",
)


def ids(*, tuning: bool) -> Iterator[str]:
    for number in itertools.count():
        name = f"invented-{number}"
        if (hashlib.sha256(name.encode()).digest()[0] % 2 == 0) == tuning:
            yield name


def write_sample(path: Path, abstracts: tuple[str, ...], *, tuning: bool = False) -> Path:
    rows = [{"id": name, "abstract": text} for name, text in zip(ids(tuning=tuning), abstracts, strict=False)]
    content = "".join(json.dumps(row) + "\n" for row in rows).encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


@pytest.mark.parametrize(
    ("good", "total", "low", "high"),
    [
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (8, 10, 0.4902, 0.9433),
        (1, 2, 0.0945, 0.9055),
        (50, 100, 0.4038, 0.5962),
        (0, 0, 0.0, 1.0),
    ],
)
def test_wilson_intervals(good: int, total: int, low: float, high: float) -> None:
    assert wilson(good, total) == pytest.approx((low, high), abs=5e-5)


def test_a_share_is_spelled_with_its_interval() -> None:
    assert share(8, 10) == "0.8000 [0.4902, 0.9433] (8/10)"
    assert share(0, 0) == "0.0000 [0.0000, 1.0000] (0/0)"


def test_the_halves_share_nothing_and_miss_nothing(tmp_path: Path) -> None:
    rows = [{"id": f"any-{number}", "abstract": f"text\n  {number} "} for number in range(40)]
    (tmp_path / "sample.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    tuning, held_out = (list(read_half(tmp_path / "sample.jsonl", tuning=half)) for half in (True, False))
    assert tuning
    assert held_out
    assert sorted(tuning + held_out) == sorted((f"any-{number}", f"text {number}") for number in range(40))


def measure(sample: Path, *options: str) -> str:
    ended = python_process(ROOT / "benchmarks/fidelity.py", sample, *options, cwd=sample.parent)
    assert (ended.code, ended.err) == (0, "")
    return ended.out


def rule_lines(out: str) -> dict[str, str]:
    """The first table of rules: id and what it fired."""
    table = out.split("rule                 class")[1].split("\n\n", maxsplit=1)[0]
    return {line[:20].strip(): re.findall(r"\((\d+/\d+)\)", line)[0] for line in table.splitlines() if "] (" in line}


def test_a_run_over_a_dozen_abstracts(tmp_path: Path) -> None:
    out = measure(write_sample(tmp_path / "dozen.jsonl.gz", DAMAGED + SOUND + CLEAN))
    assert out.startswith("12 abstracts: the held-out half of dozen.jsonl.gz\n")
    assert "# as published: 5 abstracts with something left behind" in out
    # all five are flagged, and nothing else
    assert re.search(r"^ +\S+  1\.0000 \[0\.5655, 1\.0000\] \(5/5\) +1\.0000 .*\(5/5\)  <- visible$", out, re.MULTILINE)
    assert "wrongly visible" not in out
    fired = rule_lines(out)
    assert {rule: count for rule, count in fired.items() if count != "0/0"} == {
        "tex-accent": "1/1",
        "escaped-percent": "1/1",
        "tex-font": "2/2",
        "tex-quotes": "2/2",
        "tex-dash": "2/2",
        "math-times": "2/2",
        "math-approximately": "1/1",
        "math-relation": "1/1",
        "math-greek": "2/2",
        "math-symbol": "1/1",
        "math-font": "0/1",
    }
    # the hat is gone for good, and the run says so
    assert "'ε', the original prints 'ε̂'" in out
    rates = re.findall(r"^  (?:page|page, prose rules only|repaired) +(\d+\.\d+) %", out, re.MULTILINE)
    page, prose, repaired, *_ = rates
    assert float(page) == float(prose) > 10
    assert float(repaired) < 1
    # three have nothing of TeX in them, and stay as they are
    assert re.search(r"changed.*: 0\.0000 \[0\.0000, 0\.5615\] \(0/3\)$", out, re.MULTILINE)
    for name in ("page text", "raw LaTeX"):
        assert re.search(rf"^{name}: \d+ edits .*, undone exactly 12/12, edits of a second run 0$", out, re.MULTILINE)


def test_the_tuning_half_is_reported_sign_by_sign(tmp_path: Path) -> None:
    sample = write_sample(tmp_path / "dozen.jsonl", DAMAGED + SOUND + CLEAN, tuning=True)
    out = measure(sample, "--tune", "--listed", "1")
    assert out.startswith("12 abstracts: the tuning half of dozen.jsonl\n")
    assert re.search(r"^sign +.*damaged", out, re.MULTILINE)
