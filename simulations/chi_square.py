"""χ² variates of any whole number of degrees of freedom, exact and vectorized.

χ²_k is 2Γ(k/2) with Γ(a) drawn by Marsaglia and Tsang (2000): a normal x is proposed, cubed to
d(1 + y)³ with d = a − 1/3 and y = x/√(9d), and accepted with probability exp(3d r(y)), where

    r(y) = log(1 + y) − y + y²/2 − y³/3 ≤ 0.

That is their acceptance test with everything that cancels taken out, so that it keeps its digits at
any size: r is of order y⁴, and 3d r of order x⁴/d. χ²_1 is x² itself, and χ²_0 is 0.

At most one proposal in twenty is rejected (k = 2; one in 10⁷ at k = 10⁶). The few are gathered and
drawn again until they are accepted, each with keys of its own, so that no variate depends on what
happened to the others. jax.random.gamma has one such loop per variate, and is slow on the CPU.
"""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

SMALL = 0.125  # |y| below which r is summed as a series, beyond which its terms do not cancel much
TERMS = 12  # of the series, which leaves less than 1e-12 of an acceptance probability out
GATHERED = 32  # one variate in so many is drawn again at a time
FEWEST = 64  # but at least so many

Attempt = tuple[jax.Array, jax.Array, jax.Array]  # how many, what was found, what is accepted


def normal(key: jax.Array, shape: tuple[int, ...]) -> jax.Array:
    """Standard normals by inversion, at the midpoints of a grid: none is 0, so none divides by 0.

    Drawn flat and kept apart from what uses them: fused with a reshape to a short last axis, XLA's
    normals are three times slower on the CPU.

    Args:
        key: a key.
        shape: of the result.

    Example:
        >>> normal(jax.random.key(0), (2, 3)).shape
        (2, 3)
    """
    flat = _inverted(jax.random.uniform(key, (math.prod(shape),)))
    return _apart(flat).reshape(shape)


def chi_square(key: jax.Array, freedom: jax.Array, count: int) -> jax.Array:
    """Independent χ² variates, ``count`` for each number of degrees of freedom.

    With the same key, variates of different degrees of freedom are made of the same normals.

    Args:
        key: a key.
        freedom: whole numbers k ≥ 0, as floating-point numbers, [K].
        count: how many of each.

    Returns:
        χ²_k, [K, count].

    Example:
        >>> found = chi_square(jax.random.key(0), jnp.array([0.0, 1e6]), 10_000)
        >>> float(found[0].max()), bool(abs(found[1].mean() - 1e6) < 5 * 2e6**0.5 / 100)
        (0.0, True)

    Source: G. Marsaglia and W. W. Tsang, A simple method for generating gamma variables (2000).
    """
    shape = (len(freedom), count)
    first, second, again = jax.random.split(key, 3)
    x, chance = normal(first, shape), jax.random.uniform(second, shape)
    found, accepted = propose(freedom[:, None], x, chance)
    return _insist(again, freedom, found.ravel(), accepted.ravel()).reshape(shape)


def propose(freedom: jax.Array, x: jax.Array, chance: jax.Array) -> tuple[jax.Array, jax.Array]:
    """What normals x would become as χ² variates, and whether they are accepted.

    Args:
        freedom: k, of a shape that broadcasts against the others.
        x: standard normals.
        chance: uniform on [0, 1), of the same shape.
    """
    d = jnp.maximum(freedom, 2.0) / 2 - 1 / 3
    y = jnp.maximum(x / (3 * jnp.sqrt(d)), -1.0)
    cubed = jnp.where(freedom == 1, x**2, 2 * d * (1 + y) ** 3)
    accepted = (chance < jnp.exp(3 * d * _remainder(y))) | (freedom < 2)
    return jnp.where(freedom == 0, 0.0, cubed), accepted


def _remainder(y: jax.Array) -> jax.Array:
    """r(y) = log(1 + y) − y + y²/2 − y³/3 for y ≥ −1."""
    series = jnp.zeros_like(y)
    for k in reversed(range(4, 4 + TERMS)):
        series = series * y + (-1) ** (k + 1) / k
    direct = jnp.log1p(y) - y * (1 - y * (1 / 2 - y / 3))
    return jnp.where(jnp.abs(y) < SMALL, series * y**4, direct)


def _insist(key: jax.Array, freedom: jax.Array, found: jax.Array, accepted: jax.Array) -> jax.Array:
    """Draw what is not accepted again, some at a time, until all is."""
    total, each = len(found), len(found) // len(freedom)
    some = max(FEWEST, total // GATHERED)

    def gather(state: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        found, accepted = state
        (places,) = jnp.nonzero(~accepted, size=some, fill_value=total)
        drawn = _again(key, freedom[places // each], places, places == total)
        return (
            found.at[places].set(drawn, mode="drop"),
            accepted.at[places].set(True, mode="drop"),
        )

    done: jax.Array = jax.lax.while_loop(lambda s: ~s[1].all(), gather, (found, accepted))[0]
    return done


def _again(key: jax.Array, freedom: jax.Array, places: jax.Array, nothing: jax.Array) -> jax.Array:
    """Variates with keys made of their places and of how often they were tried, [S]."""

    def attempt(state: Attempt) -> Attempt:
        tries, found, accepted = state
        folded = jax.vmap(jax.random.fold_in, (None, 0))(jax.random.fold_in(key, tries), places)
        pairs = jax.vmap(lambda key: jax.random.uniform(key, (2,)))(folded)
        drawn, fits = propose(freedom, _inverted(pairs[:, 0]), pairs[:, 1])
        return tries + 1, jnp.where(accepted, found, drawn), accepted | fits

    start = (jnp.zeros((), int), jnp.zeros_like(freedom), nothing)
    done: jax.Array = jax.lax.while_loop(lambda s: ~s[2].all(), attempt, start)[1]
    return done


def _inverted(uniform: jax.Array) -> jax.Array:
    """√2 erf⁻¹(2u − 1) at the midpoint u of each step of the generator's grid."""
    middle = 2 * uniform - 1 + np.finfo(uniform.dtype).eps
    return jnp.sqrt(2.0) * jax.lax.erf_inv(middle)


def _apart(array: jax.Array) -> jax.Array:
    """The same array, behind a barrier to fusion."""
    barrier: Any = jax.lax.optimization_barrier
    apart: jax.Array = barrier(array)
    return apart
