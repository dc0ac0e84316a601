"""Regime maps: which strategy is better, over any two fields of a scenario."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from update_magnitude.figures.agreement import compared
from update_magnitude.figures.explore.writing import toml_of
from update_magnitude.figures.points import Numbers, Watch, simulated
from update_magnitude.scenarios import Axis, Scenario, ScenarioError, family, varied
from update_magnitude.scenarios.axes import WHOLE
from update_magnitude.scenarios.schema import require_scenario
from update_magnitude.simulations.streams import Seed, named
from update_magnitude.theory import totals

COMPARED = ("frozen", "initialized")
COMPARABLE = (*COMPARED, "reinitialized")  # strategies without free choices
MEASURES = ("forgetting", "generalization", "learning_error")
NO_MEAN, TIE = -1, -2  # in the place of a winner
EVEN = 1e-12  # of the risks at a point, by which equal means may differ


def regime_map(
    scenario: Scenario,
    x: Axis,
    y: Axis,
    measure: str = "forgetting",
    strategies: Sequence[str] = COMPARED,
) -> xr.Dataset:
    """Exact means of two strategies or more over two fields, and which strategy is best.

    Returns:
        ``theory`` over (strategy, y, x), NaN where there is no finite mean, and ``winner`` over
        (y, x): the place of the best strategy, ``NO_MEAN`` or ``TIE``.

    Raises:
        ScenarioError: if a field cannot be varied, or a strategy cannot be compared.

    Example:
        >>> from update_magnitude import scenarios
        >>> from update_magnitude.scenarios import axis
        >>> near_and_far = axis("optima.distance.specific", [0.5, 2.0])
        >>> close = scenarios.preset("two-close-tasks")
        >>> regimes = regime_map(close, near_and_far, axis("tasks.noise", [0.0, 0.3]))
        >>> regimes.winner.values.tolist()  # freezing forgets less where tasks are near
        [[0, 1], [0, 1]]
    """
    require_scenario(scenario)
    _require(x, y, measure, strategies)
    if measure == "forgetting" and scenario.tasks.count == 1:
        raise ScenarioError("tasks.count = 1: forgetting compares tasks; give at least 2")
    theory, size = means_under(scenario, strategies, (y, x), measure)
    words = {"long_name": "place of the best strategy"}
    return xr.Dataset(
        {
            "theory": (("strategy", "y", "x"), theory, {"long_name": "mean that theory predicts"}),
            "winner": (("y", "x"), _winner(theory, size), words),
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

    The attributes are ``toml``, ``here_x`` and ``here_y``.
    """
    here = {
        f"here_{axis}": np.unique(values_of(str(dataset[axis].field), scenario)) for axis in "xy"
    }
    dataset = dataset.assign_attrs(toml=toml_of(scenario))
    if any(len(values) > 1 for values in here.values()):
        return dataset
    return dataset.assign_attrs({name: float(values[0]) for name, values in here.items()})


def values_of(key: str, scenario: Scenario) -> Numbers:
    """The values of a field: one, or one per task or step.

    Raises:
        LookupError: if there is no such field.
        TypeError, ValueError: if it is no number.
    """
    value: object = scenario.document()
    for name in key.split("."):
        if not isinstance(value, dict) or name not in value:
            raise LookupError(key)
        value = value[name]
    return np.asarray(value, float)


def numeric_fields(scenario: Scenario) -> dict[str, Sequence[float]]:
    """The fields that a map can vary, with their values: one, or one per task or step."""
    names, optima = scenario.blocks.names, scenario.optima
    by_block: dict[str, Sequence[Sequence[float]]] = {}
    if optima.gram is None:
        by_block["optima.distance"] = optima.distance
        by_block["optima.norm"] = [(norm,) for norm in optima.norm]
    by_block["blocks"] = [(size,) for size in scenario.blocks.sizes]
    return {
        "tasks.samples": scenario.tasks.samples,
        "tasks.noise": scenario.tasks.noise,
        **{
            f"{kind}.{name}": values
            for kind, rows in by_block.items()
            for name, values in zip(names, rows, strict=True)
            if values
        },
        "updates.scale": scenario.updates.scale,
    }


def means_under(
    scenario: Scenario, strategies: Sequence[str], axes: Sequence[Axis], measure: str
) -> tuple[Numbers, Numbers]:
    """Exact means under several strategies over a grid, [strategy, ...], and the size behind them.

    The size of a point is the sum of all generalization errors: differences below ``EVEN`` of it
    are rounding.
    """
    first = under(scenario, strategies[0])
    exact = totals(family(first, [Axis("updates.strategy", tuple(strategies)), *axes]))
    values: Numbers = getattr(exact, measure)
    return values, exact.generalization.sum(axis=0)


def simulated_map(
    scenario: Scenario,
    x: Axis,
    y: Axis,
    measure: str,
    strategies: Sequence[str],
    replicates: int,
    seed: Seed,
    watch: Watch,
) -> dict[str, object]:
    """Variables of means simulated by the law engine over a coarser grid: ``law`` and its kin."""
    scenarios = [
        with_numbers(under(scenario, strategy), {x.field: across, y.field: up})
        for strategy in strategies
        for up in y.values
        for across in x.values
    ]
    stream = named(seed, "law")
    try:
        points = simulated(scenarios, [measure], "law", replicates, stream, watch)
    except ScenarioError as refusal:
        why = str(refusal).removesuffix("; use the dense engine")
        raise ScenarioError(
            f"{why}; simulated winners come from the law engine alone: leave out --simulate"
        ) from None
    shape = (len(strategies), len(y.values), len(x.values))
    mean, error, known = (values.reshape(shape) for values in points)
    variables = compared(mean, error, known, ("strategy", "law_y", "law_x"), "law")
    return {**variables, "law_x": x.numbers, "law_y": y.numbers}


def under(scenario: Scenario, strategy: str) -> Scenario:
    """The scenario under another strategy; what only its own had a use for is left out."""
    return varied(scenario, {"updates": scenario.magnitudes | {"strategy": strategy}})


def with_numbers(scenario: Scenario, values: Mapping[str, float]) -> Scenario:
    """The scenario with other values of some fields, whole ones where a field takes no others."""
    changes = {
        key: int(value) if WHOLE.fullmatch(key) else float(value) for key, value in values.items()
    }
    return varied(scenario, changes)


def _winner(theory: Numbers, size: Numbers) -> Numbers:
    """The place of the least mean, [y, x]; ties that are exact differ by rounding alone."""
    known = np.isfinite(theory).all(0)
    values = np.where(known, theory, 0.0)
    least, second = np.partition(values, 1, axis=0)[:2]
    even = second - least <= EVEN * np.where(known, size, 0.0)
    return np.where(known, np.where(even, TIE, values.argmin(axis=0)), NO_MEAN)


def _require(x: Axis, y: Axis, measure: str, strategies: Sequence[str]) -> None:
    for name, axis in (("x", x), ("y", y)):
        if not isinstance(axis, Axis):
            raise ScenarioError(
                f"{name} = {axis!r:.60}: an axis is needed, as scenarios.axis makes one"
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
