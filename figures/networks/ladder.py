"""The ladder from the linear theory to the network: what each rung says of the strategies."""

from __future__ import annotations

from textwrap import fill

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from update_magnitude.figures.networks.looks import LOOKS, PERCENT, draw_intervals
from update_magnitude.figures.style import MARK, PAGE, Look
from update_magnitude.paper_checks.networks.ladder import MEASURES, NAMES
from update_magnitude.simulations.networks.metrics import Document

TICKS = [fill(f"{rung}: {name}", 14) for rung, name in enumerate(NAMES)]
LABELS = {
    "error": {"forgetting": "forgetting", "avg_acc": "final mean"},
    "accuracy": {"forgetting": "Forgetting (%)", "avg_acc": "Avg.Acc (%)"},
}
SPREAD = 0.32  # of the room of a rung, over which its strategies lie
LINEAR_UP_TO = 1.0  # relative error from which on the axis is logarithmic


def plot(ladder: Document, title: str) -> Figure:
    """Squared errors of rungs 0 to 3 above, accuracies of rungs 2 to 4 below.

    On the left forgetting, on the right the final mean. Above each rung stands how many of the
    pairs that the last one decides are in the right order.
    """
    figure = Figure(figsize=(PAGE, 4.4))
    panels = figure.subplots(2, 2, sharex=True)
    for row, unit in zip(panels, LABELS, strict=True):
        for axes, measure in zip(row, MEASURES, strict=True):
            _draw(axes, ladder, unit, measure)
    for axes in panels[1]:
        axes.set_xticks(range(len(NAMES)), TICKS, fontsize=6)
    strategies = [_look(name) for name in ladder["strategies"]]
    handles = [
        Line2D([], [], linestyle="", marker=look.marker, color=look.colour, label=look.label)
        for look in strategies
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
    figure.suptitle(f"{title}: pairs in the order of the last rung, of those that it decides")
    return figure


def _draw(axes: Axes, ladder: Document, unit: str, measure: str) -> None:
    names = ladder["strategies"]
    scale = PERCENT if unit == "accuracy" else 1.0
    for place, name in enumerate(names):
        rungs, means, reach = [], [], []
        for rung in ladder["rungs"]:
            found = ((rung[unit] or {}).get(measure) or {}).get(name)
            if found is None or found["mean"] is None:
                continue
            low, high = (found[end] for end in ("low", "high"))
            known = low is not None and high is not None
            ends = (found["mean"] - low, high - found["mean"]) if known else (0.0, 0.0)
            rungs.append(rung["rung"] + SPREAD * (place / max(1, len(names) - 1) - 0.5))
            means.append(scale * found["mean"])
            reach.append([scale * end for end in ends])
        if rungs:
            draw_intervals(axes, rungs, means, _look(name), {"yerr": np.array(reach).T})
    if unit == "error":
        axes.set_yscale("symlog", linthresh=LINEAR_UP_TO)
        axes.axhline(0, color=MARK, linewidth=0.6)
    axes.set_xlim(-0.5, len(NAMES) - 0.5)
    axes.set_ylabel(f"{'relative error, ' * (unit == 'error')}{LABELS[unit][measure]}")
    for rung in ladder["rungs"]:
        judged = rung["right" if unit == "error" else "right_by_accuracy"]
        if rung[unit] is not None and judged is not None:
            _mark(axes, rung["rung"], judged[measure])


def _mark(axes: Axes, rung: int, right: Document) -> None:
    """How many pairs are in the right order, above the panel."""
    words = f"{right['count']} of {right['of']}" if right["of"] else "-"
    axes.annotate(
        *(words, (rung, 1.0), (0, 2)),
        xycoords=axes.get_xaxis_transform(),
        textcoords="offset points",
        ha="center",
        fontsize=6,
    )


def _look(name: str) -> Look:
    return LOOKS.get(name, Look(name, MARK, "-", "d"))
