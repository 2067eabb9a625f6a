"""Tests of the labeling functions and of how their votes are combined."""

import pytest

from curation.label.combine import PRECEDENCE, Labels, combine
from curation.label.functions import LABELING_FUNCTIONS, LabelingFunction, term_counts, tokenize
from curation.label.terms import NEEDS_TABLE, TERM_TABLE, UNLESS_TABLE
from curation.schemas.stages import MAX_TOPICS
from curation.schemas.taxonomy import TOPIC_IDS

# Invented papers, one per function: title and abstract.
EXAMPLES: dict[str, tuple[str, str]] = {
    "diffusion-family": ("A Gentle Denoising Diffusion Recipe", "We revisit how DDPMs are trained."),
    "bridges-and-flows": ("Straighter Schrödinger Bridges", "Flow matching between two marginals."),
    "few-step-sampling": ("Fewer Steps, Same Picture", "A solver for diffusion models in few-step regimes."),
    "diffusion-in-title": ("Guided Diffusion Made Plain", "We tell a story."),
    "deep-state-space": ("Wider Mamba Blocks", "Selective SSMs with a larger state."),
    "classical-state-space": ("Learning in Hidden Markov Models", "A Kalman filter with switching."),
    "energy-and-boltzmann": ("Patient Training of Energy-Based Models", "EBMs and contrastive divergence."),
    "flows-gans-vaes": ("Shallow Normalizing Flows", "VAEs with invertible neural networks."),
    "generative-model": ("Generative Modeling in Layers", "A deep generative framework for generation."),
    "language-model-family": ("Small Large Language Models", "An LLM with low perplexity."),
    "mixture-of-experts": ("Fair Routers for Mixture-of-Experts", "MoEs in language models waste tokens."),
    "fast-decoding": ("Speculative Decoding with Two Drafts", "A language model checks several tokens."),
    "reasoning-and-capability": ("Checking Chain of Thought", "Multi-step reasoning on math problems."),
    "monte-carlo-inference": ("Lazy Hamiltonian Monte Carlo", "An MCMC method that mixes fast."),
    "variational-inference": ("Variational Inference with Ladders", "A tighter evidence lower bound."),
    "bayesian-models": ("Sparse Gaussian Processes Again", "A posterior over functions."),
    "bayesian-optimization": ("Bayesian Optimisation on a Budget", "A new acquisition function."),
    "gradient-methods": ("SGD without a Step-Size", "Momentum and variance reduction."),
    "optimization-problems": ("Bilevel Optimization Revisited", "A nonconvex lower-level problem."),
    "optimization-rates": ("Reaching Stationary Points", "An iteration complexity, strongly convex or not."),
    "generalization-theory": (
        "A Generalization Bound for Trees",
        "Sample complexity by Rademacher averages.",
    ),
    "loss-landscapes": ("Mode Connectivity at Width Ten", "Minima of the loss landscape are linked."),
    "scaling-laws": ("Scaling Laws for Small Nets", "A compute-optimal power law scaling."),
    "theory-of-a-family": ("A Provable View", "A theoretical analysis with convergence guarantees."),
    "rl-methods": ("Offline Reinforcement Learning from Logs", "A policy gradient in an MDP."),
    "bandits-and-regret": ("Bandits with Naps", "Regret grows slowly with Thompson sampling."),
    "planning-and-reward": ("A World Model for Kitchens", "Planning with a reward model."),
    "forecasting": ("Forecasting Sparse Time Series", "Seasonality over a long horizon."),
    "events-and-dynamics": ("Neural Hawkes Temporal Point Processes", "Event sequences in time."),
    "communities": ("Community Detection by Voting", "A stochastic block model of a network."),
    "graph-learning": ("Deep Graph Neural Networks", "GNNs for node classification."),
    "clustering": ("Clustering with Doubt", "A k-means variant for overlapping clusters."),
    "model-compression": ("Ternary Quantization of Encoders", "Pruning and low-bit weights."),
    "model-acceleration": ("Accelerating Encoders on Edge Devices", "Lower inference latency."),
    "systems-and-hardware": ("Serving on Shared GPUs", "Higher throughput and less memory footprint."),
    "numerical-kernels": ("Block-Sparse Matrix Multiplication", "A floating-point attention kernel."),
    "image-and-video": ("Object Detection at Night", "Semantic segmentation of video."),
    "three-dimensional": ("Point Clouds from Two Views", "Neural rendering of 3D shapes."),
    "remote-and-medical-imaging": ("Remote Sensing of Roofs", "Satellite and hyperspectral data."),
    "speech-and-sound": ("Speech Enhancement in Cars", "Cleaner audio at the speaker's side."),
    "chemistry-and-biology": ("Folding Proteins Twice", "Molecules, ligands and peptides."),
    "physics-and-nature": ("Weather from Coarse Grids", "A partial differential equation for climate."),
    "engineering-and-industry": ("Battery State of Health", "Prognostics for industrial machines."),
    "telecommunication": ("Channel Estimation for MIMO", "A wireless uplink with many antennas."),
    "markets-and-money": ("Stock Trading by Committee", "Portfolios of financial assets."),
    "attacks-and-certificates": ("Finding Backdoors", "A defense against adversarial attacks."),
    "privacy-and-protection": ("Differential Privacy for Streams", "Sensitive data stays at home."),
    "concept-removal": ("Concept Erasure in One Pass", "Removing unsafe and harmful content."),
    "estimation-and-testing": ("Conformal Prediction for Shifts", "An estimator with coverage guarantees."),
    "stochastic-processes": ("Excursions of Brownian Motion", "A martingale and its hitting times."),
    "causality": ("Causal Discovery from Counts", "Confounders and root causes."),
    "recommendation-and-search": ("Sequential Recommendation", "User behaviour and click-through rates."),
    "data-and-business": ("A Database for Business Intelligence", "SQL over a data warehouse."),
    "ways-of-learning": ("Continual Learning with Notes", "No catastrophic forgetting."),
    "automl-and-ensembles": ("AutoML for Ensembles", "Neural architecture search of base learners."),
    "interpretability": ("Concept Bottlenecks Explained", "Interpretability by saliency."),
}

UNRELATED = ("A Walk along the River", "We gather old recipes for bread and soup, and tell who baked them.")


@pytest.mark.parametrize("function", LABELING_FUNCTIONS, ids=lambda function: function.name)
def test_fires_on_its_example_and_abstains_on_unrelated_text(function: LabelingFunction) -> None:
    title, abstract = EXAMPLES[function.name]
    score = function.score(term_counts(title), term_counts(abstract))
    assert score is not None
    assert score > 0
    assert score == round(score, 4)
    assert function.score(*map(term_counts, UNRELATED)) is None


def test_names_are_unique_and_every_function_has_an_example() -> None:
    names = [function.name for function in LABELING_FUNCTIONS]
    assert len(names) == len(set(names))
    assert set(names) == set(EXAMPLES) == set(TERM_TABLE)
    assert set(UNLESS_TABLE) | set(NEEDS_TABLE) <= set(names)


def test_topics_are_those_of_the_taxonomy_with_one_to_four_functions_each() -> None:
    topics = [function.topic for function in LABELING_FUNCTIONS]
    assert tuple(dict.fromkeys(topics)) == TOPIC_IDS
    assert topics == sorted(topics, key=TOPIC_IDS.index)
    assert all(1 <= topics.count(topic) <= 4 for topic in TOPIC_IDS)


@pytest.mark.parametrize("function", LABELING_FUNCTIONS, ids=lambda function: function.name)
def test_terms_are_short_and_none_repeats_another(function: LabelingFunction) -> None:
    keys = [" ".join(tokenize(term)) for term in function.terms]
    assert len(keys) == len(set(keys))
    assert all(term == term.lower() and 1 <= len(term.split()) <= 4 for term in function.terms)
    assert not [(a, b) for a in keys for b in keys if a != b and f" {a} " in f" {b} "]
    assert function.why.endswith(".")


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("State-Space Models", "state space model"),
        ("Schrödinger bridges", "schrodinger bridge"),
        ("GAUSSIAN PROCESSES", "gaussian process"),
        ("modelling and quantisation", "modeling and quantization"),
        ("queries", "query"),
    ],
)
def test_spellings_agree(left: str, right: str) -> None:
    assert tokenize(left) == tokenize(right)


def test_empty_text_has_no_terms() -> None:
    assert term_counts("") == {}
    assert term_counts("state") == {}


def test_unless_and_needs_make_a_function_abstain() -> None:
    function = LabelingFunction("a", "statistics", "Why.", ("bridge",), unless=("river",), needs=("noise",))
    assert function.score({"bridge": 1, "noise": 1}, {}) == 4.0
    assert function.score({"bridge": 1}, {"noise": 2}) == 4.0
    assert function.score({"bridge": 1, "noise": 1, "river": 1}, {}) is None
    assert function.score({"bridge": 1}, {}) is None


def test_a_single_mention_in_the_abstract_is_not_enough() -> None:
    function = LabelingFunction("a", "statistics", "Why.", ("bridge", "span"))
    assert function.score({}, {"bridge": 1}) is None
    assert function.score({}, {"bridge": 2}) == 1.0
    assert function.score({}, {"bridge": 99}) == 2.5
    assert function.score({"bridge": 1, "span": 1}, {}) == 6.0


def test_all_abstain() -> None:
    assert combine(*UNRELATED) == Labels((), None, ())
    assert combine("", "") == Labels((), None, ())


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_labels_are_well_formed_and_repeatable(name: str) -> None:
    labels = combine(*EXAMPLES[name])
    assert labels == combine(*EXAMPLES[name])
    assert name in {vote.function for vote in labels.votes}
    assert labels.topics[0] == labels.primary
    assert len(labels.topics) == len(set(labels.topics)) <= MAX_TOPICS
    assert set(labels.topics) <= {vote.topic for vote in labels.votes}


def test_at_most_four_topics() -> None:
    title = " ".join(title for title, _ in EXAMPLES.values())
    labels = combine(title, " ".join(abstract for _, abstract in EXAMPLES.values()))
    assert len(labels.topics) == MAX_TOPICS
    assert labels.topics[0] == labels.primary


def test_ties_follow_the_order_of_the_taxonomy() -> None:
    labels = combine("Clustering Gaussian Processes", "")
    assert [vote.score for vote in labels.votes] == [3.5, 3.5]
    assert labels.topics == ("bayesian-inference", "graphs-clustering")


@pytest.mark.parametrize(
    ("title", "abstract", "topics"),
    [
        pytest.param("A Sampler for Diffusion Models", "", ("diffusion-models",), id="rule-1-the-new-object"),
        pytest.param(
            "Mamba for Sequential Recommendation",
            "Selective state space models (SSMs) such as Mamba model long user behaviour; the SSM is fast.",
            ("information-systems", "state-space-models"),
            id="rule-2-application",
        ),
        pytest.param(
            "Diffusion Models for Point Clouds",
            "A denoising diffusion model whose reverse process draws shapes.",
            ("computer-vision", "diffusion-models"),
            id="rule-2-form-for-one-domain",
        ),
        pytest.param(
            "A Particle Filter for State-Space Models",
            "State-space models, also called hidden Markov models, are smoothed by SMC.",
            ("bayesian-inference", "state-space-models"),
            id="rule-3-inference",
        ),
        pytest.param(
            "Four-Bit Quantization of Diffusion Models",
            "Diffusion models (DDPM) need much memory. Our quantization of latent diffusion is accurate.",
            ("efficiency-systems", "diffusion-models"),
            id="rule-4-compression",
        ),
        pytest.param(
            "Small One-Step Diffusion Models by Pruning",
            "One-step diffusion models from fewer sampling steps and pruned weights.",
            ("diffusion-models", "efficiency-systems"),
            id="rule-4-both-at-once",
        ),
        pytest.param(
            "Erasing Concepts from Diffusion Models",
            "Stable Diffusion and other latent diffusion models draw unwanted things.",
            ("security-privacy", "diffusion-models"),
            id="rule-5-removal",
        ),
        pytest.param(
            "A Provable Error Bound for Diffusion Models",
            "A theoretical analysis gives convergence guarantees for DDPM.",
            ("diffusion-models", "learning-theory"),
            id="rule-6-theory-of-a-family",
        ),
        pytest.param(
            "Scaling Laws of Language Models",
            "The perplexity of an LLM follows scaling laws.",
            ("language-models", "learning-theory"),
            id="rule-6-scaling-laws",
        ),
        pytest.param(
            "Parallel Bayesian Optimization",
            "An acquisition function for Bayesian optimization.",
            ("bayesian-inference", "optimization"),
            id="rule-6-bayesian-optimisation",
        ),
        pytest.param(
            "Root Causes on Graphs",
            "Root cause analysis with a graph neural network over a causal graph.",
            ("statistics",),
            id="rule-6-root-causes",
        ),
        pytest.param(
            "A Calmer Diffusion Model",
            "A score-based model. We test on image classification.",
            ("diffusion-models",),
            id="last-rule-a-test-bed-earns-no-topic",
        ),
    ],
)
def test_rules_of_the_guide(title: str, abstract: str, topics: tuple[str, ...]) -> None:
    assert combine(title, abstract).topics == topics


def test_precedence_names_known_functions_and_topics() -> None:
    names = {function.name for function in LABELING_FUNCTIONS}
    for rule in PRECEDENCE:
        assert {rule.function, *rule.unless} <= names
        assert rule.over <= set(TOPIC_IDS)
