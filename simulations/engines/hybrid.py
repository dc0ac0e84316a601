"""The hybrid strategy, drawn literally: which blocks train is decided by gradient directions.

At each task after the first a signal (``signals``) says how the task relates to the one before.
Above the threshold it counts as related, and the specific blocks train alone; else all blocks
train. Frozen and initialized training, for which nothing is decided, run beside it on the same
draws, in one compiled program.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from update_magnitude.scenarios import SIGNALS, Scenario, ScenarioError
from update_magnitude.scenarios.schema import require_isotropic
from update_magnitude.simulations.engines import dense
from update_magnitude.simulations.engines.base import Engine, Run
from update_magnitude.simulations.engines.dense import Data, Task, residual, risks
from update_magnitude.simulations.engines.signals import Seen, halves, signals
from update_magnitude.simulations.numerics.least_norm import least_norm, moving

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Int

CAN_JOIN = ("hybrid", "frozen", "initialized")


class Problem(NamedTuple):
    """The numbers of G scenarios; of the sets of each task, set 0 is all blocks."""

    tasks: Task
    optima: Float[jax.Array, "scenarios tasks parameters"]
    decides: Bool[jax.Array, "scenarios"]  # whether the signal decides at all
    every: Bool[jax.Array, "scenarios"]  # whether all blocks train where it does not
    cut: Float[jax.Array, "scenarios"]  # the signal above which the specific blocks train alone
    signal: Int[jax.Array, "scenarios"]  # which signal, as its place in SIGNALS


class State(NamedTuple):
    """θ and what the next decision needs to know of the past."""

    number: Int[jax.Array, ""]  # of the task, from 0
    theta: Float[jax.Array, "replicates scenarios parameters"]  # θ_{t−1}
    # θ_{t−2}, the start of the task before.
    before: Float[jax.Array, "replicates scenarios parameters"]
    # The gradients of that task there: of both halves of its batch, and of all of it.
    gradients: Float[jax.Array, "3 replicates scenarios parameters"]


class Shape(dense.Shape):
    """What is compiled in; as for the dense engine, but for the memory that a decision takes."""

    __slots__ = ()

    def numbers(self, scenarios: int) -> int:
        """Numbers that a unit of so many scenarios holds at once, at most."""
        gradients = 16 * self.capacity + 4 * len(self.samples)
        return super().numbers(scenarios) + self.unit * scenarios * gradients


class Hybrid(Engine[Shape, Problem]):
    """The dense engine where the data decide which blocks train."""

    name = "dense"

    def shape_of(self, scenarios: Sequence[Scenario]) -> Shape:
        """The common shape of scenarios of which all are hybrid, frozen or initialized."""
        for scenario in scenarios:
            require_isotropic(scenario, "the choice of blocks by gradients")
            if scenario.updates.strategy not in CAN_JOIN:
                raise ScenarioError(
                    f"updates.strategy = {scenario.updates.strategy!r}: beside the hybrid strategy "
                    f"only {', '.join(CAN_JOIN)} can run"
                )
            if min(scenario.tasks.samples) < 2:
                raise ScenarioError(
                    f"tasks.samples = {min(scenario.tasks.samples)}: the hybrid strategy splits "
                    "batches; 2 at least"
                )
        sizes, samples = dense.common_draws(scenarios)
        return Shape(sizes, samples, len(_sets(scenarios)))

    def problem_of(self, scenarios: Sequence[Scenario]) -> Problem:
        """The numbers of scenarios, as arrays."""
        count, sets = scenarios[0].tasks.count, _sets(scenarios)
        own = [sets.index(_specific(scenario), 1) for scenario in scenarios]
        updates = [scenario.updates for scenario in scenarios]
        tasks = dense.tasks_of(
            scenarios,
            [update.scale for update in updates],
            [[False] * count for _ in scenarios],
            moving([sets] * count, [[own]] * count, scenarios[0].blocks.sizes),
        )
        return Problem(
            tasks,
            jax.device_put(np.asarray(tasks.optimum).swapaxes(0, 1)),
            decides=jnp.array([u.strategy == "hybrid" for u in updates]),
            every=jnp.array([u.strategy == "initialized" for u in updates]),
            cut=jnp.array([_cut(scenario) for scenario in scenarios], float),
            signal=jnp.array([SIGNALS.index(u.signal) for u in updates]),
        )

    def unit_run(
        self, key: jax.Array, unit: jax.Array | int, shape: Shape, problem: Problem
    ) -> Run:
        """R_i(θ_t), and as records, [U, G, 2T], whether all blocks trained, then the signals.

        They are 1 and 0 at the first task, for which nothing is decided.
        """
        zero = jnp.zeros((shape.unit, *problem.tasks.optimum.shape[1:]), problem.optima.dtype)
        start = State(jnp.asarray(0), zero, zero, jnp.stack([zero] * 3))
        update = partial(_learn, problem, shape.sizes)
        drawn, choices, seen = dense.one_by_one(
            update, start, jax.random.fold_in(key, unit), shape, problem.tasks
        )
        records = jnp.concatenate([choices, seen]).astype(drawn.dtype)
        return Run(jnp.moveaxis(drawn, 0, 2), jnp.moveaxis(records, 0, 2))

    def require_digits(self, scenarios: Sequence[Scenario], dtype: str) -> None:
        """Refuse updates near the interpolation threshold in single precision."""
        dense.Dense().require_digits(scenarios, dtype)


def _learn(
    problem: Problem, sizes: tuple[int, ...], state: State, data: Data, task: Task
) -> tuple[
    State,
    tuple[
        Float[jax.Array, "replicates scenarios tasks"],
        Bool[jax.Array, "replicates scenarios"],
        Float[jax.Array, "replicates scenarios"],
    ],
]:
    """One decision and one update: R_i(θ_t), whether all blocks trained, and the signal."""
    here = residual(state.theta, data, task.optimum, task.noise)
    there = residual(state.before, data, task.optimum, task.noise)
    own = halves(data.features, here)
    seen = Seen(own, halves(data.features, there), state.gradients, (here**2).mean(-1))
    every = jnp.stack(signals(seen, task, sizes, data.features.shape[1]))
    signal = jnp.take_along_axis(every, problem.signal[None, None], axis=0)[0]
    first = state.number == 0
    decided = jnp.where(problem.decides[None], signal <= problem.cut[None], problem.every[None])
    all_train = decided | first
    which = task.moving._replace(chosen=jnp.where(all_train, 0, task.moving.chosen))
    delta = least_norm(data.features, here, which, sizes)
    theta = state.theta + task.scale[None, :, None] * delta
    after = State(state.number + 1, theta, state.theta, own)
    return after, (risks(theta, problem.optima), all_train, jnp.where(first, 0.0, signal))


def _sets(scenarios: Sequence[Scenario]) -> list[tuple[bool, ...]]:
    """All blocks, then the different sets of specific blocks."""
    every = tuple(True for _ in scenarios[0].blocks.names)
    return [every, *dict.fromkeys(_specific(scenario) for scenario in scenarios)]


def _specific(scenario: Scenario) -> tuple[bool, ...]:
    return tuple(name in scenario.updates.specific for name in scenario.blocks.names)


def _cut(scenario: Scenario) -> float:
    updates = scenario.updates
    return -(updates.threshold**2) if updates.signal == "distance" else updates.threshold
