"""Forgetting and generalization error along sequences of fifty tasks, near and far apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from update_magnitude.figures.agreement import compared, if_testable
from update_magnitude.figures.effort import Effort
from update_magnitude.figures.points import (
    Numbers,
    forgetting_and_generalization,
    simulated,
)
from update_magnitude.figures.style import (
    PAGE,
    STRATEGIES,
    dense_points,
    engines_legend,
    law_points,
)
from update_magnitude.paper_checks.claims.task_sequences import closed_forms
from update_magnitude.scenarios import Scenario, library, varied
from update_magnitude.simulations.simulation import sample_runner
from update_magnitude.simulations.streams import Seed, named
from update_magnitude.theory import means

TASKS = 50
GRIDS = {  # the numbers of tasks learned, of the lines and of the points
    "task": range(2, TASKS + 1),
    "closed_task": (3, 8, 18, 28, 38, 48),
    "law_task": (2, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50),
    "dense_task": (2, 10, 25),
}
COMPARED = ("initialized", "frozen", "reinitialized")
APART = {  # how far any two optima are apart in the shared and in the specific block
    "near": (0.0, 0.5),
    "far": (1.0, 2.0),
}
MEASURES = {
    "forgetting": "forgetting  $F_t$",
    "generalization": "generalization error  $G_t$",
}
FEWER = {"law": 32, "dense": 16}  # times fewer replicates: each has many tasks
OVER = ("measure", "sequence", "strategy")


def data(effort: Effort, seed: Seed, watch: Callable[[float], None]) -> xr.Dataset:
    """Theory after every task, closed forms after some, and both engines after some.

    Args:
        effort: how many replicates stand behind each point.
        seed: of the random numbers.
        watch: told the share that is done.

    Returns:
        ``theory`` over (measure, sequence, strategy, task), ``closed`` over (measure, sequence,
        closed_task), of initialized training alone, ``law`` and ``dense`` over (measure, sequence,
        strategy, law_task or dense_task).
    """
    exact = _exact()
    law, dense = effort.law // FEWER["law"], effort.dense // FEWER["dense"]
    points = {
        "law": _law(law, named(seed, "law"), lambda share: watch(0.6 * share)),
        "dense": _dense(dense, named(seed, "dense"), lambda share: watch(0.6 + 0.4 * share)),
    }
    variables = {
        "theory": ((*OVER, "task"), exact, {"long_name": "exact mean"}),
        "closed": (
            ("measure", "sequence", "closed_task"),
            _closed(),
            {"long_name": "closed form of Lin et al. (arXiv 2302.05836), initialized training"},
        ),
    }
    for engine, (mean, error) in points.items():
        at = f"{engine}_task"
        known = _sure() * exact[..., np.array(GRIDS[at]) - GRIDS["task"][0]]
        variables |= compared(mean, error, known, (*OVER, at), engine)
    return xr.Dataset(
        variables,
        coords={"measure": list(MEASURES), "sequence": list(APART), "strategy": list(COMPARED)}
        | {
            name: (name, list(grid), {"long_name": "tasks learned"}) for name, grid in GRIDS.items()
        },
        attrs={"scenario": _scenario("near", "initialized", TASKS).title},
    )


def plot(dataset: xr.Dataset) -> Figure:
    """Near tasks above, far tasks below; lines for theory, points for both engines."""
    figure = Figure(figsize=(PAGE, 4.6))
    panels = figure.subplots(len(APART), len(MEASURES), sharex=True)
    for sequence, row in zip(APART, panels, strict=True):
        for measure, axes in zip(MEASURES, row, strict=True):
            _panel(axes, dataset.sel(sequence=sequence, measure=measure))
            axes.set_title(f"{sequence} tasks", loc="left")
            axes.set_ylabel(MEASURES[measure])
    for axes in panels[-1]:
        axes.set_xlabel("tasks learned  $t$")
        axes.set_xlim(0, TASKS + 1)
    figure.align_ylabels()
    engines_legend(panels[0, 0], loc="lower right")
    panels[0, 1].legend(loc="center right", bbox_to_anchor=(1, 0.6), handlelength=2.4)
    return figure


def _panel(axes: Axes, panel: xr.Dataset) -> None:
    for strategy in COMPARED:
        look, of = STRATEGIES[strategy], panel.sel(strategy=strategy)
        axes.plot(of.task, of.theory, look.line, color=look.colour, label=look.label)
        law_points(axes, of.law_task, of.law, look)
        dense_points(axes, of.dense_task, of.dense, of.dense_error, look)
    axes.plot(
        panel.closed_task, panel.closed, "x", color="black", label="closed form of Lin et al."
    )


def _scenario(sequence: str, strategy: str, tasks: int) -> Scenario:
    """Tasks around a common centre: any two optima are as far apart as any other two."""
    centre, apart = np.array([0.0, 1.5]), np.array(APART[sequence])
    grams = [
        (middle**2 + gap**2 / 2 * np.eye(tasks)).tolist()
        for middle, gap in zip(centre, apart, strict=True)
    ]
    changes = {
        "title": f"{sequence} tasks around a common centre",
        "tasks.count": tasks,
        "optima.gram": dict(zip(("shared", "specific"), grams, strict=True)),
        "updates.strategy": strategy,
    }
    return varied(library("common-centre"), changes)


def _all(tasks: int) -> list[Scenario]:
    return [_scenario(sequence, strategy, tasks) for sequence in APART for strategy in COMPARED]


def _folded(values: Numbers) -> Numbers:
    """From [scenario, measure, task] to [measure, sequence, strategy, task]."""
    return np.moveaxis(values, 1, 0).reshape(len(MEASURES), len(APART), len(COMPARED), -1)


def _weights(tasks: Sequence[int]) -> Numbers:
    """What F_t and G_t are of the risks, [measure, task, T²]: both are linear in them."""
    weights = np.zeros((len(MEASURES), len(tasks), TASKS, TASKS))
    for (forgetting, generalization), t in zip(weights.swapaxes(0, 1), tasks, strict=True):
        earlier = range(t - 1)
        forgetting[t - 1, earlier] = 1 / (t - 1)
        forgetting[earlier, earlier] = -1 / (t - 1)
        generalization[t - 1, :t] = 1 / t
    return weights.reshape(len(MEASURES), len(tasks), -1)


def _exact() -> Numbers:
    """Exact F_t and G_t after every task, [measure, sequence, strategy, task]."""
    weights = _weights(GRIDS["task"])
    return _folded(np.array([weights @ means(entry).risk.ravel() for entry in _all(TASKS)]))


def _sure() -> Numbers:
    """1 where a z-test is valid and NaN elsewhere, [1, sequence, strategy, 1].

    The updates of all later tasks are as large as that of the second, and on as many samples.
    """
    sure = [if_testable(entry, 1.0) for entry in _all(2)]
    return np.reshape(sure, (1, len(APART), len(COMPARED), 1))


def _closed() -> Numbers:
    """Lin et al.'s F_t and G_t, [measure, sequence, task]."""
    forms = [
        [closed_forms(_scenario(sequence, "initialized", t)) for t in GRIDS["closed_task"]]
        for sequence in APART
    ]
    return np.array([[[entry[letter].value for entry in row] for row in forms] for letter in "FG"])


def _law(replicates: int, seed: Seed, watch: Callable[[float], None]) -> tuple[Numbers, Numbers]:
    """Means and standard errors; every replicate is kept, so one run tells of all tasks."""
    weights = _weights(GRIDS["law_task"])
    columns = np.flatnonzero(weights.any((0, 1)))
    means, errors = [], []
    for number, of in enumerate(_all(TASKS)):
        runner = sample_runner(of, seed, "law", columns.tolist())
        runner.run_units(replicates)
        watch((number + 1) / len(_all(TASKS)))
        values = weights[..., columns] @ runner.results().values[:, 0].T
        means.append(values.mean(-1))
        errors.append(values.std(-1, ddof=1) / np.sqrt(runner.replicates))
    return _folded(np.array(means)), _folded(np.array(errors))


def _dense(replicates: int, seed: Seed, watch: Callable[[float], None]) -> tuple[Numbers, Numbers]:
    """Means and standard errors; a sequence for every number of tasks, all of them on its draws."""
    counts = GRIDS["dense_task"]
    scenarios = [entry for tasks in counts for entry in _all(tasks)]
    found = simulated(scenarios, forgetting_and_generalization, "dense", replicates, seed, watch)
    mean, error = (
        _folded(result.reshape(len(counts), -1, len(MEASURES)).transpose(1, 2, 0))
        for result in found
    )
    return mean, error
