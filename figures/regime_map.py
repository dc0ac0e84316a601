"""Which of frozen and initialized training forgets less: distance × samples per parameter."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from update_magnitude.figures.explore.drawing import draw_map, map_legend
from update_magnitude.figures.explore.maps import COMPARED, regime_map, simulated_map
from update_magnitude.figures.points import Effort, Numbers, Watch, part_of
from update_magnitude.figures.style import PAGE
from update_magnitude.scenarios import Axis, axis, library, varied
from update_magnitude.simulations.streams import Seed, named

BASE = library("regime-map")
CAPACITY = BASE.blocks.capacity
NOISES = (0.0, 0.3, 1.0)
FARTHEST, MOST = 1.5, 1.6  # the largest distance and the most samples per parameter shown
FINE = (121, 160)  # distances and samples of the map
COARSE = (8, 14)  # of simulated winners


def data(effort: Effort, seed: Seed, watch: Watch) -> xr.Dataset:
    """The exact map and winners on the law engine, of every noise: a dimension ``noise`` more."""
    fine = np.linspace(0, FARTHEST, FINE[0]), np.linspace(1, MOST * CAPACITY, FINE[1])
    few, many = ((np.arange(count) + 0.5) / count for count in COARSE)
    panels = []
    for number, noise in enumerate(NOISES):
        base = varied(BASE, {"tasks.noise": noise})
        stream, share = named(seed, f"noise {noise:g}"), part_of(watch, number, len(NOISES))
        coarse = _axes(FARTHEST * few, MOST * CAPACITY * many)
        points = simulated_map(base, *coarse, "forgetting", COMPARED, effort.law, stream, share)
        panels.append(regime_map(base, *_axes(*fine)).assign(points))
    dataset = xr.concat(panels, xr.DataArray(list(NOISES), dims="noise", name="noise"))
    return dataset.assign_attrs(scenario=BASE.title, measure="forgetting", capacity=CAPACITY)


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


def _axes(distances: Numbers, samples: Numbers) -> tuple[Axis, Axis]:
    return axis("optima.distance.specific", distances), axis("tasks.samples", samples)
