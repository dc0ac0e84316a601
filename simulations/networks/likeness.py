"""How alike two gradients are: the metric of Algorithm 1, the cosine unless told otherwise."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp

Metric = Callable[[jax.Array, jax.Array], jax.Array]


def cosine(first: jax.Array, second: jax.Array) -> jax.Array:
    """The cosine of two vectors; 0 where one vanishes.

    Example:
        >>> float(cosine(jnp.array([1.0, 0.0]), jnp.array([0.0, 2.0])))
        0.0
    """
    lengths = jnp.sqrt((first @ first) * (second @ second))
    return first @ second / jnp.where(lengths > 0, lengths, 1.0)


def signs(first: jax.Array, second: jax.Array) -> jax.Array:
    """The mean product of signs: 1 if all agree, −1 if all differ; no entry counts for more.

    Example:
        >>> float(signs(jnp.array([9.0, 0.1]), jnp.array([1.0, -2.0])))
        0.0
    """
    return (jnp.sign(first) * jnp.sign(second)).mean()


METRICS: dict[str, Metric] = {"cosine": cosine, "signs": signs}
