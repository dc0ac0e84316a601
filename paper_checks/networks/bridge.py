"""What the linear theory would have predicted for a network, and whether that was observed.

The network's solutions of all tasks, trained from the same start θ_0, take the place of the optima:
θ_0 is the origin, the modules that train under frozen are the specific block, the others the shared
one, the inner products are those measured (the mean over seeds), a task has one equation per
training image and free output, and there is no noise. The theory then says exactly what frozen and
initialized training of a *linear model with Gaussian features* would do.

Agreement is one observation for the analogy, disagreement one against it; neither proves anything:
a network's features are neither Gaussian nor fixed, its loss is not the square.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from update_magnitude.paper_checks.networks.verdicts import STANDARD, compared
from update_magnitude.scenarios import Scenario, ScenarioError, parse
from update_magnitude.simulations.networks.metrics import Document, Numbers, finite
from update_magnitude.simulations.networks.optima import Optima
from update_magnitude.theory import means

if TYPE_CHECKING:
    import xarray as xr

BLOCKS = ("shared", "specific")
Gram = dict[str, Numbers]  # inner products of the tasks' solutions by block, [T, T] each


def require_both_blocks(modules: int, specific: int) -> None:
    """Raise a ScenarioError where one of the blocks is empty: there is nothing to compare."""
    if not 0 < specific < modules:
        raise ScenarioError(
            f"--bridge: --specific {specific} of {modules} modules leaves a block empty"
        )


def bridge(optima: Optima, run: xr.Dataset) -> Document:
    """A network's place among the linear models, as JSON: its optima, and both standard runs."""
    cut, seeds = len(optima.parameters) - optima.specific, range(optima.gram.shape[1])
    sizes = sum(optima.parameters[:cut]), sum(optima.parameters[cut:])

    def gram(modules: Numbers, seed: int | None = None) -> Gram:
        """By block, of one seed or the mean over seeds."""
        blocks = zip(BLOCKS, (modules[:cut].sum(0), modules[cut:].sum(0)), strict=True)
        return {name: block.mean(0) if seed is None else block[seed] for name, block in blocks}

    mean = gram(optima.gram)
    foreseen = predicted(sizes, mean, optima.equations)
    each = [predicted(sizes, gram(optima.gram, seed), optima.equations) for seed in seeds]
    last = run.common.sel(strategy=STANDARD[0])[:, -1]
    return {
        "blocks": dict(zip(BLOCKS, sizes, strict=True)),
        "equations": optima.equations,
        "samples_per_parameter": optima.equations / sum(sizes),
        "relative_distance": _distances(mean),
        "distance_floor": _distances(gram(optima.floor)),
        "gradient_cosine": {
            "start": float(np.nanmean(optima.common)),
            "last": float(last.mean()),
        },
        "gram": {name: block.tolist() for name, block in mean.items()},
        "measures": {
            name: _measure(foreseen[name], [seed[name] for seed in each], seen)
            for name, seen in observed(run).items()
        },
    }


def _measure(values: dict[str, float], each: list[dict[str, float]], seen: str) -> Document:
    """What theory says of one measure, and what was seen: "undecided" if nothing was."""
    winner, winners = better(values), Counter(map(better, each))
    return {
        "values": {name: finite(value) for name, value in values.items()},
        "predicted": winner,
        "seeds": {name: winners[name] for name in (*STANDARD, "undefined") if winners[name]},
        "observed": seen,
        "agrees": None if winner == "undefined" or seen == "undecided" else winner == seen,
    }


def _distances(gram: Gram) -> dict[str, float]:
    return {name: relative_distance(block) for name, block in gram.items()}


def relative_distance(gram: Numbers) -> float:
    """√ of the mean of ‖θ*_t − θ*_{t−1}‖²/(‖θ*_t‖² + ‖θ*_{t−1}‖²): 1 if orthogonal."""
    squares = np.diagonal(gram)
    sums = squares[1:] + squares[:-1]
    return float(np.sqrt(np.mean(1 - 2 * np.diagonal(gram, 1) / sums)))


def two_blocks(sizes: tuple[int, int], gram: Gram, equations: int, strategy: str) -> Scenario:
    """The linear model in the place of a network: isotropic features, no noise."""
    return parse(
        {
            "title": "a linear model in the place of a network",
            "blocks": dict(zip(BLOCKS, sizes, strict=True)),
            "tasks": {"count": len(gram["shared"]), "samples": equations, "noise": 0.0},
            "optima": {"gram": {name: gram[name].tolist() for name in BLOCKS}},
            "updates": {"strategy": strategy},
        }
    )


def predicted(sizes: tuple[int, int], gram: Gram, equations: int) -> dict[str, dict[str, float]]:
    """What theory predicts for both strategies: forgetting, and the mean risk for Avg.Acc."""
    exact = {name: means(two_blocks(sizes, gram, equations, name)) for name in STANDARD}
    return {
        "forgetting": {strategy: mean.forgetting for strategy, mean in exact.items()},
        "avg_acc": {strategy: mean.generalization for strategy, mean in exact.items()},
    }


def better(values: dict[str, float]) -> str:
    """The strategy of the smaller value; "undefined" where a mean does not exist."""
    if not np.isfinite(list(values.values())).all():
        return "undefined"
    return min(values, key=lambda name: values[name])


def observed(run: xr.Dataset) -> dict[str, str]:
    """The strategy that was better in the run, or "undecided" where the 95% interval covers 0."""
    initialized, frozen = STANDARD
    winners = {}
    for metric, sign in (("forgetting", -1), ("avg_acc", 1)):
        gain = compared(run, metric, frozen, initialized)
        low, high = sorted((sign * gain.low, sign * gain.high))
        winners[metric] = frozen if low > 0 else initialized if high < 0 else "undecided"
    return winners
