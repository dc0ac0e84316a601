"""χ² variates of any whole number of degrees of freedom, exact and vectorized.

χ²_k is 2Γ(k/2) with Γ(a) drawn by Marsaglia and Tsang (2000): a normal x is proposed, cubed to
d(1 + y)³ with d = a − 1/3 and y = x/√(9d), and accepted with probability exp(3d r(y)), where

    r(y) = log(1 + y) − y + y²/2 − y³/3 ≤ 0:

their test with everything that cancels taken out, so that it keeps its digits at any size. χ²_1 is
x² itself, and χ²_0 is 0. At most one proposal in twenty is rejected (k = 2). The few are gathered
and drawn again until they are accepted, each from places of its own in the stream, so that no
variate depends on what happened to the others. jax.random.gamma has one such loop per variate, and
is slow on the CPU.
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp

from update_magnitude.simulations.numerics.normals import (
    bits_at,
    bits_for,
    normal,
    normals_of,
    random_bits,
    settled,
    uniforms_of,
)

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Int, PRNGKeyArray

SMALL = 0.125  # |y| below which r is summed as a series, beyond which its terms do not cancel much
TERMS = 12  # of the series, which leaves less than 1e-12 of an acceptance probability out
GATHERED = 64  # one variate in so many is drawn again at a time
FEWEST = 64  # but at least so many
ROW = 16  # places that are counted together

Attempt = tuple[jax.Array, jax.Array, jax.Array]  # how many, what was drawn, what is accepted


@partial(jax.jit, static_argnums=2)  # traced once for all programs that draw as many
def chi_square(
    key: PRNGKeyArray, freedom: Float[jax.Array, "kinds"], count: int
) -> Float[jax.Array, "kinds {count}"]:
    """Independent χ²_k variates for degrees of freedom k ≥ 0.

    With the same key, variates of different degrees of freedom are made of the same normals.

    Source: G. Marsaglia and W. W. Tsang, A simple method for generating gamma variables (2000).
    """
    shape = (len(freedom), count)
    total = math.prod(shape)
    x = settled(normal(key, total, freedom.dtype)).reshape(shape)
    rest = random_bits(key, total, bits_for(freedom.dtype), start=total + 1)
    chance = settled(uniforms_of(rest)).reshape(shape)
    drawn, accepted = propose(freedom[:, None], x, chance)
    return _redraw_rejected(key, freedom, drawn.ravel(), accepted.ravel()).reshape(shape)


def propose(
    freedom: Float[jax.Array, "*#variates"],
    x: Float[jax.Array, "*variates"],
    chance: Float[jax.Array, "*variates"],
) -> tuple[Float[jax.Array, "*variates"], Bool[jax.Array, "*variates"]]:
    """What normals x would become as χ² variates, and whether a uniform number accepts them."""
    d = jnp.maximum(freedom, 2.0) / 2 - 1 / 3
    y = jnp.maximum(x / (3 * jnp.sqrt(d)), -1.0)
    cubed = jnp.where(freedom == 1, x**2, 2 * d * (1 + y) ** 3)
    accepted = (chance < jnp.exp(3 * d * _remainder(y))) | (freedom < 2)
    return jnp.where(freedom == 0, 0.0, cubed), accepted


def _remainder(y: Float[jax.Array, "*variates"]) -> Float[jax.Array, "*variates"]:
    """r(y) = log(1 + y) − y + y²/2 − y³/3 for y ≥ −1."""
    series = jnp.zeros_like(y)
    for k in reversed(range(4, 4 + TERMS)):
        series = series * y + (-1) ** (k + 1) / k
    direct = jnp.log1p(y) - y * (1 - y * (1 / 2 - y / 3))
    return jnp.where(jnp.abs(y) < SMALL, series * y**4, direct)


def _redraw_rejected(
    key: PRNGKeyArray,
    freedom: Float[jax.Array, "kinds"],
    drawn: Float[jax.Array, "variates"],
    accepted: Bool[jax.Array, "variates"],
) -> Float[jax.Array, "variates"]:
    """Draw what is not accepted again, some at a time, until all is."""
    total, each = len(drawn), len(drawn) // len(freedom)
    some = max(FEWEST, total // GATHERED)

    def gather(state: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        drawn, accepted = state
        places = _first(~accepted, some)
        again = _again(key, freedom[places // each], places, places == total)
        kept = accepted.at[places].set(True, mode="drop")
        return drawn.at[places].set(again, mode="drop"), kept

    done: jax.Array = jax.lax.while_loop(lambda s: ~s[1].all(), gather, (drawn, accepted))[0]
    return done


def _first(wanted: Bool[jax.Array, "variates"], some: int) -> Int[jax.Array, "{some}"]:
    """The places of the first that are wanted; the length of it all where there are fewer.

    jnp.nonzero by counting in rows first, since sums over all places take longer than the rest.
    """
    total = len(wanted)
    rows = jnp.pad(wanted, (0, -total % ROW)).reshape(-1, ROW)
    counts = rows.sum(1)
    ends, ranks = counts.cumsum(), jnp.arange(some)
    row = jnp.minimum(jnp.searchsorted(ends, ranks, side="right"), len(rows) - 1)
    chosen, rank = rows[row], ranks - (ends - counts)[row]
    column = (chosen.cumsum(1) == rank[:, None] + 1).argmax(1)
    return jnp.where(ranks < ends[-1], ROW * row + column, total)


def _again(
    key: PRNGKeyArray,
    freedom: Float[jax.Array, "some"],
    places: Int[jax.Array, "some"],
    nothing: Bool[jax.Array, "some"],
) -> Float[jax.Array, "some"]:
    """Variates from streams of their own: one for each attempt, in it three numbers per place."""
    kind = bits_for(freedom.dtype)
    low = 3 * places.astype(jnp.uint32)[None] + jnp.arange(3, dtype=jnp.uint32)[:, None]

    def attempt(state: Attempt) -> Attempt:
        tries, before, accepted = state
        bits = bits_at(key, tries, low, kind)
        x = normals_of(bits[:2])[: len(places)]
        drawn, fits = propose(freedom, x, uniforms_of(bits[2]))
        return tries + 1, jnp.where(accepted, before, drawn), accepted | fits

    start = (jnp.uint32(1), jnp.zeros_like(freedom), nothing)
    done: jax.Array = jax.lax.while_loop(lambda s: ~s[2].all(), attempt, start)[1]
    return done
