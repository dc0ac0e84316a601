"""What the linear theory would have predicted for a network, and whether that was observed.

The network's solutions of all tasks, trained from the same start θ_0, take the place of the optima:
θ_0 is the origin, the modules that train under frozen are the specific block, the others the shared
one, the inner products are those measured (the mean over seeds), a task has one equation per
training image and free output, and there is no noise. The theory then says exactly what frozen and
initialized training of a *linear model with Gaussian features* would do.

What this shows: whether the theory, given the geometry of the solutions and nothing else, orders
the two strategies as the network does. What it does not: a network's features are neither Gaussian
nor fixed, its loss is not the square, its distance from its optimum is not its error. Agreement is
one observation for the analogy, disagreement one against it; neither proves anything.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from update_magnitude.paper_checks.networks.verdicts import STANDARD, compared
from update_magnitude.scenarios import Scenario, ScenarioError, parse
from update_magnitude.simulations.networks.optima import Optima
from update_magnitude.theory import means

if TYPE_CHECKING:
    import xarray as xr

Numbers = NDArray[np.float64]

BLOCKS = ("shared", "specific")


@dataclass(frozen=True)
class Foreseen:
    """What theory says of one measure, and what was seen."""

    values: dict[str, float | None]  # predicted means, by strategy; None if there is none
    predicted: str  # the better strategy, or "undefined"
    seeds: dict[str, int]  # how many seeds' own geometry predicts either
    observed: str  # the better strategy, or "undecided"

    @property
    def agrees(self) -> bool | None:
        """Whether what was predicted was seen; None where there is nothing to compare."""
        if self.predicted == "undefined" or self.observed == "undecided":
            return None
        return self.predicted == self.observed

    def document(self) -> dict[str, Any]:
        """The measure as it is printed in JSON."""
        return {
            "values": self.values,
            "predicted": self.predicted,
            "seeds": self.seeds,
            "observed": self.observed,
            "agrees": self.agrees,
        }


@dataclass(frozen=True)
class Bridge:
    """A network's place among the linear models."""

    sizes: tuple[int, int]  # parameters: shared, specific
    equations: int  # of a task
    distance: tuple[float, float]  # relative, of consecutive optima: shared, specific
    floor: tuple[float, float]  # the same of two solutions of one task
    cosines: tuple[float, float]  # of gradients of consecutive tasks, at θ_0 and at the last task
    measures: dict[str, Foreseen]  # forgetting and avg_acc
    gram: dict[str, Numbers]  # by block, the mean over seeds

    @property
    def samples_per_parameter(self) -> float:
        """n/P."""
        return self.equations / sum(self.sizes)

    def document(self) -> dict[str, Any]:
        """The bridge as it is printed in JSON."""
        return {
            "blocks": dict(zip(BLOCKS, self.sizes, strict=True)),
            "equations": self.equations,
            "samples_per_parameter": self.samples_per_parameter,
            "relative_distance": dict(zip(BLOCKS, self.distance, strict=True)),
            "distance_floor": dict(zip(BLOCKS, self.floor, strict=True)),
            "gradient_cosine": {"start": self.cosines[0], "last": self.cosines[1]},
            "gram": {name: block.tolist() for name, block in self.gram.items()},
            "measures": {name: measure.document() for name, measure in self.measures.items()},
        }


def require_both_blocks(modules: int, specific: int) -> None:
    """Raise a ScenarioError where one of the blocks is empty: there is nothing to tell apart."""
    if not 0 < specific < modules:
        raise ScenarioError(
            f"--bridge: --specific {specific} of {modules} modules leaves a block empty"
        )


def bridge(optima: Optima, found: xr.Dataset) -> Bridge:
    """Put a network in the place of a linear model.

    Args:
        optima: where the solutions of its tasks lie.
        found: the run, with both standard strategies.
    """
    cut = len(optima.parameters) - optima.specific
    sizes = sum(optima.parameters[:cut]), sum(optima.parameters[cut:])
    grams, floors = (_by_block(entry, cut) for entry in (optima.gram, optima.floor))
    mean = {name: gram.mean(0) for name, gram in grams.items()}
    means = predicted(sizes, mean, optima.equations)
    each = [
        predicted(sizes, {name: gram[seed] for name, gram in grams.items()}, optima.equations)
        for seed in range(optima.gram.shape[1])
    ]
    seen = observed(found)
    return Bridge(
        sizes,
        optima.equations,
        _relative(mean),
        _relative({name: floor.mean(0) for name, floor in floors.items()}),
        (
            float(np.nanmean(optima.common)),
            float(found.common.sel(strategy=STANDARD[0])[:, -1].mean()),
        ),
        {
            name: _foreseen(means[name], [entry[name] for entry in each], seen[name])
            for name in seen
        },
        mean,
    )


def _by_block(grams: Numbers, cut: int) -> dict[str, Numbers]:
    """Inner products by block, [seeds, T, T] each, of those by module."""
    return dict(zip(BLOCKS, (grams[:cut].sum(0), grams[cut:].sum(0)), strict=True))


def _relative(gram: dict[str, Numbers]) -> tuple[float, float]:
    shared, specific = (relative_distance(gram[name]) for name in BLOCKS)
    return shared, specific


def relative_distance(gram: Numbers) -> float:
    """√ of the mean of ‖θ*_t − θ*_{t−1}‖²/(‖θ*_t‖² + ‖θ*_{t−1}‖²): 0 for equal, 1 for orthogonal.

    Example:
        >>> relative_distance(np.eye(3))
        1.0
    """
    squares = np.diagonal(gram)
    sums = squares[1:] + squares[:-1]
    return float(np.sqrt(np.mean(1 - 2 * np.diagonal(gram, 1) / sums)))


def predicted(
    sizes: tuple[int, int], gram: dict[str, Numbers], equations: int
) -> dict[str, dict[str, float]]:
    """What theory predicts for both strategies: forgetting, and the mean risk for Avg.Acc.

    Example:
        >>> alike = {name: np.full((2, 2), 1.0) for name in BLOCKS}
        >>> better(predicted((100, 50), alike, 20)["forgetting"])
        'initialized'
    """
    exact = {strategy: means(scenario(sizes, gram, equations, strategy)) for strategy in STANDARD}
    return {
        "forgetting": {strategy: mean.forgetting for strategy, mean in exact.items()},
        "avg_acc": {strategy: mean.generalization for strategy, mean in exact.items()},
    }


def better(values: dict[str, float]) -> str:
    """The strategy of the smaller value; "undefined" where a mean does not exist.

    Example:
        >>> better({"initialized": 1.0, "frozen": float("nan")})
        'undefined'
    """
    if not np.isfinite(list(values.values())).all():
        return "undefined"
    return min(values, key=lambda name: values[name])


def _foreseen(values: dict[str, float], each: list[dict[str, float]], seen: str) -> Foreseen:
    winners = Counter(map(better, each))
    return Foreseen(
        {name: value if np.isfinite(value) else None for name, value in values.items()},
        better(values),
        {name: winners[name] for name in (*STANDARD, "undefined") if winners[name]},
        seen,
    )


def scenario(
    sizes: tuple[int, int], gram: dict[str, Numbers], equations: int, strategy: str
) -> Scenario:
    """The linear model that stands for a network."""
    return parse(
        {
            "title": "a linear model in the place of a network",
            "blocks": dict(zip(BLOCKS, sizes, strict=True)),
            "tasks": {"count": len(gram["shared"]), "samples": equations, "noise": 0.0},
            "optima": {"gram": {name: gram[name].tolist() for name in BLOCKS}},
            "updates": {"strategy": strategy},
        }
    )


def observed(found: xr.Dataset) -> dict[str, str]:
    """The strategy that was better in the run, or "undecided" where the 95% interval covers 0."""
    initialized, frozen = STANDARD
    winners = {}
    for metric, sign in (("forgetting", -1), ("avg_acc", 1)):
        gain = compared(found, metric, frozen, initialized).difference
        low, high = sorted((sign * gain.low, sign * gain.high))
        winners[metric] = frozen if low > 0 else initialized if high < 0 else "undecided"
    return winners
