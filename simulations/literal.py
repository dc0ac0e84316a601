"""What experiments have in common that draw everything, unit by unit, and keep means alone."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import jax
import numpy as np

from update_magnitude.simulations.engines.dense import Data, draw_errors, draw_features
from update_magnitude.simulations.numerics.moments import Moments, enough
from update_magnitude.simulations.numerics.precision import computing_in
from update_magnitude.simulations.results import Estimate
from update_magnitude.simulations.simulation import Progress
from update_magnitude.simulations.streams import Seed, named


class Literal(ABC):
    """An experiment that measures some numbers of every replicate.

    A kind of experiment says how many replicates its ``unit`` has, how many ``normals`` each
    replicate takes, which numbers its program needs, and what it measures.
    """

    unit: int
    normals: int

    def __init__(self, seed: Seed) -> None:
        """See above; ``seed`` is a whole number, at least 0, or a named stream."""
        self.stream = named(seed)
        self._moments = Moments.none()

    @abstractmethod
    def given(self) -> tuple[Any, ...]:
        """The numbers that the program needs, in the floating point of the moment."""

    @abstractmethod
    def measure(self, key: jax.Array, *given: Any) -> Any:
        """What is measured of the replicates of one unit, [U, ...]."""

    @property
    def replicates(self) -> int:
        """How many replicates have been run."""
        return self._moments.count

    def run(self, replicates: int, progress: Progress | None = None) -> None:
        """Run whole units until there are at least that many replicates, two or more."""
        replicates = enough(replicates)
        with computing_in("float64"):
            key, given = self.stream.key, self.given()
            while self.replicates < replicates:
                own = jax.random.fold_in(key, self.replicates // self.unit)
                values = np.asarray(self.measure(own, *given))
                mean = values.mean(0)
                found = Moments.of(self.unit, mean, ((values - mean) ** 2).sum(0))
                self._moments = self._moments.merge(found)
                if progress is not None:
                    progress(self.unit)

    def results(self) -> Estimate:
        """The means of what is measured, and their standard errors."""
        return Estimate(self._moments.mean, self._moments.standard_error)


def draw(key: jax.Array, size: tuple[int, int, int]) -> Data:
    """Features and noise of one task; arguments as ``draw_features`` has them."""
    return Data(draw_features(key, size, float), draw_errors(key, size[:2], float))
