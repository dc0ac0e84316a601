"""The risk after one task against the number of trainable parameters: double descent."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from update_magnitude.figures.curves import Curves, draw_curve
from update_magnitude.figures.points import Effort, Watch
from update_magnitude.figures.spread import spread
from update_magnitude.figures.style import COLUMN, MARK, engines_legend, family, threshold
from update_magnitude.scenarios import Scenario
from update_magnitude.simulations.streams import Seed

PARAMETERS, SAMPLES = 60, 20
NOISES = (0.0, 0.5, 1.0)
DENSE = (6, 12, 28, 44, PARAMETERS)


def data(effort: Effort, seed: Seed, watch: Watch) -> xr.Dataset:
    """Curves over (noise, count), and ``no_update``, the risk at θ = 0."""
    dataset = CURVES.data(effort, seed, watch)
    idle = dataset.theory.isel(noise=0, count=0, drop=True)
    idle.attrs = {"long_name": "risk of no update"}
    dataset.noise.attrs["long_name"] = "noise σ"
    return dataset.assign(no_update=idle).assign_attrs(parameters=PARAMETERS, samples=SAMPLES)


def plot(dataset: xr.Dataset) -> Figure:
    """Lines for theory, points for both engines; the threshold and the risk of no update."""
    figure = Figure(figsize=(COLUMN, 2.7))
    axes = figure.subplots()
    for noise, look in zip(dataset.noise, family(dataset.sizes["noise"]), strict=True):
        draw_curve(axes, dataset.sel(noise=noise), "count", look, rf"$\sigma = {float(noise):g}$")
    _marks(axes, dataset)
    axes.set_yscale("log")
    axes.set_xlim(-1, dataset.attrs["parameters"] + 1)
    axes.set_xlabel("trainable parameters  $m$")
    axes.set_ylabel(r"risk  $R_1(\theta_1)$")
    engines_legend(axes, loc="upper right", bbox_to_anchor=(1.03, 1.02), handlelength=1.6)
    axes.legend(loc="upper left", bbox_to_anchor=(-0.02, 1.02), handlelength=2.2)
    return figure


def _marks(axes: Axes, dataset: xr.Dataset) -> None:
    """Where there are as many parameters as samples, and what it costs to do nothing."""
    samples, idle = dataset.attrs["samples"], float(dataset.no_update)
    threshold(axes, samples, "$m = n$")
    axes.axhline(idle, color=MARK, linewidth=0.6, zorder=0)
    axes.annotate("no update", (1, idle), xytext=(0, -9), textcoords="offset points", color=MARK)


def _scenario(engine: str, count: int, noise: float) -> Scenario:
    """Two parts, so that the law engine has one program for all; the dense one cuts at all counts.

    All counts of the dense engine share their draws so.
    """
    half = count if 0 < count < PARAMETERS else PARAMETERS // 2
    ends = DENSE if engine == "dense" else (half, PARAMETERS)
    return spread("one-task", ends, count, {"tasks.samples": SAMPLES, "tasks.noise": noise})


CURVES = Curves(
    along="count",
    meaning="number of trainable parameters",
    grids={
        "theory": np.arange(PARAMETERS + 1),
        "law": [m for m in range(8, PARAMETERS + 1, 4) if m != SAMPLES],
        "dense": DENSE,
    },
    across={"noise": NOISES},
    measures=("generalization",),  # of a single task it is the risk
    scenario=_scenario,
    lines=("noise", "count"),
    points=("count", "noise"),  # neighbours run together, of which few sets of parameters train
)
