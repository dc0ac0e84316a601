"""Forgetting and generalization error against parameter distance, frozen and initialized."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures.style import MARK, PAGE, STRATEGIES
from scenarios import Scenario, preset, varied
from simulations import Experiment
from theory import critical_distance, two_task_values

SCENARIO = "two-close-tasks"
FARTHEST = 3.0  # the largest distance shown
COMPARED = ("frozen", "initialized")
MEASURES = {
    "forgetting": "forgetting  $F_2$",
    "generalization": "generalization error  $G_2$",
}
COVERED = 2  # standard errors on either side of a point


def data(replicates: int, seed: int, watch: Callable[[str, float], None]) -> xr.Dataset:
    """Theory on a fine grid of distances, simulation on a coarse one, and the critical distances.

    Args:
        replicates: of each simulated point; all points share their draws.
        seed: of the random numbers.
        watch: told of the progress.

    Returns:
        ``theory`` over (measure, strategy, distance), ``mean`` and ``standard_error`` over
        (measure, strategy, simulated_distance), ``critical`` over measure, NaN where there is none.
    """
    base = preset(SCENARIO)
    fine, coarse = np.linspace(0, FARTHEST, 121), np.linspace(0, FARTHEST, 9)
    over = ("measure", "strategy", "distance")
    at = ("measure", "strategy", "simulated_distance")
    means, errors = _simulated(base, coarse, replicates, seed, watch)
    return xr.Dataset(
        {
            "theory": (over, _predicted(base, fine), {"long_name": "exact mean"}),
            "mean": (at, means, {"long_name": "mean over replicates"}),
            "standard_error": (at, errors, {"long_name": "standard error of the mean"}),
            "critical": ("measure", _critical(base), {"long_name": "critical distance"}),
        },
        coords={
            "measure": list(MEASURES),
            "strategy": list(COMPARED),
            "distance": ("distance", fine, {"long_name": "parameter distance"}),
            "simulated_distance": coarse,
        },
        attrs={"scenario": base.title, "replicates": replicates, "seed": seed, "engine": "dense"},
    )


def plot(dataset: xr.Dataset) -> Figure:
    """Lines for theory, points with error bars for simulation, one panel per measure."""
    figure = Figure(figsize=(PAGE, 2.7))
    panels = figure.subplots(1, len(MEASURES))
    for measure, label, axes in zip(MEASURES, MEASURES.values(), panels, strict=True):
        _panel(axes, dataset.sel(measure=measure))
        axes.set_ylabel(label)
        axes.set_xlabel(r"parameter distance  $\|\theta_2^* - \theta_1^*\|$")
        axes.set_xlim(-0.05, FARTHEST + 0.05)
    panels[-1].legend(loc="upper left", handlelength=2.4)
    return figure


def _panel(axes: Axes, panel: xr.Dataset) -> None:
    for strategy in COMPARED:
        look, of = STRATEGIES[strategy], panel.sel(strategy=strategy)
        axes.plot(
            of.distance, of.theory, look.line, color=look.colour, label=f"{look.label}, exact"
        )
        axes.errorbar(
            of.simulated_distance,
            of["mean"],
            COVERED * of.standard_error,
            fmt=look.marker,
            color=look.colour,
            markerfacecolor="white",
            capsize=2,
            elinewidth=0.8,
            label=f"{look.label}, simulated (±{COVERED} SE)",
        )
    critical = float(panel.critical)
    known = np.isfinite(critical)
    if known:
        axes.axvline(critical, color=MARK, linewidth=0.8, linestyle=":")
    axes.annotate(
        rf"$\delta_c = {critical:.2f}$" if known else "no critical distance",
        (critical if known else FARTHEST, 0.03),
        xycoords=("data", "axes fraction"),
        xytext=(4, 0) if known else (0, 0),
        textcoords="offset points",
        horizontalalignment="left" if known else "right",
        color=MARK,
    )


def _at(base: Scenario, strategy: str, distance: float) -> Scenario:
    changes = {"optima.distance.specific": float(distance), "updates.strategy": strategy}
    return varied(base, changes)


def _predicted(base: Scenario, distances: np.ndarray) -> np.ndarray:
    """Closed forms, [measure, strategy, distance]."""
    values = [
        [two_task_values(_at(base, strategy, distance)) for distance in distances]
        for strategy in COMPARED
    ]
    rows = [[[getattr(v, measure) for v in row] for row in values] for measure in MEASURES]
    return np.array(rows)


def _simulated(
    base: Scenario,
    distances: np.ndarray,
    replicates: int,
    seed: int,
    watch: Callable[[str, float], None],
) -> tuple[np.ndarray, np.ndarray]:
    """Means and standard errors, [measure, strategy, distance]; one experiment serves them all."""
    scenarios = [_at(base, strategy, distance) for strategy in COMPARED for distance in distances]
    experiment = Experiment(scenarios, seed)
    experiment.run(
        replicates,
        lambda more: watch("parameter-distance", experiment.replicates / replicates),
    )
    results = experiment.results()
    found = [[getattr(result, measure) for result in results] for measure in MEASURES]
    shape = (len(MEASURES), len(COMPARED), len(distances))
    means = np.array([[estimate.mean for estimate in row] for row in found])
    errors = np.array([[estimate.standard_error for estimate in row] for row in found])
    return means.reshape(shape), errors.reshape(shape)


def _critical(base: Scenario) -> list[float]:
    found = [critical_distance(base, measure) for measure in MEASURES]
    return [critical.distance if critical else np.nan for critical in found]
