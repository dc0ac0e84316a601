"""A network's place on the regime map of the linear theory, drawn around it."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from update_magnitude.figures.networks.looks import LOOKS, Keywords
from update_magnitude.figures.style import COLUMN
from update_magnitude.paper_checks.networks.bridge import BLOCKS, better, predicted
from update_magnitude.paper_checks.networks.verdicts import STANDARD
from update_magnitude.simulations.networks.metrics import Document, Numbers

SIDE = 36  # values per axis
DECADES = 2.0  # of samples per parameter, below and above the network's
TINT = 0.35
TWICE: Keywords = {"color": "black", "linewidth": 0.8, "linestyle": ":"}  # one task, learned twice


def place(bridge: Document, title: str) -> xr.Dataset:
    """Which strategy theory predicts to forget less, around a network with a ``bridge``.

    Two tasks in the place of T: the squared lengths of the optima are the means of the network's,
    their relative distance in the shared block is the network's, that in the specific block and the
    samples per parameter are what the map varies. ``winner`` (samples_per_parameter, distance) is
    the place of the strategy among the standard ones, NaN where a mean does not exist.
    """
    sizes = (bridge["blocks"]["shared"], bridge["blocks"]["specific"])
    lengths = {name: float(np.mean(np.diagonal(bridge["gram"][name]))) for name in BLOCKS}
    center = np.log10(bridge["samples_per_parameter"])
    rates = np.logspace(center - DECADES, min(center + DECADES, 0.5), SIDE)
    distances = np.linspace(0, 1.1, SIDE)
    shared = lengths["shared"] * _pair(bridge["relative_distance"]["shared"])
    winner = np.full((SIDE, SIDE), np.nan)
    for row, rate in enumerate(rates):
        equations = max(1, round(rate * sum(sizes)))
        for column, distance in enumerate(distances):
            gram = {"shared": shared, "specific": lengths["specific"] * _pair(distance)}
            name = better(predicted(sizes, gram, equations)["forgetting"])
            winner[row, column] = STANDARD.index(name) if name in STANDARD else np.nan
    forgetting = bridge["measures"]["forgetting"]
    return xr.Dataset(
        {"winner": (("samples_per_parameter", "distance"), winner)},
        coords={"samples_per_parameter": rates, "distance": distances},
        attrs={
            "title": title,
            "here_distance": bridge["relative_distance"]["specific"],
            "here_samples_per_parameter": bridge["samples_per_parameter"],
            "floor": bridge["distance_floor"]["specific"],
            "predicted": forgetting["predicted"],
            "observed": forgetting["observed"],
        },
    )


def plot(dataset: xr.Dataset) -> Figure:
    """Tints for the predicted winner, the network in its place."""
    figure = Figure(figsize=(COLUMN, 3.1))
    axes = figure.subplots()
    axes.pcolormesh(
        *(dataset.distance, dataset.samples_per_parameter, dataset.winner),
        cmap=ListedColormap([LOOKS[name].colour for name in STANDARD]),
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
    seen = dataset.attrs["observed"]
    colour = LOOKS[seen].colour if seen in LOOKS else "white"
    axes.plot(*here, "o", markersize=7, markeredgecolor="black", color=colour, zorder=3)
    axes.axvline(dataset.attrs["floor"], **TWICE)
    shown = [name for number, name in enumerate(STANDARD) if (dataset.winner == number).any()]
    dot: Keywords = {"marker": "o", "linestyle": "", "color": colour, "markeredgecolor": "black"}
    handles = [
        *(Patch(color=LOOKS[name].colour, alpha=TINT, label=f"theory: {name}") for name in shown),
        Line2D([], [], label=f"seen: {seen}", **dot),
        Line2D([], [], label="one task, twice", **TWICE),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=2)
    return figure


def _pair(distance: float) -> Numbers:
    """Inner products of two optima of length 1 at a relative distance."""
    inner = 1 - distance**2
    return np.array([[1.0, inner], [inner, 1.0]])
