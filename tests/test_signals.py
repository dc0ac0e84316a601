"""What gradients say of two tasks, against the definition written out."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from update_magnitude.simulations.engines.signals import halves
from update_magnitude.simulations.numerics.precision import computing_in


@pytest.mark.parametrize("samples", [2, 3, 6, 7])
def test_each_half_of_a_batch_has_the_mean_gradient_of_its_own_samples(samples):
    """−Φr/n over the first ⌊n/2⌋ samples, over the others, and over all of them."""
    rng = np.random.default_rng(samples)
    features, residual = rng.standard_normal((5, samples, 4)), rng.standard_normal((5, 3, samples))
    with computing_in("float64"):
        found = np.asarray(halves(jnp.asarray(features), jnp.asarray(residual)))
    middle = samples // 2
    for row, part in zip(found, (slice(0, middle), slice(middle, None), slice(None)), strict=True):
        each = (
            -features[:, None, part] * residual[:, :, part, None]
        )  # of every sample, [U, G, n, P]
        np.testing.assert_allclose(row, each.mean(2), rtol=1e-13, atol=1e-15)
