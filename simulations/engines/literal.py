"""The literal engine: the definition of the model, one replicate after another, nothing clever.

It is the witness that the dense engine is tested against, so it shares nothing with it but the
coordinates of the optima and the points of the prior: random numbers are those of jax, and so are
the solvers. It is slow.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

from update_magnitude.scenarios import Scenario, coordinates
from update_magnitude.scenarios.keys import POOLED
from update_magnitude.simulations.engines.base import Engine, Run, as_begun, without_records
from update_magnitude.simulations.numerics.prior import LEVELS, prior_of

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Int, PRNGKeyArray


class Held(NamedTuple):
    """What scenarios say beyond normal features of variance 1 and solutions of minimum norm."""

    variance: Float[jax.Array, "*scenarios tasks parameters"]  # v_t
    weights: Float[jax.Array, "*scenarios tasks parameters"]  # ρ_t
    penalty: Float[jax.Array, "*scenarios tasks"]  # λ_t
    steps: Int[jax.Array, "*scenarios tasks"]  # k_t of descent; 0 where the update is the solution
    rate: Float[jax.Array, "*scenarios tasks"]  # η_t


class Adaptation(NamedTuple):
    """Whether scenarios let the data decide how far blocks move, and the points of the prior."""

    adapts: Bool[jax.Array, "*scenarios"]
    pools: Bool[jax.Array, "*scenarios"]  # whether likelihoods of earlier tasks count
    ratio: Float[jax.Array, "*scenarios ratios parameters"]  # τ_b, up to their common scale
    weight: Float[jax.Array, "*scenarios ratios"]  # the logarithm of how much each counts
    share: Float[jax.Array, "*scenarios shares"]  # N/Σ τ_b v_b p_b


class Problem(NamedTuple):
    """The numbers of one scenario, or of several, whose axis is in front."""

    optima: Float[jax.Array, "*scenarios tasks parameters"]  # θ*_t
    noise: Float[jax.Array, "*scenarios tasks"]  # σ_t
    scale: Float[jax.Array, "*scenarios tasks"]  # α_t
    # 1 for the parameters in S_t, 0 for the others.
    moves: Float[jax.Array, "*scenarios tasks parameters"]
    reset: Bool[jax.Array, "*scenarios tasks"]  # whether θ is set to 0 before the update
    held: Held | None = None  # None where no scenario says anything of it
    adaptation: Adaptation | None = None  # None where none does


class Shape(NamedTuple):
    """What is compiled in."""

    capacity: int  # P
    samples: tuple[int, ...]  # n_t
    distribution: str = "normal"  # of the features
    held: bool = False  # whether any scenario says what is in ``Held``
    adapts: bool = False  # whether any lets the data decide how far blocks move
    unit: int = 64  # replicates that have one key

    @property
    def normals(self) -> int:
        """Variates drawn per replicate."""
        return (self.capacity + 1) * sum(self.samples)

    def numbers(self, scenarios: int) -> int:
        """Numbers that a unit of so many scenarios holds at once, at most."""
        tasks = len(self.samples)
        solver = 4 * (2 * self.capacity + max(self.samples)) ** 2  # of singular values
        states = scenarios * tasks * (self.unit * tasks + 10 * self.capacity)
        averages = 4 * LEVELS * max(self.samples) ** 2 if self.adapts else 0
        return 6 * self.normals + solver + states + averages


Draws = tuple[jax.Array, jax.Array]  # of one task in one replicate: standardized Φᵀ, and ε/σ


class Literal(Engine[Shape, Problem]):
    """Every feature is drawn, and every least-squares problem solved by itself."""

    name = "literal"
    alone = True  # for LAPACK, of which two calls at a time may wait for each other for ever

    def shape_of(self, scenarios: Sequence[Scenario]) -> Shape:
        """What the scenarios have in common: parameters, samples and how features are drawn."""
        shapes = {
            (each.blocks.capacity, tuple(each.tasks.samples), each.features.distribution)
            for each in scenarios
        }
        if len(shapes) != 1:
            raise ValueError("scenarios that run together have the same blocks and samples")
        return Shape(
            *shapes.pop(),
            held=not all(each.is_isotropic for each in scenarios),
            adapts=any(each.updates.goes_by_evidence for each in scenarios),
        )

    def problem_of(self, scenarios: Sequence[Scenario]) -> Problem:
        """The numbers of scenarios, as arrays."""
        adaptation = _adaptation(scenarios)
        held = _held(scenarios) if self.shape_of(scenarios).held else None
        scenarios = list(map(as_begun, scenarios))
        steps = [scenario.schedule for scenario in scenarios]
        moves = [[step.trainable for step in row] for row in steps]
        return Problem(
            optima=jnp.asarray(np.stack([_optima(scenario) for scenario in scenarios])),
            noise=jnp.asarray([scenario.tasks.noise for scenario in scenarios], float),
            scale=jnp.asarray([[step.scale for step in row] for row in steps], float),
            moves=_repeated(moves, scenarios),
            reset=jnp.asarray([[step.reset for step in row] for row in steps]),
            held=held,
            adaptation=adaptation,
        )

    def unit_run(
        self, key: jax.Array, unit: jax.Array | int, shape: Shape, problem: Problem
    ) -> Run:
        """R_i(θ_t) for every replicate of one unit; no records."""

        def replicate(key: jax.Array) -> jax.Array:
            draws = [
                draw(jax.random.fold_in(key, t), (n, shape.capacity), shape.distribution)
                for t, n in enumerate(shape.samples)
            ]
            each = [part_of(problem, g) for g in range(len(problem.optima))]
            return jnp.stack([risks(draws, scenario) for scenario in each])

        keys = jax.random.split(jax.random.fold_in(key, unit), shape.unit)
        return without_records(jax.lax.map(replicate, keys))


def part_of(problem: Problem, number: int) -> Problem:
    """The numbers of one scenario of several."""
    one: Problem = jax.tree.map(lambda part: part[number], problem)
    return one


def draw(
    key: PRNGKeyArray, size: tuple[int, int], distribution: str = "normal"
) -> tuple[Float[jax.Array, "samples parameters"], Float[jax.Array, "samples"]]:
    """Features, of variance 1, and noise of one task, of that size."""
    features, errors = jax.random.split(key)
    if distribution == "sign":
        drawn = jax.random.rademacher(features, size, float)
    elif distribution == "uniform":
        drawn = jax.random.uniform(features, size, minval=-(3**0.5), maxval=3**0.5)
    else:
        drawn = jax.random.normal(features, size)
    return drawn, jax.random.normal(errors, size[:1])


def risks(draws: Sequence[Draws], scenario: Problem) -> Float[jax.Array, "tasks tasks"]:
    """R_i(θ_t) of one replicate of one scenario.

    y = Φᵀθ*_t + σ_t ε, with features √v_t times the standardized ones; θ moves by α_t times the
    update for the residual y − Φᵀθ. R_i(θ) = Σ_j v_{i,j} (θ_j − θ*_{i,j})².
    """
    theta, earlier = jnp.zeros_like(scenario.optima[0]), jnp.zeros(())
    variance = jnp.ones_like(scenario.optima) if scenario.held is None else scenario.held.variance
    after = []
    for t, (standardized, errors) in enumerate(draws):
        theta = jnp.where(scenario.reset[t], 0.0, theta)
        features = standardized * jnp.sqrt(variance[t])[None]
        outcomes = features @ scenario.optima[t] + scenario.noise[t] * errors
        residual = outcomes - features @ theta
        delta = update(features, residual, scenario, t)
        if t > 0 and scenario.adaptation is not None:
            adaptation = scenario.adaptation
            average, likelihoods = averaged(features, residual, variance[t], adaptation, earlier)
            delta = jnp.where(adaptation.adapts, average, delta)
            earlier = earlier + jnp.where(adaptation.pools, likelihoods, 0.0)
        theta = theta + scenario.scale[t] * delta
        squares = (theta[None] - scenario.optima) ** 2
        after.append((variance * squares).sum(-1))
    return jnp.stack(after)


def update(
    features: Float[jax.Array, "samples parameters"],
    residual: Float[jax.Array, "samples"],
    scenario: Problem,
    t: int,
) -> Float[jax.Array, "parameters"]:
    """Δ that minimizes (1/n)‖r − Φ_SᵀΔ‖² + λ Σρ_j Δ_j², or where some steps of descent end.

    With Δ = u/√ρ it is least squares in u, of least norm with λ = 0. Features of parameters that do
    not move are set to 0, and so Δ is 0 there.
    """
    moves, samples, held = scenario.moves[t], len(residual), scenario.held
    if held is None:
        return jnp.linalg.lstsq(features * moves[None], residual)[0]
    shares = moves / jnp.sqrt(held.weights[t])
    rows = jnp.sqrt(samples * held.penalty[t]) * jnp.eye(len(moves))  # whose squares are λn‖u‖²
    left = jnp.concatenate([features * shares[None], rows])
    right = jnp.concatenate([residual, jnp.zeros_like(moves)])
    solution = shares * jnp.linalg.lstsq(left, right)[0]

    def step(_: int, delta: jax.Array) -> jax.Array:
        slope = -(features.T @ (residual - features @ delta)) / samples
        return delta - held.rate[t] * shares**2 * slope

    end = jax.lax.fori_loop(0, held.steps[t], step, jnp.zeros_like(moves))
    return jnp.where(held.steps[t] > 0, end, solution)


def averaged(
    features: Float[jax.Array, "samples parameters"],
    residual: Float[jax.Array, "samples"],
    variance: Float[jax.Array, "parameters"],
    adaptation: Adaptation,
    earlier: Float[jax.Array, "..."],
) -> tuple[Float[jax.Array, "parameters"], Float[jax.Array, "ratios shares"]]:
    """The mean of penalized solutions over the prior, and the logarithms of the likelihoods.

    ``earlier`` are log-likelihoods of the same points from earlier tasks; they are added.
    With d ~ N(0, diag τ) and noise N, r ~ N(0, K) with K = Φᵀ diag(τ) Φ + N I, of which the mean of
    d given r is τ Φ K⁻¹ r. A residual of 0 says nothing.
    """
    _, _, ratios, weight, shares = adaptation

    def solve(ratio: jax.Array, share: jax.Array) -> tuple[jax.Array, jax.Array]:
        total = (ratio * variance).sum()
        tau = ratio / jnp.where(total > 0, total, 1.0)
        K = (features * tau[None]) @ features.T + share * jnp.eye(len(residual))
        solved = jnp.linalg.solve(K, residual)
        square = residual @ solved
        fit = -(jnp.linalg.slogdet(K)[1] + len(residual) * jnp.log(square)) / 2
        return jnp.where(square > 0, fit, 0.0), tau * (features.T @ solved)

    fits, solutions = jax.lax.map(lambda ratio: jax.vmap(solve, (None, 0))(ratio, shares), ratios)
    counts = jax.nn.softmax(fits + earlier + weight[:, None], axis=(0, 1))
    return (counts[..., None] * solutions).sum((0, 1)), fits


def _adaptation(scenarios: Sequence[Scenario]) -> Adaptation | None:
    """What scenarios say of adapting, if any does."""
    updates = [scenario.updates for scenario in scenarios]
    if not any(each.goes_by_evidence for each in updates):
        return None
    priors = [prior_of(len(scenario.blocks.sizes)) for scenario in scenarios]
    return Adaptation(
        adapts=jnp.asarray([each.goes_by_evidence for each in updates]),
        pools=jnp.asarray([each.signal == POOLED for each in updates]),
        ratio=_repeated([prior.ratio for prior in priors], scenarios),
        weight=jnp.stack([prior.weight for prior in priors]),
        share=jnp.stack([prior.share for prior in priors]),
    )


def _held(scenarios: Sequence[Scenario]) -> Held:
    """What scenarios say of variances and updates."""
    steps = [as_begun(scenario).schedule for scenario in scenarios]
    variances = [np.transpose(scenario.features.variance) for scenario in scenarios]
    return Held(
        variance=_repeated(variances, scenarios),
        weights=_repeated([[step.weights for step in row] for row in steps], scenarios),
        penalty=jnp.asarray([[step.penalty for step in row] for row in steps], float),
        steps=jnp.asarray([[step.steps or 0 for step in row] for row in steps]),
        rate=jnp.asarray([[step.rate or 0.0 for step in row] for row in steps], float),
    )


def _repeated(
    values: Sequence[ArrayLike], scenarios: Sequence[Scenario]
) -> Float[jax.Array, "scenarios tasks parameters"]:
    """Numbers per task and block, for each of the parameters."""
    pairs = zip(values, scenarios, strict=True)
    rows = [np.repeat(np.asarray(value), one.blocks.sizes, axis=1) for value, one in pairs]
    return jnp.asarray(np.stack(rows), float)


def _optima(scenario: Scenario) -> Float[np.ndarray, "tasks parameters"]:
    """θ*_t: the coordinates of each block, and 0 in the rest of it."""
    blocks = zip(coordinates(scenario), scenario.blocks.sizes, strict=True)
    padded = [np.pad(block, ((0, 0), (0, size)))[:, :size] for block, size in blocks]
    return np.concatenate(padded, axis=1).astype(float)
