"""Gradients of two tasks, literally: at a common point, and each at the start of its own task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp

from update_magnitude.scenarios import Scenario, coordinates
from update_magnitude.simulations.engines.base import AnyEngine
from update_magnitude.simulations.engines.dense import Problem, Shape, learn, residual
from update_magnitude.simulations.engines.signals import halves
from update_magnitude.simulations.measures.base import DrawnMeasure, draw, task_of

if TYPE_CHECKING:
    from jaxtyping import Float

Given = tuple[Problem, float | jax.Array]  # the numbers of the scenario, and ‖δ‖²

# What is read from every replicate, in this order.
COMMON, OWN, NORM, DISTANCE, SPREAD, COSINE_COMMON, COSINE_OWN = range(7)


@dataclass(frozen=True)
class Gradients(DrawnMeasure[Given]):
    """Gradients of the first two tasks of a scenario; the first is learned from θ_0 = 0.

    Read per replicate, with g_k(θ) the gradient of task k on its own samples, g′ and g″ those on
    the halves of them, and ‖δ‖ the distance of the two optima:

    - ⟨g_2, g_1⟩ at the common point θ_0;
    - ⟨g_2(θ_1), g_1(θ_0)⟩, each at the start of its own task;
    - ‖g_1(θ_0)‖²;
    - the distance estimate ⟨g_2′ − g_1′, g_2″ − g_1″⟩ at θ_0, and its squared deviation from ‖δ‖²;
    - the cosines of the first two.
    """

    def require(self, engine: AnyEngine, scenarios: Sequence[Scenario]) -> None:
        """Refuse a single task, and batches that cannot be split."""
        super().require(engine, scenarios)
        tasks = scenarios[0].tasks
        if tasks.count < 2 or min(tasks.samples) < 2:
            raise ValueError("gradients are compared between two tasks of two samples at least")

    def numbers(self, shape: Shape, scenarios: Sequence[Scenario], devices: int) -> int:
        """Twice those of a unit of updates."""
        return 2 * shape.numbers(1)

    def given(self, engine: AnyEngine, scenarios: Sequence[Scenario]) -> Given:
        """The numbers of the scenario, and ‖δ‖²."""
        steps = [block[1] - block[0] for block in coordinates(scenarios[0])]
        return engine.problem_of(scenarios), sum(float((step**2).sum()) for step in steps)

    def read(
        self, engine: AnyEngine, key: jax.Array, unit: jax.Array, shape: Shape, given: Given
    ) -> Float[jax.Array, "replicates 7"]:
        """What the constants above name, in their order."""
        (problem, squared), own = given, jax.random.fold_in(key, unit)
        start = jnp.zeros((shape.unit, 1, shape.capacity))
        data = [
            draw(jax.random.fold_in(own, k), (shape.unit, shape.samples[k], shape.capacity))
            for k in range(2)
        ]

        def gradients(theta: jax.Array, k: int) -> jax.Array:
            left = residual(theta, data[k], problem.optima[:, k], problem.tasks.noise[k])
            return halves(data[k].features, left)[:, :, 0]

        first, common = gradients(start, 0), gradients(start, 1)
        after = learn(start, data[0], task_of(problem, 0), shape.sizes)
        return _compared(first, common, gradients(after, 1), squared)


def _compared(
    first: Float[jax.Array, "3 replicates parameters"],
    common: Float[jax.Array, "3 replicates parameters"],
    own: Float[jax.Array, "3 replicates parameters"],
    squared: float | Float[jax.Array, ""],
) -> Float[jax.Array, "replicates 7"]:
    """All that is read from gradients as ``halves`` has them.

    They are those of the first task at θ_0, of the second at θ_0 and of the second at θ_1.
    """
    apart = common - first
    distance = (apart[0] * apart[1]).sum(-1)
    products = [(common[2] * first[2]).sum(-1), (own[2] * first[2]).sum(-1)]
    norm = (first[2] ** 2).sum(-1)
    cosines = [
        product / jnp.sqrt(norm * (second[2] ** 2).sum(-1))
        for product, second in zip(products, (common, own), strict=True)
    ]
    return jnp.stack([*products, norm, distance, (distance - squared) ** 2, *cosines], -1)
