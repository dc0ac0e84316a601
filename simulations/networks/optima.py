"""Where the optima of the tasks lie: solutions of all tasks trained from the same start.

In the linear models parameter distance is that of the tasks' optima. A network has no single
optimum of a task, but the one that its training reaches from given initial parameters θ_0: task
after task is trained from θ_0, with one order of data per seed, and the inner products of
θ*_k − θ_0 are what the theory takes in the place of its optima.
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

from simulations.networks import checkpoint
from simulations.networks.benchmarks import Settings
from simulations.networks.records import records_of
from simulations.networks.running import State, Told, Trainer, tasks_of

Numbers = NDArray[np.float64]

CHECKPOINT = "optima.eqx"


@dataclass(frozen=True)
class Optima:
    """What was found of the optima of T tasks; heads, which are each task's own, left out."""

    gram: Numbers  # [modules, seeds, T, T]: ⟨θ*_i − θ_0, θ*_j − θ_0⟩ by module
    common: Numbers  # [seeds, T]: cosine at θ_0 of the gradients of a task and the one before
    distance: Numbers  # [seeds, T]: its estimate from gradients, 1 for unrelated tasks
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
    return Optima(
        np.stack([_gram(module) for module in found]),
        np.stack([of.common for of in signals], axis=1),
        np.stack([of.distance for of in signals], axis=1),
        trainer.parameters,
        trainer.specific,
        trainer.samples * (trainer.tasks.outputs - 1),
    )


def _learned(
    trainer: Trainer, path: Path, watch: Callable[[Told], None]
) -> tuple[State, tuple[Any, ...]]:
    """The state after the last task, and θ*_k − θ_0 of all tasks, [T, seeds, ...] by module."""
    state, count = trainer.first(), trainer.tasks.count
    found = jax.tree.map(lambda leaf: jnp.zeros((count, *leaf.shape)), trainer.start.modules)
    kept = checkpoint.load(path, trainer.settings, (*state[:2], found))
    if kept is not None:
        networks, before, found = kept[1]
        state = State(networks, before, records_of(kept[0]))
    for task in range(len(state.records.accuracy), count):
        state = trainer.learn(state, task, watch)
        moved = jax.tree.map(jnp.subtract, state.networks.modules, trainer.start.modules)
        found = jax.tree.map(lambda all, one, at=task: all.at[at].set(one), found, moved)
        measured = state.records.document()
        checkpoint.save(path, trainer.settings, measured, (*state[:2], found))
    return state, found


def _gram(module: Any) -> Numbers:
    """Inner products of the tasks' solutions in one module, [seeds, T, T]."""
    leaves = [np.asarray(leaf, np.float64) for leaf in jax.tree.leaves(module)]
    rows = np.concatenate([leaf.reshape(*leaf.shape[:2], -1) for leaf in leaves], axis=2)
    found: Numbers = np.einsum("isp,jsp->sij", rows, rows)
    return found
