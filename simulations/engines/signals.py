"""What the gradients of two consecutive tasks say about how the tasks relate.

With g = −Φr/n the gradient of ‖Φᵀθ − y‖²/(2n), r = y − Φᵀθ, the signals at task t are

- ``published``: cos(g_t, g_{t−1}), each gradient at the start of its own task (the paper's
  Algorithm 1);
- ``common``: the same cosine with both gradients at the start of the earlier task, θ_{t−2}, which
  is independent of the samples of both;
- ``distance``: at that same point, −⟨g_t′ − g_{t−1}′, g_t″ − g_{t−1}″⟩ over two halves of each
  batch, an unbiased estimate of −‖θ*_t − θ*_{t−1}‖²;
- ``predicted``: what training all blocks costs more than training the specific ones, from
  estimates of that distance and of ‖d‖², block by block. Its formula in ``cost`` is the definition
  of that rule of decision: nothing that this room measures rests on it. It is meant to be result
  U, which theory derives on its own; ``tests/test_signal_definitions.py`` holds the two together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from update_magnitude.simulations.engines.dense import Task

if TYPE_CHECKING:
    from jaxtyping import Float

TOO_MUCH = 1e9  # in place of v where it is infinite: means of signals stay numbers


class Seen(NamedTuple):
    """Gradients of two tasks: of both halves of a batch, and of all of it."""

    own: Float[jax.Array, "3 replicates scenarios parameters"]  # of task t at θ_{t−1}
    common: Float[jax.Array, "3 replicates scenarios parameters"]  # of task t at θ_{t−2}
    last: Float[jax.Array, "3 replicates scenarios parameters"]  # of task t − 1 at θ_{t−2}
    misfit: Float[jax.Array, "replicates scenarios"]  # ‖r_t‖²/n at θ_{t−1}


def halves(
    features: Float[jax.Array, "replicates samples parameters"],
    residual: Float[jax.Array, "replicates scenarios samples"],
) -> Float[jax.Array, "3 replicates scenarios parameters"]:
    """−Φr/n from both halves of the batch, and from all of it.

    Features are Φᵀ, and residuals r.
    """
    samples = features.shape[1]
    half = samples // 2
    first = -residual[..., :half] @ features[:, :half]
    second = -residual[..., half:] @ features[:, half:]
    return jnp.stack([first / half, second / (samples - half), (first + second) / samples])


def signals(
    seen: Seen, task: Task, sizes: Sequence[int], samples: int
) -> list[Float[jax.Array, "replicates scenarios"]]:
    """All signals, in the order of ``scenarios.SIGNALS``."""
    apart = seen.common - seen.last
    return [
        _cosine(seen.own[2], seen.last[2]),
        _cosine(seen.common[2], seen.last[2]),
        -(apart[0] * apart[1]).sum(-1),
        _predicted(seen, apart, task, sizes, samples),
    ]


def _cosine(
    first: Float[jax.Array, "replicates scenarios parameters"],
    second: Float[jax.Array, "replicates scenarios parameters"],
) -> Float[jax.Array, "replicates scenarios"]:
    """The cosine of two vectors; 0 where one vanishes."""
    lengths = jnp.sqrt((first**2).sum(-1) * (second**2).sum(-1))
    return (first * second).sum(-1) / jnp.where(lengths > 0, lengths, 1.0)


def _predicted(
    seen: Seen,
    apart: Float[jax.Array, "3 replicates scenarios parameters"],
    task: Task,
    sizes: Sequence[int],
    samples: int,
) -> Float[jax.Array, "replicates scenarios"]:
    """Half the sum of both risks after training all blocks, less that after the specific ones.

    An update of S is taken to change R_t by −2αg‖d_S‖² + α²V and
    R_{t−1} by 2αg⟨e_S, d_S⟩ + α²V, with V = g‖d_S‖² + vN (docs/model.md, two tasks). Where the step
    between the optima is orthogonal to the error e that is left on the task before,
    ⟨e_S, d_S⟩ = ‖δ_S‖² − ‖d_S‖². Both squares are
    estimated without bias from the two halves of the batches, and N + ‖d_S‖² by ‖r‖²/n; so the
    prediction has no bias either.
    """
    drift = (seen.own[0] * seen.own[1]) @ _blocks(sizes, seen.own.dtype)  # ‖d_b‖², [U, G, B]
    step = (apart[0] * apart[1]) @ _blocks(sizes, apart.dtype)  # ‖δ_b‖²

    def cost(number: jax.Array) -> jax.Array:
        which = task.moving.sets[number].astype(drift.dtype)  # [..., B]
        moving, stepped = (drift * which).sum(-1), (step * which).sum(-1)
        kept, spread = gain_and_spread(which @ np.array(sizes, float), samples)
        length = task.scale[None] * kept
        # Near m = n any noise is too much, and that its estimate is 0 does not say there is none.
        noise = jnp.where(spread >= TOO_MUCH, seen.misfit, seen.misfit - moving)
        variance = task.scale[None] ** 2 * (kept * moving + spread * noise)
        return variance + length * (stepped - 2 * moving)

    return cost(jnp.zeros_like(task.moving.chosen)) - cost(task.moving.chosen)


def gain_and_spread(
    moving: Float[jax.Array, "*updates"], samples: int
) -> tuple[Float[jax.Array, "*updates"], Float[jax.Array, "*updates"]]:
    """What the signal ``predicted`` takes for g and v of an update: part of its definition.

    g = min(m, n)/m and v = min(m, n)/(|m − n| − 1), and ``TOO_MUCH`` for v where |m − n| ≤ 1,
    0 where nothing moves. They are meant to be those of result U: E Δ = g d_S, and
    v N is what noise adds to E‖Δ‖².
    """
    fewer = jnp.minimum(moving, samples)
    gap = jnp.abs(moving - samples) - 1
    spread = jnp.where(gap > 0, fewer / jnp.where(gap > 0, gap, 1.0), TOO_MUCH)
    return fewer / jnp.maximum(moving, 1.0), jnp.where(moving > 0, spread, 0.0)


def _blocks(
    sizes: Sequence[int], dtype: jax.typing.DTypeLike
) -> Float[jax.Array, "parameters blocks"]:
    """Which parameter is in which block."""
    return jnp.asarray(np.repeat(np.eye(len(sizes)), sizes, axis=0), dtype)
