"""Simulated points: scenarios on an engine, with few compiled programs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from update_magnitude.scenarios import Scenario
from update_magnitude.simulations import Estimate, Experiment, Simulation
from update_magnitude.simulations.streams import Seed

Numbers = NDArray[np.float64]
Watch = Callable[[str, float], None]
Pick = Callable[[Simulation], Sequence[Estimate]]

TOGETHER = 8  # scenarios that run side by side: one program for all of as many tasks and blocks


def simulated(
    scenarios: Sequence[Scenario],
    pick: Pick,
    engine: str,
    replicates: int,
    seed: Seed,
    watch: Callable[[float], None],
) -> tuple[Numbers, Numbers]:
    """Simulate scenarios; those of one shape share their draws.

    The dense engine solves once for each different set of blocks that trains among eight scenarios
    in a row: those that train the same are best given one after another.

    Args:
        scenarios: any, in any order.
        pick: what to read of a simulation: estimates of any shape, all of the same number.
        engine: ``law`` or ``dense``.
        replicates: of each scenario, at least.
        seed: of the random numbers.
        watch: told the share that is done.

    Returns:
        Means and standard errors, [scenario, estimate, ...] each; an error is infinite where
        rounding has taken the digits of a mean.

    Example:
        >>> from update_magnitude import scenarios
        >>> close = scenarios.preset("two-close-tasks")
        >>> mean, error = simulated([close], forgetting_of, "law", 1000, 0, lambda done: None)
        >>> mean.shape, bool(abs(mean[0, 0] + 0.8095) < 5 * error[0, 0])
        ((1, 1), True)
    """
    found: dict[int, list[Estimate]] = {}
    for places in _side_by_side(scenarios, engine):
        few = [scenarios[place] for place in places]
        filled = [*few, *[few[0]] * (-len(few) % TOGETHER)]
        experiment = Experiment(filled, seed, engine=engine)
        done = len(found)

        def progress(
            _: int, experiment: Experiment = experiment, few: Any = few, done: int = done
        ) -> None:
            share = min(1.0, experiment.replicates / replicates)
            watch((done + share * len(few)) / len(scenarios))

        experiment.run(-(-replicates // experiment.unit) * experiment.unit, progress)
        for place, result in zip(places, experiment.results(), strict=False):
            found[place] = list(pick(result))
    rows = [found[place] for place in range(len(scenarios))]
    return (
        np.array([[entry.mean for entry in row] for row in rows], float),
        np.array(
            [[np.where(entry.lost, np.inf, entry.standard_error) for entry in row] for row in rows]
        ),
    )


def part_of(watch: Callable[[float], None], place: int, parts: int) -> Callable[[float], None]:
    """What tells of the progress of one of several equal parts of the work.

    Example:
        >>> part_of(print, 1, 4)(0.5)
        0.375
    """
    return lambda share: watch((place + share) / parts)


def forgetting_of(found: Simulation) -> list[Estimate]:
    """F_T."""
    if found.forgetting is None:
        raise ValueError("a single task has no forgetting")
    return [found.forgetting]


def forgetting_and_generalization(found: Simulation) -> list[Estimate]:
    """F_T and G_T."""
    return [*forgetting_of(found), found.generalization]


def _side_by_side(scenarios: Sequence[Scenario], engine: str) -> Iterator[list[int]]:
    """Places of scenarios that can run on the same draws, a few at a time."""
    ordered = sorted(range(len(scenarios)), key=lambda place: _shape(scenarios[place], engine))
    for _, group in groupby(ordered, key=lambda place: _shape(scenarios[place], engine)):
        places = list(group)
        for first in range(0, len(places), TOGETHER):
            yield places[first : first + TOGETHER]


def _shape(scenario: Scenario, engine: str) -> tuple[Any, ...]:
    """What scenarios that run together have in common."""
    if engine == "law":
        return scenario.tasks.count, len(scenario.blocks.sizes)
    return scenario.blocks.sizes, scenario.tasks.samples
