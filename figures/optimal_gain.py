"""What the optimal penalty and weights gain over the better standard strategy: maps."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from update_magnitude.figures.points import Effort, Watch
from update_magnitude.figures.style import MAP, MARK, PAGE
from update_magnitude.scenarios import Scenario, library, varied
from update_magnitude.simulations.streams import Seed
from update_magnitude.theory import best_update, means

BASE = library("two-tasks")
CAPACITY = BASE.blocks.capacity
DISTANCES = np.linspace(0, 3, 19)
SAMPLES = np.unique(np.linspace(0.05, 1.6, 24) * CAPACITY).round().astype(int)
NOISE = (0.1, 0.3, 1.0)
STANDARD = ("frozen", "initialized")
EVEN = "#C8553D"  # the line on which both are equally good


def data(effort: Effort, seed: Seed, watch: Watch) -> xr.Dataset:
    """``gain`` in the risk on task 2, and ``frozen_better``, over (noise, samples, distance).

    The gain is the share of the better strategy's risk that the best penalty and weights spare;
    NaN where neither strategy has a finite mean. Nothing is simulated: the claim
    ``optimal-update`` is.
    """
    del effort, seed
    shape = (len(NOISE), len(SAMPLES), len(DISTANCES))
    gain, frozen_better = np.full(shape, np.nan), np.zeros(shape, bool)
    for row, (sigma, n) in enumerate((s, n) for s in NOISE for n in SAMPLES.tolist()):
        for column, distance in enumerate(DISTANCES.tolist()):
            place = (*divmod(row, len(SAMPLES)), column)
            gain[place], frozen_better[place] = _gain(sigma, n, distance)
        watch((row + 1) / (len(NOISE) * len(SAMPLES)))
    dims, words = ("noise", "samples", "distance"), {"long_name": "share of the risk spared"}
    return xr.Dataset(
        {"gain": (dims, gain, words), "frozen_better": (dims, frozen_better)},
        coords={
            "noise": ("noise", list(NOISE), {"long_name": "noise σ"}),
            "samples": ("samples", SAMPLES, {"long_name": "samples of both tasks"}),
            "distance": ("distance", DISTANCES, {"long_name": "parameter distance"}),
        },
        attrs={"scenario": BASE.title, "capacity": CAPACITY},
    )


def plot(dataset: xr.Dataset) -> Figure:
    """A map for each noise, with the line on which both standard strategies are equally good."""
    figure = Figure(figsize=(PAGE, 3.0))
    panels = figure.subplots(1, dataset.sizes["noise"], sharey=True)
    shares = dataset.samples / dataset.attrs["capacity"]
    for axes, sigma in zip(panels, dataset.noise.values, strict=True):
        panel = dataset.sel(noise=sigma)
        image = axes.pcolormesh(
            panel.distance,
            shares,
            panel.gain,
            shading="nearest",
            rasterized=True,
            cmap=MAP,
            vmin=0.0,
            vmax=1.0,
        )
        axes.contour(panel.distance, shares, panel.frozen_better, [0.5], colors=EVEN)
        better = axes.contourf(
            panel.distance, shares, panel.frozen_better, [0.5, 1.5], colors="none", hatches=["///"]
        )
        better.set(edgecolor=EVEN, linewidth=0.0)
        axes.axhline(1.0, color=MARK, linewidth=0.8, linestyle=":")
        axes.set_title(rf"$\sigma = {sigma:g}$", loc="left")
        axes.set_xlabel(r"distance  $\|\theta_2^* - \theta_1^*\|$")
    panels[0].set_ylabel("samples per parameter  $n/P$")
    names = {
        "frozen and initialized training are equally good": Line2D([], [], color=EVEN),
        "frozen training is better": Patch(
            facecolor="none", edgecolor=EVEN, hatch="///", linewidth=0
        ),
    }
    figure.legend([*names.values()], [*names], loc="outside lower center", ncols=2)
    figure.colorbar(
        image,
        ax=list(panels),
        label="share of $R_2$ spared, compared\nwith the better standard strategy",
    )
    return figure


def _gain(sigma: float, samples: int, distance: float) -> tuple[float, bool]:
    changes = {
        "tasks.noise": sigma,
        "tasks.samples": samples,
        "optima.distance.specific": distance,
    }
    frozen, initialized = (
        varied(BASE, {**changes, "updates.strategy": strategy}) for strategy in STANDARD
    )
    standard = [_second_risk(frozen), _second_risk(initialized)]
    best = _second_risk(best_update(initialized, "risk"))
    least = np.nanmin(standard) if np.isfinite(standard).any() else np.nan
    return float(1 - best / least), bool(standard[0] < standard[1])


def _second_risk(scenario: Scenario) -> float:
    risk = float(means(scenario).risk[1, 1])
    return risk if np.isfinite(risk) else np.nan
