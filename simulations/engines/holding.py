"""What the dense engine knows of scenarios beyond plain ones: variances, weights, penalties, steps.

Scenarios are *plain* where features are normal with variance 1 and updates minimum-norm solutions;
for them nothing of this is compiled in.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from update_magnitude.scenarios import Scenario
from update_magnitude.scenarios.schema import Step
from update_magnitude.simulations.engines.base import by_task
from update_magnitude.simulations.numerics.constrained import Holding, constrained, holding
from update_magnitude.simulations.numerics.descent import Descent, descended
from update_magnitude.simulations.numerics.least_norm import either

if TYPE_CHECKING:
    from jaxtyping import Float

Way = tuple[tuple[float, ...], float]  # s_b of every block, 0 where it does not move, and nλ


class Held(NamedTuple):
    """How the updates of a task are held, or of several, whose axis is in front."""

    root: Float[jax.Array, "*tasks scenarios blocks"]  # √v_b
    holding: Holding
    descent: Descent | None  # None where no update is some steps of descent


def is_held(scenarios: Sequence[Scenario]) -> bool:
    """Whether any of the scenarios is not plain."""
    return not all(scenario.is_isotropic for scenario in scenarios)


def descends(scenarios: Sequence[Scenario]) -> bool:
    """Whether any of the scenarios makes steps of descent."""
    return any(scenario.updates.steps is not None for scenario in scenarios)


def ways(scenarios: Sequence[Scenario], schedules: Sequence[Sequence[Step]]) -> list[list[Way]]:
    """How each scenario is held at each task, [T][G]."""
    return [
        [
            way_of(scenario, step, task)
            for scenario, step in zip(scenarios, (row[task] for row in schedules), strict=True)
        ]
        for task in range(scenarios[0].tasks.count)
    ]


def held_by(scenarios: Sequence[Scenario], schedules: Sequence[Sequence[Step]], most: int) -> Held:
    """How all updates are held; so many ways at a task, at most."""
    sizes, samples = scenarios[0].blocks.sizes, np.array(scenarios[0].tasks.samples)
    shares, penalties, chosen = [], [], []
    nothing: Way = ((0.0,) * len(sizes), 0.0)
    for now in ways(scenarios, schedules):
        known = list(dict.fromkeys(now))
        chosen.append([[known.index(way) for way in now]])
        known += [nothing] * (most - len(known))
        shares.append([share for share, _ in known])
        penalties.append([penalty for _, penalty in known])
    variances = [np.transpose(scenario.features.variance) for scenario in scenarios]
    return Held(
        root=by_task(np.sqrt(variances)),
        holding=holding(shares, penalties, chosen, sizes, samples),
        descent=_descent(scenarios, schedules) if descends(scenarios) else None,
    )


def held_update(
    features: Float[jax.Array, "replicates samples parameters"],
    residual: Float[jax.Array, "replicates scenarios samples"],
    held: Held,
    sizes: Sequence[int],
) -> Float[jax.Array, "replicates scenarios parameters"]:
    """Δ for standardized features Φ̂ᵀ and residuals r; 0 where a block is not seen or is frozen."""
    root = per_parameter(held.root, sizes)
    if held.descent is None:
        delta = constrained(features, residual, held.holding, sizes)
    else:
        steps = held.descent.steps
        solution = either(
            (steps == 0).any(),
            lambda: constrained(features, residual, held.holding, sizes),
            lambda: jnp.zeros((*residual.shape[:2], sum(sizes)), features.dtype),
        )
        end = descended(features, residual, held.descent, sizes)
        delta = jnp.where((steps > 0)[None, :, None], end, solution)
    return delta / jnp.where(root > 0, root, 1.0)[None]


def per_parameter(
    blocks: Float[jax.Array, "*several blocks"], sizes: Sequence[int]
) -> Float[jax.Array, "*several parameters"]:
    """The numbers of blocks, for each of their parameters."""
    return jnp.repeat(blocks, np.array(sizes), axis=-1, total_repeat_length=sum(sizes))


def variances_of(scenarios: Sequence[Scenario]) -> Float[jax.Array, "scenarios tasks parameters"]:
    """v_{i,b} for each of the parameters, by which errors count in R_i."""
    variances = [np.transpose(scenario.features.variance) for scenario in scenarios]
    rows: NDArray[np.float64] = np.repeat(variances, scenarios[0].blocks.sizes, axis=2)
    return jnp.asarray(rows, float)


def way_of(scenario: Scenario, step: Step, task: int) -> Way:
    """How an update is held."""
    variances = [series[task] for series in scenario.features.variance]
    blocks = zip(variances, step.weights, step.trainable, strict=True)
    share = tuple(variance / weight if moves else 0.0 for variance, weight, moves in blocks)
    return share, scenario.tasks.samples[task] * step.penalty


def _descent(scenarios: Sequence[Scenario], schedules: Sequence[Sequence[Step]]) -> Descent:
    samples = np.array(scenarios[0].tasks.samples)
    share = np.array([[way for way, _ in now] for now in ways(scenarios, schedules)])  # [T, G, B]
    rate = np.array([[step.rate or 0.0 for step in row] for row in schedules]).T
    steps = [[step.steps or 0 for step in row] for row in schedules]
    rates = rate[..., None] * share / samples[:, None, None]
    return Descent(jax.device_put(rates.astype(float)), by_task(steps, int))
