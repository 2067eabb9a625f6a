"""All pairs of abstracts at or above a similarity, found by comparing all with all that share an n-gram.

    python benchmarks/scale/exact.py GROWN.jsonl.gz [--threshold 0.75]

holds a grown file to its list of pairs: every listed pair has the similarity that the list states, and no other pair
reaches the threshold. It keeps all n-grams in memory, some 20 kB to a record: 20,000 records take ten seconds.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.scale.pools import read_records
from curation.deduplicate.similarity import Shingle, jaccard, shingles

__all__ = ["check", "exact_pairs"]

NGRAM = 5


def exact_pairs(texts: Iterable[str], threshold: float) -> Iterator[tuple[int, int, float]]:
    """Yield the pairs (left < right) whose exact Jaccard is at least the threshold."""
    sizes: list[int] = []
    members: dict[Shingle, list[int]] = defaultdict(list)
    for number, text in enumerate(texts):
        grams = shingles(text, NGRAM)
        shared: Counter[int] = Counter()
        for gram in members.keys() & grams:
            shared.update(members[gram])
        for other, common in sorted(shared.items()):
            similarity = common / (len(grams) + sizes[other] - common)
            if similarity >= threshold:
                yield other, number, similarity
        for gram in grams:
            members[gram].append(number)
        sizes.append(len(grams))


def check(path: Path, listed: Iterable[tuple[int, int, float]], threshold: float) -> list[str]:
    """Return what is wrong with the list of pairs of a file of records."""
    texts = [record["abstract"] for record in read_records(path)]
    wrong = []
    known = {}
    for left, right, similarity in listed:
        known[left, right] = similarity
        measured = jaccard(shingles(texts[left], NGRAM), shingles(texts[right], NGRAM))
        if abs(measured - similarity) > 1e-12:
            wrong.append(f"{left} and {right}: {measured} and not {similarity}")
    found = {(left, right): similarity for left, right, similarity in exact_pairs(texts, threshold)}
    wrong += [f"{pair} at {similarity:.4f} is not listed" for pair, similarity in found.items() if pair not in known]
    wrong += [f"{pair} is not found" for pair, value in known.items() if value >= threshold and pair not in found]
    return wrong


def main() -> None:
    """Check a grown file."""
    import pyarrow.parquet as pq

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("grown", type=Path)
    parser.add_argument("--threshold", type=float, default=0.75)
    options = parser.parse_args()
    from benchmarks.scale.grow import truth_path

    table = pq.read_table(truth_path(options.grown)).select(["left", "right", "jaccard"])
    pairs = list(zip(*(column.to_pylist() for column in table.columns), strict=True))
    wrong = check(options.grown, pairs, options.threshold)
    print("\n".join(wrong) or f"{len(pairs)} pairs as listed, and no other at {options.threshold}")
    if wrong:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
