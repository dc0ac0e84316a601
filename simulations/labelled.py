"""What a simulation estimates of a scenario or a family, as a labelled dataset."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from update_magnitude.scenarios import Scenario, ScenarioError
from update_magnitude.scenarios.families import Family, family_of
from update_magnitude.scenarios.finite_moments import MEAN, freedom_after_tasks, is_finite
from update_magnitude.scenarios.quantities import ERROR, MEASURES, SENTENCES, labelled
from update_magnitude.simulations.engines import engine as engine_of
from update_magnitude.simulations.engines import is_hybrid
from update_magnitude.simulations.numerics.moments import enough
from update_magnitude.simulations.resources import Resources
from update_magnitude.simulations.results import Estimate, Simulation
from update_magnitude.simulations.simulation import Experiment
from update_magnitude.simulations.streams import Seed

if TYPE_CHECKING:
    import xarray as xr

Progress = Callable[[int], None]  # called with the number of replicates just finished
RUN = ("engine", "replicates", "seed", "dtype", "device")


def simulate(
    subject: Scenario | Family,
    replicates: int,
    seed: Seed = 0,
    progress: Progress | None = None,
    engine: str = "dense",
    **resources: Unpack[Resources],
) -> xr.Dataset:
    """Simulate a scenario, or every scenario of a family on common draws.

    Args:
        subject: any scenario or family; the strategy ``hybrid`` needs the dense engine.
        replicates: how often to draw the whole sequence anew, at least 2.
        seed: a whole number, at least 0; the same seed gives the same result. Or a named stream.
        progress: called with the number of replicates finished since the last call.
        engine: ``dense`` draws every feature; ``law`` draws from the exact law of each update;
            ``literal`` is the dense engine's witness, the definition slowly and plainly.
        resources: ``dtype``, ``memory``, ``devices`` and ``chunk``, as ``Experiment`` takes them.

    Returns:
        A dataset with what ``predict`` returns, and for every measure its ``…_standard_error``.
        Scenarios that have the same shape share their draws, so their differences are known
        better than their standard errors say.

    Raises:
        ScenarioError: if a scenario cannot be simulated, or not in the memory that it may use; if
            the replicates are no whole number, or fewer than two.
        ValueError: if there is no such engine or no such type of numbers.

    Example:
        >>> from update_magnitude import scenarios
        >>> close = scenarios.preset("underparameterized")
        >>> estimate = simulate(close, 4096)
        >>> error = float(estimate.forgetting_standard_error)
        >>> abs(float(estimate.forgetting) - 1.125) < 5 * error
        True
    """
    count = enough(replicates)
    family = family_of(subject)
    scenarios = list(family)
    results: dict[int, Simulation] = {}
    for group in _alike(scenarios, engine):
        for places, experiment in _experiments(scenarios, group, seed, engine, resources):
            experiment.run(count, progress)
            results |= dict(zip(places, experiment.results(), strict=True))
    ordered = [results[place] for place in range(len(scenarios))]
    tasks = max(scenario.tasks.count for scenario in scenarios)
    numbers = [
        values(result, scenario, tasks) for result, scenario in zip(ordered, scenarios, strict=True)
    ]
    about = {name: getattr(ordered[0], name) for name in RUN}
    return _dataset(family, numbers, about)


def values(result: Simulation, scenario: Scenario, tasks: int) -> dict[str, Any]:
    """What is kept of one scenario, by variable; NaN where there is no finite mean or no such task.

    Args:
        result: the simulation of the scenario.
        scenario: the scenario.
        tasks: the number of tasks of the largest scenario of the family.
    """
    fine = is_finite(MEAN, freedom_after_tasks(scenario))
    kept = {
        "risk": np.broadcast_to(fine[:, None], (len(fine), len(fine))),
        "forgetting": fine.all(),
        "generalization": fine[-1],
        "learning_error": fine.all(),
    }
    numbers: dict[str, Any] = {name: getattr(result, name) or "" for name in SENTENCES}
    for name, where in kept.items():
        estimate: Estimate = getattr(result, name) or Estimate(np.array(np.nan), np.array(np.nan))
        for suffix, entries in (("", estimate.mean), (ERROR, estimate.standard_error)):
            array = np.where(where & np.isfinite(entries), entries, np.nan)
            numbers[name + suffix] = np.full((tasks,) * array.ndim, np.nan)
            numbers[name + suffix][tuple(map(slice, array.shape))] = array
    return numbers


def _alike(scenarios: Sequence[Scenario], engine: str) -> list[list[int]]:
    """Places of scenarios that can run together."""
    groups: dict[Any, list[int]] = {}
    for place, scenario in enumerate(scenarios):
        shape = engine_of(engine, [scenario]).shape_of([scenario])
        groups.setdefault((shape, is_hybrid([scenario])), []).append(place)
    return list(groups.values())


def _experiments(
    scenarios: Sequence[Scenario],
    places: list[int],
    seed: Seed,
    engine: str,
    resources: Resources,
) -> Iterator[tuple[list[int], Experiment]]:
    """Experiments of scenarios that can run together, as many as there must be for the memory."""
    try:
        chosen = [scenarios[place] for place in places]
        yield places, Experiment(chosen, seed, engine=engine, **resources)
        return
    except ScenarioError:
        if len(places) == 1:
            raise
    half = len(places) // 2
    for part in (places[:half], places[half:]):
        yield from _experiments(scenarios, part, seed, engine, resources)


def _dataset(family: Family, numbers: list[dict[str, Any]], about: dict[str, Any]) -> xr.Dataset:
    def together(name: str) -> Any:
        stacked = np.array([one[name] for one in numbers])
        return stacked.reshape((*family.shape, *stacked.shape[1:]))

    return labelled(
        family,
        {name: together(name) for name in MEASURES},
        {name: together(name) for name in SENTENCES},
        about,
        {name: together(name + ERROR) for name in MEASURES},
    )
