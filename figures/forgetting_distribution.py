"""The distribution of forgetting over replicates, on both engines, with its exact moments."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from update_magnitude.figures.agreement import compared
from update_magnitude.figures.points import Effort, Numbers, Watch
from update_magnitude.figures.style import MARK, PAGE, STRATEGIES
from update_magnitude.scenarios import Scenario, library, varied
from update_magnitude.simulations.simulation import sample_runner
from update_magnitude.simulations.streams import Seed, named
from update_magnitude.theory import means, theorem

SIZES = {"overparameterized": (30, 10), "underparameterized": (10, 30)}  # m and n of the update
BINS = 40
QUANTILES = (0.0005, 0.995)  # between which the histogram is drawn


def data(effort: Effort, seed: Seed, watch: Watch) -> xr.Dataset:
    """Histograms of forgetting by both engines, and its mean and variance, exact and simulated.

    ``density`` over (case, engine, bin), bin ``edges`` over (case, edge), ``moments`` over (case,
    engine, moment).
    """
    engines = {"law": effort.law, "dense": effort.dense}
    edges, density, pairs, exact = [], [], [], []
    for number, sizes in enumerate(SIZES.values()):
        scenario = _scenario(*sizes)
        values = [
            _forgetting(scenario, engine, replicates, named(seed, engine))
            for engine, replicates in engines.items()
        ]
        low, high = np.quantile(values[0], QUANTILES)
        edges.append(np.linspace(low, high, BINS + 1))
        density.append([_density(sample, edges[-1]) for sample in values])
        pairs.append([_moments(sample) for sample in values])
        variance = theorem("forgetting-variance").evaluate(scenario)
        exact.append([[means(scenario).forgetting, variance]] * len(engines))
        watch((number + 1) / len(SIZES))
    moments, errors = np.moveaxis(np.array(pairs), 2, 0)
    over = ("case", "engine")
    return xr.Dataset(
        {
            "density": ((*over, "bin"), density, {"long_name": "density of forgetting"}),
            "edges": (("case", "edge"), edges, {"long_name": "edges of the bins"}),
        }
        | compared(moments, errors, exact, (*over, "moment"), "moments"),
        coords={"case": list(SIZES), "engine": list(engines), "moment": ["mean", "variance"]},
        attrs={"replicates": list(engines.values())},
    )


def plot(dataset: xr.Dataset) -> Figure:
    """One panel per regime: steps for the law engine, a filled histogram for the dense one."""
    figure = Figure(figsize=(PAGE, 2.6))
    panels = figure.subplots(1, dataset.sizes["case"])
    for axes, case in zip(panels, dataset.case.values, strict=True):
        _panel(axes, dataset.sel(case=case))
        axes.set_title(str(case))
        axes.set_xlabel(r"forgetting  $F_2$  of one replicate")
        axes.set_ylim(bottom=0)
    panels[0].set_ylabel("density")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4)
    return figure


def _panel(axes: Axes, panel: xr.Dataset) -> None:
    dense, colour = panel.density.sel(engine="dense"), STRATEGIES["frozen"].colour
    axes.stairs(dense, panel.edges, fill=True, color=colour, alpha=0.3, label="dense engine")
    axes.stairs(panel.density.sel(engine="law"), panel.edges, color="black", label="law engine")
    mean, variance = panel.moments_exact.sel(engine="law").values
    ends = mean - np.sqrt(variance), mean + np.sqrt(variance)
    axes.axvline(mean, color=MARK, linestyle="--", label="exact mean")
    words = r"exact mean $\pm$ one standard deviation"
    axes.axvspan(*ends, color=MARK, alpha=0.12, linewidth=0, label=words)


def _scenario(trained: int, samples: int) -> Scenario:
    """Two tasks of which the first is not learned: θ_1 = 0 is known."""
    changes = {
        "blocks": {"shared": 8, "specific": trained},
        "tasks.samples": [1, samples],
        "optima.distance.specific": 2.0,
    }
    return varied(library("one-update"), changes)


def _forgetting(scenario: Scenario, engine: str, replicates: int, seed: Seed) -> Numbers:
    """F of every replicate."""
    runner = sample_runner(scenario, seed, engine, [scenario.tasks.count**2])
    runner.run_units(replicates)
    values: Numbers = runner.results().values[:, 0, 0]
    return values


def _density(values: Numbers, edges: Numbers) -> Numbers:
    """The share of all values per bin and width, those beyond the edges counted in the whole."""
    counts, _ = np.histogram(values, edges)
    return counts / len(values) / np.diff(edges)


def _moments(values: Numbers) -> tuple[Numbers, Numbers]:
    """Mean and variance, and the standard errors of both."""
    squares = (values - values.mean()) ** 2
    count = len(values)
    moments = np.array([values.mean(), squares.sum() / (count - 1)])
    return moments, np.array([values.std(), squares.std()]) / np.sqrt(count)
