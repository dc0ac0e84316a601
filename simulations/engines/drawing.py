"""The draws of the dense engine: features and noise of one unit at one task."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike, DTypeLike

from update_magnitude.simulations.numerics.normals import normal, sign, uniform

if TYPE_CHECKING:
    from jaxtyping import Float, PRNGKeyArray

FEATURES = {"normal": normal, "sign": sign, "uniform": uniform}  # as scenarios name them
ERRORS = 2**31  # where in a task's stream of bits those of the noise begin, beyond all features


def draw_features(
    key: PRNGKeyArray,
    size: tuple[int, int, int],
    dtype: DTypeLike,
    needed: ArrayLike = True,
    distribution: str = "normal",
) -> Float[jax.Array, "replicates samples parameters"]:
    """Every feature of one unit at one task, Φᵀ, of that size; 0 where none are needed."""
    count = math.prod(size)
    one = FEATURES[distribution]
    # The condition also keeps XLA from fusing the draws with what they are used for, which would
    # make them three times slower on the CPU, where it does not heed optimization barriers.
    drawn: jax.Array = jax.lax.cond(
        jnp.asarray(needed), lambda: one(key, count, dtype), lambda: jnp.zeros(count, dtype)
    )
    return drawn.reshape(size)


def draw_errors(
    key: PRNGKeyArray, size: tuple[int, int], dtype: DTypeLike
) -> Float[jax.Array, "replicates samples"]:
    """The noise of one unit at one task, of that size, in standard deviations."""
    return normal(key, math.prod(size), dtype, ERRORS).reshape(size)
