"""Drawings of regime maps: tints for who is better, exact boundaries, simulated winners."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import xarray as xr
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from update_magnitude.figures.explore.maps import NO_MEAN, TIE
from update_magnitude.figures.style import COLUMN, MARK, STRATEGIES

BEST = {  # of two strategies, and of more
    "forgetting": ("forgets less", "forgets least"),
    "generalization": ("generalizes better", "generalizes best"),
    "learning_error": ("learns better", "learns best"),
}
WORDS = {  # of axes, by the first words of a field's key
    "optima.distance": r"parameter distance  $\|\delta\|$",
    "optima.norm": r"length of the first optimum  $\|\theta_1^*\|$",
    "tasks.samples": r"samples  $n$",
    "tasks.noise": r"noise  $\sigma$",
    "updates.scale": r"scale  $\alpha$",
    "blocks": "parameters",
}
ROUNDING = 1e-9  # of the largest simulated mean, which is no difference
GREY = "#D8D8D8"
TINT = 0.35  # of a strategy's colour, where it wins
CLEAR = 3.0  # standard errors of a difference, from which a simulated winner counts as one
WIDTH = 1.2  # of a boundary
ROOM = 52  # characters of a title in one line


class Marks(NamedTuple):
    """Which simulated points are marked, and how, [law_y, law_x]."""

    winner: NDArray[np.intp]  # place of the strategy whose simulated mean is least
    close: NDArray[np.bool_]  # the least two differ by less than CLEAR standard errors
    known: NDArray[np.bool_]  # every strategy's mean has a valid z-test: others have no mark


def plot_map(dataset: xr.Dataset, title: str = "") -> Figure:
    """The map alone, with its legend beneath; reads the dataset and nothing else."""
    figure = Figure(figsize=(COLUMN * 1.15, COLUMN))
    axes = figure.subplots()
    draw_map(axes, dataset)
    axes.set_xlabel(words_for(str(dataset.x.field)))
    axes.set_ylabel(words_for(str(dataset.y.field)))
    axes.set_title(textwrap.fill(title, ROOM), parse_math=False)
    if _has_place(dataset):
        for ring in (_ring("white", 2.6), _ring("black", 1.2)):
            ring.set_data([dataset.attrs["here_x"]], [dataset.attrs["here_y"]])
            axes.add_line(ring)
    figure.legend(handles=map_legend(dataset), loc="outside lower center", ncols=2)
    return figure


def draw_map(axes: Axes, dataset: xr.Dataset) -> None:
    """Who wins where, the exact boundaries between them, and simulated winners."""
    names = [str(name) for name in dataset.strategy.values]
    colours = [to_rgb(GREY), to_rgb("white"), *(tint(STRATEGIES[name].colour) for name in names)]
    axes.pcolormesh(
        dataset.x,
        dataset.y,
        dataset.winner,
        cmap=ListedColormap(colours),
        vmin=TIE - 0.5,
        vmax=len(names) - 0.5,
        shading="nearest",
        rasterized=True,
    )
    for gap in _gaps(dataset):
        axes.contour(dataset.x, dataset.y, gap, levels=[0.0], colors="black", linewidths=WIDTH)
    if "law" in dataset:
        _draw_winners(axes, dataset, names)


def map_legend(dataset: xr.Dataset) -> list[Artist]:
    """Handles that say which tint, line and marker is what, of those that the map has."""
    names = [str(name) for name in dataset.strategy.values]
    words = BEST[dataset.attrs["measure"]][len(names) > 2]
    handles: list[Artist] = [
        Patch(facecolor=tint(STRATEGIES[name].colour), label=f"{name} {words}")
        for place, name in enumerate(names)
        if bool((dataset.winner == place).any())
    ]
    if any(True for _ in _gaps(dataset)):
        handles.append(Line2D([], [], color="black", linewidth=WIDTH, label="exact boundary"))
    if bool((dataset.winner == NO_MEAN).any()):
        handles.append(Patch(facecolor="white", edgecolor=MARK, label="no finite mean"))
    if bool((dataset.winner == TIE).any()):
        handles.append(Patch(facecolor=GREY, label="a tie"))
    if "law" in dataset:
        handles += _mark_handles(marks(dataset))
    if _has_place(dataset):
        handles.append(_ring("black", None, "the scenario itself"))
    return handles


def marks(dataset: xr.Dataset) -> Marks:
    """What the simulated points of a map are marked with."""
    law, error = (dataset[name].transpose("strategy", ...).values for name in ("law", "law_error"))
    order = np.argsort(law, axis=0)[:2]
    mean, error = (np.take_along_axis(values, order, axis=0) for values in (law, error))
    spread = np.sqrt((error**2).sum(0))
    close = mean[1] - mean[0] < CLEAR * spread + ROUNDING * np.abs(law).max()
    known = np.isfinite(dataset.law_exact).all("strategy").values
    return Marks(order[0], close, known)


def tint(colour: str) -> tuple[float, float, float]:
    """A light tint of a colour.

    Example:
        >>> tint("#000000")
        (0.65, 0.65, 0.65)
    """
    red, green, blue = (1 - TINT * (1 - part) for part in to_rgb(colour))
    return red, green, blue


def words_for(key: str) -> str:
    """The label of an axis, from the key of its field.

    Example:
        >>> words_for("blocks.shared")
        'parameters (shared)'
    """
    for start, words in WORDS.items():
        if key == start or key.startswith(f"{start}."):
            rest = key.removeprefix(start).removeprefix(".").replace("$", r"\$")
            return f"{words} ({rest})" if rest else words
    return key


def _gaps(dataset: xr.Dataset) -> Iterator[xr.DataArray]:
    """What is 0 on the exact boundaries: each strategy's mean less the least of the others.

    The last one's boundaries are those of the others with it.
    """
    for name in dataset.strategy.values[:-1]:
        others = dataset.theory.drop_sel(strategy=name).min("strategy")
        gap = (dataset.theory.sel(strategy=name) - others).where(dataset.winner >= 0)
        if any(bool((gap * gap.shift({along: 1}) < 0).any()) for along in "xy"):
            yield gap


def _has_place(dataset: xr.Dataset) -> bool:
    """Whether the scenario of the map lies in it."""
    return all(
        name in dataset.attrs and float(along.min()) <= dataset.attrs[name] <= float(along.max())
        for name, along in (("here_x", dataset.x), ("here_y", dataset.y))
    )


def _ring(colour: str, width: float | None, label: str = "") -> Line2D:
    """A ring around the scenario itself."""
    ring = Line2D([], [], marker="o", linestyle="", markersize=6, markerfacecolor="none")
    ring.set(color=colour, markeredgewidth=width, label=label, zorder=5)
    return ring


def _mark_handles(points: Marks) -> Iterator[Line2D]:
    kinds = (
        ("o", "simulated winner (law)", ~points.close),
        ("x", f"within {CLEAR:g} SE of a tie", points.close),
    )
    for marker, label, here in kinds:
        if (points.known & here).any():
            handle = Line2D([], [], linestyle="", markersize=3, color=MARK)
            handle.set(marker=marker, label=label)
            yield handle


def _draw_winners(axes: Axes, dataset: xr.Dataset, names: list[str]) -> None:
    """Simulated winners in their strategy's colour; a cross where it is too close to call."""
    winner, close, known = marks(dataset)
    across, up = np.meshgrid(dataset.law_x.values, dataset.law_y.values)
    axes.plot(across[close & known], up[close & known], "x", color=MARK, markersize=3)
    for place, name in enumerate(names):
        chosen = (winner == place) & ~close & known
        look = STRATEGIES[name]
        axes.plot(across[chosen], up[chosen], look.marker, color=look.colour, markersize=2.6)
