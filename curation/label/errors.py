"""Labels that may be wrong, by confident learning (Northcutt, Jiang and Chuang, "Confident Learning", 2021)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from curation.label.corpus import Corpus
from curation.label.training import out_of_fold
from curation.schemas.taxonomy import TOPIC_IDS

__all__ = ["find_label_errors"]

Suspicion = tuple[str, str, str, str, str, str]


def find_label_errors(corpus: Corpus) -> Iterator[Suspicion]:
    """Yield labels that cleanlab takes for errors, the least likely first.

    Args:
        corpus: All captured papers are looked at, each by a model that did not see it.

    Yields:
        Id and title of the paper; `primary`, or the topic in question; what is given and what is more likely; the
        probability of what is given, to three digits.
    """
    from cleanlab.filter import find_label_issues
    from cleanlab.multilabel_classification.filter import find_multilabel_issues_per_class

    papers = corpus.papers
    primary, member = np.zeros_like(papers.members), np.zeros_like(papers.members)
    for held, training in out_of_fold(papers + corpus.invented):
        primary[held], member[held] = training.labeler.probabilities(papers.take(held).texts)
    issues = find_label_issues(papers.primary, primary, return_indices_ranked_by="self_confidence", n_jobs=1)
    for at in issues.tolist():
        given, likely = int(papers.primary[at]), int(primary[at].argmax())
        yield (*_paper(corpus, at), "primary", TOPIC_IDS[given], TOPIC_IDS[likely], f"{primary[at, given]:.3f}")
    labels = [np.flatnonzero(row).tolist() for row in papers.members]
    by_topic, *_ = find_multilabel_issues_per_class(
        labels, member, return_indices_ranked_by="self_confidence", n_jobs=1
    )
    for topic, found in enumerate(by_topic):
        for at in list(found):
            has = bool(papers.members[at, topic])
            probability = member[at, topic] if has else 1 - member[at, topic]
            words = ("with", "without") if has else ("without", "with")
            yield (*_paper(corpus, int(at)), TOPIC_IDS[topic], *words, f"{probability:.3f}")


def _paper(corpus: Corpus, at: int) -> tuple[str, str]:
    return corpus.ids[at], corpus.titles[at]
