"""Regime maps: which strategy is better, over any two fields of a scenario."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import xarray as xr

from update_magnitude.figures.agreement import if_testable
from update_magnitude.figures.explore.drawing import MEASURES as MEASURES
from update_magnitude.figures.explore.drawing import NO_MEAN as NO_MEAN
from update_magnitude.figures.explore.drawing import TIE as TIE
from update_magnitude.figures.explore.drawing import draw_map as draw_map
from update_magnitude.figures.explore.drawing import map_legend as map_legend
from update_magnitude.figures.explore.drawing import plot_map as plot_map
from update_magnitude.figures.explore.writing import toml_of
from update_magnitude.figures.points import Numbers, simulated
from update_magnitude.scenarios import Axis, Scenario, ScenarioError, family, varied
from update_magnitude.scenarios.axes import WHOLE
from update_magnitude.scenarios.schema import require_scenario
from update_magnitude.simulations import Estimate, Simulation
from update_magnitude.simulations.streams import Seed, named
from update_magnitude.theory import means, totals

COMPARED = ("frozen", "initialized")
COMPARABLE = (*COMPARED, "reinitialized")  # strategies without free choices
EVEN = 1e-12  # of the risks at a point, by which equal means may differ


def regime_map(
    scenario: Scenario,
    x: Axis,
    y: Axis,
    measure: str = "forgetting",
    strategies: Sequence[str] = COMPARED,
) -> xr.Dataset:
    """Exact means of every strategy over two fields, and which strategy is best.

    Args:
        scenario: what the axes do not vary.
        x: a field and its values.
        y: another.
        measure: ``forgetting``, ``generalization`` or ``learning_error``.
        strategies: two or more, of those without free choices.

    Returns:
        ``theory`` over (strategy, y, x), NaN where there is no finite mean, and ``winner`` over
        (y, x): the place of the best strategy, −1 (``NO_MEAN``) where there is no mean and −2
        (``TIE``) where two are as good.

    Raises:
        ScenarioError: if a field cannot be varied, or a strategy cannot be compared.

    Example:
        >>> import numpy as np
        >>> from update_magnitude import scenarios
        >>> from update_magnitude.scenarios import axis
        >>> near_and_far = axis("optima.distance.specific", [0.5, 2.0])
        >>> found = regime_map(
        ...     scenarios.preset("two-close-tasks"), near_and_far, axis("tasks.noise", [0.0, 0.3])
        ... )
        >>> found.winner.values.tolist()  # freezing forgets less where tasks are near
        [[0, 1], [0, 1]]
    """
    require_scenario(scenario)
    _require(x, y, measure, strategies)
    if measure == "forgetting" and scenario.tasks.count == 1:
        raise ScenarioError("tasks.count = 1: forgetting compares tasks; give at least 2")
    theory, size = means_under(scenario, strategies, (y, x), measure)
    return xr.Dataset(
        {
            "theory": (("strategy", "y", "x"), theory, {"long_name": "exact mean"}),
            "winner": (
                ("y", "x"),
                _winner(theory, size),
                {"long_name": "place of the best strategy"},
            ),
        },
        coords={
            "strategy": list(strategies),
            "x": ("x", x.numbers, {"field": x.field}),
            "y": ("y", y.numbers, {"field": y.field}),
        },
        attrs={"scenario": scenario.title, "measure": measure},
    )


def self_explanatory(dataset: xr.Dataset, scenario: Scenario) -> xr.Dataset:
    """A map with its scenario as TOML, and where the scenario lies if it is a point of the plane.

    Args:
        dataset: a map.
        scenario: that it was made of.

    Returns:
        The same with the attributes ``toml``, ``here_x`` and ``here_y``.
    """
    from update_magnitude.figures.explore.axes import values_of

    here = {
        f"here_{entry}": np.unique(values_of(str(dataset[entry].field), scenario)) for entry in "xy"
    }
    places = {name: float(entry[0]) for name, entry in here.items() if len(entry) == 1}
    return dataset.assign_attrs(
        toml=toml_of(scenario), **(places if len(places) == len(here) else {})
    )


def means_under(
    scenario: Scenario, strategies: Sequence[str], axes: Sequence[Axis], measure: str
) -> tuple[Numbers, Numbers]:
    """Exact means under several strategies over a grid, and the size of the risks behind them.

    Args:
        scenario: what the axes do not vary.
        strategies: to compare.
        axes: of the grid.
        measure: ``forgetting``, ``generalization`` or ``learning_error``.

    Returns:
        The means, [strategy, ...], and per point the sum of all generalization errors: differences
        below ``EVEN`` of it are rounding.
    """
    found = [totals(family(under(scenario, strategy), axes)) for strategy in strategies]
    size = np.asarray(sum(result.generalization for result in found))
    return np.stack([getattr(result, measure) for result in found]), size


def simulated_map(
    scenario: Scenario,
    x: Axis,
    y: Axis,
    measure: str,
    strategies: Sequence[str],
    replicates: int,
    seed: Seed,
    watch: Callable[[float], None],
) -> dict[str, Any]:
    """Variables of simulated means over a coarser grid, by the law engine: ``law`` and its kin.

    Args:
        scenario: what the axes do not vary.
        x: a field and the values to simulate; coordinate ``law_x`` of the dataset.
        y: another; ``law_y``.
        measure: as ``regime_map`` takes it.
        strategies: to simulate.
        replicates: of each point.
        seed: of the random numbers.
        watch: told the share that is done.
    """
    from update_magnitude.figures.agreement import compared

    points = [
        _at(under(scenario, strategy), {x.field: across, y.field: up})
        for strategy in strategies
        for up in y.values
        for across in x.values
    ]

    def pick(found: Simulation) -> list[Estimate]:
        return [getattr(found, measure)]

    found = simulated(points, pick, "law", replicates, named(seed, "law"), watch)
    exact = [if_testable(point, getattr(means(point), measure)) for point in points]
    shape = (len(strategies), len(y.values), len(x.values))
    mean, error = (result[:, 0].reshape(shape) for result in found)
    dims = ("strategy", "law_y", "law_x")
    variables = compared(mean, error, np.array(exact).reshape(shape), dims, "law")
    return variables | {"law_x": x.numbers, "law_y": y.numbers}


def _winner(theory: Numbers, size: Numbers) -> Any:
    """The place of the least mean, [y, x]; ties that are exact differ by rounding alone."""
    known = np.isfinite(theory).all(0)
    ordered = np.sort(np.where(known, theory, 0.0), axis=0)
    even = ordered[1] - ordered[0] <= EVEN * np.where(known, size, 0.0)
    best = np.argmin(np.where(known, theory, 0.0), axis=0)
    return np.where(known, np.where(even, TIE, best), NO_MEAN)


def _require(x: Axis, y: Axis, measure: str, strategies: Sequence[str]) -> None:
    for name, of in (("x", x), ("y", y)):
        if not isinstance(of, Axis):
            raise ScenarioError(
                f"{name} = {of!r:.60}: an axis is needed, as scenarios.axis makes one"
            )
    if x.field == y.field:
        raise ScenarioError(f"{x.field}: the axes of a map are two different fields")
    if measure not in MEASURES:
        raise ScenarioError(f"measure = {measure!r}: a map has one of {', '.join(MEASURES)}")
    for name in strategies:
        if name not in COMPARABLE:
            raise ScenarioError(
                f"strategies: {name!r} is none that a map compares; {', '.join(COMPARABLE)} are"
            )
    if len(set(strategies)) < 2:
        raise ScenarioError(
            "strategies: a map compares two different strategies at least, as in frozen,initialized"
        )


def under(scenario: Scenario, strategy: str) -> Scenario:
    """The scenario under another strategy; what only its own had a use for is left out."""
    document = scenario.document()
    kept = {name: document["updates"][name] for name in ("scale", "specific")}
    return varied(scenario, {"updates": kept | {"strategy": strategy}})


def _at(scenario: Scenario, values: dict[str, Numbers]) -> Scenario:
    return varied(
        scenario,
        {k: int(value) if WHOLE.fullmatch(k) else float(value) for k, value in values.items()},
    )
