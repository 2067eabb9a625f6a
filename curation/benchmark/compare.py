"""Which models can be told apart: paired permutation tests on the same units, and the ranks that follow from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from curation.benchmark.intervals import Array, group_sums

__all__ = ["ALPHA", "PERMUTATIONS", "holm", "permutation_p", "rank_ranges", "shared_ranks", "swap_p"]

AnyArray = npt.NDArray[Any]
Flags = npt.NDArray[np.bool_]
Pairs = Mapping[tuple[str, str], float]

PERMUTATIONS: Final = 9999
ALPHA: Final = 0.05
# Statistics that agree in as many decimals are one, reached by sums in another order.
_DECIMALS: Final = 12
# Permutations whose statistics are held at a time.
_BATCH: Final = 1000


def permutation_p(
    left: npt.ArrayLike,
    right: npt.ArrayLike,
    groups: Sequence[str] | None = None,
    *,
    permutations: int = PERMUTATIONS,
    seed: int = 0,
) -> float:
    """Return the two-sided p-value of two models having the same mean, from their values on the same units.

    The difference of the means is compared with those that arise when the two values of a unit change places, all
    values of a group together (Fisher, "The Design of Experiments", 1935). Every way of doing so is tried where these
    are at most `permutations`; else that many are drawn and p = (1 + as extreme) / (1 + drawn) (Phipson and Smyth,
    "Permutation P-values Should Never Be Zero", 2010). Groups without a difference do not count: they change nothing.

    Args:
        left: One model's values, shape (values,).
        right: The other's.
        groups: The group of each value; without, each is its own.
        permutations: The most that are tried.
        seed: Of those that are drawn.

    Raises:
        ValueError: The shapes differ, there are no values, or one is not a number.
    """
    one, other = np.asarray(left, dtype=np.float64), np.asarray(right, dtype=np.float64)
    if one.shape != other.shape or one.ndim != 1 or not one.size:
        raise ValueError(f"values of shapes {one.shape} and {other.shape}")
    if not np.isfinite(one - other).all():
        raise ValueError("a value is not a number")
    sums, _ = group_sums(one - other, groups)
    # sorted, so that the order of the units does not decide what is drawn
    moved = np.sort(sums[np.round(np.abs(sums), _DECIMALS) > 0])
    if len(moved) < 2:
        return 1.0

    def distance(differences: Array, axis: int) -> Array:
        rounded: Array = np.round(np.abs(differences.sum(axis=axis)), _DECIMALS)
        return rounded

    # loads slowly, and the card's figures need none of it
    from scipy import stats

    found = stats.permutation_test(
        (moved,),
        distance,
        permutation_type="samples",
        vectorized=True,
        n_resamples=permutations,
        alternative="greater",
        batch=_BATCH,
        rng=np.random.default_rng(seed),
    )
    return float(found.pvalue)


def swap_p(
    statistic: Callable[[AnyArray], float],
    left: AnyArray,
    right: AnyArray,
    groups: Sequence[str] | None = None,
    *,
    permutations: int = PERMUTATIONS,
    seed: int = 0,
) -> float:
    """Return the two-sided p-value of two models' statistics being equal, by swapping their outputs unit by unit.

    The outputs must mean the same in both models. Cosines of two models do not: give their ranks among the model's own
    pairs. Numbers of clusters never do; for clusterings, and wherever a statistic is slow, use `permutation_p` on the
    `intervals.pseudo_values` of both. Exact and drawn tests are as there.

    Args:
        statistic: Of one model's outputs, in the order of the rows.
        left: One model's outputs, shape (rows, ...).
        right: The other's.
        groups: The group of each row; rows of a group are swapped together. Without, each is its own.
        permutations: The most that are tried.
        seed: Of those that are drawn.

    Raises:
        ValueError: The shapes differ, there are no rows, or the groups are not as many.
    """
    if left.shape != right.shape or not len(left):
        raise ValueError(f"outputs of shapes {left.shape} and {right.shape}")
    if groups is not None and len(groups) != len(left):
        raise ValueError(f"{len(left)} rows in {len(groups)} groups")
    which = np.arange(len(left)) if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1]
    count = int(which.max()) + 1

    def distance(swaps: Flags) -> float:
        swapped = swaps[which].reshape(-1, *(1,) * (left.ndim - 1))
        difference = statistic(np.where(swapped, right, left)) - statistic(np.where(swapped, left, right))
        return round(abs(difference), _DECIMALS)

    found = distance(np.zeros(count, dtype=np.bool_))
    # 2 ** count of a few thousand units is no float
    if count <= permutations.bit_length() and 2**count <= permutations:
        every = [distance(np.array(swaps)) >= found for swaps in product((False, True), repeat=count)]
        return sum(every) / len(every)
    generator = np.random.default_rng(seed)
    as_extreme = sum(distance(generator.integers(2, size=count) > 0) >= found for _ in range(permutations))
    return (1 + as_extreme) / (1 + permutations)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values adjusted for how many there are, in the order given.

    The chance of any false rejection among them stays below the level (Holm, "A Simple Sequentially Rejective Multiple
    Test Procedure", 1979).

    Raises:
        ValueError: One is outside [0, 1] or not a number.
    """
    p = np.asarray(p_values, dtype=np.float64)
    if not ((p >= 0) & (p <= 1)).all():
        raise ValueError("a p-value is outside [0, 1]")
    order = np.argsort(p, kind="stable")
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(1, np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)))
    return [float(one) for one in adjusted]


def shared_ranks(
    names: Sequence[str], scores: Sequence[float], adjusted: Pairs, alpha: float = ALPHA
) -> dict[str, int]:
    """Return the rank of each model, from 1: models that cannot be told apart share one.

    In the order of the scores a new rank begins where every model above is told apart from every model below, and is
    1 + the number of models above. Hence two models that cannot be told apart always share a rank, and two of different
    ranks are always told apart, the better one with the lower rank. The converse cannot be had as well: where A and C
    are told apart but B from neither, all three share a rank. What is known of such pairs is in `rank_ranges`.

    Args:
        names: Of the models, each once.
        scores: Of each, more is better.
        adjusted: p-values of every two models, in either order, adjusted for their number.
        alpha: Two models are told apart where p is at most this and their scores differ.

    Raises:
        ValueError: A name occurs twice, scores are not as many, or a pair has no p-value.
    """
    apart = _apart(names, scores, adjusted, alpha)
    order = sorted(range(len(names)), key=lambda at: -scores[at])
    ranks, rank = {}, 1
    for place, at in enumerate(order):
        if apart[np.ix_(order[:place], order[place:])].all():
            rank = place + 1
        ranks[names[at]] = rank
    return {name: ranks[name] for name in names}


def rank_ranges(
    names: Sequence[str], scores: Sequence[float], adjusted: Pairs, alpha: float = ALPHA
) -> dict[str, tuple[int, int]]:
    """Return the ranks that each model may have, the best and the worst.

    These are 1 + the number of models that are told apart from it and ahead, and the number of all models less those
    that are told apart from it and behind. Arguments and errors are those of `shared_ranks`.
    """
    apart = _apart(names, scores, adjusted, alpha)
    values = np.asarray(scores, dtype=np.float64)
    ahead = (apart & (values > values[:, None])).sum(axis=1)
    behind = (apart & (values < values[:, None])).sum(axis=1)
    return {name: (1 + int(ahead[at]), len(names) - int(behind[at])) for at, name in enumerate(names)}


def _apart(names: Sequence[str], scores: Sequence[float], adjusted: Pairs, alpha: float) -> Flags:
    """Return which models are told apart, shape (models, models)."""
    if len(set(names)) != len(names) or len(scores) != len(names):
        raise ValueError(f"{len(scores)} scores of {len(set(names))} different models")
    apart = np.zeros((len(names), len(names)), dtype=np.bool_)
    for one, left in enumerate(names):
        for other, right in enumerate(names[:one]):
            p = adjusted.get((left, right), adjusted.get((right, left)))
            if p is None:
                raise ValueError(f"{left} and {right} have no p-value")
            apart[one, other] = apart[other, one] = p <= alpha and scores[one] != scores[other]
    return apart
