"""The best update magnitude, as a share of the parameters and as a scale: two maps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from update_magnitude.figures.agreement import compared, if_testable
from update_magnitude.figures.effort import Effort
from update_magnitude.figures.points import Numbers, forgetting_of
from update_magnitude.figures.style import MAP, MARK, PAGE
from update_magnitude.paper_checks.claims.best_scale import CURVATURE, SCALES, START
from update_magnitude.paper_checks.claims.counts import Spread
from update_magnitude.scenarios import Scenario
from update_magnitude.simulations import Experiment
from update_magnitude.simulations.streams import Seed, named
from update_magnitude.theory import theorem

CAPACITY, FIRST, NOISE = 150, 30, (1.0, 0.7)  # P, samples of task 1, and σ of both tasks
FARTHEST, MOST, FINE = 2.0, 1.6, 201  # of the maps: the largest ‖δ‖ and n/P, and distances
POINTS = tuple((distance, n) for n in (36, 170, 218) for distance in (0.2, 0.8, 1.8))
COUNTS = tuple(CAPACITY * k // 6 for k in range(1, 7))  # m at which F is simulated there
CIRCLES = "law engine, in the colour of its estimate"
NONE, HALF, WHOLE = SCALES  # of the parabola in α; half an update is what F is shown for


def data(effort: Effort, seed: Seed, watch: Callable[[float], None]) -> xr.Dataset:
    """The exact maps, and what the law engine finds at some of their points.

    Args:
        effort: how many replicates stand behind each point; all points share their draws.
        seed: of the random numbers.
        watch: told the share that is done.

    Returns:
        ``share``, m*/P for forgetting, and ``scale``, α* for the mean of both risks, over (samples,
        distance). Of every point ``change``, the forgetting, over (point, count); ``law_share``,
        where that is least; and ``law_scale``.
    """
    distances = np.linspace(0, FARTHEST, FINE)
    samples = np.arange(1, round(MOST * CAPACITY) + 1)
    share, scale = zip(*(_best(distances, n) for n in samples.tolist()), strict=True)
    found = []
    for number, point in enumerate(POINTS):
        found.append(_simulated(*point, effort.law, named(seed, "law")))
        watch((number + 1) / len(POINTS))
    mean, error = np.moveaxis(np.array(found), -1, 0)
    exact = np.array([_exact(*point) for point in POINTS])
    where, words = ("samples", "distance"), {"long_name": "best share of parameters"}
    return xr.Dataset(
        {
            "share": (where, np.array(share), words),
            "scale": (where, np.array(scale), {"long_name": "best scale"}),
            "law_share": ("point", [_least(entry) for entry in mean[:, :-1]], words),
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
    look: dict[str, Any] = {"cmap": MAP, "vmin": 0.0, "vmax": most}
    capacity, values = dataset.attrs["capacity"], dataset[name].clip(0, 1)
    grid = (dataset.distance, dataset.samples / capacity)
    image = axes.pcolormesh(*grid, values, shading="nearest", rasterized=True, **look)
    at = (dataset.law_distance, dataset.law_samples / capacity)
    found = dataset[f"law_{name}"].clip(0, 1)
    axes.scatter(*at, 70, found, edgecolors="white", linewidths=0.8, **look)
    axes.axhline(1.0, color="white", linewidth=0.8, linestyle=":")
    axes.set_xlabel(r"parameter distance  $\|\theta_2^* - \theta_1^*\|$")
    figure.colorbar(image, ax=axes)


def _spread(distance: float, samples: int, m: int = CAPACITY, scale: float = HALF) -> Spread:
    """Two tasks whose optima are spread over all parameters, in two blocks, one of m of them."""
    cut = m if m < CAPACITY else CAPACITY // 2
    given = ((cut, CAPACITY), (FIRST, samples), NOISE, distance, scale)
    return Spread(f"two tasks, P = {CAPACITY}", *given)


def _best(distances: Numbers, samples: int) -> tuple[Numbers, Numbers]:
    """The best share of the parameters and the best scale at every distance."""
    changes = _changes(distances, samples, np.arange(1.0, CAPACITY + 1))
    changes = np.insert(np.nan_to_num(changes, nan=np.inf), 0, 0.0, axis=1)  # m = 0: no update
    # At the threshold noise has no finite mean, and it is best not to move at all.
    return changes.argmin(axis=1) / CAPACITY, np.nan_to_num(_scales(distances, samples))


def _changes(distances: Numbers, samples: int, counts: Numbers) -> Numbers:
    """Forgetting where m parameters are updated, [distance, m]."""
    known: dict[str, Any] = _spread(0.0, samples).arguments()
    # The step is orthogonal to what task 1 left, so it adds its square to the drift.
    known["d_d"] += distances[:, None] ** 2
    return theorem("capacity-change-forgetting")(m=counts, **known)


def _scales(distances: Numbers, samples: int) -> Numbers:
    """The scale at which the mean risk is least, all parameters being updated, [distance]."""
    known = _spread(0.0, samples).arguments()
    drift, overlap = known["d_d"] + distances**2, known["e_d_all"]
    sizes = {"m": CAPACITY, "n": samples}
    return theorem("optimal-scale-mean")(D_S=drift, e_d=overlap, N=known["sigma"] ** 2, **sizes)


def _exact(distance: float, samples: int) -> list[float]:
    """What is simulated at a point, exactly: F at every m, and α*."""
    at, counts = np.array([distance]), np.array(COUNTS, float)
    values = [*_changes(at, samples, counts)[0], *_scales(at, samples)]
    scenarios = [_scenario(distance, samples, m) for m in (*COUNTS, CAPACITY)]
    return [if_testable(*pair) for pair in zip(scenarios, values, strict=True)]


def _scenario(distance: float, samples: int, m: int, scale: float = HALF) -> Scenario:
    return _spread(distance, samples, m, scale).scenario(m)


def _simulated(distance: float, samples: int, replicates: int, seed: Seed) -> Numbers:
    """Mean and standard error of F at every m, and of α* after them, [m + 1, 2].

    Three scales tell the parabola that the mean risk is in α. It is least at α − slope/curvature,
    with the slope at any α. That at the exact one vanishes but for noise, so the noise of the
    curvature is of second order.
    """
    scenarios = [_scenario(distance, samples, m) for m in COUNTS]
    scenarios += [_scenario(distance, samples, CAPACITY, scale) for scale in (NONE, WHOLE)]
    each = np.eye(len(scenarios))
    parabola = each[[-2, -3, -1]]  # at all three scales: all parameters train in the last of COUNTS
    at = float(_scales(np.array([distance]), samples)[0])
    bend = CURVATURE @ parabola
    contrasts = np.vstack([each[:-2], bend, START @ parabola + at * bend])
    experiment = Experiment(scenarios, seed, contrasts.tolist(), engine="law")
    experiment.run(-(-replicates // experiment.unit) * experiment.unit)
    *few, curvature, slope = experiment.results()
    bent, tilted = curvature.generalization, slope.generalization
    found = [(entry.mean, entry.standard_error) for run in few for entry in forgetting_of(run)]
    found.append((at - tilted.mean / bent.mean, tilted.standard_error / np.abs(bent.mean)))
    return np.array(found, float)


def _least(changes: Numbers) -> float:
    """The share of parameters where a parabola through the least F and its neighbours is least."""
    shares, values = np.array([0, *COUNTS]) / CAPACITY, np.array([0.0, *changes])
    k = int(values.argmin())
    if k in (0, len(COUNTS)):
        return float(shares[k])
    left, least, right = values[k - 1 : k + 2]
    return float(shares[k] + shares[1] * (left - right) / (left - 2 * least + right) / 2)
