"""Rungs 2 and 3 of the ladder: the linearized network and the one trained with squared loss.

By the strategies ``LADDER``, with errors in the same unit: the mean squared
distance of centred outputs and centred one-hot vectors on test images.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

from update_magnitude.simulations import streams
from update_magnitude.simulations.networks import checkpoint, importance, lessons
from update_magnitude.simulations.networks.benchmarks import Settings
from update_magnitude.simulations.networks.linearized import Measured, images_learned, learned
from update_magnitude.simulations.networks.metrics import Numbers
from update_magnitude.simulations.networks.model import Network
from update_magnitude.simulations.networks.results import Records
from update_magnitude.simulations.networks.running import State, Trainer, Watch, tasks_of
from update_magnitude.simulations.networks.training import Lesson, over_runs, targets

RATES = "hybrid-rates"
MOST_SEEDS = 5  # for which the linearized network, which takes minutes for each, is solved
LADDER = ("initialized", "frozen", RATES)
LINEARIZED, SQUARED = "linearized.eqx", "squared.eqx"  # what is kept of each


@dataclass(frozen=True)
class Rung:
    """What strategies came to, after every task on the tasks so far; what is not known is NaN."""

    error: Numbers  # mean squared distance, [strategies, seeds, T, T]
    accuracy: Numbers  # [strategies, seeds, T, T]
    start: Numbers  # the error at θ_0, [seeds, T]


@dataclass(frozen=True)
class Linearized:
    """The linearized network, and what its features at θ_0 are like; of modules, heads are last."""

    rung: Rung
    trace: Numbers  # tr K/N by task, [seeds, T, modules + 1]
    square: Numbers  # tr K²/N² of the same
    unsolved: float  # the largest share of a squared residual that was left
    images: int  # that a task was learned with


def measure_linearized(
    settings: Settings, data: Path | None, folder: Path, watch: Callable[[float], None]
) -> Linearized:
    """Learn all tasks by the linearized network; ``watch`` is told the share that is done.

    The first seeds of a run, ``MOST_SEEDS`` at most. What is known of one is kept in ``folder``.
    """
    settings = replace(settings, strategies=(RATES,), seeds=min(settings.seeds, MOST_SEEDS))
    trainer = Trainer(settings, tasks_of(settings, data))
    path, every = folder / LINEARIZED, _nothing(trainer)
    identity = trainer.identity | {"learned": images_learned(trainer.tasks)}
    kept = checkpoint.load(path, identity, every)
    if kept is not None:
        every = kept[1]
    if np.isnan(every.start).any():
        rates = _rates(trainer)
    modules = len(trainer.chain.parameters)
    specific = (np.arange(modules + 1) >= modules - trainer.chain.specific).astype(float)
    for seed in np.flatnonzero(np.isnan(every.start).any(1)).tolist():
        network = jax.tree.map(lambda leaf, seed=seed: leaf[seed], trainer.start)
        found = learned(network, trainer.tasks, [np.ones(modules + 1), specific], rates[seed])
        for whole, one in zip(every, found, strict=True):
            whole[seed] = one
        checkpoint.save(path, identity, Records(), every)
        watch((seed + 1) / settings.seeds)
    error, accuracy = (table.swapaxes(0, 1) for table in (every.error, every.accuracy))
    return Linearized(
        Rung(error, accuracy, every.start),
        every.trace,
        every.square,
        float(every.unsolved.max()),
        images_learned(trainer.tasks),
    )


def _nothing(trainer: Trainer) -> Measured:
    """Room for what is measured of all seeds."""
    seeds, count = trainer.settings.seeds, trainer.tasks.count
    features = (seeds, count, len(trainer.chain.parameters) + 1)
    tested = (seeds, len(LADDER), count, count)
    shapes = (features, features, (seeds, len(LADDER), count), tested, tested, (seeds, count))
    return Measured(*(np.full(shape, np.nan) for shape in shapes))


def _rates(trainer: Trainer) -> Numbers:
    """The rates of ``hybrid-rates`` at every task, [seeds, T, P].

    The importances are those at θ_0: the gradients of the linearized network are the same at all θ.
    """
    strength = trainer.runs.restraints[RATES].strength
    total, tasks = trainer.first().importance[RATES], []
    for task in range(trainer.tasks.count):
        tasks.append(np.array(jax.vmap(lambda tree: ravel_pytree(tree)[0])(total)))
        own = importance.measured(
            *(trainer.start, trainer.runs.keys[streams.IMPORTANCE]),
            lessons.lesson(trainer.tasks, task),
            measure="outputs",
            shared_head=trainer.shared_head,
        )
        total = jax.tree.map(jnp.add, total, own)
    rates: Numbers = 1 / (1 + strength * np.stack(tasks, axis=1))
    return rates


def measure_squared(settings: Settings, data: Path | None, folder: Path, watch: Watch) -> Rung:
    """Train with the squared loss, or go on where it was stopped; arguments as ``run_benchmark``.

    The state is kept in ``folder``, beside that of the run itself.
    """
    settings = replace(settings, strategies=LADDER, loss="squared")
    trainer = Trainer(settings, tasks_of(settings, data))
    path, state, count = folder / SQUARED, trainer.first(), trainer.tasks.count
    error = np.full((len(trainer.runs.seeds), count, count), np.nan)
    kept = checkpoint.load(path, trainer.identity, (*state[:3], error))
    if kept is not None:
        networks, before, known, error = kept[1]
        state = State(networks, before, known, kept[0])
    for task in range(len(state.records.accuracy), count):
        state = trainer.learn(state, task, watch)
        for place in range(task + 1):
            error[:, task, place] = squared_errors(
                state.networks, lessons.tests(trainer.tasks, place)
            )
        checkpoint.save(path, trainer.identity, state.records, (*state[:3], error))
    some = jax.tree.map(lambda leaf: leaf[: settings.seeds], trainer.start)
    start = [squared_errors(some, lessons.tests(trainer.tasks, task)) for task in range(count)]
    by_run = (len(LADDER), settings.seeds, count, count)
    accuracy = np.stack(state.records.accuracy, axis=1)
    error = np.where(np.isfinite(accuracy), error, np.nan)  # of runs that diverged
    return Rung(error.reshape(by_run), accuracy.reshape(by_run), np.stack(start, axis=1))


@jax.jit
def squared_errors(networks: Network, tests: Lesson) -> jax.Array:
    """The mean squared distance of centred outputs and targets on a task's test images, [R]."""

    def run(network: Network) -> jax.Array:
        def batch(given: tuple[jax.Array, jax.Array]) -> jax.Array:
            images, labels = given
            logits = network(images, tests.head)
            apart = logits - logits.mean(-1, keepdims=True) - targets(labels, logits.shape[-1])
            return jnp.where(labels >= 0, (apart**2).sum(-1), 0.0).sum()

        return jax.lax.map(batch, (tests.images, tests.labels)).sum() / (tests.labels >= 0).sum()

    return over_runs(run, networks)
