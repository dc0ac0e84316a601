"""Running an engine over replicates, in bounded memory, and what comes out."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from update_magnitude.scenarios import Scenario, ScenarioError, fields
from update_magnitude.scenarios.schema import require_scenario
from update_magnitude.simulations.engines.base import (
    BATCHES,
    MEMORY,
    TYPES,
    Shape,
    require_memory,
    size_of,
)
from update_magnitude.simulations.engines.base import engine as engine_of
from update_magnitude.simulations.numerics.moments import Array, Moments, enough
from update_magnitude.simulations.results import (
    Measured,
    Simulation,
    require_digits,
    simulation_of,
)
from update_magnitude.simulations.rounding import bounds, shadows
from update_magnitude.simulations.streams import Seed, named

if TYPE_CHECKING:
    from jax import Device
    from jax.sharding import Mesh

Progress = Callable[[int], None]  # called with the number of replicates just finished


def simulate(
    scenario: Scenario,
    replicates: int,
    seed: Seed = 0,
    progress: Progress | None = None,
    engine: str = "dense",
    **resources: Any,
) -> Simulation:
    """Simulate a scenario.

    Args:
        scenario: any scenario; the strategy ``hybrid`` needs the dense engine.
        replicates: how often to draw the whole sequence anew, at least 2.
        seed: a whole number, at least 0; the same seed gives the same result. Or a named stream.
        progress: called with the number of replicates finished since the last call.
        engine: ``dense`` draws every feature; ``law`` draws from the exact law of each update.
        resources: ``dtype``, ``memory``, ``devices`` and ``chunk``, as ``Experiment`` takes them.

    Raises:
        ScenarioError: if the scenario cannot be simulated, or not in the memory that it may use; if
            the replicates are no whole number, or fewer than two.
        ValueError: if there is no such engine or no such type of numbers.

    Example:
        >>> from update_magnitude import scenarios
        >>> result = simulate(scenarios.preset("underparameterized"), replicates=4096)
        >>> bool(abs(result.forgetting.mean - 1.125) < 5 * result.forgetting.standard_error)
        True
    """
    count = enough(replicates)
    experiment = Experiment([scenario], seed, engine=engine, **resources)
    experiment.run(count, progress)
    return experiment.results()[0]


class Experiment:
    """Scenarios that run side by side on the same draws, for as many replicates as are wanted.

    With ``contrasts`` the results are those of linear combinations of the scenarios: common draws
    cancel in a difference, replicate by replicate, before its variance is taken.

    Example:
        >>> from update_magnitude import scenarios
        >>> frozen = scenarios.preset("two-close-tasks")
        >>> initialized = scenarios.varied(frozen, {"updates.strategy": "initialized"})
        >>> experiment = Experiment([frozen, initialized], seed=1, contrasts=[[1.0, -1.0]])
        >>> experiment.run(2048)
        >>> bool(experiment.results()[0].forgetting.mean < 0)  # freezing forgets less
        True
    """

    def __init__(
        self,
        scenarios: Sequence[Scenario],
        seed: Seed,
        contrasts: Sequence[Sequence[float]] | None = None,
        engine: str = "dense",
        *,
        dtype: str | None = None,
        memory: int = MEMORY,
        devices: Sequence[Device] | None = None,
        chunk: int | None = None,
    ) -> None:
        """See above.

        Args:
            scenarios: of one shape (for the dense engine the same blocks and samples).
            seed: a whole number, at least 0; or a named stream, for draws of its own.
            contrasts: linear combinations of the scenarios, [K, G]; each by itself if not given.
            engine: ``dense`` or ``law``.
            dtype: ``float64`` or ``float32``; the widest that the devices have, if not given.
            memory: bytes that the arrays of one device may take.
            devices: where to run; all that jax has, those of other processes included, if not
                given. It makes no difference to the results.
            chunk: units that a device runs side by side; by its kind and memory, if not given.
        """
        self._scenarios, self.stream = _some(scenarios), named(seed)
        self._contrasts = _weights(contrasts, len(self._scenarios))
        self._dtype, self._devices = dtype, devices
        self._memory: int = fields.plain(memory)
        self._chunk: int | None = fields.plain(chunk)
        self._require()
        self._name, self._engine = engine, engine_of(engine, self._scenarios)
        self._shape: Shape = self._engine.shape_of(self._scenarios)
        require_memory(self._numbers(1), self._memory, dtype)
        self._units = 0  # finished units, all of them whole
        self._whole = Moments.none()
        self._last = Moments.none()  # the part of the next unit that was asked for
        self._rounding: Array | None = None  # of the measures of each scenario, once one has run

    def _require(self) -> None:
        """Refuse arguments that make no sense."""
        if self._dtype not in (None, *TYPES):
            raise ValueError(f"{self._dtype!r} is no type to compute in; {', '.join(TYPES)} are")
        if self._devices is not None and not len(self._devices):
            raise ValueError("devices: at least one")
        if self._chunk is not None:
            fields.whole(self._chunk, "chunk", 1, "a number of units, at least 1")
        fields.length(self._memory, "memory", "a number of bytes, at least 0")

    def _numbers(self, devices: int) -> int:
        """Numbers that one unit holds on each of some devices, at most."""
        tasks = self._scenarios[0].tasks.count
        found = len(self._contrasts) * (tasks**2 + 3 + 2 * tasks)
        unit = self._shape.numbers(len(self._scenarios))
        return unit + 3 * self._shape.unit * found + 4 * devices * found

    @property
    def replicates(self) -> int:
        """How many replicates have been run."""
        return self._whole.count + self._last.count

    @property
    def unit(self) -> int:
        """Replicates that are drawn at once; running a multiple of it wastes nothing."""
        return self._shape.unit

    @property
    def normals(self) -> int:
        """Normal variates drawn per replicate: what a replicate costs."""
        return self._shape.normals

    def run(self, replicates: int, progress: Progress | None = None) -> None:
        """Run until there are at least that many replicates in all.

        Raises:
            ScenarioError: if they are no whole number, or fewer than two; if the scenarios cannot
                be simulated in the memory that there is.
        """
        from update_magnitude.simulations.devices import mesh_of
        from update_magnitude.simulations.numerics.precision import computing_in, precision_of

        replicates = enough(replicates)
        if replicates <= self.replicates:
            return
        mesh = mesh_of(self._devices)
        self._dtype = self._dtype or precision_of(mesh.devices.flat[0])
        require_memory(self._numbers(mesh.size), self._memory, self._dtype)
        if self._dtype == "float32" and self._name == "dense":
            require_digits(self._scenarios)
        with computing_in(self._dtype):
            if self._rounding is None:  # first, since a run that is interrupted can be read
                self._rounding = self._rounded(mesh)
            self._run(replicates, mesh, progress or (lambda done: None))

    def _run(self, replicates: int, mesh: Mesh, progress: Progress) -> None:
        """Run batches of units, one on each device at least, and add them up in their order."""
        at_once = mesh.size * self._together(mesh, replicates)
        together = at_once // mesh.size
        launch = self._launcher(mesh, together, self._scenarios, self._contrasts)
        ahead = deque[Any]()
        first, left = self._units, replicates - self._whole.count
        while left > 0 or ahead:
            if left > 0:
                counts = np.clip(left - self.unit * np.arange(at_once), 0, self.unit)
                ahead.append((counts, launch(first, counts)))
                first, left = first + at_once, left - int(counts.sum())
            if len(ahead) == BATCHES or left <= 0:
                counts, found = ahead.popleft()
                self._add(counts, found, progress)

    def _together(self, mesh: Mesh, replicates: int) -> int:
        """Units that each device runs side by side, no more than there are, nor than fit."""
        from update_magnitude.simulations.devices import units_at_once

        drawn = self.unit * self.normals // self._scenarios[0].tasks.count
        chunk = self._chunk or units_at_once(mesh, drawn)
        fitting = self._memory // (BATCHES * size_of(self._dtype) * self._numbers(mesh.size))
        wanted = math.ceil((replicates - self._whole.count) / self.unit / mesh.size)
        return max(1, min(chunk, fitting, 1 << max(0, wanted - 1).bit_length()))

    def _rounded(self, mesh: Mesh) -> Array:
        """How far rounding may move the measures of each scenario, [G, T² + 3].

        The first unit is run again for the scenarios themselves, for contrasts do not say what
        their risks are, and for their shadows, by the program that is there.
        """
        dtype = str(self._dtype)
        risks = self._first_unit(mesh, self._scenarios)
        cast = [shadows(*of, self._name, dtype) for of in zip(self._scenarios, risks, strict=True)]
        most = max(map(len, cast))
        played = [self._first_unit(mesh, [of[k % len(of)] for of in cast]) for k in range(most)]
        found = zip(self._scenarios, risks, np.sum(played, axis=0), strict=True)
        return np.stack([bounds(*of, self._name, dtype) for of in found])

    def _first_unit(self, mesh: Mesh, scenarios: Sequence[Scenario]) -> Array:
        """Mean risks of each of the scenarios over the replicates of the first unit, [G, T, T]."""
        tasks, rows = scenarios[0].tasks.count, len(self._contrasts)
        counts = np.zeros(mesh.size, int)
        counts[0] = self.unit
        found: list[Array] = []
        for first in range(0, len(scenarios), rows):
            each = np.eye(rows, len(scenarios), first)
            mean, _ = self._launcher(mesh, 1, scenarios, each)(0, counts)
            found.extend(np.asarray(mean, float)[0, : len(scenarios) - first, : tasks**2])
        return np.stack(found).reshape(len(scenarios), tasks, tasks)

    def _launcher(
        self, mesh: Mesh, together: int, scenarios: Sequence[Scenario], rows: Array
    ) -> Callable[..., Any]:
        """A function that starts a batch of units of scenarios, without waiting for it."""
        from update_magnitude.simulations.devices import measured

        problem = self._engine.problem_of(scenarios)
        contrasts = rows.astype(self._dtype)
        return lambda first, counts: measured(
            self.stream.bits,
            np.int32(first),
            counts.astype(np.int32),
            problem,
            contrasts,
            unit_run=self._engine.unit_run,
            shape=self._shape,
            mesh=mesh,
            together=together,
        )

    def _add(self, counts: Array, found: Any, progress: Progress) -> None:
        """Add the moments of a batch of units, in float64."""
        for count, *moments in zip(counts.tolist(), *map(np.asarray, found), strict=True):
            if count == 0:
                return
            progress(count - self._last.count)
            unit, self._last = Moments.of(count, *moments), Moments.none()
            if count == self.unit:
                self._whole, self._units = self._whole.merge(unit), self._units + 1
            else:
                self._last = unit

    def results(self) -> list[Simulation]:
        """The results so far: one per scenario, or one per contrast.

        Raises:
            ScenarioError: if nothing has been run yet.
        """
        import jax

        if not self.replicates:
            raise ScenarioError("there are no results yet; run some replicates first")
        moments = self._whole.merge(self._last) if self._last.count else self._whole
        device = (jax.devices() if self._devices is None else self._devices)[0]
        run = {
            "replicates": moments.count,
            "seed": self.stream.seed,
            "engine": self._name,
            "dtype": self._dtype,
            "device": device.device_kind,
        }
        if self._rounding is None:
            raise ValueError("nothing has been run yet")
        roundings = np.abs(self._contrasts) @ self._rounding  # of terms that it never cancels in
        found = zip(moments.mean, moments.standard_error, roundings, strict=True)
        return [
            simulation_of(Measured(*of), weights, self._scenarios, run)
            for of, weights in zip(found, self._contrasts, strict=True)
        ]


def _some(scenarios: Sequence[Scenario]) -> tuple[Scenario, ...]:
    """Scenarios that are to run together, one at least."""
    if isinstance(scenarios, Scenario):
        raise ScenarioError("scenarios: a list is needed, of one scenario at least")
    found = tuple(scenarios)
    if not found:
        raise ScenarioError("scenarios = []: a list of one scenario at least is needed")
    for scenario in found:
        require_scenario(scenario)
    return found


def _weights(contrasts: Sequence[Sequence[float]] | None, count: int) -> Array:
    """The weights of the scenarios in each result, [K, G]."""
    if contrasts is None:
        return np.eye(count)
    try:
        weights = np.array(contrasts, float)
    except (TypeError, ValueError):
        weights = np.empty(0)
    if weights.ndim != 2 or weights.shape[1] != count or not np.isfinite(weights).all():
        raise ScenarioError(
            f"contrasts: rows of one number for each of {count} scenarios are needed"
        )
    return weights
