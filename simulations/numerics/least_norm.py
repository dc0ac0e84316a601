"""The minimum-norm least-squares solution, for many small problems and several sets of parameters.

Which parameters move is data, not code: one compiled program serves all schedules, and scenarios
that move different blocks share their draws and the Gram matrices of the blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

from update_magnitude.simulations.numerics.elimination import solve_positive

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Int

T = TypeVar("T")

CLOSE = 8  # |m − n| up to which the Gram matrix is often ill-conditioned, and the step refined


class Moving(NamedTuple):
    """Which parameters move: D sets of blocks, and which of them belongs to which update."""

    sets: Bool[jax.Array, "*tasks sets blocks"]  # whether a block is in a set
    # The parameters in its blocks, then P where there are no more.
    places: Int[jax.Array, "*tasks sets parameters"]
    ranks: Int[jax.Array, "*tasks sets parameters"]  # where among those each is; 0 for the others
    chosen: Int[jax.Array, "*tasks #replicates scenarios"]  # the number of the set that moves


def moving(sets: ArrayLike, chosen: ArrayLike, sizes: Sequence[int]) -> Moving:
    """Which parameters move: sets of blocks, [..., D, B], and which is whose, [..., U or 1, G]."""
    inside = np.repeat(np.asarray(sets), sizes, axis=-1)
    places = np.sort(np.where(inside, np.arange(sum(sizes)), sum(sizes)), axis=-1)
    ranks = np.where(inside, inside.cumsum(-1) - 1, 0)
    return Moving(*jax.device_put([np.asarray(part) for part in (sets, places, ranks, chosen)]))


def least_norm(
    features: Float[jax.Array, "replicates samples parameters"],
    residual: Float[jax.Array, "replicates scenarios samples"],
    which: Moving,
    sizes: Sequence[int],
) -> Float[jax.Array, "replicates scenarios parameters"]:
    """The minimum-norm least-squares solutions Δ of Φ_Sᵀ Δ ≈ r, zero outside S.

    Φ_S (Φ_SᵀΦ_S)⁻¹ r where m ≥ n, and (Φ_SΦ_Sᵀ)⁻¹ Φ_S r where m < n: the smaller of the two Gram
    matrices is inverted. It squares the condition number of Φ_S, so where that may be large, for
    |m − n| ≤ 8 and everywhere in single precision, a step of iterative refinement makes up for it.
    Features are Φᵀ, of full rank, and residuals r.
    """
    samples, capacity = features.shape[1], sum(sizes)
    counts = which.sets.astype(int) @ np.array(sizes)  # m, [D]
    over = (counts >= samples) | (counts == 0)  # where nothing moves no features are gathered
    refine = (abs(counts - samples) <= CLOSE) | (features.dtype == jnp.float32)
    rounds = jnp.where(counts == 0, 0, jnp.where(refine, 2, 1))
    grams = block_grams(features, (which.sets & over[:, None]).any(0), sizes)

    def solve_set(delta: jax.Array, now: tuple[jax.Array, ...]) -> tuple[jax.Array, None]:
        number, blocks, places, ranks, is_over, steps = now
        mask = jnp.repeat(blocks, np.array(sizes), total_repeat_length=capacity)
        summed = jnp.where(blocks[:, None, None, None], grams, 0.0).sum(0)
        form = is_over if capacity >= samples else False
        equations = _equations(features, summed, places[:samples], form)

        def improve(done: jax.Array, solution: jax.Array) -> jax.Array:
            # At first the residual is all that is left: no pass over the features is wasted.
            left = either(
                done > 0, lambda: residual - outcomes(features, solution), lambda: residual
            )
            change = _change(equations, features, left, ranks)
            return solution + jnp.where(mask[None, None], change, 0.0)

        solution = jax.lax.fori_loop(0, steps, improve, start)
        return jnp.where((which.chosen == number)[..., None], solution, delta), None

    start = jnp.zeros((*residual.shape[:2], capacity), features.dtype)
    everything = (jnp.arange(len(counts)), which.sets, which.places, which.ranks, over, rounds)
    solved: jax.Array = jax.lax.scan(solve_set, start, everything)[0]
    return solved


def outcomes(
    features: Float[jax.Array, "replicates samples parameters"],
    theta: Float[jax.Array, "replicates scenarios parameters"],
) -> Float[jax.Array, "replicates scenarios samples"]:
    """Φᵀθ."""
    products: jax.Array = jnp.einsum("ugp,unp->ugn", theta, features)
    return products


class Equations(NamedTuple):
    """The normal equations of one set, k = min(n, P) of them, in one of two forms."""

    over: jax.Array | bool  # whether m ≥ n: then Φ_SᵀΦ_S w = r, Δ = Φ_S w, else Φ_SΦ_Sᵀ Δ = Φ_S r
    # Filled up with unit rows where m < k.
    gram: Float[jax.Array, "replicates equations equations"]
    # Features of what moves if m < k; 0 where there are no more.
    drawn: Float[jax.Array, "replicates samples equations"]


def _equations(
    features: Float[jax.Array, "replicates samples parameters"],
    summed: Float[jax.Array, "#replicates gram gram"],
    places: Int[jax.Array, "equations"],
    over: jax.Array | bool,
) -> Equations:
    missing = places == features.shape[-1]

    def full() -> tuple[jax.Array, jax.Array]:
        return summed, jnp.zeros((*features.shape[:2], len(missing)), features.dtype)

    def gathered() -> tuple[jax.Array, jax.Array]:
        drawn = jnp.where(missing[None, None], 0.0, features[:, :, jnp.where(missing, 0, places)])
        gram = jnp.einsum("unp,unq->upq", drawn, drawn)
        return gram + jnp.diag(missing).astype(gram.dtype)[None], drawn

    return Equations(over, *either(over, full, gathered))


def _change(
    equations: Equations,
    features: Float[jax.Array, "replicates samples parameters"],
    left: Float[jax.Array, "replicates scenarios samples"],
    ranks: Int[jax.Array, "parameters"],
) -> Float[jax.Array, "replicates scenarios parameters"]:
    """The solution of the equations for what is left, right where parameters move."""
    over, gram, drawn = equations
    right = either(over, lambda: left, lambda: left @ drawn)
    solved = jnp.swapaxes(solve_positive(gram, jnp.swapaxes(right, 1, 2)), 1, 2)
    return either(over, lambda: solved @ features, lambda: solved[:, :, ranks])


def block_grams(
    features: Float[jax.Array, "replicates samples parameters"],
    needed: Bool[jax.Array, "blocks"],
    sizes: Sequence[int],
) -> Float[jax.Array, "blocks #replicates gram gram"]:
    """Φ_bᵀΦ_b for every block that is needed, zeros for the others."""
    if sum(sizes) < features.shape[1]:
        return jnp.zeros((len(sizes), 1, 1, 1), features.dtype)  # no set has as many parameters

    def gram(block: jax.Array, wanted: jax.Array) -> jax.Array:
        zeros = jnp.zeros((*block.shape[:2], block.shape[1]), block.dtype)
        return either(wanted, lambda: jnp.einsum("unp,ump->unm", block, block), lambda: zeros)

    blocks = jnp.split(features, np.cumsum(sizes)[:-1].tolist(), axis=2)
    return jnp.stack([gram(block, needed[b]) for b, block in enumerate(blocks)])


def either(condition: jax.Array | bool, yes: Callable[[], T], no: Callable[[], T]) -> T:
    """One of two values; only that one is computed."""
    if isinstance(condition, bool):
        return yes() if condition else no()
    chosen: T = jax.lax.cond(condition, yes, no)
    return chosen
