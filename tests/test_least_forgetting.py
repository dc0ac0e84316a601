"""Result W in numbers: theorems against whole matrices, in every replicate, and by descent."""

from __future__ import annotations

import numpy as np
import pytest

from update_magnitude.theory import theorem

P, N_SAMPLES, HELD = 9, 3, 4  # the last ``HELD`` parameters are those of C


def drawn(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features, a residual, and a positive definite M."""
    rng = np.random.default_rng(seed)
    root = rng.standard_normal((P, P))
    return (
        rng.standard_normal((P, N_SAMPLES)),
        rng.standard_normal(N_SAMPLES),
        root @ root.T + np.eye(P),
    )


def least(features: np.ndarray, residual: np.ndarray, metric: np.ndarray) -> np.ndarray:
    """The formula: M⁻¹Φ(ΦᵀM⁻¹Φ)⁻¹r."""
    turned = np.linalg.solve(metric, features)
    return turned @ np.linalg.solve(features.T @ turned, residual)


@pytest.mark.parametrize("seed", range(20))
def test_every_other_update_that_fits_has_more(seed):
    """By what the theorem says, to the last digits: frozen and initialized training among them."""
    features, residual, metric = drawn(seed)
    best = least(features, residual, metric)
    frozen = np.zeros(P)
    frozen[:-HELD] = np.linalg.lstsq(features[:-HELD].T, residual, rcond=None)[0]
    initialized = np.linalg.lstsq(features.T, residual, rcond=None)[0]
    another = best + np.linalg.svd(features.T)[2][-1]
    for other in (frozen, initialized, another):
        np.testing.assert_allclose(features.T @ other, residual, atol=1e-10)
        apart = (other - best) @ metric @ (other - best)
        more = float(theorem("least-forgetting-update")(beyond=apart))
        assert other @ metric @ other == pytest.approx(best @ metric @ best + more, rel=1e-9)
        assert more > 1e-6


@pytest.mark.parametrize("seed", range(5))
def test_a_numerical_minimum_is_the_formula(seed):
    """The equations of Lagrange, solved as they stand."""
    features, residual, metric = drawn(seed)
    equations = np.block([[metric, -features], [features.T, np.zeros((N_SAMPLES, N_SAMPLES))]])
    solved = np.linalg.solve(equations, np.concatenate([np.zeros(P), residual]))[:P]
    np.testing.assert_allclose(solved, least(features, residual, metric), rtol=1e-8)


def test_what_an_update_changes_earlier_risks_by():
    rng = np.random.default_rng(1)
    variances = rng.uniform(0.1, 2, (3, P))
    optima, theta, moved = rng.standard_normal((3, P)), *rng.standard_normal((2, P))

    def risks(at: np.ndarray) -> float:
        return float((variances * (at - optima) ** 2).sum())

    quadratic = (variances.sum(0) * moved**2).sum()
    meeting = (variances * (theta - optima) * moved).sum()
    found = theorem("least-forgetting-change")(meeting=meeting, quadratic=quadratic)
    assert float(found) == pytest.approx(risks(theta + moved) - risks(theta), rel=1e-12)
    best = (variances * optima).sum(0) / variances.sum(0)
    alone = theorem("least-forgetting-change-at-minimum")(quadratic=quadratic)
    assert float(alone) == pytest.approx(risks(best + moved) - risks(best), rel=1e-12)


def test_descent_with_rates_per_parameter_leads_there():
    """Rates ∝ 1/M_j from Δ = 0; after k steps the residual is what the theorem leaves of it."""
    features, residual, _ = drawn(3)
    metric = np.random.default_rng(4).uniform(0.2, 3, P)
    gram = features.T @ (features / metric[:, None])
    values, vectors = np.linalg.eigh(gram)
    rate, moved = 1.5 / values.max(), np.zeros(P)
    for step in range(1, 4001):
        moved = moved + rate / metric * (features @ (residual - features.T @ moved))
        if step == 7:
            left = vectors.T @ (residual - features.T @ moved)
            share = theorem("least-forgetting-descent")(rate=rate, x=values, steps=7)
            np.testing.assert_allclose(left, share * (vectors.T @ residual), rtol=1e-9)
    np.testing.assert_allclose(moved, least(features, residual, np.diag(metric)), rtol=1e-6)
    plain = np.linalg.lstsq(features.T, residual, rcond=None)[0]
    assert (
        np.abs(moved - plain).max() > 0.01
    )  # a negative control: another update than with one rate


def test_frozen_and_initialized_training_along_a_direction():
    """One sample: shares, ΔᵀMΔ and the gains are those of whole vectors."""
    features, _, _ = drawn(6)
    sample = features[:, :1]
    k_S, k_C = (sample[:-HELD] ** 2).sum(), (sample[-HELD:] ** 2).sum()
    at = {"k_S": k_S, "k_C": k_C, "M_S": 0.7, "M_C": 2.5}
    metric = np.array([0.7] * (P - HELD) + [2.5] * HELD)
    best = least(sample, np.ones(1), np.diag(metric))
    frozen = np.concatenate([sample[:-HELD, 0] / k_S, np.zeros(HELD)])
    initialized = sample[:, 0] / (k_S + k_C)
    size = (metric * best**2).sum()
    assert float(theorem("least-forgetting-quadratic")(**at)) == pytest.approx(size)
    for name, other in (("frozen", frozen), ("initialized", initialized)):
        found = float(theorem(f"least-forgetting-gain-over-{name}")(**at))
        assert found == pytest.approx((metric * other**2).sum() - size)
    trained = sample[:-HELD, 0] @ best[:-HELD]
    assert float(theorem("least-forgetting-trained")(**at)) == pytest.approx(trained)
    assert float(theorem("least-forgetting-held")(**at)) == pytest.approx(1 - trained)


def test_frozen_and_initialized_training_are_its_limits():
    features, residual, _ = drawn(8)
    metric = np.ones(P)
    initialized = np.linalg.lstsq(features.T, residual, rcond=None)[0]
    np.testing.assert_allclose(least(features, residual, np.diag(3 * metric)), initialized)
    metric[-HELD:] = 1e11
    frozen = np.zeros(P)
    frozen[:-HELD] = np.linalg.lstsq(features[:-HELD].T, residual, rcond=None)[0]
    np.testing.assert_allclose(least(features, residual, np.diag(metric)), frozen, atol=1e-8)
    at = {"k_S": 1.4, "k_C": 0.6, "M_S": 0.7}
    for name, held in (("frozen", 1e13), ("initialized", 0.7)):
        for block in ("trained", "held"):
            limit = theorem(f"least-forgetting-{name}-{block}")
            wanted = theorem(f"least-forgetting-{block}")(**at, M_C=held)
            found = limit(**{argument: at[argument] for argument in limit.arguments})
            assert float(found) == pytest.approx(float(wanted), abs=1e-9)
