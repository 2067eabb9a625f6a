"""What of the labeler is measured on a sample of arXiv metadata: the unseen test, categories, speed."""

from __future__ import annotations

import csv
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import HashingVectorizer

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from unseen import read_sample

from curation.label import metrics
from curation.label.categories import topic_of_category
from curation.label.labeler import Labeler
from curation.label.training import Papers
from curation.schemas.taxonomy import TOPIC_IDS

_UNSEEN = Path(__file__).resolve().parent.parent / "data" / "unseen"
_BATCH = 1000
_LEAST_RECORDS = 50
_ROUNDS = 5
_TIMED = 2000


def unseen_labels(number: str) -> dict[str, list[str]]:
    """Return the adjudicated topics of an unseen test by arXiv id, the primary one first.

    Args:
        number: One of `unseen.ROUNDS`.

    Raises:
        ValueError: The annotators differ and nothing is decided.
    """
    first, second, decided = (_labels(number, name) for name in ("annotator-a", "annotator-b", "adjudicator"))
    final = {}
    for one, topics in first.items():
        agreed = topics[0] == second[one][0] and set(topics) == set(second[one])
        if one not in decided and not agreed:
            raise ValueError(f"no decision on {one}")
        final[one] = decided.get(one, topics)
    return final


def _labels(number: str, name: str) -> dict[str, list[str]]:
    with (_UNSEEN / number / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return {row["arxiv_id"]: row["topics"].split() for row in csv.DictReader(lines)}


def _text(record: dict[str, Any]) -> tuple[str, str]:
    return " ".join(record["title"].split()), " ".join(record["abstract"].split())


def unseen_papers(sample: Path, number: str) -> Papers:
    """Return the papers of an unseen test with their labels."""
    labels = unseen_labels(number)
    records = sorted((one for one in read_sample(sample) if one["id"] in labels), key=lambda one: str(one["id"]))
    if len(records) < len(labels):
        raise SystemExit(f"{sample}: {len(labels) - len(records)} records of the unseen test are missing")
    return Papers.of(
        [_text(one) for one in records],
        [labels[one["id"]] for one in records],
        categories=[one["categories"].split() for one in records],
    )


def against_categories(sample: Path, labeler: Labeler) -> Iterator[str]:
    """Yield, for each topic with a natural category, how well the text alone ranks the records that list it."""
    scores, listed, primary = [], [], []
    batch: list[dict[str, Any]] = []

    def flush() -> None:
        if batch:
            scores.append(labeler.probabilities([_text(one) for one in batch])[1])
            topics = [[topic_of_category(name) for name in one["categories"].split()] for one in batch]
            listed.append([[topic in one for topic in TOPIC_IDS] for one in topics])
            primary.append([[topic == one[0] for topic in TOPIC_IDS] for one in topics])
            batch.clear()

    for record in read_sample(sample):
        batch.append(record)
        if len(batch) == _BATCH:
            flush()
    flush()
    ranked = np.concatenate(scores)
    any_category, first_category = np.concatenate(listed).astype(float), np.concatenate(primary).astype(float)
    among = metrics.average_precision(ranked, any_category)
    first = metrics.average_precision(ranked, first_category)
    yield f"{len(ranked)} records; average precision of the text-only labeler, beside the chance level.\n"
    yield "| topic | records that list a category of it | average precision | chance | as primary category | chance |"
    yield "|---|---:|---:|---:|---:|---:|"
    for at, topic in enumerate(TOPIC_IDS):
        found, chief = among[at], first[at]
        if found is None or any_category[:, at].sum() < _LEAST_RECORDS:
            continue
        told = f"{chief.value:.3f} | {chief.chance:.3f}" if chief is not None else "– | –"
        yield f"| `{topic}` | {any_category[:, at].sum():.0f} | {found.value:.3f} | {found.chance:.3f} | {told} |"


def speed(sample: Path, labeler: Labeler) -> Iterator[str]:
    """Yield the time of labelling as a ratio to one pass of a hashing vectorizer over the same text."""
    texts = [_text(one) for one, _ in zip(read_sample(sample), range(_TIMED), strict=False)]
    joined = [f"{title} {abstract}" for title, abstract in texts]
    hashing = HashingVectorizer()
    ratios, rates = [], []
    for _ in range(_ROUNDS):
        start = time.perf_counter()
        hashing.transform(joined)
        middle = time.perf_counter()
        for _answer in labeler.label((title, abstract, ()) for title, abstract in texts):
            pass
        end = time.perf_counter()
        ratios.append((end - middle) / (middle - start))
        rates.append(len(texts) / (end - middle))
    yield (
        f"Labelling takes {statistics.median(ratios):.1f} times as long as one `HashingVectorizer` pass over the same"
        f" {len(texts)} texts (median of {_ROUNDS} rounds, {min(ratios):.1f} to {max(ratios):.1f}); here"
        f" {statistics.median(rates):.0f} papers a second."
    )
