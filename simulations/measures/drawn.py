"""What measures have in common that draw features with the dense engine's functions."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter

import jax

from update_magnitude.scenarios import Scenario
from update_magnitude.simulations.engines.base import AnyEngine
from update_magnitude.simulations.engines.dense import (
    Data,
    Dense,
    Problem,
    Shape,
    Task,
    draw_errors,
    draw_features,
)
from update_magnitude.simulations.measures.base import GivenT, Measure


class DrawnMeasure(Measure[Shape, GivenT]):
    """A measure of one scenario, read from features that the measure draws itself."""

    def require(self, engine: AnyEngine, scenarios: Sequence[Scenario]) -> None:
        """Refuse other engines, and several scenarios at once."""
        if not isinstance(engine, Dense) or len(scenarios) != 1:
            raise ValueError(f"{type(self).__name__}: read from one scenario on the dense engine")


def draw(key: jax.Array, size: tuple[int, int, int]) -> Data:
    """Features and noise of one task; arguments as ``draw_features`` has them."""
    return Data(draw_features(key, size, float), draw_errors(key, size[:2], float))


def task_of(problem: Problem, number: int) -> Task:
    """The numbers of one task, counted from 0."""
    task: Task = jax.tree.map(itemgetter(number), problem.tasks)
    return task
