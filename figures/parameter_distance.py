"""Forgetting and generalization error against parameter distance, frozen and initialized."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from update_magnitude.figures.curves import Curves, draw_curve, evenly
from update_magnitude.figures.points import Effort, Watch
from update_magnitude.figures.style import MARK, PAGE, STRATEGIES, engines_legend, threshold
from update_magnitude.scenarios import Scenario, preset, varied
from update_magnitude.simulations.streams import Seed
from update_magnitude.theory import critical_distance

BASE = preset("two-close-tasks")
FARTHEST = 3.0  # the largest distance shown
COMPARED = ("frozen", "initialized")
MEASURES = {
    "forgetting": "forgetting  $F_2$",
    "generalization": "generalization error  $G_2$",
}


def data(effort: Effort, seed: Seed, watch: Watch) -> xr.Dataset:
    """Curves over (measure, strategy, distance), and ``critical`` over measure, NaN without one."""
    critical = [critical_distance(BASE, measure) for measure in MEASURES]
    distances = [one.distance if one else np.nan for one in critical]
    words = {"long_name": "critical distance"}
    dataset = CURVES.data(effort, seed, watch).assign_attrs(scenario=BASE.title)
    return dataset.assign(critical=("measure", distances, words))


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
        look = STRATEGIES[strategy]
        draw_curve(axes, panel.sel(strategy=strategy), "distance", look, look.label)
    critical = float(panel.critical)
    if np.isfinite(critical):
        threshold(axes, critical, rf"$\delta_c = {critical:.2f}$")
        return
    axes.annotate(
        "no critical distance",
        (FARTHEST, 0.03),
        xycoords=("data", "axes fraction"),
        horizontalalignment="right",
        color=MARK,
    )


def _scenario(_engine: str, strategy: str, distance: float) -> Scenario:
    return varied(BASE, {"optima.distance.specific": distance, "updates.strategy": strategy})


CURVES = Curves(
    along="distance",
    meaning="parameter distance",
    grids=evenly(0, FARTHEST, theory=121, law=25, dense=7),
    across={"strategy": COMPARED},
    measures=tuple(MEASURES),
    scenario=_scenario,
    lines=("measure", "strategy", "distance"),
)
