"""Forgetting against the number of trainable parameters, at fixed signal and at fixed capacity."""

from __future__ import annotations

import math
from functools import cache
from itertools import pairwise

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from update_magnitude.figures.curves import Curves, draw_curve
from update_magnitude.figures.points import Effort, Watch, part_of
from update_magnitude.figures.spread import capacity_arguments, spread
from update_magnitude.figures.style import MARK, PAGE, Look, best_point, engines_legend, family
from update_magnitude.scenarios import Scenario, library, varied
from update_magnitude.simulations.streams import Seed, named
from update_magnitude.theory import best_count, theorem

SIGNAL, FEW, MOST = 4, 8, 1000  # fixed signal: parameters that have it, n, and the largest m
CAPACITY, SAMPLES = 32, 24  # fixed capacity: P and n
DISTANCES = (0.0, 0.6, 0.9, 1.3)  # of the optima at fixed signal
SCALES = (0.2, 0.3, 0.4, 1.0)  # of the update at fixed capacity
DENSE = {"signal": (16, 24, 40, 70), "capacity": (4, 8, 16, CAPACITY)}


def data(effort: Effort, seed: Seed, watch: Watch) -> xr.Dataset:
    """Of each panel, with its name before them, curves over (distance or scale, count).

    ``best`` is the best number of parameters, NaN where there is none, and ``least`` the forgetting
    there; the plateau is the limit of many parameters at fixed signal.
    """
    panels = [
        curves.data(effort, named(seed, name), part_of(watch, number, len(PANELS)))
        for number, (name, curves) in enumerate(PANELS.items())
    ]
    dataset = xr.merge(panels).assign_attrs(samples=SAMPLES)
    for name, bests in (("signal", _best_of_signal()), ("capacity", _best_of_capacity())):
        (members,) = PANELS[name].across
        counts, least = zip(*bests, strict=True)
        words = {"long_name": "best number of parameters"}
        dataset[f"{name}_best"] = (members, list(counts), words)
        dataset[f"{name}_least"] = (members, list(least), {"long_name": "exact mean there"})
    plateau = _signal_theorem("fixed-signal-plateau-forgetting")
    dataset["signal_plateau"] = ("distance", plateau, {"long_name": "limit of many"})
    return dataset


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
        curve = dataset.sel({members: value})
        draw_curve(axes, curve, "count", look, f"${symbol} = {float(value):g}$", f"{name}_")
        best_point(axes, curve[f"{name}_best"], curve[f"{name}_least"], look)


def _fixed_signal(engine: str, distance: float, count: int) -> Scenario:
    """The signal is in a few parameters, and the others that may train are redundant."""
    ends = (SIGNAL, *(DENSE["signal"] if engine == "dense" else (count,)))
    extra = {f"extra_{k}": high - low for k, (low, high) in enumerate(pairwise(ends), 1)}
    step = distance / math.sqrt(2)  # in the block that is held, and in the signal
    idle = dict.fromkeys(extra, 0.0)
    trained = [name for name, end in zip(extra, ends[1:], strict=True) if end <= count]
    changes = {
        "blocks": {"shared": 4, "signal": SIGNAL} | extra,
        "tasks.samples": [17, FEW],
        "optima.norm": {"shared": 0.5, "signal": 2.5} | idle,
        "optima.distance": {"shared": step, "signal": step} | idle,
        "updates.trainable": [["shared", "signal"], ["signal", *trained]],
    }
    return varied(library("nested-counts"), changes)


def _fixed_capacity(engine: str, scale: float, count: int) -> Scenario:
    """Optima are spread over all parameters, and what is held back is noise."""
    cut = count if count < CAPACITY else CAPACITY // 2
    ends = DENSE["capacity"] if engine == "dense" else (cut, CAPACITY)
    changes = {
        "tasks.samples": [16, SAMPLES],
        "tasks.noise": [1.0, 1.4],
        "optima.distance.part_1": 0.5,
        "updates.scale": [1.0, scale],
    }
    return spread("fixed-capacity", ends, count, changes)


def _signal_theorem(name: str) -> list[float]:
    """A theorem at every distance, where the signal alone trains."""
    scenarios = [_fixed_signal("dense", distance, SIGNAL) for distance in DISTANCES]
    return [theorem(name).evaluate(scenario) for scenario in scenarios]


def _best_of_signal() -> list[tuple[float, float]]:
    """The best number of trainable parameters at every distance, and the forgetting there."""
    best, least = (f"optimal-count{which}-forgetting" for which in ("", "-value"))
    return list(zip(_signal_theorem(best), _signal_theorem(least), strict=True))


@cache
def _capacity_known(scale: float) -> dict[str, float]:
    return capacity_arguments(_fixed_capacity("theory", scale, CAPACITY))


def _capacity_change(scale: float, count: int) -> float:
    """Forgetting at any count: two optima do not fit into a part of one parameter."""
    known = _capacity_known(scale) | {"m": count}
    return theorem("capacity-change-forgetting").at(known) if count else 0.0


def _best_of_capacity() -> list[tuple[float, float]]:
    """The same at every scale."""
    best = []
    for scale in SCALES:
        given = [_capacity_known(scale)[name] for name in ("d_d", "e_d_all", "sigma", "alpha")]
        best.append(best_count("forgetting", CAPACITY, SAMPLES, *given))
    return [(count.m, count.change) for count in best]


PANELS = {
    "signal": Curves(
        along="count",
        meaning="number of trainable parameters",
        grids={
            "theory": np.unique(np.geomspace(FEW + 2, MOST, 150).round().astype(int)),
            "law": (12, 14, 19, 30, 55, 120, 250, 600),
            "dense": DENSE["signal"],
        },
        across={"distance": DISTANCES},
        measures=("forgetting",),
        scenario=_fixed_signal,
        lines=("distance", "count"),
        points=("count", "distance"),
        prefix="signal_",
    ),
    "capacity": Curves(
        along="count",
        meaning="number of trainable parameters",
        grids={
            "theory": np.arange(CAPACITY + 1),
            "law": (2, 5, 8, 12, 16, 19, 29, CAPACITY),
            "dense": DENSE["capacity"],
        },
        across={"scale": SCALES},
        measures=("forgetting",),
        scenario=_fixed_capacity,
        lines=("scale", "count"),
        points=("count", "scale"),
        exact=_capacity_change,
        prefix="capacity_",
    ),
}
