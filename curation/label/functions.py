"""Labeling functions: small, separately readable votes for a paper's topic (weak supervision).

Each function listens for the vocabulary of one topic in the title and in the abstract. It returns a score, or
``None`` when it abstains; it never sees what the others said. `curation.label.combine` turns the votes into
labels. The order of `LABELING_FUNCTIONS` is the order of the taxonomy.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from curation.label.terms import NEEDS_TABLE, TERM_TABLE, UNLESS_TABLE

# What no, one and several terms in a title are worth, in title weights.
_TITLE_FACTORS: Final = (0.0, 1.0, 1.5)
_ABSTRACT_HITS: Final = 5
_NO_PLURAL: Final = 2

_WORD = re.compile(r"[a-z0-9]+")
_SPELLING: Final = (("isation", "ization"), ("modelling", "modeling"), ("labelling", "labeling"))


@lru_cache(maxsize=1 << 16)
def _singular(word: str) -> str:
    for british, american in _SPELLING:
        word = word.replace(british, american)
    # Crude on purpose: terms and texts go through the same door, so only collisions would matter.
    if word[-1] != "s" or len(word) <= _NO_PLURAL or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1]


def tokenize(text: str) -> list[str]:
    """Split a text into words that match whatever their case, number, hyphens, accents or spelling.

    Args:
        text: A title, an abstract or a term.

    Returns:
        Lower-case ASCII words in the singular, so that ``State-space models`` and
        ``state space model`` agree.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    return [_singular(word) for word in _WORD.findall(text.lower())]


def _keys(terms: tuple[str, ...]) -> frozenset[str]:
    return frozenset(" ".join(tokenize(term)) for term in terms)


@dataclass(frozen=True, slots=True)
class LabelingFunction:
    """One rule of thumb that votes for one topic or abstains.

    The score is ``title_weight`` for a term in the title, half as much again for any others, plus
    ``abstract_weight`` for each occurrence of a term in the abstract (at most five): a title says what is
    new, an abstract also names what the work is compared with.

    Attributes:
        name: Unique kebab-case name.
        topic: The taxonomy id it votes for.
        why: What it recognises, and which part of the labelling guide it rests on.
        terms: Words or phrases of up to four words that count in favour.
        title_weight: Worth of a term found in the title.
        abstract_weight: Worth of an occurrence in the abstract.
        unless: Terms that make it abstain when the title has one of them.
        needs: Where given, it abstains unless the title or the abstract has one of them.
        least: It abstains below this score.
    """

    name: str
    topic: str
    why: str
    terms: tuple[str, ...]
    title_weight: float = 4.0
    abstract_weight: float = 0.5
    unless: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    least: float = 0.8
    _terms: frozenset[str] = field(init=False, repr=False, compare=False)
    _unless: frozenset[str] = field(init=False, repr=False, compare=False)
    _needs: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Prepare the normal forms of the terms, once."""
        object.__setattr__(self, "_terms", _keys(self.terms))
        object.__setattr__(self, "_unless", _keys(self.unless))
        object.__setattr__(self, "_needs", _keys(self.needs))

    @property
    def vocabulary(self) -> frozenset[str]:
        """Every term the function looks at, in normal form."""
        return self._terms | self._unless | self._needs

    def score(self, title: Mapping[str, int], abstract: Mapping[str, int]) -> float | None:
        """Vote on one paper.

        Args:
            title: Terms of the title with their counts, from `term_counts`.
            abstract: Terms of the abstract with their counts, from `term_counts`.

        Returns:
            A score above zero, or ``None`` when the function abstains.
        """
        in_title = self._terms.intersection(title)
        in_abstract = self._terms.intersection(abstract)
        if not in_title and not in_abstract:
            return None
        if self._unless and not self._unless.isdisjoint(title):
            return None
        if self._needs and self._needs.isdisjoint(title) and self._needs.isdisjoint(abstract):
            return None
        hits = sum(abstract[term] for term in in_abstract)
        total = self.title_weight * _TITLE_FACTORS[min(len(in_title), 2)]
        total += self.abstract_weight * min(hits, _ABSTRACT_HITS)
        return round(total, 4) if total >= self.least else None


def _phrases(table: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(" ".join(phrase.split()) for phrase in table[name].split("|")) if name in table else ()


def _voting_for(topic: str, *rows: tuple[str, str, float, float]) -> Iterator[LabelingFunction]:
    for name, why, title, abstract in rows:
        terms, unless, needs = (_phrases(table, name) for table in (TERM_TABLE, UNLESS_TABLE, NEEDS_TABLE))
        yield LabelingFunction(name, topic, why, terms, title, abstract, unless, needs)


# Per entry: name, why, title weight, abstract weight. "Row" and "rule" are those of the labelling guide.
LABELING_FUNCTIONS: Final[tuple[LabelingFunction, ...]] = (
    *_voting_for(
        "diffusion-models",
        ("diffusion-family", "Denoising, score-based and discrete diffusion by name (row 1).", 4.0, 0.6),
        ("bridges-and-flows", "Bridges, flow matching, interpolants (row 1).", 4.0, 0.6),
        (
            "few-step-sampling",
            "Samplers and fewer steps stay with the model's own topic (rules 1 and 4).",
            1.5,
            0.3,
        ),
        (
            "diffusion-in-title",
            "A bare 'diffusion' counts in a title only, and not the one of graphs or physics (rule 1).",
            2.0,
            0.0,
        ),
    ),
    *_voting_for(
        "state-space-models",
        ("deep-state-space", "Deep state-space layers by name (row 2).", 3.0, 0.5),
        ("classical-state-space", "State-space and hidden Markov models (row 2).", 3.0, 0.4),
    ),
    *_voting_for(
        "generative-models",
        ("energy-and-boltzmann", "Energy-based and Boltzmann models (row 3).", 5.0, 0.6),
        ("flows-gans-vaes", "Flows, GANs and VAEs; abstracts name them as rivals too (row 3).", 4.0, 0.3),
        (
            "generative-model",
            "Generation as such, where no other family is named in the title (row 3).",
            2.5,
            0.25,
        ),
    ),
    *_voting_for(
        "language-models",
        ("language-model-family", "Language models by name (row 4).", 4.0, 0.5),
        (
            "mixture-of-experts",
            "Mixtures of experts in language models, not the regression models of that name (row 4).",
            3.0,
            0.4,
        ),
        ("fast-decoding", "Faster decoding of language models is their own topic (rule 4).", 3.0, 0.4),
        ("reasoning-and-capability", "Reasoning and capabilities of language models (row 4).", 2.5, 0.4),
    ),
    *_voting_for(
        "bayesian-inference",
        ("monte-carlo-inference", "Sampling methods keep their own topic (rule 3).", 4.0, 0.4),
        ("variational-inference", "Approximate inference keeps its own topic (rule 3).", 4.0, 0.4),
        ("bayesian-models", "Bayesian models, processes, uncertainty (row 5).", 3.5, 0.4),
        (
            "bayesian-optimization",
            "Bayesian optimisation is inference first, optimisation further (rule 6).",
            4.0,
            0.5,
        ),
    ),
    *_voting_for(
        "optimization",
        ("gradient-methods", "First- and second-order methods and step sizes (row 6).", 3.5, 0.35),
        ("optimization-problems", "Classes of optimisation problems (row 6).", 3.5, 0.4),
        ("optimization-rates", "Complexity and rates of optimisers (row 6).", 1.5, 0.35),
    ),
    *_voting_for(
        "learning-theory",
        ("generalization-theory", "Generalisation and expressiveness (row 7).", 3.0, 0.4),
        ("loss-landscapes", "Loss landscapes and training dynamics (row 7).", 4.0, 0.4),
        ("scaling-laws", "Scaling laws (row 7); of language models: further (rule 6).", 2.5, 0.4),
        (
            "theory-of-a-family",
            "Signs of a proof or an analysis: a further topic next to its family (rule 6).",
            1.5,
            0.4,
        ),
    ),
    *_voting_for(
        "reinforcement-learning",
        ("rl-methods", "Reinforcement learning by name (row 8).", 4.0, 0.5),
        ("bandits-and-regret", "Bandits and online decisions (row 8).", 4.0, 0.4),
        ("planning-and-reward", "Planning, world models, rewards (row 8).", 2.0, 0.4),
    ),
    *_voting_for(
        "time-series",
        ("forecasting", "Time series and forecasting (row 9).", 4.0, 0.5),
        ("events-and-dynamics", "Point processes and identified dynamics (row 9).", 3.5, 0.4),
    ),
    *_voting_for(
        "graphs-clustering",
        ("communities", "Communities and block models of networks (row 10).", 4.0, 0.5),
        ("graph-learning", "Learning on graphs (row 10).", 3.0, 0.4),
        ("clustering", "Clustering (row 10).", 3.5, 0.35),
    ),
    *_voting_for(
        "efficiency-systems",
        ("model-compression", "Making a known model smaller, whatever the model (rule 4).", 5.0, 0.5),
        ("model-acceleration", "Making a known model cheaper to run (rule 4).", 2.0, 0.3),
        ("systems-and-hardware", "Serving, training systems, hardware (row 11).", 4.0, 0.4),
        ("numerical-kernels", "Fast numerical kernels (row 11).", 2.5, 0.4),
    ),
    *_voting_for(
        "computer-vision",
        ("image-and-video", "Vision tasks; abstracts also name them as tests (row 12).", 3.5, 0.3),
        ("three-dimensional", "Shapes and scenes; point clouds are vision (rule 2).", 5.0, 0.4),
        ("remote-and-medical-imaging", "Remote sensing and medical imaging (row 12).", 5.0, 0.5),
    ),
    *_voting_for(
        "speech-audio",
        ("speech-and-sound", "Speech, music and sound (row 13).", 5.0, 0.5),
    ),
    *_voting_for(
        "science-engineering",
        ("chemistry-and-biology", "Chemistry and biology as the application (rule 2).", 4.0, 0.4),
        ("physics-and-nature", "Physics, earth and brain as the application (rule 2).", 3.5, 0.4),
        ("engineering-and-industry", "Machines and manufacturing (rule 2).", 4.0, 0.4),
        ("telecommunication", "Wireless networks and signals (row 14).", 4.0, 0.4),
    ),
    *_voting_for(
        "finance-economics",
        ("markets-and-money", "Markets, credit, trading, auctions (row 15).", 4.0, 0.4),
    ),
    *_voting_for(
        "security-privacy",
        (
            "attacks-and-certificates",
            "Attacks on models and certificates against them (rule 5, row 16).",
            5.0,
            0.4,
        ),
        ("privacy-and-protection", "Protecting or forgetting data (rule 5).", 5.0, 0.5),
        ("concept-removal", "Removing content from a model (rule 5).", 5.0, 0.5),
    ),
    *_voting_for(
        "statistics",
        ("estimation-and-testing", "Estimation, testing, conformal prediction (row 17).", 3.5, 0.35),
        ("stochastic-processes", "Processes and probability in their own right (row 17).", 3.5, 0.35),
        ("causality", "Causal discovery; root-cause analysis too (rule 6).", 5.0, 0.4),
    ),
    *_voting_for(
        "information-systems",
        ("recommendation-and-search", "Recommendation and retrieval (row 18).", 5.0, 0.5),
        ("data-and-business", "Databases and business intelligence (row 18).", 3.5, 0.4),
    ),
    *_voting_for(
        "learning-methods",
        ("ways-of-learning", "Ways of learning no other topic names (row 19).", 4.0, 0.4),
        ("automl-and-ensembles", "AutoML and ensembles (row 19).", 3.5, 0.35),
        ("interpretability", "Interpretability (row 19).", 3.5, 0.4),
    ),
)


def _lengths_by_first_word(vocabulary: frozenset[str]) -> dict[str, tuple[int, ...]]:
    lengths: dict[str, set[int]] = {}
    for term in vocabulary:
        words = term.split()
        lengths.setdefault(words[0], set()).add(len(words))
    return {first: tuple(sorted(sizes)) for first, sizes in lengths.items()}


_VOCABULARY: Final = frozenset(term for function in LABELING_FUNCTIONS for term in function.vocabulary)
_LENGTHS: Final = _lengths_by_first_word(_VOCABULARY)


def term_counts(text: str) -> dict[str, int]:
    """Count the n-grams of a text that any labeling function listens for.

    Args:
        text: A title or an abstract.

    Returns:
        Terms in normal form with their numbers of occurrences; other n-grams are left out.
    """
    words = tokenize(text)
    counts: dict[str, int] = {}
    for start, word in enumerate(words):
        for size in _LENGTHS.get(word, ()):
            term = word if size == 1 else " ".join(words[start : start + size])
            if term in _VOCABULARY:
                counts[term] = counts.get(term, 0) + 1
    return counts
