"""rensa's full MinHash (not its sampled rho mode) with RMinHashLSH, 128 permutations: near-duplicates alone.

Candidates of the index are verified exactly, or with `--check estimate` by the sketches' estimate, as rensa's own
deduplicator does. Bands of four, so that a pair at 0.75 is a candidate almost surely. C-MinHash has no index of this
kind; with `--sketch cminhash` the bands of its 64-bit digest are kept in dicts.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from pathlib import Path

from outcome import THRESHOLD, Outcome, checked, read_abstracts, survivors
from words import word_ngrams

PERMUTATIONS, BANDS, SEED = 128, 32, 42


def main() -> None:
    """Measure one run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("input", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--sketch", choices=("rminhash", "cminhash"), default="rminhash")
    parser.add_argument("--bands", type=int, default=BANDS)
    parser.add_argument("--check", choices=("exact", "estimate"), default="exact")
    options = parser.parse_args()
    outcome = Outcome(f"rensa {options.sketch}", "near", ["rensa"])
    with outcome.timed("imports"):
        from rensa import CMinHash, RMinHash, RMinHashLSH
    texts = read_abstracts(options.input)
    pairs = []
    with outcome.timed("work"):
        sets = (word_ngrams(text) for text in texts)
        if options.sketch == "rminhash":
            index = RMinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS, num_bands=options.bands)
            sketches = RMinHash.from_token_sets(sets, num_perm=PERMUTATIONS, seed=SEED)
            for row, sketch in enumerate(sketches):
                pairs += [(other, row) for other in index.query(sketch)]
                index.insert(row, sketch)
        else:
            sketches = CMinHash.from_token_sets(sets, num_perm=PERMUTATIONS, seed=SEED)
            width = PERMUTATIONS // options.bands
            tables: list[dict[tuple[int, ...], list[int]]] = [defaultdict(list) for _ in range(options.bands)]
            for row, sketch in enumerate(sketches):
                digest = sketch.digest_u64()
                keys = [tuple(digest[band * width : band * width + width]) for band in range(options.bands)]
                found = {other for table, key in zip(tables, keys, strict=True) for other in table.get(key, ())}
                pairs += [(other, row) for other in found]
                for table, key in zip(tables, keys, strict=True):
                    table[key].append(row)
        if options.check == "exact":
            pairs = checked(pairs, lambda row: set(word_ngrams(texts[row])))
        else:
            pairs = [(one, other) for one, other in pairs if sketches[one].jaccard(sketches[other]) >= THRESHOLD]
        gone = survivors(len(texts), pairs)
    outcome.values |= {"permutations": PERMUTATIONS, "bands": options.bands}
    found_there = {"pairs": pairs, "removed": gone}
    outcome.tell(len(texts), kept=len(texts) - len(gone), found=found_there, to=options.out)


if __name__ == "__main__":
    main()
