"""Which of frozen and initialized training forgets less: distance × samples per parameter."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from update_magnitude.figures.effort import Effort
from update_magnitude.figures.explore.maps import (
    COMPARED,
    draw_map,
    map_legend,
    regime_map,
    simulated_map,
)
from update_magnitude.figures.points import part_of
from update_magnitude.figures.style import PAGE
from update_magnitude.scenarios import Scenario, axis, library, varied
from update_magnitude.simulations.streams import Seed, named

CAPACITY = 200  # P, half of it specific
NOISES = (0.0, 0.3, 1.0)
SHARED, SPECIFIC = 0.2, 1.0  # ‖θ*_1‖ in the blocks: the shared one was nearly right all along
FARTHEST, MOST = 1.5, 1.6  # the largest distance and the most samples per parameter shown
FINE = (121, 160)  # distances and samples of the map
COARSE = (8, 14)  # of simulated winners


def data(effort: Effort, seed: Seed, watch: Callable[[float], None]) -> xr.Dataset:
    """The exact map and, on the law engine, simulated winners, for every noise.

    Args:
        effort: how many replicates stand behind each winner.
        seed: of the random numbers.
        watch: told the share that is done.

    Returns:
        The variables of a regime map and of its simulation, with a dimension ``noise`` more.
    """
    distances = np.linspace(0, FARTHEST, FINE[0])
    samples = np.linspace(1, MOST * CAPACITY, FINE[1])
    few = (np.arange(count) + 0.5 for count in COARSE)
    far, many = (entry / count for entry, count in zip(few, COARSE, strict=True))
    panels = []
    for place, noise in enumerate(NOISES):
        base = _scenario(noise)

        told = part_of(watch, place, len(NOISES))
        x, y = axis("optima.distance.specific", distances), axis("tasks.samples", samples)
        at = (
            axis("optima.distance.specific", FARTHEST * far),
            axis("tasks.samples", MOST * CAPACITY * many),
        )
        points = simulated_map(
            base, *at, "forgetting", COMPARED, effort.law, named(seed, f"noise {noise:g}"), told
        )
        panels.append(regime_map(base, x, y).assign(points))
    return xr.concat(panels, xr.DataArray(list(NOISES), dims="noise", name="noise")).assign_attrs(
        scenario=_scenario(0.0).title, measure="forgetting", capacity=CAPACITY
    )


def plot(dataset: xr.Dataset) -> Figure:
    """One panel per noise: tints for who wins, the exact boundary, and simulated winners."""
    figure = Figure(figsize=(PAGE, 3.0))
    panels = figure.subplots(1, len(dataset.noise), sharey=True)
    capacity = dataset.attrs["capacity"]
    for axes, noise in zip(panels, dataset.noise.values, strict=True):
        panel = dataset.sel(noise=noise)
        draw_map(axes, panel.assign_coords(y=panel.y / capacity, law_y=panel.law_y / capacity))
        axes.set_title(rf"$\sigma = {noise:g}$")
        axes.set_xlabel(r"parameter distance  $\|\theta_2^* - \theta_1^*\|$")
    panels[0].set_ylabel(r"samples per parameter  $n/P$")
    figure.legend(handles=map_legend(dataset), loc="outside lower center", ncols=4)
    return figure


def _scenario(noise: float) -> Scenario:
    """Two tasks; the specific block holds half of the parameters, and its optimum alone moves."""
    half = CAPACITY // 2
    changes = {
        "title": f"two tasks, P = {CAPACITY}",
        "blocks": {"shared": half, "specific": half},
        "tasks.samples": 20,
        "tasks.noise": noise,
        "optima.norm": {"shared": SHARED, "specific": SPECIFIC},
    }
    return varied(library("two-tasks"), changes)
