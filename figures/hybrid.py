"""The hybrid strategy on near and far tasks: what each signal chooses, and what that costs.

The signal ``evidence`` chooses no blocks but how far each moves: it is among the costs alone.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
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
from update_magnitude.figures.style import (
    COVERED,
    MARK,
    PAGE,
    STRATEGIES,
    dense_points,
    family,
)
from update_magnitude.scenarios import SIGNALS, Scenario, library, varied
from update_magnitude.simulations import Experiment
from update_magnitude.simulations.streams import Seed, named
from update_magnitude.theory import means

FAR = 1.5  # a step of the shared optimum, above which a task is far
FEWER = 8  # times fewer replicates where each takes so much longer
SEQUENCE = library("far-among-near")
STEPS, TASKS = SEQUENCE.optima.distance[0], SEQUENCE.tasks.count
THRESHOLDS = {"published": 0.0, "common": 0.5, "distance": FAR, "predicted": 0.0}
STANDARD = ("frozen", "initialized")
BY_EVIDENCE = "evidence"
HYBRID = (*SIGNALS, BY_EVIDENCE)
RULES = (*HYBRID, *STANDARD)
LOOKS = {  # signals are a family, standard strategies look as they do everywhere
    signal: look._replace(label=f"hybrid, {signal}")
    for signal, look in zip(HYBRID, family(len(HYBRID)), strict=True)
} | {strategy: STRATEGIES[strategy] for strategy in STANDARD}


def data(effort: Effort, seed: Seed, watch: Watch) -> xr.Dataset:
    """Choices and generalization errors; all rules that choose blocks are on the same draws.

    ``trained_all``, the share of replicates in which all blocks trained, over (signal, task);
    ``generalization`` over rule; ``far`` over task; ``told``, the exact generalization error of
    training all blocks at the far tasks alone.
    """
    together = [rule for rule in RULES if rule != BY_EVIDENCE]
    experiment = Experiment([_scenario(rule) for rule in together], named(seed, "dense"))
    run_whole(experiment, effort.dense, part_of(watch, 0, 2))
    adapting = Experiment([_scenario(BY_EVIDENCE)], named(seed, BY_EVIDENCE))
    run_whole(adapting, effort.dense // FEWER, part_of(watch, 1, 2))
    results = experiment.results()
    results.insert(len(SIGNALS), adapting.results()[0])
    choices = [result.decisions for result in results[: len(SIGNALS)]]
    shares = [choice.trained_all for choice in choices if choice]
    costs = [result.generalization for result in results]
    # The first task decides nothing; of the strategy that decides no exact mean is known.
    standard = [_scenario(rule) for rule in STANDARD]
    known = where_testable(standard) * predicted(standard, ["generalization"])[:, 0]
    exact = [np.nan] * len(HYBRID) + known.tolist()
    errors = [cost.standard_error for cost in costs]
    variables = {
        "trained_all": (("signal", "task"), [share.mean[1:] for share in shares]),
        "trained_all_error": (("signal", "task"), [share.standard_error[1:] for share in shares]),
        "far": ("task", [step > FAR for step in STEPS]),
        "told": ((), means(_far_tasks_known()).generalization),
        **compared([cost.mean for cost in costs], errors, exact, ("rule",), "generalization"),
    }
    return xr.Dataset(
        variables,
        coords={"signal": list(SIGNALS), "rule": list(RULES), "task": range(2, TASKS + 1)},
        attrs={"scenario": SEQUENCE.title},
    )


def plot(dataset: xr.Dataset) -> Figure:
    """On the left how often all blocks train, on the right the error after the sequence."""
    figure = Figure(figsize=(PAGE, 2.9))
    left, right = figure.subplots(1, 2, width_ratios=(1.3, 1))
    _choices_panel(left, dataset)
    _costs_panel(right, dataset)
    figure.legend(
        *left.get_legend_handles_labels(),
        loc="outside upper left",
        ncols=len(SIGNALS),
        title="signal by which the hybrid strategy chooses",
        title_fontsize=8,
        alignment="left",
    )
    return figure


def _choices_panel(axes: Axes, dataset: xr.Dataset) -> None:
    for task, far in zip(dataset.task, dataset.far, strict=True):
        if far:
            axes.axvspan(task - 0.5, task + 0.5, color="#EEEEEE", linewidth=0)
    for signal in SIGNALS:
        look, curve = LOOKS[signal], dataset.sel(signal=signal)
        axes.plot(
            curve.task,
            curve.trained_all,
            look.line + look.marker,
            color=look.colour,
            linewidth=0.8,
            markerfacecolor="white",
            label=signal,
        )
        dense_points(axes, curve.task, curve.trained_all, curve.trained_all_error, look)
    kinds = ["far" if far else "near" for far in dataset.far]
    words = [f"{int(task)}\n{kind}" for task, kind in zip(dataset.task, kinds, strict=True)]
    axes.set_xticks(dataset.task, words)
    axes.set_xlabel("task  $t$")
    axes.set_xlim(1.5, TASKS + 0.5)
    axes.set_ylim(-0.03, 1.03)
    axes.set_ylabel("share in which all blocks train")


def _costs_panel(axes: Axes, dataset: xr.Dataset) -> None:
    for place, (rule, look) in enumerate(LOOKS.items()):
        cost = dataset.sel(rule=rule)
        error = COVERED * float(cost.generalization_error)
        dense_points(axes, cost.generalization, place, 0.0, look, xerr=error)
    label, exact = f"dense engine, ±{COVERED} SE", dataset.generalization_exact
    axes.plot([], [], "o", color=MARK, markersize=4.4, markerfacecolor="white", label=label)
    axes.plot(exact, range(len(RULES)), "|", color="black", markersize=14, label="exact")
    known = axes.axvline(float(dataset.told), color=MARK, linewidth=0.8, linestyle=":")
    known.set_label("exact, far tasks known")
    axes.legend(loc="center right", bbox_to_anchor=(1, 0.57))
    axes.set_yticks(range(len(RULES)), [look.label for look in LOOKS.values()])
    axes.set_ylim(len(RULES) - 0.5, -0.5)
    axes.set_xlabel(f"generalization error  $G_{TASKS}$")


def _scenario(rule: str) -> Scenario:
    """The shared optimum stays but for two far tasks; the specific one moves a little each time."""
    if rule in STANDARD:
        return varied(SEQUENCE, {"updates.strategy": rule})
    if rule == BY_EVIDENCE:
        return varied(SEQUENCE, {"updates": {"strategy": "hybrid", "signal": BY_EVIDENCE}})
    return varied(SEQUENCE, {"updates.signal": rule, "updates.threshold": THRESHOLDS[rule]})


def _far_tasks_known() -> Scenario:
    """What a rule would do that knows which tasks are far."""
    every, few = list(SEQUENCE.blocks.names), ["specific"]
    trainable = [every, *(every if step > FAR else few for step in STEPS)]
    return varied(SEQUENCE, {"updates": {"strategy": "custom", "trainable": trainable}})
