"""The metrics of all strategies with their intervals, and what the hybrid ones decided."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import SubplotSpec
from matplotlib.lines import Line2D

from update_magnitude.figures.networks.looks import (
    MARGIN,
    PERCENT,
    Keywords,
    draw_intervals,
    looks,
    over_seeds,
)
from update_magnitude.figures.style import MARK, PAGE, Look
from update_magnitude.simulations.networks.metrics import METRICS, POSSIBLE, Document, Numbers
from update_magnitude.simulations.networks.strategies import strategy

SHOWN = {"avg_acc": "Avg.Acc (%)", "forgetting": "Forgetting (%)", "task_acc": "Task.Acc (%)"}
ROW = 0.34  # inches that a strategy takes
APART = 0.29  # rows between means and what is drawn above and below them
REPORTED: Keywords = {
    "linestyle": "",
    "marker": "D",
    "color": "black",
    "markerfacecolor": "none",
    "markersize": 4.4,
    "markeredgewidth": 0.8,
}


def plot(dataset: xr.Dataset, reported: Document | None = None) -> Figure:
    """Above: the metrics, seed by seed and on average, and how far parameters moved in a task.

    Below: how many modules rules let train, where they choose between modules.

    What the paper reports of strategies of the run stands beside it, at a scale of its own.
    """
    known, reported = looks(dataset), reported or {}
    hybrid = {
        name: look
        for name, look in known.items()
        if name.startswith("hybrid") and strategy(name).chooses_modules
    }
    heights = [0.45 + ROW * len(known), 1.6] if hybrid else [0.45 + ROW * len(known)]
    figure = Figure(figsize=(PAGE, 0.35 + sum(heights)))
    grid = figure.add_gridspec(len(heights), 1, height_ratios=heights)
    top = _row(grid[0], len(SHOWN) + ("moved" in dataset))
    for axes, metric in zip(top, SHOWN, strict=False):
        _metric_panel(axes, dataset, metric, reported)
    if "moved" in dataset:
        moved = (dataset.moved[..., 1:, :] ** 2).sum("module") ** 0.5  # over all modules
        _panel(top[-1], dataset, moved.mean("task").values, (0.0, np.inf))
        top[-1].set_xlabel(r"update magnitude  $\Vert\Delta\Vert$")
        top[-1].set_xlim(left=-0.05 * top[-1].get_xlim()[1])  # marks at 0 are whole
    top[0].set_yticks(range(len(known)), [look.label for look in known.values()])
    top[0].set_ylim(len(known) - 0.45, -0.55)
    if hybrid:
        below = _row(grid[1], len(hybrid))
        for axes, (name, look) in zip(below, hybrid.items(), strict=True):
            _choices_panel(axes, dataset, name, look)
        few, every = _levels(dataset)
        below[0].set_yticks([few, every], [f"{few} (as frozen)", f"{every} (all)"])
        least = min(few, int(dataset.trained_modules.min()))
        below[0].set_ylim(least - 0.08 * every, 1.05 * every)
        below[0].set_ylabel("modules that train")
    figure.legend(handles=_legend(known, reported), loc="outside upper left", ncols=3)
    return figure


def _row(place: SubplotSpec, count: int) -> list[Axes]:
    """Panels beside each other that share their vertical axis."""
    return list(place.subgridspec(1, count).subplots(sharey=True, squeeze=False)[0])


def _metric_panel(axes: Axes, dataset: xr.Dataset, metric: str, reported: Document) -> None:
    values = PERCENT * METRICS[metric](dataset.accuracy.values)  # [strategy, seed]
    lowest, highest = (PERCENT * end for end in POSSIBLE[metric])
    _panel(axes, dataset, values, (lowest, highest))
    for place, name in enumerate(looks(dataset)):
        theirs = reported.get(name, {}).get(metric)
        if theirs is not None:
            axes.plot(theirs, place + APART, **REPORTED)
    axes.set_xlabel(SHOWN[metric])
    least, most = axes.get_xlim()
    axes.set_xlim(max(least, lowest - MARGIN), min(most, highest + MARGIN))


def _panel(axes: Axes, dataset: xr.Dataset, values: Numbers, possible: tuple[float, float]) -> None:
    """Values of all strategies, [strategy, seed], one below the other, with their means."""
    mean, reach = over_seeds(values, possible)
    for place, look in enumerate(looks(dataset).values()):
        seeds = [place - APART] * values.shape[1]
        axes.plot(values[place], seeds, "o", color=look.colour, ms=2.4, mew=0, alpha=0.75)
        bars = {"xerr": reach[:, [place]], "capsize": 2}
        draw_intervals(axes, mean[place], place, look, bars)
    for place in range(1, len(values)):
        axes.axhline(place - 0.5, color="#DDDDDD", linewidth=0.6, zorder=0)
    axes.tick_params(axis="y", length=0)
    axes.margins(x=0.08)


def _choices_panel(axes: Axes, dataset: xr.Dataset, name: str, look: Look) -> None:
    """From the second task on; at the first all modules train."""
    later = dataset.trained_modules.sel(strategy=name).isel(task=slice(1, None))
    for level in _levels(dataset):
        axes.axhline(level, color=MARK, linewidth=0.6, linestyle=":", zorder=0)
    for seed in range(later.sizes["seed"]):
        axes.plot(later.task, later.isel(seed=seed), color=look.colour, linewidth=0.5, alpha=0.4)
    axes.plot(later.task, later.mean("seed"), look.line + look.marker, color=look.colour)
    axes.set_title(look.label, loc="left")
    axes.set_xlabel("task  $t$")
    axes.set_xticks(later.task.values[:: 1 if later.sizes["task"] <= 10 else 5])
    axes.margins(x=0.06)


def _levels(dataset: xr.Dataset) -> tuple[int, int]:
    """How many modules frozen training trains, and how many there are."""
    return int(dataset.attrs["specific"]), dataset.sizes["module"]


def _legend(known: dict[str, Look], reported: Document) -> list[Line2D]:
    handles = [
        Line2D([], [], color=MARK, linestyle="", marker="o", ms=2.4, mew=0, label="a seed"),
        Line2D([], [], color=MARK, marker="s", lw=0.8, ms=4.4, label="mean, 95% interval"),
    ]
    if any(set(SHOWN) & set(reported.get(name, {})) for name in known):
        handles.append(Line2D([], [], label="reported by the paper (its own scale)", **REPORTED))
    return handles
