"""What the law engine needs to know of scenarios: their numbers as arrays, and their common shape.

Coordinates are those of ``scenarios.coordinates``, padded to T per block; one direction more, the
last, stands for all that is beyond the span of the optima. Whatever differs between scenarios of
the same number of tasks and blocks is a number here, and not compiled in: sizes, samples, noise,
scales, and which blocks train.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import numpy as np

from update_magnitude.scenarios import Scenario, ScenarioError, coordinates

UNIT_NUMBERS = 2**20  # numbers of one unit held at once, where there is a choice
LARGEST_UNIT = 2**14  # replicates in a unit, at most
LARGEST_PROBLEM = 2**26  # coordinates of the optima of a scenario, at most: 0.5 GiB in float64
SHARED = 4  # χ² variates per update beside one per block: χ²_k, χ²_{m−k}, χ²_{k−1}, χ²_{|m−n|+1}


class Task(NamedTuple):
    """The numbers of one task in one scenario; D = T + 1 directions per block."""

    optimum: jax.Array  # [B, D], θ*_t
    step: jax.Array  # [B, D], δ_t = θ*_t − θ*_{t−1}, with θ*_0 = 0
    trained: jax.Array  # [B], whether the block is in S_t
    pivot: jax.Array  # [B, D], 1 in the first direction of S_t
    others: jax.Array  # [B, D], whether a direction is in S_t and is not the first
    freedom: jax.Array  # [4 + B], degrees of freedom of the χ² variates
    noise: jax.Array  # [], σ_t
    scale: jax.Array  # [], α_t
    reset: jax.Array  # [], whether θ is set to 0 before the update


class Problem(NamedTuple):
    """The numbers of G scenarios."""

    tasks: Task  # each array with two axes more, [T, G]
    optima: jax.Array  # [G, T, B, D]


class Shape(NamedTuple):
    """What is compiled in, beside the number of scenarios."""

    tasks: int
    blocks: int

    @property
    def normals(self) -> int:
        """Normal variates drawn per replicate: what a replicate costs."""
        return self.tasks * (self.blocks * (self.tasks + 2) + SHARED)

    def numbers(self, scenarios: int) -> int:
        """Numbers that a unit of so many scenarios holds at once, at most."""
        drawn = 6 * self.normals // self.tasks  # at a task, with what they are made of
        state = 8 * self.blocks * (self.tasks + 1) + self.blocks * self.tasks * (self.tasks + 1)
        risks = 3 * self.tasks**2
        optima = 8 * self.tasks * self.blocks * (self.tasks + 1)
        return self.unit * (scenarios * (state + risks) + scenarios * drawn) + scenarios * optima

    @property
    def unit(self) -> int:
        """Replicates per unit: a function of the shape alone, so results depend on nothing else."""
        largest = max(self.tasks**2, self.normals // self.tasks)
        return min(LARGEST_UNIT, 1 << max(1, UNIT_NUMBERS // largest).bit_length() - 1)


def shape_of(scenarios: Sequence[Scenario]) -> Shape:
    """The common shape of scenarios that are to run on the same draws.

    Raises:
        ValueError: if they differ in the number of tasks or of blocks.
        ScenarioError: for the strategy ``hybrid``, and for optima that would not fit in memory.
    """
    for scenario in scenarios:
        scenario.step(0)  # raises where S_t depends on the data: such dynamics are not closed
    shapes = {Shape(entry.tasks.count, len(entry.blocks.sizes)) for entry in scenarios}
    if len(shapes) != 1:
        raise ValueError("scenarios that run together have the same number of tasks and of blocks")
    shape = shapes.pop()
    numbers = shape.tasks * shape.blocks * (shape.tasks + 1)
    if numbers > LARGEST_PROBLEM:
        raise ScenarioError(
            f"blocks and tasks.count: {shape.blocks} blocks, {shape.tasks} tasks; the law engine "
            f"holds {numbers:,} coordinates of their optima, {LARGEST_PROBLEM:,} at most"
        )
    return shape


def problem_of(scenarios: Sequence[Scenario]) -> Problem:
    """The numbers of scenarios, as arrays."""
    optima = _by_task([_optima(scenario) for scenario in scenarios])
    trained = _by_task([[step.trainable for step in scenario.schedule] for scenario in scenarios])
    inside = trained[..., None] & np.stack([_present(scenario) for scenario in scenarios])
    counted = inside.reshape(*inside.shape[:2], -1).cumsum(-1).reshape(inside.shape)
    pivot = inside & (counted == 1)
    tasks = Task(
        optimum=_numbers(optima),
        step=_numbers(np.diff(optima, axis=0, prepend=np.zeros_like(optima[:1]))),
        trained=jax.device_put(trained),
        pivot=_numbers(pivot),
        others=jax.device_put(inside & ~pivot),
        freedom=_numbers(_by_task([_freedom(scenario) for scenario in scenarios])),
        noise=_numbers(_by_task([scenario.tasks.noise for scenario in scenarios])),
        scale=_numbers(
            _by_task([[step.scale for step in scenario.schedule] for scenario in scenarios])
        ),
        reset=jax.device_put(
            _by_task([[step.reset for step in scenario.schedule] for scenario in scenarios])
        ),
    )
    return Problem(tasks, _numbers(np.swapaxes(optima, 0, 1)))


def _freedom(scenario: Scenario) -> list[list[int]]:
    """Degrees of freedom of the χ² variates of every task, [T, 4 + B]; p_b − D in the blocks."""
    beyond = np.array(scenario.blocks.sizes) - _present(scenario).sum(-1)
    rows = []
    for task, (step, n) in enumerate(zip(scenario.schedule, scenario.tasks.samples, strict=True)):
        m = scenario.trainable_count(task)
        k = min(m, n)
        rows.append([k, m - k, max(k - 1, 0), abs(m - n) + 1, *(beyond * step.trainable)])
    return rows


def _present(scenario: Scenario) -> np.ndarray:
    """Which of the D directions of each block there are, [B, D]: a block of 1 has but one."""
    sizes = np.array(scenario.blocks.sizes)
    directions: np.ndarray = np.arange(scenario.tasks.count + 1) < sizes[:, None]
    return directions


def _optima(scenario: Scenario) -> np.ndarray:
    """The coordinates of the optima, [T, B, D]; in the last direction they have none."""
    blocks = []
    for size, points in zip(scenario.blocks.sizes, coordinates(scenario), strict=True):
        block = np.zeros((len(points), len(points) + 1), np.longdouble)
        kept = min(size, points.shape[1])
        block[:, :kept] = points[:, :kept]
        blocks.append(block)
    return np.stack(blocks, axis=1)


def _by_task(values: Sequence[Any]) -> np.ndarray:
    """From [G, T, ...] to [T, G, ...]."""
    return np.swapaxes(np.array(values), 0, 1)


def _numbers(values: np.ndarray) -> jax.Array:
    """An array of floating-point numbers, as wide as jax has them at the moment."""
    placed: jax.Array = jax.device_put(values.astype(float))
    return placed
