"""Points of figures: exact means of scenarios, and simulated ones with few compiled programs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from update_magnitude.scenarios import Scenario
from update_magnitude.scenarios.families import family_of
from update_magnitude.simulations import Estimate, Experiment, Simulation
from update_magnitude.simulations.streams import Seed
from update_magnitude.theory import means
from update_magnitude.theory.numbers.prediction import METHODS, methods_of

Numbers = NDArray[np.float64]
Watch = Callable[[float], None]  # called with the share that is done

TOGETHER = 8  # scenarios that run side by side: one program for all of as many tasks and blocks


@dataclass(frozen=True)
class Effort:
    """How many replicates stand behind each point, by engine."""

    profile: str
    law: int
    dense: int


EFFORTS = {
    effort.profile: effort
    for effort in (
        Effort("quick", law=16_384, dense=2_048),
        Effort("default", law=65_536, dense=16_384),
        Effort("thorough", law=2_097_152, dense=524_288),
    )
}


def predicted(scenarios: Sequence[Scenario], measures: Sequence[str]) -> Numbers:
    """Exact means, [scenario, measure]; NaN where there is none. ``second_risk`` is R_2(θ_2)."""
    rows = []
    for exact in map(means, scenarios):
        named = exact._asdict() | ({"second_risk": exact.risk[1, 1]} if len(exact.risk) > 1 else {})
        rows.append([named[measure] for measure in measures])
    values = np.array(rows, float)
    return np.where(np.isfinite(values), values, np.nan)


def estimate_of(simulation: Simulation, measure: str) -> Estimate:
    """An estimate by the name of its measure."""
    estimate: Estimate | None
    estimate = (
        simulation.risk.at(1, 1) if measure == "second_risk" else getattr(simulation, measure)
    )
    if estimate is None:
        raise ValueError("a single task has no forgetting")
    return estimate


def simulated(
    scenarios: Sequence[Scenario],
    measures: Sequence[str],
    engine: str,
    replicates: int,
    seed: Seed,
    watch: Watch,
) -> tuple[Numbers, Numbers, Numbers]:
    """Means, standard errors and exact means, [scenario, measure].

    An error is infinite where rounding took the digits of the mean, an exact mean is NaN where the
    simulated one has no valid z-test, and where theory has it in a limit alone. Scenarios of one
    shape share their draws. The dense engine solves once for each different set of blocks that
    trains among eight scenarios in a row: those that train the same are best given in a row.

    Example:
        >>> from update_magnitude import scenarios
        >>> close = scenarios.preset("two-close-tasks")
        >>> numbers = simulated([close], ["forgetting"], "law", 1000, 0, lambda share: None)
        >>> mean, error, exact = (values.item() for values in numbers)
        >>> round(exact, 4), abs(mean - exact) < 5 * error
        (-0.8095, True)
    """
    results: dict[int, Simulation] = {}
    for places in _side_by_side(scenarios, engine):
        few = [scenarios[place] for place in places]
        filled = [*few, *[few[0]] * (-len(few) % TOGETHER)]
        experiment = Experiment(filled, seed, engine=engine)
        parts = len(scenarios) / len(few)
        run_whole(experiment, replicates, part_of(watch, len(results) / len(few), parts))
        results |= dict(zip(places, experiment.results(), strict=False))
    pairs = [
        [_pair(estimate_of(results[place], measure)) for measure in measures]
        for place in range(len(scenarios))
    ]
    mean, error = np.moveaxis(np.array(pairs, float), -1, 0)
    known = where_testable(scenarios) * where_exact(scenarios)
    return mean, error, known[:, None] * predicted(scenarios, measures)


def where_exact(scenarios: Sequence[Scenario]) -> Numbers:
    """1 where what theory predicts is exact at finite size, NaN elsewhere."""
    exact = [methods_of(family_of(scenario)).item() == METHODS[0] for scenario in scenarios]
    return np.where(exact, 1.0, np.nan)


def where_testable(scenarios: Sequence[Scenario]) -> Numbers:
    """1 where the simulated means of a scenario have a valid z-test, NaN elsewhere."""
    from update_magnitude.paper_checks.claims.regimes import is_testable

    return np.array([1.0 if is_testable(scenario) else np.nan for scenario in scenarios])


def run_whole(experiment: Experiment, replicates: int, watch: Watch) -> None:
    """Run whole units until there are at least that many replicates."""

    def progress(_: int) -> None:
        watch(min(1.0, experiment.replicates / replicates))

    experiment.run_units(replicates, progress)


def part_of(watch: Watch, place: float, parts: float) -> Watch:
    """What tells of the progress of one of several equal parts of the work.

    Example:
        >>> part_of(print, 1, 4)(0.5)
        0.375
    """
    return lambda share: watch((place + share) / parts)


def _pair(estimate: Estimate) -> tuple[float, float]:
    """Mean and standard error; it is infinite where rounding has taken the digits of the mean."""
    error = np.where(estimate.lost, np.inf, estimate.standard_error)
    return float(estimate.mean), float(error)


def _side_by_side(scenarios: Sequence[Scenario], engine: str) -> Iterator[list[int]]:
    """Places of scenarios that can run on the same draws, a few at a time."""

    def shape(place: int) -> tuple[object, ...]:
        scenario = scenarios[place]
        if engine == "law":
            return scenario.tasks.count, len(scenario.blocks.sizes)
        return scenario.blocks.sizes, scenario.tasks.samples

    for _, group in groupby(sorted(range(len(scenarios)), key=shape), key=shape):
        places = list(group)
        for first in range(0, len(places), TOGETHER):
            yield places[first : first + TOGETHER]
