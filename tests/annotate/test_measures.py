"""Tests of kappa and alpha against other ways to reach the same figure."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations, permutations

import krippendorff
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from curation.annotate.alpha import alpha, jaccard_distance, masi_distance
from curation.annotate.kappa import Kappa, cohen_kappa, draw_resamples, resampled_kappas
from tests.profiles import examples

Topics = frozenset[str]
SETS = st.frozensets(st.sampled_from("abcd"), min_size=1)


def sets(*given: str) -> list[Topics]:
    return [frozenset(one) for one in given]


def by_definition(annotators: list[list[Topics]], distance: Callable[[Topics, Topics], float]) -> float:
    """Alpha from the mean distance of two labels of one paper, and of any two labels."""
    within = [
        np.mean([distance(one, two) for one, two in combinations(labels, 2)])
        for labels in zip(*annotators, strict=True)
    ]
    every = [topics for given in annotators for topics in given]
    return float(1 - np.mean(within) / np.mean([distance(one, two) for one, two in permutations(every, 2)]))


@pytest.mark.parametrize(
    ("first", "second", "jaccard", "masi"),
    [
        ("ab", "ba", 0, 0),
        ("a", "b", 1, 1),
        ("a", "ab", 1 / 2, 2 / 3),
        ("abc", "a", 2 / 3, 7 / 9),
        ("ab", "bc", 2 / 3, 8 / 9),
        ("abc", "bcd", 1 / 2, 5 / 6),
    ],
)
def test_distances_of_sets(first: str, second: str, jaccard: float, masi: float) -> None:
    for one, two in permutations([frozenset(first), frozenset(second)]):
        assert jaccard_distance(one, two) == pytest.approx(jaccard)
        assert masi_distance(one, two) == pytest.approx(masi)


def test_alpha_of_a_worked_example() -> None:
    # Three papers. Jaccard within: 1/2, 0, 1, so (1/2 + 0 + 1) / 3 = 1/2.
    # The labels a ab b b c b make 15 pairs: a-ab and ab-b (three times) 1/2 each, the three b among each other 0,
    # the other 8 are disjoint: (4 / 2 + 8) / 15 = 2/3. With MASI the halves are 2/3: 5/9 and (8/3 + 8) / 15 = 32/45.
    annotators = [sets("a", "b", "c"), sets("ab", "b", "b")]
    assert alpha(annotators, jaccard_distance) == pytest.approx(1 - (1 / 2) / (2 / 3))
    assert alpha(annotators, masi_distance) == pytest.approx(1 - (5 / 9) / (32 / 45))


def test_alpha_of_krippendorffs_example() -> None:
    # "Computing Krippendorff's Alpha-Reliability" (2011), B: nominal data of two observers, alpha 0.692
    ben, gerry = sets(*"aabbdcccedda"), sets(*"babbbccceddd")
    given = alpha([ben, gerry], jaccard_distance)
    assert given is not None
    assert round(given, 3) == 0.692


def test_alpha_of_labels_that_never_vary_is_undefined() -> None:
    assert alpha([sets("ab", "ba"), sets("ab", "ab")], jaccard_distance) is None


@pytest.mark.parametrize("distance", [jaccard_distance, masi_distance])
@examples(60)
@given(data=st.data(), annotators=st.integers(2, 4), papers=st.integers(1, 8))
def test_alpha_is_that_of_the_definition(
    distance: Callable[[Topics, Topics], float], data: st.DataObject, annotators: int, papers: int
) -> None:
    table = [data.draw(st.lists(SETS, min_size=papers, max_size=papers)) for _ in range(annotators)]
    assume(len({topics for given in table for topics in given}) > 1)
    assert alpha(table, distance) == pytest.approx(by_definition(table, distance))


@examples(40)
@given(data=st.data(), annotators=st.integers(2, 4), papers=st.integers(1, 8))
def test_alpha_of_single_topics_is_the_librarys_nominal_one(data: st.DataObject, annotators: int, papers: int) -> None:
    codes = [data.draw(st.lists(st.integers(0, 3), min_size=papers, max_size=papers)) for _ in range(annotators)]
    assume(len({code for given in codes for code in given}) > 1)
    expected = krippendorff.alpha(codes, level_of_measurement="nominal")
    single = [[frozenset("abcd"[code]) for code in given] for given in codes]
    assert alpha(single, jaccard_distance) == pytest.approx(expected)
    assert alpha(single, masi_distance) == pytest.approx(expected)


def test_resamples_draw_as_many_papers_as_there_are() -> None:
    drawn = draw_resamples(7, resamples=500, seed=3)
    assert drawn.shape == (500, 7)
    assert set(drawn.sum(axis=1)) == {7}
    assert drawn.mean(axis=0) == pytest.approx(np.ones(7), abs=0.2)
    assert len({tuple(row) for row in drawn}) > 300
    assert (drawn == draw_resamples(7, resamples=500, seed=3)).all()
    assert (drawn != draw_resamples(7, resamples=500, seed=4)).any()


@pytest.mark.parametrize(("papers", "labels"), [(30, 2), (30, 5), (244, 19), (3, 2)])
def test_kappa_of_resamples_is_that_of_the_library(papers: int, labels: int) -> None:
    random = np.random.default_rng(papers + labels)
    one = random.integers(labels, size=papers)
    two = np.where(random.random(papers) < 0.7, one, random.integers(labels, size=papers))
    drawn = draw_resamples(papers, resamples=40)
    kappas = resampled_kappas(one, two, drawn)
    assert not np.isnan(kappas).all()
    for counts, kappa in zip(drawn, kappas, strict=True):
        first, second = np.repeat(one, counts), np.repeat(two, counts)
        if len({*first, *second}) == 1:
            assert np.isnan(kappa)
        else:
            assert kappa == pytest.approx(cohen_kappa_score(first, second))


def test_the_kappa_of_all_papers_is_that_of_a_resample_with_each_paper_once() -> None:
    one, two = np.array([0, 0, 1, 2, 2, 1]), np.array([0, 1, 1, 2, 0, 1])
    each = np.ones((1, 6), dtype=np.int64)
    value = cohen_kappa(one.tolist(), two.tolist(), each).value
    assert value == pytest.approx(resampled_kappas(one, two, each)[0])
    # observed 4/6; by chance (2 * 2 + 2 * 3 + 2 * 1) / 36
    assert value == pytest.approx((2 / 3 - 1 / 3) / (1 - 1 / 3))


def test_the_interval_is_that_of_the_percentiles() -> None:
    one, two = list("aabbccddab" * 4), list("aabbccddba" * 3) + list("aabbccddab")
    drawn = draw_resamples(40, resamples=300)
    codes = [np.array(["abcd".index(label) for label in given]) for given in (one, two)]
    kappas = np.sort(resampled_kappas(codes[0], codes[1], drawn))
    kappa = cohen_kappa(one, two, drawn)
    assert kappa.low is not None
    assert kappa.high is not None
    # 2.5 % of 300 is between the 8th and the 9th from either end
    assert kappas[7] <= kappa.low <= kappas[8]
    assert kappas[-9] <= kappa.high <= kappas[-8]
    assert kappas[0] < kappa.low < kappa.high


def test_resamples_without_a_kappa_are_left_out() -> None:
    # the one paper that varies is missing from about a third of the resamples
    one, two = [True] + [False] * 9, [True] + [False] * 9
    drawn = draw_resamples(10, resamples=200)
    assert np.isnan(resampled_kappas(np.array(one, int), np.array(two, int), drawn)).sum() > 20
    assert cohen_kappa(one, two, drawn) == Kappa(1.0, 1.0, 1.0)


def test_without_a_defined_resample_there_is_no_interval() -> None:
    drawn = np.array([[2, 0], [2, 0]])
    assert cohen_kappa(["a", "b"], ["a", "b"], drawn) == Kappa(1.0, None, None)


@pytest.mark.parametrize("label", ["a", True, False])
def test_kappa_of_one_label_is_undefined(label: object) -> None:
    assert cohen_kappa([label] * 5, [label] * 5, draw_resamples(5, resamples=10)) == Kappa(None, None, None)


def test_figures_are_rounded_in_json() -> None:
    assert Kappa(2 / 3, None, 1.0).as_json() == {"value": 0.666667, "low": None, "high": 1.0}
