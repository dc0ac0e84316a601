"""The draws of the dense engine: features and noise of one unit at one task, and their limits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike, DTypeLike

from update_magnitude.scenarios import Scenario, ScenarioError
from update_magnitude.scenarios.numbers import numbers_of
from update_magnitude.simulations.numerics.normals import normal, sign, uniform

if TYPE_CHECKING:
    from jaxtyping import Float, PRNGKeyArray

FEATURES = {"normal": normal, "sign": sign, "uniform": uniform}  # as scenarios name them
DEPENDENT = 1e-9  # probability of a replicate whose features are linearly dependent, at most
ERRORS = 2**31  # where in a task's stream of bits those of the noise begin, beyond all features


def draw_features(
    key: PRNGKeyArray,
    size: tuple[int, int, int],
    dtype: DTypeLike,
    needed: ArrayLike = True,
    distribution: str = "normal",
) -> Float[jax.Array, "replicates samples parameters"]:
    """Every feature of one unit at one task, Φᵀ, of that size; 0 where none are needed."""
    count = math.prod(size)
    one = FEATURES[distribution]
    # The condition also keeps XLA from fusing the draws with what they are used for, which would
    # make them three times slower on the CPU, where it does not heed optimization barriers.
    drawn: jax.Array = jax.lax.cond(
        jnp.asarray(needed), lambda: one(key, count, dtype), lambda: jnp.zeros(count, dtype)
    )
    return drawn.reshape(size)


def require_independent(scenarios: Sequence[Scenario]) -> None:
    """Refuse features of signs that may be linearly dependent where no penalty makes up for it.

    Of k vectors of l ≥ k signs two are equal or opposite with probability k(k − 1)2^{−l} at most,
    and that is nearly all of the probability that they are dependent; it must be below 10⁻⁹.

    Source: K. Tikhomirov, Singularity of random Bernoulli matrices (2020).
    """
    for scenario in scenarios:
        if scenario.features.distribution != "sign" or scenario.updates.steps is not None:
            continue
        numbers = numbers_of(scenario)
        for task, n in enumerate(scenario.tasks.samples):
            penalized = scenario.updates.penalty[task] or (
                task and scenario.updates.goes_by_evidence
            )
            counts = [int(numbers.update(task, moves).m) for moves in scenario.options(task)]
            m = min(counts, key=lambda count: max(count, n))
            fewer, more = sorted((m, n))
            if not penalized and fewer * (fewer - 1) * 0.5**more > DEPENDENT:
                raise ScenarioError(
                    f"tasks.samples = {n} at task {task + 1}, where {m} parameters move: so few "
                    "signs may be linearly dependent, which the dense engine does not solve; use "
                    "the literal engine, updates.penalty, or larger sizes"
                )


def draw_errors(
    key: PRNGKeyArray, size: tuple[int, int], dtype: DTypeLike
) -> Float[jax.Array, "replicates samples"]:
    """The noise of one unit at one task, of that size, in standard deviations."""
    return normal(key, math.prod(size), dtype, ERRORS).reshape(size)
