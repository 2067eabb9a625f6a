"""Combine the votes of the labeling functions into a primary topic and further topics."""

from dataclasses import dataclass
from typing import Final

from curation.label.functions import LABELING_FUNCTIONS, term_counts
from curation.schemas.stages import MAX_TOPICS
from curation.schemas.taxonomy import TOPIC_IDS

# A further topic needs evidence of its own: a term in the title or about five mentions in the abstract,
# and a fair share of what speaks for the primary topic.
FURTHER_SCORE: Final = 1.9
FURTHER_SHARE: Final = 0.2

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
class Labels:
    """The labels of one paper and the votes they come from.

    Attributes:
        votes: All votes, in the order of the functions; abstentions leave none.
        primary: The primary topic, or ``None`` when every function abstained.
        topics: The primary topic, then further ones by falling score; at most `MAX_TOPICS`.
    """

    votes: tuple[Vote, ...]
    primary: str | None
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Precedence:
    """A rule of the guide that puts one topic before others that scored higher.

    Attributes:
        function: The function whose vote calls the rule.
        least: Score that vote must reach; title evidence makes the difference.
        over: Topics that give way to the function's topic.
        unless: Functions that suspend the rule.
        unless_least: Score the vote of one of those must reach to do so.
    """

    function: str
    least: float
    over: frozenset[str]
    unless: tuple[str, ...] = ()
    unless_least: float = 0.0


_FAMILIES: Final = frozenset({"diffusion-models", "state-space-models", "generative-models", "language-models"})
_METHODS: Final = _FAMILIES | {
    "time-series",
    "reinforcement-learning",
    "graphs-clustering",
    "learning-methods",
}
_SERVED: Final = (_FAMILIES - {"diffusion-models"}) | {"time-series", "statistics", "learning-theory"}
_ANY: Final = frozenset(TOPIC_IDS)

# Read downwards; each rule sees the primary topic the earlier ones left.
PRECEDENCE: Final[tuple[Precedence, ...]] = (
    # Rule 3: inference keeps its own topic, whatever model it serves; rule 6 for Bayesian optimisation.
    # A sampler for diffusion models is theirs (rule 1), so they do not give way.
    Precedence("monte-carlo-inference", 4.0, _SERVED),
    Precedence("variational-inference", 4.0, _SERVED),
    Precedence("variational-inference", 0.8, frozenset({"state-space-models"}), ("deep-state-space",), 3.0),
    Precedence("bayesian-optimization", 4.0, frozenset({"optimization", "learning-methods", "statistics"})),
    # Row 7: what training finds belongs to theory, though an optimiser finds it.
    Precedence("loss-landscapes", 4.0, frozenset({"optimization"})),
    # Rule 2: the form made for one kind of data, then the application.
    Precedence("forecasting", 4.0, frozenset({"state-space-models", "generative-models"}), ("image-and-video",), 3.5),
    Precedence("speech-and-sound", 5.0, _METHODS),
    Precedence("three-dimensional", 5.0, _METHODS | {"bayesian-inference"}),
    Precedence("remote-and-medical-imaging", 5.0, _METHODS),
    Precedence("recommendation-and-search", 5.0, _METHODS | {"efficiency-systems"}),
    Precedence("chemistry-and-biology", 4.0, _METHODS | {"optimization"}),
    Precedence("physics-and-nature", 3.5, _METHODS),
    Precedence("engineering-and-industry", 4.0, _METHODS),
    Precedence("telecommunication", 4.0, _METHODS | {"statistics"}),
    Precedence("markets-and-money", 4.0, _METHODS | {"statistics"}),
    Precedence("causality", 5.0, _METHODS),
    # Rule 4: smaller or cheaper is systems work; in fewer steps it is the model's own topic.
    Precedence("model-compression", 5.0, _FAMILIES | {"learning-theory"}, ("few-step-sampling",), 1.8),
    # Rule 5: removing, protecting and attacking come before everything else.
    Precedence("attacks-and-certificates", 5.0, _ANY),
    Precedence("privacy-and-protection", 5.0, _ANY),
    Precedence("concept-removal", 5.0, _ANY),
)
_TOPIC_OF: Final = {function.name: function.topic for function in LABELING_FUNCTIONS}


def _primary(scores: dict[str, float], said: dict[str, float]) -> str:
    primary = min(scores, key=lambda topic: (-scores[topic], _RANK[topic]))
    for rule in PRECEDENCE:
        if primary not in rule.over or said.get(rule.function, 0.0) < rule.least:
            continue
        if any(said.get(name, 0.0) >= rule.unless_least for name in rule.unless):
            continue
        primary = _TOPIC_OF[rule.function]
    return primary


def combine(title: str, abstract: str) -> Labels:
    """Label one paper from its title and abstract.

    Args:
        title: The title as published.
        abstract: The abstract as published.

    Returns:
        The votes, the primary topic and the topics.
    """
    title_terms, abstract_terms = term_counts(title), term_counts(abstract)
    votes: list[Vote] = []
    for function in LABELING_FUNCTIONS:
        score = function.score(title_terms, abstract_terms)
        if score is not None:
            votes.append(Vote(function.name, function.topic, score))
    if not votes:
        return Labels((), None, ())
    scores: dict[str, float] = {}
    for vote in votes:
        scores[vote.topic] = round(scores.get(vote.topic, 0.0) + vote.score, 4)
    primary = _primary(scores, {vote.function: vote.score for vote in votes})
    floor = max(FURTHER_SCORE, FURTHER_SHARE * scores[primary])
    further = [topic for topic in scores if topic != primary and scores[topic] >= floor]
    further.sort(key=lambda topic: (-scores[topic], _RANK[topic]))
    return Labels(tuple(votes), primary, (primary, *further[: MAX_TOPICS - 1]))
