"""The risk after one task against the number of trainable parameters: double descent."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from update_magnitude.figures.agreement import compared, if_testable
from update_magnitude.figures.effort import Effort
from update_magnitude.figures.points import part_of, simulated
from update_magnitude.figures.style import (
    COLUMN,
    MARK,
    dense_points,
    engines_legend,
    family,
    law_points,
)
from update_magnitude.scenarios import Scenario, library, varied
from update_magnitude.simulations import Estimate, Simulation
from update_magnitude.simulations.streams import Seed, named
from update_magnitude.theory import means

PARAMETERS, SAMPLES = 60, 20
NOISES = (0.0, 0.5, 1.0)
LAW = tuple(m for m in range(8, PARAMETERS + 1, 4) if m != SAMPLES)
DENSE = (6, 12, 28, 44, PARAMETERS)


def data(effort: Effort, seed: Seed, watch: Callable[[float], None]) -> xr.Dataset:
    """Theory at every number of parameters, both engines at some of them.

    Args:
        effort: how many replicates stand behind each point.
        seed: of the random numbers.
        watch: called with the share that is done.

    Returns:
        ``theory`` over (noise, count), NaN where the mean is infinite, ``law`` and ``dense`` over
        (law_count or dense_count, noise), and ``no_update``, the risk at θ = 0.
    """
    counts = np.arange(PARAMETERS + 1)
    exact = np.array([[_risk(_halved(m, noise)) for m in counts.tolist()] for noise in NOISES])
    variables = {
        "theory": (
            ("noise", "count"),
            np.where(np.isfinite(exact), exact, np.nan),
            {"long_name": "exact mean"},
        ),
        "no_update": ((), exact[0, 0], {"long_name": "risk of no update"}),
    }
    runs = (("law", effort.law, _halved, LAW), ("dense", effort.dense, _nested, DENSE))
    for number, (engine, replicates, scenario, some) in enumerate(runs):
        # Neighbours run together: the dense engine is fast where few sets of parameters train.
        at = [scenario(m, noise) for m in some for noise in NOISES]

        over = (len(some), len(NOISES))
        found = simulated(
            at, _risk_of, engine, replicates, named(seed, engine), part_of(watch, number, 2)
        )
        mean, error = (result.reshape(over) for result in found)
        expected = np.array([if_testable(point, _risk(point)) for point in at]).reshape(over)
        variables |= compared(mean, error, expected, (f"{engine}_count", "noise"), engine)
    grids = {"count": counts, "law_count": LAW, "dense_count": DENSE}
    words = {"long_name": "number of trainable parameters"}
    return xr.Dataset(
        variables,
        coords={"noise": ("noise", list(NOISES), {"long_name": "noise σ"})}
        | {name: (name, np.array(grid), words) for name, grid in grids.items()},
        attrs={"parameters": PARAMETERS, "samples": SAMPLES},
    )


def plot(dataset: xr.Dataset) -> Figure:
    """Lines for theory, points for both engines; the threshold and the risk of no update."""
    figure = Figure(figsize=(COLUMN, 2.7))
    axes = figure.subplots()
    for noise, look in zip(dataset.noise, family(dataset.sizes["noise"]), strict=True):
        of = dataset.sel(noise=noise)
        words = rf"$\sigma = {float(noise):g}$"
        axes.plot(of["count"], of.theory, look.line, color=look.colour, label=words)
        law_points(axes, of.law_count, of.law, look)
        dense_points(axes, of.dense_count, of.dense, of.dense_error, look)
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
    axes.axvline(samples, color=MARK, linewidth=0.8, linestyle=":")
    axes.axhline(idle, color=MARK, linewidth=0.6, zorder=0)
    axes.annotate(
        "$m = n$",
        (samples, 0.03),
        xycoords=("data", "axes fraction"),
        xytext=(4, 0),
        textcoords="offset points",
        color=MARK,
    )
    axes.annotate("no update", (1, idle), xytext=(0, -9), textcoords="offset points", color=MARK)


def _halved(m: int, noise: float) -> Scenario:
    """In two blocks, as the law engine has one program for all numbers of parameters then."""
    cut = m if 0 < m < PARAMETERS else PARAMETERS // 2
    return _scenario(m, noise, (cut, PARAMETERS))


def _nested(m: int, noise: float) -> Scenario:
    """In blocks that serve all numbers of the dense engine, which share their draws so."""
    return _scenario(m, noise, DENSE)


def _scenario(m: int, noise: float, cuts: Sequence[int]) -> Scenario:
    """One task, of norm 1 and spread evenly, of whose parameters the first m train.

    Args:
        m: how many train; 0 or one of the cuts.
        noise: σ.
        cuts: where blocks end, rising; the last is P.
    """
    sizes = {f"part_{cut}": cut - before for before, cut in pairwise((0, *cuts))}
    changes = {
        "title": f"one task, m = {m}",
        "blocks": sizes,
        "tasks.samples": SAMPLES,
        "tasks.noise": noise,
        "optima.norm": {name: math.sqrt(p / PARAMETERS) for name, p in sizes.items()},
        "updates.trainable": [[f"part_{cut}" for cut in cuts if cut <= m]],
    }
    return varied(library("one-task"), changes)


def _risk(scenario: Scenario) -> float:
    return float(means(scenario).risk[0, 0])


def _risk_of(found: Simulation) -> list[Estimate]:
    return [found.generalization]  # of a single task it is the risk
