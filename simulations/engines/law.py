"""The law engine: draws every update from its exact distribution, result L, in a few variates.

Given θ_{t−1}, write d = θ*_t − θ_{t−1}, N = ‖d_C‖² + σ² and k = min(m, n). The update is, in law,

    Δ = √β s d̂_S + √((1 − β)s² + (N/c) χ²_{k−1}) τ,    s = ‖d_S‖√β + ζ√(N/c),

with independent β = χ²_k/(χ²_k + χ²_{m−k}), c = χ²_{|m−n|+1}, χ²_{k−1}, ζ ~ N(0, 1), and τ uniform
on the unit sphere of ℝ^m orthogonal to d_S. docs/model.md proves it.

Beyond the span of the optima only the length of θ matters to a risk, and directions there are
exchangeable. So the state is T coordinates and one length per block, and an update takes T + 1
normals per block (the span, and where θ was beyond it) and one χ² for the rest of τ: nothing grows
with the samples or with the parameters.

Coordinates are those of ``scenarios.coordinates``, padded to T per block; one direction more, the
last, stands for all that is beyond the span. Whatever differs between scenarios of the same number
of tasks and blocks is a number, and not compiled in: sizes, samples, noise, scales, and which
blocks train.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from update_magnitude.scenarios import Scenario, ScenarioError, coordinates
from update_magnitude.simulations.engines.base import Engine, Run, by_task, without_records
from update_magnitude.simulations.engines.equal_variances import plain_form, require_law
from update_magnitude.simulations.numerics.chi_square import chi_square
from update_magnitude.simulations.numerics.normals import normal, settled

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, PRNGKeyArray, Shaped

UNIT_NUMBERS = 2**20  # numbers of one unit held at once, where there is a choice
LARGEST_UNIT = 2**14  # replicates in a unit, at most
LARGEST_PROBLEM = 2**26  # coordinates of the optima of a scenario, at most: 0.5 GiB in float64
SHARED = 4  # χ² variates per update beside one per block: χ²_k, χ²_{m−k}, χ²_{k−1}, χ²_{|m−n|+1}


class Task(NamedTuple):
    """The numbers of one task in one scenario, or of several, with their axes in front.

    There are T + 1 directions per block.
    """

    optimum: Float[jax.Array, "*several blocks directions"]  # θ*_t
    step: Float[jax.Array, "*several blocks directions"]  # δ_t = θ*_t − θ*_{t−1}, with θ*_0 = 0
    trained: Bool[jax.Array, "*several blocks"]  # whether the block is in S_t
    pivot: Float[jax.Array, "*several blocks directions"]  # 1 in the first direction of S_t
    # Whether a direction is in S_t and is not the first.
    others: Bool[jax.Array, "*several blocks directions"]
    freedom: Float[jax.Array, "*several blocks+4"]  # degrees of freedom of the χ² variates
    noise: Float[jax.Array, "*several"]  # σ_t
    scale: Float[jax.Array, "*several"]  # α_t
    reset: Bool[jax.Array, "*several"]  # whether θ is set to 0 before the update


class Problem(NamedTuple):
    """The numbers of scenarios; those of the tasks have axes of tasks and scenarios in front."""

    tasks: Task
    optima: Float[jax.Array, "scenarios tasks blocks directions"]
    worth: Float[jax.Array, "scenarios tasks"]  # v_i, by which squared errors count in R_i


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


class Law(Engine[Shape, Problem]):
    """Updates drawn from their exact distribution, result L."""

    name = "law"

    def shape_of(self, scenarios: Sequence[Scenario]) -> Shape:
        """The number of tasks and of blocks; refuses optima that would not fit in memory."""
        for scenario in scenarios:
            scenario.step(0)  # raises where S_t depends on the data: such dynamics are not closed
            require_law(scenario)
        shapes = {Shape(each.tasks.count, len(each.blocks.sizes)) for each in scenarios}
        if len(shapes) != 1:
            why = "scenarios that run together have the same number of tasks and of blocks"
            raise ValueError(why)
        shape = shapes.pop()
        numbers = shape.tasks * shape.blocks * (shape.tasks + 1)
        if numbers > LARGEST_PROBLEM:
            raise ScenarioError(
                f"blocks and tasks.count: {shape.blocks} blocks, {shape.tasks} tasks; the law "
                f"engine holds {numbers:,} coordinates of their optima, {LARGEST_PROBLEM:,} at most"
            )
        return shape

    def problem_of(self, scenarios: Sequence[Scenario]) -> Problem:
        """The numbers of scenarios, as arrays."""
        worth = [scenario.features.variance[0] for scenario in scenarios]
        scenarios = [plain_form(scenario) for scenario in scenarios]
        optima = np.stack([_optima(scenario) for scenario in scenarios])  # [G, T, B, D]
        schedules = [scenario.schedule for scenario in scenarios]
        trained = np.array([[step.trainable for step in schedule] for schedule in schedules])
        present = np.stack([_present(scenario) for scenario in scenarios])
        inside = trained[..., None] & present[:, None]
        counted = inside.reshape(*inside.shape[:2], -1).cumsum(-1).reshape(inside.shape)
        pivot = inside & (counted == 1)
        tasks = Task(
            optimum=by_task(optima),
            step=by_task(np.diff(optima, axis=1, prepend=np.zeros_like(optima[:, :1]))),
            trained=by_task(trained, bool),
            pivot=by_task(pivot),
            others=by_task(inside & ~pivot, bool),
            freedom=by_task([_freedom(scenario) for scenario in scenarios]),
            noise=by_task([scenario.tasks.noise for scenario in scenarios]),
            scale=by_task([[step.scale for step in schedule] for schedule in schedules]),
            reset=by_task([[step.reset for step in schedule] for schedule in schedules], bool),
        )
        return Problem(tasks, jax.device_put(optima.astype(float)), jnp.asarray(worth, float))

    def unit_run(
        self, key: jax.Array, unit: jax.Array | int, shape: Shape, problem: Problem
    ) -> Run:
        """R_i(θ_t) for every replicate of one unit; no records."""
        own = jax.random.fold_in(key, unit)

        def learn(error: jax.Array, now: tuple[jax.Array, Task]) -> tuple[jax.Array, jax.Array]:
            number, tasks = now
            directions, lengths = jax.random.split(jax.random.fold_in(own, number))
            normals = settled(normal(directions, error[0].size, error.dtype))
            normals = normals.reshape(error.shape[1:])
            return jax.vmap(partial(_learn, lengths, normals))(error, tasks, problem.optima)

        size = (len(problem.optima), shape.unit, *problem.optima.shape[2:])
        start = jnp.zeros(size, problem.optima.dtype)
        _, risks = jax.lax.scan(learn, start, (jnp.arange(shape.tasks), problem.tasks))
        # [T, G, U, T], with numbers as they are where all variances are 1.
        return without_records(
            jnp.moveaxis(problem.worth[None, :, None] * risks, (0, 1, 2), (2, 1, 0))
        )


def update(
    error: Float[jax.Array, "blocks directions"],
    normals: Float[jax.Array, "blocks directions"],
    lengths: Float[jax.Array, "blocks+4"],
    task: Task,
) -> Float[jax.Array, "blocks directions"]:
    """One update of one replicate, in law.

    The state is θ − θ* of the task just learned: where an update is exact, so are its risks.

    Args:
        error: θ_{t−1} − θ*_{t−1}: coordinates in the span, then what is beyond it.
        normals: standard normals.
        lengths: χ² variates with the degrees of freedom of the task.
        task: the numbers of task t.
    """
    moving, held = _drift(error, task)
    length = jnp.sqrt((moving**2).sum())
    towards = jnp.where(length > 0, moving / _divisor(length), task.pivot)

    captured, missed, spread, under = lengths[:SHARED]
    whole = _divisor(captured + missed)
    beta, rest = captured / whole, missed / whole  # β and 1 − β, each with all its digits
    noise = ((held**2).sum() + task.noise**2) / _divisor(under)
    extra = (task.pivot * normals).sum() * jnp.sqrt(noise)  # ζ√(N/c)
    along = length * jnp.sqrt(beta) + extra  # s

    sideways = _orthogonal(towards, jnp.where(task.others, normals, 0.0), task.pivot)
    beyond = lengths[SHARED:]
    total = _divisor((sideways**2).sum() + beyond.sum())
    across = task.scale * jnp.sqrt((rest * along**2 + noise * spread) / total)

    kept = (1 - task.scale) + task.scale * rest  # 1 − αβ
    moved = -kept * moving + task.scale * jnp.sqrt(beta) * extra * towards + across * sideways
    after = jnp.where(task.trained[:, None], moved, -held)
    remainder = jnp.sqrt(after[:, -1] ** 2 + across**2 * beyond)
    return after.at[:, -1].set(remainder)


def _learn(
    key: PRNGKeyArray,
    normals: Float[jax.Array, "replicates blocks directions"],
    error: Float[jax.Array, "replicates blocks directions"],
    task: Task,
    optima: Float[jax.Array, "tasks blocks directions"],
) -> tuple[Float[jax.Array, "replicates blocks directions"], Float[jax.Array, "replicates tasks"]]:
    """One update of every replicate of a scenario, and the risks after it."""
    lengths = chi_square(key, task.freedom, len(error))
    error = jax.vmap(update, (0, 0, 1, None))(error, normals, lengths, task)
    gaps = error[:, None] + (task.optimum[None] - optima)[None]
    return error, (gaps**2).sum((2, 3))


def _drift(
    error: Float[jax.Array, "blocks directions"], task: Task
) -> tuple[Float[jax.Array, "blocks directions"], Float[jax.Array, "blocks directions"]]:
    """d_S and d_C of d = θ*_t − θ_{t−1}, with zeros elsewhere."""
    drift = jnp.where(task.reset, task.optimum, task.step - error)
    trained = task.trained[:, None]
    return jnp.where(trained, drift, 0.0), jnp.where(trained, 0.0, drift)


def _orthogonal(
    towards: Float[jax.Array, "blocks directions"],
    vector: Float[jax.Array, "blocks directions"],
    pivot: Float[jax.Array, "blocks directions"],
) -> Float[jax.Array, "blocks directions"]:
    """A vector orthogonal to the unit vector ``pivot``, carried to one orthogonal to ``towards``.

    By Householder's reflection of pivot to ∓towards: lengths stay what they are, and nothing
    cancels, as it would if the component along ``towards`` were subtracted.
    """
    cosine = (pivot * towards).sum()
    mirror = towards + jnp.where(cosine < 0, -1.0, 1.0) * pivot
    return vector - (mirror * vector).sum() / (1 + jnp.abs(cosine)) * mirror


def _divisor(value: Float[jax.Array, ""]) -> Float[jax.Array, ""]:
    """The value, or 1 in place of 0, which divides 0 alone."""
    return jnp.where(value > 0, value, 1.0)


def _freedom(scenario: Scenario) -> list[list[int]]:
    """Degrees of freedom of the χ² variates of every task, [T, 4 + B]; p_b − D in the blocks."""
    beyond = np.array(scenario.blocks.sizes) - _present(scenario).sum(-1)
    rows = []
    for task, (step, n) in enumerate(zip(scenario.schedule, scenario.tasks.samples, strict=True)):
        m = scenario.trainable_count(task)
        k = min(m, n)
        rows.append([k, m - k, max(k - 1, 0), abs(m - n) + 1, *(beyond * step.trainable).tolist()])
    return rows


def _present(scenario: Scenario) -> Bool[NDArray[np.bool_], "blocks directions"]:
    """Which of the T + 1 directions of each block there are: a block of 1 has but one."""
    sizes = np.array(scenario.blocks.sizes)
    directions: NDArray[np.bool_] = np.arange(scenario.tasks.count + 1) < sizes[:, None]
    return directions


def _optima(scenario: Scenario) -> Shaped[NDArray[np.longdouble], "tasks blocks directions"]:
    """The coordinates of the optima; in the last direction they have none."""
    blocks = []
    for size, points in zip(scenario.blocks.sizes, coordinates(scenario), strict=True):
        block = np.zeros((len(points), len(points) + 1), np.longdouble)
        kept = min(size, points.shape[1])
        block[:, :kept] = points[:, :kept]
        blocks.append(block)
    return np.stack(blocks, axis=1)
