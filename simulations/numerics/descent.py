"""Some steps of gradient descent from Δ = 0, for many small problems."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from update_magnitude.simulations.numerics.least_norm import block_grams

if TYPE_CHECKING:
    from jaxtyping import Float, Int


class Descent(NamedTuple):
    """How scenarios descend."""

    # η s_b/n with s_b = v_b/ρ_b, 0 where a block does not move.
    rate: Float[jax.Array, "*tasks scenarios blocks"]
    steps: Int[jax.Array, "*tasks scenarios"]  # k; 0 where the update is no descent


def descended(
    features: Float[jax.Array, "replicates samples parameters"],
    residual: Float[jax.Array, "replicates scenarios samples"],
    descent: Descent,
    sizes: Sequence[int],
) -> Float[jax.Array, "replicates scenarios parameters"]:
    """Where k steps Δ̂_b ← Δ̂_b + (η s_b/n) Φ̂_b (r − Φ̂ᵀΔ̂) end, for standardized features Φ̂ᵀ.

    They are made in the smaller space: in that of samples the residual is what changes, and Δ̂_b is
    (η s_b/n) Φ̂_b times the sum of all residuals before the last.
    """
    samples, capacity = features.shape[1], sum(sizes)
    rates = jnp.repeat(descent.rate, np.array(sizes), axis=1, total_repeat_length=capacity)
    if capacity > samples:
        grams = block_grams(features, (descent.rate > 0).any(0), sizes)
        summed = _each(descent, residual, grams)
        return rates[None] * (summed @ features)
    gram = jnp.einsum("unp,unq->upq", features, features)

    def one(now: tuple[jax.Array, ...]) -> jax.Array:
        rate, steps, start = now  # Φ̂r, [U, P]

        def step(_: jax.Array, delta: jax.Array) -> jax.Array:
            return delta + rate[None] * (start - jnp.einsum("upq,uq->up", gram, delta))

        end: jax.Array = jax.lax.fori_loop(0, steps, step, jnp.zeros_like(start))
        return end

    starts = jnp.swapaxes(residual @ features, 0, 1)
    return jnp.swapaxes(jax.lax.map(one, (rates, descent.steps, starts)), 0, 1)


def _each(
    descent: Descent,
    residual: Float[jax.Array, "replicates scenarios samples"],
    grams: Float[jax.Array, "blocks replicates samples samples"],
) -> Float[jax.Array, "replicates scenarios samples"]:
    """The sum of all residuals before the last, one scenario after another."""

    def one(now: tuple[jax.Array, ...]) -> jax.Array:
        rate, steps, start = now
        gram = (rate[:, None, None, None] * grams).sum(0)

        def step(_: jax.Array, state: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
            left, summed = state
            return left - jnp.einsum("unm,um->un", gram, left), summed + left

        summed: jax.Array = jax.lax.fori_loop(0, steps, step, (start, jnp.zeros_like(start)))[1]
        return summed

    each = (descent.rate, descent.steps, jnp.swapaxes(residual, 0, 1))
    return jnp.swapaxes(jax.lax.map(one, each), 0, 1)
