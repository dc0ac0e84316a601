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

import jax
import jax.numpy as jnp
import numpy as np
import optax
from numpy.typing import NDArray

from update_magnitude.simulations import streams
from update_magnitude.simulations.networks.model import Network, flat
from update_magnitude.simulations.networks.strategies import GRADIENT_METRICS, Signals

EVALUATED = 500  # images at once
PROBED = 1024  # images, at most, that a gradient is taken of
MOMENTUM = 0.9
Tree = Any  # of arrays of jax


class Restrained(NamedTuple):
    """How far each parameter of some runs may move, trees like networks, [R, ...].

    A step along the velocity v, the sum of gradients with momentum, takes θ to
    (θ − pace·v + pull·anchor)/(1 + pull). ``restraints`` makes them.
    """

    pace: Network  # the learning rate of each parameter
    pull: Network  # 0 where nothing draws it back
    anchor: Network  # where to


class Lesson(NamedTuple):
    """A task with all of its training images, or a batch of them."""

    images: jax.Array  # [n, H, W, channels]
    labels: jax.Array  # [n]
    task: jax.Array  # its number, from 0
    head: jax.Array  # the head that it trains

    def batch(self, places: jax.Array) -> Lesson:
        """Some of the images."""
        return self._replace(images=self.images[places], labels=self.labels[places])


def momentum() -> optax.GradientTransformation:
    """Gathers gradients g with momentum, v ← 0.9 v + g, for steps θ ← θ − ηv.

    Stochastic gradient descent is what the theory's updates are the limit of.
    """
    return optax.trace(MOMENTUM)


def cross_entropy(logits: jax.Array, labels: jax.Array) -> jax.Array:
    """The mean cross-entropy of a batch."""
    return optax.softmax_cross_entropy_with_integer_labels(logits, labels).mean()


def squared(logits: jax.Array, labels: jax.Array) -> jax.Array:
    """Half the mean squared distance to what ``targets`` are."""
    return 0.5 * ((logits - targets(labels, logits.shape[-1])) ** 2).sum(-1).mean()


def targets(labels: jax.Array, outputs: int) -> jax.Array:
    """What logits should be by the squared loss: 1 for the label, else 0, less the mean."""
    return jax.nn.one_hot(labels, outputs) - 1 / outputs


LOSS_FUNCTIONS = {"cross-entropy": cross_entropy, "squared": squared}


def loss(network: Network, batch: Lesson, kind: str) -> jax.Array:
    """The loss of a batch, one of ``LOSS_FUNCTIONS``."""
    return LOSS_FUNCTIONS[kind](network(batch.images, batch.head), batch.labels)


def over_runs(one: Callable[..., Tree], *arguments: Tree) -> Tree:
    """A function applied to every run, its arguments with a leading axis [R]."""
    if jax.default_backend() == "cpu":
        return jax.lax.map(lambda run: one(*run), arguments)
    return jax.vmap(one)(*arguments)


def initial(
    seeds: Sequence[int], make: Callable[[np.random.Generator], Network], perturb: float = 0.0
) -> Network:
    """Initial parameters of all runs, [R, ...]; those of one seed are the same.

    ``perturb`` ε multiplies each by 1 + εz with a normal z of its own, to see what rounding does.
    """

    def one(seed: int) -> Network:
        network = make(streams.generator(streams.INITIAL, seed))
        if not perturb:
            return network
        random = streams.generator(streams.PERTURBATION, seed)

        def changed(leaf: jax.Array) -> jax.Array:
            factor = 1 + perturb * random.standard_normal(leaf.shape)
            return jax.device_put((np.asarray(leaf) * factor).astype(np.float32))

        return jax.tree.map(changed, network)

    networks = {seed: one(seed) for seed in dict.fromkeys(seeds)}
    rows = [networks[seed] for seed in seeds]
    return jax.tree.map(lambda *leaves: jax.device_put(np.stack(leaves)), *rows)


@jax.jit
def reset(networks: Network) -> Tree:
    """A new state of the optimizer, as at the start of each task.

    Momentum gathered on the task before points where that task's loss fell.
    """
    return jax.vmap(momentum().init)(networks)


@partial(jax.jit, static_argnames=("size", "kind"), donate_argnames=("networks", "state", "path"))
def epoch(
    networks: Network,
    state: Tree,
    path: Network | None,
    keys: jax.Array,
    restrained: Restrained,
    lesson: Lesson,
    number: jax.Array,
    *,
    size: int,
    kind: str,
) -> tuple[Network, Tree, Network | None, jax.Array]:
    """Train all runs for one epoch, each on the task's images in an order of its own key, of [R].

    ``path``, if there is one, gains −g_j Δθ_j at every step. Images that fill no step of ``size``
    are left out, others in every epoch. Returns the parameters, the state of the optimizer and the
    path, [R, ...], and the mean loss, [R].
    """
    optimizer = momentum()

    def run(
        network: Network, state: Tree, path: Network | None, key: jax.Array, held: Restrained
    ) -> Tree:
        def step(carry: tuple[Network, Tree, Network | None], places: jax.Array) -> Tree:
            network, state, path = carry
            value, gradient = jax.value_and_grad(loss)(network, lesson.batch(places), kind)
            velocity, state = optimizer.update(gradient, state)
            after = jax.tree.map(_stepped, network, velocity, *held)
            if path is not None:
                path = jax.tree.map(
                    lambda sum, slope, new, old: sum - slope * (new - old),
                    *(path, gradient, after, network),
                )
            return (after, state, path), value

        order = order_of(key, lesson.task, number, len(lesson.labels), size)
        (network, state, path), values = jax.lax.scan(step, (network, state, path), order)
        return network, state, path, values.mean()

    return over_runs(run, networks, state, path, keys, restrained)


def _stepped(
    value: jax.Array, velocity: jax.Array, pace: jax.Array, pull: jax.Array, anchor: jax.Array
) -> jax.Array:
    """A parameter after a step, which is θ − pace·v to the last bit where nothing pulls."""
    return (value - pace * velocity + pull * anchor) / (1 + pull)


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
def distances(ends: Network, starts: Network) -> jax.Array:
    """How far the parameters of each module moved, ‖θ_t − θ_{t−1}‖, [R, modules]."""
    squares = [
        sum(
            ((end - start) ** 2).reshape(len(end), -1).sum(1)
            for end, start in zip(jax.tree.leaves(new), jax.tree.leaves(old), strict=True)
        )
        for new, old in zip(ends.modules, starts.modules, strict=True)
    ]
    return jnp.sqrt(jnp.stack(squares, axis=1))


@partial(jax.jit, static_argnames=("kind",))
def halves(networks: Network, keys: jax.Array, lesson: Lesson, *, kind: str) -> jax.Array:
    """Gradients over all modules, of two halves of a sample of the images, [R, 2, parameters]."""
    count = min(PROBED, len(lesson.labels)) // 2

    def run(network: Network, key: jax.Array) -> jax.Array:
        order = jax.random.permutation(jax.random.fold_in(key, lesson.task), len(lesson.labels))
        places = order[: 2 * count].reshape(2, count)

        def gradient(places: jax.Array) -> jax.Array:
            return flat(jax.grad(loss)(network, lesson.batch(places), kind).modules)

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
