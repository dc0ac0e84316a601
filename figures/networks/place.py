"""A network's place on the regime map of the linear theory, drawn around it."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from update_magnitude.figures.networks.looks import LOOKS, Numbers
from update_magnitude.figures.style import COLUMN
from update_magnitude.paper_checks.networks.bridge import BLOCKS, better, predicted
from update_magnitude.paper_checks.networks.verdicts import STANDARD

SIDE = 36  # values per axis
DECADES = 2.0  # of samples per parameter, below and above the network's
TINT = 0.35


def place(bridge: dict[str, Any], title: str) -> xr.Dataset:
    """Which strategy theory predicts to forget less, around a network.

    Two tasks in the place of T: the squared lengths of the optima are the means of the network's,
    their relative distance in the shared block is the network's, that in the specific block and the
    samples per parameter are what the map varies.

    Args:
        bridge: what ``paper_checks.networks.bridge`` found, as it is printed in JSON.
        title: of the benchmark.

    Returns:
        ``winner`` (samples_per_parameter, distance): the place of the strategy among the standard
        ones, NaN where a mean does not exist.
    """
    sizes = (bridge["blocks"]["shared"], bridge["blocks"]["specific"])
    lengths = {name: float(np.mean(np.diagonal(bridge["gram"][name]))) for name in BLOCKS}
    center = np.log10(bridge["samples_per_parameter"])
    rates = np.logspace(center - DECADES, min(center + DECADES, 0.5), SIDE)
    distances = np.linspace(0, 1.1, SIDE)
    shared = bridge["relative_distance"]["shared"]
    winner = np.full((SIDE, SIDE), np.nan)
    for row, rate in enumerate(rates):
        equations = max(1, round(rate * sum(sizes)))
        for column, distance in enumerate(distances):
            gram = {"shared": _pair(shared), "specific": _pair(distance)}
            scaled = {name: lengths[name] * entry for name, entry in gram.items()}
            name = better(predicted(sizes, scaled, equations)["forgetting"])
            winner[row, column] = STANDARD.index(name) if name in STANDARD else np.nan
    found = bridge["measures"]["forgetting"]
    return xr.Dataset(
        {"winner": (("samples_per_parameter", "distance"), winner)},
        coords={"samples_per_parameter": rates, "distance": distances},
        attrs={
            "title": title,
            "here_distance": bridge["relative_distance"]["specific"],
            "here_samples_per_parameter": bridge["samples_per_parameter"],
            "floor": bridge["distance_floor"]["specific"],
            "predicted": found["predicted"],
            "observed": found["observed"],
        },
    )


def plot(dataset: xr.Dataset) -> Figure:
    """Tints for the predicted winner, the network in its place."""
    figure = Figure(figsize=(COLUMN, 3.1))
    axes = figure.subplots()
    colours = ListedColormap([LOOKS[name].colour for name in STANDARD])
    axes.pcolormesh(
        *(dataset.distance, dataset.samples_per_parameter, dataset.winner),
        cmap=colours,
        vmin=0,
        vmax=1,
        alpha=TINT,
        shading="nearest",
        rasterized=True,
    )
    axes.set_yscale("log")
    axes.set_xlabel("relative distance, specific modules")
    axes.set_ylabel(r"samples per parameter  $n/P$")
    axes.set_title(dataset.attrs["title"])
    here = dataset.attrs["here_distance"], dataset.attrs["here_samples_per_parameter"]
    axes.plot(*here, "o", markersize=7, markeredgecolor="black", color=_colour(dataset), zorder=3)
    axes.axvline(dataset.attrs["floor"], color="black", linewidth=0.8, linestyle=":")
    figure.legend(handles=_legend(dataset), loc="outside lower center", ncols=2)
    return figure


def _pair(distance: Numbers | float) -> Numbers:
    """Inner products of two optima of length 1 at a relative distance."""
    inner = 1 - distance**2
    return np.array([[1.0, inner], [inner, 1.0]])


def _colour(dataset: xr.Dataset) -> str:
    seen = dataset.attrs["observed"]
    return LOOKS[seen].colour if seen in LOOKS else "white"


def _legend(dataset: xr.Dataset) -> list[Patch | Line2D]:
    """The winners that are on the map, the network, the floor."""
    shown = [name for number, name in enumerate(STANDARD) if (dataset.winner == number).any()]
    look: dict[str, Any] = {"color": _colour(dataset), "markeredgecolor": "black"}
    return [
        *(
            Patch(color=LOOKS[entry].colour, alpha=TINT, label=f"theory: {entry}")
            for entry in shown
        ),
        Line2D(
            [], [], marker="o", linestyle="", label=f"seen: {dataset.attrs['observed']}", **look
        ),
        Line2D([], [], color="black", linewidth=0.8, linestyle=":", label="one task, twice"),
    ]
