"""How much what was learned depends on each parameter: what restraints go by.

After a task its importances are measured with a few of its examples; nothing else of it is kept.
All are trees of the shape of a network, with a leading axis of runs, [R, ...].
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp

from update_magnitude.simulations.networks.model import Network
from update_magnitude.simulations.networks.training import Lesson, over_runs

EXAMPLES = 64  # of a task, at most
TOGETHER = 16  # examples whose gradients are taken at once
DAMPING = 0.1  # of squared distances in the importance along the path, as in its source
Gradient = Callable[[Network, jax.Array, Lesson], Network]  # of one example, with a key of its own


def outputs_gradient(network: Network, key: jax.Array, example: Lesson) -> Network:
    """The squared gradient of a random unit combination of the centred outputs of an example.

    Centred, since a shift that all outputs have in common changes no class: f_j = (∂(uᵀz)/∂θ_j)²
    with u uniform on the unit vectors whose entries add up to 0. It knows no label, and it does not
    matter which class has which number.
    """
    drawn = jax.random.normal(key, network.heads.bias.shape[-1:])
    centred = drawn - drawn.mean()
    unit = centred / jnp.linalg.norm(centred)
    return jax.tree.map(jnp.square, jax.grad(lambda net: _outputs(net, example) @ unit)(network))


def fisher_gradient(network: Network, key: jax.Array, example: Lesson) -> Network:
    """The squared gradient of the log-probability of an example's label.

    Source:
        Kirkpatrick et al., Overcoming catastrophic forgetting, PNAS 2017, arXiv 1612.00796
        (elastic weight consolidation), with the diagonal of the empirical Fisher information.
    """
    del key

    def log_probability(net: Network) -> jax.Array:
        return jax.nn.log_softmax(_outputs(net, example))[example.labels]

    return jax.tree.map(jnp.square, jax.grad(log_probability)(network))


def length_gradient(network: Network, key: jax.Array, example: Lesson) -> Network:
    """The absolute gradient of the squared length of an example's outputs.

    Source:
        Aljundi et al., Memory aware synapses, ECCV 2018, arXiv 1711.09601.
    """
    del key
    gradient = jax.grad(lambda net: (_outputs(net, example) ** 2).sum())(network)
    return jax.tree.map(jnp.abs, gradient)


def _outputs(network: Network, example: Lesson) -> jax.Array:
    """Those of the head of the example's task, [outputs]."""
    return network(example.images[None], example.head)[0]


MEASURES: dict[str, Gradient] = {
    "outputs": outputs_gradient,
    "fisher": fisher_gradient,
    "length": length_gradient,
}
UNIFORM, PATH = "uniform", "path"  # that no example is needed for


def importance_of_task(
    kind: str,
    ends: Network,
    starts: Network,
    path: Network | None,
    keys: jax.Array,
    lesson: Lesson,
    *,
    shared_head: bool,
) -> Network:
    """The importances, of any kind, of a task that took runs from ``starts`` to ``ends``.

    ``path`` has Σ −g_j Δθ_j over its steps, where the kind asks for it.
    """
    if kind == UNIFORM:
        return uniform(ends, shared_head=shared_head)
    if path is not None:
        return along_path(path, ends, starts, shared_head=shared_head)
    return measured(ends, keys, lesson, measure=kind, shared_head=shared_head)


@partial(jax.jit, static_argnames=("measure", "shared_head"))
def measured(
    networks: Network, keys: jax.Array, lesson: Lesson, *, measure: str, shared_head: bool
) -> Network:
    """The importances of a task, one of ``MEASURES``, in each run: the mean over its examples.

    Those of outputs are divided by their mean over the body, so that every task counts alike. Heads
    of their own have none: later tasks do not train them.
    """
    count = min(EXAMPLES, len(lesson.labels))
    gradient = MEASURES[measure]

    def run(network: Network, key: jax.Array) -> Network:
        key = jax.random.fold_in(key, lesson.task)
        places = jax.random.permutation(key, len(lesson.labels))[:count]
        keys = jax.random.split(jax.random.fold_in(key, 1), count)

        def one(given: tuple[jax.Array, jax.Array]) -> Network:
            return gradient(network, given[0], lesson.batch(given[1]))

        values = jax.lax.map(one, (keys, places), batch_size=TOGETHER)
        return _of_body(jax.tree.map(lambda leaf: leaf.mean(0), values), shared_head)

    importance = over_runs(run, networks, keys)
    return normalized(importance, shared_head) if measure == "outputs" else importance


@partial(jax.jit, static_argnames=("shared_head",))
def along_path(path: Network, ends: Network, starts: Network, *, shared_head: bool) -> Network:
    """What each parameter contributed to the fall of the loss, by the square of its way.

    Source:
        Zenke, Poole and Ganguli, Synaptic intelligence, ICML 2017, arXiv 1703.04200.
    """

    def share(path: jax.Array, end: jax.Array, start: jax.Array) -> jax.Array:
        return jnp.maximum(path, 0) / ((end - start) ** 2 + DAMPING)

    return _of_body(jax.tree.map(share, path, ends, starts), shared_head)


@partial(jax.jit, static_argnames=("shared_head",))
def uniform(networks: Network, *, shared_head: bool) -> Network:
    """1 for every parameter of the body."""
    return _of_body(jax.tree.map(jnp.ones_like, networks), shared_head)


def normalized(importance: Network, shared_head: bool) -> Network:
    """Divided by the mean over the body of each run."""
    body = (importance.modules, importance.heads if shared_head else None)
    leaves = [leaf.reshape(len(leaf), -1) for leaf in jax.tree.leaves(body)]
    mean = sum(leaf.sum(1) for leaf in leaves) / sum(leaf.shape[1] for leaf in leaves)
    mean = jnp.where(mean > 0, mean, 1.0)
    return jax.tree.map(lambda leaf: leaf / mean.reshape(-1, *[1] * (leaf.ndim - 1)), importance)


def _of_body(tree: Network, shared_head: bool) -> Network:
    """All modules, and the head where tasks share one; 0 for heads of their own."""
    heads = tree.heads if shared_head else jax.tree.map(jnp.zeros_like, tree.heads)
    return Network(tree.modules, heads)
