"""Updates of the literal engine, on given data, against what defines them."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from update_magnitude import scenarios
from update_magnitude.scenarios import varied
from update_magnitude.simulations import estimates
from update_magnitude.simulations.engines import literal
from update_magnitude.simulations.numerics.precision import computing_in

SIZES = {"shared": 6, "specific": 4}
WEIGHTS = {"shared": 4.0, "specific": 0.5}
RHO = np.repeat([4.0, 0.5], [6, 4])


def one_task(samples: int, **updates: object):
    return scenarios.parse(
        {
            "blocks": SIZES,
            "tasks": {"count": 1, "samples": samples, "noise": 0.3},
            "optima": {"norm": dict.fromkeys(SIZES, 1.0)},
            "updates": {"strategy": "initialized"} | updates,
        }
    )


def update(scenario, features, residual) -> np.ndarray:
    with computing_in("float64"):
        problem = literal.part_of(literal.Literal().problem_of([scenario]), 0)
        found = literal.update(jnp.asarray(features), jnp.asarray(residual), problem, 0)
        return np.asarray(found)


def data(samples: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(samples)
    return rng.standard_normal((samples, 10)), rng.standard_normal(samples)


def test_without_a_penalty_it_is_the_solution_of_least_weighted_norm():
    """M⁻¹Φ(ΦᵀM⁻¹Φ)⁻¹r with M = diag(ρ)."""
    features, residual = data(5)
    inverse = features.T / RHO[:, None]
    wanted = inverse @ np.linalg.solve(features @ inverse, residual)
    found = update(one_task(5, weights=WEIGHTS), features, residual)
    np.testing.assert_allclose(found, wanted, rtol=1e-10)


@pytest.mark.parametrize("samples", [5, 30])
def test_with_a_penalty_the_gradient_of_what_it_minimizes_vanishes(samples):
    features, residual = data(samples)
    found = update(one_task(samples, weights=WEIGHTS, penalty=0.3), features, residual)
    slope = -features.T @ (residual - features @ found) / samples + 0.3 * RHO * found
    assert np.abs(slope).max() < 1e-12


def test_descent_makes_as_many_steps_as_it_is_told_with_a_rate_for_each_block():
    features, residual = data(7)
    delta = np.zeros(10)
    for _ in range(3):
        delta = delta + 0.2 / RHO * (features.T @ (residual - features @ delta)) / 7
    found = update(one_task(7, weights=WEIGHTS, steps=3, rate=0.2), features, residual)
    np.testing.assert_allclose(found, delta, rtol=1e-12)


def test_held_blocks_stay_where_they_are_whatever_their_weight():
    features, residual = data(5)
    for held in ({"weights": WEIGHTS}, {"penalty": 0.1}, {"steps": 2, "rate": 0.1}):
        custom = {"strategy": "custom", "trainable": [["specific"]], **held}
        found = update(one_task(5, **custom), features, residual)
        assert (found[:6] == 0).all()
        assert (found[6:] != 0).all()


@pytest.mark.parametrize("distribution", ["normal", "sign", "uniform"])
def test_risks_and_features_have_the_variances_of_their_blocks(distribution):
    """No update: R_1 = Σ_b v_b‖θ*_b‖², and of many samples the update is exact but for noise."""
    changes = {
        "tasks.samples": 400,
        "tasks.noise": 0.5,
        "features.variance": {"shared": 0.25, "specific": 4.0},
        "features.distribution": distribution,
    }
    scenario = varied(one_task(400), changes)
    nothing = {"updates": {"strategy": "custom", "trainable": [[]]}}
    idle = estimates(varied(scenario, nothing), 64, engine="literal").risk
    np.testing.assert_allclose(idle.mean[0, 0], 0.25 + 4.0, rtol=1e-12)
    risk = estimates(scenario, 512, engine="literal").risk
    # σ² m/(n − m − 1), whatever the variances: for normal features exactly, else nearly.
    z = (risk.mean[0, 0] - 0.25 * 10 / 389) / risk.standard_error[0, 0]
    assert abs(z) < 5
    assert risk.standard_error[0, 0] < 0.03 * risk.mean[0, 0]
