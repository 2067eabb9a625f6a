"""Labels from the labeling functions alone: the sum of their votes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from curation.label.functions import LABELING_FUNCTIONS, Evidence
from curation.schemas.stages import MAX_TOPICS
from curation.schemas.taxonomy import TOPIC_IDS

__all__ = ["Vote", "VotedLabels", "vote"]

# A further topic needs evidence of its own (a strong term in the title, or mentions by several functions)
# and a fair share of what speaks for the primary topic. Best of a grid on the `train` split.
FURTHER_SCORE: Final = 4.0
FURTHER_SHARE: Final = 0.25

_RANK: Final = {topic: rank for rank, topic in enumerate(TOPIC_IDS)}


@dataclass(frozen=True, slots=True)
class Vote:
    """What one labeling function said about one paper.

    Attributes:
        function: Name of the function.
        topic: The taxonomy id it voted for.
        score: Weight of the evidence, above zero.
    """

    function: str
    topic: str
    score: float


@dataclass(frozen=True, slots=True)
class VotedLabels:
    """The labels of one paper by the functions alone.

    Attributes:
        votes: All votes, in the order of the functions; abstentions leave none.
        primary: The topic with the highest sum, or None when every function abstained.
        topics: The primary topic, then further ones by falling sum; at most `MAX_TOPICS`.
    """

    votes: tuple[Vote, ...]
    primary: str | None
    topics: tuple[str, ...]


def vote(evidence: Evidence) -> VotedLabels:
    """Sum the votes of the functions."""
    votes = tuple(
        Vote(function.name, function.topic, score)
        for function, score in zip(LABELING_FUNCTIONS, evidence.scores(), strict=True)
        if score is not None
    )
    if not votes:
        return VotedLabels((), None, ())
    sums: dict[str, float] = {}
    for one in votes:
        sums[one.topic] = round(sums.get(one.topic, 0.0) + one.score, 4)
    ranked = sorted(sums, key=lambda topic: (-sums[topic], _RANK[topic]))
    floor = max(FURTHER_SCORE, FURTHER_SHARE * sums[ranked[0]])
    further = [topic for topic in ranked[1:] if sums[topic] >= floor]
    return VotedLabels(votes, ranked[0], (ranked[0], *further[: MAX_TOPICS - 1]))
