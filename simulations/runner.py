"""The loop that runs seeds and units, and merges what comes out: the only one there is."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar, Unpack

import numpy as np
from numpy.typing import NDArray

from update_magnitude.scenarios import Scenario, ScenarioError
from update_magnitude.scenarios.schema import require_scenario
from update_magnitude.simulations.engines import engine_for
from update_magnitude.simulations.numerics.moments import Array, Tree, enough
from update_magnitude.simulations.resources import (
    BATCHES,
    Limits,
    Resources,
    require_memory,
    size_of,
)
from update_magnitude.simulations.streams import Seed, named

if TYPE_CHECKING:
    from jax.sharding import Mesh

    from update_magnitude.simulations.measures.base import AnyMeasure
    from update_magnitude.simulations.reducers import Part, Reducer

Progress = Callable[[int], None]  # called with the number of replicates just finished
ResultT = TypeVar("ResultT")


class Runner(Generic[ResultT]):
    """Scenarios on an engine, of which a measure reads numbers that a reducer brings together.

    Example:
        >>> from update_magnitude import scenarios
        >>> from update_magnitude.simulations.measures.gradients import NORM, Gradients
        >>> from update_magnitude.simulations.reducers import Replicates
        >>> close = scenarios.preset("two-close-tasks")
        >>> runner = Runner([close], 0, measure=Gradients(), reducer=Replicates())
        >>> runner.run(1000)
        >>> bool((runner.results().values[:, NORM] > 0).all())
        True
    """

    def __init__(
        self,
        scenarios: Sequence[Scenario],
        seed: Seed,
        engine: str = "dense",
        *,
        measure: AnyMeasure,
        reducer: Reducer[Any, ResultT],
        **resources: Unpack[Resources],
    ) -> None:
        """See above.

        Args:
            scenarios: of one shape (for the dense engine the same blocks and samples).
            seed: a whole number, at least 0; or a named stream, for draws of its own.
            engine: ``dense``, ``law`` or ``literal``.
            measure: what is read from every replicate.
            reducer: what becomes of it.
            resources: ``dtype``, ``memory``, ``devices`` and ``chunk``, as ``Limits`` has them.

        Raises:
            ScenarioError: if the scenarios cannot be simulated, or not in that memory.
            ValueError: if they cannot run together, or the engine has nothing to be measured.
        """
        from update_magnitude.simulations.devices import Program  # imports jax

        self.scenarios, self.stream = require_scenarios(scenarios), named(seed)
        self.limits = Limits(**resources)
        chosen = engine_for(engine, self.scenarios)
        measure.require(chosen, self.scenarios)
        self.program = Program(chosen, chosen.shape_of(self.scenarios), measure, reducer)
        self.dtype = self.limits.dtype  # once it runs, that of the devices if none is given
        require_memory(self.numbers(1), self.limits.memory, self.dtype)
        self._units = 0  # finished units, all of them whole
        self._whole: Part | None = None
        self._last: Part | None = None  # the part of the next unit that was asked for
        self._rounding: Array | float | None = None

    @property
    def replicates(self) -> int:
        """How many replicates have been run."""
        return sum(part.count for part in (self._whole, self._last) if part is not None)

    @property
    def unit(self) -> int:
        """Replicates that are drawn at once; running a multiple of it wastes nothing."""
        return self.program.measure.unit(self.program.shape)

    @property
    def normals(self) -> int:
        """Normal variates drawn per replicate: what a replicate costs."""
        return self.program.measure.normals(self.program.shape)

    def numbers(self, devices: int) -> int:
        """Numbers that one unit holds on each of some devices, at most."""
        return self.program.measure.numbers(self.program.shape, self.scenarios, devices)

    def placed(self) -> tuple[Mesh, str]:
        """The devices that run and their type; a ScenarioError if they have too little memory."""
        from update_magnitude.simulations.devices import mesh_of
        from update_magnitude.simulations.numerics.precision import precision_of

        mesh = mesh_of(self.limits.devices, alone=self._alone)
        dtype = self.dtype or precision_of(mesh.devices.flat[0])
        require_memory(self.numbers(mesh.size), self.limits.memory, dtype)
        return mesh, dtype

    def run(self, replicates: int, progress: Progress | None = None) -> None:
        """Run until there are at least that many replicates in all.

        Raises:
            ScenarioError: if they are no whole number, or fewer than two; if the scenarios cannot
                be simulated in the memory that there is.
            ValueError: if their numbers are more than can be kept.
        """
        from update_magnitude.simulations.numerics.precision import computing_in

        replicates = enough(replicates)
        if replicates <= self.replicates:
            return
        mesh, self.dtype = self.placed()
        self.program.engine.require_digits(self.scenarios, self.dtype)
        with computing_in(self.dtype):
            self.program.reducer.require(replicates, self._shapes)
            if self._rounding is None:  # first, since a run that is interrupted can be read
                given = (self.program.engine, self.scenarios, self.dtype)
                first = partial(self._first_mean, mesh)
                self._rounding = self.program.measure.rounding(*given, first)
            self._run(replicates, mesh, progress or (lambda done: None))

    def run_units(self, replicates: int, progress: Progress | None = None) -> None:
        """Run whole units until there are at least that many replicates."""
        self.run(self.unit * math.ceil(enough(replicates) / self.unit), progress)

    def results(self) -> ResultT:
        """What the reducer makes of all replicates so far; a ScenarioError if there are none."""
        if not self.replicates:
            raise ScenarioError("there are no results yet; run some replicates first")
        rounding = 0.0 if self._rounding is None else self._rounding
        results: ResultT = self.program.reducer.results(_merged(self._whole, self._last), rounding)
        return results

    def _shapes(self) -> Tree:
        """Arrays as one unit has them, without their numbers."""
        import jax

        given = self.program.measure.given(self.program.engine, self.scenarios)
        return jax.eval_shape(self.program.unit, self.stream.key, 0, given, self.unit)

    @property
    def _alone(self) -> bool:
        return self.program.engine.alone or self.program.measure.alone

    def _run(self, replicates: int, mesh: Mesh, progress: Progress) -> None:
        """Run batches of units, one on each device at least, and add them up in their order."""
        per_device = self._units_per_device(mesh, replicates)
        units, batches = mesh.size * per_device, 1 if self._alone else BATCHES
        launch = self._launcher(mesh, per_device, self.program.measure, self.scenarios)
        ahead = deque[tuple[list[int], Tree]]()
        first, left = self._units, replicates - self._units * self.unit
        while left > 0 or ahead:
            if left > 0:
                counts = np.clip(left - self.unit * np.arange(units), 0, self.unit)
                ahead.append((counts.tolist(), launch(first, counts)))
                first, left = first + units, left - int(counts.sum())
            if len(ahead) == batches or left <= 0:
                self._add(*ahead.popleft(), progress)

    def _units_per_device(self, mesh: Mesh, replicates: int) -> int:
        """Units that each device runs side by side, no more than there are, nor than fit."""
        from update_magnitude.simulations.devices import units_per_device

        drawn = self.unit * self.normals // self.scenarios[0].tasks.count
        chunk = self.limits.chunk or units_per_device(mesh, drawn)
        unit = BATCHES * size_of(self.dtype) * self.numbers(mesh.size)
        wanted = math.ceil((replicates - self._units * self.unit) / self.unit / mesh.size)
        enough_for_all = 1 << max(0, wanted - 1).bit_length()
        return max(1, min(chunk, self.limits.memory // unit, enough_for_all))

    def _launcher(
        self, mesh: Mesh, per_device: int, measure: AnyMeasure, scenarios: Sequence[Scenario]
    ) -> Callable[[int, NDArray[np.int_]], Tree]:
        """A function that starts a batch of units, from the first and the replicates of each."""
        from update_magnitude.simulations.devices import reduced_units

        bits, given = self.stream.bits, measure.given(self.program.engine, scenarios)
        run = partial(reduced_units, program=self.program, mesh=mesh, per_device=per_device)
        return lambda first, counts: run(bits, np.int32(first), counts.astype(np.int32), given)

    def _first_mean(self, mesh: Mesh, measure: AnyMeasure, scenarios: Sequence[Scenario]) -> Array:
        """The mean over the first unit, for an equal measure and other scenarios of the shape."""
        counts = np.zeros(mesh.size, int)
        counts[0] = self.unit
        units = self._launcher(mesh, 1, measure, scenarios)(0, counts)
        return self.program.reducer.mean(self.unit, _one_of(units, 0))

    def _add(self, counts: list[int], units: Tree, progress: Progress) -> None:
        """Add a batch of units."""
        for number, count in enumerate(counts):
            if count == 0:
                return
            progress(count - (self._last.count if self._last else 0))
            unit, self._last = self.program.reducer.collect(count, _one_of(units, number)), None
            if count == self.unit:
                self._whole, self._units = _merged(self._whole, unit), self._units + 1
            else:
                self._last = unit


def _one_of(units: Tree, number: int) -> Tree:
    """One unit of several, on the host."""
    import jax

    return jax.tree.map(lambda values: np.asarray(values)[number], units)


def _merged(whole: Part | None, more: Part | None) -> Any:
    """Both parts of a run together; either may be missing."""
    if whole is None or more is None:
        return more if whole is None else whole
    return whole.merge(more)


def require_scenarios(scenarios: Sequence[Scenario]) -> tuple[Scenario, ...]:
    """Scenarios that are to run together, one at least."""
    if isinstance(scenarios, Scenario):
        raise ScenarioError("scenarios: a list is needed, of one scenario at least")
    several = tuple(scenarios)
    if not several:
        raise ScenarioError("scenarios = []: a list of one scenario at least is needed")
    for scenario in several:
        require_scenario(scenario)
    return several
