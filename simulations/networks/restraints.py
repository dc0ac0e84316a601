"""How tightly each parameter is held, by how much earlier tasks depend on it.

With importances f_j ≥ 0, added up over the earlier tasks, a restraint of strength s is one of two:
*rates*, parameter j learns with the rate times w_j = 1/(1 + s f_j): 1 is initialized training, 0 is
frozen; or a *penalty*, after each step θ_j ← (θ_j + s f_j θ_{t−1,j})/(1 + s f_j), which is the step
of the penalty ½(1 − 0.9) s f_j (θ_j − θ_{t−1,j})²/rate, 0.9 the momentum, that is stable at any
strength. In the linear models rates by the earlier tasks' variances are the least-forgetting
update, and the penalty weighted by them is a constrained one.
"""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree

from update_magnitude.simulations.networks.model import Network
from update_magnitude.simulations.networks.strategies import MODULE_MEANS, SHUFFLED, Restraint
from update_magnitude.simulations.networks.training import Restrained, over_runs


@partial(jax.jit, static_argnames=("rate",))
def free(starts: Network, trains: jax.Array, *, rate: float) -> Restrained:
    """Nothing is held but the modules whose ``trains``, [R, modules], is 0."""
    modules = tuple(
        jax.tree.map(lambda leaf, one=trains[:, place]: _along(rate * one, leaf), module)
        for place, module in enumerate(starts.modules)
    )
    heads = jax.tree.map(lambda leaf: jnp.full_like(leaf, rate), starts.heads)
    none = jax.tree.map(jnp.zeros_like, starts)
    return Restrained(Network(modules, heads), none, starts)


def held(
    restrained: Restrained, restraint: Restraint, given: Network, keys: jax.Array
) -> Restrained:
    """What is free, held by a restraint with the importances ``given``, [R, ...].

    ``keys`` are those of shuffles.
    """
    if restraint.arranged == SHUFFLED:
        given = _shuffled(given, keys)
    elif restraint.arranged == MODULE_MEANS:
        given = _module_means(given)
    factors = jax.tree.map(lambda leaf: restraint.strength * leaf, given)
    if restraint.is_penalty:
        return restrained._replace(pull=factors)
    pace = jax.tree.map(lambda pace, factor: pace / (1 + factor), restrained.pace, factors)
    return restrained._replace(pace=pace)


def _along(rates: jax.Array, leaf: jax.Array) -> jax.Array:
    """A rate for each run in the place of all parameters of a leaf, [R, ...]."""
    return jnp.broadcast_to(rates.reshape(-1, *[1] * (leaf.ndim - 1)), leaf.shape)


@jax.jit
def _shuffled(importance: Network, keys: jax.Array) -> Network:
    """The same values within each module, in an order by chance; a control. Heads stay."""

    def run(tree: Network, key: jax.Array) -> Network:
        modules = []
        for place, module in enumerate(tree.modules):
            values, unravel = ravel_pytree(module)
            modules.append(unravel(jax.random.permutation(jax.random.fold_in(key, place), values)))
        return Network(tuple(modules), tree.heads)

    return over_runs(run, importance, keys)


@jax.jit
def _module_means(importance: Network) -> Network:
    """The mean of each module in the place of all its values; a control. Heads stay."""

    def run(tree: Network) -> Network:
        modules = []
        for module in tree.modules:
            values, unravel = ravel_pytree(module)
            modules.append(unravel(jnp.full_like(values, values.mean())))
        return Network(tuple(modules), tree.heads)

    return over_runs(run, importance)


@partial(jax.jit, static_argnames=("shared_head",))
def averaged(ends: Network, starts: Network, count: jax.Array, *, shared_head: bool) -> Network:
    """The running mean over so many tasks: θ_{t−1} + (θ_t − θ_{t−1})/t of the body."""

    def mean(end: jax.Array, start: jax.Array) -> jax.Array:
        return start + (end - start) / count

    modules = jax.tree.map(mean, ends.modules, starts.modules)
    heads = jax.tree.map(mean, ends.heads, starts.heads) if shared_head else ends.heads
    return Network(modules, heads)
