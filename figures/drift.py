"""The terms that forgetting is made of against parameter distance, frozen and initialized."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from update_magnitude.figures.agreement import Variable, compared
from update_magnitude.figures.curves import Curves
from update_magnitude.figures.points import (
    Effort,
    Numbers,
    Watch,
    estimate_of,
    part_of,
    run_whole,
    where_testable,
)
from update_magnitude.figures.style import (
    MARK,
    PAGE,
    STRATEGIES,
    Look,
    dense_points,
    engines_legend,
    law_points,
)
from update_magnitude.paper_checks.claims.drift import PARTS, TERMS
from update_magnitude.scenarios import Scenario, library, varied
from update_magnitude.simulations import Experiment
from update_magnitude.simulations.streams import Seed, named
from update_magnitude.theory import theorem

FARTHEST = 2.0  # the largest distance shown
COMPARED = ("frozen", "initialized")


class Fill(NamedTuple):
    """How a term looks: shades that are told apart in grey print, some with a hatch."""

    label: str
    colour: str
    edge: str = "white"  # and the hatch
    hatch: str = ""


SHOWN = {  # as they are stacked, from top to bottom: level edges next to zero
    "drift-held": Fill("drift of held blocks", "#F8E6C3", "#C79A3B", "////"),
    "drift-trained": Fill("drift of trained blocks", "#E9A98F"),
    "noise": Fill("noise of task 2", "#8C8C8C"),
    "unlearned": Fill("not learned of task 1", "#BBD3E6"),
    "interference": Fill("interference", "#D3E9E3", "#4F9C8A", "...."),
}


def data(effort: Effort, seed: Seed, watch: Watch) -> xr.Dataset:
    """The terms of forgetting, exact in ``theory`` and simulated in ``terms``, and their sum.

    The terms are over (strategy, term, distance or law_distance), forgetting as a whole, in
    ``total``, ``law`` and ``dense``, over (strategy, distance, law_distance or dense_distance).
    """
    whole = CURVES.data(effort, seed, part_of(watch, 0, 2)).rename_vars(theory="total")
    mean, error = _simulated(whole, effort.law, named(seed, "law"), part_of(watch, 1, 2))
    sure = where_testable([_scenario("", strategy, FARTHEST) for strategy in COMPARED])
    known = sure.reshape(-1, 1, 1) * _exact(whole.law_distance)
    about = {"long_name": "exact mean"}
    variables: dict[str, Variable] = {
        "theory": (("strategy", "term", "distance"), _exact(whole.distance), about),
        **compared(mean, error, known, ("strategy", "term", "law_distance"), "terms"),
    }
    terms = whole.assign_coords(term=list(SHOWN)).assign(variables)
    return terms.assign_attrs(scenario=library("drift-terms").title)


def plot(dataset: xr.Dataset) -> Figure:
    """The terms stacked, those that add to forgetting above zero and the others below."""
    figure = Figure(figsize=(PAGE, 2.9))
    panels = figure.subplots(1, len(COMPARED), sharey=True)
    for strategy, axes in zip(COMPARED, panels, strict=True):
        _panel(axes, dataset.sel(strategy=strategy), STRATEGIES[strategy])
        axes.set_title(f"{STRATEGIES[strategy].label} training", loc="left")
        axes.set_xlabel(r"parameter distance  $\|\theta_2^* - \theta_1^*\|$")
        axes.set_xlim(-0.04, FARTHEST + 0.04)
    panels[0].set_ylabel("forgetting  $F_2$, and its terms")
    engines_legend(panels[-1], loc="upper left")
    # Terms look alike in all panels; the line of the whole does not.
    pairs = (zip(*axes.get_legend_handles_labels(), strict=True) for axes in panels)
    shown = {label: handle for panel in pairs for handle, label in panel}
    figure.legend(list(shown.values()), list(shown), loc="outside right center")
    return figure


def _panel(axes: Axes, panel: xr.Dataset, look: Look) -> None:
    falls = panel.theory.sum("distance") < 0
    lower, upper = _stacked(panel.theory, falls)
    bases, _ = _stacked(panel.terms_exact, falls)
    for term, fill in SHOWN.items():
        axes.fill_between(
            panel.distance,
            lower.sel(term=term),
            upper.sel(term=term),
            facecolor=fill.colour,
            edgecolor=fill.edge,
            hatch=fill.hatch,
            linewidth=0.4,
            label=fill.label,
        )
        if panel.theory.sel(term=term).any():
            ends = bases.sel(term=term) + panel.terms.sel(term=term)
            law_points(axes, panel.law_distance, ends, Look("", MARK, "", "o"))
    axes.axhline(0, color="black", linewidth=0.6)
    words = f"$F_2$, {look.label}"
    axes.plot(panel.distance, panel.total, look.line, color=look.colour, label=words)
    law_points(axes, panel.law_distance, panel.law, look)
    dense_points(axes, panel.dense_distance, panel.dense, panel.dense_error, look)


def _stacked(terms: xr.DataArray, falls: xr.DataArray) -> tuple[xr.DataArray, xr.DataArray]:
    """Where each term begins, at zero or at the next term towards it, and where it ends."""
    upwards = {"term": slice(None, None, -1)}
    below = terms.where(falls, 0).cumsum("term")
    above = terms.where(~falls, 0).isel(upwards).cumsum("term").isel(upwards)
    ends = below.where(falls, above)
    return ends - terms, ends


def _scenario(_engine: str, strategy: str, distance: float, part: str = "all") -> Scenario:
    """Two tasks, the second with some of its step and noise; half of the step in either block.

    The step leads a little back along the first optimum, so that there is interference.
    """
    trained, held, noise = PARTS[part]
    steps = {"shared": held if strategy == "frozen" else trained, "specific": trained}
    norms = {"shared": 0.5, "specific": 1.5}
    grams = {
        f"optima.gram.{block}": _gram(norms[block], steps[block] * distance / 2**0.5)
        for block in norms
    }
    changes = {"tasks.noise": [0.4, 0.4 * noise], "updates.strategy": strategy}
    return varied(library("drift-terms"), changes | grams)


def _gram(norm: float, step: float) -> list[list[float]]:
    """⟨θ*_i, θ*_j⟩ from ‖θ*_1‖ and the length of δ, whose sign is that of its direction."""
    meet = -0.4 * norm * step
    return [[norm**2, norm**2 + meet], [norm**2 + meet, norm**2 + 2 * meet + step**2]]


def _exact(distances: xr.DataArray) -> Numbers:
    """Every term by its theorem, [strategy, term, distance]."""
    terms = [theorem(f"forgetting-{term}") for term in SHOWN]
    scenarios = [
        [_scenario("", strategy, distance) for distance in distances.values.tolist()]
        for strategy in COMPARED
    ]
    return np.array(
        [[[term.evaluate(scenario) for scenario in row] for term in terms] for row in scenarios]
    )


def _simulated(
    dataset: xr.Dataset, replicates: int, seed: Seed, watch: Watch
) -> tuple[Numbers, Numbers]:
    """Terms as the claim ``drift`` measures them, [strategy, term, distance]."""
    rows = [[TERMS[term].get(part, 0.0) for part in PARTS] for term in SHOWN]
    contrasts = np.kron(np.eye(len(COMPARED)), rows).tolist()
    distances = dataset.law_distance.values.tolist()
    pairs = []
    for number, distance in enumerate(distances):
        scenarios = [
            _scenario("", strategy, distance, part) for strategy in COMPARED for part in PARTS
        ]
        experiment = Experiment(scenarios, seed, contrasts, "law")
        run_whole(experiment, replicates, part_of(watch, number, len(distances)))
        estimates = [estimate_of(result, "forgetting") for result in experiment.results()]
        pairs.append([[estimate.mean, estimate.standard_error] for estimate in estimates])
    mean, error = np.array(pairs).T.reshape(2, len(COMPARED), len(SHOWN), -1)
    return mean, error


CURVES = Curves(
    along="distance",
    meaning="parameter distance",
    grids={
        "theory": np.linspace(0, FARTHEST, 41),
        "law": np.linspace(0, FARTHEST, 6),
        "dense": np.linspace(0.2, FARTHEST - 0.2, 5),
    },
    across={"strategy": COMPARED},
    measures=("forgetting",),
    scenario=_scenario,
    lines=("strategy", "distance"),
)
