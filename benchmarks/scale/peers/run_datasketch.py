"""datasketch's MinHash with MinHashLSH, 128 permutations, threshold 0.75: near-duplicates alone.

The bands are those that the index takes for the threshold. Its candidates are verified exactly, or with `--check
estimate` by the sketches' estimate.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from outcome import THRESHOLD, Outcome, checked, read_abstracts, survivors
from words import word_ngrams

PERMUTATIONS = 128


def main() -> None:
    """Measure one run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("input", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--check", choices=("exact", "estimate"), default="exact")
    options = parser.parse_args()
    outcome = Outcome("datasketch", "near", ["datasketch", "numpy"])
    with outcome.timed("imports"):
        from datasketch import MinHash, MinHashLSH
    texts = read_abstracts(options.input)
    pairs = []
    with outcome.timed("work"):
        index = MinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS)
        sets = ([gram.encode() for gram in word_ngrams(text)] for text in texts)
        sketches = []
        for row, sketch in enumerate(MinHash.generator(sets, num_perm=PERMUTATIONS)):
            pairs += [(other, row) for other in index.query(sketch)]
            index.insert(row, sketch)
            sketches.append(sketch)
        if options.check == "exact":
            pairs = checked(pairs, lambda row: set(word_ngrams(texts[row])))
        else:
            pairs = [(one, other) for one, other in pairs if sketches[one].jaccard(sketches[other]) >= THRESHOLD]
        gone = survivors(len(texts), pairs)
    outcome.values |= {"permutations": PERMUTATIONS, "bands": index.b}
    found = {"pairs": pairs, "removed": gone}
    outcome.tell(len(texts), kept=len(texts) - len(gone), found=found, to=options.out)


if __name__ == "__main__":
    main()
