"""What rules reach at every threshold, among all schedules of what trains."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from update_magnitude.figures.networks.looks import (
    LOOKS,
    MARGIN,
    PERCENT,
    Keywords,
    draw_intervals,
    legend_above,
    over_seeds,
)
from update_magnitude.figures.style import MARK, PAGE, Look
from update_magnitude.paper_checks.networks.schedules import FORMS, Schedules
from update_magnitude.simulations.networks.metrics import Document, Numbers
from update_magnitude.simulations.networks.strategies import ALL_LETTER, RULES

OTHERS = "others, 95% interval"
NAMED = 16  # schedules, at most, each of which has its name beside it
ROOM = 0.1  # of the height, below the lowest interval, for names
BESIDE = 0.5  # of the room that a number of tasks has, over which its schedules spread


def plot(schedules: Schedules, document: Document) -> Figure:
    """On the left Avg.Acc by threshold, on the right by the number of tasks that train all.

    Intervals stand on the right alone: runs of two thresholds are paired by seed, and the table has
    the intervals of their differences, as the ``document`` of the schedules.
    """
    figure = Figure(figsize=(PAGE, 2.9))
    rules, every = figure.subplots(1, 2, sharey=True)
    _rules(rules, schedules, document)
    _every(every, schedules)
    best = document["best_for_each_seed"]["mean"]
    for axes, label in ((rules, "best for each seed"), (every, None)):
        if best is not None:  # no seed diverged in all schedules
            axes.axhline(PERCENT * best, color=MARK, linestyle=":", linewidth=0.9, label=label)
        axes.margins(x=0.03)
        legend_above(axes, columns=2)
    rules.set_ylabel("Avg.Acc (%)")
    least, most = rules.get_ylim()
    rules.set_ylim(least - ROOM * (most - least), min(most, PERCENT + MARGIN))
    return figure


def _rules(axes: Axes, schedules: Schedules, document: Document) -> None:
    for form in FORMS:
        look = LOOKS[RULES[form]]
        mean = PERCENT * schedules.ruled(form).mean(1)
        # Which modules train changes at a signal, and nowhere between two.
        axes.step(
            *(schedules.thresholds(form), mean, look.line),
            where="post",
            color=look.colour,
            label=look.label,
        )
    axes.axvline(document["threshold"], color=MARK, linewidth=0.6, label="threshold of the run")
    axes.set_xlabel("threshold (−1: frozen, 1: initialized)")


def _every(axes: Axes, schedules: Schedules) -> None:
    counts = np.array([name.count(ALL_LETTER) for name in schedules.names])
    most = int(counts.max())
    mean, reach = over_seeds(PERCENT * schedules.accuracy, (0.0, PERCENT))
    best = int(np.argmax(np.nan_to_num(mean, nan=-1.0)))
    ends = {0: LOOKS["frozen"], most: LOOKS["initialized"]}
    for count in range(most + 1):
        places = np.flatnonzero(counts == count)
        names = [schedules.names[place] for place in places]
        x = count + BESIDE * ((np.arange(len(places)) + 0.5) / len(places) - 0.5)
        look = ends.get(count, Look(OTHERS if count == 1 else "", MARK, "", "."))
        label = f"{look.label} ({names[0]})" if count in ends else look.label or None
        draw_intervals(axes, x, mean[places], look, {"yerr": reach[:, places], "label": label})
        if len(schedules.names) <= NAMED:
            _name(axes, x, np.fmin(mean, mean - reach[0])[places], names)
        if best in places:
            label = f"highest mean ({schedules.names[best]})"
            axes.plot(x[places == best], mean[best], "ok", ms=8, mfc="none", mew=0.8, label=label)
    axes.set_xticks(range(most + 1))
    axes.set_xlabel("later tasks at which all modules train")


def _name(axes: Axes, x: Numbers, low: Numbers, names: list[str]) -> None:
    """The letters of schedules below their intervals, where there is room for them."""
    turned: Keywords = {"rotation": 90, "size": 5.5, "ha": "center", "va": "top"}
    for place, end, name in zip(x, low, names, strict=True):
        if np.isfinite(end):
            axes.annotate(name, (place, end), (0, -2), textcoords="offset points", **turned)
