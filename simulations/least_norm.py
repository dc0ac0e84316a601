"""The minimum-norm least-squares solution, for many small problems and several sets of parameters.

Which parameters move is data, not code: one compiled program serves all schedules, and scenarios
that move different blocks share their draws and the Gram matrices of the blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from simulations.elimination import solve_positive

CLOSE = 8  # |m − n| up to which the Gram matrix is often ill-conditioned, and the step refined


class Moving(NamedTuple):
    """Which parameters move: D sets of blocks, and which of them belongs to which update."""

    sets: jax.Array  # [D, B], whether a block is in a set
    chosen: jax.Array  # [U or 1, G], the number of the set that moves


def least_norm(
    features: jax.Array, residual: jax.Array, moving: Moving, sizes: Sequence[int]
) -> jax.Array:
    """The minimum-norm least-squares solutions Δ of Φ_Sᵀ Δ ≈ r, zero outside S.

    Φ_S (Φ_SᵀΦ_S)⁻¹ r where m ≥ n, and (Φ_SΦ_Sᵀ)⁻¹ Φ_S r where m < n: the smaller of the two Gram
    matrices is inverted. It squares the condition number of Φ_S, so where that may be large, for
    |m − n| ≤ 8 and everywhere in single precision, a step of iterative refinement makes up for it.

    Args:
        features: Φᵀ, [U, n, P], of full rank.
        residual: r, [U, G, n], G right-hand sides each.
        moving: which parameters move.
        sizes: parameters per block, P together.

    Returns:
        Δ, [U, G, P].

    Example:
        >>> one = Moving(jnp.array([[True, False]]), jnp.array([[0]]))
        >>> features, residual = jnp.array([[[2.0, 0.0, 5.0]]]), jnp.array([[[4.0]]])
        >>> least_norm(features, residual, one, sizes=(2, 1)).tolist()
        [[[2.0, 0.0, 0.0]]]
    """
    samples, capacity = features.shape[1], sum(sizes)
    counts = moving.sets.astype(int) @ np.array(sizes)  # m, [D]
    over = counts >= samples
    refine = (abs(counts - samples) <= CLOSE) | (features.dtype == jnp.float32)
    rounds = jnp.where(counts == 0, 0, jnp.where(refine, 2, 1))
    grams = _block_grams(features, (moving.sets & over[:, None]).any(0), sizes)

    def solve_set(delta: jax.Array, now: tuple[jax.Array, ...]) -> tuple[jax.Array, None]:
        number, blocks, is_over, steps = now
        mask = jnp.repeat(blocks, np.array(sizes), total_repeat_length=capacity)
        summed = jnp.where(blocks[:, None, None, None], grams, 0.0).sum(0)
        equations = _equations(features, summed, mask, is_over if capacity >= samples else False)
        found = _refined(equations, features, residual, steps)
        return jnp.where((moving.chosen == number)[..., None], found, delta), None

    start = jnp.zeros((*residual.shape[:2], capacity), features.dtype)
    everything = (jnp.arange(len(counts)), moving.sets, over, rounds)
    solved: jax.Array = jax.lax.scan(solve_set, start, everything)[0]
    return solved


def outcomes(features: jax.Array, theta: jax.Array) -> jax.Array:
    """Φᵀθ, [U, G, n], of Φᵀ [U, n, P] and θ [U, G, P]."""
    found: jax.Array = jnp.einsum("ugp,unp->ugn", theta, features)
    return found


class Equations(NamedTuple):
    """The normal equations of one set, k = min(n, P) of them, in one of two forms."""

    over: jax.Array | bool  # whether m ≥ n: then Φ_SᵀΦ_S w = r, Δ = Φ_S w, else Φ_SΦ_Sᵀ Δ = Φ_S r
    gram: jax.Array  # [U, k, k], filled up with unit rows where m < k
    mask: jax.Array  # [P], whether a parameter moves
    places: jax.Array  # [k], the parameters that move if m < n; P where there are no more
    moving: jax.Array  # [U, n, k], their features; 0 where there are no more


def _equations(
    features: jax.Array, summed: jax.Array, mask: jax.Array, over: jax.Array | bool
) -> Equations:
    samples, capacity = features.shape[1:]
    count = min(samples, capacity)
    (places,) = jnp.nonzero(mask, size=count, fill_value=capacity)

    def full() -> tuple[jax.Array, jax.Array]:
        return summed, jnp.zeros((*features.shape[:2], count), features.dtype)

    def gathered() -> tuple[jax.Array, jax.Array]:
        moving = features.at[:, :, places].get(mode="fill", fill_value=0.0)
        gram = jnp.einsum("unp,unq->upq", moving, moving)
        return gram + jnp.diag(places == capacity).astype(gram.dtype)[None], moving

    gram, moving = _either(over, full, gathered)
    return Equations(over, gram, mask, places, moving)


def _refined(
    equations: Equations, features: jax.Array, residual: jax.Array, rounds: jax.Array
) -> jax.Array:
    """A solution, and in further rounds that of what it leaves; 0 after no round at all."""
    over, gram, mask, places, moving = equations
    nothing = jnp.zeros((*residual.shape[:2], len(mask)), features.dtype)

    def improve(number: jax.Array, solution: jax.Array) -> jax.Array:
        # At first the residual is all that is left: no pass over the features is wasted.
        left = _either(
            number > 0, lambda: residual - outcomes(features, solution), lambda: residual
        )
        right = _either(over, lambda: left, lambda: left @ moving)
        solved = jnp.swapaxes(solve_positive(gram, jnp.swapaxes(right, 1, 2)), 1, 2)
        change: jax.Array = _either(
            over,
            lambda: jnp.where(mask[None, None], solved @ features, 0.0),
            lambda: nothing.at[:, :, places].set(solved, mode="drop"),
        )
        return solution + change

    solution: jax.Array = jax.lax.fori_loop(0, rounds, improve, nothing)
    return solution


def _block_grams(features: jax.Array, needed: jax.Array, sizes: Sequence[int]) -> jax.Array:
    """Φ_bᵀΦ_b for every block that is needed, zeros for the others, [B, U, n, n]."""
    if sum(sizes) < features.shape[1]:
        return jnp.zeros((len(sizes), 1, 1, 1), features.dtype)  # no set has as many parameters

    def gram(block: jax.Array, wanted: jax.Array) -> jax.Array:
        zeros = jnp.zeros((*block.shape[:2], block.shape[1]), block.dtype)
        found: jax.Array = _either(
            wanted, lambda: jnp.einsum("unp,ump->unm", block, block), lambda: zeros
        )
        return found

    blocks = jnp.split(features, np.cumsum(sizes)[:-1].tolist(), axis=2)
    return jnp.stack([gram(block, needed[b]) for b, block in enumerate(blocks)])


def _either(condition: jax.Array | bool, yes: Callable[[], Any], no: Callable[[], Any]) -> Any:
    """One of two values; only that one is computed."""
    if isinstance(condition, bool):
        return yes() if condition else no()
    return jax.lax.cond(condition, yes, no)
