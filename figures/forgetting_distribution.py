"""The distribution of forgetting over replicates, on both engines, with its exact moments."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from update_magnitude.figures.agreement import compared
from update_magnitude.figures.effort import Effort
from update_magnitude.figures.points import Numbers
from update_magnitude.figures.style import MARK, PAGE, STRATEGIES
from update_magnitude.paper_checks.claims.tails import single
from update_magnitude.scenarios import Scenario
from update_magnitude.simulations.simulation import sample_runner
from update_magnitude.simulations.streams import Seed, named
from update_magnitude.theory import means, theorem

CASES = {"overparameterized": single(8, 30, 10, 2.0), "underparameterized": single(8, 10, 30, 2.0)}
BINS = 40
SHOWN = (0.0005, 0.995)  # quantiles between which the histogram is drawn


def data(effort: Effort, seed: Seed, watch: Callable[[float], None]) -> xr.Dataset:
    """Histograms of forgetting by both engines, and its mean and variance, exact and simulated.

    Args:
        effort: how many replicates are drawn.
        seed: of the random numbers.
        watch: told the share that is done.

    Returns:
        ``density`` over (case, engine, bin), ``moment`` (mean, variance) over (case, engine,
        moment) with its standard error and exact value, bin ``edges`` over (case, edge).
    """
    engines = {"law": effort.law, "dense": effort.dense}
    density = np.zeros((len(CASES), len(engines), BINS))
    edges = np.zeros((len(CASES), BINS + 1))
    moments, errors, exact = (np.zeros((len(CASES), len(engines), 2)) for _ in range(3))
    for case, scenario in enumerate(CASES.values()):
        for place, (engine, replicates) in enumerate(engines.items()):
            values = _forgetting(scenario, engine, replicates, named(seed, engine))
            if not place:
                low, high = np.quantile(values, SHOWN)
                edges[case] = np.linspace(low, high, BINS + 1)
            density[case, place] = _density(values, edges[case])
            moments[case, place], errors[case, place] = _moments(values)
            exact[case, place] = _exact(scenario)
            watch((case * len(engines) + place + 1) / (len(CASES) * len(engines)))
    over = ("case", "engine")
    return xr.Dataset(
        {
            "density": ((*over, "bin"), density, {"long_name": "density of forgetting"}),
            "edges": (("case", "edge"), edges, {"long_name": "edges of the bins"}),
        }
        | compared(moments, errors, exact, (*over, "moment"), "moments"),
        coords={
            "case": list(CASES),
            "engine": list(engines),
            "moment": ["mean", "variance"],
        },
        attrs={"replicates": [effort.law, effort.dense]},
    )


def plot(dataset: xr.Dataset) -> Figure:
    """One panel per regime: steps for the law engine, a filled histogram for the dense one."""
    figure = Figure(figsize=(PAGE, 2.6))
    panels = figure.subplots(1, dataset.sizes["case"])
    for axes, case in zip(panels, dataset.case.values, strict=True):
        panel = dataset.sel(case=case)
        axes.stairs(
            panel.density.sel(engine="dense"),
            panel.edges,
            fill=True,
            color=STRATEGIES["frozen"].colour,
            alpha=0.3,
            label="dense engine",
        )
        axes.stairs(panel.density.sel(engine="law"), panel.edges, color="black", label="law engine")
        mean, variance = panel.moments_exact.sel(engine="law").values
        deviation = float(np.sqrt(variance))
        axes.axvline(mean, color=MARK, linestyle="--", label="exact mean")
        axes.axvspan(
            mean - deviation,
            mean + deviation,
            color=MARK,
            alpha=0.12,
            linewidth=0,
            label=r"exact mean $\pm$ one standard deviation",
        )
        axes.set_title(str(case))
        axes.set_xlabel(r"forgetting  $F_2$  of one replicate")
        axes.set_ylim(bottom=0)
    panels[0].set_ylabel("density")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4)
    return figure


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
    found = np.array([values.mean(), squares.sum() / (count - 1)])
    return found, np.array([values.std(), squares.std()]) / np.sqrt(count)


def _exact(scenario: Scenario) -> tuple[float, float]:
    """The mean of forgetting, and its variance."""
    return means(scenario).forgetting, theorem("forgetting-variance").evaluate(scenario)
