"""Forgetting and generalization error against parameter distance, frozen and initialized."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from update_magnitude.figures.agreement import compared
from update_magnitude.figures.effort import Effort
from update_magnitude.figures.points import (
    Numbers,
    forgetting_and_generalization,
    part_of,
    simulated,
)
from update_magnitude.figures.style import (
    MARK,
    PAGE,
    STRATEGIES,
    dense_points,
    engines_legend,
    law_points,
)
from update_magnitude.scenarios import Scenario, preset, varied
from update_magnitude.simulations.streams import Seed, named
from update_magnitude.theory import critical_distance, two_task_values

SCENARIO = "two-close-tasks"
FARTHEST = 3.0  # the largest distance shown
FINE, LAW, DENSE = 121, 25, 7  # distances on a line, and of points
COMPARED = ("frozen", "initialized")
MEASURES = {
    "forgetting": "forgetting  $F_2$",
    "generalization": "generalization error  $G_2$",
}


def data(effort: Effort, seed: Seed, watch: Callable[[float], None]) -> xr.Dataset:
    """Theory on a fine grid of distances, both engines on coarser ones, and critical distances.

    Args:
        effort: how many replicates stand behind each point; all points share their draws.
        seed: of the random numbers.
        watch: called with the share that is done.

    Returns:
        ``theory`` over (measure, strategy, distance), ``law`` and ``dense`` over (measure,
        strategy, law_distance or dense_distance), ``critical`` over measure, NaN where there is
        none.
    """
    base = preset(SCENARIO)
    grids = {
        name: np.linspace(0, FARTHEST, count)
        for name, count in (
            ("distance", FINE),
            ("law_distance", LAW),
            ("dense_distance", DENSE),
        )
    }
    over = ("measure", "strategy")
    variables = {
        "theory": (
            (*over, "distance"),
            _predicted(base, grids["distance"]),
            {"long_name": "exact mean"},
        ),
        "critical": ("measure", _critical(base), {"long_name": "critical distance"}),
    }
    for number, (engine, replicates) in enumerate((("law", effort.law), ("dense", effort.dense))):
        distances = grids[f"{engine}_distance"]
        at = _points(base, distances)

        found = simulated(
            at,
            forgetting_and_generalization,
            engine,
            replicates,
            named(seed, engine),
            part_of(watch, number, 2),
        )
        means, errors = (_folded(result, len(distances)) for result in found)
        exact = _predicted(base, distances)
        variables |= compared(means, errors, exact, (*over, f"{engine}_distance"), engine)
    return xr.Dataset(
        variables,
        coords={"measure": list(MEASURES), "strategy": list(COMPARED)}
        | {name: (name, grid, {"long_name": "parameter distance"}) for name, grid in grids.items()},
        attrs={"scenario": base.title},
    )


def plot(dataset: xr.Dataset) -> Figure:
    """Lines for theory, points for both engines, one panel per measure."""
    figure = Figure(figsize=(PAGE, 2.7))
    panels = figure.subplots(1, len(MEASURES))
    for measure, label, axes in zip(MEASURES, MEASURES.values(), panels, strict=True):
        _panel(axes, dataset.sel(measure=measure))
        axes.set_ylabel(label)
        axes.set_xlabel(r"parameter distance  $\|\theta_2^* - \theta_1^*\|$")
        axes.set_xlim(-0.05, FARTHEST + 0.05)
    engines_legend(panels[0], loc="upper left")
    panels[-1].legend(loc="upper left", handlelength=2.4)
    return figure


def _panel(axes: Axes, panel: xr.Dataset) -> None:
    for strategy in COMPARED:
        look, of = STRATEGIES[strategy], panel.sel(strategy=strategy)
        axes.plot(of.distance, of.theory, look.line, color=look.colour, label=look.label)
        law_points(axes, of.law_distance, of.law, look)
        dense_points(axes, of.dense_distance, of.dense, of.dense_error, look)
    critical = float(panel.critical)
    known = np.isfinite(critical)
    if known:
        axes.axvline(critical, color=MARK, linewidth=0.8, linestyle=":")
    axes.annotate(
        rf"$\delta_c = {critical:.2f}$" if known else "no critical distance",
        (critical if known else FARTHEST, 0.03),
        xycoords=("data", "axes fraction"),
        xytext=(4, 0) if known else (0, 0),
        textcoords="offset points",
        horizontalalignment="left" if known else "right",
        color=MARK,
    )


def _points(base: Scenario, distances: Numbers) -> list[Scenario]:
    """Every strategy at every distance."""
    return [
        varied(base, {"optima.distance.specific": float(distance), "updates.strategy": strategy})
        for strategy in COMPARED
        for distance in distances
    ]


def _folded(values: Numbers, distances: int) -> Numbers:
    """From [scenario, measure] to [measure, strategy, distance]."""
    return values.T.reshape(len(MEASURES), len(COMPARED), distances)


def _predicted(base: Scenario, distances: Numbers) -> Numbers:
    """Closed forms, [measure, strategy, distance]."""
    values = [two_task_values(point) for point in _points(base, distances)]
    rows = np.array([[getattr(value, measure) for measure in MEASURES] for value in values])
    return _folded(rows, len(distances))


def _critical(base: Scenario) -> list[float]:
    found = [critical_distance(base, measure) for measure in MEASURES]
    return [critical.distance if critical else np.nan for critical in found]
