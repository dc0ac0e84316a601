"""What a simulation estimates of a scenario or a family, as a labelled dataset."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Unpack

import numpy as np
from numpy.typing import NDArray

from update_magnitude.scenarios import Scenario, ScenarioError
from update_magnitude.scenarios.families import Family, family_of
from update_magnitude.scenarios.finite_moments import MEAN, freedom_after_tasks, is_finite
from update_magnitude.scenarios.quantities import ERROR, MEASURES, SENTENCES, labelled
from update_magnitude.simulations.numerics.moments import Array, enough
from update_magnitude.simulations.resources import Resources
from update_magnitude.simulations.results import Estimate, Simulation
from update_magnitude.simulations.runner import Progress
from update_magnitude.simulations.simulation import Experiment, alike
from update_magnitude.simulations.streams import Seed

if TYPE_CHECKING:
    import xarray as xr

RUN = ("engine", "replicates", "seed", "dtype", "device")  # attributes of the dataset


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
        >>> estimate = simulate(scenarios.preset("underparameterized"), 4096)
        >>> abs(float(estimate.forgetting) - 1.125) < 5 * float(estimate.forgetting_standard_error)
        True
    """
    count, family = enough(replicates), family_of(subject)
    scenarios = list(family)
    results: dict[int, Simulation] = {}
    for group in alike(scenarios, engine):
        for places, experiment in _experiments(scenarios, group, seed, engine, resources):
            experiment.run(count, progress)
            results |= dict(zip(places, experiment.results(), strict=True))
    return _dataset(family, scenarios, [results[place] for place in range(len(scenarios))])


def values(result: Simulation, scenario: Scenario, tasks: int) -> dict[str, Array | str]:
    """What is kept of a scenario, by variable, padded to the tasks of the largest of its family.

    Risks are [tasks, tasks]. NaN stands where there is no finite mean, and no such task.
    """
    finite = is_finite(MEAN, freedom_after_tasks(scenario))
    where = {
        "risk": np.broadcast_to(finite[:, None], (len(finite), len(finite))),
        "forgetting": finite.all(),
        "generalization": finite[-1],
        "learning_error": finite.all(),
    }
    kept: dict[str, Array | str] = {name: getattr(result, name) or "" for name in SENTENCES}
    for name, known in where.items():
        estimate: Estimate = getattr(result, name) or Estimate(np.array(np.nan), np.array(np.nan))
        for suffix, numbers in (("", estimate.mean), (ERROR, estimate.standard_error)):
            padded = np.full((tasks,) * np.ndim(numbers), np.nan)
            own = tuple(map(slice, np.shape(numbers)))
            padded[own] = np.where(known & np.isfinite(numbers), numbers, np.nan)
            kept[name + suffix] = padded
    return kept


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
        experiment = Experiment(chosen, seed, engine=engine, **resources)
        experiment.placed()  # several devices need more memory
        yield places, experiment
        return
    except ScenarioError:
        if len(places) == 1:
            raise
    half = len(places) // 2
    for part in (places[:half], places[half:]):
        yield from _experiments(scenarios, part, seed, engine, resources)


def _dataset(
    family: Family, scenarios: Sequence[Scenario], results: Sequence[Simulation]
) -> xr.Dataset:
    tasks = max(scenario.tasks.count for scenario in scenarios)
    each = [values(*pair, tasks) for pair in zip(results, scenarios, strict=True)]

    def along_axes(name: str) -> NDArray[np.generic]:
        stacked = np.array([one[name] for one in each])
        return stacked.reshape((*family.shape, *stacked.shape[1:]))

    return labelled(
        family,
        {name: along_axes(name) for name in MEASURES},
        {name: along_axes(name) for name in SENTENCES},
        {name: getattr(results[0], name) for name in RUN},
        {name: along_axes(name + ERROR) for name in MEASURES},
    )
