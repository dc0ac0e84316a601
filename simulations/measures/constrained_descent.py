"""Frozen and initialized training as one constrained problem, solved by gradient descent.

An update minimizes ‖r − Φ_SᵀΔ_S − Φ_CᵀΔ_C‖² + λ(‖Δ_S‖² + ‖Δ_C‖²/ω) within ‖Δ_C‖ ≤ ρ_C and ‖Δ‖ ≤ ρ.
Nothing but gradients and projections is used: where descent ends is what is read.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass, field
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from update_magnitude.scenarios import Scenario
from update_magnitude.simulations.engines.base import AnyEngine
from update_magnitude.simulations.engines.dense import Problem, Shape, learn, residual
from update_magnitude.simulations.measures.base import DrawnMeasure, draw, task_of, trained_last
from update_magnitude.simulations.numerics.moments import Array

if TYPE_CHECKING:
    from jaxtyping import Float

STILL = 1e-12  # the length of a step, relative to the largest Δ, at which descent ends
LONGEST = 50_000  # steps after which it ends in any case; what is missing then shows in the result


@dataclass(frozen=True)
class Constraint:
    """How an update is held. Radii are in units: ρ_C of ‖r‖/‖Φ_C‖, ρ of ‖r‖/‖Φ‖ (Frobenius)."""

    penalty: float = 0.0  # λ
    looseness: float = 1.0  # ω
    held: float = math.inf  # ρ_C
    whole: float = math.inf  # ρ

    def __post_init__(self) -> None:
        if self.whole < math.inf and (self.held < math.inf or self.looseness != 1):
            raise ValueError("whole: with a radius ρ there is no other, and ω = 1")


State = tuple[jax.Array, jax.Array, jax.Array]  # steps, Δ, and how far the last step went


class Ends(NamedTuple):
    """Where descent ended under each constraint, along the directions of the samples.

    The directions are the eigenvectors of ΦᵀΦ. With one sample they are one, and both Gram
    matrices act in it as the numbers ``trained`` and ``held``.
    """

    trained: Float[jax.Array, "*replicates directions"]  # k_S = ‖Φ_S u‖²
    held: Float[jax.Array, "*replicates directions"]  # k_C = ‖Φ_C u‖²
    # The shares of ⟨u, r⟩ that Δ_S, and that Δ_C, explains.
    shares: Float[jax.Array, "*replicates constraints 2 directions"]
    lengths: Float[jax.Array, "*replicates constraints 2"]  # ‖Δ_S‖ and ‖Δ_C‖ over ‖r‖


Given = tuple[Problem, Array | jax.Array]  # and the constraints [K, 4]


@dataclass(frozen=True)
class ConstrainedDescent(DrawnMeasure[Given]):
    """Gradient descent at the last task of a scenario, which says what is trained (S) and held (C).

    It is learned under each of the constraints from the same θ and data.
    """

    constraints: tuple[Constraint, ...] = field(compare=False)
    alone = True  # for LAPACK, of which two calls at a time may wait for each other for ever
    together = 256

    def numbers(self, shape: Shape, scenarios: Sequence[Scenario], devices: int) -> int:
        """The parameters of all replicates under every constraint, and what is made of them."""
        return 4 * self.together * len(self.constraints) * shape.capacity

    def given(self, engine: AnyEngine, scenarios: Sequence[Scenario]) -> Given:
        """The numbers of the scenario, and the constraints."""
        constraints = np.array([astuple(constraint) for constraint in self.constraints])
        return engine.problem_of(scenarios), constraints

    def read(
        self, engine: AnyEngine, key: jax.Array, unit: jax.Array, shape: Shape, given: Given
    ) -> Ends:
        """Learn all tasks but the last, and that one under every constraint."""
        (problem, constraints), own = given, jax.random.fold_in(key, unit)
        theta = jnp.zeros((self.together, 1, shape.capacity))
        last = len(shape.samples) - 1
        for number, samples in enumerate(shape.samples):
            task = task_of(problem, number)
            data = draw(jax.random.fold_in(own, number), (self.together, samples, shape.capacity))
            if number < last:
                theta = learn(theta, data, task, shape.sizes)
        left = residual(theta, data, task.optimum, task.noise)[:, 0]
        one = partial(_one, trained_last(problem, shape), jnp.asarray(constraints))
        return jax.vmap(one)(data.features, left)


def _one(
    moved: Float[jax.Array, "parameters"],
    held: Float[jax.Array, "constraints 4"],
    features: Float[jax.Array, "samples parameters"],
    left: Float[jax.Array, "samples"],
) -> Ends:
    """All constraints on one replicate; features are Φᵀ."""
    ends = jax.vmap(partial(_descend, features, left, moved))(held)
    directions = jnp.linalg.svd(features, full_matrices=False)[0]  # [n, n], columns
    masks = jnp.stack([moved, 1 - moved])
    parts = ends[:, None] * masks[None]  # Δ_S and Δ_C, [K, 2, P]
    explained = parts @ features.T @ directions
    shares = explained / (left @ directions)[None, None]
    turned = directions.T @ features
    trained_gram, held_gram = ((turned**2 * mask[None]).sum(-1) for mask in masks)
    lengths = jnp.linalg.norm(parts, axis=-1) / jnp.linalg.norm(left)
    return Ends(trained_gram, held_gram, shares, lengths)


def _descend(
    features: Float[jax.Array, "samples parameters"],
    left: Float[jax.Array, "samples"],
    moved: Float[jax.Array, "parameters"],
    held: Float[jax.Array, "4"],
) -> Float[jax.Array, "parameters"]:
    """Where projected gradient descent from Δ = 0 ends.

    Its coordinates are such that the penalty is the same in all directions: held ones are √ω v.
    """
    penalty, looseness, most_held, most = held
    scale = jnp.where(moved > 0, 1.0, jnp.sqrt(looseness))
    size = jnp.linalg.norm(left)
    inner = most_held * size / jnp.linalg.norm(features * (1 - moved)[None])
    outer = most * size / jnp.linalg.norm(features)

    def loss(delta: jax.Array) -> jax.Array:
        misfit = left - features @ (scale * delta)
        half: jax.Array = 0.5 * (misfit**2).sum() + 0.5 * penalty * (delta**2).sum()
        return half

    def project(delta: jax.Array) -> jax.Array:
        others = delta * (1 - moved)
        delta = delta * moved + others * _shrink(jnp.linalg.norm(scale * others), inner)
        return delta * _shrink(jnp.linalg.norm(scale * delta), outer)

    steepest = (features**2).sum() + penalty  # no eigenvalue is larger
    start = jnp.zeros_like(scale)

    def moving(state: State) -> jax.Array:
        steps, delta, change = state
        still: jax.Array = change <= STILL * jnp.linalg.norm(delta)
        return (steps < LONGEST) & ~still

    def step(state: State) -> State:
        steps, delta, _ = state
        after = project(delta - jax.grad(loss)(delta) / steepest)
        return steps + 1, after, jnp.linalg.norm(after - delta)

    first = (jnp.zeros((), int), start, jnp.asarray(jnp.inf, start.dtype))
    end: jax.Array = scale * jax.lax.while_loop(moving, step, first)[1]
    return end


def _shrink(length: Float[jax.Array, ""], most: Float[jax.Array, ""]) -> Float[jax.Array, ""]:
    """By what to multiply a vector of that length, so that it is no longer than ``most``."""
    return jnp.where(length > most, most / jnp.where(length > 0, length, 1.0), 1.0)
