"""What is measured on replicates, and the moments of the first few of a unit, against NumPy."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from update_magnitude.simulations.measures.risks import measures
from update_magnitude.simulations.numerics.precision import computing_in
from update_magnitude.simulations.reducers import moments

RISKS = np.random.default_rng(0).standard_normal((5, 2, 3, 3))  # R_i(θ_t), [U, G, T, T]


def summaries(risks: np.ndarray) -> np.ndarray:
    """F_T, G_T and L_T as docs/model.md defines them."""
    last, own = risks[..., -1, :], np.diagonal(risks, axis1=-2, axis2=-1)
    lost = (last[..., 0] - own[..., 0] + last[..., 1] - own[..., 1]) / 2
    return np.stack([lost, last.mean(-1), own.mean(-1)], -1)


def test_measures_are_as_they_are_defined():
    with computing_in("float64"):
        found = np.asarray(measures(jnp.asarray(RISKS)))
    np.testing.assert_allclose(found[..., :9], RISKS.reshape(5, 2, 9), rtol=1e-15)
    np.testing.assert_allclose(found[..., 9:], summaries(RISKS), rtol=1e-13)


@pytest.mark.parametrize("count", [1, 3, 5])
def test_only_the_replicates_that_count_are_counted(count):
    with computing_in("float64"):
        values = measures(jnp.asarray(RISKS))
        mean, deviations = map(np.asarray, moments(values, count))
    values = np.concatenate([RISKS.reshape(5, 2, 9), summaries(RISKS)], -1)[:count]
    np.testing.assert_allclose(mean, values.mean(0), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(deviations, ((values - mean) ** 2).sum(0), rtol=1e-12, atol=1e-14)
