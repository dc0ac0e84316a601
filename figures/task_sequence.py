"""Forgetting and generalization error along sequences of fifty tasks, near and far apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from update_magnitude.figures.agreement import Variable, compared
from update_magnitude.figures.curves import draw_curve
from update_magnitude.figures.points import Effort, Numbers, Watch, simulated, where_testable
from update_magnitude.figures.style import PAGE, STRATEGIES, engines_legend
from update_magnitude.paper_checks.claims.task_sequences import closed_forms
from update_magnitude.scenarios import Scenario, library, varied
from update_magnitude.simulations.simulation import sample_runner
from update_magnitude.simulations.streams import Seed, named
from update_magnitude.theory import means

TASKS = 50
GRIDS: Mapping[str, Sequence[int]] = {  # tasks learned, of the lines and of the points
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


def data(effort: Effort, seed: Seed, watch: Watch) -> xr.Dataset:
    """Theory after every task, ``closed`` forms and both engines after some.

    All over (measure, sequence, strategy, task), with ``closed_task``, ``law_task`` and
    ``dense_task`` for points; closed forms are of initialized training alone.
    """
    exact = _folded(
        [_weights(GRIDS["task"]) @ means(scenario).risk.ravel() for scenario in _all(TASKS)]
    )
    # The updates of all later tasks are as large as that of the second, and on as many samples.
    sure = where_testable(_all(2)).reshape(1, len(APART), -1, 1)
    points = {
        "law": _law(effort.law // FEWER["law"], named(seed, "law"), lambda s: watch(0.6 * s)),
        "dense": _dense(
            effort.dense // FEWER["dense"], named(seed, "dense"), lambda s: watch(0.6 + 0.4 * s)
        ),
    }
    words = "closed form of Lin et al. (arXiv 2302.05836), initialized training"
    variables: dict[str, Variable] = {
        "theory": ((*OVER, "task"), exact, {"long_name": "exact mean"}),
        "closed": (("measure", "sequence", "closed_task"), _closed(), {"long_name": words}),
    }
    for engine, (mean, error) in points.items():
        along = f"{engine}_task"
        known = sure * exact[..., np.array(GRIDS[along]) - GRIDS["task"][0]]
        variables |= compared(mean, error, known, (*OVER, along), engine)
    grids = {name: (name, [*grid], {"long_name": "tasks learned"}) for name, grid in GRIDS.items()}
    return xr.Dataset(
        variables,
        {"measure": list(MEASURES), "sequence": list(APART), "strategy": list(COMPARED)} | grids,
        {"scenario": _scenario("near", "initialized", TASKS).title},
    )


def plot(dataset: xr.Dataset) -> Figure:
    """Near tasks above, far tasks below; lines for theory, points for both engines."""
    figure = Figure(figsize=(PAGE, 4.6))
    panels = figure.subplots(len(APART), len(MEASURES), sharex=True)
    for sequence, row in zip(APART, panels, strict=True):
        for measure, axes in zip(MEASURES, row, strict=True):
            panel = dataset.sel(sequence=sequence, measure=measure)
            for strategy in COMPARED:
                look = STRATEGIES[strategy]
                draw_curve(axes, panel.sel(strategy=strategy), "task", look, look.label)
            words = "closed form of Lin et al."
            axes.plot(panel.closed_task, panel.closed, "x", color="black", label=words)
            axes.set_title(f"{sequence} tasks", loc="left")
            axes.set_ylabel(MEASURES[measure])
    for axes in panels[-1]:
        axes.set_xlabel("tasks learned  $t$")
        axes.set_xlim(0, TASKS + 1)
    figure.align_ylabels()
    engines_legend(panels[0, 0], loc="lower right")
    panels[0, 1].legend(loc="center right", bbox_to_anchor=(1, 0.6), handlelength=2.4)
    return figure


def _scenario(sequence: str, strategy: str, tasks: int) -> Scenario:
    """Tasks around a common centre: any two optima are as far apart as any other two."""
    centre = {"shared": 0.0, "specific": 1.5}
    grams = {
        block: (centre[block] ** 2 + gap**2 / 2 * np.eye(tasks)).tolist()
        for block, gap in zip(centre, APART[sequence], strict=True)
    }
    changes = {
        "title": f"{sequence} tasks around a common centre",
        "tasks.count": tasks,
        "optima.gram": grams,
        "updates.strategy": strategy,
    }
    return varied(library("common-centre"), changes)


def _all(tasks: int) -> list[Scenario]:
    return [_scenario(sequence, strategy, tasks) for sequence in APART for strategy in COMPARED]


def _folded(values: Sequence[Numbers] | Numbers) -> Numbers:
    """From [scenario, measure, task] to [measure, sequence, strategy, task]."""
    return np.moveaxis(np.array(values), 1, 0).reshape(len(MEASURES), len(APART), len(COMPARED), -1)


def _weights(tasks: Sequence[int]) -> Numbers:
    """What F_t and G_t are of the risks, [measure, task, T²]: both are linear in them."""
    weights = np.zeros((len(MEASURES), len(tasks), TASKS, TASKS))
    for (forgetting, generalization), t in zip(weights.swapaxes(0, 1), tasks, strict=True):
        earlier = range(t - 1)
        forgetting[t - 1, earlier] = 1 / (t - 1)
        forgetting[earlier, earlier] = -1 / (t - 1)
        generalization[t - 1, :t] = 1 / t
    return weights.reshape(len(MEASURES), len(tasks), -1)


def _closed() -> Numbers:
    """Lin et al.'s F_t and G_t, [measure, sequence, task]."""
    forms = [
        [closed_forms(_scenario(sequence, "initialized", t)) for t in GRIDS["closed_task"]]
        for sequence in APART
    ]
    return np.array([[[form[letter].value for form in row] for row in forms] for letter in "FG"])


def _law(replicates: int, seed: Seed, watch: Watch) -> tuple[Numbers, Numbers]:
    """Means and standard errors; every replicate is kept, so one run is about all tasks."""
    weights = _weights(GRIDS["law_task"])
    columns = np.flatnonzero(weights.any((0, 1)))
    scenarios, averages, errors = _all(TASKS), [], []
    for number, scenario in enumerate(scenarios):
        runner = sample_runner(scenario, seed, "law", columns.tolist())
        runner.run_units(replicates)
        watch((number + 1) / len(scenarios))
        values = weights[..., columns] @ runner.results().values[:, 0].T
        averages.append(values.mean(-1))
        errors.append(values.std(-1, ddof=1) / np.sqrt(runner.replicates))
    return _folded(averages), _folded(errors)


def _dense(replicates: int, seed: Seed, watch: Watch) -> tuple[Numbers, Numbers]:
    """Means and standard errors; a sequence for every number of tasks, all of them on its draws."""
    counts = GRIDS["dense_task"]
    scenarios = [scenario for tasks in counts for scenario in _all(tasks)]
    points = simulated(scenarios, tuple(MEASURES), "dense", replicates, seed, watch)[:2]
    folded = [
        _folded(values.reshape(len(counts), -1, len(MEASURES)).transpose(1, 2, 0))
        for values in points
    ]
    return folded[0], folded[1]
