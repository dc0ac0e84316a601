"""Where the optima of the tasks lie: solutions of all tasks trained from the same start.

In the linear models parameter distance is that of the tasks' optima. A network has no single
optimum of a task, but the one that its training reaches from given initial parameters θ_0: task
after task is trained from θ_0, and the inner products of θ*_k − θ_0 are what the theory takes in
the place of its optima. Two runs on the *same* task end apart too, by the order of the data: the
first task is learned twice, and how far apart that ends is the floor below which no distance says
anything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from update_magnitude.simulations.networks import checkpoint, streams
from update_magnitude.simulations.networks.benchmarks import Settings
from update_magnitude.simulations.networks.records import Told
from update_magnitude.simulations.networks.running import State, Trainer, tasks_of

Numbers = NDArray[np.float64]

CHECKPOINT = "optima.eqx"


@dataclass(frozen=True)
class Optima:
    """What was found of the optima of T tasks; heads, which are each task's own, left out."""

    gram: Numbers  # [modules, seeds, T, T]: ⟨θ*_i − θ_0, θ*_j − θ_0⟩ by module
    floor: Numbers  # [modules, seeds, 2, 2]: the same of two solutions of the first task
    common: Numbers  # [seeds, T]: metric at θ_0 of the gradients of a task and the one before
    parameters: list[int]  # by module
    specific: int  # modules that train under frozen
    equations: int  # of a task: training images, times outputs less one


def measure_optima(
    settings: Settings, data: Path | None, folder: Path, watch: Callable[[Told], None]
) -> Optima:
    """Train every task from the same initial parameters; arguments as of ``run_benchmark``."""
    settings = replace(settings, strategies=("reinitialized",))
    trainer = Trainer(settings, tasks_of(settings, data))
    state, found = _learned(trainer, folder / CHECKPOINT, watch)
    signals = [state.records.signals[task] for task in range(trainer.tasks.count)]
    grams = [_gram(module) for module in found]
    return Optima(
        np.stack([gram[:, :-1, :-1] for gram in grams]),
        np.stack([gram[:, :: len(signals), :: len(signals)] for gram in grams]),
        np.stack([signal.common for signal in signals], axis=1),
        trainer.parameters,
        trainer.specific,
        trainer.equations,
    )


def _learned(
    trainer: Trainer, path: Path, watch: Callable[[Told], None]
) -> tuple[State, tuple[Any, ...]]:
    """The state after the last task, and θ*_k − θ_0 of all tasks, [T + 1, seeds, ...] by module.

    The last one is of the first task again, in another order of its images.
    """
    state, count = trainer.first(), trainer.tasks.count
    found = jax.tree.map(lambda leaf: jnp.zeros((count + 1, *leaf.shape)), trainer.start.modules)
    kept = checkpoint.load(path, trainer.identity, (*state[:2], found))
    if kept is not None:
        networks, before, found = kept[1]
        state = State(networks, before, kept[0])
    for task in range(len(state.records.accuracy), count):
        if task == 0:
            found = _put(found, trainer, _in_another_order(trainer, watch), count)
        state = trainer.learn(state, task, watch)
        found = _put(found, trainer, state, task)
        checkpoint.save(path, trainer.identity, state.records, (*state[:2], found))
    return state, found


def _in_another_order(trainer: Trainer, watch: Callable[[Told], None]) -> State:
    """The first task learned from the same start, its images in an order of another stream."""
    orders = trainer.orders
    trainer.orders = streams.keys(streams.BATCHES_AGAIN, trainer.seeds.tolist())
    try:
        return trainer.learn(trainer.first(), 0, watch)
    finally:
        trainer.orders = orders


def _put(found: Any, trainer: Trainer, state: State, place: int) -> Any:
    """Where a state has moved from the start, put among the solutions."""
    moved = jax.tree.map(jnp.subtract, state.networks.modules, trainer.start.modules)
    return jax.tree.map(lambda all, one: all.at[place].set(one), found, moved)


def _gram(module: Any) -> Numbers:
    """Inner products of the tasks' solutions in one module, [seeds, T, T]."""
    leaves = [np.asarray(leaf, np.float64) for leaf in jax.tree.leaves(module)]
    rows = np.concatenate([leaf.reshape(*leaf.shape[:2], -1) for leaf in leaves], axis=2)
    found: Numbers = np.einsum("isp,jsp->sij", rows, rows)
    return found
