"""The hybrid strategy that goes by evidence: how far each block moves is averaged over the data.

With d_b ~ N(0, τ_b I) and noise N the residual has r ~ N(0, K), K = Σ_b τ_b Φ_bᵀΦ_b + N I. From
the second task on an update is the mean of the penalized solutions Δ_b = τ_b Φ_b K⁻¹ r over what τ
and N may be, weighted by their prior and by the marginal likelihood |K|^(−1/2) (rᵀK⁻¹r)^(−n/2), in
which the overall scale is integrated out with Jeffreys' prior. The first task is initialized
training. Where evidence is pooled, ratios of τ and the share of the noise are taken to be the same
at all tasks, and the log-likelihoods of earlier ones are added to the prior.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from update_magnitude.scenarios import Scenario, ScenarioError
from update_magnitude.scenarios.keys import EVIDENCE, POOLED
from update_magnitude.simulations.engines import dense
from update_magnitude.simulations.engines.base import (
    Engine,
    Run,
    as_begun,
    by_task,
    without_records,
)
from update_magnitude.simulations.engines.dense import Data, Task, residual, risks
from update_magnitude.simulations.engines.holding import per_parameter
from update_magnitude.simulations.numerics.least_norm import block_grams
from update_magnitude.simulations.numerics.prior import LEVELS, Prior, points_of, prior_of

if TYPE_CHECKING:
    from jaxtyping import Bool, Float

# The largest likelihood so far; the sum of all, and of likelihoods times Δ, relative to it.
Sums = tuple[jax.Array, jax.Array, jax.Array]


class Problem(NamedTuple):
    """The numbers of G scenarios, of which those that adapt begin as initialized ones."""

    begun: dense.Problem
    root: Float[jax.Array, "tasks scenarios blocks"]  # √v_b
    adapts: Bool[jax.Array, "scenarios"]  # whether the data decide how far blocks move
    pools: Bool[jax.Array, "scenarios"]  # whether likelihoods of earlier tasks count
    prior: Prior


class State(NamedTuple):
    """Where learning stands."""

    number: jax.Array  # of the task that comes next
    theta: Float[jax.Array, "replicates scenarios parameters"]
    # Log-likelihoods that are pooled.
    earlier: Float[jax.Array, "scenarios ratios replicates shares"]


class Shape(dense.Shape):
    """What is compiled in; as for the dense engine, but for the memory that the average takes."""

    __slots__ = ()

    def numbers(self, scenarios: int) -> int:
        """Numbers that a unit of so many scenarios holds at once, at most."""
        few = min(max(self.samples), self.capacity)
        grams = (len(self.sizes) + 8) * max(few, 1) ** 2
        points = points_of(len(self.sizes)) * LEVELS
        return super().numbers(scenarios) + self.unit * (
            grams + 4 * LEVELS * few + 8 * self.capacity + (3 * scenarios + 4) * points
        )


class Evidence(Engine[Shape, Problem]):
    """The dense engine where the data decide how far blocks move."""

    name = "dense"
    alone = True  # for LAPACK, of which two calls at a time may wait for each other for ever

    def shape_of(self, scenarios: Sequence[Scenario]) -> Shape:
        """The common shape of scenarios; those that do not adapt are what they are."""
        for scenario in scenarios:
            if scenario.updates.strategy == "hybrid" and not scenario.updates.goes_by_evidence:
                raise ScenarioError(
                    f"updates.signal = {scenario.updates.signal!r}: beside "
                    f"{' and '.join(map(repr, EVIDENCE))} no other signal can run"
                )
        return Shape(*dense.Dense().shape_of(list(map(as_begun, scenarios))))

    def problem_of(self, scenarios: Sequence[Scenario]) -> Problem:
        """The numbers of scenarios, as arrays."""
        variances = [np.transpose(scenario.features.variance) for scenario in scenarios]
        return Problem(
            begun=dense.Dense().problem_of(list(map(as_begun, scenarios))),
            root=by_task(np.sqrt(variances)),
            adapts=jnp.array([one.updates.goes_by_evidence for one in scenarios]),
            pools=jnp.array([one.updates.signal == POOLED for one in scenarios]),
            prior=prior_of(len(scenarios[0].blocks.sizes)),
        )

    def unit_run(
        self, key: jax.Array, unit: jax.Array | int, shape: Shape, problem: Problem
    ) -> Run:
        """R_i(θ_t) for every replicate of one unit; no records."""
        begun, prior = problem.begun, problem.prior
        zero = jnp.zeros((shape.unit, *begun.tasks.optimum.shape[1:]), begun.optima.dtype)
        points = (len(problem.pools), len(prior.weight), shape.unit, len(prior.share))
        start = State(jnp.asarray(0), zero, jnp.zeros(points, begun.optima.dtype))
        update = partial(_learn, problem, shape.sizes)
        own = jax.random.fold_in(key, unit)
        drawn = dense.one_by_one(update, start, own, shape, begun.tasks)
        return without_records(jnp.moveaxis(drawn, 0, 2))

    def require_digits(self, scenarios: Sequence[Scenario], dtype: str) -> None:
        """Refuse updates near the interpolation threshold in single precision."""
        dense.Dense().require_digits(scenarios, dtype)


def averaged(
    features: Float[jax.Array, "replicates samples parameters"],
    residual: Float[jax.Array, "replicates samples"],
    root: Float[jax.Array, "blocks"],
    prior: Prior,
    earlier: Float[jax.Array, "ratios replicates shares"],
    sizes: Sequence[int],
) -> tuple[Float[jax.Array, "replicates parameters"], Float[jax.Array, "ratios replicates shares"]]:
    """The mean of Δ_b = τ_b Φ_b K⁻¹ r for one scenario, from standardized features Φ̂ᵀ.

    The logarithms of the likelihoods come beside it; those of ``earlier`` tasks are added to
    the prior. For each ratio one eigendecomposition serves all shares of the noise. Sums run from
    one ratio to the next, relative to the largest likelihood so far.
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

    def add(sums: Sums, now: tuple[jax.Array, jax.Array, jax.Array]) -> tuple[Sums, jax.Array]:
        top, whole, mean = sums
        tau, counts, known = now
        fits, delta = solve(known, tau)
        likelihood = jax.nn.logsumexp(fits + known, -1) + counts
        higher = jnp.maximum(top, likelihood)
        kept, here = jnp.exp(top - higher), jnp.exp(likelihood - higher)
        sums = higher, kept * whole + here, kept[:, None] * mean + here[:, None] * delta
        return sums, fits

    none = jnp.full_like(residual[:, 0], -jnp.inf)
    start = (none, jnp.zeros_like(none), jnp.zeros_like(features[:, 0]))
    (_, whole, mean), fits = jax.lax.scan(add, start, (scales, prior.weight, earlier))
    return mean / whole[:, None], fits


def _by_samples(
    features: jax.Array,
    residual: jax.Array,
    grams: jax.Array,
    root: jax.Array,
    shares: jax.Array,
    sizes: Sequence[int],
    earlier: jax.Array,
    tau: jax.Array,
) -> tuple[jax.Array, jax.Array]:
    """The likelihoods of a ratio, one per share, and the mean of Δ over these: n ≤ P."""
    gram = ((tau * root**2)[:, None, None, None] * grams).sum(0)
    values, vectors = jnp.linalg.eigh(gram)
    along = jnp.einsum("unk,un->uk", vectors, residual)
    inverse = 1 / (jnp.maximum(values, 0.0)[:, None] + shares[None, :, None])  # [U, shares, k]
    square = (along[:, None] ** 2 * inverse).sum(-1)
    fits = _fits(jnp.log(inverse).sum(-1) / 2, square, residual.shape[1])
    kept = (jax.nn.softmax(fits + earlier, -1)[..., None] * inverse).sum(1) * along
    dual = jnp.einsum("unk,uk->un", vectors, kept)
    delta = per_parameter(tau * root, sizes)[None] * jnp.einsum("unp,un->up", features, dual)
    return fits, delta


def _by_parameters(
    features: jax.Array,
    residual: jax.Array,
    gram: jax.Array,
    root: jax.Array,
    shares: jax.Array,
    sizes: Sequence[int],
    earlier: jax.Array,
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
    kept = (jax.nn.softmax(fits + earlier, -1)[..., None] * inverse).sum(1) * along
    delta = jnp.einsum("upk,uk->up", vectors, kept)
    return fits, per_parameter(jnp.sqrt(tau), sizes)[None] * delta


def _fits(size: jax.Array, square: jax.Array, samples: int) -> jax.Array:
    """The logarithm of |K|^(−1/2) (rᵀK⁻¹r)^(−n/2); 0 where the residual is, which says nothing."""
    known = square > 0
    return jnp.where(known, size - samples / 2 * jnp.log(jnp.where(known, square, 1.0)), 0.0)


def _learn(
    problem: Problem,
    sizes: tuple[int, ...],
    state: State,
    data: Data,
    task: Task,
) -> tuple[State, jax.Array]:
    """One update of every scenario, and R_i(θ_t)."""
    number, theta, earlier = state
    begun = dense.learn(theta, data, task, sizes)
    root = problem.root[number]
    wide = per_parameter(root, sizes)
    left = residual(wide[None] * theta, data, wide * task.optimum, task.noise)

    def one(now: tuple[jax.Array, ...]) -> tuple[jax.Array, jax.Array]:
        right, own, adapts, known = now
        found: tuple[jax.Array, jax.Array] = jax.lax.cond(
            adapts & (number > 0),
            lambda: averaged(data.features, right, own, problem.prior, known, sizes),
            lambda: (jnp.zeros_like(data.features[:, 0]), jnp.zeros_like(known)),
        )
        return found

    given = (jnp.swapaxes(left, 0, 1), root, problem.adapts, earlier)
    delta, likelihoods = jax.lax.map(one, given)
    earlier = earlier + jnp.where(problem.pools[:, None, None, None], likelihoods, 0.0)
    adapted = theta + task.scale[None, :, None] * jnp.swapaxes(delta, 0, 1)
    decided = (problem.adapts & (number > 0))[None, :, None]
    theta = jnp.where(decided, adapted, begun)
    risk = risks(theta, problem.begun.optima, problem.begun.worth)
    return State(number + 1, theta, earlier), risk
