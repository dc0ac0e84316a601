"""Forgetting against the number of trainable parameters, at fixed signal and at fixed capacity."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from update_magnitude.figures.agreement import compared, if_testable
from update_magnitude.figures.effort import Effort
from update_magnitude.figures.points import forgetting_of, part_of, simulated
from update_magnitude.figures.style import (
    MARK,
    PAGE,
    Look,
    best_point,
    dense_points,
    engines_legend,
    family,
    law_points,
)
from update_magnitude.paper_checks.claims.counts import Nested, Spread
from update_magnitude.simulations.streams import Seed, named
from update_magnitude.theory import best_count, theorem

SIGNAL, FEW, MOST = 4, 8, 1000  # fixed signal: parameters that have it, n, and the largest m
CAPACITY, SAMPLES = 32, 24  # fixed capacity: P and n


class Panel(NamedTuple):
    """A family of curves of forgetting against m."""

    members: str  # what tells its curves apart
    values: tuple[float, ...]
    design: Callable[[float, Sequence[int]], Nested | Spread]  # with blocks for some m
    change: str  # the theorem of the curves
    counts: Sequence[int]  # of the lines
    law: Sequence[int]
    dense: Sequence[int]


def _redundant(distance: float, some: Sequence[int]) -> Nested:
    """Fixed signal: it is in a few parameters, and the others that may train are redundant."""
    step = distance / math.sqrt(2)  # in the block that is held, and in the signal
    return Nested("fixed signal", 4, (SIGNAL, *some), (17, FEW), (0.5, 0.5), 2.5, step)


def _spread(scale: float, some: Sequence[int]) -> Spread:
    """Fixed capacity: optima are spread over all parameters, and what is held back is noise."""
    cuts = [m for m in some if m < CAPACITY] or [CAPACITY // 2]
    return Spread("fixed capacity", (*cuts, CAPACITY), (16, SAMPLES), (1.0, 1.4), 0.5, scale)


PANELS = {
    "signal": Panel(
        "distance",
        (0.0, 0.6, 0.9, 1.3),
        _redundant,
        "fixed-signal-change-forgetting",
        np.unique(np.geomspace(FEW + 2, MOST, 150).round().astype(int)).tolist(),
        (12, 14, 19, 30, 55, 120, 250, 600),
        (16, 24, 40, 70),
    ),
    "capacity": Panel(
        "scale",
        (0.2, 0.3, 0.4, 1.0),
        _spread,
        "capacity-change-forgetting",
        range(CAPACITY + 1),
        (2, 5, 8, 12, 16, 19, 29, CAPACITY),
        (4, 8, 16, CAPACITY),
    ),
}


def data(effort: Effort, seed: Seed, watch: Callable[[float], None]) -> xr.Dataset:
    """Theory along m, both engines at some m, best numbers, and the plateau.

    Args:
        effort: how many replicates stand behind each point.
        seed: of the random numbers.
        watch: told the share that is done.

    Returns:
        Of each panel, with its name before them: ``theory`` over (distance or scale, count), NaN
        where there is no finite mean, ``law`` and ``dense`` over (law_count or dense_count,
        distance or scale), ``best`` over distance or scale, NaN where there is none, and ``least``,
        the forgetting there; of the first also ``plateau``.
    """
    variables: dict[str, Any] = {}
    coordinates: dict[str, Any] = {}
    for number, (name, panel) in enumerate(PANELS.items()):
        told = part_of(watch, number, len(PANELS))
        variables |= _lines(name, panel) | _points(name, panel, effort, named(seed, name), told)
        grids = {"count": panel.counts, "law_count": panel.law, "dense_count": panel.dense}
        words = {"long_name": "number of trainable parameters"}
        coordinates[panel.members] = list(panel.values)
        for grid, counts in grids.items():
            coordinates[f"{name}_{grid}"] = (f"{name}_{grid}", list(counts), words)
    return xr.Dataset(variables, coordinates, {"samples": SAMPLES})


def plot(dataset: xr.Dataset) -> Figure:
    """A panel for each setting; best numbers, plateau and threshold are marked."""
    figure = Figure(figsize=(PAGE, 2.9))
    signal, capacity = figure.subplots(1, 2)
    _panel(signal, dataset, "signal", r"\|\delta\|")
    _panel(capacity, dataset, "capacity", r"\alpha")
    signal.axhline(float(dataset.signal_plateau[0]), color=MARK, linewidth=0.6, zorder=0)
    above = {"xytext": (4, 4), "textcoords": "offset points", "color": MARK}
    signal.annotate("plateau", (MOST, 0), **above)  # beyond the ends of the curves
    signal.set(xscale="log", xlim=(FEW, 3 * MOST), ylim=(-0.5, 0.8))
    best_point(signal, [], [], Look("", "white", "", ""), label="best  $m^*$")
    engines_legend(signal, loc="lower right")
    signal.legend(loc="upper right", handlelength=2.4)
    samples, low = dataset.attrs["samples"], -0.24
    capacity.axvline(samples, color=MARK, linewidth=0.8, linestyle=":")
    capacity.annotate("$m = n$", (samples, low), **above)
    capacity.set(ylim=(low, 0.44))
    capacity.legend(loc="upper left", bbox_to_anchor=(0.13, 1.03), handlelength=2.2)
    return figure


def _panel(axes: Axes, dataset: xr.Dataset, name: str, symbol: str) -> None:
    """The curves of a panel, with their best numbers."""
    axes.set_title(f"fixed {name}")
    axes.set_xlabel("trainable parameters  $m$")
    axes.set_ylabel("forgetting  $F_2$")
    members = dataset[f"{name}_best"].dims[0]
    for value, look in zip(dataset[members], family(dataset.sizes[members]), strict=True):
        of = dataset.sel({members: value})
        words = f"${symbol} = {float(value):g}$"
        curve = of[f"{name}_theory"]
        axes.plot(of[f"{name}_count"], curve, look.line, color=look.colour, label=words)
        law_points(axes, of[f"{name}_law_count"], of[f"{name}_law"], look)
        dense, error = of[f"{name}_dense"], of[f"{name}_dense_error"]
        dense_points(axes, of[f"{name}_dense_count"], dense, error, look)
        best_point(axes, of[f"{name}_best"], of[f"{name}_least"], look)


def _lines(name: str, panel: Panel) -> dict[str, Any]:
    """What theory says of a panel."""
    known = [panel.design(value, panel.dense).arguments() for value in panel.values]
    curves = [[_change(panel, values, m) for m in panel.counts] for values in known]
    best, least = zip(*(_best(name, values) for values in known), strict=True)
    found = {
        f"{name}_theory": ((panel.members, f"{name}_count"), curves, {"long_name": "exact mean"}),
        f"{name}_best": (panel.members, list(best), {"long_name": "best number of parameters"}),
        f"{name}_least": (panel.members, list(least), {"long_name": "exact mean there"}),
    }
    if name == "signal":
        plateau = [theorem("fixed-signal-plateau-forgetting").at(values) for values in known]
        found["signal_plateau"] = (panel.members, plateau, {"long_name": "limit of many"})
    return found


def _change(panel: Panel, values: Mapping[str, float], m: int) -> float:
    return theorem(panel.change).at({**values, "m": m}) if m else 0.0


def _best(name: str, values: Mapping[str, float]) -> tuple[float, float]:
    """The best number of trainable parameters, and the forgetting there."""
    if name == "signal":
        found = (theorem(f"optimal-count{entry}-forgetting").at(values) for entry in ("", "-value"))
        return next(found), next(found)
    given = (values[entry] for entry in ("d_d", "e_d_all", "sigma", "alpha"))
    best = best_count("forgetting", CAPACITY, SAMPLES, *given)
    return best.m, best.change


def _points(
    name: str, panel: Panel, effort: Effort, seed: Seed, watch: Callable[[float], None]
) -> dict[str, Any]:
    """Both engines: one program for all m on the law engine, common draws on the dense one."""
    variables: dict[str, Any] = {}
    runs = (("law", effort.law, panel.law), ("dense", effort.dense, panel.dense))
    for number, (engine, replicates, some) in enumerate(runs):
        designs = [
            (panel.design(value, (m,) if engine == "law" else some), m)
            for m in some
            for value in panel.values
        ]

        told = part_of(watch, number, 2)
        at = [design.scenario(m) for design, m in designs]
        exact = [
            if_testable(point, _change(panel, design.arguments(), m))
            for point, (design, m) in zip(at, designs, strict=True)
        ]
        shape, dims = (len(some), len(panel.values)), (f"{name}_{engine}_count", panel.members)
        found = simulated(at, forgetting_of, engine, replicates, named(seed, engine), told)
        mean, error = (result.reshape(shape) for result in found)
        variables |= compared(mean, error, np.reshape(exact, shape), dims, f"{name}_{engine}")
    return variables
