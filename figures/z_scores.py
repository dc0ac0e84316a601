"""All numbers of a check: how their z-scores are distributed, and how near they are to theory."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from update_magnitude.figures.agreement import compared
from update_magnitude.figures.points import Effort, Numbers, Watch
from update_magnitude.figures.style import MARK, PAGE, STRATEGIES
from update_magnitude.paper_checks.profiles import PROFILES
from update_magnitude.paper_checks.running import check_claims
from update_magnitude.paper_checks.verdicts import Verdict
from update_magnitude.simulations.streams import Seed, named

ENGINES = {"law": STRATEGIES["frozen"], "dense": STRATEGIES["initialized"]}
BAND = 0.99  # probability with which each point of the quantile plot lies in its band
LOWEST = 1e-6  # relative deviations below are drawn here


def data(effort: Effort, seed: Seed, watch: Watch) -> xr.Dataset:
    """Every number that a check of all claims compares, but those that are exact up to rounding.

    They are those of ``check`` with the same seed: the figure has no draws of its own. ``estimate``
    over question, with its standard error and prediction, the ``resolution`` of each and the
    ``size`` that it is relative to, with coordinates claim, quantity and engine.
    """
    profile, whole = PROFILES[effort.profile], named(seed).seed
    outcome = check_claims((), profile, whole, lambda _, share: watch(share))
    asked = [verdict for verdict in outcome.verdicts if _is_measured(verdict)]
    readings = [verdict.measurement.reading for verdict in asked]
    questions = [verdict.measurement.question for verdict in asked]
    pairs = [[reading.estimate, reading.standard_error] for reading in readings if reading]
    estimate, error = np.array(pairs).T
    exact = [question.prediction for question in questions]
    words = {
        "z": "z-score",
        "resolution": "smallest relative deviation that would be detected",
        "size": "what the resolution is relative to",
    }
    values = {
        "z": [verdict.z for verdict in asked],
        "resolution": [verdict.resolution for verdict in asked],
        "size": [question.yardstick for question in questions],
    }
    coordinates = {
        "claim": [question.claim.name for question in questions],
        "quantity": [question.quantity for question in questions],
        "engine": [verdict.measurement.engine for verdict in asked],
    }
    return xr.Dataset(
        compared(estimate, error, exact, "question", "estimate")
        | {name: ("question", values[name], {"long_name": words[name]}) for name in words},
        {name: ("question", entries) for name, entries in coordinates.items()},
    )


def plot(dataset: xr.Dataset) -> Figure:
    """Left, z-scores against normal quantiles; right, deviations against resolutions."""
    figure = Figure(figsize=(PAGE, 3.0))
    left, right = figure.subplots(1, 2)
    _quantiles(left, dataset)
    _deviations(right, dataset)
    return figure


def _is_measured(verdict: Verdict) -> bool:
    """Whether a number was compared whose error is that of sampling, not of rounding."""
    question, reading = verdict.measurement.question, verdict.measurement.reading
    if question.side or reading is None or not np.isfinite(verdict.z):
        return False
    return reading.standard_error > 3 * question.rounding


def _quantiles(axes: Axes, dataset: xr.Dataset) -> None:
    from scipy.stats import norm

    z = np.sort(dataset.z.values)
    count = len(z)
    expected = norm.ppf((np.arange(count) + 0.5) / count)
    lower, upper = _band(count)
    axes.fill_between(expected, lower, upper, color=MARK, alpha=0.18, linewidth=0)
    axes.plot(expected, expected, color=MARK, linewidth=0.8)
    engines = dataset.engine.values[np.argsort(dataset.z.values)]
    _dots(axes, engines, expected, z)
    axes.set_xlabel(f"standard normal quantile, of {count} numbers")
    axes.set_ylabel(r"$z$ = (estimate $-$ prediction) / SE")
    axes.legend(loc="upper left")
    axes.annotate(
        f"band: {BAND:.0%} of each point,\nwere all independent",
        (0.97, 0.04),
        xycoords="axes fraction",
        horizontalalignment="right",
        color=MARK,
        fontsize=8,
    )


def _dots(axes: Axes, engines: NDArray[np.str_], x: Numbers, y: Numbers) -> None:
    """A dot for every number, in the look of its engine."""
    for engine, look in ENGINES.items():
        chosen = engines == engine
        dots = axes.plot(x[chosen], y[chosen], look.marker, color=look.colour, markersize=2.4)
        dots[0].set(markeredgewidth=0, label=f"{engine} engine")


def _deviations(axes: Axes, dataset: xr.Dataset) -> None:
    deviation = np.abs(dataset.estimate - dataset.estimate_exact) / dataset["size"]
    places = dataset.resolution.values, np.maximum(deviation.values, LOWEST)
    _dots(axes, dataset.engine.values, *places)
    ends = np.array([dataset.resolution.values.min(), dataset.resolution.values.max()])
    axes.plot(ends, ends, color=MARK, linewidth=0.8)
    axes.annotate(
        "deviation = resolution",
        (ends[1], ends[1]),
        xytext=(-4, 3),
        textcoords="offset points",
        horizontalalignment="right",
        verticalalignment="bottom",
        color=MARK,
        fontsize=8,
    )
    axes.set(xscale="log", yscale="log")
    axes.set_ylim(top=6 * ends[1])
    axes.set_xlabel("resolution (detected with 99% power)")
    axes.set_ylabel("relative deviation from theory")


def _band(count: int) -> tuple[Numbers, Numbers]:
    """Where each order statistic of standard normals lies: quantiles of Beta(k, n − k + 1)."""
    from scipy.stats import beta, norm

    rank = np.arange(1, count + 1)
    lower, upper = (
        norm.ppf(beta.ppf(share, rank, count + 1 - rank))
        for share in ((1 - BAND) / 2, (1 + BAND) / 2)
    )
    return lower, upper
