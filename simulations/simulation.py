"""Simulating scenarios: their mean risks, forgetting, generalization and learning error."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any, Unpack, cast

import numpy as np

from update_magnitude.scenarios import Scenario, ScenarioError
from update_magnitude.simulations.engines import engine_for
from update_magnitude.simulations.numerics.moments import Array, enough
from update_magnitude.simulations.resources import Resources
from update_magnitude.simulations.results import Estimate, Simulation, simulation_of
from update_magnitude.simulations.runner import Progress, Runner, require_scenarios
from update_magnitude.simulations.streams import Seed

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
    """A runner that keeps what is measured of every replicate of an ``Experiment``.

    Its results have values [replicates, 1, columns]: all risks, F_T, G_T, L_T and what the engine
    records, or those of them that are counted in ``columns``.
    """
    from update_magnitude.simulations.measures.risks import Risks  # imports jax
    from update_magnitude.simulations.reducers import Replicates

    kept = Replicates(None if columns is None else tuple(columns))
    return Runner([scenario], seed, engine, measure=Risks(np.eye(1)), reducer=kept)


class Experiment(Runner[list[Simulation]]):
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
        turns: int = 1,
        **resources: Unpack[Resources],
    ) -> None:
        """Arguments and errors are those of ``Runner``.

        Contrasts are linear combinations, [K, G]; each scenario by itself if they are not given.
        With ``turns`` each replicate has the mean over so many turns of all optima: on the dense
        engine, where one set of features serves them all, they lessen the variance.
        """
        from update_magnitude.simulations.measures.risks import Risks  # imports jax
        from update_magnitude.simulations.measures.turned import TurnedRisks
        from update_magnitude.simulations.reducers import Averages

        together = require_scenarios(scenarios)
        self._weights = _weights(contrasts, len(together))
        measure: Risks = Risks(self._weights)
        if turns > 1:
            together = tuple(scenario for scenario in together for _ in range(turns))
            self._weights = np.repeat(self._weights, turns, axis=1) / turns
            measure = TurnedRisks(self._weights, turns)
        averages = cast(Any, Averages())  # see ``results``
        super().__init__(together, seed, engine, measure=measure, reducer=averages, **resources)

    def results(self) -> list[Simulation]:
        """The results so far, one per scenario or contrast; a ScenarioError if there are none."""
        import jax

        measured = cast(Estimate, super().results())
        device = (self.limits.devices or jax.devices())[0]
        about = {
            "replicates": self.replicates,
            "seed": self.stream.seed,
            "engine": self.program.engine.name,
            "dtype": self.dtype,
            "device": device.device_kind,
        }
        rows = zip(
            measured.mean, measured.standard_error, np.asarray(measured.rounding), strict=True
        )
        return [
            simulation_of(Estimate(*row), weights, self.scenarios, about)
            for row, weights in zip(rows, self._weights, strict=True)
        ]


def alike(scenarios: Sequence[Scenario], engine: str) -> list[list[int]]:
    """The places of scenarios that can run together: of one shape, on one form of the engine."""
    groups: dict[Hashable, list[int]] = {}
    for place, scenario in enumerate(scenarios):
        chosen = engine_for(engine, [scenario])
        groups.setdefault((chosen.shape_of([scenario]), chosen), []).append(place)
    return list(groups.values())


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
