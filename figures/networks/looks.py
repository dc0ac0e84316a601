"""How the strategies of networks look, and what their figures share."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from update_magnitude.figures.style import MARK, Look
from update_magnitude.figures.style import STRATEGIES as LINEAR
from update_magnitude.simulations.networks.metrics import Numbers, interval
from update_magnitude.simulations.networks.strategies import STRATEGIES

Keywords = dict[str, Any]  # of matplotlib
PERCENT = 100.0
MARGIN = 1.5  # percent beyond what is possible, so that marks at its ends are whole
FURTHER = (  # for what the linear models have not got, in the order of the table
    ("#661144", "--", "v"),
    ("#E69F00", "-", "P"),
    ("#228833", "-.", "X"),
    ("#CC3311", "-", "*"),
    ("#AA3377", "--", "h"),
    ("#332288", "-.", "p"),
    ("#CC6677", ":", "<"),  # baselines and controls from here on
    ("#44AA99", ":", ">"),
    ("#999933", ":", "d"),
    ("#88CCEE", ":", "H"),
    ("#777777", "--", "8"),
    ("#AAAAAA", "--", "1"),
    ("#AA9966", "--", "2"),
    ("#6699CC", "--", "3"),
)
LOOKS = LINEAR | {
    name: Look(name, *look)
    for name, look in zip(
        [name for name in STRATEGIES if name not in LINEAR], FURTHER, strict=False
    )
}


def looks(dataset: xr.Dataset) -> dict[str, Look]:
    """The looks of the strategies of a run, in its order; a schedule is grey."""
    names = [str(name) for name in dataset.strategy.values]
    return {name: LOOKS.get(name, Look(name, MARK, "-", "d")) for name in names}


def over_seeds(values: ArrayLike, possible: tuple[float, float]) -> tuple[Numbers, Numbers]:
    """Means over seeds, [points], and how far the 95% interval reaches down and up, [2, points].

    No interval leaves what is possible; of values with but one seed, [points, 1], there is none.
    """
    intervals = [interval(np.asarray(seeds, float), possible) for seeds in np.asarray(values)]
    mean, _, low, high, _ = np.array(intervals).T
    return mean, np.stack([mean - low, high - mean])


def draw_intervals(axes: Axes, x: ArrayLike, y: ArrayLike, look: Look, keywords: Keywords) -> None:
    """Means in the look of a strategy, with their intervals, which are xerr or yerr."""
    given: Keywords = {
        "fmt": look.marker,
        "color": look.colour,
        "markersize": 4.4,
        "elinewidth": 0.8,
    }
    axes.errorbar(x, y, **given | keywords)


def legend_above(axes: Axes, columns: int = 1) -> None:
    """A legend above a panel: what is drawn may be anywhere within."""
    axes.legend(ncols=columns, loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.2)


def seeds_of(dataset: xr.Dataset) -> str:
    """How many seeds, in words."""
    count = dataset.sizes["seed"]
    return f"{count} seed{'s' if count > 1 else ''}"
