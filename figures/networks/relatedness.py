"""Gradient cosines and the estimated distance against controlled relatedness."""

from __future__ import annotations

import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from update_magnitude.figures.networks.looks import over_seeds, seeds_of
from update_magnitude.figures.networks.relating import possible
from update_magnitude.figures.style import PAGE, Look, family

FORMS = {
    "common": "at a common point",
    "common_renamed": "at a common point, labels of task 2 renamed",
    "published": "at own starts, as published",
}
SHAPE = "shape in the linear model"
BESIDE = 0.014  # how far published cosines stand to the right of the others, to be seen


def plot(dataset: xr.Dataset) -> Figure:
    """On the left both cosines, on the right the distance, each with the linear models' shape.

    Args:
        dataset: of ``figures.networks.relating.study``. The shape of the common cosine starts at
            the measured one, that of the distance is as it is.
    """
    figure = Figure(figsize=(PAGE, 2.7))
    cosine, distance = figure.subplots(1, 2)
    looks = dict(zip(FORMS, family(len(FORMS)), strict=True))
    cosine.axhline(0, color="black", linewidth=0.6)
    _shape(cosine, dataset, "common", looks["common"])
    for form, look in looks.items():
        _points(cosine, dataset, form, look, FORMS[form])
    cosine.set_ylabel("cosine of gradients")
    _shape(distance, dataset, "distance", looks["common"])
    label = f"mean of {seeds_of(dataset)}, 95% interval"
    _points(distance, dataset, "distance", looks["common"], label)
    distance.set_ylabel(
        r"$\|d_1-d_2\|^2\,/\,(\|d_1\|^2+\|d_2\|^2)$" "\nestimated at a common point"
    )
    for axes in (cosine, distance):
        axes.set_xlabel("share  $c$  of noise in the images of task 2")
        axes.set_xlim(-0.04, 1.04)
        handles, words = axes.get_legend_handles_labels()
        # Above the panel: a curve may be anywhere within.
        axes.legend(handles, words, loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.2)
    return figure


def _shape(axes: Axes, dataset: xr.Dataset, name: str, look: Look) -> None:
    axes.plot(dataset.line, dataset[f"{name}_shape"], color=look.colour, lw=0.9, label=SHAPE)


def _points(axes: Axes, dataset: xr.Dataset, name: str, look: Look, label: str) -> None:
    mean, reach = over_seeds(dataset[name].transpose("corruption", "seed").values, possible(name))
    axes.errorbar(
        dataset.corruption + BESIDE * (name == "published"),
        mean,
        reach,
        fmt=look.marker,
        color=look.colour,
        markerfacecolor="white",
        markersize=4.4,
        capsize=2,
        elinewidth=0.8,
        label=label,
    )
