"""Risk and forgetting against the weight of the shared block: initialized to frozen training."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from update_magnitude.figures.curves import Curves, draw_curve
from update_magnitude.figures.points import Effort, Watch, predicted
from update_magnitude.figures.style import (
    COVERED,
    MARK,
    PAGE,
    STRATEGIES,
    Look,
    best_point,
    family,
)
from update_magnitude.scenarios import Scenario, library, varied
from update_magnitude.simulations.streams import Seed
from update_magnitude.theory import best_update

BASE = library("held-by-weight")
TASKS = {  # steps of the optimum, per block
    "near": {"optima.distance.shared": 0.2, "optima.distance.specific": 1.0},
    "far": {"optima.distance.shared": 2.0, "optima.distance.specific": 1.0},
}
MEASURES = {
    "forgetting": "forgetting  $F_2$",
    "second_risk": r"risk on task 2  $R_2(\theta_2)$",
    "generalization": "mean risk  $G_2$",
}
OPTIMIZED = {"forgetting": "forgetting", "second_risk": "risk", "generalization": "generalization"}
STANDARD = ("initialized", "frozen")
LIGHTEST, HEAVIEST = 0.03, 3e4  # weights shown
HELD = 3e5  # where the axis has ∞, the weight of frozen training


def data(effort: Effort, seed: Seed, watch: Watch) -> xr.Dataset:
    """Curves over (tasks, weight, measure), ``standard`` strategies, and the ``best`` there is.

    ``standard`` is over (tasks, strategy, measure), ``best`` over (tasks, measure): what the best
    penalties and weights for that measure have, both updates counted, which is no point of a curve.
    """
    standard = [
        predicted([_strategy(tasks, strategy) for strategy in STANDARD], tuple(MEASURES))
        for tasks in TASKS
    ]
    plain = [_strategy(tasks, "initialized") for tasks in TASKS]
    best = [
        [
            predicted([best_update(scenario, OPTIMIZED[measure])], [measure]).item()
            for measure in MEASURES
        ]
        for scenario in plain
    ]
    dataset = CURVES.data(effort, seed, watch).assign_coords(strategy=list(STANDARD))
    words = {"long_name": "mean with the best penalties and weights"}
    return dataset.assign(
        standard=(("tasks", "strategy", "measure"), standard, {"long_name": "exact mean"}),
        best=(("tasks", "measure"), best, words),
    )


def plot(dataset: xr.Dataset) -> Figure:
    """A panel for near and one for far tasks: lines for theory, points for the dense engine."""
    figure = Figure(figsize=(PAGE, 3.0))
    panels = figure.subplots(1, dataset.sizes["tasks"])
    for axes, tasks in zip(panels, dataset.tasks.values, strict=True):
        _panel(axes, dataset.sel(tasks=tasks))
        axes.set_title(f"{tasks} tasks", loc="left")
        axes.set_xlabel(r"weight of the shared block  $\rho$")
    panels[0].set_ylabel("risk, or change of risk")
    figure.legend(
        *panels[-1].get_legend_handles_labels(), loc="outside lower center", ncols=3, fontsize=7
    )
    return figure


def _panel(axes: Axes, panel: xr.Dataset) -> None:
    axes.set_xscale("log")
    for (measure, label), look in zip(MEASURES.items(), family(len(MEASURES)), strict=True):
        curve = panel.sel(measure=measure)
        draw_curve(axes, curve, "weight", look, label)
        least = int(curve.theory.values.argmin())
        best_point(axes, curve.weight[least], curve.theory[least], look)
        for strategy, place in zip(STANDARD, (1.0, HELD), strict=True):
            marker = STRATEGIES[strategy].marker
            level = float(curve.standard.sel(strategy=strategy))
            axes.plot(place, level, marker, color=look.colour, markersize=5, clip_on=False)
        axes.axhline(float(curve.best), color=look.colour, linewidth=0.6, linestyle=(0, (1, 3)))
    for strategy in STANDARD:
        marker = STRATEGIES[strategy].marker
        axes.plot([], [], f"k{marker}", markersize=5, label=f"{strategy}, exact")
    best_point(axes, [], [], Look("", "white", "", ""), label="least of the curve")
    label = f"dense engine, ±{COVERED} SE"
    axes.plot([], [], "o", color=MARK, markersize=4.4, markerfacecolor="white", label=label)
    words = "best penalties and weights"
    axes.plot([], [], color="black", linewidth=0.6, linestyle=(0, (1, 3)), label=words)
    powers = range(-1, 5)
    ticks = {10.0**power: f"$10^{{{power}}}$" for power in powers} | {HELD: r"$\infty$"}
    axes.set_xticks([*ticks], [*ticks.values()])
    axes.minorticks_off()
    axes.set_xlim(LIGHTEST, HELD)


def _scenario(_engine: str, tasks: str, weight: float) -> Scenario:
    """The first task has all weights alike: without a penalty on it they do not matter there."""
    return varied(BASE, {**TASKS[tasks], "updates.weights.shared": [1.0, weight]})


def _strategy(tasks: str, strategy: str) -> Scenario:
    return varied(BASE, {**TASKS[tasks], "updates.strategy": strategy})


CURVES = Curves(
    along="weight",
    meaning="weight ρ of the shared block",
    grids={
        "theory": np.geomspace(LIGHTEST, HEAVIEST, 80),
        "dense": np.geomspace(0.1, 1e4, 7),
    },
    across={"tasks": tuple(TASKS)},
    measures=tuple(MEASURES),
    scenario=_scenario,
    lines=("tasks", "weight", "measure"),
)
