"""Replicates themselves, not only their moments: for questions about distributions."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import jax
import numpy as np

from update_magnitude.scenarios import Scenario
from update_magnitude.simulations.engines.base import engine as engine_of
from update_magnitude.simulations.engines.base import require_memory
from update_magnitude.simulations.measures.risks import measures
from update_magnitude.simulations.numerics.moments import Array, enough
from update_magnitude.simulations.numerics.precision import computing_in
from update_magnitude.simulations.rounding import bounds, shadows
from update_magnitude.simulations.simulation import Progress
from update_magnitude.simulations.streams import Seed, key_from, named

LARGEST = 2**27  # numbers kept: 1 GiB


class Samples:
    """The measures of every replicate of a scenario: all risks, then F_T, G_T and L_T.

    Example:
        >>> from update_magnitude import scenarios
        >>> drawn = Samples(scenarios.preset("two-close-tasks"), seed=0, engine="law")
        >>> drawn.run(1000)
        >>> drawn.results().shape[1]  # R_1(θ_1), R_2(θ_1), R_1(θ_2), R_2(θ_2), F, G, L
        7
    """

    def __init__(
        self, scenario: Scenario, seed: Seed, engine: str, columns: Sequence[int] | None = None
    ) -> None:
        """See above.

        Args:
            scenario: any scenario that the engine can run.
            seed: a whole number, at least 0, or a named stream; units have the keys that they have
                in an experiment.
            engine: ``dense`` or ``law``.
            columns: which measures to keep; all, if not given.
        """
        everything = range(scenario.tasks.count**2 + 3)
        self._columns = list(everything if columns is None else columns)
        self._scenario, self.stream = scenario, named(seed)
        self._engine = engine_of(engine, [scenario])
        self._shape: Any = self._engine.shape_of([scenario])
        require_memory(self._shape.numbers(1))
        self._name = engine
        self._units: list[Array] = []
        self._rounding: Array | None = None

    @property
    def unit(self) -> int:
        """Replicates that are drawn at once."""
        return int(self._shape.unit)

    @property
    def normals(self) -> int:
        """Normal variates drawn per replicate."""
        return int(self._shape.normals)

    @property
    def replicates(self) -> int:
        """Replicates run so far, in whole units."""
        return len(self._units) * self.unit

    def run(self, replicates: int, progress: Progress | None = None) -> None:
        """Run whole units until there are at least that many replicates.

        Raises:
            ScenarioError: if they are no whole number, or fewer than two.
            ValueError: if they are more than are kept.
        """
        replicates = enough(replicates)
        if replicates * len(self._columns) > LARGEST:
            raise ValueError(f"{replicates} replicates: more than are kept")
        with computing_in("float64"):
            while self.replicates < replicates:
                found = self._unit(self._scenario, len(self._units))
                self._units.append(found[:, self._columns])
                if self._rounding is None:
                    self._rounding = self._rounded(found)[self._columns]
                if progress is not None:
                    progress(self.unit)

    def _unit(self, scenario: Scenario, number: int) -> Array:
        """All measures of every replicate of one unit."""
        problem, run = self._engine.problem_of([scenario]), self._engine.unit_run
        found = _measured(self.stream.bits, np.int32(number), problem, run=run, shape=self._shape)
        return np.asarray(found)

    def _rounded(self, measured: Array) -> Array:
        """How far rounding may move each measure, on average, from those of the first unit."""

        def risks(measured: Array) -> Array:
            count = self._scenario.tasks.count
            found: Array = measured[:, : count**2].mean(0).reshape(count, count)
            return found

        given = (self._scenario, risks(measured))
        played = [risks(self._unit(of, 0)) for of in shadows(*given, self._name, "float64")]
        return bounds(*given, np.sum(played, axis=0), self._name, "float64")

    def results(self) -> Array:
        """The measures that are kept, [replicates, columns]."""
        return np.concatenate(self._units)

    def rounding(self) -> Array:
        """How far rounding may move each of the measures that are kept, on average, [columns]."""
        if self._rounding is None:
            raise ValueError("nothing has been run yet")
        return self._rounding


@partial(jax.jit, static_argnames=("run", "shape"))
def _measured(
    stream: jax.Array, number: jax.Array, problem: Any, *, run: Any, shape: Any
) -> jax.Array:
    key = key_from(stream)
    found: jax.Array = measures(run(key, number, shape, problem).risks)[:, 0]
    return found
