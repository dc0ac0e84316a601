"""Solutions of least norm where columns have very different scale, by Householder's reflections.

A Gram matrix loses what the smaller columns say beside the larger ones. Orthogonal transformations
keep it where the rows that are transformed are sorted, the largest first.

Source: A. J. Cox and N. J. Higham, Stability of Householder QR factorization for weighted least
squares problems (1998).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp

if TYPE_CHECKING:
    from jaxtyping import Float


def graded_solution(
    features: Float[jax.Array, "replicates samples parameters"],
    right: Float[jax.Array, "replicates samples"],
    penalty: Float[jax.Array, ""],
) -> Float[jax.Array, "replicates parameters"]:
    """The u that minimizes ‖r − Φᵀu‖² + μ‖u‖², of least norm with μ = 0, for at least n columns.

    u is the first part of the solution of least norm of (Φᵀ, √μ I)(u, e) = r. With QR that of the
    rows of Φ and √μ I: Rᵀy = r, and Q y.
    """
    samples, capacity = features.shape[1:]
    unit = jnp.broadcast_to(
        jnp.eye(samples, dtype=features.dtype), (len(features), samples, samples)
    )
    rows = jnp.concatenate([jnp.swapaxes(features, 1, 2), jnp.sqrt(penalty) * unit], 1)
    order = jnp.argsort(-(rows**2).sum(2).mean(0))  # much the same in all replicates
    rows = rows[:, order]
    places = jnp.arange(capacity + samples)

    def reflect(k: jax.Array, state: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        rows, mirrors = state
        column = jnp.where(places[None] >= k, rows[:, :, k], 0.0)
        head = column[:, k]
        length = jnp.sqrt((column**2).sum(1))
        pivot = head + jnp.where(head < 0, -length, length)
        mirror = column.at[:, k].set(pivot)
        mirror = mirror / jnp.sqrt((mirror**2).sum(1))[:, None]
        along = jnp.einsum("ul,uln->un", mirror, rows)
        return rows - 2 * mirror[:, :, None] * along[:, None], mirrors.at[:, :, k].set(mirror)

    upper, mirrors = jax.lax.fori_loop(0, samples, reflect, (rows, jnp.zeros_like(rows)))

    def substitute(k: jax.Array, y: jax.Array) -> jax.Array:
        column = jnp.where(jnp.arange(samples)[None] < k, upper[:, :samples, k], 0.0)
        value = (right[:, k] - (column * y).sum(1)) / upper[:, k, k]
        return y.at[:, k].set(value)

    y = jax.lax.fori_loop(0, samples, substitute, jnp.zeros_like(right))

    def turn_back(step: jax.Array, vector: jax.Array) -> jax.Array:
        mirror = mirrors[:, :, samples - 1 - step]
        along = (mirror * vector).sum(1)[:, None]
        turned: jax.Array = vector - 2 * mirror * along
        return turned

    padded = jnp.concatenate([y, jnp.zeros((len(y), capacity), y.dtype)], 1)
    turned = jax.lax.fori_loop(0, samples, turn_back, padded)
    solution: jax.Array = turned[:, jnp.argsort(order)[:capacity]]
    return solution
