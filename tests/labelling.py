"""Invented papers that several tests of labels share."""

from __future__ import annotations

from typing import Final

from curation.label.functions import LABELING_FUNCTIONS, LabelingFunction, gather

__all__ = ["EXAMPLES", "UNREADABLE", "UNRELATED", "score_of", "scores_of"]

EXAMPLES: Final[dict[str, tuple[str, str]]] = {
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
"""One paper for each of these labeling functions: title and abstract."""

UNRELATED: Final = ("A Walk along the Wall", "We gather old recipes for bread and soup, and tell who baked them.")

UNREADABLE: Final[tuple[tuple[str | None, str | None, str], ...]] = (
    (None, "We study how long a loaf of bread keeps, and find that it is eaten before.", "no title"),
    (" ", "We study how long a loaf of bread keeps, and find that it is eaten before.", "no title"),
    ("Bread", None, "no abstract"),
    ("Bread", "We bake it.", "abstract too short"),
    ("Bread", "We bake the bread of the town. " * 400, "abstract too long"),
    ("Brot", "Wir backen Brot und erzählen, wer es gekauft hat, und warum es allen schmeckt.", "not English"),
)
"""Title, abstract, and why the labeler does not read them."""


def scores_of(title: str, abstract: str) -> dict[str, float]:
    """Return the votes of the functions that do not abstain, by name."""
    pairs = zip(LABELING_FUNCTIONS, gather(title, abstract).scores(), strict=True)
    return {function.name: score for function, score in pairs if score is not None}


def score_of(function: LabelingFunction, title: str, abstract: str = "") -> float | None:
    """Return the vote of one function."""
    return scores_of(title, abstract).get(function.name)
