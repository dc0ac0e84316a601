"""Where the optima of the tasks lie: solutions of all tasks trained from the same start.

A network has no single optimum of a task, but the one that its training reaches from given initial
parameters θ_0: the inner products of θ*_k − θ_0 are what the theory takes in the place of its
optima. Two runs on the *same* task end apart too, by the order of the data: the first task is
learned twice, and how far apart that ends is the floor below which no distance says anything.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from update_magnitude.simulations import streams
from update_magnitude.simulations.networks import checkpoint
from update_magnitude.simulations.networks.benchmarks import Settings
from update_magnitude.simulations.networks.metrics import Numbers
from update_magnitude.simulations.networks.running import State, Trainer, Watch, tasks_of

CHECKPOINT = "optima.eqx"


@dataclass(frozen=True)
class Optima:
    """Solutions of T tasks; heads, which are each task's own, left out."""

    gram: Numbers  # [modules, seeds, T, T]: ⟨θ*_i − θ_0, θ*_j − θ_0⟩ by module
    floor: Numbers  # [modules, seeds, 2, 2]: the same of two solutions of the first task
    common: Numbers  # [seeds, T]: metric at θ_0 of the gradients of a task and the one before
    parameters: tuple[int, ...]  # by module
    specific: int  # modules that train under frozen
    equations: int  # of a task: training images × (outputs − 1)


def measure_optima(settings: Settings, data: Path | None, folder: Path, watch: Watch) -> Optima:
    """Train every task from the same initial parameters; arguments as of ``run_benchmark``."""
    settings = replace(settings, strategies=("reinitialized",), strength=None)
    trainer = Trainer(settings, tasks_of(settings, data))
    path, start, count = folder / CHECKPOINT, trainer.start.modules, trainer.tasks.count
    state = trainer.first()
    # θ*_k − θ_0 of all tasks, and of the first one again, [T + 1, seeds, ...] by module
    moved = jax.tree.map(lambda leaf: jnp.zeros((count + 1, *leaf.shape)), start)

    def with_end(state: State, place: int) -> object:
        steps = jax.tree.map(jnp.subtract, state.networks.modules, start)
        return jax.tree.map(lambda every, one: every.at[place].set(one), moved, steps)

    kept = checkpoint.load(path, trainer.identity, (*state[:2], moved))
    if kept is not None:
        networks, before, moved = kept[1]
        state = State(networks, before, {}, kept[0])
    for task in range(len(state.records.accuracy), count):
        if task == 0:
            again = trainer.learn(trainer.first(), 0, watch, streams.BATCHES_AGAIN)
            moved = with_end(again, count)
        state = trainer.learn(state, task, watch)
        moved = with_end(state, task)
        checkpoint.save(path, trainer.identity, state.records, (*state[:2], moved))
    grams = np.stack([_gram(module) for module in moved])
    return Optima(
        grams[..., :-1, :-1],
        grams[..., ::count, ::count],
        np.stack([signals.common for signals in state.records.signals], axis=1),
        trainer.chain.parameters,
        trainer.chain.specific,
        trainer.chain.equations,
    )


def _gram(module: object) -> Numbers:
    """Inner products of the tasks' solutions in one module, [seeds, T, T]."""
    leaves = [np.asarray(leaf, np.float64) for leaf in jax.tree.leaves(module)]
    rows = np.concatenate([leaf.reshape(*leaf.shape[:2], -1) for leaf in leaves], axis=2)
    gram: Numbers = np.einsum("isp,jsp->sij", rows, rows)
    return gram
