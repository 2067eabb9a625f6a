"""How far annotators agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from curation.annotate.alpha import alpha, jaccard_distance, masi_distance
from curation.annotate.comparison import require_same_papers, same_label
from curation.annotate.files import Annotation
from curation.annotate.kappa import RESAMPLES, Kappa, cohen_kappa, draw_resamples
from curation.schemas.taxonomy import TOPIC_IDS

__all__ = ["Agreement", "Confusion", "Difference", "PairAgreement", "TopicAgreement", "measure_agreement"]

_DIGITS = 6


@dataclass(frozen=True, slots=True)
class TopicAgreement:
    """How far two annotators agree on whether papers have a topic.

    Attributes:
        topic: Id of the topic.
        papers: Papers that either of them gave it.
        kappa: Cohen's kappa of given or not; undefined where neither gave it to any paper, or both to all.
    """

    topic: str
    papers: int
    kappa: Kappa

    def as_json(self) -> dict[str, Any]:
        """Return the figures."""
        return {"topic": self.topic, "papers": self.papers, "kappa": self.kappa.as_json()}


@dataclass(frozen=True, slots=True)
class Confusion:
    """The primary topics of two annotators against each other.

    Attributes:
        different: First one's topic, second one's topic and number of papers where these differ, the most frequent
            first.
        totals: Papers by topic that the first one and that the second one gave as primary; topics that neither gave
            are left out.
    """

    different: tuple[tuple[str, str, int], ...]
    totals: Mapping[str, tuple[int, int]]

    def as_json(self) -> dict[str, Any]:
        """Return the table."""
        return {
            "different": [
                {"first": first, "second": second, "papers": papers} for first, second, papers in self.different
            ],
            "totals": {topic: {"first": first, "second": second} for topic, (first, second) in self.totals.items()},
        }


@dataclass(frozen=True, slots=True)
class PairAgreement:
    """How far two annotators agree.

    Attributes:
        first: Name of one.
        second: Name of the other.
        primary: Cohen's kappa of the primary topics.
        topics: Agreement on each topic, in the order of the taxonomy.
        confusion: Their primary topics against each other.
    """

    first: str
    second: str
    primary: Kappa
    topics: tuple[TopicAgreement, ...]
    confusion: Confusion

    def as_json(self) -> dict[str, Any]:
        """Return the figures."""
        return {
            "first": self.first,
            "second": self.second,
            "primary_kappa": self.primary.as_json(),
            "topics": [topic.as_json() for topic in self.topics],
            "confusion": self.confusion.as_json(),
        }


@dataclass(frozen=True, slots=True)
class Difference:
    """A paper that not all annotators gave the same primary topic and the same set of topics.

    Attributes:
        paper_id: The paper.
        title: Its title.
        topics: What each annotator gave, by name, the primary topic first.
    """

    paper_id: str
    title: str
    topics: Mapping[str, tuple[str, ...]]

    def as_json(self) -> dict[str, Any]:
        """Return paper and labels."""
        given = {name: list(topics) for name, topics in self.topics.items()}
        return {"paper_id": self.paper_id, "title": self.title, "topics": given}


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two annotators or more agree.

    Attributes:
        annotators: Their names.
        papers: Number of papers, each labelled by all of them.
        resamples: How many times the papers were drawn for each interval.
        seed: What the drawing began with.
        same_primary: Share of papers with the same primary topic from all.
        same_set: Share of papers with the same set of topics from all, whichever is the primary one.
        alpha_jaccard: Krippendorff's alpha on the sets with Jaccard's distance; None where it is undefined.
        alpha_masi: The same with the MASI distance.
        pairs: Agreement of each two of them.
        differences: The papers on which they differ, sorted by id.
    """

    annotators: tuple[str, ...]
    papers: int
    resamples: int
    seed: int
    same_primary: float
    same_set: float
    alpha_jaccard: float | None
    alpha_masi: float | None
    pairs: tuple[PairAgreement, ...]
    differences: tuple[Difference, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the figures, rounded to six digits, as JSON can hold them."""
        figures = {name: getattr(self, name) for name in ("same_primary", "same_set", "alpha_jaccard", "alpha_masi")}
        return {
            "annotators": list(self.annotators),
            "papers": self.papers,
            "resamples": self.resamples,
            "seed": self.seed,
            **{name: None if figure is None else round(figure, _DIGITS) for name, figure in figures.items()},
            "pairs": [pair.as_json() for pair in self.pairs],
            "differences": [difference.as_json() for difference in self.differences],
        }


def measure_agreement(
    annotators: Mapping[str, Mapping[str, Annotation]], *, resamples: int = RESAMPLES, seed: int = 0
) -> Agreement:
    """Measure how far annotators agree; the same input gives the same figures.

    Args:
        annotators: Annotations by `paper_id`, by name of the annotator; all of the same papers.
        resamples: How many times the papers are drawn for the intervals.
        seed: What the drawing begins with.

    Raises:
        InputFileError: There are fewer than two annotators, no papers, or not the same papers from each.
    """
    require_same_papers(annotators)
    # sorted, so that the order of the rows changes no interval
    papers = sorted(next(iter(annotators.values())))
    given = {name: [annotations[paper] for paper in papers] for name, annotations in annotators.items()}
    by_paper = [dict(zip(given, labels, strict=True)) for labels in zip(*given.values(), strict=True)]
    sets = [[frozenset(one.topics) for one in labels] for labels in given.values()]
    drawn = draw_resamples(len(papers), resamples=resamples, seed=seed)
    return Agreement(
        annotators=tuple(given),
        papers=len(papers),
        resamples=resamples,
        seed=seed,
        same_primary=sum(len({one.primary for one in labels.values()}) == 1 for labels in by_paper) / len(papers),
        same_set=sum(len(set(topics)) == 1 for topics in zip(*sets, strict=True)) / len(papers),
        alpha_jaccard=alpha(sets, jaccard_distance),
        alpha_masi=alpha(sets, masi_distance),
        pairs=tuple(_pair(one, two, given[one], given[two], drawn) for one, two in combinations(given, 2)),
        differences=tuple(difference for labels in by_paper if (difference := _difference(labels))),
    )


def _pair(
    name: str, other: str, first: list[Annotation], second: list[Annotation], drawn: npt.NDArray[np.int64]
) -> PairAgreement:
    one, two = [label.primary for label in first], [label.primary for label in second]
    return PairAgreement(
        first=name,
        second=other,
        primary=cohen_kappa(one, two, drawn),
        topics=tuple(_topic(topic, first, second, drawn) for topic in TOPIC_IDS),
        confusion=_confusion(one, two),
    )


def _topic(
    topic: str, first: list[Annotation], second: list[Annotation], drawn: npt.NDArray[np.int64]
) -> TopicAgreement:
    one, two = [topic in label.topics for label in first], [topic in label.topics for label in second]
    either = sum(a or b for a, b in zip(one, two, strict=True))
    return TopicAgreement(topic, either, cohen_kappa(one, two, drawn))


def _confusion(first: list[str], second: list[str]) -> Confusion:
    pairs = Counter((one, two) for one, two in zip(first, second, strict=True) if one != two)
    ones, twos = Counter(first), Counter(second)
    return Confusion(
        different=tuple((one, two, count) for (one, two), count in sorted(pairs.items(), key=lambda x: (-x[1], x[0]))),
        totals={topic: (ones[topic], twos[topic]) for topic in TOPIC_IDS if ones[topic] or twos[topic]},
    )


def _difference(labels: Mapping[str, Annotation]) -> Difference | None:
    one, *others = labels.values()
    if all(same_label(one, other) for other in others):
        return None
    return Difference(one.paper_id, one.title, {name: label.topics for name, label in labels.items()})
