"""The literal engine: the definition of the model, one replicate after another, nothing clever.

It is the witness that the dense engine is tested against, so it shares nothing with it but the
coordinates of the optima: normals are those of jax, and so is the least-squares solver. It is slow.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from update_magnitude.scenarios import Scenario, coordinates
from update_magnitude.simulations.engines.base import Engine, Run, without_records

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, PRNGKeyArray


class Problem(NamedTuple):
    """The numbers of one scenario, or of several, whose axis is in front."""

    optima: Float[jax.Array, "*scenarios tasks parameters"]  # θ*_t
    noise: Float[jax.Array, "*scenarios tasks"]  # σ_t
    scale: Float[jax.Array, "*scenarios tasks"]  # α_t
    # 1 for the parameters in S_t, 0 for the others.
    moves: Float[jax.Array, "*scenarios tasks parameters"]
    reset: Bool[jax.Array, "*scenarios tasks"]  # whether θ is set to 0 before the update


class Shape(NamedTuple):
    """What is compiled in."""

    capacity: int  # P
    samples: tuple[int, ...]  # n_t
    unit: int = 64  # replicates that have one key

    @property
    def normals(self) -> int:
        """Normal variates drawn per replicate."""
        return (self.capacity + 1) * sum(self.samples)

    def numbers(self, scenarios: int) -> int:
        """Numbers that a unit of so many scenarios holds at once, at most."""
        tasks = len(self.samples)
        solver = 4 * (self.capacity + max(self.samples)) ** 2  # of the singular value decomposition
        states = scenarios * tasks * (self.unit * tasks + 8 * self.capacity)
        return 6 * self.normals + solver + states


Draws = tuple[jax.Array, jax.Array]  # of one task in one replicate: Φᵀ and ε/σ


class Literal(Engine[Shape, Problem]):
    """Every feature is drawn, and every least-squares problem solved by itself."""

    name = "literal"
    alone = True  # for LAPACK, of which two calls at a time may wait for each other for ever

    def shape_of(self, scenarios: Sequence[Scenario]) -> Shape:
        """The parameters and samples that the scenarios have in common."""
        shapes = {Shape(each.blocks.capacity, tuple(each.tasks.samples)) for each in scenarios}
        if len(shapes) != 1:
            raise ValueError("scenarios that run together have the same blocks and samples")
        return shapes.pop()

    def problem_of(self, scenarios: Sequence[Scenario]) -> Problem:
        """The numbers of scenarios, as arrays."""
        steps = [scenario.schedule for scenario in scenarios]
        sizes = [scenario.blocks.sizes for scenario in scenarios]
        moves = [
            np.repeat([step.trainable for step in row], blocks, axis=1)
            for row, blocks in zip(steps, sizes, strict=True)
        ]
        return Problem(
            optima=jnp.asarray(np.stack([_optima(scenario) for scenario in scenarios])),
            noise=jnp.asarray([scenario.tasks.noise for scenario in scenarios], float),
            scale=jnp.asarray([[step.scale for step in row] for row in steps], float),
            moves=jnp.asarray(np.stack(moves), float),
            reset=jnp.asarray([[step.reset for step in row] for row in steps]),
        )

    def unit_run(
        self, key: jax.Array, unit: jax.Array | int, shape: Shape, problem: Problem
    ) -> Run:
        """R_i(θ_t) for every replicate of one unit; no records."""

        def replicate(key: jax.Array) -> jax.Array:
            tasks = enumerate(shape.samples)
            draws = [draw(jax.random.fold_in(key, t), (n, shape.capacity)) for t, n in tasks]
            each = [Problem(*(part[g] for part in problem)) for g in range(len(problem.optima))]
            return jnp.stack([risks(draws, scenario) for scenario in each])

        keys = jax.random.split(jax.random.fold_in(key, unit), shape.unit)
        return without_records(jax.lax.map(replicate, keys))


def draw(
    key: PRNGKeyArray, size: tuple[int, int]
) -> tuple[Float[jax.Array, "samples parameters"], Float[jax.Array, "samples"]]:
    """Features and noise of one task, of that size."""
    features, errors = jax.random.split(key)
    return jax.random.normal(features, size), jax.random.normal(errors, size[:1])


def risks(draws: Sequence[Draws], scenario: Problem) -> Float[jax.Array, "tasks tasks"]:
    """R_i(θ_t) of one replicate of one scenario.

    y = Φᵀθ*_t + σ_t ε; Δ is the minimum-norm least-squares solution of Φ_Sᵀ Δ ≈ y − Φᵀθ. Features
    of parameters that do not move are set to 0, and so Δ is 0 there.
    """
    theta = jnp.zeros_like(scenario.optima[0])
    after = []
    for t, (features, errors) in enumerate(draws):
        theta = jnp.where(scenario.reset[t], 0.0, theta)
        outcomes = features @ scenario.optima[t] + scenario.noise[t] * errors
        residual = outcomes - features @ theta
        update = jnp.linalg.lstsq(features * scenario.moves[t][None], residual)[0]
        theta = theta + scenario.scale[t] * update
        after.append(((theta[None] - scenario.optima) ** 2).sum(-1))
    return jnp.stack(after)


def _optima(scenario: Scenario) -> Float[np.ndarray, "tasks parameters"]:
    """θ*_t: the coordinates of each block, and 0 in the rest of it."""
    blocks = zip(coordinates(scenario), scenario.blocks.sizes, strict=True)
    padded = [np.pad(block, ((0, 0), (0, size)))[:, :size] for block, size in blocks]
    return np.concatenate(padded, axis=1).astype(float)
