"""The hybrid strategy that goes by evidence: how far each block moves is averaged over the data.

With d_b ~ N(0, τ_b I) and noise N the residual has r ~ N(0, K), K = Σ_b τ_b Φ_bᵀΦ_b + N I. From
the second task on an update is the mean of the penalized solutions Δ_b = τ_b Φ_b K⁻¹ r over what τ
and N may be, weighted by their prior and by the marginal likelihood |K|^(−1/2) (rᵀK⁻¹r)^(−n/2), in
which the overall scale is integrated out with Jeffreys' prior. The first task is initialized
training.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from update_magnitude.scenarios import Scenario, ScenarioError
from update_magnitude.scenarios.keys import EVIDENCE, SIGNALS
from update_magnitude.simulations.engines import dense
from update_magnitude.simulations.engines.base import Engine, Run, by_task, without_records
from update_magnitude.simulations.engines.dense import Data, Task, residual, risks
from update_magnitude.simulations.engines.holding import per_parameter
from update_magnitude.simulations.numerics.least_norm import block_grams

if TYPE_CHECKING:
    from jaxtyping import Bool, Float

SPREAD = 1.5  # the standard deviation of log τ_1/τ_2
SHARES = (-7.0, 1.5)  # between which log N/Σ τ_b v_b p_b is uniform
RATIOS, LEVELS, POINTS = 13, 18, 64  # in a grid of two blocks, of shares, and of more blocks


# The largest likelihood so far; the sum of all, and of likelihoods times Δ, relative to it.
Sums = tuple[jax.Array, jax.Array, jax.Array]


class Prior(NamedTuple):
    """Points of the prior."""

    ratio: Float[jax.Array, "ratios blocks"]  # τ_b, up to their common scale
    weight: Float[jax.Array, "ratios"]  # the logarithm of how much each counts
    share: Float[jax.Array, "shares"]  # N/Σ τ_b v_b p_b, which all count alike


class Problem(NamedTuple):
    """The numbers of G scenarios, of which those that adapt begin as initialized ones."""

    begun: dense.Problem
    root: Float[jax.Array, "tasks scenarios blocks"]  # √v_b
    adapts: Bool[jax.Array, "scenarios"]  # whether the data decide how far blocks move
    prior: Prior


class Shape(dense.Shape):
    """What is compiled in; as for the dense engine, but for the memory that the average takes."""

    __slots__ = ()

    def numbers(self, scenarios: int) -> int:
        """Numbers that a unit of so many scenarios holds at once, at most."""
        few = min(max(self.samples), self.capacity)
        grams = (len(self.sizes) + 8) * max(few, 1) ** 2
        return super().numbers(scenarios) + self.unit * (
            grams + 4 * LEVELS * few + 8 * self.capacity
        )


class Evidence(Engine[Shape, Problem]):
    """The dense engine where the data decide how far blocks move."""

    name = "dense"
    alone = True  # for LAPACK, of which two calls at a time may wait for each other for ever

    def shape_of(self, scenarios: Sequence[Scenario]) -> Shape:
        """The common shape of scenarios; those that do not adapt are what they are."""
        for scenario in scenarios:
            if scenario.updates.strategy == "hybrid" and scenario.updates.signal != EVIDENCE:
                raise ScenarioError(
                    f"updates.signal = {scenario.updates.signal!r}: beside signal {EVIDENCE!r} no "
                    "other signal can run"
                )
        return Shape(*dense.Dense().shape_of(list(map(_begun, scenarios))))

    def problem_of(self, scenarios: Sequence[Scenario]) -> Problem:
        """The numbers of scenarios, as arrays."""
        variances = [np.transpose(scenario.features.variance) for scenario in scenarios]
        return Problem(
            begun=dense.Dense().problem_of(list(map(_begun, scenarios))),
            root=by_task(np.sqrt(variances)),
            adapts=jnp.array([one.updates.signal == EVIDENCE for one in scenarios]),
            prior=prior_of(len(scenarios[0].blocks.sizes)),
        )

    def unit_run(
        self, key: jax.Array, unit: jax.Array | int, shape: Shape, problem: Problem
    ) -> Run:
        """R_i(θ_t) for every replicate of one unit; no records."""
        begun = problem.begun
        zero = jnp.zeros((shape.unit, *begun.tasks.optimum.shape[1:]), begun.optima.dtype)
        update = partial(_learn, problem, shape.sizes)
        own = jax.random.fold_in(key, unit)
        drawn = dense.one_by_one(update, (jnp.asarray(0), zero), own, shape, begun.tasks)
        return without_records(jnp.moveaxis(drawn, 0, 2))

    def require_digits(self, scenarios: Sequence[Scenario], dtype: str) -> None:
        """Refuse updates near the interpolation threshold in single precision."""
        dense.Dense().require_digits(scenarios, dtype)


def prior_of(
    blocks: int, ratios: int = RATIOS, levels: int = LEVELS, points: int = POINTS
) -> Prior:
    """Points of the prior: a grid for two blocks, a sequence of Halton's for more.

    Logarithms of τ_b are independent, of such a variance that log τ_1/τ_2 has that of the prior.
    """
    if blocks <= 2:
        places = np.linspace(-3, 3, ratios) if blocks == 2 else np.zeros(1)
        logs = SPREAD * places[:, None] * np.array([0.5, -0.5])[None, :blocks]
        weight = -(places**2) / 2
    else:
        places = np.array([_halton(number, blocks) for number in range(1, points + 1)])
        logs = SPREAD / np.sqrt(2) * np.asarray(jax.scipy.special.ndtri(places))
        weight = np.zeros(points)
    low, high = SHARES
    shares = np.exp(low + (high - low) * (np.arange(levels) + 0.5) / levels)
    return Prior(*(jnp.asarray(values, float) for values in (np.exp(logs), weight, shares)))


def _halton(number: int, dimensions: int) -> list[float]:
    """A point of Halton's sequence: the digits of the number in prime bases, after the point."""
    point: list[float] = []
    base = 1
    while len(point) < dimensions:
        base += 1
        if all(base % smaller for smaller in range(2, base)):
            rest, digit, place = number, 1.0, 0.0
            while rest:
                digit /= base
                place += digit * (rest % base)
                rest //= base
            point.append(place)
    return point


def averaged(
    features: Float[jax.Array, "replicates samples parameters"],
    residual: Float[jax.Array, "replicates samples"],
    root: Float[jax.Array, "blocks"],
    prior: Prior,
    sizes: Sequence[int],
) -> Float[jax.Array, "replicates parameters"]:
    """The mean of Δ_b = τ_b Φ_b K⁻¹ r for one scenario, from standardized features Φ̂ᵀ.

    For each ratio one eigendecomposition serves all shares of the noise. Sums run from one ratio to
    the next, relative to the largest likelihood so far.
    """
    weight = root**2 * np.array(sizes, float)
    total = (prior.ratio * weight[None]).sum(1)
    scales = prior.ratio / jnp.where(total > 0, total, 1.0)[:, None]  # Σ τ_b v_b p_b = 1
    few = features.shape[1] <= sum(sizes)
    if few:
        grams = block_grams(features, root > 0, sizes)
    else:
        grams = jnp.einsum("unp,unq->upq", features, features)
    given = (features, residual, grams, root, prior.share)
    solve = partial(_by_samples if few else _by_parameters, *given, sizes)

    def add(sums: Sums, now: tuple[jax.Array, jax.Array]) -> tuple[Sums, None]:
        top, whole, mean = sums
        tau, counts = now
        likelihood, delta = solve(tau)
        likelihood = likelihood + counts
        higher = jnp.maximum(top, likelihood)
        before, here = jnp.exp(top - higher), jnp.exp(likelihood - higher)
        return (
            higher,
            before * whole + here,
            before[:, None] * mean + here[:, None] * delta,
        ), None

    none = jnp.full_like(residual[:, 0], -jnp.inf)
    start = (none, jnp.zeros_like(none), jnp.zeros_like(features[:, 0]))
    _, whole, mean = jax.lax.scan(add, start, (scales, prior.weight))[0]
    return mean / whole[:, None]


def _by_samples(
    features: jax.Array,
    residual: jax.Array,
    grams: jax.Array,
    root: jax.Array,
    shares: jax.Array,
    sizes: Sequence[int],
    tau: jax.Array,
) -> tuple[jax.Array, jax.Array]:
    """The likelihood of a ratio, summed over shares, and the mean of Δ over these: n ≤ P."""
    gram = ((tau * root**2)[:, None, None, None] * grams).sum(0)
    values, vectors = jnp.linalg.eigh(gram)
    along = jnp.einsum("unk,un->uk", vectors, residual)
    inverse = 1 / (jnp.maximum(values, 0.0)[:, None] + shares[None, :, None])  # [U, shares, k]
    square = (along[:, None] ** 2 * inverse).sum(-1)
    fits = _fits(jnp.log(inverse).sum(-1) / 2, square, residual.shape[1])
    kept = (jax.nn.softmax(fits, -1)[..., None] * inverse).sum(1) * along
    dual = jnp.einsum("unk,uk->un", vectors, kept)
    delta = per_parameter(tau * root, sizes)[None] * jnp.einsum("unp,un->up", features, dual)
    return jax.nn.logsumexp(fits, -1), delta


def _by_parameters(
    features: jax.Array,
    residual: jax.Array,
    gram: jax.Array,
    root: jax.Array,
    shares: jax.Array,
    sizes: Sequence[int],
    tau: jax.Array,
) -> tuple[jax.Array, jax.Array]:
    """The same for n > P, where n − P eigenvalues of K are N."""
    scale = per_parameter(jnp.sqrt(tau) * root, sizes)
    values, vectors = jnp.linalg.eigh(gram * scale[None, :, None] * scale[None, None])
    along = jnp.einsum(
        "upk,up->uk", vectors, scale[None] * jnp.einsum("unp,un->up", features, residual)
    )
    inverse = 1 / (jnp.maximum(values, 0.0)[:, None] + shares[None, :, None])
    explained = (along[:, None] ** 2 * inverse).sum(-1)
    left = jnp.maximum((residual**2).sum(-1)[:, None] - explained, 0.0) / shares[None]
    more = (residual.shape[1] - len(scale)) * jnp.log(shares)[None]
    fits = _fits((jnp.log(inverse).sum(-1) - more) / 2, left, residual.shape[1])
    kept = (jax.nn.softmax(fits, -1)[..., None] * inverse).sum(1) * along
    delta = jnp.einsum("upk,uk->up", vectors, kept)
    return jax.nn.logsumexp(fits, -1), per_parameter(jnp.sqrt(tau), sizes)[None] * delta


def _fits(size: jax.Array, square: jax.Array, samples: int) -> jax.Array:
    """The logarithm of |K|^(−1/2) (rᵀK⁻¹r)^(−n/2); a residual of 0 says nothing of any share."""
    return size - samples / 2 * jnp.log(jnp.where(square > 0, square, 1.0))


def _learn(
    problem: Problem,
    sizes: tuple[int, ...],
    state: tuple[jax.Array, jax.Array],
    data: Data,
    task: Task,
) -> tuple[tuple[jax.Array, jax.Array], jax.Array]:
    """One update of every scenario, and R_i(θ_t)."""
    number, theta = state
    begun = dense.learn(theta, data, task, sizes)
    root = problem.root[number]
    wide = per_parameter(root, sizes)
    left = residual(wide[None] * theta, data, wide * task.optimum, task.noise)

    def one(now: tuple[jax.Array, jax.Array, jax.Array]) -> jax.Array:
        right, own, adapts = now
        delta: jax.Array = jax.lax.cond(
            adapts & (number > 0),
            lambda: averaged(data.features, right, own, problem.prior, sizes),
            lambda: jnp.zeros_like(data.features[:, 0]),
        )
        return delta

    delta = jax.lax.map(one, (jnp.swapaxes(left, 0, 1), root, problem.adapts))
    adapted = theta + task.scale[None, :, None] * jnp.swapaxes(delta, 0, 1)
    decided = (problem.adapts & (number > 0))[None, :, None]
    theta = jnp.where(decided, adapted, begun)
    risk = risks(theta, problem.begun.optima, problem.begun.worth)
    return (number + 1, theta), risk


def _begun(scenario: Scenario) -> Scenario:
    """The scenario as it learns its first task."""
    updates = scenario.updates
    if updates.signal != EVIDENCE:
        return scenario
    return replace(scenario, updates=replace(updates, strategy="initialized", signal=SIGNALS[0]))
