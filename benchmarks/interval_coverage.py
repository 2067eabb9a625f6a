"""How often intervals of scores cover the truth: `python benchmarks/interval_coverage.py [RESULTS]` prints Markdown.

With RESULTS, a folder that `curate benchmark` wrote, for every model and task of it: papers or queries are drawn from a
smooth population that was fitted to the model's own values, as many as the task has, an interval is made of each draw,
and those around the population's mean are counted. Populations of clusterings cannot be had from results; Gaussian
clusters take their place. Without RESULTS for invented populations. In the last columns the percentile bootstrap on the
same draws.

A population is the groups seen, each as likely as the other, but that one in (units + 1) is of values from
Beta(1/2, 1/2), rounded to those that occur: without these no model could ever lose what it won on all units seen. Of
pairs the similarities are moved at random by a tenth of their standard deviation, so that copies do not tie.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from scipy import optimize

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from curation.benchmark.evaluate.clustering import draw_subsets, subset_size
from curation.benchmark.evidence import Evidence, interval_of
from curation.benchmark.intervals import Array, Indices, Statistic, group_sums, mean_bounds, statistic_interval
from curation.benchmark.results import read_results

REPEATS: Final = 2000
LEVELS: Final = (0.05, 0.2, 0.4, 0.7, 0.9, 0.96, 0.98)
_UNITS: Final = 73
_SIZE: Final = 100_000
_RESAMPLES: Final = 1000
_DISCOUNTS: Final = np.array([*(1 / np.log2(np.arange(2, 12))), 0.0])
# Classes, units and distance of the classes' centres of clustered Gaussians; AMI about 0.5, 0.3, 0.4 and 0.8.
# Of seven classes among 48 papers; AMI about 0.15 and 0.23, as the light baselines have it.
_DISTANCES: Final = (0.72, 0.9)
_MIXTURES: Final = ((8, 73, 1.1), (12, 73, 0.8), (17, 73, 1.0), (12, 60, 2.2))


class Coverage(NamedTuple):
    """The share of intervals that cover the truth, its standard error, and the mean width of the intervals."""

    share: float
    error: float
    width: float


class Population(NamedTuple):
    """Groups of values: their sums and sizes, both of shape (groups,), and whether each is one value of 0 or 1."""

    sums: Array
    counts: Array
    binary: bool

    @property
    def mean(self) -> float:
        """Of all values."""
        return float(self.sums.sum() / self.counts.sum())


def covered(low: Array, high: Array, truth: float) -> Coverage:
    """Count the intervals around the truth; bounds of shape (repeats,)."""
    share = float(((low <= truth + 1e-12) & (high >= truth - 1e-12)).mean())
    # a share of 1 among few repeats is not certain either
    error = (max(share * (1 - share), 1 / len(low)) / len(low)) ** 0.5
    return Coverage(share, error, float((high - low).mean()))


def coverage(population: Population, n: int, repeats: int, seed: int) -> tuple[Coverage, Coverage]:
    """Return the coverage of `mean_interval` and of the percentile bootstrap on draws of n groups."""
    generator = np.random.default_rng(seed)
    drawn = generator.integers(len(population.sums), size=(repeats, n))
    sums, counts = population.sums[drawn], population.counts[drawn]
    if population.binary:
        low, high = mean_bounds(sums, counts, binary=True)
    else:
        low, high = _bounds(sums, counts)
    weights = generator.multinomial(n, np.full(n, 1 / n), size=_RESAMPLES).astype(float).T
    resampled = (sums @ weights) / (counts @ weights)
    below, above = np.percentile(resampled, (2.5, 97.5), axis=1)
    return covered(low, high, population.mean), covered(below, above, population.mean)


def _bounds(sums: Array, counts: Array) -> tuple[Array, Array]:
    low, high = mean_bounds(sums, counts, binary=False)
    # `mean_interval` takes samples that happen to be of 0 and 1 alone as such
    alone = ((counts == 1) & np.isin(sums, (0, 1))).all(axis=1)
    if alone.any():
        low[alone], high[alone] = mean_bounds(sums[alone], counts[alone], binary=True)
    return low, high


def pair_coverage(evidence: Evidence, repeats: int, seed: int) -> tuple[Coverage, Coverage, float]:
    """Return the coverage of the interval of average precision, that of the percentile bootstrap, and the truth."""
    generator = np.random.default_rng(seed)
    labels, scores = np.asarray(evidence.labels, dtype=float), np.asarray(evidence.values)
    names, which = np.unique(np.asarray(evidence.groups), return_inverse=True)
    rows = [np.flatnonzero(which == at) for at in range(len(names))]
    spread = 0.1 * float(scores.std())

    def draw(groups: int) -> tuple[Indices, Array, Array]:
        taken = [rows[at] for at in generator.integers(len(rows), size=groups)]
        at = np.concatenate(taken)
        group = np.repeat(np.arange(groups), [len(one) for one in taken])
        return group, labels[at], scores[at] + spread * generator.normal(size=len(at))

    _, right, given = draw(20_000)
    truth = float(_precision(right, given, np.ones((1, len(right))))[0])
    found, bootstrap = [], []
    for _ in range(repeats):
        group, right, given = draw(len(rows))
        interval = statistic_interval(_statistic(right, given), [f"{one:04d}" for one in group])
        found.append((interval.low, interval.high))
        weights = generator.multinomial(len(rows), np.full(len(rows), 1 / len(rows)), size=_RESAMPLES // 4)
        bootstrap.append(np.percentile(_precision(right, given, weights[:, group].astype(float)), (2.5, 97.5)))
    mine, theirs = np.array(found), np.array(bootstrap)
    return covered(mine[:, 0], mine[:, 1], truth), covered(theirs[:, 0], theirs[:, 1], truth), truth


def _statistic(right: Array, given: Array) -> Statistic:
    def statistic(rows: Indices) -> float:
        return float(_precision(right[rows], given[rows], np.ones((1, len(rows))))[0])

    return statistic


def _precision(right: Array, given: Array, weights: Array) -> Array:
    """Return average precision under each row of weights, shape (resamples, pairs); no two similarities are equal."""
    order = np.argsort(-given)
    weights = weights[:, order]
    hits = weights * right[order]
    precision = np.cumsum(hits, axis=1) / np.maximum(np.cumsum(weights, axis=1), 1e-12)
    return np.asarray((hits * precision).sum(axis=1) / np.maximum(hits.sum(axis=1), 1e-12))


def clustering_coverage(classes: int, n: int, distance: float, repeats: int, seed: int) -> tuple[Coverage, float]:
    """Return the coverage of the interval of the clustering task on Gaussians, and the mean score, which is the truth.

    Subsets and clusters are those of the task: k-means on each subset, with as many clusters as there are classes.
    """
    from sklearn.cluster import MiniBatchKMeans
    from sklearn.metrics import adjusted_mutual_info_score

    generator = np.random.default_rng(seed)
    shares = generator.dirichlet(np.full(classes, 2.0))
    centres = distance * generator.normal(size=(classes, 16))
    subsets, names, found = draw_subsets(n, seed), tuple(f"{one:04d}" for one in range(n)), []
    for _ in range(repeats):
        labels = generator.choice(classes, size=n, p=shares)
        vectors = centres[labels] + 1.5 * generator.normal(size=(n, 16))
        values = []
        for drawn in subsets:
            given = MiniBatchKMeans(classes, batch_size=512, n_init=1, random_state=seed).fit_predict(vectors[drawn])
            values.append(float(adjusted_mutual_info_score(labels[drawn], given)))
        interval = interval_of(Evidence("subsets", tuple(values), names, taken=subset_size(n), seed=seed))
        found.append((interval.low, float(np.mean(values)), interval.high))
    low, score, high = np.array(found).T
    return covered(low, high, float(score.mean())), float(score.mean())


def fitted(evidence: Evidence, seed: int) -> Population:
    """Return the smooth population of a model's values (see the top of this file)."""
    generator = np.random.default_rng(seed)
    values = np.asarray(evidence.values)
    sums, counts = group_sums(values, evidence.groups or None)
    grid = np.unique([0.0, 1.0, *values])
    drawn = generator.integers(len(sums), size=_SIZE)
    sums, counts, units = sums[drawn], counts[drawn], len(sums)
    for at in np.flatnonzero(generator.random(_SIZE) < 1 / (units + 1)):
        unseen = generator.beta(0.5, 0.5, size=int(counts[at]))
        sums[at] = grid[np.abs(grid - unseen[:, None]).argmin(axis=1)].sum()
    return Population(sums, counts, len(grid) == 2 and bool((counts == 1).all()))


def invented(kind: str, level: float, seed: int) -> Population:
    """Return a population of about this mean: `binary`, `ndcg`, `accuracy` of ten draws, or `precision`; `... x 3`."""
    generator = np.random.default_rng(seed)
    kind, _, grouped = kind.partition(" x ")
    each = int(grouped or 1)
    if kind == "ndcg":
        # ranks are geometric-like; queries of one paper correlate by 0.4
        hard = 0.4**0.5 * generator.normal(size=(_SIZE, 1)) + 0.6**0.5 * generator.normal(size=(_SIZE, each))

        def ranked(shift: float) -> Array:
            return np.asarray(_DISCOUNTS[np.minimum(np.exp(np.minimum(1.6 * hard + shift, 5)), 10).astype(int)])

        values = ranked(float(optimize.brentq(lambda shift: float(ranked(shift).mean()) - level, -15, 15, xtol=1e-4)))
    else:
        size = {"binary": 1.2, "accuracy": 0.5, "precision": 3.0}[kind]
        chance = generator.beta(level * size, (1 - level) * size, size=(_SIZE, 1))
        if kind == "precision":
            values = chance
        else:
            tries = 10 if kind == "accuracy" else 1
            values = generator.binomial(tries, chance, size=(_SIZE, each)) / tries
    return Population(values.sum(axis=1), np.full(_SIZE, float(each)), kind == "binary" and each == 1)


def invented_pairs(shift: float, seed: int) -> Evidence:
    """Return about 400 pairs of 73 groups, a third of them alike, whose similarities are higher by `shift`."""
    generator = np.random.default_rng(seed)
    groups = np.repeat(np.arange(_UNITS), generator.integers(3, 9, size=_UNITS))
    labels = (generator.random(len(groups)) < generator.beta(0.9, 2.1, size=_UNITS)[groups]).astype(int)
    noise = 0.3**0.5 * generator.normal(size=_UNITS)[groups] + 0.7**0.5 * generator.normal(size=len(groups))
    names = tuple(f"{one:04d}" for one in groups)
    return Evidence("pairs", tuple(map(float, shift * labels + noise)), names, tuple(map(int, labels)))


def _row(names: tuple[str, str], units: int, score: float, method: str, *coverages: Coverage) -> str:
    one, other = coverages[0], coverages[1] if len(coverages) > 1 else None
    shown = f"{one.share:.3f} | {2 * one.error:.3f} | {one.width:.3f}"
    contrast = f"{other.share:.3f} | {other.width:.3f}" if other else " | "
    return f"| {names[0]} | {names[1]} | {units} | {score:.3f} | {method} | {shown} | {contrast} |"


def from_results(folder: Path, repeats: int, clusterings: int) -> Iterator[str]:
    """Yield a row for each result; for a clustering task rows of Gaussian clusters with its classes and papers."""
    clustered: dict[str, tuple[int, int]] = {}
    for result in read_results(folder):
        evidence, method = result.evidence, result.interval.method
        if evidence.kind == "subsets":
            clustered[result.task] = (result.sizes["labels"], evidence.units)
            continue
        if evidence.kind == "pairs":
            mine, theirs, score = pair_coverage(evidence, repeats, 0)
        else:
            population = fitted(evidence, 0)
            mine, theirs = coverage(population, evidence.units, repeats, 1)
            score = population.mean
        yield _row((result.task, result.model), evidence.units, score, method, mine, theirs)
    for task, (classes, n) in clustered.items() if clusterings else ():
        for distance in _DISTANCES:
            one, score = clustering_coverage(classes, n, distance, clusterings, 0)
            yield _row((task, "Gaussian clusters"), n, score, "infinitesimal jackknife", one)


def from_inventions(repeats: int, clusterings: int) -> Iterator[str]:
    """Yield a row for each invented population."""
    for kind in ("binary", "ndcg", "accuracy", "precision", "binary x 3", "ndcg x 3"):
        for level in LEVELS:
            population = invented(kind, level, 0)
            mine, theirs = coverage(population, _UNITS, repeats, 1)
            method = "wilson" if population.binary else "wilson, effective size"
            yield _row((kind, ""), _UNITS, population.mean, method, mine, theirs)
    for shift in (0.0, 0.8, 1.6, 2.6, 3.6):
        mine, theirs, score = pair_coverage(invented_pairs(shift, 0), repeats, 1)
        yield _row(("pairs", ""), _UNITS, score, "wilson, effective size by jackknife", mine, theirs)
    for classes, n, distance in _MIXTURES if clusterings else ():
        one, score = clustering_coverage(classes, n, distance, clusterings, 0)
        yield _row((f"{classes} clusters", ""), n, score, "infinitesimal jackknife", one)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="how often intervals of scores cover the truth")
    parser.add_argument("results", type=Path, nargs="?", help="a folder that `curate benchmark` wrote")
    parser.add_argument("--repeats", type=int, default=REPEATS, help="draws for each row")
    parser.add_argument("--clusterings", type=int, default=0, help="draws for each row of clusterings, seconds each")
    arguments = parser.parse_args()
    print("| task | model | units | score | method | coverage | ± | width | percentile bootstrap | its width |")
    print("|---|---|---:|---:|---|---:|---:|---:|---:|---:|")
    repeats = arguments.repeats
    rows = (
        from_results(arguments.results, repeats, arguments.clusterings)
        if arguments.results
        else from_inventions(repeats, arguments.clusterings)
    )
    for row in rows:
        print(row, flush=True)


if __name__ == "__main__":
    main()
