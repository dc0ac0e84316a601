"""The dense engine: draws every feature and every noise, and solves every least-squares problem.

It is the definition of the model, written out; the reference for everything else. Replicates come
in units of fixed size, each with a key of its own; within a unit everything is batched. Scenarios
with the same blocks and samples run together on the same draws.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from scenarios import Scenario, ScenarioError, coordinates
from simulations.least_norm import least_norm
from simulations.measures import Run, without_records

UNIT_NORMALS = 2**19  # normals drawn at once: 4 MiB in float64, which caches hold
LARGEST_UNIT = 4096  # replicates in a unit, at most
LARGEST_DRAW = 2**28  # normals of one replicate at one task, at most: 2 GiB in float64

Plan = tuple[
    tuple[tuple[bool, ...], tuple[int, ...]], ...
]  # (blocks that move, in which scenarios)


class Problem(NamedTuple):
    """The numbers of G scenarios of one shape, T tasks and P parameters."""

    optima: jax.Array  # [G, T, P]
    noise: jax.Array  # [G, T], σ
    scale: jax.Array  # [G, T], α
    reset: jax.Array  # [G, T], whether θ is set to 0 before the update


class Shape(NamedTuple):
    """What of G scenarios is compiled in: changing it compiles anew."""

    sizes: tuple[int, ...]  # parameters per block
    samples: tuple[int, ...]  # n_t
    plans: tuple[Plan, ...]  # per task

    @property
    def capacity(self) -> int:
        """P, all parameters."""
        return sum(self.sizes)

    @property
    def normals(self) -> int:
        """Normal variates drawn per replicate: what a replicate costs."""
        return (self.capacity + 1) * sum(self.samples)

    @property
    def unit(self) -> int:
        """Replicates per unit: a function of the shape alone, so results depend on nothing else."""
        tasks = len(self.samples)
        largest = max((self.capacity + 1) * max(self.samples), tasks * max(tasks, self.capacity))
        return min(LARGEST_UNIT, 1 << max(1, UNIT_NORMALS // largest).bit_length() - 1)


def shape_of(scenarios: Sequence[Scenario]) -> Shape:
    """The common shape of scenarios that are to run on the same draws.

    Raises:
        ValueError: if they differ in blocks or in samples.
        ScenarioError: if a replicate would not fit in memory.
    """
    draws = {(scenario.blocks.sizes, scenario.tasks.samples) for scenario in scenarios}
    if len(draws) != 1:
        raise ValueError("scenarios that run together have the same blocks and samples")
    sizes, samples = draws.pop()
    schedules = [scenario.schedule for scenario in scenarios]
    plans = tuple(
        _plan([schedule[task].trainable for schedule in schedules]) for task in range(len(samples))
    )
    shape = Shape(sizes, samples, plans)
    require_memory(sizes, samples)
    return shape


def require_memory(sizes: Sequence[int], samples: Sequence[int]) -> None:
    """Refuse features of one task that would not fit in memory.

    Raises:
        ScenarioError: naming what is too large.
    """
    normals = (sum(sizes) + 1) * max(samples)
    if normals > LARGEST_DRAW:
        raise ScenarioError(
            f"blocks and tasks.samples: {sum(sizes)} parameters, {max(samples)} samples; "
            f"the dense engine draws every feature, {normals / 2**27:.0f} GiB at once, 2 at most"
        )


def problem_of(scenarios: Sequence[Scenario]) -> Problem:
    """The numbers of scenarios, as arrays."""
    schedules = [scenario.schedule for scenario in scenarios]
    return Problem(
        optima=jnp.stack([optima_of(scenario) for scenario in scenarios]),
        noise=jnp.array([scenario.tasks.noise for scenario in scenarios], float),
        scale=jnp.array([[step.scale for step in schedule] for schedule in schedules], float),
        reset=jnp.array([[step.reset for step in schedule] for schedule in schedules]),
    )


def unit_run(key: jax.Array, unit: int, shape: Shape, problem: Problem) -> Run:
    """R_i(θ_t) for every replicate of one unit; no records.

    Args:
        key: the key of the whole run.
        unit: the number of the unit, which has the key ``fold_in(key, unit)``.
        shape: what is compiled in.
        problem: the numbers.
    """
    scenarios = problem.noise.shape[0]
    theta = jnp.zeros((shape.unit, scenarios, shape.capacity), problem.optima.dtype)
    risks = []
    for task, samples in enumerate(shape.samples):
        # Drawn flat and reshaped in another program: fused with a reshape to a short last axis,
        # XLA's normals are three times slower on the CPU.
        normals = draw(key, unit, task, (shape.unit, (shape.capacity + 1) * samples))
        theta, risk = learn(theta, normals, task, problem, shape.sizes, samples, shape.plans[task])
        risks.append(risk)
    return without_records(jnp.stack(risks, axis=2))


@partial(jax.jit, static_argnums=3)
def draw(key: jax.Array, unit: int, task: int, shape: tuple[int, int]) -> jax.Array:
    """The standard normals of one unit at one task."""
    return jax.random.normal(jax.random.fold_in(jax.random.fold_in(key, unit), task), shape)


@partial(jax.jit, static_argnums=(4, 5, 6))
def learn(
    theta: jax.Array,
    normals: jax.Array,
    task: int,
    problem: Problem,
    sizes: tuple[int, ...],
    samples: int,
    plan: Plan,
) -> tuple[jax.Array, jax.Array]:
    """One update of every replicate and scenario, and the risks after it.

    r = y − Φᵀθ with y = Φᵀθ* + ε; Δ solves Φ_Sᵀ Δ ≈ r; θ moves by αΔ on S.

    Args:
        theta: θ_{t−1}, [U, G, P].
        normals: what features and noise are made of, [U, (P + 1) n].
        task: t, counted from 0.
        problem: the numbers.
        sizes: parameters per block.
        samples: n_t.
        plan: which blocks move in which scenarios.

    Returns:
        θ_t, [U, G, P], and R_i(θ_t), [U, G, T].
    """
    drawn = normals.reshape(len(normals), -1, samples)
    features, errors = drawn[:, :-1], drawn[:, -1:]
    theta = jnp.where(problem.reset[:, task][None, :, None], 0.0, theta)
    target, noise = problem.optima[:, task], problem.noise[:, task]
    residual = (target[None] - theta) @ features + noise[None, :, None] * errors
    for moves, rows in plan:
        columns, which = _columns(sizes, moves), np.array(rows)
        if len(columns):
            # All of them are not gathered: at large sizes the copy is a tenth of the work.
            moving = features if len(columns) == features.shape[1] else features[:, columns]
            delta = least_norm(moving, residual[:, which])
            step = problem.scale[which, task][None, :, None] * delta
            theta = theta.at[:, which[:, None], columns[None]].add(step)
    gaps = theta[:, :, None] - problem.optima[None]
    return theta, (gaps**2).sum(-1)


def _columns(sizes: tuple[int, ...], moves: tuple[bool, ...]) -> np.ndarray:
    """The indices of the parameters in the blocks that move."""
    return np.flatnonzero(np.repeat(moves, sizes))


def _plan(trainable: Sequence[tuple[bool, ...]]) -> Plan:
    """Scenarios grouped by the blocks that move in them."""
    groups: dict[tuple[bool, ...], list[int]] = {}
    for row, moves in enumerate(trainable):
        groups.setdefault(moves, []).append(row)
    return tuple((moves, tuple(rows)) for moves, rows in groups.items())


def optima_of(scenario: Scenario) -> np.ndarray:
    """The optima as vectors of ℝ^P: the coordinates of each block, then zeros. [T, P]."""
    blocks = []
    for size, points in zip(scenario.blocks.sizes, coordinates(scenario), strict=True):
        block = np.zeros((len(points), size))
        kept = min(size, points.shape[1])
        block[:, :kept] = points[:, :kept]
        blocks.append(block)
    return np.concatenate(blocks, axis=1)
