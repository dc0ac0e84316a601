"""Forgetting, the risk on task 2 and the mean risk against the scale of the second update."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from update_magnitude.figures.agreement import compared, if_testable
from update_magnitude.figures.effort import Effort
from update_magnitude.figures.points import Numbers, forgetting_of, part_of, simulated
from update_magnitude.figures.style import (
    PAGE,
    Look,
    best_point,
    dense_points,
    engines_legend,
    family,
    law_points,
)
from update_magnitude.paper_checks.claims.counts import Spread
from update_magnitude.scenarios import Scenario
from update_magnitude.simulations import Estimate, Simulation
from update_magnitude.simulations.streams import Seed, named
from update_magnitude.theory import theorem, two_task_values

LARGEST = 1.4  # the largest scale shown
FINE, LAW, DENSE = 141, 15, 8  # scales on a line, and of points
SETTINGS = {  # the scale, which is the last field, varies
    "overparameterized": Spread("more parameters", (20, 40), (15, 15), (0.5, 0.5), 1.0, 1.0),
    "underparameterized": Spread("more samples", (6, 12), (30, 30), (1.0, 1.0), 1.0, 1.0),
}
MEASURES = {
    "forgetting": "forgetting  $F_2$",
    "second_risk": r"risk on task 2  $R_2(\theta_2)$",
    "generalization": "mean risk  $G_2$",
}
BEST = {  # the theorems about the best scales
    "forgetting": "optimal-scale-forgetting",
    "second_risk": "optimal-scale-second-risk",
    "generalization": "optimal-scale-mean",
}


def data(effort: Effort, seed: Seed, watch: Callable[[float], None]) -> xr.Dataset:
    """Theory on a fine grid of scales, both engines on coarser ones, and the best scales.

    Args:
        effort: how many replicates stand behind each point.
        seed: of the random numbers.
        watch: called with the share that is done.

    Returns:
        ``theory`` over (setting, scale, measure), ``law`` and ``dense`` over (setting, law_scale or
        dense_scale, measure), ``best`` over (setting, measure) and ``least``, the value there.
    """
    grids = {
        name: np.linspace(0, LARGEST, count)
        for name, count in (("scale", FINE), ("law_scale", LAW), ("dense_scale", DENSE))
    }
    best = np.array([_best(setting) for setting in SETTINGS.values()])
    least = [
        np.diag(_exact(setting, scales))
        for setting, scales in zip(SETTINGS.values(), best, strict=True)
    ]
    lines = [_exact(setting, grids["scale"]) for setting in SETTINGS.values()]
    variables: dict[str, Any] = {
        "theory": (("setting", "scale", "measure"), lines, {"long_name": "exact mean"}),
        "best": (("setting", "measure"), best, {"long_name": "best scale"}),
        "least": (("setting", "measure"), least, {"long_name": "exact mean at the best scale"}),
    }
    for number, (engine, replicates) in enumerate((("law", effort.law), ("dense", effort.dense))):
        scales = grids[f"{engine}_scale"]

        at = [_scenario(setting, scale) for setting in SETTINGS.values() for scale in scales]
        shape = (len(SETTINGS), len(scales), len(MEASURES))
        found = simulated(
            at, _measured, engine, replicates, named(seed, engine), part_of(watch, number, 2)
        )
        mean, error = (result.reshape(shape) for result in found)
        exact = [[if_testable(point, value) for value in two_task_values(point)] for point in at]
        dims = ("setting", f"{engine}_scale", "measure")
        variables |= compared(mean, error, np.reshape(exact, shape), dims, engine)
    return xr.Dataset(
        variables,
        coords={"setting": list(SETTINGS), "measure": list(MEASURES)}
        | {name: (name, grid, {"long_name": "scale α"}) for name, grid in grids.items()},
    )


def plot(dataset: xr.Dataset) -> Figure:
    """A panel for each setting: lines for theory, points for both engines, and best scales."""
    figure = Figure(figsize=(PAGE, 2.8))
    panels = figure.subplots(1, dataset.sizes["setting"])
    for axes, setting in zip(panels, dataset.setting.values, strict=True):
        _panel(axes, dataset.sel(setting=setting))
        axes.set_title(setting)
        axes.set_xlabel(r"scale of the second update  $\alpha$")
    panels[0].set_ylabel("risk, or change of risk")
    engines_legend(panels[0], loc="center left", bbox_to_anchor=(0, 0.39))
    panels[-1].legend(loc="upper left", handlelength=2.4)
    return figure


def _panel(axes: Axes, panel: xr.Dataset) -> None:
    for (measure, label), look in zip(MEASURES.items(), family(len(MEASURES)), strict=True):
        of = panel.sel(measure=measure)
        axes.plot(of.scale, of.theory, look.line, color=look.colour, label=label)
        law_points(axes, of.law_scale, of.law, look)
        dense_points(axes, of.dense_scale, of.dense, of.dense_error, look)
        best_point(axes, of.best, of.least, look)
    best_point(axes, [], [], Look("", "white", "", ""), label=r"least, at the best $\alpha^*$")


def _scenario(spread: Spread, scale: float) -> Scenario:
    """All parameters train, the second time with that scale."""
    return spread._replace(alpha=float(scale)).scenario(spread.counts[-1])


def _exact(spread: Spread, scales: Numbers) -> Numbers:
    """Closed forms, [scale, measure]."""
    return np.array([two_task_values(_scenario(spread, scale)) for scale in scales])


def _best(spread: Spread) -> list[float]:
    """The scale at which each measure is least."""
    known = spread.arguments()
    values = {
        **{"m": known["P"], "n": known["n"], "N": known["sigma"] ** 2},
        **{"D_S": known["d_d"], "e_d": known["e_d_all"]},  # all parameters train
    }
    return [theorem(BEST[measure]).at(values) for measure in MEASURES]


def _measured(found: Simulation) -> list[Estimate]:
    """F_2, R_2(θ_2) and G_2."""
    second = Estimate(found.risk.mean[1, 1], found.risk.standard_error[1, 1])
    return [*forgetting_of(found), second, found.generalization]
