"""The pooled models: their gradients, what they recover, what the ridge does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pytest
import scipy.optimize
from hypothesis import given
from hypothesis import strategies as st

from curation.label.features import Array
from curation.label.pooled import PooledModel, fit_pooled, softmax
from tests.profiles import examples

Loss = Callable[[Array], tuple[float, Array]]

CHOICE: Final = np.array([1.5, -1.0, 0.5, 0.0])
MEMBER: Final = np.array([1.0, 0.5, -1.5, 0.0])
MEMBER_BIAS: Final = np.array([-1.0, 0.0, -2.0, -0.5, -1.5])


def simulated(papers: int, seed: int = 0) -> tuple[Array, npt.NDArray[np.int64], Array]:
    """Draw features, primary topics and memberships from models with known weights."""
    random = np.random.default_rng(seed)
    features = random.normal(size=(papers, len(MEMBER_BIAS), len(CHOICE)))
    noise = random.gumbel(size=features.shape[:2])
    primary = (features @ CHOICE + noise).argmax(axis=1).astype(np.int64)
    chances = 1 / (1 + np.exp(-(features @ MEMBER + MEMBER_BIAS)))
    return features, primary, (random.uniform(size=chances.shape) < chances).astype(float)


def losses(monkeypatch: pytest.MonkeyPatch, *data: Any, **options: Any) -> tuple[list[Loss], PooledModel]:
    """Fit, and catch what was minimized."""
    caught: list[Loss] = []
    minimize = scipy.optimize.minimize

    def spy(loss: Loss, *arguments: Any, **more: Any) -> Any:
        caught.append(loss)
        return minimize(loss, *arguments, **more)

    with monkeypatch.context() as patch:
        patch.setattr(scipy.optimize, "minimize", spy)
        model = fit_pooled(*data, **options)
    return caught, model


@pytest.mark.parametrize("ridge", [0.0, 2.5])
def test_gradients_are_those_of_finite_differences(monkeypatch: pytest.MonkeyPatch, ridge: float) -> None:
    weights = np.linspace(0.5, 3.0, 30)
    both, _ = losses(monkeypatch, *simulated(30), ridge=ridge, weights=weights)
    assert len(both) == 2
    for loss in both:
        for seed in range(3):
            at = np.random.default_rng(seed).normal(size=len(CHOICE) + len(MEMBER_BIAS))
            error = scipy.optimize.check_grad(
                lambda flat, loss=loss: loss(flat)[0], lambda flat, loss=loss: loss(flat)[1], at
            )
            assert error < 1e-4 * max(1.0, float(np.abs(loss(at)[1]).max()))


def test_losses_are_the_likelihoods_of_a_slow_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    features, primary, members = simulated(20)
    weights = np.linspace(0.5, 3.0, 20)
    (choice, member), model = losses(monkeypatch, features, primary, members, ridge=1.5, weights=weights)
    flat = np.random.default_rng(1).normal(size=len(CHOICE) + len(MEMBER_BIAS))
    share = members.mean()
    slow_choice = slow_member = 1.5 / 2 * sum(value * value for value in flat.tolist())
    for paper in range(20):
        scaled = (features[paper] - model.mean) / model.spread
        logits = [float(scaled[topic] @ flat[:4]) + float(flat[4 + topic]) for topic in range(5)]
        chances = np.exp(logits) / np.exp(logits).sum()
        slow_choice -= weights[paper] * np.log(chances[primary[paper]])
        for topic, logit in enumerate(logits):
            chance = 1 / (1 + np.exp(-(logit + np.log(share / (1 - share)))))
            slow_member -= weights[paper] * np.log(chance if members[paper, topic] else 1 - chance)
    assert choice(flat)[0] == pytest.approx(slow_choice)
    assert member(flat)[0] == pytest.approx(slow_member)


def test_known_weights_are_recovered() -> None:
    model = fit_pooled(*simulated(8000), ridge=1e-3)
    np.testing.assert_allclose(model.choice / model.spread, CHOICE, atol=0.08)
    np.testing.assert_allclose(model.choice_bias - model.choice_bias.mean(), 0.0, atol=0.12)
    np.testing.assert_allclose(model.member / model.spread, MEMBER, atol=0.08)
    bias = model.member_bias - (model.mean / model.spread) @ model.member
    np.testing.assert_allclose(bias, MEMBER_BIAS, atol=0.12)


def test_logits_are_linear_in_the_features() -> None:
    features, primary, members = simulated(50)
    model = fit_pooled(features, primary, members, ridge=1.0)
    choice, member = model.logits(features[:7])
    scaled = (features[:7] - model.mean) / model.spread
    np.testing.assert_allclose(choice, np.einsum("ntd,d->nt", scaled, model.choice) + model.choice_bias)
    np.testing.assert_allclose(member, np.einsum("ntd,d->nt", scaled, model.member) + model.member_bias)


def test_the_ridge_shrinks_weights_towards_what_is_usual() -> None:
    data = simulated(200)
    models = [fit_pooled(*data, ridge=ridge) for ridge in (0.1, 10.0, 1000.0, 1e9)]
    for name in ("choice", "member"):
        norms = [float(np.linalg.norm(getattr(model, name))) for model in models]
        assert norms == sorted(norms, reverse=True)
        assert norms[0] > 1
        assert norms[-1] < 1e-5
    share = data[2].mean()
    np.testing.assert_allclose(models[-1].member_bias, np.log(share / (1 - share)), atol=1e-4)
    np.testing.assert_allclose(models[-1].choice_bias, 0.0, atol=1e-4)


def test_a_weight_of_two_is_a_paper_twice() -> None:
    features, primary, members = simulated(40)
    heavy = fit_pooled(features, primary, members, ridge=1.0, weights=np.full(40, 2.0))
    twice = fit_pooled(*(np.concatenate([part, part]) for part in (features, primary, members)), ridge=1.0)
    light = fit_pooled(features, primary, members, ridge=1.0)
    for name in ("choice", "choice_bias", "member", "member_bias"):
        np.testing.assert_allclose(getattr(heavy, name), getattr(twice, name), atol=1e-3)
    assert np.abs(heavy.choice - light.choice).max() > 1e-2


def test_a_rare_feature_is_used_as_it_is() -> None:
    features, primary, members = simulated(100)
    features[:, :, 3] = 0.0
    features[:14, 0, 3] = 1.0
    assert (fit_pooled(features, primary, members, ridge=1.0).mean[3], 1.0) == (0.0, 1.0)
    features[:15, 0, 3] = 1.0
    model = fit_pooled(features, primary, members, ridge=1.0)
    assert model.mean[3] == pytest.approx(0.03)
    assert model.spread[3] == pytest.approx(np.sqrt(0.03 * 0.97) + 0.05)


@given(st.lists(st.lists(st.floats(-700, 700), min_size=3, max_size=3), min_size=1, max_size=5))
@examples(60)
def test_shares_add_up_and_keep_the_order(rows: list[list[float]]) -> None:
    logits = np.array(rows)
    shares = softmax(logits)
    np.testing.assert_allclose(shares.sum(axis=1), 1.0)
    assert (shares >= 0).all()
    for row, share in zip(logits, shares, strict=True):
        assert all(share[i] >= share[j] for i in range(3) for j in range(3) if row[i] >= row[j])
    np.testing.assert_allclose(softmax(logits + 5.0), shares, atol=1e-12)
