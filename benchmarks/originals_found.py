r"""How often an abstract that the listing page damaged would be found as a near-duplicate of its original.

Takes arXiv abstracts with their LaTeX (JSON lines with `abstract`, plain or gzip). Each with math is normalized twice:
as a source that keeps its LaTeX gives it (`LATEX_RULES`), and as the listing page shows it, stripped (`RULES`). Printed
is how similar the two are, in exact 5-gram Jaccard, the measure that near-duplicates are merged by. Run from the
project's folder:

    python benchmarks/originals_found.py SAMPLE.jsonl.gz
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

# run as a file, its own folder is on the path and not the project's
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from curation.benchmark.page_model import strip_page
from curation.deduplicate.similarity import jaccard, shingles
from curation.normalize import RULES, Rule, normalize_texts
from curation.normalize.latex_math import formulas
from curation.normalize.latex_rules import LATEX_RULES
from curation.normalize.latex_symbols import SUBSCRIPTS, SUPERSCRIPTS

_SIZE = 5
_THRESHOLD = 0.75
# For comparison: the LaTeX of the math stays as it is.
_NO_MATH = tuple(rule for rule in RULES if rule.of != "math")
# Unicode's compatibility forms make one word of x²; the page's x^2 is two.
_SCRIPTS = re.compile(f"([{re.escape(''.join({*SUPERSCRIPTS.values(), *SUBSCRIPTS.values()}))}]+)")
_HAS_MATH = re.compile(r"\$[^$]+\$")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sample", type=Path)
    options = parser.parse_args()
    found = [(text, sum(1 for _ in formulas(text))) for text in read(options.sample) if _HAS_MATH.search(text)]
    found = [(text, count) for text, count in found if count]
    sources = [text for text, _ in found]
    counts = np.array([count for _, count in found])
    damaged = normalize([strip_page(text).text for text in sources], RULES)
    print(f"{len(sources)} abstracts with math; Jaccard of {_SIZE}-grams to the stripped text\n")
    print(f"{'':<34}{'abstracts':>10}" + "".join(f"{f'p{share}':>8}" for share in (1, 5, 25, 50)) + f"{'>= 0.75':>10}")
    rendered = normalize(sources, LATEX_RULES)
    for title, texts in (
        ("rendered (LATEX_RULES)", rendered),
        ("rendered, scripts as own words", [_SCRIPTS.sub(r" \1 ", text) for text in rendered]),
        ("not rendered (no rule for math)", normalize(sources, _NO_MATH)),
    ):
        pairs = zip(texts, damaged, strict=True)
        similar = np.array([jaccard(shingles(one, _SIZE), shingles(other, _SIZE)) for one, other in pairs])
        print_row(title, similar)
        for low, high in ((1, 2), (3, 5), (6, 10), (11, 10**6)):
            chosen = similar[(counts >= low) & (counts <= high)]
            print_row(f"  {low} to {high} formulas" if high < 10**6 else f"  {low} formulas and more", chosen)


def read(path: Path) -> Iterator[str]:
    """Yield the abstracts of a sample, each in one line."""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as lines:
        for line in lines:
            yield " ".join(json.loads(line)["abstract"].split())


def normalize(texts: Sequence[str], rules: Sequence[Rule]) -> list[str]:
    """Run rules over texts."""
    published: list[str] = normalize_texts(pa.array(texts, pa.string()), rules)[0].to_pylist()
    return published


def print_row(title: str, similar: np.ndarray) -> None:
    """Print percentiles of similarities, and the share at or above the threshold."""
    if not len(similar):
        return
    points = "".join(f"{np.percentile(similar, share):8.3f}" for share in (1, 5, 25, 50))
    print(f"{title:<34}{len(similar):>10}{points}{np.mean(similar >= _THRESHOLD):>10.1%}")


if __name__ == "__main__":
    main()
