"""The linearized network f(x) = f_0(x) + J(x)(θ − θ_0) on the real data, each task solved exactly.

J is the Jacobian of the *centred* outputs at the initial parameters θ_0: a shift that all K outputs
have in common is left out, so that an image gives K − 1 equations. A task's targets are the centred
one-hot vectors. With the residual r = y − f_0 − J(θ_{t−1} − θ_0) a task is learned by
Δ = W Jᵀ(J W Jᵀ)⁻¹ r, the solution that gradient descent with the rates W ends at. All in float64:
the kernel J W Jᵀ of a network at its start has eigenvalues that lie seven decades apart.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from numpy.typing import NDArray
from scipy.linalg import LinAlgError, cho_factor, cho_solve, helmert

from update_magnitude.simulations.networks.lessons import head
from update_magnitude.simulations.networks.metrics import Numbers
from update_magnitude.simulations.networks.model import Network
from update_magnitude.simulations.networks.tasks import Tasks
from update_magnitude.simulations.numerics.precision import computing_in

MOST_EQUATIONS = 900  # of a task; where it has more, its first images alone are learned
MEMORY = 2**28  # bytes, at most, of the Jacobian of some images
TOGETHER = 64  # images whose outputs are computed at once
SOLVED = 1e-12  # of the squared residual: what may be left where a kernel is factored
LEAST = 1e-12  # of the largest eigenvalue of a kernel: what is below is rounding
Pixels = NDArray[np.float32]
Rows = Callable[[int], Numbers]  # a part of a Jacobian by its number, [equations, parameters]


class Kernels(NamedTuple):
    """Inner products of the gradients of a task's N equations."""

    parts: Numbers  # by module, the heads last, [modules + 1, N, N]
    rated: Numbers  # over all parameters, each times its rate, [N, N]


class Measured(NamedTuple):
    """What comes of one network; strategies are those of ``weights`` in ``learned``."""

    trace: Numbers  # tr K/N of the kernel of each task and module, the heads last, [T, modules + 1]
    square: Numbers  # tr K²/N² of the same
    unsolved: Numbers  # the share of the squared residual that is left, [strategies, T]
    # Mean squared distance of centred outputs and targets on a task's test images, and the share
    # that is right, after every task; of tasks just learned, and of all at the end. Else NaN.
    error: Numbers  # [strategies, T, T]
    accuracy: Numbers  # [strategies, T, T]
    start: Numbers  # the error at θ_0, [T]


def effective_dimension(trace: Numbers, square: Numbers) -> Numbers:
    """(tr K)²/tr K²: in how many directions of equal variance features would have such a kernel.

    Never more than the equations N; of features of equal variance in p directions it is close to
    Np/(N + p + 1).

    Example:
        >>> kernel = np.diag([2.0, 2.0, 2.0, 0.0])
        >>> float(effective_dimension(np.trace(kernel), (kernel**2).sum()))
        3.0
    """
    dimension: Numbers = trace**2 / square
    return dimension


def images_learned(tasks: Tasks) -> int:
    """How many images of a task the linearized network learns."""
    return int(min(tasks.labels.shape[1], max(1, MOST_EQUATIONS // (tasks.outputs - 1))))


def learned(network: Network, tasks: Tasks, weights: list[Numbers], rates: Numbers) -> Measured:
    """All tasks, learned one after another by the linearized network.

    Args:
        network: the parameters θ_0.
        tasks: the tasks; of their training images the first are learned.
        weights: of each strategy but the last the weight of every module and of the heads at tasks
            after the first, 0 or 1, [modules + 1].
        rates: of the last strategy, by task and parameter, [T, P]; those of the first task are 1.
    """
    with computing_in("float64"):
        start = jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.float64), network)
        ends = np.cumsum(
            [0, *(ravel_pytree(part)[0].size for part in (*start.modules, start.heads))]
        )
        return _learned(_Start(start, ends), tasks, weights, rates)


class _Start(NamedTuple):
    """A network in float64, and where in the vector of all parameters each module begins."""

    network: Network
    ends: NDArray[np.int64]  # [modules + 2]

    def spread(self, weights: Numbers) -> Numbers:
        """The weights of modules, for every parameter, [P]."""
        every: Numbers = np.repeat(weights, np.diff(self.ends))
        return every


def _learned(start: _Start, tasks: Tasks, weights: list[Numbers], rates: Numbers) -> Measured:
    count, images = tasks.count, images_learned(tasks)
    moved = np.zeros((len(weights) + 1, start.ends[-1]))
    parts = len(start.ends) - 1
    trace, square = np.empty((count, parts)), np.empty((count, parts))
    unsolved = np.empty((len(moved), count))
    error, accuracy = (np.full((len(moved), count, count), np.nan) for _ in range(2))
    for task in range(count):
        rows, pieces = jacobian_rows(start.network, tasks.images[task, :images], head(tasks, task))
        kernels = kernels_of(rows, pieces, start.ends, rates[task])
        trace[task] = np.einsum("mii->m", kernels.parts) / kernels.parts.shape[1]
        square[task] = (kernels.parts**2).mean((1, 2))
        first = [np.ones(parts)] * len(weights)
        inside = weights if task else first
        grams = [*(np.tensordot(one, kernels.parts, 1) for one in inside), kernels.rated]
        residual = _residual(start, moved, tasks, task, images)
        solutions = np.array([solution(*pair) for pair in zip(grams, residual, strict=True)])
        left = residual - np.einsum("snm,sm->sn", np.array(grams), solutions)
        unsolved[:, task] = (left**2).sum(1) / np.maximum((residual**2).sum(1), 1e-300)
        steps = _back(rows, pieces, solutions)
        moved += np.array([*map(start.spread, inside), rates[task]]) * steps
        for other in range(count) if task == count - 1 else [task]:
            error[:, task, other], accuracy[:, task, other] = _tested(start, moved, tasks, other)
    still = np.zeros((len(moved), start.ends[-1]))
    before = [_tested(start, still, tasks, task)[0][0] for task in range(count)]
    return Measured(trace, square, unsolved, error, accuracy, np.array(before))


def jacobian_rows(network: Network, images: Pixels, place: jax.Array) -> tuple[Rows, int]:
    """The Jacobian of some images' centred outputs in parts of bounded size, and how many."""
    outputs = network.heads.bias.shape[-1] - 1
    size = sum(leaf.size for leaf in jax.tree.leaves(network))
    together = min(len(images), max(1, MEMORY // (8 * size * outputs)))
    pieces = -(-len(images) // together)

    @lru_cache(maxsize=2)
    def rows(piece: int) -> Numbers:
        first = piece * together
        some = images[first : first + together]
        found = _jacobian(network, padded_to(some, together), place)
        return np.asarray(found)[: len(some) * outputs]

    return rows, pieces


def kernels_of(rows: Rows, pieces: int, ends: NDArray[np.int64], rates: Numbers) -> Kernels:
    """The kernels of a task, part by part of its Jacobian, of which two are in memory at once."""
    table: list[list[Numbers]] = []
    for first in range(pieces):
        left, row = rows(first), []
        rated = left * rates
        for second in range(first + 1):
            right = left if second == first else rows(second)
            parts = [left[:, low:high] @ right[:, low:high].T for low, high in pairwise(ends)]
            row.append(np.array([*parts, rated @ right.T]))
        table.append(row)
    for first in range(pieces):
        table[first] += [table[second][first].swapaxes(1, 2) for second in range(first + 1, pieces)]
    whole = np.concatenate([np.concatenate(row, axis=2) for row in table], axis=1)
    return Kernels(whole[:-1], whole[-1])


def solution(kernel: Numbers, residual: Numbers) -> Numbers:
    """K⁻¹r; directions in which the kernel is nothing but rounding are left out."""
    with suppress(LinAlgError):
        found: Numbers = cho_solve(cho_factor(kernel, lower=True), residual)
        left = residual - kernel @ found
        if left @ left <= SOLVED * (residual @ residual):
            return found
    values, vectors = np.linalg.eigh(kernel)
    kept = values > LEAST * values[-1]
    along: Numbers = vectors[:, kept] @ ((vectors[:, kept].T @ residual) / values[kept])
    return along


def _back(rows: Rows, pieces: int, solutions: Numbers) -> Numbers:
    """Jᵀa of each strategy, [strategies, P]."""
    parts, first = [], 0
    for piece in range(pieces):
        part = rows(piece)
        parts.append(solutions[:, first : first + len(part)] @ part)
        first += len(part)
    return np.sum(parts, axis=0)


def _residual(start: _Start, moved: Numbers, tasks: Tasks, task: int, images: int) -> Numbers:
    """What f lacks of y on the images that are learned, [strategies, N]."""
    found = _outputs(start, moved, tasks.images[task, :images], head(tasks, task))
    target = _targets(tasks.labels[task, :images], tasks.outputs)
    residual: Numbers = (target - found).reshape(len(moved), -1)
    return residual


def _tested(start: _Start, moved: Numbers, tasks: Tasks, task: int) -> tuple[Numbers, Numbers]:
    """Errors and accuracies on a task's test images, [strategies] each."""
    labels = tasks.test_labels[task]
    found = _outputs(start, moved, tasks.test_images[task], head(tasks, task))
    error = ((found - _targets(labels, tasks.outputs)) ** 2).sum(2).mean(1)
    classes = (found @ helmert(tasks.outputs)).argmax(2)
    return error, (classes == labels).mean(1)


def _outputs(start: _Start, moved: Numbers, images: Pixels, place: jax.Array) -> Numbers:
    """Centred outputs of a head, a few images at once, [strategies, images, outputs − 1]."""
    moves = jax.vmap(ravel_pytree(start.network)[1])(jnp.asarray(moved))
    found = [
        np.asarray(_linear_outputs(start.network, moves, padded_to(batch, TOGETHER), place))
        for batch in np.split(images, range(TOGETHER, len(images), TOGETHER))
    ]
    return np.concatenate(found, axis=1)[:, : len(images)]


def padded_to(images: Pixels, count: int) -> Numbers:
    """So many images in float64, those that are missing black."""
    filled = np.zeros((count, *images.shape[1:]))
    filled[: len(images)] = images
    return filled


def _targets(labels: NDArray[np.int32], outputs: int) -> Numbers:
    """Centred one-hot vectors in the coordinates of centred outputs, [n, outputs − 1]."""
    found: Numbers = helmert(outputs).T[labels]
    return found


def _centred(logits: jax.Array) -> jax.Array:
    """Logits without what they have in common, in K − 1 orthonormal coordinates."""
    return logits @ jnp.asarray(helmert(logits.shape[-1]).T)


@jax.jit
def _jacobian(network: Network, images: jax.Array, place: jax.Array) -> jax.Array:
    """∂(centred outputs)/∂θ, [images · (outputs − 1), P]."""

    def rows(image: jax.Array) -> jax.Array:
        found = jax.jacrev(lambda net: _centred(net(image[None], place))[0])(network)
        return jnp.concatenate([leaf.reshape(len(leaf), -1) for leaf in jax.tree.leaves(found)], 1)

    every = jax.vmap(rows)(images)
    return every.reshape(-1, every.shape[-1])


@jax.jit
def _linear_outputs(
    network: Network, moves: Network, images: jax.Array, place: jax.Array
) -> jax.Array:
    """Centred outputs of the linearized network, [strategies, images, outputs − 1]."""

    def moved(move: Network) -> jax.Array:
        start, change = jax.jvp(lambda net: _centred(net(images, place)), (network,), (move,))
        return start + change

    return jax.vmap(moved)(moves)
