"""Constrained updates, for many small problems and several ways of holding them.

On standardized features an update is Δ_b = Δ̂_b/√v_b, where with s_b = v_b/ρ_b

    Δ̂ minimizes ‖r − Φ̂_SᵀΔ̂‖² + nλ Σ_b ‖Δ̂_b‖²/s_b, of least Σ_b ‖Δ̂_b‖²/s_b where λ = 0.

Blocks with v_b = 0 are not seen and do not move. The smaller of two systems is solved: for m > n
that of samples, (Σ_b s_b Φ̂_bᵀΦ̂_b + nλ) w = r with Δ̂_b = s_b Φ̂_b w, else that of parameters,
(Φ̂Φ̂ᵀ + nλ/s) Δ̂ = Φ̂ r, in which weights stand on the diagonal alone and cost no digits. Which
blocks move and how tightly they are held is data, so one program serves all.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike, NDArray

from update_magnitude.simulations.numerics.elimination import solve_positive
from update_magnitude.simulations.numerics.graded import graded_solution
from update_magnitude.simulations.numerics.least_norm import (
    CLOSE,
    Moving,
    block_grams,
    either,
    moving,
    outcomes,
)

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Int

NumberT = TypeVar("NumberT", float, jax.Array)

LARGEST = 1e30  # of nλ/s_b: what is held more tightly moves less than can be seen
UNEVEN = 100.0  # of ``unevenness``, beyond which the system of samples is refined
MOST_UNEVEN = {"float64": 1e9, "float32": 1e3}  # beyond which no Gram matrix is formed


class Holding(NamedTuple):
    """How parameters are held: D ways, and which of them belongs to which update."""

    moving: Moving  # the parameters that are seen and train, for each way
    share: Float[jax.Array, "*tasks ways blocks"]  # s_b over the largest; 0 where none moves
    penalty: Float[jax.Array, "*tasks ways"]  # nλ over the largest s_b
    uneven: Float[jax.Array, "*tasks ways"]  # as ``unevenness`` says


def holding(
    share: ArrayLike,
    penalty: ArrayLike,
    chosen: ArrayLike,
    sizes: Sequence[int],
    samples: ArrayLike,
) -> Holding:
    """How parameters are held, from s_b [T, D, B], nλ [T, D], and which is whose, [T, 1, G].

    Of the samples there are n_t, [T].
    """
    spread = np.asarray(share, float)
    largest = spread.max(-1, keepdims=True)
    relative = spread / np.where(largest > 0, largest, 1.0)
    held = np.minimum(
        np.asarray(penalty, float) / np.where(largest > 0, largest, 1.0)[..., 0], LARGEST
    )
    ratio = [
        [unevenness(way, float(mu), sizes, int(n)) for way, mu in zip(each, pulls, strict=True)]
        for each, pulls, n in zip(relative, held, np.asarray(samples), strict=True)
    ]
    arrays = (relative, held, np.array(ratio))
    placed = jax.device_put([array.astype(float) for array in arrays])
    return Holding(moving(spread > 0, chosen, sizes), *placed)


def unevenness(
    share: NDArray[np.float64], penalty: float, sizes: Sequence[int], samples: int
) -> float:
    """By how much columns of very different scale worsen the condition of the system of samples.

    The loosest blocks alone cannot explain all samples where they have fewer parameters: the least
    eigenvalues are those that the first block adds with which they are as many, or the penalty.
    1 for the system of parameters, and where no block is needed beside the loosest.
    """
    order = np.argsort(-share)
    counts = np.cumsum(np.where(share > 0, sizes, 0)[order])
    if counts[-1] <= samples:
        return 1.0
    place = min(int(np.searchsorted(counts, samples + CLOSE)), int((share > 0).sum()) - 1)
    last = share[order][place]
    return float(1 / max(last, min(penalty / samples, 1.0)))


def constrained(
    features: Float[jax.Array, "replicates samples parameters"],
    residual: Float[jax.Array, "replicates scenarios samples"],
    held: Holding,
    sizes: Sequence[int],
) -> Float[jax.Array, "replicates scenarios parameters"]:
    """The solutions Δ̂ for standardized features Φ̂ᵀ and residuals r, zero outside S.

    A step of iterative refinement makes up for a Gram matrix that is ill-conditioned; where that
    would not do, for weights of very different size, its factor is made orthogonal instead.
    """
    limit = MOST_UNEVEN[str(features.dtype)]
    worst = held.uneven.max()
    solved = either(
        worst > limit,
        lambda: _graded(features, residual, held, sizes),
        lambda: jnp.zeros((*residual.shape[:2], sum(sizes)), features.dtype),
    )
    smooth = _refined(features, residual, held, sizes)
    if sum(sizes) <= features.shape[1]:
        return smooth
    beyond = (held.uneven > limit)[held.moving.chosen]
    return jnp.where(beyond[..., None], solved, smooth)


class State(NamedTuple):
    """A solution that is being improved; w of the system of samples beside it."""

    delta: Float[jax.Array, "replicates scenarios parameters"]
    dual: Float[jax.Array, "replicates scenarios samples"]


def _refined(
    features: Float[jax.Array, "replicates samples parameters"],
    residual: Float[jax.Array, "replicates scenarios samples"],
    held: Holding,
    sizes: Sequence[int],
) -> Float[jax.Array, "replicates scenarios parameters"]:
    samples, capacity = features.shape[1], sum(sizes)
    counts = held.moving.sets.astype(int) @ np.array(sizes)  # m, [D]
    over = (counts > samples) | (counts == 0)
    uneven = jnp.where(over, held.uneven, 1.0)
    rounds = rounds_needed(abs(counts - samples), uneven, str(features.dtype))
    rounds = jnp.where(counts == 0, 0, rounds).max()
    grams = block_grams(features, (held.moving.sets & over[:, None]).any(0), sizes)
    share = _spread(held.share, sizes)[held.moving.chosen]  # [#U, G, P]
    dual_form = over[held.moving.chosen][..., None]  # [#U, G, 1]
    penalty = held.penalty[held.moving.chosen][..., None]
    diagonal = jnp.where(
        share > 0, jnp.minimum(penalty / jnp.where(share > 0, share, 1), LARGEST), 0
    )

    def improve(done: jax.Array, state: State) -> State:
        def left_over() -> tuple[jax.Array, jax.Array]:
            gone = outcomes(features, state.delta) + penalty * state.dual
            return residual - gone, diagonal * state.delta

        def at_first() -> tuple[jax.Array, jax.Array]:
            return residual, jnp.zeros_like(state.delta)

        left, pull = either(done > 0, left_over, at_first)
        change = _changes(features, left, pull, grams, over, held, sizes)
        dual = state.dual + change.dual
        if capacity <= samples:
            return State(state.delta + change.delta, dual)
        by_samples = either(
            over.any(), lambda: share * (dual @ features), lambda: jnp.zeros_like(state.delta)
        )
        return State(jnp.where(dual_form, by_samples, state.delta + change.delta), dual)

    zero = jnp.zeros((*residual.shape[:2], capacity), features.dtype)
    start = State(zero, jnp.zeros_like(residual))
    solved: State = jax.lax.fori_loop(0, rounds, improve, start)
    return solved.delta


def rounds_needed(apart: NumberT, uneven: NumberT, dtype: str) -> NumberT:
    """How often a system is solved, for |m − n| and its unevenness: once, and to refine it."""
    near = (apart <= CLOSE) | (dtype == "float32")
    more = (uneven > UNEVEN) * 1 + (uneven > UNEVEN**2) * 1 + (uneven > UNEVEN**3) * 1
    return 1 + near + more


def _changes(
    features: Float[jax.Array, "replicates samples parameters"],
    left: Float[jax.Array, "replicates scenarios samples"],
    pull: Float[jax.Array, "replicates scenarios parameters"],
    grams: Float[jax.Array, "blocks #replicates gram gram"],
    over: Bool[jax.Array, "ways"],
    held: Holding,
    sizes: Sequence[int],
) -> State:
    """What both systems make of the residuals that are left, for every way of holding."""
    samples, capacity = features.shape[1], sum(sizes)
    equations = min(samples, capacity)

    def by_samples(share: jax.Array, penalty: jax.Array) -> jax.Array:
        gram = (share[:, None, None, None] * grams).sum(0)
        added = jnp.where(share.any(), penalty, 1.0)  # where nothing moves the system is that of 0
        gram = gram + added * jnp.eye(samples, dtype=gram.dtype)[None]
        return jnp.swapaxes(solve_positive(gram, jnp.swapaxes(left, 1, 2)), 1, 2)

    def one(state: State, now: tuple[jax.Array, ...]) -> tuple[State, None]:
        number, blocks, places, ranks, is_over, share, penalty = now
        spread, moves = _spread(share[None], sizes)[0], _spread(blocks[None], sizes)[0]
        floor = jnp.where(moves, spread, 1.0)
        diagonal = jnp.minimum(penalty / jnp.maximum(floor, 1 / LARGEST), LARGEST)

        def change_samples() -> State:
            return State(state.delta, jnp.where(own, by_samples(share, penalty), state.dual))

        def change_parameters() -> State:
            found = _by_parameters(features, left, pull, diagonal, places[:equations])[:, :, ranks]
            found = jnp.where(moves[None, None], found, 0.0)
            return State(jnp.where(own, found, state.delta), state.dual)

        own = (held.moving.chosen == number)[..., None]
        form = is_over if capacity > samples else False
        return either(form, change_samples, change_parameters), None

    start = State(jnp.zeros_like(pull), jnp.zeros_like(left))
    which = held.moving
    everything = (which.sets, which.places, which.ranks, over, held.share, held.penalty)
    changed: State = jax.lax.scan(one, start, (jnp.arange(len(over)), *everything))[0]
    return changed


def _by_parameters(
    features: Float[jax.Array, "replicates samples parameters"],
    left: Float[jax.Array, "replicates scenarios samples"],
    pull: Float[jax.Array, "replicates scenarios parameters"],
    diagonal: Float[jax.Array, "parameters"],
    places: Int[jax.Array, "equations"],
) -> Float[jax.Array, "replicates scenarios equations"]:
    """The system of parameters for what is left, scaled to a diagonal that is even."""
    samples, capacity = features.shape[1:]
    missing = places == capacity
    at = jnp.where(missing, 0, places)
    scale = jnp.where(missing, 0.0, 1 / jnp.sqrt(1 + diagonal[at] / samples))
    drawn = features[:, :, at] * scale[None, None]
    gram = jnp.einsum("unp,unq->upq", drawn, drawn)
    added = jnp.where(missing, 1.0, scale**2 * diagonal[at])
    right = left @ drawn - scale[None, None] * pull[:, :, at]
    solved = solve_positive(gram + jnp.diag(added)[None], jnp.swapaxes(right, 1, 2))
    return jnp.swapaxes(solved, 1, 2) * scale[None, None]


def _graded(
    features: Float[jax.Array, "replicates samples parameters"],
    residual: Float[jax.Array, "replicates scenarios samples"],
    held: Holding,
    sizes: Sequence[int],
) -> Float[jax.Array, "replicates scenarios parameters"]:
    """The same by orthogonal transformations, one scenario after another."""
    chosen = jnp.broadcast_to(held.moving.chosen, residual.shape[:2])[0]

    def one(now: tuple[jax.Array, jax.Array]) -> jax.Array:
        number, right = now
        share, penalty = held.share[number], held.penalty[number]
        root = jnp.sqrt(_spread(share[None], sizes)[0])
        return root[None] * graded_solution(features * root[None, None], right, penalty)

    return jnp.moveaxis(jax.lax.map(one, (chosen, jnp.moveaxis(residual, 1, 0))), 0, 1)


def _spread(
    blocks: Float[jax.Array, "rows blocks"] | Bool[jax.Array, "rows blocks"], sizes: Sequence[int]
) -> Float[jax.Array, "rows parameters"] | Bool[jax.Array, "rows parameters"]:
    """The numbers of blocks, for each of their parameters."""
    return jnp.repeat(blocks, np.array(sizes), axis=1, total_repeat_length=sum(sizes))
