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

import jax
import jax.numpy as jnp

from simulations.normals import normal, uniform

SMALL = 0.125  # |y| below which r is summed as a series, beyond which its terms do not cancel much
TERMS = 12  # of the series, which leaves less than 1e-12 of an acceptance probability out
GATHERED = 32  # one variate in so many is drawn again at a time
FEWEST = 64  # but at least so many

Attempt = tuple[jax.Array, jax.Array, jax.Array]  # how many, what was found, what is accepted


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
    total, dtype = math.prod(shape), freedom.dtype
    x, chance = normal(first, total, dtype).reshape(shape), uniform(second, total, dtype)
    chance = chance.reshape(shape)
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

    def fresh(key: jax.Array) -> tuple[jax.Array, jax.Array]:
        first, second = jax.random.split(key)
        dtype = freedom.dtype
        return jax.random.normal(first, (), dtype), jax.random.uniform(second, (), dtype)

    def attempt(state: Attempt) -> Attempt:
        tries, found, accepted = state
        folded = jax.vmap(jax.random.fold_in, (None, 0))(jax.random.fold_in(key, tries), places)
        x, chance = jax.vmap(fresh)(folded)
        drawn, fits = propose(freedom, x, chance)
        return tries + 1, jnp.where(accepted, found, drawn), accepted | fits

    start = (jnp.zeros((), int), jnp.zeros_like(freedom), nothing)
    done: jax.Array = jax.lax.while_loop(lambda s: ~s[2].all(), attempt, start)[1]
    return done
