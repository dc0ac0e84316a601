"""What every measure offers to the runner, and what those share that draw features themselves."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeAlias, TypeVar

import jax
import jax.numpy as jnp
import numpy as np

from update_magnitude.scenarios import Scenario
from update_magnitude.scenarios.schema import require_isotropic
from update_magnitude.simulations.engines.base import AnyEngine
from update_magnitude.simulations.engines.base import Shape as AnyShape
from update_magnitude.simulations.engines.dense import (
    Data,
    Dense,
    Problem,
    Shape,
    Task,
)
from update_magnitude.simulations.engines.drawing import draw_errors, draw_features
from update_magnitude.simulations.numerics.moments import Array, Tree

if TYPE_CHECKING:
    from jaxtyping import Float, PRNGKeyArray

ShapeT = TypeVar("ShapeT", bound=AnyShape)
GivenT = TypeVar("GivenT")


class Measure(ABC, Generic[ShapeT, GivenT]):
    """What is read from every replicate.

    Two measures are equal where the same program serves both: numbers that differ between them are
    handed to the program by ``given``, and are no part of the comparison.
    """

    alone: ClassVar[bool] = False  # whether its batches run one by one, on a single device

    def require(self, engine: AnyEngine, scenarios: Sequence[Scenario]) -> None:
        """Refuse an engine or scenarios from which nothing can be read (ValueError)."""

    def unit(self, shape: ShapeT) -> int:
        """Replicates per unit: a function of the shape alone."""
        return shape.unit

    def normals(self, shape: ShapeT) -> int:
        """Normal variates drawn per replicate."""
        return shape.normals

    @abstractmethod
    def numbers(self, shape: ShapeT, scenarios: Sequence[Scenario], devices: int) -> int:
        """Numbers that a unit of the scenarios holds at once on each of some devices, at most."""

    @abstractmethod
    def given(self, engine: AnyEngine, scenarios: Sequence[Scenario]) -> GivenT:
        """The numbers that the program takes, in the floating point of the moment."""

    @abstractmethod
    def read(
        self, engine: AnyEngine, key: jax.Array, unit: jax.Array, shape: ShapeT, given: GivenT
    ) -> Tree:
        """Arrays [U, ...] of one unit, whose key is ``fold_in(key, unit)`` of that of the run."""

    def rounding(
        self,
        engine: AnyEngine,
        scenarios: Sequence[Scenario],
        dtype: str,
        first: Callable[[AnyMeasure, Sequence[Scenario]], Array],
    ) -> Array | float:
        """How far rounding may move the means of what is read; 0 where nothing is known of it.

        ``first`` gives the means over the first unit, of an equal measure and of other scenarios.
        """
        return 0.0


AnyMeasure: TypeAlias = Measure[Any, Any]


class DrawnMeasure(Measure[Shape, GivenT]):
    """A measure of one scenario, read from features that it draws itself as the dense engine does.

    Those that descend take units of ``together`` replicates.
    """

    together: ClassVar[int | None] = None

    def require(self, engine: AnyEngine, scenarios: Sequence[Scenario]) -> None:
        """Refuse other engines, several scenarios at once, and scenarios that are not plain."""
        for scenario in scenarios:
            require_isotropic(scenario, f"the measure {type(self).__name__}")
        if not isinstance(engine, Dense) or len(scenarios) != 1:
            raise ValueError(f"{type(self).__name__}: read from one scenario on the dense engine")

    def unit(self, shape: Shape) -> int:
        """Replicates that descend together, or as many as the dense engine has."""
        return self.together or shape.unit


def draw(key: PRNGKeyArray, size: tuple[int, int, int]) -> Data:
    """Features and noise of one task, of U replicates, n samples and P parameters."""
    return Data(draw_features(key, size, float), draw_errors(key, size[:2], float))


def task_of(problem: Problem, number: int) -> Task:
    """The numbers of one task, counted from 0."""
    task: Task = jax.tree.map(itemgetter(number), problem.tasks)
    return task


def trained_last(problem: Problem, shape: Shape) -> Float[jax.Array, "{shape.capacity}"]:
    """1 for the parameters of a scenario that train at its last task, 0 for the others."""
    blocks = problem.tasks.moving.sets[-1, 0].astype(float)
    return jnp.repeat(blocks, np.array(shape.sizes), total_repeat_length=shape.capacity)
