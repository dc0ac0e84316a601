"""Simulating scenarios: their mean risks, forgetting, generalization and learning error."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Unpack

import numpy as np

from update_magnitude.scenarios import Scenario, ScenarioError
from update_magnitude.simulations.numerics.moments import Array, enough
from update_magnitude.simulations.resources import Resources
from update_magnitude.simulations.results import Estimate, Simulation, simulation_of
from update_magnitude.simulations.runner import Progress, Runner, require_scenarios
from update_magnitude.simulations.streams import Seed, Stream

if TYPE_CHECKING:
    from update_magnitude.simulations.reducers import Samples


def estimates(
    scenario: Scenario,
    replicates: int,
    seed: Seed = 0,
    progress: Progress | None = None,
    engine: str = "dense",
    **resources: Unpack[Resources],
) -> Simulation:
    """The bare numbers of one scenario behind ``simulate``, with how far rounding may move them.

    Arguments and errors are those of ``simulate``.

    Example:
        >>> from update_magnitude import scenarios
        >>> result = estimates(scenarios.preset("underparameterized"), replicates=4096)
        >>> bool(abs(result.forgetting.mean - 1.125) < 5 * result.forgetting.standard_error)
        True
    """
    count = enough(replicates)
    experiment = Experiment([scenario], seed, engine=engine, **resources)
    experiment.run(count, progress)
    return experiment.results()[0]


def sample_runner(
    scenario: Scenario, seed: Seed, engine: str, columns: Sequence[int] | None = None
) -> Runner[Samples]:
    """A runner that keeps what is measured of every replicate of a scenario.

    Args:
        scenario: any scenario that the engine can run.
        seed: a whole number, at least 0, or a named stream; the replicates are those whose means an
            ``Experiment`` reports for it.
        engine: ``dense``, ``law`` or ``literal``.
        columns: which measures to keep, counted in the order all risks, F_T, G_T, L_T; all of them
            and what the engine records, if not given.

    Returns:
        A runner whose results have values [replicates, 1, columns].

    Example:
        >>> from update_magnitude import scenarios
        >>> runner = sample_runner(scenarios.preset("two-close-tasks"), seed=0, engine="law")
        >>> runner.run(1000)
        >>> runner.results().values.shape  # R_1(θ_1), R_2(θ_1), R_1(θ_2), R_2(θ_2), F, G, L
        (1000, 1, 7)
    """
    from update_magnitude.simulations.measures.risks import Risks  # imports jax
    from update_magnitude.simulations.reducers import Replicates

    kept = Replicates(None if columns is None else tuple(columns))
    return Runner([scenario], seed, engine, measure=Risks(np.eye(1)), reducer=kept)


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
        **resources: Unpack[Resources],
    ) -> None:
        """See above.

        Args:
            scenarios: of one shape (for the dense engine the same blocks and samples).
            seed: a whole number, at least 0; or a named stream, for draws of its own.
            contrasts: linear combinations of the scenarios, [K, G]; each by itself if not given.
            engine: ``dense``, ``law`` or ``literal``.
            resources: ``dtype``, ``memory``, ``devices`` and ``chunk``, as ``Limits`` has them.
        """
        from update_magnitude.simulations.measures.risks import Risks  # imports jax
        from update_magnitude.simulations.reducers import Averages

        some = require_scenarios(scenarios)
        self._weights = _weights(contrasts, len(some))
        measure = Risks(self._weights)
        self.runner: Runner[Estimate] = Runner(
            some, seed, engine, measure=measure, reducer=Averages(), **resources
        )

    @property
    def stream(self) -> Stream:
        """The random numbers that it draws."""
        return self.runner.stream

    @property
    def replicates(self) -> int:
        """How many replicates have been run."""
        return self.runner.replicates

    @property
    def unit(self) -> int:
        """Replicates that are drawn at once; running a multiple of it wastes nothing."""
        return self.runner.unit

    @property
    def normals(self) -> int:
        """Normal variates drawn per replicate: what a replicate costs."""
        return self.runner.normals

    def run(self, replicates: int, progress: Progress | None = None) -> None:
        """Run until there are at least that many replicates in all; see ``Runner.run``."""
        self.runner.run(replicates, progress)

    def results(self) -> list[Simulation]:
        """The results so far: one per scenario, or one per contrast.

        Raises:
            ScenarioError: if nothing has been run yet.
        """
        import jax

        found = self.runner.results()
        device = (self.runner.limits.devices or jax.devices())[0]
        run = {
            "replicates": self.replicates,
            "seed": self.stream.seed,
            "engine": self.runner.program.engine.name,
            "dtype": self.runner.dtype,
            "device": device.device_kind,
        }
        rows = zip(found.mean, found.standard_error, np.asarray(found.rounding), strict=True)
        return [
            simulation_of(Estimate(*row), weights, self.runner.scenarios, run)
            for row, weights in zip(rows, self._weights, strict=True)
        ]


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
