"""The best update magnitude, as a share of the parameters and as a scale: two maps."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from update_magnitude.figures.agreement import compared
from update_magnitude.figures.points import (
    Effort,
    Numbers,
    Watch,
    estimate_of,
    part_of,
    run_whole,
    where_testable,
)
from update_magnitude.figures.spread import capacity_arguments, spread
from update_magnitude.figures.style import MAP, MARK, PAGE
from update_magnitude.scenarios import Scenario
from update_magnitude.simulations import Experiment
from update_magnitude.simulations.streams import Seed, named
from update_magnitude.theory import theorem

CAPACITY, FIRST, NOISE = 150, 30, (1.0, 0.7)  # P, samples of task 1, and σ of both tasks
FARTHEST, MOST, FINE = 2.0, 1.6, 201  # of the maps: the largest ‖δ‖ and n/P, and distances
POINTS = tuple((distance, n) for n in (36, 170, 218) for distance in (0.2, 0.8, 1.8))
COUNTS = tuple(CAPACITY * k // 6 for k in range(1, 7))  # m at which F is simulated there
CIRCLES = "law engine, in the colour of its estimate"
HALF = 0.5  # of an update is what F is shown for
# Weights of the mean risks at α = 0, 1/2 and 1 in the curvature of their parabola in α, and in its
# slope at 0.
CURVATURE, START = (4.0, -8.0, 4.0), (-3.0, 4.0, -1.0)


def data(effort: Effort, seed: Seed, watch: Watch) -> xr.Dataset:
    """The exact maps, and what the law engine finds at some of their points, on common draws.

    ``share``, m*/P for forgetting, and ``scale``, α* for the mean of both risks, over (samples,
    distance). Of every point ``change``, the forgetting, over (point, count); ``law_share``, where
    that is least; and ``law_scale``.
    """
    distances = np.linspace(0, FARTHEST, FINE)
    samples = np.arange(1, round(MOST * CAPACITY) + 1)
    share, scale = zip(*(_best(distances, n) for n in samples.tolist()), strict=True)
    pairs = [
        _simulated(*point, effort.law, named(seed, "law"), part_of(watch, number, len(POINTS)))
        for number, point in enumerate(POINTS)
    ]
    mean, error = np.moveaxis(np.array(pairs), -1, 0)
    exact = np.array([_exact(*point) for point in POINTS])
    where, words = ("samples", "distance"), {"long_name": "best share of parameters"}
    return xr.Dataset(
        {
            "share": (where, np.array(share), words),
            "scale": (where, np.array(scale), {"long_name": "best scale"}),
            "law_share": ("point", [_least(changes) for changes in mean[:, :-1]], words),
        }
        | compared(mean[:, :-1], error[:, :-1], exact[:, :-1], ("point", "count"), "change")
        | compared(mean[:, -1], error[:, -1], exact[:, -1], "point", "law_scale"),
        coords={
            "distance": ("distance", distances, {"long_name": "parameter distance"}),
            "samples": ("samples", samples, {"long_name": "samples of task 2"}),
            "law_distance": ("point", [distance for distance, _ in POINTS]),
            "law_samples": ("point", [n for _, n in POINTS]),
            "count": ("count", list(COUNTS), {"long_name": "number of trainable parameters"}),
        },
        attrs={"capacity": CAPACITY, "scale_of_share": HALF},
    )


def plot(dataset: xr.Dataset) -> Figure:
    """Both maps, with circles in the colour of what was simulated."""
    figure = Figure(figsize=(PAGE, 3.2))
    share, scale = figure.subplots(1, 2, sharey=True)
    half = dataset.attrs["scale_of_share"]
    _map(figure, share, dataset, "share", 1.0)
    share.set_title(rf"best share  $m^*\!/P$  for $F_2$  ($\alpha = {half:g}$)")
    share.set_ylabel("samples per parameter  $n_2/P$")
    _map(figure, scale, dataset, "scale", 0.7)
    scale.set_title(r"best scale  $\alpha^*$  for $G_2$  ($m = P$)")
    handles = [
        Line2D([], [], color=MARK, marker="o", ms=8, mfc="none", ls="", label=CIRCLES),
        Line2D([], [], color=MARK, lw=0.8, ls=":", label="$n_2 = P$"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=2)
    return figure


def _map(figure: Figure, axes: Axes, dataset: xr.Dataset, name: str, most: float) -> None:
    """A heat map, and circles that vanish where simulation agrees with it."""
    capacity = dataset.attrs["capacity"]
    image = axes.pcolormesh(
        dataset.distance,
        dataset.samples / capacity,
        dataset[name].clip(0, 1),
        shading="nearest",
        rasterized=True,
        cmap=MAP,
        vmin=0.0,
        vmax=most,
    )
    axes.scatter(
        dataset.law_distance,
        dataset.law_samples / capacity,
        70,
        dataset[f"law_{name}"].clip(0, 1),
        edgecolors="white",
        linewidths=0.8,
        cmap=MAP,
        vmin=0.0,
        vmax=most,
    )
    axes.axhline(1.0, color="white", linewidth=0.8, linestyle=":")
    axes.set_xlabel(r"parameter distance  $\|\theta_2^* - \theta_1^*\|$")
    figure.colorbar(image, ax=axes)


def _scenario(distance: float, samples: int, m: int = CAPACITY, scale: float = HALF) -> Scenario:
    """Two tasks whose optima are spread over all parameters, in two parts, one of m of them."""
    cut = m if m < CAPACITY else CAPACITY // 2
    changes = {
        "tasks.samples": [FIRST, samples],
        "tasks.noise": NOISE,
        "optima.distance.part_1": distance,
        "updates.scale": [1.0, scale],
    }
    return spread("fixed-capacity", (cut, CAPACITY), m, changes)


def _best(distances: Numbers, samples: int) -> tuple[Numbers, Numbers]:
    """The best share of the parameters and the best scale at every distance."""
    changes = _changes(distances, samples, np.arange(1.0, CAPACITY + 1))
    changes = np.insert(np.nan_to_num(changes, nan=np.inf), 0, 0.0, axis=1)  # m = 0: no update
    # At the threshold noise has no finite mean, and it is best not to move at all.
    return changes.argmin(axis=1) / CAPACITY, np.nan_to_num(_scales(distances, samples))


def _changes(distances: Numbers, samples: int, counts: Numbers) -> Numbers:
    """Forgetting where m parameters are updated, [distance, m]."""
    known = capacity_arguments(_scenario(0.0, samples))
    # The step is orthogonal to what task 1 left, so it adds its square to the drift.
    met = {"d_d": known["d_d"] + distances[:, None] ** 2}
    return theorem("capacity-change-forgetting")(m=counts, **(known | met))


def _scales(distances: Numbers, samples: int) -> Numbers:
    """The scale at which the mean risk is least, all parameters being updated, [distance]."""
    known = capacity_arguments(_scenario(0.0, samples))
    return theorem("optimal-scale-mean")(
        m=CAPACITY,
        n=samples,
        D_S=known["d_d"] + distances**2,
        e_d=known["e_d_all"],
        N=known["sigma"] ** 2,
    )


def _exact(distance: float, samples: int) -> Numbers:
    """What is simulated at a point, exactly: F at every m, and α*."""
    far, counts = np.array([distance]), np.array(COUNTS, float)
    values: Numbers = np.append(_changes(far, samples, counts)[0], _scales(far, samples))
    scenarios = [_scenario(distance, samples, m) for m in (*COUNTS, CAPACITY)]
    return where_testable(scenarios) * values


def _simulated(distance: float, samples: int, replicates: int, seed: Seed, watch: Watch) -> Numbers:
    """Mean and standard error of F at every m, and of α* after them, [m + 1, 2].

    At three scales the mean risk gives its parabola in α, which is least at α − slope/curvature,
    with the slope at any α. That at the exact one vanishes but for noise, so the noise of the
    curvature is of second order.
    """
    scenarios = [_scenario(distance, samples, m) for m in COUNTS]
    scenarios += [_scenario(distance, samples, CAPACITY, scale) for scale in (0.0, 1.0)]
    each = np.eye(len(scenarios))
    scales = each[[-2, -3, -1]]  # 0, 1/2 and 1: all parameters train in the last of COUNTS
    best = float(_scales(np.array([distance]), samples)[0])
    bend = CURVATURE @ scales
    contrasts = np.vstack([each[:-2], bend, START @ scales + best * bend])
    experiment = Experiment(scenarios, seed, contrasts.tolist(), engine="law")
    run_whole(experiment, replicates, watch)
    *few, curvature, slope = experiment.results()
    changes = [estimate_of(result, "forgetting") for result in few]
    bent, tilted = curvature.generalization, slope.generalization
    vertex = best - tilted.mean / bent.mean, tilted.standard_error / np.abs(bent.mean)
    pairs = [*((change.mean, change.standard_error) for change in changes), vertex]
    return np.array(pairs, float)


def _least(changes: Numbers) -> float:
    """The share of parameters where a parabola through the least F and its neighbours is least."""
    shares, values = np.array([0, *COUNTS]) / CAPACITY, np.array([0.0, *changes])
    k = int(values.argmin())
    if k in (0, len(COUNTS)):
        return float(shares[k])
    left, least, right = values[k - 1 : k + 2]
    return float(shares[k] + shares[1] * (left - right) / (left - 2 * least + right) / 2)
