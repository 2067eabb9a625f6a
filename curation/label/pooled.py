"""Linear models over pairs of paper and topic that share their weights between topics.

With a few papers per topic, a weight for each word and topic cannot be learned, but what a term in the title is worth
beside one in the abstract can: it is much the same for every topic. The primary topic is a conditional logit
(McFadden, "Conditional logit analysis of qualitative choice behavior", 1974), membership a logistic regression, both
with a ridge penalty and an intercept for each topic.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from curation.label.features import Array

__all__ = ["PooledModel", "fit_pooled", "softmax"]

# Features that are zero but for so few pairs of paper and topic are used as they are: scaling would blow them up.
_RARE: Final = 0.03
_LEAST_SPREAD: Final = 0.05


def softmax(logits: Array) -> Array:
    """Return the shares of rows of logits."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: Array = powers / powers.sum(axis=1, keepdims=True)
    return shares


@dataclass(frozen=True, slots=True)
class PooledModel:
    """Weights of the two models.

    Attributes:
        mean: Of each feature, shape (features,).
        spread: Of each feature, shape (features,).
        choice: Weights of the primary topic's logit, shape (features,).
        choice_bias: Intercepts, shape (topics,).
        member: Weights of membership, shape (features,).
        member_bias: Intercepts, shape (topics,).
    """

    mean: Array
    spread: Array
    choice: Array
    choice_bias: Array
    member: Array
    member_bias: Array

    def logits(self, features: Array) -> tuple[Array, Array]:
        """Return logits of the primary topic and of membership, each of shape (papers, topics)."""
        scaled = (features - self.mean) / self.spread
        return scaled @ self.choice + self.choice_bias, scaled @ self.member + self.member_bias


def fit_pooled(
    features: Array, primary: npt.NDArray[np.int64], members: Array, *, ridge: float, weights: Array | None = None
) -> PooledModel:
    """Fit both models.

    Args:
        features: Shape (papers, topics, features).
        primary: Index of each paper's primary topic, shape (papers,).
        members: 1 where a paper has a topic, shape (papers, topics).
        ridge: Penalty on squared weights and intercepts, in papers.
        weights: Weight of each paper, shape (papers,); 1 when missing.
    """
    from scipy.optimize import minimize

    papers, topics, count = features.shape
    pairs = features.reshape(-1, count)
    rare = (pairs != 0).mean(axis=0) < _RARE
    mean = np.where(rare, 0.0, pairs.mean(axis=0))
    spread = np.where(rare, 1.0, pairs.std(axis=0) + _LEAST_SPREAD)
    scaled = (features - mean) / spread
    flat_pairs = scaled.reshape(-1, count)
    weights = np.ones(papers) if weights is None else weights
    rows = np.arange(papers)
    # most papers lack most topics: that is no finding to be shrunk, so the intercepts start from it
    share = members.mean()
    base = float(np.log(share / (1 - share)))

    def choice_loss(flat: Array) -> tuple[float, Array]:
        shares = softmax((flat_pairs @ flat[:count]).reshape(papers, topics) + flat[count:])
        loss = -float(weights @ np.log(np.maximum(shares[rows, primary], 1e-300)))
        error = shares.copy()
        error[rows, primary] -= 1.0
        return _penalized(loss, error * weights[:, None], flat)

    def member_loss(flat: Array) -> tuple[float, Array]:
        logits = (flat_pairs @ flat[:count]).reshape(papers, topics) + flat[count:] + base
        loss = float(weights @ (np.logaddexp(0.0, logits) - members * logits).sum(axis=1))
        error = 1.0 / (1.0 + np.exp(-logits)) - members
        return _penalized(loss, error * weights[:, None], flat)

    def _penalized(loss: float, error: Array, flat: Array) -> tuple[float, Array]:
        slope = np.concatenate([error.ravel() @ flat_pairs, error.sum(axis=0)])
        return loss + ridge / 2 * float(flat @ flat), slope + ridge * flat

    start = np.zeros(count + topics)
    choice, member = (
        minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 2000}).x
        for loss in (choice_loss, member_loss)
    )
    return PooledModel(mean, spread, choice[:count], choice[count:], member[:count], member[count:] + base)
