"""What every measure offers to the runner."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Generic, TypeAlias, TypeVar

import jax

from update_magnitude.scenarios import Scenario
from update_magnitude.simulations.engines.base import AnyEngine, Shape
from update_magnitude.simulations.numerics.moments import Array

ShapeT = TypeVar("ShapeT", bound=Shape)
GivenT = TypeVar("GivenT")


class Measure(ABC, Generic[ShapeT, GivenT]):
    """What is read from every replicate.

    Two measures are equal where the same program serves both: numbers that differ between them are
    handed to the program by ``given``, and are no part of the comparison.
    """

    alone: ClassVar[bool] = False  # whether its batches run one by one, on a single device

    def require(self, engine: AnyEngine, scenarios: Sequence[Scenario]) -> None:
        """Refuse an engine or scenarios from which nothing can be read.

        Raises:
            ValueError: saying which.
        """

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
    ) -> Any:
        """What is read from the replicates of one unit: arrays [U, ...].

        Args:
            engine: that draws.
            key: the key of the whole run.
            unit: the number of the unit, which has the key ``fold_in(key, unit)``.
            shape: what is compiled in.
            given: the numbers.
        """

    def rounding(
        self,
        engine: AnyEngine,
        scenarios: Sequence[Scenario],
        dtype: str,
        first: Callable[[AnyMeasure, Sequence[Scenario]], Array],
    ) -> Array | float:
        """How far rounding may move the means of what is read; 0 where nothing is known of it.

        Args:
            engine: that draws.
            scenarios: that run together.
            dtype: that the engine computes in.
            first: the means over the first unit, of an equal measure and of other scenarios.
        """
        return 0.0


AnyMeasure: TypeAlias = Measure[Any, Any]
