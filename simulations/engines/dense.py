"""The dense engine: draws every feature and every noise, and solves every least-squares problem.

It is the definition of the model, written out; the reference for everything else. Replicates come
in units of fixed size, each with a key of its own; within a unit everything is batched. Scenarios
with the same blocks and samples run together on the same draws, and one compiled program serves all
of them: optima, noise, scales and which blocks move are numbers in arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import jax
import jax.numpy as jnp
import numpy as np

from update_magnitude.scenarios import Scenario, ScenarioError, coordinates
from update_magnitude.simulations.engines.base import Engine, Run, by_task, without_records
from update_magnitude.simulations.engines.drawing import (
    draw_errors,
    draw_features,
    require_independent,
)
from update_magnitude.simulations.engines.holding import (
    Held,
    descends,
    held_by,
    held_update,
    is_held,
    per_parameter,
    variances_of,
    ways,
)
from update_magnitude.simulations.numerics.least_norm import Moving, least_norm, moving, outcomes
from update_magnitude.simulations.numerics.moments import Array, Tree
from update_magnitude.simulations.rounding import require_digits

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Float64, Int

UNIT_NORMALS = 2**18  # normals drawn at once: 2 MiB in float64, which caches hold
LARGEST_UNIT = 4096  # replicates in a unit, at most
LARGEST_DRAW = 2**31  # features of one replicate at one task, at most


class Task(NamedTuple):
    """The numbers of one task, or of several, whose axis is in front."""

    kind: Int[jax.Array, "*tasks"]  # its number of samples, as a place in Shape.kinds
    optimum: Float[jax.Array, "*tasks scenarios parameters"]  # θ*_t
    noise: Float[jax.Array, "*tasks scenarios"]  # σ_t
    scale: Float[jax.Array, "*tasks scenarios"]  # α_t
    reset: Bool[jax.Array, "*tasks scenarios"]  # whether θ is set to 0 before the update
    moving: Moving  # which blocks move
    held: Held | None = None  # how; None where all scenarios are plain


class Problem(NamedTuple):
    """The numbers of scenarios of one shape."""

    tasks: Task
    optima: Float[jax.Array, "scenarios tasks parameters"]
    worth: Float[jax.Array, "scenarios tasks parameters"] | None = None  # v_i, if not 1 everywhere


class Shape(NamedTuple):
    """What of G scenarios is compiled in: changing it compiles anew."""

    sizes: tuple[int, ...]  # parameters per block
    samples: tuple[int, ...]  # n_t
    sets: int  # how many sets of blocks move, or ways there are to hold them, at most, at one task
    distribution: str = "normal"  # of the features
    held: bool = False  # whether any scenario is not plain
    descends: bool = False  # whether any makes steps of descent

    @property
    def capacity(self) -> int:
        """P, all parameters."""
        return sum(self.sizes)

    @property
    def kinds(self) -> tuple[int, ...]:
        """The different numbers of samples: each has a program of its own."""
        return tuple(sorted(set(self.samples)))

    @property
    def normals(self) -> int:
        """Normal variates drawn per replicate: what a replicate costs."""
        return (self.capacity + 1) * sum(self.samples)

    def numbers(self, scenarios: int) -> int:
        """Numbers that a unit of so many scenarios holds at once, at most."""
        tasks, samples, blocks = len(self.samples), max(self.samples), len(self.sizes)
        equations = min(samples, self.capacity)
        features = 3 * samples * self.capacity  # with what they are made of, or as they are cut
        grams = (blocks + 4) * equations * (equations + scenarios)  # and what is left of them
        states = scenarios * (8 * self.capacity + tasks * (self.capacity + tasks + 4))
        given = scenarios * tasks * (6 * self.capacity + 4)
        if self.held:
            grams += 6 * equations * (equations + self.capacity)  # also of orthogonal factors
            states += scenarios * (4 * self.capacity + 6 * samples)
            given += scenarios * tasks * (2 * self.capacity + 8 * blocks)
        return self.unit * (features + grams + states) + given

    @property
    def unit(self) -> int:
        """Replicates per unit: a function of the draws alone, so results depend on nothing else."""
        tasks = len(self.samples)
        largest = max((self.capacity + 1) * max(self.samples), tasks * max(tasks, self.capacity))
        return min(LARGEST_UNIT, 1 << max(1, UNIT_NORMALS // largest).bit_length() - 1)


class Dense(Engine[Shape, Problem]):
    """The definition of the model: every feature and every noise is drawn."""

    name = "dense"

    def shape_of(self, scenarios: Sequence[Scenario]) -> Shape:
        """The common shape of scenarios that are to run on the same draws."""
        sizes, samples = common_draws(scenarios)
        schedules = [scenario.schedule for scenario in scenarios]
        held = is_held(scenarios)
        if held:
            sets = [len(set(now)) for now in ways(scenarios, schedules)]
        else:
            together = zip(*schedules, strict=True)
            sets = [len({step.trainable for step in steps}) for steps in together]
        kind = scenarios[0].features.distribution
        return Shape(sizes, samples, max(sets), kind, held, descends(scenarios))

    def problem_of(self, scenarios: Sequence[Scenario]) -> Problem:
        """The numbers of scenarios, as arrays."""
        schedules = [scenario.schedule for scenario in scenarios]
        scale = [[step.scale for step in schedule] for schedule in schedules]
        reset = [[step.reset for step in schedule] for schedule in schedules]
        shape = self.shape_of(scenarios)
        held = held_by(scenarios, schedules, shape.sets) if shape.held else None
        moves = _moving(scenarios, shape) if held is None else held.holding.moving
        tasks = tasks_of(scenarios, scale, reset, moves)._replace(held=held)
        optima = jax.device_put(np.asarray(tasks.optimum).swapaxes(0, 1))
        return Problem(tasks, optima, variances_of(scenarios) if shape.held else None)

    def unit_run(
        self, key: jax.Array, unit: jax.Array | int, shape: Shape, problem: Problem
    ) -> Run:
        """R_i(θ_t) for every replicate of one unit; no records."""
        start = jnp.zeros((shape.unit, *problem.tasks.optimum.shape[1:]), problem.optima.dtype)

        def update(theta: jax.Array, data: Data, task: Task) -> tuple[jax.Array, jax.Array]:
            theta = learn(theta, data, task, shape.sizes)
            return theta, risks(theta, problem.optima, problem.worth)

        drawn = one_by_one(update, start, jax.random.fold_in(key, unit), shape, problem.tasks)
        return without_records(jnp.moveaxis(drawn, 0, 2))

    def require_digits(self, scenarios: Sequence[Scenario], dtype: str) -> None:
        """Refuse dependent features, and updates near the threshold in single precision."""
        require_independent(scenarios)
        if dtype == "float32":
            require_digits(scenarios)


def common_draws(scenarios: Sequence[Scenario]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The parameters per block and the samples per task of scenarios that are to run together."""
    draws = {(scenario.blocks.sizes, scenario.tasks.samples) for scenario in scenarios}
    if len(draws) != 1 or len({scenario.features.distribution for scenario in scenarios}) != 1:
        raise ValueError("scenarios that run together have the same blocks and samples")
    sizes, samples = draws.pop()
    if sum(sizes) * max(samples) > LARGEST_DRAW:
        raise ScenarioError(
            f"blocks and tasks.samples: {sum(sizes)} parameters, {max(samples)} samples; the dense "
            f"engine draws every feature, {LARGEST_DRAW:,} at most (the law engine draws none)"
        )
    return sizes, samples


def tasks_of(
    scenarios: Sequence[Scenario],
    scale: Sequence[Sequence[float]],
    reset: Sequence[Sequence[bool]],
    which: Moving,
) -> Task:
    """The numbers of all tasks; scales and resets are [G, T], what moves as it is."""
    samples = scenarios[0].tasks.samples
    return Task(
        kind=jax.device_put(np.searchsorted(sorted(set(samples)), samples)),
        optimum=by_task([_optima(scenario) for scenario in scenarios]),
        noise=by_task([scenario.tasks.noise for scenario in scenarios]),
        scale=by_task(scale),
        reset=by_task(reset, bool),
        moving=which,
    )


class Data(NamedTuple):
    """Features and noise of one task."""

    features: Float[jax.Array, "replicates samples parameters"]  # Φᵀ
    errors: Float[jax.Array, "replicates samples"]  # ε/σ


State = TypeVar("State")
Update = Callable[[State, Data, Task], tuple[State, Tree]]


def one_by_one(
    update: Update[State], start: State, key: jax.Array, shape: Shape, tasks: Task
) -> Tree:
    """What an update gives beside the next state at each task, stacked [T, ...].

    Features are drawn as it goes. All tasks of as many samples have one compiled program.
    """
    dtype = tasks.optimum.dtype

    def step(
        samples: int, state: State, own: jax.Array, errors: jax.Array, task: Task
    ) -> tuple[State, Tree]:
        size = (shape.unit, samples, shape.capacity)
        needed = task.moving.sets.any()
        features = draw_features(own, size, dtype, needed, shape.distribution)
        return update(state, Data(features, errors[:, :samples]), task)

    def run(state: State, now: tuple[jax.Array, Task]) -> Tree:
        number, task = now
        own = jax.random.fold_in(key, number)
        errors = draw_errors(own, (shape.unit, max(shape.samples)), dtype)
        steps = [partial(step, samples) for samples in shape.kinds]
        return jax.lax.switch(task.kind, steps, state, own, errors, task)

    return jax.lax.scan(run, start, (jnp.arange(len(shape.samples)), tasks))[1]


def learn(
    theta: Float[jax.Array, "replicates #scenarios parameters"],
    data: Data,
    task: Task,
    sizes: Sequence[int],
) -> Float[jax.Array, "replicates scenarios parameters"]:
    """One update of every replicate and scenario, from θ_{t−1} to θ_t.

    r = y − Φᵀθ with y = Φᵀθ* + ε; Δ solves Φ_Sᵀ Δ ≈ r, held as ``held_update`` says; θ moves by αΔ
    on S. Drawn features are standardized: with variances, Φ_bᵀ is √v_b times them.
    """
    theta = jnp.where(task.reset[None, :, None], 0.0, theta)
    if task.held is None:
        left = residual(theta, data, task.optimum, task.noise)
        delta = least_norm(data.features, left, task.moving, sizes)
    else:
        root = per_parameter(task.held.root, sizes)
        left = residual(root[None] * theta, data, root * task.optimum, task.noise)
        delta = held_update(data.features, left, task.held, sizes)
    return theta + task.scale[None, :, None] * delta


def residual(
    theta: Float[jax.Array, "replicates scenarios parameters"],
    data: Data,
    optimum: Float[jax.Array, "scenarios parameters"],
    noise: Float[jax.Array, "scenarios"],
) -> Float[jax.Array, "replicates scenarios samples"]:
    """The residual r = Φᵀ(θ* − θ) + ε."""
    return (
        outcomes(data.features, optimum[None] - theta) + noise[None, :, None] * data.errors[:, None]
    )


def risks(
    theta: Float[jax.Array, "replicates scenarios parameters"],
    optima: Float[jax.Array, "scenarios tasks parameters"],
    worth: Float[jax.Array, "scenarios tasks parameters"] | None = None,
) -> Float[jax.Array, "replicates scenarios tasks"]:
    """R_i(θ) = ‖θ − θ*_i‖², or with variances Σ_b v_{i,b}‖θ − θ*_i‖²_b."""
    squares = (theta[:, :, None] - optima[None]) ** 2
    return squares.sum(-1) if worth is None else (worth[None] * squares).sum(-1)


def _moving(scenarios: Sequence[Scenario], shape: Shape) -> Moving:
    """The sets of blocks of every task, [T, D, B], and which scenario has which, [T, 1, G]."""
    sets, chosen = [], []
    for steps in zip(*(scenario.schedule for scenario in scenarios), strict=True):
        now = [step.trainable for step in steps]
        known = list(dict.fromkeys(now))
        chosen.append([[known.index(blocks) for blocks in now]])
        nothing = [(False,) * len(shape.sizes)]  # costs nothing
        sets.append(known + nothing * (shape.sets - len(known)))
    return moving(sets, chosen, shape.sizes)


def _optima(scenario: Scenario) -> Float64[Array, "tasks parameters"]:
    """θ*_t: the coordinates of each block, and 0 in the rest of it."""
    blocks = []
    for size, points in zip(scenario.blocks.sizes, coordinates(scenario), strict=True):
        block = np.zeros((len(points), size))
        kept = min(size, points.shape[1])
        block[:, :kept] = points[:, :kept]
        blocks.append(block)
    return np.concatenate(blocks, axis=1)
