"""What it costs that noise and distances are not known, and what earlier tasks tell of them."""

from __future__ import annotations

from itertools import product

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from update_magnitude.figures.agreement import compared
from update_magnitude.figures.points import (
    Effort,
    Watch,
    part_of,
    predicted,
    run_whole,
    where_testable,
)
from update_magnitude.figures.style import COVERED, MARK, PAGE, STRATEGIES, dense_points, family
from update_magnitude.scenarios import Scenario, library, varied
from update_magnitude.simulations import Experiment
from update_magnitude.simulations.streams import Seed, named
from update_magnitude.theory import best_update

BASE = library("unknown-magnitudes")
COUNTS = (2, 6)  # of tasks, of which the first is known
SAMPLES = (6, 15, 30, 60, 120)
FEWER = 8  # times fewer replicates than other figures have, since each takes so much longer
KNOWING = "known"  # the closed form that is best for each task, from its noise and distances
SIGNALS = ("evidence", "pooled-evidence")
STANDARD = ("frozen", "initialized")
RULES = (KNOWING, *SIGNALS, *STANDARD)
LABELS = {
    KNOWING: "noise and distances known",
    "evidence": "evidence of the task",
    "pooled-evidence": "evidence of all tasks so far",
}
LOOKS = {
    name: look._replace(label=label)
    for (name, label), look in zip(LABELS.items(), family(len(LABELS)), strict=True)
} | {name: STRATEGIES[name] for name in STANDARD}
HIGHEST = 2.0  # of the ratios that are shown


def data(effort: Effort, seed: Seed, watch: Watch) -> xr.Dataset:
    """The mean risk of each task when it is learned, over (tasks, samples, rule).

    All rules are on the same draws of the dense engine. ``ratio`` is that risk over the one where
    noise and distances are known, with ``ratio_error`` from paired differences.
    """
    places = list(product(COUNTS, SAMPLES))
    rows = [
        _simulated(count, n, effort, named(seed, f"{count}, {n}"), part_of(watch, k, len(places)))
        for k, (count, n) in enumerate(places)
    ]
    shape = (len(COUNTS), len(SAMPLES), len(RULES))
    mean, error, apart, apart_error = (np.reshape(part, shape) for part in zip(*rows, strict=True))
    known = mean[..., :1]
    words, dims = "learning_error", ("tasks", "samples", "rule")
    exact = np.reshape([_exact(*place) for place in places], shape)
    variables = compared(mean, error, exact, dims, words)
    about = {"long_name": "risk over that where noise and distances are known"}
    return xr.Dataset(
        {
            **variables,
            "ratio": (dims, 1 + apart / known, about),
            "ratio_error": (dims, apart_error / known, {"long_name": "standard error"}),
        },
        coords={
            "tasks": ("tasks", list(COUNTS), {"long_name": "tasks, of which the first is known"}),
            "samples": ("samples", list(SAMPLES), {"long_name": "samples of a task"}),
            "rule": list(RULES),
        },
        attrs={"scenario": BASE.title, "capacity": BASE.blocks.capacity},
    )


def plot(dataset: xr.Dataset) -> Figure:
    """A panel for two tasks and one for six; what is far above the others is cut off."""
    figure = Figure(figsize=(PAGE, 3.0))
    panels = figure.subplots(1, dataset.sizes["tasks"], sharey=True)
    for axes, count in zip(panels, dataset.tasks.values, strict=True):
        panel = dataset.sel(tasks=count)
        for rule, look in LOOKS.items():
            if rule == "pooled-evidence" and count == COUNTS[0]:
                continue  # there is no earlier evidence
            curve = panel.sel(rule=rule)
            axes.plot(curve.samples, curve.ratio, look.line, color=look.colour, linewidth=0.8)
            axes.plot([], [], look.line, color=look.colour, label=look.label)
            if rule != KNOWING:
                # Means of the standard strategies whose errors are not known have no bars.
                known = np.isfinite(curve.learning_error_exact) | (rule in SIGNALS)
                dense_points(axes, curve.samples, curve.ratio, curve.ratio_error.where(known), look)
        later = int(count) - 1
        axes.set_title(f"{later} task{'s' * (later > 1)} after the first", loc="left")
        axes.set_xscale("log")
        axes.set_xticks(dataset.samples.values, map(str, dataset.samples.values))
        axes.minorticks_off()
        axes.set_ylim(0.9, HIGHEST)
        axes.set_xlabel("samples of a task  $n$")
    cut = f"over that with all known (cut at {HIGHEST:g})"
    panels[0].set_ylabel(f"mean risk of a task when learned,\n{cut}")
    label = f"dense engine, ±{COVERED} SE"
    panels[-1].plot([], [], "o", color=MARK, markersize=4.4, markerfacecolor="white", label=label)
    handles, labels = panels[-1].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3)
    return figure


def _simulated(
    count: int, samples: int, effort: Effort, seed: Seed, watch: Watch
) -> tuple[list[float], ...]:
    """Means and errors of all rules, and of what they have more than the one that knows."""
    scenarios = [_scenario(count, samples, rule) for rule in RULES]
    alone = np.eye(len(RULES))
    rows = np.concatenate([alone, alone - alone[:1]])
    experiment = Experiment(scenarios, seed, rows.tolist())
    run_whole(experiment, effort.dense // FEWER, watch)
    found = [result.learning_error for result in experiment.results()]
    means = [float(each.mean) for each in found]
    errors = [float(each.standard_error) for each in found]
    half = len(RULES)
    return means[:half], errors[:half], means[half:], errors[half:]


def _exact(count: int, samples: int) -> list[float]:
    """Exact means, where theory has them at finite size and a z-test is valid; else NaN."""
    standard = [_scenario(count, samples, rule) for rule in STANDARD]
    known = where_testable(standard) * predicted(standard, ["learning_error"])[:, 0]
    exact: list[float] = [np.nan] * (len(RULES) - len(STANDARD)) + known.tolist()
    return exact


def _scenario(count: int, samples: int, rule: str) -> Scenario:
    """Tasks that step alike; the first has nothing to learn."""
    noise = [BASE.tasks.noise[0], *[BASE.tasks.noise[-1]] * (count - 1)]
    steps: dict[str, object] = {
        f"optima.distance.{name}": series[0]
        for name, series in zip(BASE.blocks.names, BASE.optima.distance, strict=True)
    }
    tasks = {"tasks.count": count, "tasks.samples": samples, "tasks.noise": noise}
    if rule == KNOWING:
        return best_update(varied(BASE, {**tasks, **steps}), "risk")
    updates = {"strategy": "hybrid", "signal": rule} if rule in SIGNALS else {"strategy": rule}
    return varied(BASE, {**tasks, **steps, "updates": updates})
