"""The terms that forgetting is made of against parameter distance, frozen and initialized."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from update_magnitude.figures.agreement import compared, if_testable
from update_magnitude.figures.effort import Effort
from update_magnitude.figures.points import Numbers, forgetting_of, simulated
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
GRIDS = {  # of the lines and of the points
    "distance": np.linspace(0, FARTHEST, 41),
    "law_distance": np.linspace(0, FARTHEST, 6),
    "dense_distance": np.linspace(0.2, FARTHEST - 0.2, 5),
}
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


def data(effort: Effort, seed: Seed, watch: Callable[[float], None]) -> xr.Dataset:
    """The terms of forgetting and their sum: exact on a fine grid of distances, and simulated.

    Args:
        effort: how many replicates stand behind each point; all points share their draws.
        seed: of the random numbers.
        watch: told the share that is done.

    Returns:
        ``theory`` and ``terms`` over (strategy, term, distance or law_distance), and for forgetting
        as a whole ``total``, ``law`` and ``dense`` over (strategy, distance, law_distance or
        dense_distance).
    """
    theory, at_law, at_dense = (_exact(distances) for distances in GRIDS.values())
    sure = np.array(
        [if_testable(_scenario(strategy, FARTHEST, "all"), 1.0) for strategy in COMPARED]
    )
    law = _law(effort.law, named(seed, "law"), lambda share: watch(share / 2))
    dense = _dense(effort.dense, named(seed, "dense"), lambda share: watch((1 + share) / 2))
    terms = np.array([*law, sure[:, None, None] * at_law])  # mean, error, exact
    whole = np.array([*dense, sure[:, None] * at_dense[:, -1]])
    variables = {
        "theory": (("strategy", "term", "distance"), theory[:, :-1], {"long_name": "exact mean"}),
        "total": (("strategy", "distance"), theory[:, -1], {"long_name": "exact mean"}),
    }
    for (mean, error, known), dims, words in (
        (terms[..., :-1, :], ("term", "law_distance"), "terms"),
        (terms[..., -1, :], ("law_distance",), "law"),
        (whole, ("dense_distance",), "dense"),
    ):
        variables |= compared(mean, error, known, ("strategy", *dims), words)
    return xr.Dataset(
        variables,
        coords={"strategy": list(COMPARED), "term": list(SHOWN)}
        | {name: (name, grid, {"long_name": "parameter distance"}) for name, grid in GRIDS.items()},
        attrs={"scenario": _scenario("frozen", FARTHEST, "all").title},
    )


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
    found = (zip(*axes.get_legend_handles_labels(), strict=True) for axes in panels)
    shown = {label: handle for pairs in found for handle, label in pairs}
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


def _scenario(strategy: str, distance: float, part: str) -> Scenario:
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


def _exact(distances: Numbers) -> Numbers:
    """Every term and then the whole of forgetting, [strategy, term + 1, distance]."""
    names = [f"forgetting-{term}" for term in (*SHOWN, "decomposition")]
    at = [[_scenario(strategy, far, "all") for far in distances.tolist()] for strategy in COMPARED]
    return np.array(
        [[[theorem(name).evaluate(point) for point in row] for name in names] for row in at]
    )


def _law(replicates: int, seed: Seed, watch: Callable[[float], None]) -> tuple[Numbers, Numbers]:
    """Terms and whole as the claim ``drift`` measures them, [strategy, term + 1, distance]."""
    rows = [[TERMS[term].get(part, 0.0) for part in PARTS] for term in SHOWN]
    rows.append([float(part == "all") for part in PARTS])
    contrasts = np.kron(np.eye(len(COMPARED)), rows).tolist()
    found = []
    for number, distance in enumerate(GRIDS["law_distance"].tolist()):
        scenarios = [_scenario(strategy, distance, part) for strategy in COMPARED for part in PARTS]
        experiment = Experiment(scenarios, seed, contrasts, "law")
        experiment.run(replicates)
        estimates = [entry for result in experiment.results() for entry in forgetting_of(result)]
        found.append([[estimate.mean, estimate.standard_error] for estimate in estimates])
        watch((number + 1) / len(GRIDS["law_distance"]))
    mean, error = np.array(found).T.reshape(2, len(COMPARED), len(SHOWN) + 1, -1)
    return mean, error


def _dense(replicates: int, seed: Seed, watch: Callable[[float], None]) -> tuple[Numbers, Numbers]:
    """The whole of forgetting, [strategy, distance]."""
    distances = GRIDS["dense_distance"].tolist()
    scenarios = [
        _scenario(strategy, distance, "all") for strategy in COMPARED for distance in distances
    ]
    found = simulated(scenarios, forgetting_of, "dense", replicates, seed, watch)
    mean, error = (result.reshape(len(COMPARED), -1) for result in found)
    return mean, error
