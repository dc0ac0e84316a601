"""Gradients of two tasks, literally: at a common point, and each at the start of its own task."""

from __future__ import annotations

from functools import partial
from operator import itemgetter
from typing import Any

import jax
import jax.numpy as jnp

from update_magnitude.scenarios import Scenario, coordinates
from update_magnitude.simulations.engines.base import require_memory
from update_magnitude.simulations.engines.dense import (
    Problem,
    Shape,
    learn,
    problem_of,
    residual,
    shape_of,
)
from update_magnitude.simulations.engines.signals import halves
from update_magnitude.simulations.literal import Literal, draw
from update_magnitude.simulations.streams import Seed

# What is measured of every replicate, in this order.
COMMON, OWN, NORM, DISTANCE, SPREAD, COSINE_COMMON, COSINE_OWN = range(7)


class Gradients(Literal):
    """Gradients of the first two tasks of a scenario; the first is learned from θ_0 = 0.

    Measures per replicate, with g_k(θ) the gradient of task k on its own samples, g′ and g″ those
    on the halves of them, and ‖δ‖ the distance of the two optima:

    - ⟨g_2, g_1⟩ at the common point θ_0;
    - ⟨g_2(θ_1), g_1(θ_0)⟩, each at the start of its own task;
    - ‖g_1(θ_0)‖²;
    - the distance estimate ⟨g_2′ − g_1′, g_2″ − g_1″⟩ at θ_0, and its squared deviation from ‖δ‖²;
    - the cosines of the first two.

    Example:
        >>> from update_magnitude import scenarios
        >>> gradients = Gradients(scenarios.preset("two-distant-tasks"), seed=0)
        >>> gradients.run(4096)
        >>> found = gradients.results()
        >>> bool(abs(found.mean[DISTANCE] - 6.5) < 5 * found.standard_error[DISTANCE])
        True
    """

    def __init__(self, scenario: Scenario, seed: Seed) -> None:
        """See above.

        Args:
            scenario: two tasks or more, at least two samples each.
            seed: a whole number, at least 0, or a named stream.

        Raises:
            ValueError: if there is one task, or a batch cannot be split.
        """
        if scenario.tasks.count < 2 or min(scenario.tasks.samples) < 2:
            raise ValueError("gradients are compared between two tasks of two samples at least")
        super().__init__(seed)
        self._scenario, self._shape = scenario, shape_of([scenario])
        require_memory(2 * self._shape.numbers(1))
        self.unit, self.normals = self._shape.unit, self._shape.normals

    def given(self) -> tuple[Any, ...]:
        """The numbers of the scenario, and ‖δ‖²."""
        squared = sum(float(((of[1] - of[0]) ** 2).sum()) for of in coordinates(self._scenario))
        return problem_of([self._scenario]), squared, self._shape

    def measure(self, key: jax.Array, *given: Any) -> Any:
        """What the constants above name, in their order."""
        return _measured(key, *given)


@partial(jax.jit, static_argnums=3)
def _measured(key: jax.Array, problem: Problem, squared: float, shape: Shape) -> jax.Array:
    """What is measured of every replicate of one unit, [U, 7]."""
    start = jnp.zeros((shape.unit, 1, shape.capacity))
    first = jax.tree.map(itemgetter(0), problem.tasks)
    data = [
        draw(jax.random.fold_in(key, k), (shape.unit, shape.samples[k], shape.capacity))
        for k in range(2)
    ]

    def gradients(theta: jax.Array, k: int) -> jax.Array:
        left = residual(theta, data[k], problem.optima[:, k], problem.tasks.noise[k])
        return halves(data[k].features, left)[:, :, 0]

    last, common = gradients(start, 0), gradients(start, 1)
    after = learn(start, data[0], first, shape.sizes)
    own = gradients(after, 1)
    apart = common - last
    distance = (apart[0] * apart[1]).sum(-1)
    products = [(common[2] * last[2]).sum(-1), (own[2] * last[2]).sum(-1)]
    norm = (last[2] ** 2).sum(-1)
    cosines = [
        product / jnp.sqrt(norm * (of[2] ** 2).sum(-1))
        for product, of in zip(products, (common, own), strict=True)
    ]
    return jnp.stack([*products, norm, distance, (distance - squared) ** 2, *cosines], -1)
