"""Forgetting, the risk on task 2 and the mean risk against the scale of the second update."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from update_magnitude.figures.curves import Curves, draw_curve, evenly
from update_magnitude.figures.points import Effort, Watch, predicted
from update_magnitude.figures.style import PAGE, Look, best_point, engines_legend, family
from update_magnitude.scenarios import Scenario, library, varied
from update_magnitude.simulations.streams import Seed
from update_magnitude.theory import theorem

SETTINGS = {
    "overparameterized": library("update-scale-few-samples"),
    "underparameterized": library("update-scale-many-samples"),
}
MEASURES = {
    "forgetting": "forgetting  $F_2$",
    "second_risk": r"risk on task 2  $R_2(\theta_2)$",
    "generalization": "mean risk  $G_2$",
}
BEST = ("optimal-scale-forgetting", "optimal-scale-second-risk", "optimal-scale-mean")


def data(effort: Effort, seed: Seed, watch: Watch) -> xr.Dataset:
    """Curves over (setting, scale, measure); ``best`` scales, and ``least``, the measure there."""
    best = [[theorem(name).evaluate(setting) for name in BEST] for setting in SETTINGS.values()]
    least = [
        np.diag(predicted([_scenario("", setting, scale) for scale in scales], tuple(MEASURES)))
        for setting, scales in zip(SETTINGS, best, strict=True)
    ]
    dims = ("setting", "measure")
    return CURVES.data(effort, seed, watch).assign(
        best=(dims, best, {"long_name": "best scale"}),
        least=(dims, least, {"long_name": "exact mean at the best scale"}),
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
        curve = panel.sel(measure=measure)
        draw_curve(axes, curve, "scale", look, label)
        best_point(axes, curve.best, curve.least, look)
    best_point(axes, [], [], Look("", "white", "", ""), label=r"least, at the best $\alpha^*$")


def _scenario(_engine: str, setting: str, scale: float) -> Scenario:
    return varied(SETTINGS[setting], {"updates.scale": [1.0, scale]})


CURVES = Curves(
    along="scale",
    meaning="scale α",
    grids=evenly(0, 1.4, theory=141, law=15, dense=8),
    across={"setting": tuple(SETTINGS)},
    measures=tuple(MEASURES),
    scenario=_scenario,
    lines=("setting", "scale", "measure"),
)
