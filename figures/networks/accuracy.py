"""The accuracy on every task after every task, by strategy."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure
from numpy.typing import NDArray

from update_magnitude.figures.networks.looks import PERCENT, looks, seeds_of
from update_magnitude.figures.style import MAP, PAGE
from update_magnitude.simulations.networks.metrics import Numbers

AROUND = 0.9  # inches beside the panels, for words and the scale
ROW = 4  # panels that fit beside each other
NUMBERED = 6  # tasks, at most, whose numbers can be read
DARK = 0.55  # of the colour scale, below which numbers are white


def plot(dataset: xr.Dataset) -> Figure:
    """The matrix a[k, j] of each strategy as a heat map, all in the same colours."""
    known, accuracy = looks(dataset), PERCENT * dataset.accuracy.mean("seed")
    # Colours from the tens below the least accuracy to 100%.
    least = min(float(np.floor(accuracy.min() / 10) * 10), PERCENT - 10)
    count = len(known)
    columns = count if count <= ROW else -(-count // 2)
    rows = -(-count // columns)
    words = 0.35 * (1 + (count % columns > 0))  # below the last row, and above an empty place
    side = (PAGE - AROUND) / max(3, columns)
    height = words + 0.4 + rows * (0.25 + 0.86 * side)
    figure = Figure(figsize=(AROUND + columns * side, height))
    panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for axes in panels.flat[count:]:
        axes.set_visible(False)
    for axes, (name, look) in zip(panels.flat, known.items(), strict=False):
        image = _panel(axes, accuracy.sel(strategy=name).values, least)
        axes.set_title(look.label, loc="left")
    _words(panels, count, [int(task) for task in dataset.task.values])
    bar = figure.colorbar(image, ax=panels, shrink=0.9, aspect=18 * rows, pad=0.02)
    bar.set_label(f"accuracy (%), mean of {seeds_of(dataset)}")
    bar.outline.set_visible(False)
    return figure


def _panel(axes: Axes, values: Numbers, least: float) -> QuadMesh:
    image = axes.pcolormesh(
        values, edgecolors="white", linewidth=0.6, cmap=MAP, vmin=least, vmax=PERCENT
    )
    axes.set_aspect("equal")
    axes.set_ylim(len(values), 0)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    if len(values) <= NUMBERED:
        middle = least + DARK * (PERCENT - least)
        for (row, column), value in np.ndenumerate(values):
            if np.isfinite(value):
                ink, place = "white" if value < middle else "black", (column + 0.5, row + 0.5)
                axes.annotate(f"{value:.0f}", place, color=ink, size=7, ha="center", va="center")
    return image


def _words(panels: NDArray[np.object_], count: int, tasks: list[int]) -> None:
    """Labels of the outer panels alone; an empty place below a panel counts as outside."""
    step = 1 if len(tasks) <= 12 else 5
    shown = [place for place, task in enumerate(tasks) if task % step == 0]
    columns = panels.shape[1]
    for place, axes in enumerate(panels.flat[:count]):
        ticks = [k + 0.5 for k in shown], [str(tasks[k]) for k in shown]
        axes.set_xticks(*ticks)
        axes.set_yticks(*ticks)
        if place % columns == 0:
            axes.set_ylabel("after task  $k$")
        if place + columns >= count:
            axes.set_xlabel("accuracy on task  $j$" if columns <= ROW else "task  $j$")
            axes.tick_params(labelbottom=True)
