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

from update_magnitude.simulations.numerics.elimination import solve_positive

CLOSE = 8  # |m − n| up to which the Gram matrix is often ill-conditioned, and the step refined


class Moving(NamedTuple):
    """Which parameters move: D sets of blocks, and which of them belongs to which update."""

    sets: jax.Array  # [D, B], whether a block is in a set
    places: jax.Array  # [D, P], the parameters in its blocks, then P where there are no more
    ranks: jax.Array  # [D, P], where among those each parameter is; 0 for the others
    chosen: jax.Array  # [U or 1, G], the number of the set that moves


def moving(sets: Any, chosen: Any, sizes: Sequence[int]) -> Moving:
    """Which parameters move, from sets of blocks.

    Args:
        sets: [..., D, B], whether a block is in a set.
        chosen: [..., U or 1, G], the number of the set that moves.
        sizes: parameters per block.

    Example:
        >>> moving([[True, False], [False, True]], [[0]], sizes=(2, 1)).places.tolist()
        [[0, 1, 3], [2, 3, 3]]
    """
    inside = np.repeat(np.asarray(sets), sizes, axis=-1)
    places = np.sort(np.where(inside, np.arange(sum(sizes)), sum(sizes)), axis=-1)
    ranks = np.where(inside, inside.cumsum(-1) - 1, 0)
    return Moving(*jax.device_put([np.asarray(entry) for entry in (sets, places, ranks, chosen)]))


def least_norm(
    features: jax.Array, residual: jax.Array, which: Moving, sizes: Sequence[int]
) -> jax.Array:
    """The minimum-norm least-squares solutions Δ of Φ_Sᵀ Δ ≈ r, zero outside S.

    Φ_S (Φ_SᵀΦ_S)⁻¹ r where m ≥ n, and (Φ_SΦ_Sᵀ)⁻¹ Φ_S r where m < n: the smaller of the two Gram
    matrices is inverted. It squares the condition number of Φ_S, so where that may be large, for
    |m − n| ≤ 8 and everywhere in single precision, a step of iterative refinement makes up for it.

    Args:
        features: Φᵀ, [U, n, P], of full rank.
        residual: r, [U, G, n], G right-hand sides each.
        which: which parameters move.
        sizes: parameters per block, P together.

    Returns:
        Δ, [U, G, P].

    Example:
        >>> one = moving([[True, False]], [[0]], sizes=(2, 1))
        >>> features, residual = jnp.array([[[2.0, 0.0, 5.0]]]), jnp.array([[[4.0]]])
        >>> least_norm(features, residual, one, sizes=(2, 1)).tolist()
        [[[2.0, 0.0, 0.0]]]
    """
    samples, capacity = features.shape[1], sum(sizes)
    counts = which.sets.astype(int) @ np.array(sizes)  # m, [D]
    over = (counts >= samples) | (counts == 0)  # where nothing moves no features are gathered
    refine = (abs(counts - samples) <= CLOSE) | (features.dtype == jnp.float32)
    rounds = jnp.where(counts == 0, 0, jnp.where(refine, 2, 1))
    grams = _block_grams(features, (which.sets & over[:, None]).any(0), sizes)

    def solve_set(delta: jax.Array, now: tuple[jax.Array, ...]) -> tuple[jax.Array, None]:
        number, blocks, places, ranks, is_over, steps = now
        mask = jnp.repeat(blocks, np.array(sizes), total_repeat_length=capacity)
        summed = jnp.where(blocks[:, None, None, None], grams, 0.0).sum(0)
        form = is_over if capacity >= samples else False
        equations = _equations(features, summed, Which(mask, places[:samples], ranks), form)
        found = _refined(equations, features, residual, steps)
        return jnp.where((which.chosen == number)[..., None], found, delta), None

    start = jnp.zeros((*residual.shape[:2], capacity), features.dtype)
    everything = (jnp.arange(len(counts)), which.sets, which.places, which.ranks, over, rounds)
    solved: jax.Array = jax.lax.scan(solve_set, start, everything)[0]
    return solved


def outcomes(features: jax.Array, theta: jax.Array) -> jax.Array:
    """Φᵀθ, [U, G, n], of Φᵀ [U, n, P] and θ [U, G, P]."""
    found: jax.Array = jnp.einsum("ugp,unp->ugn", theta, features)
    return found


class Which(NamedTuple):
    """The parameters of one set."""

    mask: jax.Array  # [P], whether a parameter moves
    places: jax.Array  # [k], those that do, if m < k; P where there are no more
    ranks: jax.Array  # [P], where among those each is


class Equations(NamedTuple):
    """The normal equations of one set, k = min(n, P) of them, in one of two forms."""

    over: jax.Array | bool  # whether m ≥ n: then Φ_SᵀΦ_S w = r, Δ = Φ_S w, else Φ_SΦ_Sᵀ Δ = Φ_S r
    gram: jax.Array  # [U, k, k], filled up with unit rows where m < k
    which: Which
    drawn: jax.Array  # [U, n, k], their features; 0 where there are no more


def _equations(
    features: jax.Array,
    summed: jax.Array,
    which: Which,
    over: jax.Array | bool,
) -> Equations:
    missing = which.places == len(which.mask)

    def full() -> tuple[jax.Array, jax.Array]:
        return summed, jnp.zeros((*features.shape[:2], len(missing)), features.dtype)

    def gathered() -> tuple[jax.Array, jax.Array]:
        places = jnp.where(missing, 0, which.places)
        drawn = jnp.where(missing[None, None], 0.0, features[:, :, places])
        gram = jnp.einsum("unp,unq->upq", drawn, drawn)
        return gram + jnp.diag(missing).astype(gram.dtype)[None], drawn

    gram, drawn = _either(over, full, gathered)
    return Equations(over, gram, which, drawn)


def _refined(
    equations: Equations, features: jax.Array, residual: jax.Array, rounds: jax.Array
) -> jax.Array:
    """A solution, and in further rounds that of what it leaves; 0 after no round at all."""
    over, gram, (mask, _, ranks), drawn = equations
    nothing = jnp.zeros((*residual.shape[:2], len(mask)), features.dtype)

    def improve(number: jax.Array, solution: jax.Array) -> jax.Array:
        # At first the residual is all that is left: no pass over the features is wasted.
        left = _either(
            number > 0, lambda: residual - outcomes(features, solution), lambda: residual
        )
        right = _either(over, lambda: left, lambda: left @ drawn)
        solved = jnp.swapaxes(solve_positive(gram, jnp.swapaxes(right, 1, 2)), 1, 2)
        change = _either(over, lambda: solved @ features, lambda: solved[:, :, ranks])
        return solution + jnp.where(mask[None, None], change, 0.0)

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
