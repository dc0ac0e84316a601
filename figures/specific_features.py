"""Forgetting and generalization where each task has features of its own, by strategy."""

from __future__ import annotations

from functools import cache

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from update_magnitude.figures.curves import Curves, draw_curve
from update_magnitude.figures.points import Effort, Watch
from update_magnitude.figures.style import COVERED, MARK, PAGE, STRATEGIES, Look, family
from update_magnitude.scenarios import Scenario, library, varied
from update_magnitude.simulations.streams import Seed
from update_magnitude.theory import best_update

BASE = library("own-features")
TASKS, BLOCKS = BASE.tasks.count, BASE.blocks.names
VARIANCES = np.geomspace(1e-3, 1, 17)
RIDGE = 0.5  # the penalty of ridge training
UPDATES: dict[str, dict[str, object]] = {
    "initialized": {"updates.strategy": "initialized"},
    "frozen": {
        "updates.strategy": "custom",
        "updates.trainable": [list(BLOCKS), *([own] for own in BLOCKS[2:])],
    },
    "ridge": {"updates.strategy": "initialized", "updates.penalty": RIDGE},
    "average": {
        "updates.strategy": "initialized",
        "updates.scale": [1 / (task + 1) for task in range(TASKS)],
    },
    "least-forgetting": {"updates.strategy": "least-forgetting"},
    "optimal": {"updates.strategy": "initialized"},
}
SHADES = family(5)
LOOKS = {name: STRATEGIES[name] for name in ("initialized", "frozen")} | {
    "ridge": Look(f"ridge, $\\lambda = {RIDGE}$", "#888888", ":", "P"),
    "average": SHADES[3]._replace(label="average, scale $1/t$", line="-"),
    "least-forgetting": SHADES[2]._replace(label="rates (least-forgetting)"),
    "optimal": SHADES[0]._replace(label="optimal for $G$", marker="d"),
}
MEASURES = {
    "forgetting": rf"forgetting  $F_{TASKS}$",
    "generalization": rf"generalization error  $G_{TASKS}$",
}
FORGETTING = (-0.6, 50.0)  # what is shown of it
LINEAR = 0.5  # forgetting of less than this is drawn to a linear scale


def data(effort: Effort, seed: Seed, watch: Watch) -> xr.Dataset:
    """Curves over (measure, strategy, variance)."""
    return CURVES.data(effort, seed, watch).assign_attrs(scenario=BASE.title)


def plot(dataset: xr.Dataset) -> Figure:
    """A panel for each measure: lines for theory, points for the dense engine."""
    figure = Figure(figsize=(PAGE, 3.0))
    panels = figure.subplots(1, len(MEASURES))
    for (measure, label), axes in zip(MEASURES.items(), panels, strict=True):
        panel = dataset.sel(measure=measure)
        for strategy, look in LOOKS.items():
            draw_curve(axes, panel.sel(strategy=strategy), "variance", look, look.label)
        words = f"dense engine, ±{COVERED} SE"
        axes.plot([], [], "o", color=MARK, markersize=4.4, markerfacecolor="white", label=words)
        axes.set_xscale("log")
        _set_vertical_scale(axes, measure)
        axes.set_xlabel("variance of a task's own features at the others  $v$")
        axes.set_ylabel(label)
    figure.legend(*panels[-1].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return figure


def _set_vertical_scale(axes: Axes, measure: str) -> None:
    """Logarithmic, but about 0 for forgetting, which may lie below."""
    if measure == "generalization":
        axes.set_yscale("log")
        axes.set_yticks([0.3, 1, 3, 10, 30], ["0.3", "1", "3", "10", "30"])
        return
    axes.set_yscale("symlog", linthresh=LINEAR, linscale=0.7)
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_ylim(*FORGETTING)
    axes.set_yticks([-0.5, 0, 0.5, 1, 3, 10, 30], ["−0.5", "0", "0.5", "1", "3", "10", "30"])
    axes.axhline(0, color=MARK, linewidth=0.6, zorder=0)


def _scenario(_engine: str, strategy: str, variance: float) -> Scenario:
    """Each block but the shared one has variance 1 at its own task, and a small one at others."""
    own = {
        f"features.variance.{name}": [1.0 if task == place else variance for task in range(TASKS)]
        for place, name in enumerate(BLOCKS[1:])
    }
    scenario = varied(BASE, {**own, **UPDATES[strategy]})
    return _best(scenario) if strategy == "optimal" else scenario


@cache  # searched for once, and drawn twice
def _best(scenario: Scenario) -> Scenario:
    return best_update(scenario, "generalization")


CURVES = Curves(
    along="variance",
    meaning="variance of a task's own features at the other tasks",
    grids={"theory": VARIANCES, "dense": VARIANCES[::4]},
    across={"strategy": tuple(UPDATES)},
    measures=tuple(MEASURES),
    scenario=_scenario,
    lines=("measure", "strategy", "variance"),
)
