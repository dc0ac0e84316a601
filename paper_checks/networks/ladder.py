"""The ladder from a linear model to the network: which rung orders the strategies as it does.

Each rung gives up one simplification, all start from the same measured quantities:

0. two blocks with isotropic features: the exact theory of ``bridge``;
1. result D with a block for each module, its measured feature variances, and the effective
   dimension of its kernel in the place of its size;
2. the linearized network on the real data, each task solved exactly;
3. the network trained with the squared loss;
4. the network as it was trained.

Rungs 0 to 3 have forgetting and the final mean as squared error relative to that of θ_0, which is
what could be learned; rungs 2 to 4 have accuracies. The theory of rungs 0 and 1 knows no rates of
single parameters: the least-forgetting update stands in the place of ``hybrid-rates`` there. Heads
are left out of both, as they are of the measured solutions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from update_magnitude.paper_checks.networks.bridge import BLOCKS, two_blocks
from update_magnitude.paper_checks.networks.ladder_order import compared_with, decided_pairs
from update_magnitude.scenarios import Scenario, parse
from update_magnitude.scenarios.geometry import gram_rank
from update_magnitude.simulations.networks.linearized import effective_dimension
from update_magnitude.simulations.networks.metrics import (
    METRICS,
    POSSIBLE,
    Document,
    Interval,
    Numbers,
    average_accuracy,
    forgetting,
    interval,
)
from update_magnitude.simulations.networks.optima import Optima
from update_magnitude.simulations.networks.rungs import LADDER, RATES, Linearized, Rung
from update_magnitude.theory import means

if TYPE_CHECKING:
    import xarray as xr

NAMES = (
    "two blocks, isotropic",
    "a block per module",
    "linearized network",
    "squared loss",
    "as trained",
)
MEASURES = ("forgetting", "avg_acc")  # the latter stands for the final mean, whatever its unit
IN_THEORY = {RATES: "least-forgetting"}
ERRORS = {"forgetting": (-np.inf, np.inf), "avg_acc": (0.0, np.inf)}  # possible relative errors
Values = dict[str, dict[str, Document]]  # by measure and strategy


def ladder(optima: Optima, linearized: Linearized, squared: Rung, run: xr.Dataset) -> Document:
    """All rungs of a run, as JSON, with how many pairs of strategies each orders as the run does.

    Args:
        optima: the measured solutions of all tasks.
        linearized: rung 2, with the features at θ_0.
        squared: rung 3.
        run: rung 4, as ``simulations.networks.results.dataset`` makes it.
    """
    dimensions = block_dimensions(optima, linearized)
    model = modules_model(optima, linearized, dimensions)
    known = without_diverged(squared)
    # Of each rung what it has: squared errors and accuracies.
    found: list[tuple[Values | None, Values | None]] = [
        (predictions({name: _two_blocks(optima, name) for name in LADDER}), None),
        (predictions({name: with_strategy(model, name) for name in LADDER}), None),
        *((relative_errors(rung), accuracies(rung)) for rung in (linearized.rung, known)),
        (None, accuracies_of_run(run)),
    ]
    pairs = {name: decided_pairs(run, LADDER, name) for name in MEASURES}
    rungs = [
        {"rung": number, "name": name, "error": error, "accuracy": accuracy}
        | compared_with(pairs, error, accuracy, found[3][0], found[4][1])
        for number, (name, (error, accuracy)) in enumerate(zip(NAMES, found, strict=True))
    ]
    return {
        "strategies": list(LADDER),
        "in_theory": IN_THEORY,
        "images": linearized.images,
        "unsolved": linearized.unsolved,
        "blocks": dimensions,
        "scenario": model.document(),
        "pairs": pairs,
        "rungs": rungs,
        "diverged": squared.start.shape[0] - known.start.shape[0],  # seeds, with the squared loss
        "right_from": {name: _right_from(rungs, name) for name in MEASURES},
    }


def block_dimensions(optima: Optima, linearized: Linearized) -> dict[str, Document]:
    """Of each module its parameters, its effective dimension, and the size that its block has.

    The dimension is the mean over seeds and tasks; the size is rounded, and at least the number of
    dimensions that the solutions of the tasks span.
    """
    measured = effective_dimension(linearized.trace, linearized.square).mean((0, 1))
    found = {}
    for place, parameters in enumerate(optima.parameters):
        spanned = gram_rank(optima.gram[place].mean(0))
        size = max(1, round(float(measured[place])), spanned)
        found[f"module_{place + 1}"] = {
            "parameters": parameters,
            "dimension": float(measured[place]),
            "size": size,
        }
    return found


def modules_model(
    optima: Optima, linearized: Linearized, dimensions: dict[str, Document]
) -> Scenario:
    """Rung 1: the scenario with a block for each module, initialized training its strategy.

    A block of P_b parameters gets p_b, and v_{k,b} = tr K_{k,b}/(N p_b), so that its outputs keep
    their mean square. The inner products of solutions are multiplied by p_b/P_b: what isotropic
    vectors of P_b dimensions have in p_b of them. So v_{k,b}‖θ*‖²_b stays what it is with all
    parameters. Two overall factors change no relative error: variances are on average 1 over tasks
    and parameters, and the risks of θ_0 are on average 1 over tasks.
    """
    names, blocks = list(dimensions), list(dimensions.values())
    sizes = np.array([block["size"] for block in blocks])
    trace = linearized.trace[..., :-1].mean(0)  # [T, modules]
    variance = trace / sizes
    variance *= sizes.sum() / trace.sum(1).mean()
    gram = optima.gram.mean(1) * (sizes / np.array(optima.parameters))[:, None, None]
    gram /= np.einsum("kb,bkk->k", variance, gram).mean()
    tasks = {"count": len(trace), "samples": optima.equations, "noise": 0.0}
    return parse(
        {
            "title": "a block for each module of a network",
            "blocks": dict(zip(names, sizes.tolist(), strict=True)),
            "features": {"variance": dict(zip(names, variance.T.tolist(), strict=True))},
            "tasks": tasks,
            "optima": {"gram": dict(zip(names, gram.tolist(), strict=True))},
            "updates": {"strategy": "initialized", "specific": names[-optima.specific :]},
        }
    )


def with_strategy(model: Scenario, strategy: str) -> Scenario:
    """The scenario by another strategy, under the name that theory has for it."""
    tables = model.document()
    tables["updates"]["strategy"] = IN_THEORY.get(strategy, strategy)
    return parse(tables)


def _two_blocks(optima: Optima, strategy: str) -> Scenario:
    """Rung 0, as ``bridge`` has it."""
    cut = len(optima.parameters) - optima.specific
    halves = optima.gram[:cut].sum(0).mean(0), optima.gram[cut:].sum(0).mean(0)
    sizes = sum(optima.parameters[:cut]), sum(optima.parameters[cut:])
    gram = dict(zip(BLOCKS, halves, strict=True))
    return two_blocks(sizes, gram, optima.equations, IN_THEORY.get(strategy, strategy))


def predictions(scenarios: dict[str, Scenario]) -> Values:
    """What theory predicts by strategy, relative to the risks of θ_0 = 0."""
    found: Values = {name: {} for name in MEASURES}
    for strategy, scenario in scenarios.items():
        exact, start = means(scenario), _risk_at_start(scenario)
        for name, value in zip(MEASURES, (exact.forgetting, exact.generalization), strict=True):
            single = Interval(value / start, np.nan, np.nan, np.nan, 1)
            found[name][strategy] = single.document()
    return found


def _risk_at_start(scenario: Scenario) -> float:
    """The mean over tasks of Σ_b v_{k,b}‖θ*_k‖²_b."""
    pairs = zip(scenario.features.variance, scenario.optima.gram or (), strict=True)
    return float(np.mean(sum(np.array(v) * np.diagonal(np.array(gram)) for v, gram in pairs)))


def without_diverged(rung: Rung) -> Rung:
    """The seeds that no strategy diverged with; all of them where there is none."""
    last = np.stack([rung.error[:, :, -1], rung.accuracy[:, :, -1]])
    good = np.isfinite(last).all((0, 1, 3))
    if not good.any():
        return rung
    return Rung(rung.error[:, good], rung.accuracy[:, good], rung.start[good])


def relative_errors(rung: Rung) -> Values:
    """Squared errors relative to that of θ_0, with intervals over seeds."""
    start = rung.start.mean(1)
    # ``forgetting`` is a fall in accuracy: that of −error is a rise in error.
    measured = {"forgetting": forgetting(-rung.error), "avg_acc": average_accuracy(rung.error)}
    return {name: _intervals(values / start, ERRORS[name]) for name, values in measured.items()}


def accuracies(rung: Rung) -> Values:
    """Forgetting and Avg.Acc as shares, with intervals over seeds."""
    return {name: _intervals(METRICS[name](rung.accuracy), POSSIBLE[name]) for name in MEASURES}


def accuracies_of_run(run: xr.Dataset) -> Values:
    """The same of a run, of the strategies that it has."""
    there = [name for name in LADDER if name in run.strategy.values]
    accuracy = run.accuracy.sel(strategy=there).values
    return {
        name: {
            strategy: interval(values, POSSIBLE[name]).document()
            for strategy, values in zip(there, METRICS[name](accuracy), strict=True)
        }
        for name in MEASURES
    }


def _intervals(values: Numbers, possible: tuple[float, float]) -> dict[str, Document]:
    return {
        strategy: interval(seeds, possible).document()
        for strategy, seeds in zip(LADDER, values, strict=True)
    }


def _right_from(rungs: list[Document], measure: str) -> int | None:
    """The rung from which on all order the strategies as the run does; None if none does."""
    first = None
    for rung in reversed(rungs):
        right = rung["right"][measure]
        if right["of"] == 0 or right["count"] < right["of"]:
            break
        first = int(rung["rung"])
    return first
