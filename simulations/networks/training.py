"""Compiled programs over many runs at once: an epoch of training, accuracies, gradients.

A run is a seed and a strategy. Runs of one seed share their initial parameters and, at every epoch,
the order of the data, so that they differ in nothing but what trains. Parameters have a leading
axis [R]. On a CPU runs follow each other inside one program, whose caches then hold one network; on
an accelerator they run side by side under vmap.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from numpy.typing import NDArray

from update_magnitude.simulations import streams
from update_magnitude.simulations.networks.model import Network, flat, masked
from update_magnitude.simulations.networks.strategies import GRADIENT_METRICS, Signals

EVALUATED = 500  # images at once
PROBED = 1024  # images, at most, that a gradient is taken of
MOMENTUM = 0.9
Tree = Any  # of arrays of jax


class Lesson(NamedTuple):
    """A task with all of its training images, or a batch of them."""

    images: jax.Array  # [n, H, W, channels]
    labels: jax.Array  # [n]
    task: jax.Array  # its number, from 0
    head: jax.Array  # the head that it trains

    def batch(self, places: jax.Array) -> Lesson:
        """Some of the images."""
        return self._replace(images=self.images[places], labels=self.labels[places])


def optimizer_of(rate: float) -> optax.GradientTransformation:
    """Stochastic gradient descent with momentum: what the theory's updates are the limit of."""
    return optax.sgd(rate, momentum=MOMENTUM)


def loss(network: Network, batch: Lesson) -> jax.Array:
    """The mean cross-entropy of a batch."""
    logits = network(batch.images, batch.head)
    return optax.softmax_cross_entropy_with_integer_labels(logits, batch.labels).mean()


def over_runs(one: Callable[..., Tree], *arguments: Tree) -> Tree:
    """A function applied to every run, its arguments with a leading axis [R]."""
    if jax.default_backend() == "cpu":
        return jax.lax.map(lambda run: one(*run), arguments)
    return jax.vmap(one)(*arguments)


def initial(seeds: Sequence[int], make: Callable[[np.random.Generator], Network]) -> Network:
    """Initial parameters of all runs, [R, ...]; those of one seed are the same."""
    networks = {
        seed: make(streams.generator(streams.INITIAL, seed)) for seed in dict.fromkeys(seeds)
    }
    rows = [networks[seed] for seed in seeds]
    return jax.tree.map(lambda *leaves: jax.device_put(np.stack(leaves)), *rows)


@partial(jax.jit, static_argnames=("rate",))
def reset(networks: Network, *, rate: float) -> Tree:
    """A new state of the optimizer, as at the start of each task.

    Momentum gathered on the task before points where that task's loss fell.
    """
    return jax.vmap(optimizer_of(rate).init)(networks)


@partial(jax.jit, static_argnames=("rate", "size"), donate_argnames=("networks", "state"))
def epoch(
    networks: Network,
    state: Tree,
    trains: jax.Array,
    keys: jax.Array,
    lesson: Lesson,
    number: jax.Array,
    *,
    rate: float,
    size: int,
) -> tuple[Network, Tree, jax.Array]:
    """Train all runs for one epoch, each on the task's images in an order of its own key, of [R].

    ``trains`` is 1 for a module that trains, else 0, [R, modules]. Images that fill no step of
    ``size`` are left out, others in every epoch. Returns the parameters and the state of the
    optimizer, [R, ...], and the mean loss, [R].
    """
    optimizer = optimizer_of(rate)

    def run(network: Network, state: Tree, trains: jax.Array, key: jax.Array) -> Tree:
        def step(carry: tuple[Network, Tree], places: jax.Array) -> Tree:
            network, state = carry
            value, gradient = jax.value_and_grad(loss)(network, lesson.batch(places))
            updates, state = optimizer.update(gradient, state, network)
            return (eqx.apply_updates(network, masked(updates, trains)), state), value

        order = order_of(key, lesson.task, number, len(lesson.labels), size)
        (network, state), values = jax.lax.scan(step, (network, state), order)
        return network, state, values.mean()

    return over_runs(run, networks, state, trains, keys)


def order_of(
    key: jax.Array, task: jax.Array, number: jax.Array, samples: int, size: int
) -> jax.Array:
    """The images of each step of an epoch, [steps, size]."""
    key = jax.random.fold_in(jax.random.fold_in(key, task), number)
    steps = samples // size
    return jax.random.permutation(key, samples)[: steps * size].reshape(steps, size)


@jax.jit
def accuracies(networks: Network, tests: Lesson) -> jax.Array:
    """The share of a task's test images, as ``padded`` has them, that each run gets right, [R]."""

    def run(network: Network) -> jax.Array:
        def right(batch: tuple[jax.Array, jax.Array]) -> jax.Array:
            return (network(batch[0], tests.head).argmax(-1) == batch[1]).sum()

        hits = jax.lax.map(right, (tests.images, tests.labels)).sum()
        return hits / (tests.labels >= 0).sum()

    return over_runs(run, networks)


@jax.jit
def halves(networks: Network, keys: jax.Array, lesson: Lesson) -> jax.Array:
    """Gradients over all modules, of two halves of a sample of the images, [R, 2, parameters]."""
    count = min(PROBED, len(lesson.labels)) // 2

    def run(network: Network, key: jax.Array) -> jax.Array:
        order = jax.random.permutation(jax.random.fold_in(key, lesson.task), len(lesson.labels))
        places = order[: 2 * count].reshape(2, count)

        def gradient(places: jax.Array) -> jax.Array:
            return flat(jax.grad(loss)(network, lesson.batch(places)).modules)

        return jax.lax.map(gradient, places)

    # One run after another on any device: side by side, so many images would fill its memory.
    return jax.lax.map(lambda one: run(*one), (networks, keys))


@partial(jax.jit, static_argnames=("metric", "sizes"))
def signals(
    earlier: jax.Array, common: jax.Array, own: jax.Array, *, metric: str, sizes: tuple[int, ...]
) -> Signals:
    """What gradients say of a task and the one before, for each run.

    Gradients are as ``halves`` gives them: ``earlier`` those of the task before at its start
    θ_{t−2}, ``common`` those of this task at that same point (heads begin alike, so that both are
    through the same one there), ``own`` those of this task at its own start θ_{t−1}.
    """
    alike = GRADIENT_METRICS[metric]
    ends = np.cumsum(sizes)[:-1]

    def by_module(values: jax.Array) -> jax.Array:
        return jnp.stack([part.sum() for part in jnp.split(values, ends)])

    def run(earlier: jax.Array, common: jax.Array, own: jax.Array) -> Signals:
        apart = common - earlier
        lengths = earlier[0] @ earlier[1] + common[0] @ common[1]
        return Signals(
            alike(own.mean(0), earlier.mean(0)),
            alike(common.mean(0), earlier.mean(0)),
            jnp.where(lengths > 0, apart[0] @ apart[1] / lengths, jnp.nan),
            by_module(apart[0] * apart[1]),
            by_module(own[0] * own[1]),
        )

    return jax.vmap(run)(earlier, common, own)


def padded(
    images: NDArray[np.float32], labels: NDArray[np.int32], most: int
) -> tuple[jax.Array, jax.Array]:
    """Test images in batches of equal size, filled up with images of label -1.

    ``most`` is how many images any task has, so that one program serves all.
    """
    size = min(EVALUATED, most)
    count = -(-most // size)
    fill = count * size - len(labels)
    images = np.concatenate([images, np.zeros((fill, *images.shape[1:]), images.dtype)])
    labels = np.concatenate([labels, np.full(fill, -1, labels.dtype)])
    return (
        jax.device_put(images.reshape(count, size, *images.shape[1:])),
        jax.device_put(labels.reshape(count, size)),
    )
